"""The monitor over a real store of each kind."""

from __future__ import annotations

import io
import json
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.budget.ledger import DailyBudget, Ledger, scope_of
from analyst.core.errors import StoreError
from analyst.core.settings import load_settings
from analyst.protocol.calls import Ranked, RouteRecord
from monitoring import PerformanceMonitor, monitor
from tests.recorded import NOON, Clock, metrics, record_a_day


def test_a_cost_that_is_not_known_can_not_be_recorded() -> None:
    for cost in ("NaN", "-0.01", "Infinity"):
        with pytest.raises(ValueError, match="cost_usd"):
            metrics("a", cost_usd=Decimal(cost))


def test_the_summary_matches_a_count_by_hand(watched: PerformanceMonitor) -> None:
    record_a_day(watched)
    told = watched.get_summary()
    assert told["totals"]["calls"] == 3
    assert told["totals"]["success_rate"] == pytest.approx(2 / 3)
    assert told["totals"]["fallback_rate"] == pytest.approx(1 / 2)
    assert told["totals"]["mean_latency_s"] == pytest.approx(6.5 / 3)
    assert (told["totals"]["p50"], told["totals"]["p95"]) == (2.0, 4.0)
    assert told["failures"] == {"timeout": 1}
    assert told["runs"] == {"total": 3, "done": 1, "degraded": 1, "failed": 1}
    assert told["latency"]["mean_s"] == pytest.approx(8.0)
    assert (told["latency"]["p50"], told["latency"]["p99"], told["latency"]["within_target"]) == (6.0, 10.0, 0.5)
    shares = {"answers": 1, "answer_share": 0.5, "runs": 1, "run_share": 0.5}
    assert told["degraded"] == {**shares, "agents": {"report_writer": 1}, "reasons": {"timeout": 1}}
    models = {row["model_used"]: row for row in told["models"]}
    assert models["claude-sonnet-5-5"]["cost_usd"] == Decimal("0.006")
    assert models["embedded-analyst"]["p95"] == 0.5


def test_savings_compare_the_accepted_calls_with_gpt_4s_price(watched: PerformanceMonitor) -> None:
    record_a_day(watched)
    cost = watched.get_summary()["cost"]
    # two accepted calls of 1000 in and 100 out: 2 x (1000 x 30 + 100 x 60) / 1M
    assert cost["baseline_usd"] == Decimal("0.072")
    assert cost["saved_usd"] == Decimal("0.066")
    assert cost["saved_share"] == pytest.approx(0.066 / 0.072)
    assert cost["baseline"].startswith("computed")
    assert cost["per_run_usd"] == Decimal("0.003")


def test_the_budget_counts_todays_calls_and_projects_a_full_day(watched: PerformanceMonitor, noon: Clock) -> None:
    record_a_day(watched)
    watched.record_request(metrics("yesterday", timestamp=NOON - 86_400, cost_usd=Decimal("0.5"), run_id="r0"))
    told = watched.check_budget_compliance()
    assert (told["day"], told["spent_usd"], told["remaining_usd"]) == (20261123, Decimal("0.006"), Decimal("0.994"))
    assert told["compliant"]
    assert told["cost_per_run_usd"] == Decimal("0.506") / 3
    assert not told["projected_compliant"]
    assert told["day_end_usd"] == Decimal("0.259") and told["day_end_compliant"]  # half a day more at 0.506 a day
    noon.now += 86_400
    assert watched.check_budget_compliance()["spent_usd"] == 0


def test_a_platform_that_began_today_is_projected_by_its_own_hours_of_which_three_are_the_least(
    watched: PerformanceMonitor, noon: Clock
) -> None:
    assert watched.check_budget_compliance()["day_end_usd"] == 0
    watched.record_request(metrics("a", cost_usd=Decimal("0.03")))
    assert watched.check_budget_compliance()["day_end_usd"] == Decimal("0.15")
    noon.now += 6 * 3600
    assert watched.check_budget_compliance()["day_end_usd"] == Decimal("0.06")


