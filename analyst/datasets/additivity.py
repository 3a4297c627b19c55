"""How each measure adds up: over all rows, at one moment only, or never; what a ratio divides and what weighs a mean.

Figures come first: a column that is one column divided by another is a ratio, whatever it is called, and one that
runs on from row to row by another is a balance. Words of the header decide the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analyst.core.quoting import quoted_names
from analyst.datasets import adding_words as said
from analyst.datasets.derived import Ratio, find_ratios, find_running
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile, Meaning

_SAMPLE = 300
_MOST = 25
"""Number columns whose figures are compared with each other."""
Cells = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class Beside:
    """What the rest of a table tells of its measures.

    The same things are seen at several times (`panel`), other columns count visits or the like (`events`) or contracts
    that come and go (`churns`).
    """

    panel: bool
    events: bool
    churns: bool


def with_additivity(
    engine: Engine, relation: str, columns: Sequence[ColumnProfile], rows: int
) -> tuple[ColumnProfile, ...]:
    """`columns` with the meaning of each measure filled in: adds, ratio_of, weight.

    A price has no ratio: the mean of a list of prices is plain, though revenue by quantity is one, too.
    """
    measures = [column for column in columns if column.role == "measure"]
    numeric = [column.name for column in measures if column.kind == "number"][:_MOST]
    ratios, running = _from_figures(engine, relation, numeric, rows)
    quotes = said.has_quotes(column.name for column in columns)
    heard = frozenset[str]().union(*(said.header_words(column.name) for column in measures))
    beside = Beside(_is_panel(columns, rows), bool(heard & said.EVENTS), bool(heard & said.CHURN))
    found: dict[str, Meaning] = {}
    for column in measures:
        ratio = None if said.header_words(column.name) & said.PRICES else ratios.get(column.name)
        never = ratio or (quotes and said.header_words(column.name) & said.QUOTES)
        adds = "never" if never else "last" if column.name in running else _adds(column, beside)
        found[column.name] = replace(
            column.meaning,
            adds=adds,
            ratio_of=ratio.columns if ratio else None,
            weight=ratio.columns[1] if ratio and len(ratio.columns) == 2 else None,
        )
    for column in measures:
        meaning = found[column.name]
        if meaning.adds == "never" and meaning.ratio_of is None:
            found[column.name] = replace(meaning, weight=_weight(column, measures, found))
    return tuple(replace(c, meaning=found[c.name]) if c.name in found else c for c in columns)


def _from_figures(
    engine: Engine, relation: str, numeric: Sequence[str], rows: int
) -> tuple[dict[str, Ratio], frozenset[str]]:
    """The ratios and the running columns among number columns, from rows in a row and rows from all over."""
    if not numeric or rows < 3:
        return {}, frozenset()
    spread = max(1, rows // _SAMPLE)
    picked = quoted_names(numeric)
    first = engine.rows(f"SELECT {picked} FROM {relation} WHERE _row < {_SAMPLE} ORDER BY _row")  # noqa: S608
    over = engine.rows(f"SELECT {picked} FROM {relation} WHERE _row % {spread} = 0 LIMIT {2 * _SAMPLE}")  # noqa: S608
    return find_ratios(_cells(numeric, over)), find_running(_cells(numeric, first))


def _cells(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[float | None]]:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return {
        name: [None if value is None else float(value) for value in values]
        for name, values in zip(names, columns, strict=True)
    }


def _adds(column: ColumnProfile, beside: Beside) -> str:
    """What the header, the unit and the range say."""
    spoken = said.header_words(column.name)
    percent = column.meaning.unit == "%" or (column.number_pattern or "").endswith("%")
    if percent or said.is_percent(column.name) or said.is_per(column.name):
        return "never"
    if spoken & said.CUMULATIVE:
        return "last"
    if spoken & (said.AVERAGES | said.RATES) or _is_level(column, spoken):
        return "never"
    if spoken & said.PRICES and not spoken & said.AMOUNTS:
        return "never"
    if {"unit", "cost"} <= spoken or (spoken & said.BOUNDED and _is_share(column)):
        return "never"
    if spoken & said.DISTINCT or (beside.events and spoken & said.PEOPLE and not spoken & said.FLOWS):
        return "distinct"
    if beside.panel and said.heads_stock(spoken, churns=beside.churns):
        return "last"
    return "rows"


def _is_level(column: ColumnProfile, spoken: frozenset[str]) -> bool:
    """A state such as an age, but not a count of people of some ages ("Age 0 to 2")."""
    banded = any(char.isdigit() for char in column.name)
    return bool(spoken & said.LEVELS) and not banded


def _is_share(column: ColumnProfile) -> bool:
    """Whether the values lie between 0 and 1 or are numbers with decimals up to 100."""
    if column.minimum is None or column.type != "DOUBLE":
        return False
    least, most = float(column.minimum), float(column.maximum)
    if most <= 1:
        return least >= -1
    return least >= -100 and most <= 100 and _has_decimals(column)


def _has_decimals(column: ColumnProfile) -> bool:
    return any(float(value) % 1 for value, _ in column.values)


def _is_panel(columns: Sequence[ColumnProfile], rows: int) -> bool:
    """Whether the same things are seen at several times: there is a time, and no name that every row has for itself."""
    times = [column for column in columns if column.role == "time" and column.distinct > 1]
    named = [c for c in columns if c.kind == "text" and c.role in ("dimension", "identifier")]
    return bool(times) and not any(column.distinct >= 0.95 * rows for column in named)


def _weight(column: ColumnProfile, measures: Sequence[ColumnProfile], found: Mapping[str, Meaning]) -> str | None:
    """The one column that a mean of `column` must be weighted by, where header words tell it."""
    spoken = said.header_words(column.name)
    counts = [c for c in measures if found[c.name].adds == "rows" and c.type == "BIGINT"]
    asked = said.denominator_words(spoken)
    named = [c.name for c in counts if said.header_words(c.name) & asked]
    if named:
        return named[0]
    if spoken & said.AVERAGES:
        counted = [c.name for c in counts if said.header_words(c.name) & said.COUNTS]
        return counted[0] if len(counted) == 1 else None
    return None
