"""The columns that hold time in any way of writing: one place decides, so that nothing reads them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyst.datasets.sources.csv_reading import STAGE
from analyst.datasets.times.dates import Habits, Timed, read_dates
from analyst.datasets.times.durations import read_durations
from analyst.datasets.times.serials import heads_days, read_serials
from analyst.engine.interface import Engine
from analyst.protocol.table import IngestNote

_NUMBERS = {"integer": "BIGINT", "decimal": "DOUBLE", "BIGINT": "BIGINT", "DOUBLE": "DOUBLE"}
_TEXT = "VARCHAR"
_FIRST = 100


def read_times(
    engine: Engine, kinds: Mapping[str, str], headers: Mapping[str, str], habits: Habits
) -> tuple[dict[str, Timed], tuple[IngestNote, ...]]:
    """The columns that hold time, and notes on those that do so in part and stay text.

    `kinds` tells for each column of the stage how it is read so far: a key of READINGS, else its type.
    """
    numbers = {column: _NUMBERS[kind] for column, kind in kinds.items() if kind in _NUMBERS}
    texts = [column for column, kind in kinds.items() if kind == _TEXT]
    clocks = [column for column, kind in kinds.items() if kind == "time"]
    timed = read_durations(engine, [*texts, *clocks], headers)
    timed |= read_serials(engine, {**numbers, **_padded_digits(engine, texts, headers)}, headers, habits)
    dated, kept = read_dates(engine, {c: headers[c] for c in texts if c not in timed}, habits)
    return timed | dated, kept


def _padded_digits(engine: Engine, texts: Sequence[str], headers: Mapping[str, str]) -> dict[str, str]:
    """The text columns under headers of days whose first cells are eight digits: some begin with a zero."""
    asked = [column for column in texts if heads_days(headers[column])]
    if not asked:
        return {}
    first = engine.rows(f"SELECT {', '.join(asked)} FROM {STAGE} WHERE rowid < {_FIRST}")  # noqa: S608
    held = {
        column: [cell.strip() for cell in cells if cell is not None]
        for column, cells in zip(asked, zip(*first, strict=True), strict=True)
    }
    return {c: _TEXT for c, cells in held.items() if cells and all(len(x) == 8 and x.isdigit() for x in cells)}
