"""Two machines' worth of processes, one PostgreSQL and one table on Spark: nothing is lost or paid twice when one dies.

    python main.py bench machines [--questions 20] [--rows 1000000] [--write]

Each worker has a state folder of its own, as on another machine; the queue, the books and the reports are shared. The one
that runs analyses is killed with -9 in between and does not come back. The providers are simulated, all else is real.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analyst.core.errors import SettingsError
from analyst.core.scratch import scratch
from analyst.core.settings import load_settings
from analyst.engine.remote.access import Access
from analyst.protocol.places import parse_place
from analyst.service.analyses import Analyses
from analyst.service.program import fingerprint
from analyst.service.queue import JobQueue, Limits
from analyst.service.requests import AnalysisRequest
from analyst.storage.database import Store
from analyst.storage.jobs import OPEN
from lab.benchmarks.crashes import until
from lab.benchmarks.profiling import TABLES
from lab.benchmarks.spark import spark_here
from lab.benchmarks.tables import markdown, write_section
from lab.benchmarks.workers import Workers
from lab.loadtest.surroundings import settings_of, surroundings
from tests.stores import fresh_database, running_postgres

COLUMNS = ("region", "churn", "product", "day")
ASKERS = 5
PATIENCE_S = 3600.0
_AT_ONCE = 2
_UNDER_WAY = 2 * _AT_ONCE
"""Calls that may be under way in the process that is killed: of each analysis two agents work side by side."""
_BOOKED = "SELECT count(*), coalesce(sum(actual_micros), 0) FROM reservations WHERE state = '{state}'"
_CALLS = "SELECT count(*), coalesce(sum(cost_micros), 0) FROM calls WHERE called"
_ANSWERED = "SELECT count(*) FROM calls WHERE called AND success"
_ABOUT = (
    "`python main.py bench machines --questions {questions} --rows {rows} --write`: two worker processes with a state "
    "folder each, one PostgreSQL, one table of {rows:,} rows on one Spark; providers simulated (calm), the rest real. The "
    "process that runs analyses is killed with -9 after a quarter of them. *Figures*: questions whose evidence is the same "
    "each time it was asked. *Paid twice*: calls that were answered and stand in no report, which those under way at the kill may be. *Booked*: what the "
    "reservations were settled at, beside what the calls cost; *still held*: reservations of calls that were under way, "
    "which are booked at their estimate when their time is up."
)


@dataclass(frozen=True)
class Outcome:
    """What became of the analyses: how many by who ended them, whether questions asked again gave the same evidence, and
    the books: calls paid twice, micro-dollars booked and of the calls, reservations that are still open."""

    answered: int
    by_process: tuple[int, ...]
    same: int
    paid_twice: int
    booked: int
    cost: int
    held: int


def machines(environment: Mapping[str, str], folder: Path) -> Workers:
    """Two workers, each with a state folder of its own below `folder`."""
    owns = (
        {"STATE_DIR": str(folder / name), "METRICS_EXPORT_PATH": str(folder / name / "metrics.db")}
        for name in ("one", "two")
    )
    return Workers([{**environment, **own} for own in owns], _AT_ONCE)


class Asking:
    """The questions of ASKERS users about one table, each of them asked several times."""

    def __init__(self, store: Store, environment: Mapping[str, str], table: str) -> None:
        settings = settings_of(environment)
        self._store, self._place = store, parse_place(table)[0]
        self._queue = JobQueue(store, Limits(), program=fingerprint(settings))
        self._analyses = Analyses(self._queue, store, settings.runs_dir)
        self._runs: dict[str, tuple[str, str]] = {}

    def submit(self, questions: int) -> None:
        """Ask all of them at once."""
        for number in range(questions):
            asker, column = f"user{number % ASKERS}", COLUMNS[number % len(COLUMNS)]
            request = AnalysisRequest(self._place, f"What is the total revenue by {column}?", fresh=True)
            self._runs[self._analyses.submit(request, asker)] = (asker, column)

    def ended(self) -> int:
        """How many have ended, whatever came of them."""
        return sum(self._queue.job(run, asker).state not in OPEN for run, (asker, _) in self._runs.items())

    def owner(self) -> str | None:
        """Who runs one of them now."""
        jobs = (self._queue.job(run, asker) for run, (asker, _) in self._runs.items())
        return next((job.owner for job in jobs if job.state == "running" and job.owner), None)

    def outcome(self) -> Outcome:
        """What became of all of them."""
        jobs = {run: self._queue.job(run, asker) for run, (asker, _) in self._runs.items()}
        for job in jobs.values():
            if job.failure:
                print(f"{job.asker}: {job.failure}")
        done = [run for run, job in jobs.items() if job.state == "done"]
        results = {run: self._analyses.result(run, self._runs[run][0]) for run in done}
        figures: dict[str, set[str]] = {}
        for run, result in results.items():
            rows = json.dumps([table["rows"] for table in result.evidence], default=str)
            figures.setdefault(self._runs[run][1], set()).add(rows)
        owners = [jobs[run].owner for run in done]
        with self._store.read() as transaction:
            [(_, booked)] = transaction.rows(_BOOKED.format(state="settled"))
            [(held, _)] = transaction.rows(_BOOKED.format(state="open"))
            [(_, cost)] = transaction.rows(_CALLS)
            [(answered,)] = transaction.rows(_ANSWERED)
        reported = sum(len(result.calls) for result in results.values())
        return Outcome(
            answered=len(done),
            by_process=tuple(owners.count(owner) for owner in sorted(set(owners), key=str)),
            same=sum(len(rows) == 1 for rows in figures.values()),
            paid_twice=answered - reported,
            booked=int(booked),
            cost=int(cost),
            held=int(held),
        )


def measure(asking: Asking, workers: Workers, questions: int) -> Outcome:
    """Ask, kill a process after a quarter, wait for the end of all."""
    asking.submit(questions)
    until(lambda: asking.ended() >= questions // 4 and asking.owner() is not None, PATIENCE_S)
    workers.kill(asking.owner() or "")
    until(lambda: asking.ended() == questions, PATIENCE_S)
    return asking.outcome()


@contextmanager
def _environment(folder: Path) -> Iterator[Mapping[str, str]]:
    """What both machines share: the gateway and its providers, PostgreSQL, Spark's address, the folder of the reports."""
    server = folder / "pg"
    server.mkdir()
    overrides = {"RUNS_DIR": str(folder / "runs"), "DAILY_BUDGET_USD": "1000"}
    with ExitStack() as stack:
        found = stack.enter_context(
            surroundings("calm", seed=7, speed=1.0, folder=folder, overrides=overrides, on_note=lambda text: None)
        )
        url = stack.enter_context(fresh_database(stack.enter_context(running_postgres(server))))
        spark = Access.of(load_settings(engine_url=spark_here())).url
        yield {**found.environment, "DATABASE_URL": url, "ENGINE_URL": spark}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--questions", type=int, default=20, help="analyses that are asked for at once")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="rows of the table (1,000,000)")
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and write the section of lab/benchmarks/README.md if asked to."""
    if spark_here() is None:
        raise SettingsError("There is no Spark to leave the table on.", "Set ENGINE_URL, or run `make spark`.")
    with scratch("machines") as folder, _environment(folder) as environment:
        path = folder / "orders.parquet"
        duckdb.connect().execute(f"COPY (SELECT {TABLES[11]} FROM range({arguments.rows}) t(i)) TO '{path}'")
        workers = machines(environment, folder)
        store = Store.named(folder / "metrics.db", environment["DATABASE_URL"])
        try:
            outcome = measure(Asking(store, environment, f"spark:parquet:{path}"), workers, arguments.questions)
        finally:
            workers.end()
            store.close()
    columns = ["asked", "answered", "by process", "figures", "paid twice", "booked, USD", "of calls, USD", "still held"]
    body = markdown(columns, [_row(arguments.questions, outcome)])
    print(body)
    if arguments.write:
        about = _ABOUT.format(questions=arguments.questions, rows=arguments.rows)
        write_section("machines", "Two machines, one queue, a table on Spark", about, body)
    return 0 if outcome.answered == arguments.questions and outcome.paid_twice <= _UNDER_WAY else 1


def _row(questions: int, outcome: Outcome) -> Sequence[str]:
    return [
        f"{questions}",
        f"{outcome.answered}",
        ", ".join(map(str, outcome.by_process)),
        f"{outcome.same} of {min(questions, len(COLUMNS))} the same",
        f"{outcome.paid_twice}",
        f"{outcome.booked / 1e6:.4f}",
        f"{outcome.cost / 1e6:.4f}",
        f"{outcome.held}",
    ]
