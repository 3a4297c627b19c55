"""What a job leaves behind while it runs: its events in order, the replies that were paid for, the answer's draft.

Each function works inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from analyst.storage.transaction import Transaction

Event = tuple[int, float, str]
"""(number, Unix time, JSON text)."""


@dataclass(frozen=True)
class Asked:
    """One question to the models of a run: by which agent, the digest of all that was asked, the how-many-th time."""

    run_id: str
    agent: str
    asked: str
    turn: int


def add_event(transaction: Transaction, run_id: str, at: float, event: str) -> int:
    """Keep `event` as the run's next one; its number, from 1."""
    [(seq,)] = transaction.rows("SELECT coalesce(max(seq), 0) + 1 FROM job_events WHERE run_id = :run", {"run": run_id})
    transaction.insert_new("job_events", {"run_id": run_id, "seq": seq, "timestamp": at, "event": event})
    return int(seq)


def events_after(transaction: Transaction, run_id: str, seq: int) -> list[Event]:
    """The run's events behind number `seq`, in order."""
    query = "SELECT seq, timestamp, event FROM job_events WHERE run_id = :run AND seq > :seq ORDER BY seq"
    return [
        (int(number), float(at), str(event))
        for number, at, event in transaction.rows(query, {"run": run_id, "seq": seq})
    ]


def reply_to(transaction: Transaction, asked: Asked) -> str | None:
    """The reply that was given to this before; JSON text."""
    row = transaction.row(
        "SELECT record FROM job_replies WHERE run_id = :run_id AND agent = :agent AND asked = :asked AND turn = :turn",
        vars(asked),
    )
    return str(row[0]) if row else None


def add_reply(transaction: Transaction, asked: Asked, record: str) -> None:
    """Keep a reply for the process that may have to go on with the run."""
    transaction.insert_new("job_replies", {**vars(asked), "record": record})


def put_draft(transaction: Transaction, run_id: str, text: str) -> None:
    """Keep what is written so far of a run's answer instead of what was before."""
    transaction.run("DELETE FROM job_drafts WHERE run_id = :run", {"run": run_id})
    transaction.insert_new("job_drafts", {"run_id": run_id, "text": text})


def draft_of(transaction: Transaction, run_id: str) -> str:
    """What was written so far of a run's answer; "" where nothing was."""
    row = transaction.row("SELECT text FROM job_drafts WHERE run_id = :run", {"run": run_id})
    return str(row[0]) if row else ""


def forget_texts(transaction: Transaction, run_id: str) -> None:
    """Forget what models wrote in a run that has ended: no text of theirs stays in the store."""
    for table in ("job_replies", "job_drafts"):
        transaction.run(f"DELETE FROM {table} WHERE run_id = :run", {"run": run_id})  # noqa: S608 - names of ours
