"""`python -m monitoring` in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from analyst.core.settings import ROOT, load_settings
from analyst.observability.command import main, moment_of
from monitoring import PerformanceMonitor
from tests.recorded import NOON, metrics, place, record_a_day


def command(address: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    told = {name.upper(): str(value) for name, value in place(address).items()}
    told |= {"DAILY_BUDGET_USD": "1", "TIMEZONE": "UTC"}
    return subprocess.run(
        [sys.executable, "-m", "monitoring", *arguments],
        cwd=ROOT,
        env=os.environ | told | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_commands_work_on_what_another_process_recorded(
    watched: PerformanceMonitor, address: str, tmp_path: Path
) -> None:
    record_a_day(watched)
    files = [str(tmp_path / name) for name in ("m.json", "m.prom")]
    done = command(address, "--report", "--budget", "--export", files[0], "--prometheus", files[1])
    assert done.returncode == 0, done.stderr
    assert "claude-sonnet-5-5" in done.stdout
    assert "within the budget" in done.stdout
    assert json.loads(Path(files[0]).read_text())["schema_version"] == 3
    assert "analyst_calls_total" in Path(files[1]).read_text()


def test_json_holds_summary_budget_and_issues_and_nothing_else_is_printed(
    watched: PerformanceMonitor, address: str
) -> None:
    record_a_day(watched)
    told = json.loads(command(address, "--report", "--json").stdout)
    assert set(told) == {"schema_version", "summary", "budget", "issues"}
    assert told["summary"]["cost"]["total_usd"] == 0.006
    assert [row["agent_name"] for row in told["summary"]["agents"]] == ["report_writer"]
    assert told["budget"]["compliant"]
    assert set(json.loads(command(address, "--budget", "--json").stdout)) == {"schema_version", "budget"}


def test_the_report_can_be_grouped_and_narrowed(watched: PerformanceMonitor, address: str) -> None:
    record_a_day(watched)
    by_day = command(address, "--report", "--by", "day").stdout
    assert "2026-11-23" in by_day.splitlines()[2]
    assert "claude-sonnet-5-5" not in by_day
    far = command(address, "--report", "--since", "2036-01-01")
    assert far.returncode == 2
    played = command(address, "--report", "--scenario", "calm").stdout
    assert "No calls recorded yet" in played


def test_a_bound_is_days_or_hours_ago_or_a_moment_in_the_zone() -> None:
    paris = ZoneInfo("Europe/Paris")
    now = datetime(2026, 11, 25, 12, tzinfo=paris).timestamp()
    assert moment_of("7d", paris, now) == now - 7 * 86_400
    assert moment_of("12h", paris, now) == now - 12 * 3600
    assert moment_of("1.5", paris, now) == moment_of("2026-11-24", paris, now) == now - 36 * 3600
    assert moment_of("2026-11-25T11:30", paris, now) == moment_of("2026-11-25T10:30+00:00", paris, now) == now - 1800
    for bad in ("0d", "-1d", "nan", "x", "2027-01-01", "7w", ""):
        with pytest.raises(ValueError):
            moment_of(bad, paris, now)


def test_the_report_of_a_closed_time_holds_what_began_with_it_and_not_what_its_end_began(
    watched: PerformanceMonitor, capsys: pytest.CaptureFixture[str]
) -> None:
    for hour, id in ((10, "before"), (11, "first"), (12, "inside"), (13, "after")):
        at = datetime(2026, 11, 23, hour, tzinfo=ZoneInfo("UTC")).timestamp()
        watched.record_request(metrics(id, timestamp=at, cost_usd=Decimal(hour)))
    bounds = ["--since", "2026-11-23T11:00", "--until", "2026-11-23T13:00"]
    assert main(watched, ["--report", "--json", *bounds], clock=lambda: NOON + 86_400) == 0
    told = json.loads(capsys.readouterr().out)["summary"]
    assert (told["totals"]["calls"], told["cost"]["total_usd"]) == (2, 23.0)
    assert (told["since"], told["until"]) == ("2026-11-23T11:00:00+00:00", "2026-11-23T13:00:00+00:00")
    with pytest.raises(SystemExit) as refused:
        main(watched, ["--report", "--since", "2026-11-23", "--until", "2026-11-22"])
    assert refused.value.code == 2


def test_the_commands_on_nothing_are_friendly_and_make_no_store(tmp_path: Path) -> None:
    for arguments in (["--report", "--budget"], ["--report", "--json"]):
        done = command(str(tmp_path / "m.db"), *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert "No calls recorded yet" in done.stdout or json.loads(done.stdout) == {"schema_version": 3}
    assert list(tmp_path.iterdir()) == []


def test_a_passed_budget_has_an_exit_code_of_its_own(tmp_path: Path, address: str) -> None:
    settings = load_settings(tmp_path / "none.env", timezone="UTC", **({"database_url": None} | place(address)))
    today = PerformanceMonitor(settings)
    today.record_request(metrics("a", cost_usd=Decimal(2), timestamp=time.time()))
    today.store.close()
    done = command(address, "--budget")
    assert done.returncode == 3
    assert "OVER THE BUDGET" in done.stdout
    assert command(address, "--budget", "--json").returncode == 3


@pytest.mark.parametrize(
    "arguments", [[], ["--since", "0", "--report"], ["--since", "nan", "--report"], ["--since", "x", "--report"]]
)
def test_bad_use_is_exit_2(tmp_path: Path, arguments: list[str]) -> None:
    done = command(str(tmp_path / "m.db"), *arguments)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_a_broken_store_and_a_bad_setting_are_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    path.write_bytes(b"rubbish" * 1000)
    broken, setting = command(str(path), "--report"), command(str(path), "--report", TIMEZONE="Mars/Olympus")
    assert (broken.returncode, setting.returncode) == (1, 2)
    for done in (broken, setting):
        assert len(done.stderr.strip().splitlines()) == 1
        assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_no_error(watched: PerformanceMonitor, address: str) -> None:
    record_a_day(watched)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "monitoring", "--report"],
            cwd=ROOT,
            env=os.environ | {name.upper(): str(value) for name, value in place(address).items()},
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")


HEAVY = ("crewai", "pandas", "openai", "scipy", "duckdb", "litellm", "rich", "opentelemetry", "sqlalchemy", "asyncpg")


def test_the_command_line_imports_nothing_heavy(watched: PerformanceMonitor, address: str) -> None:
    record_a_day(watched)
    code = (
        "import sys; from monitoring import main; main(['--report', '--budget']);"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    env = os.environ | {name.upper(): str(value) for name, value in place(address).items()}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert "claude-sonnet-5-5" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
