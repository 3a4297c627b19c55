"""What single users of the service may do, where that differs from the settings. Each function works inside the
caller's transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from analyst.storage.transaction import Transaction


@dataclass(frozen=True)
class OwnLimits:
    """Of one asker: analyses that run at once and wait, and micro-dollars a day; None: as the settings say."""

    running: int | None = None
    waiting: int | None = None
    daily_micros: int | None = None


NONE = OwnLimits()


def of(transaction: Transaction, asker: str) -> OwnLimits:
    """The asker's own limits."""
    row = transaction.row(
        "SELECT running, waiting, daily_micros FROM asker_limits WHERE asker = :asker", {"asker": asker}
    )
    return OwnLimits(*row) if row else NONE


def put(transaction: Transaction, asker: str, limits: OwnLimits) -> None:
    """Give the asker these limits instead of those before."""
    transaction.run("DELETE FROM asker_limits WHERE asker = :asker", {"asker": asker})
    if limits != NONE:
        transaction.insert_new("asker_limits", {"asker": asker, **asdict(limits)})
