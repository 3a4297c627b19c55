"""Seeded samples, for work that DuckDB can't do on millions of rows; what was sampled is always told."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from analyst.core.quoting import quoted
from analyst.stats.method import Source

if TYPE_CHECKING:
    import pandas as pd

SEED = 42


def sampled_frame(
    source: Source, expressions: Mapping[str, str], limit: int, *, where: str = "TRUE"
) -> tuple[pd.DataFrame, list[str]]:
    """A frame of `expressions` (name → SQL) in row order, of at most `limit` rows drawn by a seeded hash.

    The hash is over the rows' place, so the same table gives the same sample on every machine and thread count.
    """
    total = int(source.query(f"SELECT count(*) FROM {source.table} WHERE {where}")[0][0])
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in expressions.items())
    inner = f"SELECT {source.place} AS _place, {listed} FROM {source.table} WHERE {where}"
    names = ", ".join(quoted(name) for name in expressions)
    if total <= limit:
        return source.engine.frame(f"SELECT {names} FROM ({inner}) ORDER BY _place"), []
    return source.engine.sample(inner, "_place", limit), [f"computed on a seeded sample of {limit:,} of {total:,} rows"]
