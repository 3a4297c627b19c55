"""Which processes take jobs now, of which program, and how many each runs at once. Each function works inside the
caller's transaction."""

from __future__ import annotations

from analyst.storage.transaction import Transaction

GONE_S = 30.0
"""A process that said nothing for so long takes no more jobs: many missed beats, so that a slow one is not taken for
gone."""


def seen(transaction: Transaction, owner: str, program: str, slots: int, now: float) -> None:
    """Note that process `owner` lives."""
    values = {"owner": owner, "program": program, "slots": slots, "seen_at": now}
    if not transaction.run("UPDATE workers SET seen_at = :now WHERE owner = :owner", {"owner": owner, "now": now}):
        transaction.insert_new("workers", values)
        transaction.run("DELETE FROM workers WHERE seen_at < :gone", {"gone": now - GONE_S})


def slots(transaction: Transaction, program: str, now: float) -> int:
    """How many jobs of `program` can run at once."""
    total = "SELECT coalesce(sum(slots), 0) FROM workers WHERE program = :program AND seen_at >= :since"
    [(count,)] = transaction.rows(total, {"program": program, "since": now - GONE_S})
    return int(count)


def leave(transaction: Transaction, owner: str) -> None:
    """Note that process `owner` takes no more jobs."""
    transaction.run("DELETE FROM workers WHERE owner = :owner", {"owner": owner})
