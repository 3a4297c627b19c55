"""Who may ask the service: the digests of the keys that were handed out. Each function works inside the caller's
transaction."""

from __future__ import annotations

from analyst.storage.transaction import Transaction


def add(transaction: Transaction, digest: str, asker: str, now: float) -> None:
    """Let whoever has the key of this digest ask as `asker`."""
    transaction.insert_new("access_keys", {"digest": digest, "asker": asker, "created_at": now})


def asker_of(transaction: Transaction, digest: str) -> str | None:
    """Whose key it is; None: nobody's."""
    row = transaction.row("SELECT asker FROM access_keys WHERE digest = :digest", {"digest": digest})
    return str(row[0]) if row else None


def listing(transaction: Transaction) -> list[tuple[str, float]]:
    """(asker, when) of every key, the oldest first."""
    rows = transaction.rows("SELECT asker, created_at FROM access_keys ORDER BY created_at, asker")
    return [(str(asker), float(at)) for asker, at in rows]


def revoke(transaction: Transaction, asker: str) -> int:
    """Forget the keys of `asker`; how many there were."""
    return transaction.run("DELETE FROM access_keys WHERE asker = :asker", {"asker": asker})
