"""What the values of a table's columns mean for computing with them: what they count, how they add up, which repeat."""

from __future__ import annotations

from collections.abc import Sequence

from analyst.datasets.additivity import with_additivity
from analyst.datasets.money import with_currencies
from analyst.datasets.percents import with_percents
from analyst.datasets.repeats import with_repeats
from analyst.datasets.signs import with_signs
from analyst.datasets.totals.wholes import with_wholes
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile


def with_meanings(
    engine: Engine, relation: str, columns: Sequence[ColumnProfile], rows: int
) -> tuple[ColumnProfile, ...]:
    """The columns of `relation` with their meanings."""
    counted = with_percents(with_currencies(engine, relation, columns))
    added = with_additivity(engine, relation, counted, rows)
    return with_signs(with_repeats(engine, relation, with_wholes(engine, relation, added), rows))
