"""Two hundred calls at once from twenty processes, some of which are killed while they hold money."""

from __future__ import annotations

import multiprocessing
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing.connection import Connection
from typing import Any

import pytest

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.core.errors import CallError
from analyst.storage.database import Store
from tests.stores import open_store

NOW = 1_795_392_000.0
PROCESSES, THREADS = 20, 10
TTL_S = 600.0


@dataclass(frozen=True)
class Work:
    """What each process does: `calls` calls of `amount` reserved and `actual` spent, each held up to `hold_s`.

    The first `doomed` processes hold what they reserved until they are killed.
    """

    address: str
    cap: str
    amount: str
    actual: str
    calls: int
    hold_s: float
    doomed: int = 0


def work(number: int, todo: Work, line: Connection) -> None:
    """One process with ten threads; sends "ready", waits for a word, sends each call's refusal (empty: granted)."""
    ledger = ledger_at(open_store(todo.address), todo.cap)
    start = threading.Event()

    def one(call: int) -> str:
        start.wait()
        try:
            held = ledger.reserve(Decimal(todo.amount), agent=f"agent{call % 4}", model="m", ttl_s=TTL_S)
        except CallError as refusal:
            return refusal.message
        time.sleep(3600 if number < todo.doomed else random.Random(number * 1000 + call).uniform(0, todo.hold_s))
        ledger.settle(held, Decimal(todo.actual))
        return ""

    with ThreadPoolExecutor(THREADS) as pool:
        told = [pool.submit(one, call) for call in range(todo.calls)]
        line.send("ready")
        line.recv()
        start.set()
        line.send([future.result() for future in told])


Worker = tuple[Any, Connection]


@contextmanager
def workers(todo: Work) -> Iterator[list[Worker]]:
    """Twenty processes, all ready to begin."""
    fork = multiprocessing.get_context("fork")
    children: list[Worker] = []
    for number in range(PROCESSES):
        ours, theirs = fork.Pipe()
        process = fork.Process(target=work, args=(number, todo, theirs), daemon=True)
        process.start()
        children.append((process, ours))
    try:
        assert [line.recv() for _, line in children] == ["ready"] * PROCESSES
        yield children
    finally:
        for process, _ in children:
            process.kill()
            process.join()


def begin(children: list[Worker]) -> None:
    for _, line in children:
        line.send("go")


def finished(children: list[Worker]) -> tuple[int, int]:
    """(granted, refused) over all of them; every refusal has to be the cap's."""
    told = [answer for _, line in children for answer in line.recv()]
    assert all("would exceed the daily budget" in answer for answer in told if answer), set(told)
    return told.count(""), len(told) - told.count("")


def ledger_at(store: Store, cap: str, now: float = NOW) -> Ledger:
    return Ledger(store, DailyBudget(Decimal(cap), "UTC"), clock=lambda: now)


def states(store: Store) -> dict[str, int]:
    with store.read() as transaction:
        return dict(transaction.rows("SELECT state, count(*) FROM reservations GROUP BY state"))


def test_two_hundred_calls_at_once_with_killed_owners_never_pass_the_cap(store: Store, address: str) -> None:
    ledger = ledger_at(store, "10.00")
    with workers(Work(address, "10.00", "0.10", "0.07", calls=40, hold_s=0.05, doomed=6)) as children:
        doomed, others = children[:6], children[6:]
        begin(doomed)
        while ledger.totals()[1] < Decimal("0.60"):
            pass
        begin(others)
        for process, _ in doomed:
            process.kill()
            process.join()
            # 0: the others had taken all before this one got anything, so there was nothing for it to hold.
            assert process.exitcode in (-signal.SIGKILL, 0)
            assert sum(ledger.totals()) <= 10
        while not all(line.poll() for _, line in others):
            assert sum(ledger.totals()) <= 10
        granted, refused = finished(others)
    assert refused > 0, "nobody met the cap: the test proved nothing"
    left = states(store)
    dead = left.get("open", 0)
    assert dead > 0, "no owner died with money in hand: the test proved nothing"
    assert left["settled"] >= granted
    assert ledger.totals() == (left["settled"] * Decimal("0.07"), dead * Decimal("0.10"))

    later = ledger_at(store, "10.00", NOW + TTL_S + 1)
    assert later.totals() == (left["settled"] * Decimal("0.07") + dead * Decimal("0.10"), Decimal(0))
    with pytest.raises(CallError):
        later.reserve(later.remaining() + Decimal("0.000001"), agent="a", model="m", ttl_s=TTL_S)
    assert states(store) == {"settled": left["settled"], "expired": dead}


def test_at_99_percent_of_the_budget_all_that_fits_is_granted_and_no_more(store: Store, address: str) -> None:
    ledger = ledger_at(store, "20.00")
    ledger.charge(Decimal("19.80"), agent="report_writer", model="m")
    # 200 x 0.001 = 0.20: exactly what is left. Held long enough that all 200 are open at once.
    with workers(Work(address, "20.00", "0.001", "0.001", calls=THREADS, hold_s=0.5)) as children:
        begin(children)
        assert finished(children) == (PROCESSES * THREADS, 0)
    assert ledger.totals() == (Decimal("20.00"), Decimal(0))
    with pytest.raises(CallError, match=r"0\.000001 USD would exceed the daily budget of 20\.00 USD; 0\.00 USD left"):
        ledger.reserve(Decimal("0.000001"), agent="a", model="m", ttl_s=TTL_S)
