"""What the service forgets after a while, and what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.service.analyses import Analyses
from analyst.service.queue import JobQueue, Limits
from analyst.service.requests import AnalysisRequest
from analyst.service.sweeping import DAY_S, FORGET_S, Sweeper
from analyst.service.uploads import Uploads
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
        self.uploads = Uploads(self.store, folder / "uploads", limit_mb=1, now=lambda _: noon())
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
