"""Which tables were uploaded to the service, by whom. Each function works inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass

from analyst.storage.tables import COLUMNS
from analyst.storage.transaction import Transaction

_COLUMNS = ", ".join(COLUMNS["uploads"])


@dataclass(frozen=True)
class Upload:
    """A table that `asker` uploaded as `name`; it lies at `path`. Times are Unix seconds."""

    id: str
    asker: str
    name: str
    sha256: str
    bytes: int
    path: str
    created_at: float


def add(transaction: Transaction, upload: Upload) -> None:
    """Note an upload; the same one again changes nothing."""
    transaction.insert_new("uploads", {name: getattr(upload, name) for name in COLUMNS["uploads"]})


def find(transaction: Transaction, id: str) -> Upload | None:
    """The upload `id`."""
    row = transaction.row(f"SELECT {_COLUMNS} FROM uploads WHERE id = :id", {"id": id})  # noqa: S608 - names of ours
    return Upload(*row) if row else None


def listing(transaction: Transaction, asker: str) -> list[Upload]:
    """The uploads of `asker`, the newest first."""
    query = f"SELECT {_COLUMNS} FROM uploads WHERE asker = :asker ORDER BY created_at DESC, id"  # noqa: S608
    return [Upload(*row) for row in transaction.rows(query, {"asker": asker})]


def older(transaction: Transaction, moment: float) -> list[Upload]:
    """The uploads of every asker from before that time."""
    query = f"SELECT {_COLUMNS} FROM uploads WHERE created_at < :moment"  # noqa: S608
    return [Upload(*row) for row in transaction.rows(query, {"moment": moment})]


def remove(transaction: Transaction, id: str) -> None:
    """Forget the upload `id`."""
    transaction.run("DELETE FROM uploads WHERE id = :id", {"id": id})
