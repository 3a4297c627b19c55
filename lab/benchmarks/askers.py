"""Many users at once: every one asks two questions at the same moment of one service with simulated providers.

    python main.py bench askers [--askers 200] [--write]

Nothing may be lost, nobody may get a second answer before everybody's first was begun, and waiting is what the queue's
length makes it. The platform, the gateway and its adapters are real; the providers are simulated.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from analyst.core.scratch import scratch
from analyst.samples.catalog import SAMPLES
from analyst.service.access import AccessKeys
from analyst.storage import jobs
from analyst.storage.database import Store
from analyst.storage.jobs import OPEN, Job
from lab.benchmarks.serving import PATIENCE_S, ServiceProcess, quantile, running_service
from lab.benchmarks.tables import markdown, write_section
from lab.loadtest.surroundings import surroundings

EACH = 2
SENDERS = 50
COLUMNS = ("region", "product", "category", "month", "customer")
MOST_WAITING = 10_000


@dataclass(frozen=True)
class Outcome:
    """What became of all questions: the jobs, how often one was refused for the moment, in how many seconds."""

    jobs: Sequence[Job]
    refused: int
    wall_s: float

    @property
    def waited_s(self) -> list[float]:
        """Seconds from the question until its analysis began."""
        return [job.started_at - job.created_at for job in self.jobs if job.started_at is not None]

    @property
    def out_of_turn(self) -> int:
        """How many second questions were begun before the first one of somebody who was waiting by then."""
        starts = [(job, job.started_at) for job in self.jobs if job.started_at is not None]
        firsts: dict[str, tuple[Job, float]] = {}
        for job, at in sorted(starts, key=lambda pair: pair[1]):
            firsts.setdefault(job.asker, (job, at))
        seconds = [(job, at) for job, at in starts if firsts[job.asker][0].id != job.id]
        return sum(
            any(first.created_at < at < began for first, began in firsts.values() if first.asker != job.asker)
            for job, at in seconds
        )


def measure(service: ServiceProcess, store: Store, askers: int) -> Outcome:
    """Have `askers` users ask EACH questions at once; wait for the end of all."""
    keys = AccessKeys(store)
    given = {f"asker{number:04}": keys.create(f"asker{number:04}") for number in range(askers)}
    began = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as pool:
        refused = sum(pool.map(lambda pair: _ask(service, *pair), enumerate(given.values())))
    while len(found := _jobs(store)) < askers * EACH or any(job.state in OPEN for job in found):
        if time.monotonic() - began > PATIENCE_S:
            break
        time.sleep(0.5)
    return Outcome(found, refused, time.monotonic() - began)


def _ask(service: ServiceProcess, number: int, key: str) -> int:
    """Ask; how often the service asked to come again later."""
    refused = 0
    with service.client(key) as client:
        content = SAMPLES["sales"].path.read_bytes()
        table = client.put("/tables/sales.csv", content=content).raise_for_status().json()["id"]
        for turn in range(EACH):
            question = f"What is the total revenue by {COLUMNS[(number + turn) % len(COLUMNS)]}?"
            body = {"table": table, "question": question, "fresh": True}
            while (told := client.post("/analyses", json=body)).status_code == 429:
                refused += 1
                time.sleep(float(told.headers["Retry-After"]))
            told.raise_for_status()
    return refused


def _jobs(store: Store) -> list[Job]:
    with store.read() as transaction:
        askers = [str(name) for (name,) in transaction.rows("SELECT DISTINCT asker FROM jobs")]
        return [job for asker in askers for job in jobs.history(transaction, asker, 1000)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--askers", type=int, default=200, help="users that ask at the same moment")
    parser.add_argument("--at-once", type=int, default=4, help="analyses that the service runs at once")
    parser.add_argument("--scenario", default="calm", help="how the simulated providers behave")
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and write the section of lab/benchmarks/README.md if asked to."""
    with scratch("askers") as folder:
        overrides = {
            "RUNS_DIR": str(folder / "runs"),
            "UPLOADS_DIR": str(folder / "uploads"),
            "ANALYSES_AT_ONCE": str(arguments.at_once),
            "WAITING_LIMIT": str(MOST_WAITING),
            "DAILY_BUDGET_USD": "1000",
        }
        with (
            surroundings(
                arguments.scenario, seed=7, speed=1.0, folder=folder, overrides=overrides, on_note=lambda text: None
            ) as found,
            running_service(found.environment, folder / "state") as service,
        ):
            store = Store.at(folder / "metrics.db")
            outcome = measure(service, store, arguments.askers)
            store.close()
    table = markdown(
        ["questions", "answered", "refused for the moment", "out of turn", "waited s (median, p95, max)", "a minute"],
        [_row(outcome)],
    )
    print(table)
    if arguments.write:
        command = f"`python main.py bench askers --askers {arguments.askers} --at-once {arguments.at_once}`"
        write_section(
            "askers",
            "Many users at once",
            f"{command}; providers simulated ({arguments.scenario}), the rest real, one service process. Each user asks"
            f" {EACH} questions at the same moment. *Out of turn*: second questions begun before the first one of"
            " somebody who was waiting.",
            table,
        )
    return 0 if all(job.state == "done" for job in outcome.jobs) else 1


def _row(outcome: Outcome) -> list[str]:
    waited, done = outcome.waited_s, sum(job.state == "done" for job in outcome.jobs)
    return [
        str(len(outcome.jobs)),
        str(done),
        str(outcome.refused),
        str(outcome.out_of_turn),
        f"{quantile(waited, 0.5):.1f}, {quantile(waited, 0.95):.1f}, {max(waited):.1f}",
        f"{60 * done / outcome.wall_s:.0f}",
    ]
