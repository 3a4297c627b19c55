"""Heads of the time series that statistical offices and central banks publish: a row for each thing said of a series.

Below the titles stand rows such as "Unit", "Series Type" and "Series ID", all named in the first column; then the first
column holds one period after the other (ABS, RBA, Bundesbank, FRED).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyst.core.text import fold
from analyst.datasets.sources.cells import Row, filled, is_value
from analyst.datasets.times.forms import fold as folded_moment
from analyst.datasets.times.forms import form_of

_LEAST_SAID, _MOST_SAID, _LEAST_PERIODS, _LEAST_WORDED = 3, 30, 3, 2
"""Rows that tell of the series, and periods below them; rows that tell it in words."""
_SAID = frozenset(
    """
    unit units series type data frequency collection month start end id obs source description seasonality adjustment
    updated mnemonic code scale multiplier publication date notes status magnitude title name dataset reference area
    einheit dimension stand kommentar zeitreihe haufigkeit quelle unite source frequence unidad fuente frecuencia
    """.split()  # noqa: SIM905
)
"""Words of what such rows tell of a series."""
_TITLES = ("title", "titel", "titulo", "titre", "name", "description", "series", "")
"""What stands before the names of the series, the likelier first."""
_UNITS = frozenset({"unit", "units", "einheit", "unite", "unidad", "unidades"})


@dataclass(frozen=True)
class SeriesHead:
    """The `rows` of a head of series and the `names` of the columns."""

    rows: int
    names: tuple[str, ...]


def find_series_head(rows: Sequence[Row]) -> SeriesHead | None:
    """The head of a file of series among its first `rows`; None for any other file."""
    first = next((place for place, row in enumerate(rows) if _is_dated(row)), None)
    if first is None or not _LEAST_SAID <= first <= _MOST_SAID:
        return None
    below = [row for row in rows[first:] if filled(row)]
    said = [row for row in rows[:first] if filled(row) > 1 or (filled(row) and not row[0].strip())]
    known = [row for row in said if _SAID & set(fold(row[0]).replace(".", " ").split())]
    worded = sum(not any(is_value(cell.strip()) for cell in row[1:]) for row in known)
    if (
        len(below) < _LEAST_PERIODS
        or not all(map(_is_dated, below))
        or worded < _LEAST_WORDED
        or 2 * len(known) < len(said)
    ):
        return None
    return SeriesHead(first, _names(said, max(map(len, below))))


def _is_dated(row: Row) -> bool:
    """Whether a row begins with a period and holds values behind it."""
    cells = [cell.strip() for cell in row]
    dated = bool(cells) and (
        form_of(folded_moment(cells[0])) is not None or (len(cells[0]) == 4 and cells[0].isdigit())
    )
    return (
        dated and any(map(is_value, cells[1:])) and all(is_value(cell) or len(cell) < 4 for cell in cells[1:] if cell)
    )


def _names(said: Sequence[Row], width: int) -> tuple[str, ...]:
    """The series by their titles, and their units behind these."""
    by_title = {fold(row[0]).strip(" :"): row for row in said}
    titles = next((by_title[title] for title in _TITLES if title in by_title), said[0])
    units = next((row for row in said if fold(row[0]).strip(" :") in _UNITS), [])
    names = ["period"]
    for place in range(1, width):
        title = _bare(titles[place]) if place < len(titles) else ""
        unit = units[place].strip() if place < len(units) else ""
        names.append(f"{title} ({unit})" if title and unit else title)
    return tuple(names)


def _bare(title: str) -> str:
    """A title without the signs that its parts end with: "Employed total ;  Persons ;"."""
    return " ".join(part for part in title.replace(";", " ").split() if part != ">")
