"""What calls did and cost: every call is recorded at once, and the reports are made from the records.

`python -m monitoring --report | --budget | --export FILE | --prometheus FILE` reads what earlier processes left
(observability/command). Importing this module opens nothing; the store is opened, and its file made, when the first
call or run is recorded. A store that can't be written ends no analysis: see analyst/storage/journal.py.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

from analyst.core.settings import Settings, load_settings
from analyst.protocol.calls import RequestMetrics as RequestMetrics

if TYPE_CHECKING:
    from analyst.observability.tracing import CallSpan, Tracing
    from analyst.protocol.results import ConsensusRecord
    from analyst.storage.database import Store

EVERY_GROUP = ("agent", "model", "day")
"""What reports can be grouped by."""
_DAY_S = 86_400


class PerformanceMonitor:
    """Records calls and runs, and sums them up. Threads and processes may share one store.

    `scenario` names a simulation: what this monitor records is marked with it, and its figures are of that alone.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        store: Store | None = None,
        clock: Callable[[], float] = time.time,
        scenario: str | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self._given, self._opened, self._clock, self._scenario = settings, store, clock, scenario
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
        from analyst.storage.database import Store

        with self._lock:
            if self._opened is None:
                self._opened = Store.named(self.settings.metrics_export_path, self.settings.database_url)
            return self._opened

    def of_scenario(self, scenario: str) -> PerformanceMonitor:
        """A monitor of the same store for the calls of one simulation."""
        return PerformanceMonitor(self.settings, store=self.store, clock=self._clock, scenario=scenario)

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
        from analyst.storage.calls import add_call
        from analyst.storage.tables import to_micros

        row = asdict(metrics)
        row |= {"cost_micros": to_micros(row.pop("cost_usd")), "day": self._day(metrics.timestamp)}
        row |= {"route_id": metrics.route_id or metrics.request_id, "scenario": metrics.scenario or self._scenario}
        tried, journal = row.pop("tried"), self.store.journal
        journal.write(lambda transaction: add_call(transaction, row, tried))
        if journal.waiting:
            self._unwritten[metrics.request_id] = (metrics.agent_name, metrics.model_used)
        else:
            self._unwritten.clear()
        if metrics.called and (tracing := self.tracing) is not None:
            tracing.call(_span(metrics))

    def record_rejection(self, request_id: str, problems: Sequence[str]) -> tuple[str, str] | None:
        """Note that a recorded call's reply failed a later check; its (agent, model), None for an unknown call."""
        from analyst.storage.calls import mark_rejected

        told = "; ".join(problems)
        found = self.store.journal.write(lambda transaction: mark_rejected(transaction, request_id, told))
        return found or self._unwritten.get(request_id)

    def start_run(self, run_id: str, question: str, dataset: str) -> None:
        """Record that an analysis began in this process."""
        from analyst.storage.process import this_process
        from analyst.storage.runs import open_run

        now = self._clock()
        row = {"run_id": run_id, "question": question, "dataset": dataset, "started_at": now, "day": self._day(now)}
        row |= {"owner": this_process(), "status": "running", "latency_s": None, "scenario": self._scenario}
        self.store.journal.write(lambda transaction: open_run(transaction, row))
        if (tracing := self.tracing) is not None:
            tracing.run_began(run_id, now)

    def finish_run(self, run_id: str, status: str, latency_s: float) -> bool:
        """Record how an analysis ended (done, degraded, failed, interrupted); False for an unknown run."""
        from analyst.storage.runs import close_run

        done = self.store.journal.write(lambda transaction: close_run(transaction, run_id, status, latency_s))
        if (tracing := self.tracing) is not None:
            tracing.run_ended(run_id, self._clock(), status)
        return done is not False

    def record_consensus(self, run_id: str, record: ConsensusRecord) -> None:
        """Record how several models' plans of a run were settled, and what that took beyond one plan."""
        from analyst.storage.consensus import add
        from analyst.storage.tables import to_micros

        row = {"run_id": run_id, "timestamp": self._clock(), "outcome": record.outcome, "scenario": self._scenario}
        row |= {"asked": len(record.planners), "planned": sum(planner.planned for planner in record.planners)}
        row |= {"judged": record.outcome == "judged" or record.judge is not None, "extra_s": record.extra_s}
        row |= {"extra_micros": to_micros(record.extra_usd)}
        self.store.journal.write(lambda transaction: add(transaction, row))

    def runs(self, since_days: float | None = None) -> list[dict[str, Any]]:
        """Every run, newest first; one whose process died without a word is "interrupted"."""
        from analyst.storage.runs import all_runs

        with self.store.read() as transaction:
            return all_runs(transaction, self._clock(), self._since(since_days), self._scenario or "")

    def routes(self, run_id: str) -> list[dict[str, Any]]:
        """The router's accounts of a run's requests, oldest first; `tried` is the JSON text that it gave."""
        from analyst.storage.calls import routes_of

        with self.store.read() as transaction:
            return routes_of(transaction, run_id)

    def groups(self, by: Sequence[str] = (), since_days: float | None = None) -> list[dict[str, Any]]:
        """Counts, rates, tokens and cost of calls, grouped by columns (see storage.sums.GROUPS), biggest cost first."""
        from analyst.storage.sums import grouped

        with self.store.read() as transaction:
            return grouped(transaction, by, self._since(since_days), self._scenario or "")

    def reasons(self, column: str, since_days: float | None = None) -> list[tuple[str, str, str, int]]:
        """(agent, model, reason, count) for column "error_reason" or "fallback_reason"."""
        from analyst.storage.sums import reasons

        with self.store.read() as transaction:
            return reasons(transaction, column, self._since(since_days), self._scenario or "")

    def failovers(self, since_days: float | None = None) -> dict[str, list[float]]:
        """By agent: seconds lost to earlier attempts, of each answer that came from a fallback, shortest first."""
        from analyst.storage.sums import failovers

        with self.store.read() as transaction:
            return failovers(transaction, self._since(since_days), self._scenario or "")

    def get_summary(self, since_days: float | None = None, by: Sequence[str] = EVERY_GROUP) -> dict[str, Any]:
        """Totals, by agent, model and day, latency, runs, cost and savings: see analyst.observability.summary."""
        from analyst.observability.summary import summarise

        told = summarise(
            self.store,
            now=self._clock(),
            target_s=self.settings.target_latency_s,
            since=self._since(since_days),
            scenario=self._scenario or "",
            by=by,
        )
        return {"since_days": since_days, "scenario": self._scenario, **told}

    def check_budget_compliance(self) -> dict[str, Any]:
        """Today's spending against the budget, and what a full day would cost; see budget.compliance for the fields."""
        from analyst.budget.compliance import compliance
        from analyst.budget.ledger import Ledger, scope_of

        settings = self.settings
        ledger = Ledger.of(self.store, settings, clock=self._clock, scope=scope_of(self._scenario))
        told = compliance(self.store, ledger, settings.expected_daily_requests, self._clock(), self._scenario or "")
        return told | {"timezone": settings.timezone}

    def get_report(self, since_days: float | None = None, by: Sequence[str] = EVERY_GROUP) -> dict[str, Any]:
        """Summary, budget and what of them needs somebody's eye, as `--json` tells them."""
        from analyst.observability.issues import issues

        summary, budget = self.get_summary(since_days, by), self.check_budget_compliance()
        return {"summary": summary, "budget": budget, "issues": issues(summary, budget)}

    def print_report(
        self, since_days: float | None = None, file: TextIO | None = None, by: Sequence[str] = ("agent", "model")
    ) -> None:
        """The report as text on `file` (stdout), with a table for each of `by` (agent, model, day)."""
        from analyst.observability.report import EMPTY, WIDTH, report_text, terminal_width

        out, text = file or sys.stdout, f"{EMPTY}\n"
        if self.has_records() and (report := self.get_report(since_days, by))["summary"]["totals"]["attempts"]:
            text = report_text(report, by, terminal_width(WIDTH) if out.isatty() else WIDTH)
        out.write(text)

    def export_metrics(self, path: Path | str, since_days: float | None = None) -> Path:
        """Write report, runs and calls as JSON to `path`, whole or not at all. StoreError on failure."""
        from analyst.storage.calls import all_calls
        from analyst.storage.export import iso, write_export

        runs = [run | {"started_at": iso(run["started_at"])} for run in self.runs(since_days)]
        head = {"generated_at": iso(self._clock()), **self.get_report(since_days), "runs": runs}
        write_export(Path(path), head, all_calls(self.store, self._since(since_days), self._scenario or ""))
        return Path(path)

    def export_prometheus(self, path: Path | str) -> Path:
        """Write the figures in Prometheus' text format to `path`, whole or not at all. StoreError on failure."""
        from analyst.observability.prometheus import exposition
        from analyst.storage.export import write_whole

        pairs = self.groups(["agent_name", "model_used"])
        write_whole(Path(path), exposition(self.get_summary(by=()), self.check_budget_compliance(), pairs), 0o644)
        return Path(path)

    def _day(self, moment: float) -> int:
        from analyst.budget.ledger import day_of

        return day_of(moment, ZoneInfo(self.settings.timezone))

    def _since(self, days: float | None) -> float | None:
        return None if days is None else self._clock() - days * _DAY_S


def _span(metrics: RequestMetrics) -> CallSpan:
    from analyst.observability.tracing import CallSpan

    return CallSpan(
        model=metrics.model_used,
        agent=metrics.agent_name,
        run_id=metrics.run_id,
        ended=metrics.timestamp,
        latency_s=metrics.latency_s,
        input_tokens=metrics.input_tokens,
        output_tokens=metrics.output_tokens,
        cached_tokens=metrics.cached_tokens,
        error=metrics.error_reason,
        about={
            "cost_usd": float(metrics.cost_usd),
            "cost_source": metrics.cost_source,
            "primary_model": metrics.primary_model,
            "fallback": metrics.fallback_used,
            "fallback_reason": metrics.fallback_reason or "",
            "escalated": metrics.escalated,
            "hedged": metrics.hedged,
        },
    )


monitor = PerformanceMonitor()
"""This process's monitor, on the settings of this process; nothing is opened until it records."""


def main(argv: Sequence[str] | None = None) -> int:
    """`python -m monitoring`; the exit code."""
    from analyst.observability import command

    return command.main(monitor, argv)


if __name__ == "__main__":
    # A short life: collecting garbage while 100,000 rows are read costs 30 ms and frees nothing.
    gc.disable()
    sys.exit(main())
