"""What calls did and cost: every call is recorded at once, and the reports are made from the records.

`python -m monitoring --report | --budget | --export metrics.json` reads what earlier processes left. Importing this
module opens nothing; the store is opened, and its file made, when the first call or run is recorded.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

from contracts.errors import PlatformError
from contracts.records import EMBEDDED_MODEL
from contracts.settings import Settings, load_settings

if TYPE_CHECKING:
    from store.database import Store

OVER_BUDGET_EXIT = 3
_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_FINISHED = ("done", "degraded")


@dataclass(frozen=True)
class RequestMetrics:
    """One call, or a candidate passed over without a call (`called` false). Times in seconds, money in USD.

    `timestamp` is Unix time. `success`: the call gave a usable answer; `rejected`: a check of ours refused it.
    `cost_source` is provider, gateway, pinned, reservation or none. `route_id` is shared by the attempts of one
    request; `failover_s` is the time its earlier attempts took. `escalated`: asked because an earlier reply was
    rejected; `hedged`: asked beside another that was slow. `scenario` names the simulation the call belongs to (None:
    a real one). `tried` is the router's account of the request (JSON text), given with one of its attempts.
    """

    request_id: str
    run_id: str | None
    timestamp: float
    agent_name: str
    primary_model: str
    model_used: str
    fallback_used: bool
    fallback_reason: str | None
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: Decimal
    cost_source: str
    latency_s: float
    success: bool
    error_reason: str | None = None
    rejected: bool = False
    called: bool = True
    route_id: str = ""
    failover_s: float = 0.0
    detail: str = ""
    escalated: bool = False
    hedged: bool = False
    cache_write_tokens: int = 0
    scenario: str | None = None
    tried: str = ""

    def __post_init__(self) -> None:
        if not self.cost_usd.is_finite() or self.cost_usd < 0:
            raise ValueError(f"cost_usd={self.cost_usd!r}: a cost is known and not negative")


class PerformanceMonitor:
    """Records calls and runs, and sums them up. Threads and processes may share one store."""

    def __init__(
        self, settings: Settings | None = None, *, store: Store | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._given, self._opened, self._clock = settings, store, clock
        self._lock = threading.Lock()

    @property
    def settings(self) -> Settings:
        """The settings given, or those of this process, read at first use."""
        if self._given is None:
            self._given = load_settings()
        return self._given

    @property
    def store(self) -> Store:
        """The store, opened at first use: PostgreSQL when DATABASE_URL is set, else the SQLite file. StoreError."""
        from store.database import Store

        with self._lock:
            if self._opened is None:
                url = self.settings.database_url
                self._opened = Store.on_server(url) if url else Store.at(self.settings.metrics_export_path)
            return self._opened

    def has_records(self) -> bool:
        """Whether there is a store yet; looking makes no file."""
        return bool(self._opened or self.settings.database_url or self.settings.metrics_export_path.exists())

    def record_request(self, metrics: RequestMetrics) -> None:
        """Store one call at once, so that what comes after can't lose it. StoreError when it can't be written."""
        from store.calls import add_call
        from store.tables import to_micros

        row = asdict(metrics)
        row |= {"cost_micros": to_micros(row.pop("cost_usd")), "day": self._day(metrics.timestamp)}
        tried = row.pop("tried")
        add_call(self.store, row | {"route_id": metrics.route_id or metrics.request_id}, tried)

    def record_rejection(self, request_id: str, problems: Sequence[str]) -> tuple[str, str] | None:
        """Note that a recorded call's reply failed a later check; its (agent, model), None for an unknown call."""
        from store.calls import mark_rejected

        return mark_rejected(self.store, request_id, "; ".join(problems))

    def start_run(self, run_id: str, question: str, dataset: str) -> None:
        """Record that an analysis began in this process."""
        from store.calls import open_run
        from store.process import this_process

        now = self._clock()
        row = {"run_id": run_id, "question": question, "dataset": dataset, "started_at": now, "day": self._day(now)}
        open_run(self.store, row | {"owner": this_process(), "status": "running", "latency_s": None, "scenario": None})

    def finish_run(self, run_id: str, status: str, latency_s: float) -> bool:
        """Record how an analysis ended (done, degraded, failed, interrupted); False for an unknown run."""
        from store.calls import close_run

        return close_run(self.store, run_id, status, latency_s)

    def runs(self, since_days: float | None = None) -> list[dict[str, Any]]:
        """Every run, newest first; one whose process died without a word is "interrupted"."""
        from store.calls import all_runs

        return all_runs(self.store, self._clock(), self._since(since_days))

    def groups(self, by: Sequence[str] = (), since_days: float | None = None) -> list[dict[str, Any]]:
        """Counts, rates, tokens, cost and latency of calls, grouped by columns (RequestMetrics' names)."""
        from store.calls import grouped

        return grouped(self.store, by, self._since(since_days))

    def reasons(self, column: str, since_days: float | None = None) -> list[tuple[str, str, str, int]]:
        """(agent, model, reason, count) for column "error_reason" or "fallback_reason"."""
        from store.calls import reasons

        return reasons(self.store, column, self._since(since_days))

    def get_summary(self, since_days: float | None = None) -> dict[str, Any]:
        """Totals, per agent, per model, latency, runs, cost and savings. Rates are fractions, costs Decimal USD."""
        from money.compliance import costs
        from store.calls import run_totals

        runs, of_runs = self.runs(since_days), run_totals(self.store, EMBEDDED_MODEL, self._since(since_days))
        total = self.groups((), since_days)[0]
        models = self._ranked("model_used", since_days)
        failures: Counter[str] = Counter()
        for _, _, reason, count in self.reasons("error_reason", since_days):
            failures[reason] += count
        return {
            "since_days": since_days,
            "totals": total | self._percentiles(since_days),
            "agents": self._ranked("agent_name", since_days),
            "models": models,
            "failures": dict(failures.most_common()),
            "latency": self._latency(runs),
            "runs": {"total": len(runs), **Counter(run["status"] for run in runs)},
            "cost": costs(total, of_runs),
            "degraded": self._degraded(models, of_runs),
        }

    def check_budget_compliance(self) -> dict[str, Any]:
        """Today's spending against the budget, and what a full day would cost; see money.compliance for the fields."""
        from money.compliance import compliance
        from money.ledger import Ledger

        settings = self.settings
        ledger = Ledger(self.store, settings.daily_budget_usd, settings.timezone, clock=self._clock)
        told = compliance(self.store, ledger, settings.expected_daily_requests)
        return told | {"timezone": settings.timezone}

    def print_report(self, since_days: float | None = None, file: TextIO | None = None) -> None:
        """The summary as tables on `file` (stdout)."""
        from rich.console import Console

        from metrics.report import EMPTY, WIDTH, budget_lines, group_table, report_lines

        console = Console(file=file, highlight=False)
        console.width = max(console.width, 80) if console.is_terminal else WIDTH
        # Captured, then written: Rich ends the process by itself when its pipe is closed.
        with console.capture() as captured:
            if self.has_records() and (summary := self.get_summary(since_days))["totals"]["attempts"]:
                for group, name in (("agents", "agent_name"), ("models", "model_used")):
                    console.print(group_table(summary[group], name, console.width))
                for line in report_lines(summary) + budget_lines(self.check_budget_compliance()):
                    console.print(line, soft_wrap=True)
            else:
                console.print(EMPTY, soft_wrap=True)
        (file or sys.stdout).write(captured.get())

    def export_metrics(self, path: Path | str, since_days: float | None = None) -> Path:
        """Write summary, budget, runs and calls as JSON to `path`, whole or not at all. StoreError on failure."""
        from store.calls import all_calls
        from store.export import iso, write_export

        head = {
            "generated_at": iso(self._clock()),
            "summary": self.get_summary(since_days),
            "budget": self.check_budget_compliance(),
            "runs": [run | {"started_at": iso(run["started_at"])} for run in self.runs(since_days)],
        }
        write_export(Path(path), head, all_calls(self.store, self._since(since_days)))
        return Path(path)

    @staticmethod
    def _degraded(models: Sequence[Mapping[str, Any]], of_runs: Mapping[str, Any]) -> dict[str, Any]:
        """What the embedded analyst answered: the share of accepted answers, and of the runs it had a part in."""
        answers = sum(row["accepted"] for row in models if row["model_used"] == EMBEDDED_MODEL)
        return {
            "answers": answers,
            "answer_share": _share(answers, sum(row["accepted"] for row in models)),
            "runs": of_runs["with_model"],
            "run_share": _share(of_runs["with_model"], of_runs["runs"]),
        }

    def _latency(self, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        target = self.settings.target_latency_s
        taken = sorted(run["latency_s"] for run in runs if run["status"] in _FINISHED and run["latency_s"] is not None)
        ranked = {
            name: taken[max(math.ceil(share * len(taken)), 1) - 1] if taken else None for name, share in _SHARES.items()
        }
        within = _share(sum(seconds <= target for seconds in taken), len(taken))
        mean = sum(taken) / len(taken) if taken else None
        return {"target_s": target, "finished_runs": len(taken), "mean_s": mean, **ranked, "within_target": within}

    def _ranked(self, by: str, since_days: float | None) -> list[dict[str, Any]]:
        return [row | self._percentiles(since_days, **{by: row[by]}) for row in self.groups([by], since_days)]

    def _percentiles(self, since_days: float | None, **equal: str) -> dict[str, float | None]:
        from store.calls import latencies

        found = latencies(self.store, list(_SHARES.values()), self._since(since_days), **equal)
        return {name: found.get(share) for name, share in _SHARES.items()}

    def _day(self, moment: float) -> int:
        return int(f"{datetime.fromtimestamp(moment, ZoneInfo(self.settings.timezone)):%Y%m%d}")

    def _since(self, days: float | None) -> float | None:
        return None if days is None else self._clock() - days * 86_400


monitor = PerformanceMonitor()
"""This process's monitor, on the settings of this process; nothing is opened until it records."""


def _share(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m monitoring",
        description="What the recorded calls did and cost.",
        epilog=f"Exit code: 0 done, 1 records can't be read, 2 bad use, {OVER_BUDGET_EXIT} --budget found it passed.",
    )
    parser.add_argument("--report", action="store_true", help="calls, latency, cost and savings")
    parser.add_argument("--budget", action="store_true", help="today's spending against the budget")
    parser.add_argument("--export", type=Path, metavar="FILE", help="everything recorded, as JSON")
    parser.add_argument("--since", type=_days, metavar="DAYS", help="only the last DAYS days (report and export)")
    return parser


def _days(text: str) -> float:
    days = float(text)
    if not 0 < days < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days above 0")
    return days


def _run(arguments: argparse.Namespace, source: PerformanceMonitor) -> int:
    code = 0
    if arguments.report:
        source.print_report(arguments.since)
    if arguments.budget:
        from metrics.report import EMPTY, budget_lines

        budget = source.check_budget_compliance() if source.has_records() else None
        print(*(budget_lines(budget) if budget else [EMPTY]), sep="\n")  # noqa: T201
        code = 0 if budget is None or budget["compliant"] else OVER_BUDGET_EXIT
    if arguments.export is not None:
        print(f"Written: {source.export_metrics(arguments.export, arguments.since)}")  # noqa: T201
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if not (arguments.report or arguments.budget or arguments.export is not None):
        parser.error("say --report, --budget or --export FILE")
    try:
        code = _run(arguments, monitor)
        sys.stdout.flush()
        return code
    except PlatformError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except BrokenPipeError:
        # The reader has seen enough; without this Python complains once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
