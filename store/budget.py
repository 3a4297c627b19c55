"""Access to a day's budget and its reservations. Each function works inside the caller's transaction.

The guard is one UPDATE whose WHERE holds the cap: the database decides, so no race between processes passes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import Store
from store.tables import budget, reservations


def reserve(store: Store, connection: Connection, row: Mapping[str, Any], cap_micros: int) -> bool:
    """Insert reservation `row` (a value for every column of `reservations`) if the cap allows; whether it did."""
    _open_day(store, connection, row)
    amount = row["amount_micros"]
    guarded = budget.update().where(
        budget.c.scope == row["scope"],
        budget.c.day == row["day"],
        budget.c.spent_micros + budget.c.reserved_micros + amount <= cap_micros,
    )
    taken = connection.execute(guarded.values(reserved_micros=budget.c.reserved_micros + amount)).rowcount == 1
    return taken and store.insert_new(connection, reservations, row)


def charge(store: Store, connection: Connection, row: dict[str, Any]) -> None:
    """Book reservation `row`, closed already, at its `actual_micros`: money that is spent is not refused."""
    _open_day(store, connection, row)
    if store.insert_new(connection, reservations, row):
        _book(connection, row | {"amount_micros": 0}, row["actual_micros"], was_open=False)


def close(connection: Connection, id: str, state: str, actual_micros: int) -> bool:
    """Book reservation `id` at `actual_micros`, as `state`; whether it was not closed before.

    One that expired was booked at its estimate: that booking is replaced by the truth.
    """
    for before in ("open", "expired"):
        change = reservations.update().where(reservations.c.id == id, reservations.c.state == before)
        change = change.values(state=state, actual_micros=actual_micros)
        row = connection.execute(change.returning(reservations)).mappings().first()
        if row is not None:
            _book(connection, row, actual_micros, was_open=before == "open")
            return True
    return False


def expire(connection: Connection, now: float) -> int:
    """Book every open reservation past its time as spent at its estimate: its call may have been billed. How many."""
    due = reservations.update().where(reservations.c.state == "open", reservations.c.expires_at <= now)
    change = due.values(state="expired", actual_micros=reservations.c.amount_micros).returning(reservations)
    rows = connection.execute(change).mappings().all()
    for row in sorted(rows, key=lambda row: (row["scope"], row["day"])):
        _book(connection, row, row["amount_micros"], was_open=True)
    return len(rows)


def totals(connection: Connection, scope: str, day: int, now: float) -> tuple[int, int]:
    """(spent, reserved) of `day` in micro-dollars; reservations past their time count as spent."""
    of_day = (budget.c.scope == scope, budget.c.day == day)
    row = connection.execute(sa.select(budget.c.spent_micros, budget.c.reserved_micros).where(*of_day)).first()
    spent, reserved = row or (0, 0)
    overdue = sa.select(sa.func.coalesce(sa.func.sum(reservations.c.amount_micros), 0)).where(
        reservations.c.scope == scope,
        reservations.c.day == day,
        reservations.c.state == "open",
        reservations.c.expires_at <= now,
    )
    late = int(connection.execute(overdue).scalar_one())
    return spent + late, reserved - late


def _open_day(store: Store, connection: Connection, row: Mapping[str, Any]) -> None:
    first = {"scope": row["scope"], "day": row["day"], "spent_micros": 0, "reserved_micros": 0}
    store.insert_new(connection, budget, first)


def _book(connection: Connection, row: Mapping[Any, Any], actual_micros: int, *, was_open: bool) -> None:
    of_day = budget.update().where(budget.c.scope == row["scope"], budget.c.day == row["day"])
    amount = row["amount_micros"]
    freed, more = (amount, actual_micros) if was_open else (0, actual_micros - amount)
    change = of_day.values(spent_micros=budget.c.spent_micros + more, reserved_micros=budget.c.reserved_micros - freed)
    connection.execute(change)
