"""A page that watches an analysis while its service ends and comes back: it shows the answer by itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from analyst.storage import jobs
from tests.apps.web.pages.conftest import Pages, started

TABLE = "region,amount\n" + "".join(f"{region},{amount}\n" for amount in range(30) for region in ("north", "south"))
PATIENCE_S = 60.0


def ask(browser: Any, pages: Pages) -> Any:
    """A tab that watches a question which waits for its models."""
    with pages.client() as client:
        table = client.put("/api/v1/tables/orders.csv", content=TABLE.encode()).json()["id"]
    tab = browser.new_context().new_page()
    tab.set_default_timeout(PATIENCE_S * 1000)
    tab.goto(f"{pages.url}/tables/{table}")
    pages.models.go_on.clear()
    tab.fill("#question", "What is the total amount by region?")
    tab.click("button.primary")
    tab.wait_for_selector(".steps .working")
    return tab


def wait_until_given_back(pages: Pages, run: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with pages.monitor.store.read() as transaction:
            job = jobs.find(transaction, run)
        if job is not None and job.state == "waiting":
            return
        time.sleep(0.05)
    raise AssertionError("the service that ended did not give its analysis back")


def test_a_page_outlives_its_service_and_shows_the_answer_that_the_next_one_makes(browser: Any, tmp_path: Path) -> None:
    with started(tmp_path) as first:
        tab = ask(browser, first.pages)
        address, run = first.pages.url, urlsplit(tab.url).path.rsplit("/", 1)[1]
        first.running.stop()
        wait_until_given_back(first.pages, run)
    assert tab.locator(".steps").count() == 1, "what was seen stays"
    with started(tmp_path, port=urlsplit(address).port or 0) as second:
        assert second.pages.url == address
        tab.wait_for_selector(".answer")
        assert "435" in tab.inner_text(".answer")
        tab.context.close()


def test_ten_tabs_outlive_their_service_over_one_connection(browser: Any, tmp_path: Path) -> None:
    with started(tmp_path) as first:
        tab = ask(browser, first.pages)
        address, run = first.pages.url, urlsplit(tab.url).path.rsplit("/", 1)[1]
        tabs = [tab, *(tab.context.new_page() for _ in range(9))]
        for place, one in enumerate(tabs[1:]):
            one.set_default_timeout(PATIENCE_S * 1000)
            one.goto(f"{address}/ops?over=15m" if place % 3 == 2 else tab.url)
        boards, runs = tabs[3::3], [one for place, one in enumerate(tabs) if place not in (3, 6, 9)]
        for board in boards:
            moves_on(board)
        first.running.stop()
        wait_until_given_back(first.pages, run)
    for board in boards:
        board.wait_for_selector("[data-live=now].stale")
    for one in runs:
        one.wait_for_selector(".away:not([hidden])")
        assert one.locator(".steps").count() == 1, "what was seen stays"
    with started(tmp_path, port=urlsplit(address).port or 0):
        for one in runs:
            one.wait_for_selector(".answer")
        for board in boards:
            board.wait_for_selector("[data-live=now]:not(.stale)")
            moves_on(board)
    tab.context.close()


def moves_on(board: Any) -> None:
    """Wait until the dashboard tells another moment."""
    from playwright.sync_api import expect

    seen = board.locator("[data-live=now] time")
    expect(seen).not_to_have_text(seen.inner_text(), timeout=PATIENCE_S * 1000)
