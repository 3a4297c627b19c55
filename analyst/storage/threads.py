"""Which question follows up on which. Each function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyst.storage.tables import COLUMNS
from analyst.storage.transaction import Transaction

_COLUMNS = ", ".join(COLUMNS["turns"])


@dataclass(frozen=True)
class AskedTurn:
    """A question of `asker`: its run, the run before it (None: it began the thread), the thread (the run that began
    it), the table's file, and as JSON those that it is joined with and the keys that were chosen. `folder` holds its
    answer (None: the run's own). Times are Unix seconds."""

    run_id: str
    asker: str
    parent: str | None
    thread: str
    question: str
    table_path: str
    sheet: str | None
    folder: str | None
    created_at: float
    others: str | None = None
    joined_on: str | None = None


def add(transaction: Transaction, turn: AskedTurn) -> None:
    """Note a question; the same one again changes nothing."""
    transaction.insert_new("turns", {name: getattr(turn, name) for name in COLUMNS["turns"]})


def find(transaction: Transaction, run_id: str) -> AskedTurn | None:
    """The question of run `run_id`."""
    row = transaction.row(f"SELECT {_COLUMNS} FROM turns WHERE run_id = :id", {"id": run_id})  # noqa: S608 - names of ours
    return AskedTurn(*row) if row else None


def newest(transaction: Transaction, asker: str, most: int) -> list[AskedTurn]:
    """The last questions of `asker`, the newest first."""
    query = f"""SELECT {_COLUMNS} FROM turns WHERE asker = :asker
        ORDER BY created_at DESC, run_id DESC LIMIT :most"""  # noqa: S608
    return _turns(transaction.rows(query, {"asker": asker, "most": most}))


def of_thread(transaction: Transaction, thread: str, asker: str) -> list[AskedTurn]:
    """The questions of a thread of `asker`, the first one first."""
    query = f"""SELECT {_COLUMNS} FROM turns WHERE thread = :thread AND asker = :asker
        ORDER BY created_at, run_id"""  # noqa: S608
    return _turns(transaction.rows(query, {"thread": thread, "asker": asker}))


def listing(transaction: Transaction, asker: str, most: int) -> list[tuple[str, int, float]]:
    """(thread, how many questions, when the last one was asked) of the threads of `asker`, the latest first."""
    query = """SELECT thread, count(*), max(created_at) FROM turns WHERE asker = :asker
        GROUP BY thread ORDER BY max(created_at) DESC, thread DESC LIMIT :most"""
    rows = transaction.rows(query, {"asker": asker, "most": most})
    return [(str(thread), int(count), float(last)) for thread, count, last in rows]


def remove(transaction: Transaction, run_id: str) -> None:
    """Forget the question of a run; those that follow up on it stay. A thread's name goes with its last question."""
    transaction.run("DELETE FROM turns WHERE run_id = :id", {"id": run_id})
    transaction.run("DELETE FROM thread_names WHERE thread NOT IN (SELECT thread FROM turns)")


def rename(transaction: Transaction, thread: str, name: str) -> None:
    """Call a thread `name`; empty: like its first question again."""
    transaction.run("DELETE FROM thread_names WHERE thread = :thread", {"thread": thread})
    if name:
        transaction.insert_new("thread_names", {"thread": thread, "name": name})


def names(transaction: Transaction, asker: str) -> dict[str, str]:
    """The names that `asker` gave to threads, by thread."""
    query = "SELECT thread, name FROM thread_names WHERE thread IN (SELECT thread FROM turns WHERE asker = :asker)"
    return {str(thread): str(name) for thread, name in transaction.rows(query, {"asker": asker})}


def _turns(rows: Sequence[Sequence[object]]) -> list[AskedTurn]:
    return [AskedTurn(*row) for row in rows]  # type: ignore[arg-type]
