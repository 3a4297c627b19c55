"""Who may ask the service: the digests of the keys that were handed out. Each function works inside the caller's
transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from analyst.storage.transaction import Transaction

Role = Literal["analyst", "engineer"]
"""What a key is for: asking, or also the platform's figures: what all of it costs, how its models do."""


@dataclass(frozen=True)
class KeyHolder:
    """Whose key it is, what it is for, and when it was made (Unix time)."""

    asker: str
    role: Role
    created_at: float


def add(transaction: Transaction, digest: str, holder: KeyHolder) -> None:
    """Let whoever has the key of this digest ask as its holder."""
    row = {"digest": digest, "asker": holder.asker, "created_at": holder.created_at, "role": holder.role}
    transaction.insert_new("access_keys", row)


def holder_of(transaction: Transaction, digest: str) -> KeyHolder | None:
    """Whose key it is; None: nobody's."""
    row = transaction.row("SELECT asker, role, created_at FROM access_keys WHERE digest = :digest", {"digest": digest})
    return _holder(*row) if row else None


def listing(transaction: Transaction) -> list[KeyHolder]:
    """The holder of every key, the oldest first."""
    rows = transaction.rows("SELECT asker, role, created_at FROM access_keys ORDER BY created_at, asker")
    return [_holder(*row) for row in rows]


def revoke(transaction: Transaction, asker: str) -> int:
    """Forget the keys of `asker`; how many there were."""
    return transaction.run("DELETE FROM access_keys WHERE asker = :asker", {"asker": asker})


def _holder(asker: object, role: object, created_at: float) -> KeyHolder:
    return KeyHolder(str(asker), cast(Role, str(role)), float(created_at))
