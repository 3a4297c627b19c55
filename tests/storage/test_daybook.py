"""Books that vanish between runs grant nothing again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.core.errors import CallError
from analyst.storage.database import Store

NOON = 1_795_435_200.0
CAP = DailyBudget(Decimal(10), "UTC", {"report_writer": Decimal("0.5")})


def ledger(store: Store, now: float = NOON) -> Ledger:
    return Ledger(store, CAP, clock=lambda: now)


def spend(books: Ledger, usd: str, agent: str = "report_writer") -> None:
    held = books.reserve(Decimal(usd), agent=agent, model="m", ttl_s=60)
    assert books.settle(held, Decimal(usd))


def deleted(path: Path) -> None:
    for file in (path, *path.parent.glob(f"{path.name}-*")):
        file.unlink(missing_ok=True)


def emptied(path: Path) -> None:
    deleted(path)
    path.touch()


@pytest.mark.parametrize("vanish", [deleted, emptied])
def test_the_days_spending_and_each_agents_survives_books_that_vanish(
    tmp_path: Path, vanish: Callable[[Path], None]
) -> None:
    path = tmp_path / "metrics.db"
    first = Store.at(path)
    spend(ledger(first), "4.5")
    spend(ledger(first), "3.25", agent="data_profiler")
    ledger(first).charge(Decimal("0.25"), agent="data_profiler", model="free")
    released = ledger(first).reserve(Decimal("0.5"), agent="report_writer", model="m", ttl_s=60)
    ledger(first).release(released)
    before = ledger(first).totals(), ledger(first).totals("report_writer")
    first.close()
    for _ in range(2):
        vanish(path)
        again = Store.at(path)
        assert (ledger(again).totals(), ledger(again).totals("report_writer")) == before
        with pytest.raises(CallError, match="daily budget"):
            spend(ledger(again), "2.5", agent="data_profiler")
        with pytest.raises(CallError, match="report_writer's share"):
            spend(ledger(again), "1")
        again.close()


def test_another_day_begins_with_nothing_spent_and_only_the_last_days_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    store = Store.at(path)
    for day in range(5):
        spend(ledger(store, NOON + 86_400 * day), "4.5")
    assert len(list(tmp_path.glob("metrics.db.spent-*"))) == 3
    store.close()
    deleted(path)
    assert ledger(Store.at(path), NOON + 86_400 * 5).spent_today() == 0


def test_books_that_are_there_are_not_added_to_and_a_cut_line_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    store = Store.at(path)
    spend(ledger(store), "4.5")
    store.close()
    [file] = tmp_path.glob("metrics.db.spent-*")
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open("a") as writer:
        writer.write('["platform", 2026')
    again = Store.at(path)
    assert ledger(again).spent_today() == Decimal("4.5")
    again.close()
    deleted(path)
    assert ledger(Store.at(path)).spent_today() == Decimal("4.5")
