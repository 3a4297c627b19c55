"""The ledger: money is reserved before a call and settled after it, so that no race passes the day's cap.

A reservation whose owner died stays until its time is up and is then booked as spent at its estimate, since the call
may have been billed. A call that cost more than was reserved is booked at what it cost, past the cap if need be:
the books say what happened, and the next reservation is refused.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from contracts.errors import CallError
from store import budget
from store.database import Store
from store.process import this_process
from store.tables import to_micros, to_usd


@dataclass(frozen=True)
class Reservation:
    """Money set aside for one call: `amount` USD on `day` (yyyymmdd), held until `expires_at` (Unix seconds)."""

    id: str
    day: int
    amount: Decimal
    agent: str
    model: str
    expires_at: float


class Ledger:
    """The books of one cap (USD a day, the day starting in `timezone`), shared by all processes on the same store."""

    def __init__(
        self,
        store: Store,
        cap: Decimal,
        timezone: str,
        *,
        clock: Callable[[], float] = time.time,
        owner: str | None = None,
        scope: str = "platform",
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._store, self._cap, self._zone, self._clock = store, cap, ZoneInfo(timezone), clock
        self._owner, self._scope, self._new_id = owner or this_process(), scope, new_id

    @property
    def cap(self) -> Decimal:
        """USD a day."""
        return self._cap

    def today(self) -> int:
        """The day (yyyymmdd) in the ledger's time zone."""
        return day_of(self._clock(), self._zone)

    def reserve(self, amount: Decimal, *, agent: str, model: str, ttl_s: float) -> Reservation:
        """Set `amount` USD aside for `ttl_s` seconds. CallError("over_budget") when the day's cap forbids it.

        `ttl_s` should be well above the call's timeout: when it is over, the amount counts as spent.
        """
        if not amount.is_finite() or amount < 0:
            raise ValueError(f"a reservation can't be {amount!r} USD")
        now = self._clock()
        held, row = self._entry(amount, agent, model, now, now + ttl_s)
        with self._store.write() as connection:
            budget.expire(connection, now)
            granted = budget.reserve(self._store, connection, row, int(self._cap * 1_000_000))
        if not granted:
            told = f"{held.amount} USD would pass the day's {self._cap} USD"
            raise CallError("over_budget", f"{told}; {self.remaining()} USD are left.")
        return held

    def settle(self, reservation: Reservation, actual: Decimal) -> bool:
        """Book what the call cost, on the day it was reserved; False when it was closed before (nothing changes)."""
        if not actual.is_finite() or actual < 0:
            raise ValueError(f"a call can't have cost {actual!r} USD")
        return self._close(reservation, "settled", to_micros(actual))

    def release(self, reservation: Reservation) -> bool:
        """Give the money back: the call was certainly not billed. False when it was closed before."""
        return self._close(reservation, "released", 0)

    def charge(self, actual: Decimal, *, agent: str, model: str) -> None:
        """Book `actual` USD that nothing was reserved for: a model that should be free turned out not to be."""
        now = self._clock()
        _, row = self._entry(actual, agent, model, now, now)
        row |= {"state": "settled", "actual_micros": row["amount_micros"]}
        with self._store.write() as connection:
            budget.charge(self._store, connection, row)

    def spent_today(self) -> Decimal:
        """USD booked today, reservations past their time at their estimate."""
        return self.totals()[0]

    def remaining(self) -> Decimal:
        """USD that can still be reserved today (never below zero)."""
        spent, reserved = self.totals()
        return max(self._cap - spent - reserved, Decimal(0))

    def totals(self) -> tuple[Decimal, Decimal]:
        """(spent, reserved) USD of today."""
        now = self._clock()
        with self._store.read() as connection:
            spent, reserved = budget.totals(connection, self._scope, day_of(now, self._zone), now)
        return to_usd(spent), to_usd(reserved)

    def _entry(
        self, amount: Decimal, agent: str, model: str, now: float, until: float
    ) -> tuple[Reservation, dict[str, Any]]:
        """A reservation of the day and its row."""
        micros = to_micros(amount)
        held = Reservation(self._new_id(), day_of(now, self._zone), to_usd(micros), agent, model, until)
        row = {"id": held.id, "scope": self._scope, "day": held.day, "amount_micros": micros, "actual_micros": None}
        row |= {"agent": agent, "model": model, "owner": self._owner, "state": "open"}
        return held, row | {"created_at": now, "expires_at": until}

    def _close(self, reservation: Reservation, state: str, micros: int) -> bool:
        with self._store.write() as connection:
            return budget.close(connection, reservation.id, state, micros)


def day_of(moment: float, zone: ZoneInfo) -> int:
    """The day of `moment` (Unix seconds) in `zone`, as yyyymmdd."""
    return int(f"{datetime.fromtimestamp(moment, zone):%Y%m%d}")
