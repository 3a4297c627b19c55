"""What the service forgets after a while, and what it keeps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.core.settings import load_settings
from analyst.service.analyses import Analyses
from analyst.service.forgetting import DAY_S, forget_at_terminal
from analyst.service.queue import JobQueue, Limits
from analyst.service.requests import AnalysisRequest
from analyst.service.sweeping import FORGET_S, Sweeper
from analyst.service.threads import Threads
from analyst.service.uploads import Shelf, Uploads
from analyst.storage import runs
from analyst.storage.database import Store
from tests.recorded import Clock
from tests.stores import call_row, record


class House:
    """A service's store and folders on the first day."""

    def __init__(self, folder: Path, noon: Clock) -> None:
        self.noon, self.runs = noon, folder / "runs"
        self.store = Store.at(folder / "metrics.db")
        self.queue = JobQueue(self.store, Limits(), lambda _: noon())
        self.analyses = Analyses(self.queue, self.store, self.runs)
        self.uploads = Uploads(self.store, Shelf(folder / "uploads"), limit_mb=1, now=lambda _: noon())
        self.sweeper = Sweeper(self.queue, self.analyses, self.uploads, keep_days=30, now=noon)

    def upload(self, name: str) -> Path:
        with self.uploads.receive(name) as receiving:
            receiving.write(b"a\n1\n")
            return Path(self.uploads.keep(receiving, name, "ann").path)

    def answered(self, table: Path, out: Path | None = None) -> str:
        run = self.analyses.submit(AnalysisRequest(table, "total?", out=out), "ann")
        job = self.queue.claim("p1")
        assert job
        folder = out or self.runs / run
        folder.mkdir(parents=True)
        (folder / "result.json").write_text("{}")
        record(self.store, call_row(f"c-{run}", run_id=run, timestamp=self.noon(), cost_micros=7))
        self.queue.end(job.lease, "done")
        return run


@pytest.fixture
def house(tmp_path: Path, noon: Clock) -> Iterator[House]:
    made = House(tmp_path, noon)
    yield made
    made.store.close()


def test_what_is_older_than_the_setting_goes_and_costs_stay(house: House, tmp_path: Path) -> None:
    old_table, used_table = house.upload("old.csv"), house.upload("used.csv")
    old, own_folder = house.answered(old_table), house.answered(old_table, tmp_path / "mine")
    ledger = Ledger(house.store, DailyBudget(Decimal(1), "UTC"), clock=house.noon)
    ledger.charge(Decimal("0.25"), agent="a", model="m")
    house.noon.now += 20 * DAY_S
    young = house.answered(used_table)
    open_run = house.analyses.submit(AnalysisRequest(used_table, "waits"), "ann")
    ledger.charge(Decimal("0.50"), agent="a", model="m")
    house.noon.now += 10 * DAY_S + 1
    house.sweeper.sweep()
    assert {run.id for run in house.analyses.history("ann")} == {young, open_run} and old != own_folder
    assert {folder.name for folder in house.runs.iterdir()} == {young}
    assert (tmp_path / "mine" / "result.json").exists(), "a folder that the asker chose is the asker's"
    assert used_table.exists() and not old_table.exists(), "a kept analysis still needs its table"
    assert [upload.name for upload in house.uploads.of("ann")] == ["used.csv"]
    with house.store.read() as transaction:
        events = transaction.rows("SELECT DISTINCT run_id FROM job_events")
        [(calls, micros)] = transaction.rows("SELECT count(*), sum(cost_micros) FROM calls")
        [(booked,)] = transaction.rows("SELECT sum(actual_micros) FROM reservations")
    assert events == [(young,)] and (calls, micros, booked) == (3, 21, 750_000)


