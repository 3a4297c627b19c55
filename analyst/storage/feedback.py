"""What askers said of their answers. Each function works inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analyst.storage.tables import COLUMNS
from analyst.storage.transaction import Transaction

_COLUMNS = ", ".join(COLUMNS["feedback"])
Verdict = Literal["right", "wrong"]


@dataclass(frozen=True)
class Feedback:
    """What `asker` said of the answer of run `run_id`, and why. `created_at` is Unix time."""

    run_id: str
    asker: str
    verdict: Verdict
    because: str
    created_at: float


def put(transaction: Transaction, feedback: Feedback) -> None:
    """Keep feedback instead of what was said of the run before."""
    remove(transaction, feedback.run_id)
    transaction.insert_new("feedback", {name: getattr(feedback, name) for name in COLUMNS["feedback"]})


def find(transaction: Transaction, run_id: str) -> Feedback | None:
    """What was said of run `run_id`."""
    row = transaction.row(f"SELECT {_COLUMNS} FROM feedback WHERE run_id = :id", {"id": run_id})  # noqa: S608 - names of ours
    return Feedback(*row) if row else None


def since(transaction: Transaction, moment: float) -> list[Feedback]:
    """All feedback given since that time (Unix seconds), the newest first."""
    query = f"SELECT {_COLUMNS} FROM feedback WHERE created_at >= :moment ORDER BY created_at DESC, run_id"  # noqa: S608
    return [Feedback(*row) for row in transaction.rows(query, {"moment": moment})]


def remove(transaction: Transaction, run_id: str) -> None:
    """Forget what was said of a run."""
    transaction.run("DELETE FROM feedback WHERE run_id = :id", {"id": run_id})
