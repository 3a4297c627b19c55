"""What calls did and cost: every call is recorded at once, and the reports are made from the records.

`python -m monitoring --report | --budget | --export FILE | --prometheus FILE` reads what earlier processes left
(observability/command). Importing this module opens nothing; the store is opened, and its file made, when the first
call or run is recorded. A store that can't be written ends no analysis: see analyst/storage/journal.py.
"""

from __future__ import annotations

import gc
import math
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

from analyst.budget.compliance import compliance
from analyst.budget.ledger import Ledger, day_of, scope_of
from analyst.core.process import this_process
from analyst.core.settings import Settings, load_settings
from analyst.observability import command
from analyst.observability.issues import issues
from analyst.observability.prometheus import exposition
from analyst.observability.report import EMPTY, WIDTH, report_text, terminal_width
from analyst.observability.summary import summarise
from analyst.protocol.calls import CallRecord
from analyst.storage import calls, consensus, runs, sums
from analyst.storage.database import Store
from analyst.storage.export import iso, write_export, write_whole
from analyst.storage.slices import Slice
from analyst.storage.tables import COLUMNS, to_micros

if TYPE_CHECKING:
    from analyst.observability.tracing import Tracing
    from analyst.protocol.results import ConsensusRecord

RequestMetrics = CallRecord
"""A call's record by the client's name for it."""
EVERY_GROUP = ("agent", "model", "day")
"""What reports can be grouped by."""
_DAY_S = 86_400


