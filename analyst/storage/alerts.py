"""Alerts that were raised, a row for each receiver: what is sent once, by whichever process comes first, is kept here.

Each function works inside the caller's transaction; times are Unix seconds, a day is yyyymmdd.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analyst.storage.tables import COLUMNS, storable
from analyst.storage.transaction import Transaction

KEY = ("kind", "subject", "day", "receiver")
_OF = " AND ".join(f"{name} = :{name}" for name in KEY)


def add(transaction: Transaction, row: Mapping[str, Any]) -> bool:
    """Note an alert (a value for every column of `alerts`); False: it was raised on that day before."""
    return transaction.insert_new("alerts", {name: storable(name, row[name]) for name in COLUMNS["alerts"]})


def take(transaction: Transaction, receiver: str, now: float, until: float, oldest: float) -> dict[str, Any] | None:
    """The next alert for a receiver that is not sent and not being sent, of those raised since `oldest`; it is the
    caller's to send until then. None: there is none."""
    waiting = (
        "SELECT * FROM alerts WHERE receiver = :receiver AND sent_at IS NULL AND next_try_at <= :now"
        " AND raised_at >= :oldest ORDER BY raised_at, kind, subject"
    )
    mine = f"UPDATE alerts SET next_try_at = :until, tries = tries + 1 WHERE {_OF} AND next_try_at <= :now"  # noqa: S608
    for row in list(transaction.records(waiting, {"receiver": receiver, "now": now, "oldest": oldest})):
        key = {name: row[name] for name in KEY}
        if transaction.run(mine, {**key, "until": until, "now": now}) == 1:
            return row | {"tries": row["tries"] + 1}
    return None


def sent(transaction: Transaction, row: Mapping[str, Any], now: float) -> None:
    """Note that an alert was received."""
    values = {name: row[name] for name in KEY} | {"now": now}
    transaction.run(f"UPDATE alerts SET sent_at = :now, problem = NULL WHERE {_OF}", values)  # noqa: S608


def failed(transaction: Transaction, row: Mapping[str, Any], problem: str, next_try_at: float) -> None:
    """Note why an alert was not received, and when it is sent again."""
    values = {name: row[name] for name in KEY} | {"problem": storable("problem", problem), "at": next_try_at}
    transaction.run(f"UPDATE alerts SET problem = :problem, next_try_at = :at WHERE {_OF}", values)  # noqa: S608


def since(transaction: Transaction, moment: float) -> list[dict[str, Any]]:
    """The alerts raised since a moment, the newest first."""
    query = "SELECT * FROM alerts WHERE raised_at >= :since ORDER BY raised_at DESC, kind, subject, receiver"
    return list(transaction.records(query, {"since": moment}))
