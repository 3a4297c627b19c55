"""What the values of a table's columns mean for computing with them: how they add up, which are sums, which repeat."""

from __future__ import annotations

from collections.abc import Sequence

from analyst.datasets.additivity import with_additivity
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile


def with_meanings(
    engine: Engine, relation: str, columns: Sequence[ColumnProfile], rows: int
) -> tuple[ColumnProfile, ...]:
    """The columns of `relation` with their meanings."""
    return with_additivity(engine, relation, columns, rows)
