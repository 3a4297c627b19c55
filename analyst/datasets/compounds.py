"""Lengths and weights in two units ("6 km 681 m", 5'11"): one number in the larger of the two."""

# Every value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyst.core.quoting import literal, literals
from analyst.datasets.scanning import per_column
from analyst.datasets.sources.csv_reading import STAGE
from analyst.datasets.suspicion import LEFTOVERS
from analyst.engine.interface import Engine
from analyst.protocol.table import Meaning

_NUMBER = r"(\d+(?:[.,]\d+)?)"


@dataclass(frozen=True)
class Compound:
    """Two units that stand together: how each is written, how many of the smaller make one larger, its name."""

    larger: str
    smaller: str
    factor: float
    unit: str

    @property
    def pattern(self) -> str:
        """Both parts, or one of them alone."""
        first, second = rf"{_NUMBER}\s?(?:{self.larger})", rf"{_NUMBER}\s?(?:{self.smaller})"
        return rf"(?i)\s*(?:{first}(?:[\s,]*{second})?|{second})\s*"

    @property
    def both(self) -> re.Pattern[str]:
        """A cell with both parts."""
        return re.compile(rf"(?i)\s*{_NUMBER}\s?(?:{self.larger})[\s,]*{_NUMBER}\s?(?:{self.smaller})\s*")

    def value(self, column: str) -> str:
        """SQL for the number in a cell; NULL where it is none."""
        parts = [f"replace(regexp_extract({column}, {literal(self.pattern)}, {n}), ',', '.')" for n in (1, 2, 3)]
        numbers = [f"coalesce(TRY_CAST({part} AS DOUBLE), 0)" for part in parts]
        total = f"{numbers[0]} + ({numbers[1]} + {numbers[2]}) / {self.factor!r}"
        return f"CASE WHEN regexp_full_match({column}, {literal(self.pattern)}) THEN {total} END"


COMPOUNDS = (
    Compound("km", "m", 1000.0, "km"),
    Compound("m", "cm", 100.0, "m"),
    Compound("ft|feet|foot|['′’]", "in|inches|inch|''|[\"″”]", 12.0, "ft"),
    Compound("kg", "g", 1000.0, "kg"),
    Compound("lbs?", "oz", 16.0, "lb"),
    Compound("st|stone", "lbs?", 14.0, "st"),
)


_MARKED = re.compile(r"(\d+)\s?['′’]\s?(\d+)")


def convert_compounds(engine: Engine, texts: Sequence[str], headers: Mapping[str, str]) -> dict[str, Meaning]:
    """Make numbers of the columns of the stage in two units; what they count, by header.

    This comes before times are read: 5'11" is a height where all are of a person's size, else minutes and seconds.
    """
    found = _compound_columns(engine, texts)
    if found:
        changed = ", ".join(f"{one.value(column)} AS {column}" for column, one in found.items())
        engine.materialise(STAGE, f"SELECT * REPLACE ({changed}) FROM {STAGE}")
    return {headers[column]: Meaning(unit=one.unit) for column, one in found.items()}


def _may_be_heights(cells: Sequence[str]) -> bool:
    """Whether numbers with the marks of feet and inches are no minutes and seconds."""
    marked = [(int(found[1]), int(found[2])) for cell in cells if (found := _MARKED.search(cell))]
    return all(3 <= feet <= 8 and inches < 12 for feet, inches in marked)


def _compound_columns(engine: Engine, texts: Sequence[str]) -> dict[str, Compound]:
    """The text columns of the stage whose cells all are in two such units, but for words for nothing."""
    if not texts:
        return {}
    first = engine.rows(f"SELECT {', '.join(texts)} FROM {STAGE} WHERE rowid < 100")
    likely = {}
    for column, cells in zip(texts, zip(*first, strict=True), strict=True):
        filled = [cell for cell in cells if cell is not None and len(cell) <= 30]
        found = next((one for one in COMPOUNDS if filled and any(map(one.both.fullmatch, filled))), None)
        if found is not None and _may_be_heights(filled):
            likely[column] = found
    void = f"lower(trim({{v}})) IN ({literals(sorted(LEFTOVERS))})"
    kept = {}
    for column, one in likely.items():
        fits = f"regexp_full_match({{v}}, {literal(one.pattern)})"
        term = f"count({{v}}) = count(*) FILTER ({fits} OR {void}) AND 2 * count(*) FILTER ({fits}) >= count({{v}})"
        if per_column(engine, STAGE, [column], [term])[column][0]:
            kept[column] = one
    return kept
