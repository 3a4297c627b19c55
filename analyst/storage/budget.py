"""Access to a day's budget, its agents' shares and its reservations, inside the caller's transaction.

The guard is an UPDATE whose WHERE holds the cap: the database decides, so no race between processes passes it. Rows are
locked in one order everywhere (reservations, then the day, then the agent), so that no two transactions can wait for
each other. Books that are begun hold what is `noted` elsewhere of their day (analyst/storage/daybook.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from analyst.storage.tables import COLUMNS
from analyst.storage.transaction import Transaction

_DAY = "scope = :scope AND day = :day"
_AGENT = f"{_DAY} AND agent = :agent"
Noted = Callable[[Mapping[str, Any]], int]
"""Micro-dollars that are known to be spent of the books of a scope, day and perhaps agent or asker."""


def nothing(_: Mapping[str, Any]) -> int:
    """What is noted where nobody takes notes."""
    return 0


@dataclass(frozen=True)
class Caps:
    """Micro-dollars a day that may be spent in all, by the row's agent, and by its asker (None: no cap)."""

    day: int
    agent: int | None = None
    asker: int | None = None


def reserve(transaction: Transaction, row: Mapping[str, Any], caps: Caps, noted: Noted = nothing) -> str | None:
    """Insert reservation `row` (a value for every column of `reservations`) if the caps allow.

    None when it was granted, else whose cap forbids it: "day", "agent" or "asker".
    """
    if not _taken(transaction, "budget", row, caps.day, noted):
        return "day"
    # From here on the day's row is ours until the transaction ends: who reserves at the same time waits for it.
    if caps.asker is not None and row["amount_micros"] + asker_total(transaction, row, noted) > caps.asker:
        _give_back(transaction, row)
        return "asker"
    if not _taken(transaction, "agent_budget", row, caps.agent, noted):
        _give_back(transaction, row)
        return "agent"
    if not transaction.insert_new("reservations", row):
        raise ValueError(f"reservation {row['id']!r} exists already")
    return None


def asker_total(transaction: Transaction, of: Mapping[str, Any], noted: Noted = nothing) -> int:
    """Micro-dollars of day and scope `of` that its asker's calls cost, and may yet cost: what is reserved counts.

    An asker has no books that are begun: what is noted counts where reservations that vanished tell less.
    """
    books = {name: of[name] for name in ("asker", "day", "scope")}
    total = (
        "SELECT coalesce(sum(CASE WHEN state = 'open' THEN amount_micros ELSE actual_micros END), 0)"
        " FROM reservations WHERE asker = :asker AND day = :day AND scope = :scope"
    )
    [(micros,)] = transaction.rows(total, books)
    return max(int(micros), noted(books))


def _give_back(transaction: Transaction, row: Mapping[str, Any]) -> None:
    undo = f"UPDATE budget SET reserved_micros = reserved_micros - :amount_micros WHERE {_DAY}"  # noqa: S608
    transaction.run(undo, row)


def _taken(transaction: Transaction, table: str, row: Mapping[str, Any], cap_micros: int | None, noted: Noted) -> bool:
    of = _DAY if table == "budget" else _AGENT
    guard = "" if cap_micros is None else " AND spent_micros + reserved_micros + :amount_micros <= :cap"
    take = f"UPDATE {table} SET reserved_micros = reserved_micros + :amount_micros WHERE {of}{guard}"  # noqa: S608
    values = {**row, "cap": cap_micros}
    if transaction.run(take, values) == 1:
        return True
    _open(transaction, table, row, noted)
    return transaction.run(take, values) == 1


def _open(transaction: Transaction, table: str, row: Mapping[str, Any], noted: Noted) -> None:
    """Begin the books of the row's day, or of its agent, unless somebody did."""
    books = _books(table, row)
    there = f"SELECT 1 FROM {table} WHERE {_DAY if table == 'budget' else _AGENT}"  # noqa: S608
    if transaction.row(there, books) is None:
        begun = {**dict.fromkeys(COLUMNS[table], 0), **books, "spent_micros": noted(books)}
        transaction.insert_new(table, begun)


def _books(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in COLUMNS[table] if name in ("scope", "day", "agent")}


