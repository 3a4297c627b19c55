"""What a kill -9 costs the service: two worker processes, one queue, and the one that runs an analysis is killed.

    python main.py bench crashes [--kills 20] [--write]

Each question is asked while both processes work; its owner is killed at a random moment of the analysis, and replaced.
On SQLite and on PostgreSQL (from its wheel). The rule-based analyst answers. All figures are measured.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analyst.core.events import Progress
from analyst.core.scratch import scratch
from analyst.core.settings import Settings
from analyst.samples.catalog import SAMPLES
from analyst.service.analyses import Analyses
from analyst.service.program import fingerprint
from analyst.service.queue import JobQueue, Limits
from analyst.service.requests import AnalysisRequest
from analyst.storage.database import Store
from analyst.storage.jobs import OPEN, Job
from lab.benchmarks.serving import of_gateway
from lab.benchmarks.tables import markdown, write_section
from lab.benchmarks.workers import Workers
from lab.loadtest.surroundings import settings_of
from tests.gateway_process import running_gateway
from tests.stores import fresh_database, running_postgres

LONGEST_S = 1.5
"""How long after its beginning an analysis is killed at most: about what one takes."""
ASKER = "bench"


@dataclass
class Tally:
    """What became of the analyses: where each was when its process died, and how long until another had it."""

    finished: int = 0
    paid_twice: int = 0
    takeover_s: list[float] = field(default_factory=list)
    stages: Counter[str] = field(default_factory=Counter)


def until(condition: Callable[[], bool], seconds: float = 180.0) -> None:
    """Wait until `condition` holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"nothing happened for {seconds:g} s")
        time.sleep(0.02)


class Asking:
    """Asks one question after the other on a store, and kills who answers it."""

    def __init__(self, store: Store, settings: Settings, workers: Workers, random_: random.Random) -> None:
        self.tally = Tally()
        self._queue = JobQueue(store, Limits(), program=fingerprint(settings))
        self._store, self._workers, self._random = store, workers, random_
        self._analyses = Analyses(self._queue, store, settings.runs_dir)

    def ask(self, column: str, *, killing: bool = True) -> None:
        """Ask for the revenue by `column`, and wait for the end of it; without a kill it counts for nothing."""
        question = f"What is the total revenue by {column}?"
        run = self._analyses.submit(AnalysisRequest(SAMPLES["sales"].path, question, fresh=True), ASKER)
        if killing:
            until(lambda: self._job(run).state != "waiting")
            time.sleep(self._random.uniform(0, LONGEST_S))
            self._kill(self._job(run))
        until(lambda: self._job(run).state not in OPEN)
        if killing and self._job(run).state == "done":
            self.tally.finished += 1
            self.tally.paid_twice += self._answered(run) - len(self._analyses.result(run, ASKER).calls)

    def _kill(self, job: Job) -> None:
        told = [event.event for event in self._queue.events(job.id)[0]]
        stages = [event.stage for event in told if isinstance(event, Progress) and event.stage]
        self.tally.stages["ended" if job.state not in OPEN else stages[-1] if stages else "claimed"] += 1
        killed = time.monotonic()
        self._workers.replace(job.owner or "")
        until(lambda: self._job(job.id).attempt > job.attempt or self._job(job.id).state not in OPEN)
        if self._job(job.id).attempt > job.attempt:
            self.tally.takeover_s.append(time.monotonic() - killed)

    def _job(self, run: str) -> Job:
        return self._queue.job(run, ASKER)

    def _answered(self, run: str) -> int:
        """How many calls of the run were answered, and so paid."""
        answered = "SELECT count(*) FROM calls WHERE run_id = :run AND called AND success"
        with self._store.read() as transaction:
            [(count,)] = transaction.rows(answered, {"run": run})
        return int(count)


def measure(store: Store, settings: Settings, workers: Workers, kills: int) -> Tally:
    """`kills` questions to processes with these settings, after two that warm them up."""
    asking = Asking(store, settings, workers, random.Random(7))
    for number in range(kills + 2):
        asking.ask(("region", "product", "category")[number % 3], killing=number >= 2)
    return asking.tally


@contextmanager
def _addresses(folder: Path) -> Iterator[dict[str, str]]:
    """A place for a store of each kind."""
    server = folder / "pg"
    server.mkdir()
    with running_postgres(server) as url, fresh_database(url) as database:
        yield {"SQLite": "", "PostgreSQL": database}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--kills", type=int, default=20, help="kills on each database")
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and write the section of lab/benchmarks/README.md if asked to."""
    rows = []
    with (
        scratch("crashes") as name,
        running_gateway(name) as gateway,
        _addresses(name) as places,
    ):
        for kind, url in places.items():
            environment = os.environ | of_gateway(gateway) | {"DATABASE_URL": url}
            settings = settings_of(environment)
            workers = Workers([environment] * 2)
            try:
                store = Store.named(settings.metrics_export_path, url or None)
                rows.append(_row(kind, measure(store, settings, workers, arguments.kills)))
            finally:
                workers.end()
    table = markdown(["database", "killed while", "finished", "paid twice", "taken over after s (median, max)"], rows)
    print(table)
    if arguments.write:
        write_section(
            "crashes",
            "What a crash costs the service",
            f"`python main.py bench crashes --kills {arguments.kills}`; measured. Two processes share the queue; the one"
            " that runs an analysis is killed with -9.",
            table,
        )
    return 0


def _row(kind: str, tally: Tally) -> list[str]:
    stages = ", ".join(f"{stage} {count}" for stage, count in tally.stages.most_common())
    taken = tally.takeover_s or [0.0]
    seconds = f"{statistics.median(taken):.1f}, {max(taken):.1f}"
    return [kind, stages, f"{tally.finished} of {tally.stages.total()}", str(tally.paid_twice), seconds]
