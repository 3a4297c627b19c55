"""`python -m monitoring`: the report, the budget's verdict for cron, and exports."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from analyst.core.exit_codes import exit_code
from analyst.core.outputs import check_file
from analyst.observability.report import EMPTY, budget_lines, claim_lines

if TYPE_CHECKING:
    from analyst.core.settings import Settings

OVER_BUDGET_EXIT = 3
REPORT_VERSION = 3
"""The schema of `--json`; raised when a field changes its meaning or goes."""
GROUPS = ("agent", "model", "day")
_AGO = re.compile(r"(\d+(?:\.\d+)?)([dh]?)")
_HOURS = {"": 24.0, "d": 24.0, "h": 1.0}


class Monitor(Protocol):
    """What the command line needs of monitoring.PerformanceMonitor."""

    @property
    def settings(self) -> Settings: ...
    def has_records(self) -> bool: ...
    def of_scenario(self, scenario: str) -> Monitor: ...
    def between(self, since: float, until: float) -> Monitor: ...
    def get_report(self) -> dict[str, Any]: ...
    def check_budget_compliance(self) -> dict[str, Any]: ...
    def print_report(self, *, by: Sequence[str] = ...) -> None: ...
    def export_metrics(self, path: Path | str) -> Path: ...
    def export_prometheus(self, path: Path | str) -> Path: ...


def build_parser() -> argparse.ArgumentParser:
    """The arguments of `python -m monitoring`."""
    parser = argparse.ArgumentParser(
        prog="python -m monitoring",
        description="Show what the recorded model calls did and cost.",
        epilog=f"Exit codes: 0 done, 1 records can't be read, 2 invalid use, {OVER_BUDGET_EXIT} over budget.",
    )
    parser.add_argument("--report", action="store_true", help="show calls, latency, cost and savings")
    parser.add_argument("--budget", action="store_true", help="show today's spending against the budget")
    parser.add_argument("--export", type=Path, metavar="FILE", help="write all records as JSON")
    parser.add_argument("--prometheus", type=Path, metavar="FILE", help="write metrics for node_exporter")
    parser.add_argument("--since", metavar="7d|12h|DATE", help="only records since then (not for --budget)")
    parser.add_argument("--until", metavar="12h|DATE", help="only records before then (not for --budget)")
    parser.add_argument(
        "--by", choices=GROUPS, action="append", help="group the report by this (default: agent and model)"
    )
    parser.add_argument("--json", action="store_true", help="print report and budget as JSON")
    parser.add_argument("--scenario", metavar="NAME", help="show this simulation's calls instead of real ones")
    return parser


def moment_of(text: str, zone: ZoneInfo, now: float) -> float:
    """`text` (7d, 12h, a number of days, or a date or a time in `zone`) as Unix seconds before `now`.

    ValueError for anything else.
    """
    if ago := _AGO.fullmatch(text.strip()):
        moment = now - float(ago[1]) * _HOURS[ago[2]] * 3600
    else:
        named = datetime.fromisoformat(text.strip())
        moment = (named if named.tzinfo else named.replace(tzinfo=zone)).timestamp()
    if not 0 < moment < now:
        raise ValueError(text)
    return moment


def run(arguments: argparse.Namespace, source: Monitor, say: Callable[[str], object]) -> int:
    """Do what the arguments ask; the exit code."""
    code = 0
    for option, path in (("--export", arguments.export), ("--prometheus", arguments.prometheus)):
        if path is not None:
            check_file(path, option)
    if arguments.json:
        told: dict[str, Any] = {"schema_version": REPORT_VERSION}
        if source.has_records():
            told |= source.get_report() if arguments.report else {"budget": source.check_budget_compliance()}
        say(json.dumps(told, default=float, ensure_ascii=False, indent=1))
    elif arguments.report:
        source.print_report(by=arguments.by or ("agent", "model"))
    if arguments.budget:
        budget = source.check_budget_compliance() if source.has_records() else None
        if not arguments.json:
            say("\n".join([*budget_lines(budget), *claim_lines(budget["claims"])] if budget else [EMPTY]))
        code = 0 if budget is None or budget["compliant"] else OVER_BUDGET_EXIT
    if arguments.export is not None:
        say(f"Written: {source.export_metrics(arguments.export)}")
    if arguments.prometheus is not None:
        say(f"Written: {source.export_prometheus(arguments.prometheus)}")
    return code


def main(source: Monitor, argv: Sequence[str] | None = None, clock: Callable[[], float] = time.time) -> int:
    """The command line on `source`; the exit code."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if not (arguments.report or arguments.budget or arguments.export or arguments.prometheus):
        parser.error("use --report, --budget, --export FILE or --prometheus FILE")

    def work() -> int:
        zone = ZoneInfo(source.settings.timezone)
        since, until = _period(parser, arguments, zone, clock())
        chosen = source if arguments.scenario is None else source.of_scenario(arguments.scenario)
        return run(arguments, chosen.between(since, until), lambda text: sys.stdout.write(f"{text}\n"))

    return exit_code(work)


def _period(
    parser: argparse.ArgumentParser, arguments: argparse.Namespace, zone: ZoneInfo, now: float
) -> tuple[float, float]:
    """The time that the arguments name, in Unix seconds; a mistake in them ends the process."""
    bounds = {"--since": 0.0, "--until": math.inf}
    for option, text in (("--since", arguments.since), ("--until", arguments.until)):
        try:
            bounds[option] = bounds[option] if text is None else moment_of(text, zone, now)
        except ValueError:
            parser.error(f"{option} {text!r}: write 7d, 12h or a past date such as 2026-11-24")
    if bounds["--since"] >= bounds["--until"]:
        parser.error(f"--until {arguments.until!r} is not after --since {arguments.since!r}")
    return bounds["--since"], bounds["--until"]
