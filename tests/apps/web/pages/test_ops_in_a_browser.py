"""The engineer's pages in Chromium: live while they are seen, quiet while not, readable on a phone and in the dark."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.apps.web.pages.axe import violations
from tests.apps.web.pages.conftest import Pages
from tests.recorded import metrics

RUN = "20261130-120000-ab12cd"
PAGES = ("/ops?over=15m", "/ops/figures?over=15m", "/ops/settings", "/ops/feedback", f"/ops/runs/{RUN}")
Open = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def recorded(pages: Pages) -> None:
    """A quarter of an hour with answers, failures and a fallback of two agents and three models."""
    now = time.time()
    pages.monitor.start_run(RUN, "q", "t.csv")
    for number in range(40):
        model = ("claude-sonnet-5-5", "claude-haiku-5-5", "groq-gpt-oss-20b")[number % 3]
        agent = ("report_writer", "insight_generator")[number % 2]
        bad: dict[str, Any] = {"success": False, "error_reason": "timeout"} if number % 7 == 0 else {}
        fallback = {"fallback_used": True, "fallback_reason": "timeout"} if number % 7 == 1 else {}
        told = bad | fallback | {"agent_name": agent, "model_used": model, "latency_s": 0.2 * (number + 1)}
        pages.monitor.record_request(metrics(f"m{number}", run_id=RUN, timestamp=now - 20 * number, **told))
    pages.monitor.finish_run(RUN, "done", 9.0)


@pytest.fixture
def open_tab(browser: Any, pages: Pages) -> Iterator[Open]:
    """Opens a tab on a path; nothing may go wrong in it, and nothing may be asked of another host."""
    contexts, wrong = list[Any](), list[str]()

    def opened(path: str, **options: Any) -> Any:
        contexts.append(browser.new_context(**options))
        tab = contexts[-1].new_page()
        tab.set_default_timeout(60_000)
        tab.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("request", lambda asked: None if urlsplit(asked.url).netloc == urlsplit(pages.url).netloc else wrong.append(asked.url))  # fmt: skip
        tab.goto(pages.url + path)
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def changes(place: Any, before: str) -> None:
    """Wait until the text of `place` is another one."""
    from playwright.sync_api import expect

    expect(place).not_to_have_text(before, timeout=60_000)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 1280, "height": 900}},
        {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "reduced_motion": "reduce"},
    ],
    ids=["wide", "phone in the dark"],
)
def test_every_page_is_accessible_and_fits_its_screen(open_tab: Open, path: str, options: dict[str, Any]) -> None:
    tab = open_tab(path, **options)
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_call_shows_by_itself_and_who_stands_in_a_table_stays_there(open_tab: Open, pages: Pages) -> None:
    tab = open_tab("/ops?over=15m")
    tab.locator("[aria-label='By model']").focus()
    calls = tab.locator("[data-figure=calls]")
    before = calls.inner_text()
    pages.monitor.record_request(metrics("live", timestamp=time.time(), cost_usd=Decimal("0.5")))
    changes(calls, before)
    assert tab.evaluate("document.activeElement.ariaLabel") == "By model"


def test_a_page_that_nobody_sees_asks_for_nothing(open_tab: Open) -> None:
    tab = open_tab("/ops?over=15m")
    seen = tab.locator("[data-live=now] time")
    changes(seen, seen.inner_text())
    tab.evaluate(
        "() => { Object.defineProperty(document, 'hidden', {get: () => true, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    hidden = seen.inner_text()
    tab.wait_for_timeout(2500)
    assert seen.inner_text() == hidden
    tab.evaluate("() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }")
    changes(seen, hidden)


def test_a_range_of_ones_own_is_in_the_address_and_a_chart_leads_to_its_figures(open_tab: Open) -> None:
    tab = open_tab("/ops")
    tab.fill("[name=from]", "2026-01-01T00:00")
    tab.fill("[name=to]", "2026-01-02T00:00")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/ops?from=2026-01-01T00%3A00&to=2026-01-02T00%3A00")
    assert "No calls in this time." in tab.inner_text("main")
    tab.click("text=15 minutes")
    tab.locator("[aria-label='Figures of Fallbacks by agent']").press("Enter")
    tab.wait_for_url("**/ops/figures?over=15m#fallbacks")
    tab.click(".eyebrow a")
    tab.wait_for_url("**/ops?over=15m")
