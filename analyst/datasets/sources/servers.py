"""What all database servers have in common: which connections may be unencrypted, how much is read, what is told."""

from __future__ import annotations

from dataclasses import dataclass

from analyst.core.errors import TableError
from analyst.datasets.sources.interface import Limits
from analyst.protocol.table import SAMPLE, IngestNote

SEED = 42
_MARGIN = 0.95
"""A sample aims below the limit: an estimate of rows is one."""
MOST_OVER = 2
"""How many times the limit of bytes may come before a pull is given up: the estimate was wrong."""
MB = 10**6


@dataclass(frozen=True)
class Estimate:
    """About how many rows a table has, and bytes a row."""

    rows: int
    width: int


def sample_share(estimate: Estimate, limits: Limits) -> float:
    """The share of the rows that may be read; 1: all of them."""
    size = max(estimate.rows * max(estimate.width, 1), 1)
    share = min(limits.rows / max(estimate.rows, 1), limits.bytes / size)
    return 1.0 if share >= 1 else share * _MARGIN


def require_expected(read: int, limits: Limits, shown: str) -> None:
    """TableError: far more bytes came than the server had estimated."""
    if read > MOST_OVER * limits.bytes:
        raise TableError(
            f"{shown!r} is much larger than its server estimates: over {read // MB:,} MB came.",
            "Run ANALYZE on it, or raise SOURCE_LIMIT_MB.",
        )


def sample_note(rows: int, estimate: Estimate) -> IngestNote:
    """What must be said first of a table of which a sample was read."""
    told = (
        f"Only a random sample was read: {rows:,} of about {estimate.rows:,} rows ({rows / max(estimate.rows, 1):.1%})."
        " Totals and counts are of the sample, not of the whole table."
    )
    return IngestNote(SAMPLE, told, rows)


def writer_note(user: str, table: str) -> IngestNote:
    """What is said of a user of the database that could do more than read."""
    told = f"The database user {user!r} may also change {table!r}. Nothing was changed, but a user"
    return IngestNote("may_write", f"{told} that can only read is safer.", 1)