def charge(transaction: Transaction, row: Mapping[str, Any], noted: Noted = nothing) -> None:
    """Book reservation `row`, closed already, at its `actual_micros`: money that is spent is not refused."""
    if transaction.insert_new("reservations", row):
        _book(transaction, row, row["actual_micros"], 0, noted)


def close(transaction: Transaction, id: str, state: str, actual_micros: int, noted: Noted = nothing) -> bool:
    """Book reservation `id` at `actual_micros`, as `state`; whether it was not closed before.

    One that expired was booked at its estimate: that booking is replaced by the truth.
    """
    for before in ("open", "expired"):
        row = _changed(transaction, id, before, state, actual_micros)
        if row is not None:
            spent = actual_micros if before == "open" else actual_micros - row["amount_micros"]
            _book(transaction, row, spent, -row["amount_micros"] if before == "open" else 0, noted)
            return True
    return False


def expire(transaction: Transaction, now: float, noted: Noted = nothing) -> int:
    """Book every open reservation past its time as spent at its estimate: its call may have been billed. How many."""
    due = transaction.rows(
        "SELECT id, amount_micros FROM reservations WHERE state = 'open' AND expires_at <= :now ORDER BY id",
        {"now": now},
    )
    expired = [row for id, amount in due if (row := _changed(transaction, id, "open", "expired", amount))]
    amounts: Counter[tuple[str, int, str]] = Counter()
    for row in expired:
        amounts[row["scope"], row["day"], row["agent"]] += row["amount_micros"]
    for (scope, day, agent), amount in sorted(amounts.items()):
        _book(transaction, {"scope": scope, "day": day, "agent": agent}, amount, -amount, noted)
    return len(expired)


def _changed(transaction: Transaction, id: str, before: str, after: str, micros: int) -> dict[str, Any] | None:
    row = transaction.row(
        "UPDATE reservations SET state = :after, actual_micros = :micros WHERE id = :id AND state = :before"
        " RETURNING scope, day, agent, amount_micros",
        {"id": id, "before": before, "after": after, "micros": micros},
    )
    return None if row is None else dict(zip(("scope", "day", "agent", "amount_micros"), row, strict=True))


def _book(transaction: Transaction, row: Mapping[str, Any], spent: int, reserved: int, noted: Noted) -> None:
    """Add micro-dollars to the books of the row's day and agent; an agent's may be younger than what is booked."""
    for table, of in (("budget", _DAY), ("agent_budget", _AGENT)):
        change = (
            f"UPDATE {table} SET spent_micros = spent_micros + :spent,"  # noqa: S608
            " reserved_micros = CASE WHEN reserved_micros + :reserved > 0 THEN reserved_micros + :reserved ELSE 0 END"
            f" WHERE {of}"
        )
        values = {**_books(table, row), "spent": spent, "reserved": reserved}
        if not transaction.run(change, values):
            _open(transaction, table, row, noted)
            transaction.run(change, values)


def most_booked(transaction: Transaction, scope: str, model: str, since: float) -> int:
    """The most micro-dollars that one call of `model` was booked at since then (Unix seconds)."""
    query = (
        "SELECT coalesce(max(actual_micros), 0) FROM reservations"
        " WHERE model = :model AND created_at >= :since AND scope = :scope AND state = 'settled'"
    )
    [(most,)] = transaction.rows(query, {"scope": scope, "model": model, "since": since})
    return int(most)


def totals(transaction: Transaction, books: Mapping[str, Any], now: float, noted: Noted = nothing) -> tuple[int, int]:
    """(spent, reserved) micro-dollars of the `books` of a scope and day, and of an agent if named; reservations past
    their time are spent."""
    table, of = ("agent_budget", _AGENT) if "agent" in books else ("budget", _DAY)
    found = transaction.row(f"SELECT spent_micros, reserved_micros FROM {table} WHERE {of}", books)  # noqa: S608
    spent, reserved = found or (noted(books), 0)
    overdue = (
        "SELECT coalesce(sum(amount_micros), 0) FROM reservations"  # noqa: S608
        f" WHERE state = 'open' AND expires_at <= :now AND {of}"
    )
    [(late,)] = transaction.rows(overdue, {**books, "now": now})
    return spent + int(late), reserved - int(late)
