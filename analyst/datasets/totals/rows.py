"""Total rows taken out of a stage, so that every sum, mean and count is of the rows alone; and what is told of them."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from analyst.datasets.totals.judging import Total, judge
from analyst.datasets.totals.marking import Between, Marks, between, mark, statistics
from analyst.datasets.totals.reading import name_of
from analyst.engine.loading import Loader
from analyst.protocol.table import IngestNote

_MOST_NAMES, _MOST_ROWS = 20_000, 200_000
"""Groups and rows up to which totals are compared with the rows of their name: no longer report has any."""


@dataclass(frozen=True)
class Taken:
    """What went, and what is in doubt; and the names, folded, of groups that had a total."""

    notes: tuple[IngestNote, ...] = ()
    names: frozenset[str] = frozenset()


def take_totals(loader: Loader, stage: str, headers: Sequence[str]) -> Taken:
    """Take the total rows out of `stage` (columns c0, c1, … named `headers`)."""
    named = {f"c{place}": header for place, header in enumerate(headers)}
    marks = mark(loader, stage, named)
    if marks is None:
        return Taken()
    totals, doubtful = judge(marks, cache(lambda columns: _by_name(loader, marks, columns)))
    if not totals:
        return Taken(tuple(map(_doubt, doubtful[:1])))
    places = ", ".join(str(total.reading.row.place) for total in totals)
    loader.materialise(stage, f"SELECT * FROM {stage} WHERE rowid NOT IN ({places}) ORDER BY rowid")
    notes = (IngestNote("totals_row", _told(totals, named), len(totals)), *map(_doubt, doubtful[:1]))
    return Taken(notes, frozenset(name for total in totals for name in total.reading.names.values()))


def _by_name(loader: Loader, marks: Marks, columns: tuple[str, ...]) -> Mapping[tuple[str, ...], Between]:
    """The unmarked rows by the values of `columns`, folded; nothing where these, or the rows, are too many."""
    if marks.rows > _MOST_ROWS:
        return {}
    unmarked = ", ".join(str(row.place) for row in marks.marked)
    picked = ", ".join(f"CAST({column} AS VARCHAR) AS k{place}" for place, column in enumerate(columns))
    numbers = "".join(f", {number.sql} AS {number.cell}" for number in marks.numbers)
    keys = ", ".join(f"k{place}" for place in range(len(columns)))
    found = loader.rows(
        f"SELECT {keys}, count(*){statistics(marks.numbers)} FROM (SELECT {picked}{numbers} FROM {marks.stage}"
        f" WHERE rowid NOT IN ({unmarked})) t GROUP BY {keys} LIMIT {_MOST_NAMES}"
    )
    width = len(columns)
    return {
        tuple(name_of(str(value or "")) for value in row[:width]): between(row[width:], marks.numbers)
        for row in found
        if len(found) < _MOST_NAMES
    }


def _told(totals: Sequence[Total], headers: Mapping[str, str]) -> str:
    """What was left out, and where a total is no sum of the rows: the same ones counted in several, or rows missing."""
    one = len(totals) == 1
    label = next((total.reading.label for total in totals if total.reading.label), "")
    named = f": {label[:60]!r}" if one and label else f", such as {label[:60]!r}" if label else ""
    averages = any(total.reading.average for total in totals)
    kind = "total or average row" if averages and not one else "average row" if averages else "total row"
    went = f"{kind} was" if one else f"{kind}s were"
    told = f"{len(totals):,} {went} left out{named}, so that sums don't count twice."
    return told + "".join(_off(totals[-1], headers))


def _off(total: Total, headers: Mapping[str, str]) -> list[str]:
    """The figures of a total that are not the sums of its rows: rates of all, or counts that its rows count again."""
    held = total.proof.leaves.held
    told = []
    for cell in total.proof.misses if not total.reading.average else ():
        value, rows = total.reading.row.figures[cell], held[cell]
        summed = f", but the rows add up to {_shown(rows.total)}" if not rows.holds(value) else ""
        told.append(f" Its {headers[cell]!r} is {_shown(value)}{summed}.")
    return told[:2]


def _shown(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _doubt(total: Total) -> IngestNote:
    reading = total.reading
    place = "last" if reading.last else "first"
    told = f"The {place} row says {reading.label!r}, but is not the sum of the others, so it was kept."
    return IngestNote("total_doubtful", told, 1)