def test_it_looks_for_old_things_once_an_hour(house: House) -> None:
    house.sweeper.sweep()
    run = house.answered(house.upload("a.csv"))
    house.noon.now += 31 * DAY_S
    house.sweeper.sweep()
    assert house.analyses.history("ann") == []
    run = house.answered(house.upload("a.csv"))
    with house.store.write() as transaction:
        transaction.run("UPDATE jobs SET ended_at = 0")
    house.sweeper.sweep()
    assert [kept.id for kept in house.analyses.history("ann")] == [run]
    house.noon.now += FORGET_S
    house.sweeper.sweep()
    assert house.analyses.history("ann") == []


def test_without_the_setting_everything_stays(house: House) -> None:
    run = house.answered(house.upload("a.csv"))
    house.noon.now += 1000 * DAY_S
    Sweeper(house.queue, house.analyses, house.uploads, None, now=house.noon).sweep()
    assert [kept.id for kept in house.analyses.history("ann")] == [run]


class Terminal:
    """Questions at a terminal that found no service: a turn and a run, but no job."""

    def __init__(self, house: House) -> None:
        self.house, self.threads = house, Threads(lambda: house.store, house.runs)

    def ask(self, run_id: str, age_days: float, *, out: Path | None = None, scenario: str = "") -> None:
        asked_at = time.time() - age_days * DAY_S
        if not scenario:
            self.threads.begin(run_id, "local", AnalysisRequest(Path("a.csv"), "Who earns most?", out=out))
        with self.house.store.write() as transaction:
            row = {"run_id": run_id, "question": "Who earns most?", "dataset": "a.csv", "started_at": asked_at}
            row |= {"day": 1, "owner": "h/1/1", "status": "done", "latency_s": 1.0, "scenario": scenario}
            runs.open_run(transaction, row)
            transaction.run("UPDATE turns SET created_at = :at WHERE run_id = :id", {"at": asked_at, "id": run_id})
        folder = out or self.house.runs / run_id
        folder.mkdir(parents=True)
        (folder / "result.json").write_text("{}")
        record(self.house.store, call_row(f"c-{run_id}", run_id=run_id, timestamp=asked_at, cost_micros=7))

    def left(self) -> tuple[set[str], set[str], set[str]]:
        """What the store and the folder still know: runs, turns and folders."""
        with self.house.store.read() as transaction:
            rows = [transaction.rows(f"SELECT run_id FROM {table}") for table in ("runs", "turns")]
        known, turns = ({str(run) for (run,) in found} for found in rows)
        return known, turns, {folder.name for folder in self.house.runs.iterdir()}


@pytest.mark.parametrize("by", ["service", "terminal"])
def test_runs_without_the_service_go_by_the_same_rule(house: House, tmp_path: Path, by: str) -> None:
    terminal = Terminal(house)
    terminal.ask("old", 31)
    terminal.ask("young", 29)
    terminal.ask("elsewhere", 31, out=tmp_path / "mine")
    terminal.ask("measured", 31, scenario="peak")
    if by == "service":
        house.noon.now = time.time()
        house.sweeper.sweep()
    else:
        given = load_settings(tmp_path / ".env").model_copy(update={"keep_days": 30, "runs_dir": house.runs})
        forget_at_terminal(house.store, given)
    assert terminal.left() == ({"young", "measured"}, {"young"}, {"young", "measured"})
    assert (tmp_path / "mine" / "result.json").exists(), "a folder that the asker chose is the asker's"
    with house.store.read() as transaction:
        [(calls,)] = transaction.rows("SELECT count(*) FROM calls")
    assert calls == 4, "what calls cost stays"


def test_a_terminal_forgets_nothing_without_the_setting_and_no_job_of_the_service(house: House, tmp_path: Path) -> None:
    terminal, settings = Terminal(house), load_settings(tmp_path / ".env")
    terminal.ask("old", 1000)
    forget_at_terminal(house.store, settings.model_copy(update={"runs_dir": house.runs}))
    assert terminal.left()[1] == {"old"}
    house.noon.now = time.time() - 100 * DAY_S
    job = house.answered(house.upload("a.csv"))
    forget_at_terminal(house.store, settings.model_copy(update={"keep_days": 30, "runs_dir": house.runs}))
    assert terminal.left()[1:] == ({job}, {job})