class PerformanceMonitor:
    """Records calls and runs, and sums them up. Threads and processes may share one store.

    `scenario` names a simulation: what this monitor records is marked with it, and its figures are of that alone.
    `period` (Unix seconds) is the time that its figures are of.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        store: Store | None = None,
        clock: Callable[[], float] = time.time,
        scenario: str | None = None,
        tracing: Tracing | None = None,
        period: tuple[float, float] = (0.0, math.inf),
    ) -> None:
        self._given, self._opened, self._clock, self._scenario = settings, store, clock, scenario
        self._since, self._until = period
        self._tracing, self._traces = tracing, tracing is not None
        self._lock = threading.Lock()
        self._unwritten: dict[str, tuple[str, str]] = {}

    @property
    def settings(self) -> Settings:
        """The settings given, or those of this process, read at first use."""
        if self._given is None:
            self._given = load_settings()
        return self._given

    @property
    def store(self) -> Store:
        """The store that the settings name, opened by its first use. StoreError when DATABASE_URL is no address."""
        with self._lock:
            if self._opened is None:
                self._opened = Store.named(self.settings.metrics_export_path, self.settings.database_url)
            return self._opened

    def of_scenario(self, scenario: str) -> PerformanceMonitor:
        """A monitor of the same store for the calls of one simulation."""
        return PerformanceMonitor(self.settings, store=self.store, clock=self._clock, scenario=scenario)

    def between(self, since: float, until: float) -> PerformanceMonitor:
        """A monitor whose figures are of the time from `since` up to, and without, `until` (Unix seconds)."""
        period = since, until
        return PerformanceMonitor(
            self.settings, store=self.store, clock=self._clock, scenario=self._scenario, period=period
        )

    @property
    def scenario(self) -> str | None:
        """The simulation whose calls this monitor records; None: real ones."""
        return self._scenario

    @property
    def tracing(self) -> Tracing | None:
        """Where spans are told of; None without OTEL_EXPORTER_OTLP_ENDPOINT."""
        if not self._traces:
            with self._lock:
                if not self._traces and (endpoint := self.settings.otel_exporter_otlp_endpoint):
                    from analyst.observability.tracing import Tracing

                    self._tracing = Tracing.to(endpoint)
                self._traces = True
        return self._tracing

    def has_records(self) -> bool:
        """Whether there is a store yet; looking makes no file."""
        return bool(self.settings.database_url or self.settings.metrics_export_path.exists())

    def record_request(self, metrics: RequestMetrics) -> None:
        """Store one call at once; a store that can't be written gets it later, and one warning is given."""
        made: dict[str, object] = {"cost_micros": to_micros(metrics.cost_usd), "day": self._day(metrics.timestamp)}
        made |= {"claimed_micros": None if metrics.claimed_usd is None else to_micros(metrics.claimed_usd)}
        made |= {"route_id": metrics.route_id or metrics.request_id, "scenario": metrics.scenario or self._scenario}
        row = {name: getattr(metrics, name) for name in COLUMNS["calls"] if name not in made} | made
        journal, tried = self.store.journal, metrics.tried
        journal.write(lambda transaction: calls.add_call(transaction, row, tried))
        if journal.waiting:
            self._unwritten[metrics.request_id] = (metrics.agent_name, metrics.model_used)
        else:
            self._unwritten.clear()
        if metrics.called and (tracing := self.tracing) is not None:
            tracing.call(metrics)

    def record_rejection(self, request_id: str, problems: Sequence[str]) -> tuple[str, str] | None:
        """Note that a recorded call's reply failed a later check; its (agent, model), None for an unknown call."""
        told = "; ".join(problems)
        found = self.store.journal.write(lambda transaction: calls.mark_rejected(transaction, request_id, told))
        return found or self._unwritten.get(request_id)

    def start_run(self, run_id: str, question: str, dataset: str) -> None:
        """Record that an analysis began in this process."""
        now = self._clock()
        row = {"run_id": run_id, "question": question, "dataset": dataset, "started_at": now, "day": self._day(now)}
        row |= {"owner": this_process(), "status": "running", "latency_s": None, "scenario": self._scenario}
        self.store.journal.write(lambda transaction: runs.open_run(transaction, row))
        if (tracing := self.tracing) is not None:
            tracing.run_began(run_id, now)

    def finish_run(self, run_id: str, status: str, latency_s: float) -> bool:
        """Record how an analysis ended (done, degraded, failed, interrupted); False for an unknown run."""
        done = self.store.journal.write(lambda transaction: runs.close_run(transaction, run_id, status, latency_s))
        if (tracing := self.tracing) is not None:
            tracing.run_ended(run_id, self._clock(), status)
        return done is not False

    def record_consensus(self, run_id: str, record: ConsensusRecord) -> None:
        """Record how several models' plans of a run were settled, and what that took beyond one plan."""
        row = {"run_id": run_id, "timestamp": self._clock(), "outcome": record.outcome, "scenario": self._scenario}
        row |= {"asked": len(record.planners), "planned": sum(planner.planned for planner in record.planners)}
        row |= {"judged": record.outcome == "judged" or record.judge is not None, "extra_s": record.extra_s}
        row |= {"extra_micros": to_micros(record.extra_usd)}
        self.store.journal.write(lambda transaction: consensus.add(transaction, row))

    def runs(self, since_days: float | None = None) -> list[dict[str, Any]]:
        """Every run, newest first; one whose process died without a word is "interrupted"."""
        with self.store.read() as transaction:
            return runs.all_runs(transaction, self._clock(), self._slice(since_days))

    def routes(self, run_id: str) -> list[dict[str, Any]]:
        """The router's accounts of a run's requests, oldest first; `tried` is the JSON text that it gave."""
        with self.store.read() as transaction:
            return calls.routes_of(transaction, run_id)

    def groups(self, by: Sequence[str] = (), since_days: float | None = None) -> list[dict[str, Any]]:
        """Counts, rates, tokens and cost of calls, grouped by columns (see storage.sums.GROUPS), biggest cost first."""
        with self.store.read() as transaction:
            return sums.grouped(transaction, by, self._slice(since_days))

    def reasons(self, column: str, since_days: float | None = None) -> list[tuple[str, str, str, int]]:
        """(agent, model, reason, count) for column "error_reason" or "fallback_reason"."""
        with self.store.read() as transaction:
            return sums.reasons(transaction, column, self._slice(since_days))

    def failovers(self, since_days: float | None = None) -> dict[str, list[float]]:
        """By agent: seconds lost to earlier attempts, of each answer that came from a fallback, shortest first."""
        with self.store.read() as transaction:
            return sums.failovers(transaction, self._slice(since_days))

    def get_summary(self, since_days: float | None = None, by: Sequence[str] = EVERY_GROUP) -> dict[str, Any]:
        """Totals, by agent, model and day, latency, runs, cost and savings: see analyst.observability.summary."""
        of, target_s = self._slice(since_days), self.settings.target_latency_s
        told = summarise(self.store, of, now=self._clock(), target_s=target_s, by=by)
        return {**of.bounds, "scenario": self._scenario, **told}

    def check_budget_compliance(self) -> dict[str, Any]:
        """Today's spending against the budget, and what a full day would cost; see budget.compliance for the fields."""
        settings = self.settings
        ledger = Ledger.of(self.store, settings, clock=self._clock, scope=scope_of(self._scenario))
        told = compliance(self.store, ledger, settings.expected_daily_requests, self._clock(), self._scenario or "")
        return told | {"timezone": settings.timezone}

    def get_report(self, since_days: float | None = None, by: Sequence[str] = EVERY_GROUP) -> dict[str, Any]:
        """Summary, budget and what of them needs somebody's eye, as `--json` tells them."""
        summary, budget = self.get_summary(since_days, by), self.check_budget_compliance()
        return {"summary": summary, "budget": budget, "issues": [issue.record() for issue in issues(summary, budget)]}

    def print_report(
        self, since_days: float | None = None, file: TextIO | None = None, by: Sequence[str] = ("agent", "model")
    ) -> None:
        """The report as text on `file` (stdout), with a table for each of `by` (agent, model, day)."""
        out, text = file or sys.stdout, f"{EMPTY}\n"
        if self.has_records() and (report := self.get_report(since_days, by))["summary"]["totals"]["attempts"]:
            text = report_text(report, by, terminal_width(WIDTH) if out.isatty() else WIDTH)
        out.write(text)

    def export_metrics(self, path: Path | str, since_days: float | None = None) -> Path:
        """Write report, runs and calls as JSON to `path`, whole or not at all. StoreError on failure."""
        told = [run | {"started_at": iso(run["started_at"])} for run in self.runs(since_days)]
        head = {"generated_at": iso(self._clock()), **self.get_report(since_days), "runs": told}
        write_export(Path(path), head, calls.all_calls(self.store, self._slice(since_days)))
        return Path(path)

    def prometheus_text(self) -> str:
        """The figures in Prometheus' text format."""
        pairs = self.groups(["agent_name", "model_used"])
        return "".join(exposition(self.get_summary(by=()), self.check_budget_compliance(), pairs))

    def export_prometheus(self, path: Path | str) -> Path:
        """Write the figures in Prometheus' text format to `path`, whole or not at all. StoreError on failure."""
        write_whole(Path(path), [self.prometheus_text()], 0o644)
        return Path(path)

    def _day(self, moment: float) -> int:
        return day_of(moment, ZoneInfo(self.settings.timezone))

    def _slice(self, since_days: float | None) -> Slice:
        since = self._since if since_days is None else max(self._since, self._clock() - since_days * _DAY_S)
        return Slice(since, self._until, self._scenario or "")


monitor = PerformanceMonitor()
"""This process's monitor, on the settings of this process; nothing is opened until it records."""


def main(argv: Sequence[str] | None = None) -> int:
    """`python -m monitoring`; the exit code."""
    return command.main(monitor, argv)


if __name__ == "__main__":
    # A short life: collecting garbage while 100,000 rows are read costs 30 ms and frees nothing.
    gc.disable()
    sys.exit(main())
