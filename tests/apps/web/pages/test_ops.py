"""The dashboard: its totals are the report's, failed and late calls that were billed among them; it costs little."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from analyst.apps.web.pages.dashboard import Shared
from analyst.apps.web.pages.ranges import chosen_range
from analyst.observability.command import main
from analyst.storage import model_state
from tests.apps.web.pages.conftest import Pages
from tests.recorded import Clock, metrics

RUN = "20261130-120000-ab12cd"


@pytest.fixture(scope="module")
def dashboard(pages: Pages) -> str:
    """The page over everything, after calls that answered, failed, came late, were billed all the same."""
    now, monitor = time.time(), pages.monitor
    timeout: dict[str, Any] = {"success": False, "error_reason": "timeout", "input_tokens": 0, "output_tokens": 0}
    monitor.start_run(RUN, "a secret question", "t.csv")
    for call in (
        metrics("a", run_id=RUN, timestamp=now - 3),
        metrics("b", run_id=RUN, timestamp=now - 9, **timeout, cost_usd=Decimal("0.0123"), detail="<b>late</b>"),
        metrics("c", run_id=RUN, timestamp=now - 2, rejected=True, cost_usd=Decimal("0.017")),
        metrics("d", run_id=RUN, timestamp=now - 1, fallback_used=True, fallback_reason="timeout", model_used="haiku"),
        metrics("e", run_id=RUN, timestamp=now - 1, called=False, success=False, error_reason="over_budget", cost_usd=Decimal(0)),
        metrics("f", timestamp=now - 40 * 86_400, cost_usd=Decimal("1.5")),
        metrics("g", timestamp=now, scenario="outage", cost_usd=Decimal(99)),
    ):  # fmt: skip
        monitor.record_request(call)
    monitor.finish_run(RUN, "done", 9.0)
    state = {"failures": 4, "trips": 1, "open_until": now + 500, "reason": "out_of_credit", "probe_until": 0.0}
    model_state.write(monitor.store, "claude-sonnet-5-5", state, 0)
    with pages.client() as client:
        return client.get("/ops?over=all").text


def figure(page: str, name: str) -> str:
    found = re.search(rf'data-figure="{name}"[^>]*>([^<]*)<', page)
    assert found, name
    return found[1]


def test_the_totals_are_those_of_the_report_to_the_cent(dashboard: str, pages: Pages) -> None:
    summary = pages.monitor.get_report()["summary"]
    told = re.search(r'data-figure="cost" data-value="([^"]+)"', dashboard)
    assert told and Decimal(told[1]) == summary["totals"]["cost_usd"] == Decimal("1.5353")
    assert figure(dashboard, "calls") == str(summary["totals"]["calls"]) == "5"
    assert figure(dashboard, "runs") == str(summary["runs"]["total"])
    text = io.StringIO()
    pages.monitor.print_report(file=text)
    assert f"Cost      {figure(dashboard, 'cost')} total" in text.getvalue()


def test_a_range_holds_what_happened_in_it(pages: Pages, dashboard: str) -> None:
    with pages.client() as client:
        page = client.get("/ops?over=15m").text
    assert re.search(r'data-figure="cost" data-value="0.0353', page) and figure(page, "calls") == "4"
    assert "4 calls, 2 failed or refused" in page and "timeout" in page and "haiku" in page


@pytest.mark.parametrize("over", ["15m", "24h", "7d", "all", "custom", "open", "past"])
def test_every_range_reconciles_with_the_command_line_to_the_cent(
    over: str, pages: Pages, dashboard: str, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.time()
    day, later, long_ago = (_text(now + days * 86_400) for days in (-1, 1, -50))
    query, bounds = {
        "15m": ("over=15m", ["--since", "0.25h"]),
        "24h": ("over=24h", ["--since", "24h"]),
        "7d": ("over=7d", ["--since", "7d"]),
        "all": ("over=all", []),
        "custom": (f"from={long_ago}&to={later}", ["--since", long_ago]),
        "open": (f"from={day}", ["--since", day]),
        "past": (f"from={long_ago}&to={day}", ["--since", long_ago, "--until", day]),
    }[over]
    assert main(pages.monitor, ["--report", "--json", *bounds]) == 0
    summary = json.loads(capsys.readouterr().out)["summary"]
    with pages.client() as client:
        page = client.get(f"/ops?{query}").text
    told = re.search(r'data-figure="cost" data-value="([^"]+)"', page)
    assert told and float(told[1]) == summary["totals"]["cost_usd"]
    assert figure(page, "calls") == str(summary["totals"]["calls"])
    assert summary["totals"]["cost_usd"] == {"past": 1.5, "custom": 1.5353, "all": 1.5353}.get(over, 0.0353)
    assert f'Spend</strong> <span class="soft">{figure(page, "cost")} in all' in page


def test_each_chart_has_its_figures_in_a_table(pages: Pages, dashboard: str) -> None:
    with pages.client() as client:
        page = client.get("/ops/figures?over=15m").text
    linked = set(re.findall(r'href="/ops/figures\?over=all#([\w-]+)"', dashboard))
    assert linked == set(re.findall(r'<h2 id="([\w-]+)"', page)) > {"calls", "spend", "fallbacks", "usage-tokens"}
    assert re.search(r"<td>Report Writer</td><td>timeout</td><td class=\"number\">1</td>", page)
    assert re.search(r"<td>1–2 s</td><td>0</td>|<td>2–4 s</td><td>4</td><td class=\"number\">100%</td>", page)


def _text(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize("query", ["from=yesterday", "from=2026-11-24T08:00&to=2026-11-24T08:00", "to=2026-13-01"])
def test_a_range_that_is_none_is_told_and_not_guessed(pages: Pages, query: str) -> None:
    with pages.client() as client:
        page = client.get(f"/ops?{query}")
    assert page.status_code == 422 and ("is no date and time" in page.text or "before it begins" in page.text)


def test_a_custom_range_is_read_in_the_configured_zone() -> None:
    chosen = chosen_range("24h", "2026-11-24T08:00", "", ZoneInfo("Asia/Kolkata"))
    assert chosen.slice(2e9).since == datetime(2026, 11, 24, 2, 30, tzinfo=timezone.utc).timestamp()
    assert chosen.query == "from=2026-11-24T08%3A00&to="
    assert chosen_range("1y", "", "", ZoneInfo("UTC")).last == "24h"


def test_a_model_that_is_skipped_says_why_and_for_how_long(dashboard: str) -> None:
    assert re.search(
        r"claude-sonnet-5-5</td><td><span class=\"bad\">skipped for \d min \d+ s: out of credit", dashboard
    )


def test_failures_lead_to_their_run_where_each_attempt_stands_without_its_question(
    pages: Pages, dashboard: str
) -> None:
    assert dashboard.count(f'href="/ops/runs/{RUN}"') == 3  # two failures, and a costly run
    with pages.client() as client:
        page = client.get(f"/ops/runs/{RUN}").text
        assert client.get("/ops/runs/none").status_code == 404
    assert (
        "5 attempts" in page
        and "Done after 9.0 s" in page
        and "not called: over budget" in page
        and "as a fallback: timeout" in page
    )
    assert "&lt;b&gt;late" in page and "secret question" not in page + dashboard


def test_watchers_share_what_is_read() -> None:
    clock, read = Clock(), list[int]()

    def again() -> int:
        read.append(1)
        return len(read)

    shared: Shared[int] = Shared(1.0, clock)
    assert [shared.get("a", again) for _ in range(50)] == [1] * 50
    clock.now += 1.1
    assert (shared.get("a", again), shared.get("b", again)) == (2, 3)


def test_a_watcher_is_sent_this_moment_again_until_its_key_is_revoked(
    keyed: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOOK_S", "NOW_S", "RANGE_S"):
        monkeypatch.setattr(f"analyst.apps.web.pages.watching.{name}", 0.02)
    with keyed.client() as client:
        client.post("/sign-in", data={"key": keyed.keys.create("watcher", "engineer")})
        events = told(client, "/watch?ops=over%3D15m", lambda name: name == "now" and keyed.keys.revoke("watcher"))
        assert "calls in the last minute" in events["now"]["html"] and "refused" in events
    with keyed.client() as stranger:
        assert list(told(stranger, "/watch?ops=over%3D15m")) == ["refused"]
        stranger.post("/sign-in", data={"key": keyed.keys.create("asks-only")})
        assert list(told(stranger, "/watch?ops=over%3D15m")) == ["refused"], "the figures are for engineers"


def told(client: httpx.Client, path: str, heard: Callable[[str], object] = lambda name: None) -> dict[str, Any]:
    """The last data of each event of a stream, which `heard` is told of, until the stream ends."""
    found, name = dict[str, Any](), ""
    with client.stream("GET", path) as stream:
        assert "content-encoding" not in stream.headers, "a compressed event waits for those after it"
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
                found[name] = None
            elif line.startswith("data: {"):
                found[name] = json.loads(line.removeprefix("data: "))
                heard(name)
    return found


def test_an_empty_platform_says_so(keyed: Pages) -> None:
    with keyed.client() as client:
        client.post("/sign-in", data={"key": keyed.keys.create("ops", "engineer")})
        page = client.get("/ops")
    assert page.status_code == 200 and "No calls in this time." in page.text and "left of today" in page.text


def test_a_key_for_asking_is_none_for_the_platforms_figures(keyed: Pages) -> None:
    with keyed.client(accept="text/html") as client:
        client.post("/sign-in", data={"key": keyed.keys.create("asking")})
        assert 'href="/ops"' not in client.get("/").text
        for path in ("/ops", "/ops/figures", "/ops/settings", "/ops/runs/r1", "/ops/feedback", "/metrics"):
            refused = client.get(path)
            assert refused.status_code == 403 and "--role engineer" in refused.text
        assert set(client.get("/api/v1/budget").json()) == {"yours"}
        client.post("/sign-in", data={"key": keyed.keys.create("running", "engineer")})
        assert 'href="/ops"' in client.get("/").text and client.get("/ops/settings").status_code == 200
        assert {"budget_usd", "yours"} <= set(client.get("/api/v1/budget").json())


def test_what_people_said_of_their_answers_leads_to_their_runs(pages: Pages) -> None:
    with pages.client() as client:
        table = client.put("/api/v1/tables/orders.csv", content=b"region,amount\n" + b"north,1\nsouth,2\n" * 9).json()[
            "id"
        ]
        run = client.post("/api/v1/analyses", json={"table": table, "question": "Total <b>amount</b>?"}).json()["id"]
        client.get(f"/api/v1/analyses/{run}/events")
        client.post(f"/analyses/{run}/feedback", data={"verdict": "wrong", "because": "there is <i>more</i>"})
        shown = client.get("/ops/feedback?over=15m").text
        assert f'href="/ops/runs/{run}"' in shown and "there is &lt;i&gt;more&lt;/i&gt;" in shown
        assert "Total &lt;b&gt;amount&lt;/b&gt;?" in shown and '<span class="bad">wrong</span>' in shown
        past = client.get("/ops/feedback", params={"from": "2020-01-01T00:00", "to": "2020-01-02T00:00"})
        assert "Nobody said anything" in past.text


def test_an_analysis_without_an_answer_leads_to_its_run_though_no_call_failed(pages: Pages) -> None:
    pages.monitor.start_run("20261130-120000-000bad", "q", "t.csv")
    pages.monitor.finish_run("20261130-120000-000bad", "failed", 1.0)
    with pages.client() as client:
        table = client.put("/api/v1/tables/bad.csv", content=b"a,b\n").json()["id"]
        run = client.post("/api/v1/analyses", json={"table": table, "question": "Total?"}).json()["id"]
        client.get(f"/api/v1/analyses/{run}/events")
        shown = client.get("/ops", params={"from": "2001-01-01T00:00"}).text
        _, _, shown = shown.partition("Analyses without an answer</h3>")
        assert 'href="/ops/runs/20261130-120000-000bad"' in shown
        assert f'href="/ops/runs/{run}"' in shown and "has a header but no rows" in shown
        assert client.get(f"/ops/runs/{run}").status_code == 200
