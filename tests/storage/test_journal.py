"""Writes that wait while the store fails: in order, once, and with one warning."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from analyst.core.errors import StoreError
from analyst.storage import model_state
from analyst.storage.calls import add_call, all_calls, mark_rejected
from analyst.storage.database import Store
from analyst.storage.journal import RETRY_S, Journal
from analyst.storage.transaction import Transaction
from tests.stores import call_row


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Flaky:
    """The real store behind a switch."""

    def __init__(self, store: Store) -> None:
        self.place, self.broken, self.tried, self._store = store.place, False, 0, store

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        self.tried += 1
        if self.broken:
            raise StoreError("The store can't be used: the disk is full.")
        with self._store.write() as transaction:
            yield transaction


class Bench:
    """A journal on a store that can be broken, with its warnings."""

    def __init__(self, store: Store, most_kept: int = 100) -> None:
        self.flaky, self.clock, self.warnings = Flaky(store), Clock(), list[str]()
        given: Any = self.flaky
        self.journal = Journal(given, clock=self.clock, warn=self.warnings.append, most_kept=most_kept)

    def record(self, name: str) -> object:
        return self.journal.write(recording(name))


def recording(name: str) -> Callable[[Transaction], bool]:
    def change(transaction: Transaction) -> bool:
        add_call(transaction, call_row(name, timestamp=float(name[1:])))
        transaction.run("UPDATE model_state SET version = version + 1")
        return True

    return change


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def names(store: Store) -> list[str]:
    return [row["request_id"] for row in all_calls(store)]


def test_a_store_that_works_is_written_at_once(bench: Bench, store: Store) -> None:
    assert bench.record("c1") is True
    assert names(store) == ["c1"]
    assert bench.warnings == []


def test_what_can_not_be_written_waits_and_is_written_in_order_before_the_next(bench: Bench, store: Store) -> None:
    bench.flaky.broken = True
    assert bench.record("c1") is None
    assert bench.journal.write(lambda transaction: mark_rejected(transaction, "c1", "a number too many")) is None
    bench.flaky.broken = False
    bench.clock.now += RETRY_S
    assert bench.record("c2") is True
    assert names(store) == ["c1", "c2"]
    assert [row["rejected"] for row in all_calls(store)] == [True, False]
    assert bench.journal.waiting == 0


def test_one_warning_when_it_fails_and_one_when_it_works_again(bench: Bench) -> None:
    bench.flaky.broken = True
    for number in range(5):
        bench.record(f"c{number}")
        bench.clock.now += RETRY_S
    bench.flaky.broken = False
    bench.record("c5")
    bench.record("c6")
    assert len(bench.warnings) == 2
    assert "the disk is full" in bench.warnings[0]
    assert "no paid calls are made" in bench.warnings[0]
    assert "works again. 5 waiting records were written" in bench.warnings[1]


def test_a_store_that_failed_is_left_in_peace_for_a_while(bench: Bench) -> None:
    bench.flaky.broken = True
    bench.record("c1")
    tried = bench.flaky.tried
    bench.record("c2")
    with pytest.raises(StoreError, match="the disk is full"):
        bench.journal.attempt(recording("c3"))
    assert bench.flaky.tried == tried
    bench.clock.now += RETRY_S
    bench.record("c4")
    assert bench.flaky.tried == tried + 1
    assert bench.journal.waiting == 3


def test_flush_does_not_wait_and_says_whether_all_is_written(bench: Bench, store: Store) -> None:
    bench.flaky.broken = True
    bench.record("c1")
    assert not bench.journal.flush()
    bench.flaky.broken = False
    assert bench.journal.flush()
    assert names(store) == ["c1"]


def test_with_no_room_left_the_oldest_go_and_are_counted(store: Store) -> None:
    bench = Bench(store, most_kept=3)
    bench.flaky.broken = True
    for number in range(5):
        bench.record(f"c{number}")
    bench.flaky.broken = False
    assert bench.journal.flush()
    assert names(store) == ["c2", "c3", "c4"]
    assert "2 older ones were lost" in bench.warnings[-1]


def test_threads_that_meet_a_broken_store_lose_nothing_and_write_nothing_twice(store: Store) -> None:
    bench, done = Bench(store, most_kept=1000), threading.Event()
    model_state.write(store, "counter", {}, 0)

    def breaks() -> None:
        while not done.is_set():
            bench.flaky.broken = not bench.flaky.broken
            bench.clock.now += RETRY_S

    def records(first: int) -> None:
        for number in range(first, first + 50):
            bench.record(f"c{number}")

    breaker = threading.Thread(target=breaks)
    recorders = [threading.Thread(target=records, args=(number * 50,)) for number in range(6)]
    for thread in (breaker, *recorders):
        thread.start()
    for thread in recorders:
        thread.join()
    done.set()
    breaker.join()
    bench.flaky.broken = False
    assert bench.journal.flush()
    assert sorted(names(store)) == sorted(f"c{number}" for number in range(300))
    assert model_state.read_all(store)["counter"][1] == 1 + 300