def test_money_that_only_the_ledger_knows_of_counts_as_spent(watched: PerformanceMonitor, noon: Clock) -> None:
    record_a_day(watched)
    ledger = Ledger(watched.store, DailyBudget(Decimal("1.00"), "UTC"), clock=noon)
    ledger.reserve(Decimal("0.30"), agent="a", model="m", ttl_s=10)
    assert watched.check_budget_compliance()["reserved_usd"] == Decimal("0.30")
    noon.now += 11
    told = watched.check_budget_compliance()
    assert (told["recorded_usd"], told["booked_usd"]) == (Decimal("0.006"), Decimal("0.30"))
    assert (told["spent_usd"], told["reserved_usd"]) == (Decimal("0.30"), Decimal(0))


def test_spending_past_the_budget_is_not_compliant(watched: PerformanceMonitor) -> None:
    watched.record_request(metrics("a", cost_usd=Decimal("1.000001")))
    told = watched.check_budget_compliance()
    assert not told["compliant"]
    assert told["remaining_usd"] == 0


def test_since_leaves_older_calls_out_of_the_summary(watched: PerformanceMonitor) -> None:
    record_a_day(watched)
    watched.record_request(metrics("old", timestamp=NOON - 10 * 86_400))
    assert watched.get_summary(since_days=1)["totals"]["calls"] == 3
    assert watched.get_summary()["totals"]["calls"] == 4


def test_an_empty_store_has_a_summary_without_rates(watched: PerformanceMonitor) -> None:
    told = watched.get_summary()
    assert told["totals"]["calls"] == 0
    assert told["totals"]["p95"] is told["cost"]["per_run_usd"] is told["latency"]["mean_s"] is None
    assert watched.check_budget_compliance()["projected_day_usd"] is None


def test_the_report_says_what_the_summary_holds(watched: PerformanceMonitor) -> None:
    record_a_day(watched)
    written = io.StringIO()
    watched.print_report(file=written)
    text = written.getvalue()
    for told in ("report_writer", "claude-sonnet-5-5", "embedded-analyst", "$0.006000", "gpt-4", "50.0%", "1 timeout"):
        assert told in text
    assert "\x1b" not in text


def test_a_report_on_nothing_is_a_friendly_line_and_makes_no_file(watched: PerformanceMonitor, tmp_path: Path) -> None:
    if watched.settings.database_url:
        watched.store.open()
    written = io.StringIO()
    watched.print_report(file=written)
    assert written.getvalue().startswith("No calls recorded yet.")
    assert list(tmp_path.iterdir()) == []


def test_an_export_is_whole_versioned_json(watched: PerformanceMonitor, tmp_path: Path) -> None:
    record_a_day(watched)
    path = watched.export_metrics(tmp_path / "out.json")
    told = json.loads(path.read_text())
    assert told["schema_version"] == 3
    assert [call["request_id"] for call in told["calls"]] == ["a", "b", "c"]
    assert told["calls"][0]["cost_usd"] == 0.003
    assert told["calls"][0]["timestamp"] == "2026-11-23T12:00:00.000+00:00"
    assert told["summary"]["cost"]["saved_usd"] == 0.066
    assert len(told["runs"]) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {item.name for item in tmp_path.iterdir()} - {"var"} == {"out.json"}


@pytest.mark.parametrize("place", ["nowhere/out.json", "folder"])
def test_an_export_that_can_not_be_written_is_told_and_leaves_nothing(
    watched: PerformanceMonitor, tmp_path: Path, place: str
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match="can't be written"):
        watched.export_metrics(tmp_path / place)
    assert {item.name for item in tmp_path.iterdir()} - {"var"} == {"folder"}
    assert list((tmp_path / "folder").iterdir()) == []


def test_importing_the_module_opened_nothing() -> None:
    assert isinstance(monitor, PerformanceMonitor)
    assert monitor._opened is None


