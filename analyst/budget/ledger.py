"""The ledger: money is reserved before a call and settled after it, so that no race passes the day's cap.

A reservation whose owner died stays until its time is up and is then booked as spent at its estimate, since the call
may have been billed. A call that cost more than was reserved is booked at what it cost, past the cap if need be:
the books say what happened, and the next reservation is refused. Books that can't be written grant nothing, while what
calls did cost is kept in memory until they can (analyst/storage/journal.py).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, overload
from zoneinfo import ZoneInfo

from analyst.budget.pressure import EVEN_HOURS, UNKNOWN_PRESSURE, Pressure, share_of_day
from analyst.core.errors import CallError, StoreError
from analyst.core.process import this_process
from analyst.core.settings import Settings
from analyst.protocol.calls import Payer
from analyst.storage import budget
from analyst.storage.database import Store
from analyst.storage.tables import to_micros, to_usd
from analyst.storage.transaction import Transaction

CHARGED_LATELY_S = 7 * 86_400.0
"""How long a model that should be free but was charged for is no longer taken for free."""
PRESSURE_KEPT_S = 1.0
"""How old a `Pressure` may be: routers ask before every call."""
DEFAULT_SCOPE = "platform"


@dataclass(frozen=True)
class Reservation:
    """Money set aside for one call: `amount` USD on `day` (yyyymmdd), held until `expires_at` (Unix seconds).

    `asker` is the user of the service who pays for it, if it is one.
    """

    id: str
    day: int
    amount: Decimal
    agent: str
    model: str
    expires_at: float
    asker: str | None = None


@dataclass(frozen=True)
class DailyBudget:
    """What may be spent: `cap` USD a day, the day starting in `timezone`.

    `shares` gives agents a part of the cap that they may not pass (fractions); `soft_share` is the part after which
    cheaper models should be preferred.
    """

    cap: Decimal
    timezone: str
    shares: Mapping[str, Decimal] = field(default_factory=dict)
    soft_share: Decimal = Decimal("0.8")


class Ledger:
    """The books of one daily budget, shared by all processes on the same store.

    `scope` names other books of their own, such as a simulation's.
    """

    def __init__(
        self,
        store: Store,
        daily: DailyBudget,
        *,
        scope: str = DEFAULT_SCOPE,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._store, self._daily, self._zone, self._clock = store, daily, ZoneInfo(daily.timezone), clock
        self._owner, self._scope, self._new_id = this_process(), scope, new_id
        # Simulated money is nobody's, and a load test's calls are millions.
        self._daybook = store.daybook if scope == DEFAULT_SCOPE else None
        self._noted = budget.nothing if self._daybook is None else self._daybook.spent
        self._pressure: tuple[float, Pressure] | None = None

    @classmethod
    def of(
        cls,
        store: Store,
        settings: Settings,
        *,
        scope: str = DEFAULT_SCOPE,
        clock: Callable[[], float] = time.time,
    ) -> Ledger:
        """The ledger of the budget that the settings describe."""
        daily = DailyBudget(
            settings.daily_budget_usd, settings.timezone, settings.agent_budget_shares, settings.soft_budget_share
        )
        return cls(store, daily, scope=scope, clock=clock)

    @property
    def cap(self) -> Decimal:
        """USD a day."""
        return self._daily.cap

    @property
    def soft_cap(self) -> Decimal:
        """USD a day, from which on cheaper models should do the work."""
        return self._daily.cap * self._daily.soft_share

    @property
    def zone(self) -> ZoneInfo:
        """Where the day begins at midnight."""
        return self._zone

    def today(self) -> int:
        """The day (yyyymmdd) in the ledger's time zone."""
        return day_of(self._clock(), self._zone)

    def reserve(
        self, amount: Decimal, *, agent: str, model: str, ttl_s: float, payer: Payer | None = None
    ) -> Reservation:
        """Set `amount` USD aside for `ttl_s` seconds.

        CallError("over_budget") when the day's cap, the agent's share of it or the payer's own limit forbids it, and
        when the books can't be written: without them no call may be paid for. `ttl_s` should be well above the call's
        timeout: when it is over, the amount counts as spent.
        """
        if not amount.is_finite() or amount < 0:
            raise ValueError(f"a reservation can't be {amount!r} USD")
        now = self._clock()
        held, row = self._entry(amount, agent, model, (now, now + ttl_s), payer)
        payer_cap = payer.daily_usd if payer else None
        failure: StoreError | None = None
        try:
            refusal = self._store.journal.attempt(lambda transaction: self._refused(transaction, row, now, payer_cap))
        except StoreError as error:
            failure = error
        if failure is not None:
            raise CallError("over_budget", f"the ledger can't be written, so no paid call is made: {failure.message}")
        if refusal:
            raise CallError("over_budget", refusal)
        self._note(held, int(row["amount_micros"]))
        return held

    def _refused(self, transaction: Transaction, row: Mapping[str, Any], now: float, payer_cap: Decimal | None) -> str:
        """Reserve `row`; empty when it was granted, else which cap forbids it."""
        budget.expire(transaction, now, self._noted)
        agent, day, amount = str(row["agent"]), int(row["day"]), to_usd(row["amount_micros"])
        share = self._daily.shares.get(agent)
        agent_cap = None if share is None else self._daily.cap * share
        caps = budget.Caps(_whole_micros(self._daily.cap), _whole_micros(agent_cap), _whole_micros(payer_cap))
        refused = budget.reserve(transaction, row, caps, self._noted)
        if refused is None:
            return ""
        cap, whose, books = self._daily.cap, "the daily budget of", self._books(day)
        if refused == "agent" and agent_cap is not None:
            cap, whose, books = agent_cap, f"{agent}'s share of the daily budget,", self._books(day, agent)
        taken = sum(budget.totals(transaction, books, now, self._noted))
        if refused == "asker" and payer_cap is not None:
            cap, whose, taken = (
                payer_cap,
                f"{row['asker']}'s daily limit of",
                budget.asker_total(transaction, row, self._noted),
            )
        return f"{amount} USD would exceed {whose} {cap} USD; {max(cap - to_usd(taken), Decimal(0))} USD left."

    def settle(self, reservation: Reservation, actual: Decimal) -> bool:
        """Book what the call cost, on the day it was reserved; False when it was closed before (nothing changes).

        Books that can't be written now get it later; until then the estimate stands.
        """
        if not actual.is_finite() or actual < 0:
            raise ValueError(f"a call can't have cost {actual!r} USD")
        return self._close(reservation, "settled", to_micros(actual))

    def release(self, reservation: Reservation) -> bool:
        """Give the money back: the call was certainly not billed. False when it was closed before."""
        return self._close(reservation, "released", 0)

    def charge(self, actual: Decimal, *, agent: str, model: str, payer: Payer | None = None) -> None:
        """Book `actual` USD that nothing was reserved for: a model that should be free turned out not to be."""
        now = self._clock()
        held, row = self._entry(actual, agent, model, (now, now), payer)
        row |= {"state": "settled", "actual_micros": row["amount_micros"]}
        self._store.journal.write(lambda transaction: budget.charge(transaction, row, self._noted))
        self._note(held, int(row["amount_micros"]))

    def charged(self, model: str) -> Decimal:
        """The most (USD) that one call of `model` was booked at in the last week; books that can't be read know none,
        and a paid model is refused by them anyway."""
        try:
            with self._store.read() as transaction:
                return to_usd(budget.most_booked(transaction, self._scope, model, self._clock() - CHARGED_LATELY_S))
        except StoreError:
            return Decimal(0)

    def spent_today(self) -> Decimal:
        """USD booked today, reservations past their time at their estimate."""
        return self.totals()[0]

    def remaining(self) -> Decimal:
        """USD that can still be reserved today (never below zero)."""
        spent, reserved = self.totals()
        return max(self._daily.cap - spent - reserved, Decimal(0))

    def totals(self, agent: str | None = None) -> tuple[Decimal, Decimal]:
        """(spent, reserved) USD of today, of `agent` alone if named."""
        now = self._clock()
        with self._store.read() as transaction:
            spent, reserved = budget.totals(transaction, self._books(day_of(now, self._zone), agent), now, self._noted)
        return to_usd(spent), to_usd(reserved)

    def spent_by(self, asker: str) -> Decimal:
        """USD that today's calls of a user of the service cost, and may yet cost: what is reserved counts."""
        with self._store.read() as transaction:
            return to_usd(budget.asker_total(transaction, {**self._books(self.today()), "asker": asker}, self._noted))

    def pressure(self) -> Pressure:
        """How today's spending stands against what may be spent by now; at most a second old, never an error."""
        now, known = self._clock(), self._pressure
        if known is not None and 0 <= now - known[0] < PRESSURE_KEPT_S:
            return known[1]
        try:
            spent, reserved = self.totals()
            share = share_of_day(now, self._zone, EVEN_HOURS)
            told = Pressure(self._daily.cap, spent, reserved, share, self.soft_cap)
        except StoreError:
            told = UNKNOWN_PRESSURE
        self._pressure = now, told
        return told

    def _entry(
        self, amount: Decimal, agent: str, model: str, span: tuple[float, float], payer: Payer | None
    ) -> tuple[Reservation, dict[str, Any]]:
        """A reservation of the day and its row, made at the start of `span` and held until its end (Unix seconds)."""
        (now, until), asker, micros = span, payer.name if payer else None, to_micros(amount)
        held = Reservation(self._new_id(), day_of(now, self._zone), to_usd(micros), agent, model, until, asker)
        row = {"id": held.id, "scope": self._scope, "day": held.day, "amount_micros": micros, "actual_micros": None}
        row |= {"agent": agent, "model": model, "owner": self._owner, "state": "open", "asker": asker}
        return held, row | {"created_at": now, "expires_at": until}

    def _books(self, day: int, agent: str | None = None) -> dict[str, Any]:
        return {"scope": self._scope, "day": day} | ({} if agent is None else {"agent": agent})

    def _close(self, reservation: Reservation, state: str, micros: int) -> bool:
        done = self._store.journal.write(
            lambda transaction: budget.close(transaction, reservation.id, state, micros, self._noted)
        )
        if done is not False:
            self._note(reservation, micros)
        return done is not False

    def _note(self, reservation: Reservation, micros: int) -> None:
        if self._daybook is not None:
            books = self._books(reservation.day, reservation.agent)
            self._daybook.note({**books, "id": reservation.id, "asker": reservation.asker}, micros)


def scope_of(scenario: str | None) -> str:
    """The books of a simulation, or the real ones: simulated spending never takes from the real budget."""
    return f"simulated {scenario}"[:64] if scenario else DEFAULT_SCOPE


def day_of(moment: float, zone: ZoneInfo) -> int:
    """The day of `moment` (Unix seconds) in `zone`, as yyyymmdd."""
    local = datetime.fromtimestamp(moment, zone)
    return local.year * 10_000 + local.month * 100 + local.day


@overload
def _whole_micros(cap: Decimal) -> int: ...
@overload
def _whole_micros(cap: Decimal | None) -> int | None: ...
def _whole_micros(cap: Decimal | None) -> int | None:
    """A cap in micro-dollars, rounded down: it is never passed."""
    return None if cap is None else int(cap * 1_000_000)
