"""The monitor over a real store, and its command line in a process of its own."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import StoreError
from contracts.settings import ROOT, load_settings
from money.ledger import Ledger
from monitoring import PerformanceMonitor, RequestMetrics, monitor

NOON = 1_795_435_200.0  # 2026-11-23 12:00 UTC


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watched(tmp_path: Path, clock: Clock) -> Iterator[PerformanceMonitor]:
    settings = load_settings(
        tmp_path / "none.env",
        metrics_export_path=tmp_path / "var" / "metrics.db",
        database_url=None,
        daily_budget_usd=Decimal("1.00"),
        target_latency_s=8.0,
        expected_daily_requests=500,
        timezone="UTC",
    )
    made = PerformanceMonitor(settings, clock=clock)
    yield made
    if made.has_records():
        made.store.close()


def metrics(request_id: str, **given: Any) -> RequestMetrics:
    told: dict[str, Any] = {
        "run_id": "r1",
        "timestamp": NOON,
        "agent_name": "report_writer",
        "primary_model": "claude-sonnet-5-5",
        "model_used": "claude-sonnet-5-5",
        "fallback_used": False,
        "fallback_reason": None,
        "input_tokens": 1000,
        "output_tokens": 100,
        "cached_tokens": 0,
        "cost_usd": Decimal("0.003"),
        "cost_source": "pinned",
        "latency_s": 2.0,
        "success": True,
    }
    return RequestMetrics(request_id=request_id, **(told | given))


def record_a_day(watched: PerformanceMonitor) -> None:
    """Three runs: one good, one degraded, one that failed; 0.006 USD in all."""
    for run_id, status, latency in (("r1", "done", 6.0), ("r2", "degraded", 10.0), ("r3", "failed", 99.0)):
        watched.start_run(run_id, "Which products grew?", "sales.csv")
        watched.finish_run(run_id, status, latency)
    watched.record_request(metrics("a"))
    watched.record_request(metrics("b", run_id="r2", success=False, error_reason="timeout", latency_s=4.0))
    embedded = {"model_used": "embedded-analyst", "fallback_used": True, "fallback_reason": "timeout"}
    watched.record_request(metrics("c", run_id="r2", **embedded, cost_usd=Decimal(0), latency_s=0.5))


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
    assert told["degraded"] == {"answers": 1, "answer_share": 0.5, "runs": 1, "run_share": 0.5}
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


def test_the_budget_counts_todays_calls_and_projects_a_full_day(watched: PerformanceMonitor, clock: Clock) -> None:
    record_a_day(watched)
    watched.record_request(metrics("yesterday", timestamp=NOON - 86_400, cost_usd=Decimal("0.5"), run_id="r0"))
    told = watched.check_budget_compliance()
    assert (told["day"], told["spent_usd"], told["remaining_usd"]) == (20261123, Decimal("0.006"), Decimal("0.994"))
    assert told["compliant"]
    assert told["cost_per_run_usd"] == Decimal("0.506") / 3
    assert not told["projected_compliant"]
    clock.now += 86_400
    assert watched.check_budget_compliance()["spent_usd"] == 0


def test_money_that_only_the_ledger_knows_of_counts_as_spent(watched: PerformanceMonitor, clock: Clock) -> None:
    record_a_day(watched)
    ledger = Ledger(watched.store, Decimal("1.00"), "UTC", clock=clock)
    ledger.reserve(Decimal("0.30"), agent="a", model="m", ttl_s=10)
    assert watched.check_budget_compliance()["reserved_usd"] == Decimal("0.30")
    clock.now += 11
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
    written = io.StringIO()
    watched.print_report(file=written)
    assert written.getvalue().startswith("No call is recorded yet.")
    assert list(tmp_path.iterdir()) == []


def test_an_export_is_whole_versioned_json(watched: PerformanceMonitor, tmp_path: Path) -> None:
    record_a_day(watched)
    path = watched.export_metrics(tmp_path / "out.json")
    told = json.loads(path.read_text())
    assert told["schema_version"] == 1
    assert [call["request_id"] for call in told["calls"]] == ["a", "b", "c"]
    assert told["calls"][0]["cost_usd"] == 0.003
    assert told["calls"][0]["timestamp"] == "2026-11-23T12:00:00.000+00:00"
    assert told["summary"]["cost"]["saved_usd"] == 0.066
    assert len(told["runs"]) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {item.name for item in tmp_path.iterdir()} == {"out.json", "var"}


@pytest.mark.parametrize("place", ["nowhere/out.json", "folder"])
def test_an_export_that_can_not_be_written_is_told_and_leaves_nothing(
    watched: PerformanceMonitor, tmp_path: Path, place: str
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match="can't be written"):
        watched.export_metrics(tmp_path / place)
    assert {item.name for item in tmp_path.iterdir()} == {"folder", "var"}
    assert list((tmp_path / "folder").iterdir()) == []


def test_importing_the_module_opened_nothing() -> None:
    assert isinstance(monitor, PerformanceMonitor)
    assert monitor._opened is None


def command(tmp_path: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    told = {"METRICS_EXPORT_PATH": str(tmp_path / "var" / "metrics.db"), "DAILY_BUDGET_USD": "1", "TIMEZONE": "UTC"}
    return subprocess.run(
        [sys.executable, "-m", "monitoring", *arguments],
        cwd=ROOT,
        env=os.environ | told | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_commands_work_on_what_another_process_recorded(watched: PerformanceMonitor, tmp_path: Path) -> None:
    record_a_day(watched)
    done = command(tmp_path, "--report", "--budget", "--export", str(tmp_path / "m.json"))
    assert done.returncode == 0, done.stderr
    assert "claude-sonnet-5-5" in done.stdout
    assert "within the budget" in done.stdout
    assert json.loads((tmp_path / "m.json").read_text())["schema_version"] == 1


def test_the_commands_on_nothing_are_friendly_and_make_no_store(tmp_path: Path) -> None:
    done = command(tmp_path, "--report", "--budget")
    assert (done.returncode, done.stderr) == (0, "")
    assert "No call is recorded yet" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_passed_budget_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "none.env", metrics_export_path=tmp_path / "var/metrics.db", timezone="UTC")
    today = PerformanceMonitor(settings)
    today.record_request(metrics("a", cost_usd=Decimal(2), timestamp=time.time()))
    done = command(tmp_path, "--budget")
    assert done.returncode == 3
    assert "OVER THE BUDGET" in done.stdout


@pytest.mark.parametrize(
    "arguments", [[], ["--since", "0", "--report"], ["--since", "nan", "--report"], ["--since", "x", "--report"]]
)
def test_bad_use_is_exit_2(tmp_path: Path, arguments: list[str]) -> None:
    done = command(tmp_path, *arguments)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_a_broken_store_and_a_bad_setting_are_one_line_each(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "metrics.db").write_bytes(b"rubbish" * 1000)
    broken, setting = command(tmp_path, "--report"), command(tmp_path, "--report", TIMEZONE="Mars/Olympus")
    assert (broken.returncode, setting.returncode) == (1, 2)
    for done in (broken, setting):
        assert len(done.stderr.strip().splitlines()) == 1
        assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_no_error(watched: PerformanceMonitor, tmp_path: Path) -> None:
    record_a_day(watched)
    reader, writer = os.pipe()
    os.close(reader)
    env = os.environ | {"METRICS_EXPORT_PATH": str(watched.settings.metrics_export_path)}
    with os.fdopen(writer, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "monitoring", "--report"],
            cwd=ROOT,
            env=env,
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_line_imports_nothing_heavy(watched: PerformanceMonitor) -> None:
    record_a_day(watched)
    code = (
        "import sys; from monitoring import main; main(['--report', '--budget']);"
        "print([name for name in ('crewai', 'pandas', 'openai', 'scipy', 'duckdb', 'litellm') if name in sys.modules])"
    )
    env = os.environ | {"METRICS_EXPORT_PATH": str(watched.settings.metrics_export_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert "claude-sonnet-5-5" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize("width", ["60", "80", "200"])
def test_on_a_terminal_of_any_width_the_names_are_readable(
    watched: PerformanceMonitor, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    record_a_day(watched)
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    written = io.StringIO()
    watched.print_report(file=written)
    assert "report_write" in written.getvalue()
    assert "$0.006000" in written.getvalue()