def test_simulated_calls_never_enter_the_real_figures(watched: PerformanceMonitor, noon: Clock) -> None:
    record_a_day(watched)
    playing = PerformanceMonitor(watched.settings, store=watched.store, clock=noon, scenario="chaos-30")
    playing.start_run("played", "Which?", "sales.csv")
    playing.record_request(metrics("p", run_id="played", cost_usd=Decimal(50)))
    playing.finish_run("played", "done", 1.0)
    assert watched.get_summary()["totals"]["calls"] == 3
    assert watched.get_summary()["runs"]["total"] == 3
    assert watched.check_budget_compliance()["spent_usd"] == Decimal("0.006")
    assert playing.get_summary()["totals"]["cost_usd"] == 50
    assert playing.check_budget_compliance()["spent_usd"] == 50
    Ledger.of(watched.store, watched.settings, clock=noon, scope=scope_of("chaos-30")).charge(
        Decimal(1), agent="a", model="m"
    )
    assert watched.check_budget_compliance()["booked_usd"] == 0
    assert [run["run_id"] for run in playing.runs()] == ["played"]
    assert watched.of_scenario("chaos-30").get_summary()["totals"]["calls"] == 1


def test_escalations_hedges_and_the_time_to_fail_over_are_told(watched: PerformanceMonitor) -> None:
    watched.record_request(metrics("a", rejected=True))
    for number in range(1, 21):
        fallback = {"model_used": "claude-haiku-5-5", "fallback_used": True, "fallback_reason": "rejected"}
        told = metrics(f"b{number}", **fallback, failover_s=number / 10, escalated=True, hedged=number == 1)
        watched.record_request(told)
    summary = watched.get_summary()
    assert (summary["totals"]["escalations"], summary["totals"]["hedged"]) == (20, 1)
    assert summary["failover"] == {"p50": 1.0, "p95": 1.9, "p99": 2.0}
    assert summary["fallback_reasons"] == {"rejected": 20}
    [taken] = watched.failovers().values()
    assert taken == [number / 10 for number in range(1, 21)]


def test_days_are_told_in_their_order(watched: PerformanceMonitor) -> None:
    record_a_day(watched)
    watched.record_request(metrics("yesterday", timestamp=NOON - 86_400, latency_s=7.0))
    days = watched.get_summary()["days"]
    assert [(row["day"], row["calls"], row["p95"]) for row in days] == [(20261122, 1, 7.0), (20261123, 3, 4.0)]


def test_the_routers_account_of_a_request_is_found_by_its_run(watched: PerformanceMonitor) -> None:
    watched.record_request(metrics("a", route_id="q", route=RouteRecord(order=(Ranked("m", "cheapest"),))))
    [route] = watched.routes("r1")
    assert json.loads(route["tried"]) == {"order": [{"model": "m", "why": "cheapest"}], "tried": []}


def test_a_store_that_can_not_be_made_does_not_end_an_analysis(tmp_path: Path, noon: Clock) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    settings = load_settings(
        tmp_path / "none.env", metrics_export_path=tmp_path / "var" / "m.db", database_url=None, timezone="UTC"
    )
    watched, warnings = PerformanceMonitor(settings, clock=noon), list[str]()
    watched.store.journal.warn = warnings.append
    watched.start_run("r1", "Which?", "sales.csv")
    watched.record_request(metrics("a"))
    assert watched.record_rejection("a", ["s1: no such column"]) == ("report_writer", "claude-sonnet-5-5")
    assert watched.record_rejection("nobody", ["x"]) is None
    assert watched.finish_run("r1", "done", 3.0)
    assert len(warnings) == 1
    (tmp_path / "var").unlink()
    assert watched.store.journal.flush()
    assert watched.get_summary()["totals"]["rejected"] == 1
    assert [(run["status"], run["latency_s"]) for run in watched.runs()] == [("done", 3.0)]


def test_without_an_endpoint_there_is_no_tracing(watched: PerformanceMonitor) -> None:
    assert watched.tracing is None
