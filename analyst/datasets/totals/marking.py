"""Rows of a stage that may be totals: a word says so, or a cell is blank where all other rows have a name.

Few rows are marked in most tables, and none costs more than a scan of words. What lies between marked rows is added up
in one pass, which is all that is needed to tell totals from rows.
"""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analyst.core.quoting import literal
from analyst.datasets.headers import ID_WORDS, words
from analyst.datasets.readings import READINGS
from analyst.datasets.scanning import spread
from analyst.datasets.separators import DOUBTFUL
from analyst.datasets.times.forms import folded
from analyst.datasets.totals.periods import Dating, dating
from analyst.datasets.totals.wording import Says, says_average, says_total, sql_pattern
from analyst.engine.loading import Loader

_SAMPLE = 1000
_BLANK = frozenset({"", "-", "--", "---", "—", "–", "..", "n/a", "N/A"})
"""What a total has in a column that it has no value for."""
_ENDS = 3
"""Rows at either end that are looked at whatever they hold."""
_LONG, _WORDY = 20_000, 200_000
"""From so many rows on blanks, and words, are sought near the ends only: no report with subtotals is that long."""
_NEAR = 50
_MOST, _READ = 1_000, 20_000
"""More marked rows than this are no totals; rows with a word for one that are read to judge the word."""
_MOST_LONGER = 0.4
"""The share of rows with longer periods: four quarters and a year beside twelve months are less."""
_MOST_NUMBERS = 60
_NUMERIC = ("decimal", "thousands", "decimal comma", "spaced", "spaced, comma", "apostrophe")
_WITH_COMMAS = ("decimal comma", "spaced, comma")
_DIGITS = r"trim(regexp_replace(trim(regexp_replace({}, '[^0-9.,\-''’() ]', '', 'g')), '^\(', '-'), '() ')"
"""SQL for a cell's digits and signs."""
_AFFIX = r"[\s$€£¥₹%*+]*(?:[A-Z]{3}|R\$|Rs\.?|kr\.?|zł)?[\s$€£¥₹%*]*"
_NUMBER = re.compile(rf"{_AFFIX}[-−(]?{_AFFIX}[\d.,][\d.,'’ \u00a0\u202f]*[)-]?{_AFFIX}")
_TIME_WORDS = {"year", "month", "quarter", "week", "day", "jahr", "monat", "quartal", "annee", "mois", "ano", "mes"}
_TIME_WORDS |= {"año", "année", "anno", "mese", "yr", "fy", "period"}


@dataclass(frozen=True)
class Numbers:
    """How a column's cells become numbers in SQL (`{}` stands for the cell)."""

    cell: str
    sql: str


@dataclass(frozen=True)
class Marked:
    """A row that may be a total: its place, its cells as text, and the numbers of the number columns."""

    place: int
    cells: Mapping[str, str]
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Held:
    """The numbers of some rows in one column: sum, count and extremes."""

    total: float
    count: int
    least: float
    most: float

    def holds(self, value: float) -> bool:
        """Whether a value lies between the extremes."""
        return self.least <= value <= self.most

    def with_(self, other: Held) -> Held:
        """The numbers of these rows and of others."""
        least, most = min(self.least, other.least), max(self.most, other.most)
        return Held(self.total + other.total, self.count + other.count, least, most)


@dataclass(frozen=True)
class Between:
    """The rows between two marked ones: how many there are, and of each number column what they hold."""

    rows: int = 0
    held: Mapping[str, Held] = field(default_factory=dict)


@dataclass(frozen=True)
class Marks:
    """The marked rows of a stage in order, the rows before, between and behind them (one more), and its columns.

    `keys` tell rows apart by name or number; `dense` are columns that nearly all other rows fill; `dating` tells which
    of the keys hold days or periods, so that a word for a total, or a longer period, names nothing there.
    """

    stage: str
    rows: int
    marked: Sequence[Marked]
    between: Sequence[Between]
    numbers: Sequence[Numbers]
    keys: Sequence[str]
    dense: frozenset[str]
    dating: Dating = field(default_factory=Dating)


def mark(loader: Loader, stage: str, headers: Mapping[str, str]) -> Marks | None:
    """The marked rows of `stage`, whose columns `headers` names; None when there is none or no number to check by."""
    kinds = {column: kind for column, kind in loader.columns(stage).items() if column in headers}
    rows, *filled = loader.rows(f"SELECT count(*), {', '.join(f'count({c})' for c in kinds)} FROM {stage}")[0]
    if rows < 3:
        return None
    counts = dict(zip(kinds, filled, strict=True))
    sample = _sample(loader, stage, list(kinds), rows)
    dates = dating({column: sample[column] for column, kind in kinds.items() if kind == "VARCHAR"})
    longer = _longer(loader, stage, rows, dates)
    numeric = [column for column, kind in kinds.items() if _is_numeric(kind, sample[column]) and column not in longer]
    numeric = numeric[:_MOST_NUMBERS]
    labels = [column for column in kinds if column not in numeric]
    texts = _Texts([column for column in labels if kinds[column] == "VARCHAR"], dates.dated)
    places = _places(loader, stage, rows, labels, counts, texts)
    places = sorted({*places, *(place for found in longer.values() for place in found)})
    if not places:
        return None
    numbers = _numbers({column: kinds[column] for column in numeric}, sample)
    keys = [*labels, *(column for column in numeric if _is_key(headers[column], sample[column]))]
    numbers = [number for number in numbers if number.cell not in keys]
    marked, parts = _measured(loader, stage, places, list(kinds), numbers)
    dense = _dense(rows, counts, marked)
    return Marks(stage, rows, marked, parts, numbers, keys, dense, dates)


@dataclass(frozen=True)
class _Texts:
    """The columns of text that a word for a total may stand in, and those of them that hold dates."""

    columns: Sequence[str]
    dated: frozenset[str]


def _longer(loader: Loader, stage: str, rows: int, dates: Dating) -> dict[str, list[int]]:
    """The rows whose period is longer than that of the others, by column; none where these are too many."""
    near = f"(rowid < {_NEAR} OR rowid >= {rows - _NEAR})" if rows > _LONG else "true"
    found = {}
    for column, periods in dates.periods.items():
        other = f"{column} IS NOT NULL AND NOT regexp_full_match({folded(column)}, {literal(periods.pattern)})"
        cells = loader.rows(f"SELECT rowid, {column} FROM {stage} WHERE {near} AND {other} LIMIT {_READ}")
        places = [int(place) for place, cell in cells if periods.longer(cell) is not None]
        if 0 < len(places) <= min(_MOST, _MOST_LONGER * rows):
            found[column] = places
    return found


def _sample(loader: Loader, stage: str, cells: Sequence[str], rows: int) -> dict[str, list[str]]:
    """The filled cells of runs of rows from four places, as text, by column."""
    picked = ", ".join(f"CAST({cell} AS VARCHAR)" for cell in cells)
    columns = zip(*loader.rows(f"SELECT {picked} FROM {stage} WHERE {spread(rows, _SAMPLE)}"), strict=True)
    return {cell: [v.strip() for v in values if v and v.strip()] for cell, values in zip(cells, columns, strict=True)}


def _is_numeric(kind: str, sample: Sequence[str]) -> bool:
    if kind != "VARCHAR":
        return kind in ("BIGINT", "DOUBLE") and len(sample) > 0
    return len(sample) > 0 and sum(map(_is_number, sample)) > 0.8 * len(sample)


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell)) and any(map(str.isdigit, cell))


def _is_key(header: str, sample: Sequence[str]) -> bool:
    """Whether numbers tell rows apart: years, months, ids by their header."""
    if not all(re.fullmatch(r"-?\d{1,18}(\.0)?", cell) for cell in sample):
        return False
    said = set(words(header))
    years = all(1900 <= float(cell) <= 2100 for cell in sample)
    return bool(said & (_TIME_WORDS | ID_WORDS)) or (years and len(set(sample)) < len(sample))


def _places(
    loader: Loader, stage: str, rows: int, labels: Sequence[str], counts: Mapping[str, int], texts: _Texts
) -> list[int]:
    """Where marked rows are: words in a label, a blank in a label that most others fill, and blanks at the ends."""
    near = f"(rowid < {_NEAR} OR rowid >= {rows - _NEAR})"
    ends = f"(rowid < {_ENDS} OR rowid >= {rows - _ENDS})"
    gapped = [cell for cell in labels if 0 < rows - counts[cell] <= 0.5 * rows]
    blanks = [f"{cell} IS NULL" for cell in gapped]
    if rows > _LONG:
        nameless = f"{' + '.join(f'({blank})::INT' for blank in blanks) or 0} > {len(labels) / 2 - 0.1}"
        gaps = _found(loader, stage, nameless, near)
    else:
        gaps = _found(loader, stage, " OR ".join(blanks), "true")
    if len(gaps) > min(_MOST, 0.6 * rows):
        gaps = [place for place in gaps if place < _ENDS or place >= rows - _ENDS]
    blank = [cell for cell in counts if 0 < rows - counts[cell] <= 2 * _ENDS]
    more = _found(loader, stage, " OR ".join(f"{cell} IS NULL" for cell in blank), ends)
    said = _said(loader, stage, texts, near if rows > _WORDY else _says_sql(texts.columns), rows)
    places = sorted({*said, *gaps, *more})
    return places if len(places) < rows - 1 else said


def _found(loader: Loader, stage: str, test: str, where: str) -> list[int]:
    if not test:
        return []
    return [int(row[0]) for row in loader.rows(f"SELECT rowid FROM {stage} WHERE {where} AND ({test}) LIMIT {_READ}")]


def _said(loader: Loader, stage: str, texts: _Texts, where: str, rows: int) -> list[int]:
    """Rows with a word for a total or an average: with other words beside it only those near an end, with a blank, or
    where others have a date."""
    labels = texts.columns
    if not labels:
        return []
    found = loader.rows(f"SELECT rowid, {', '.join(labels)} FROM {stage} WHERE {where} LIMIT {_READ}")
    places = []
    for place, *cells in found:
        says = max(map(says_total, cells))
        undated = any(says_total(c) for column, c in zip(labels, cells, strict=True) if column in texts.dated)
        beside = undated or None in cells or place < _NEAR or place >= rows - _NEAR
        if says is Says.PLAINLY or any(map(says_average, cells)) or (says and beside):
            places.append(int(place))
    return places if len(places) <= min(_MOST, 0.6 * rows) else []


def _says_sql(labels: Sequence[str]) -> str:
    """A test for rows with such a word: of all labels at once, since each use of the pattern is prepared anew."""
    short = ", ".join(f"CASE WHEN strlen({cell}) <= 240 THEN {cell} END" for cell in labels)
    return f"regexp_matches(concat_ws(chr(10), {short}), {literal(sql_pattern())})"


def _numbers(kinds: Mapping[str, str], samples: Mapping[str, Sequence[str]]) -> list[Numbers]:
    """Each column's numbers by the reading that takes most of its sample; what two readings take as well as each other,
    1.234, is read as the columns that leave no doubt."""
    fits = {c: _fits(samples[c]) for c, kind in kinds.items() if kind == "VARCHAR" and not _are_plain(samples[c])}
    best = {column: [name for name in _NUMERIC if found[name] == max(found.values())] for column, found in fits.items()}
    commas = any(names[0] in _WITH_COMMAS for names in best.values())
    found = []
    for column, kind in kinds.items():
        if column in best:
            name = next((n for n in best[column] if commas and n in _WITH_COMMAS), best[column][0])
            sql = READINGS[name].bare(_DIGITS.format(column))
        else:
            sql = f"TRY_CAST({column} AS DOUBLE)" if kind == "VARCHAR" else f"CAST({column} AS DOUBLE)"
        found.append(Numbers(column, sql))
    return found


def _are_plain(sample: Sequence[str]) -> bool:
    """Whether cells are digits with a decimal point where one has them, which all parted by three might not be."""
    doubtful = any("." in value for value in sample) and all(map(DOUBTFUL.fullmatch, sample))
    return all(re.fullmatch(r"-?\d+(\.\d+)?", value) for value in sample) and not doubtful


def _fits(sample: Sequence[str]) -> dict[str, int]:
    """How many cells each reading takes; digits and signs alone are looked at."""
    bare = [re.sub(r"^\(", "-", re.sub(r"[^0-9.,\-'’() ]", "", value).strip()).strip("() ") for value in sample]
    patterns = {name: re.compile(READINGS[name].pattern) for name in _NUMERIC}
    return {name: sum(1 for value in bare if pattern.fullmatch(value)) for name, pattern in patterns.items()}


def _measured(
    loader: Loader, stage: str, places: Sequence[int], cells: Sequence[str], numbers: Sequence[Numbers]
) -> tuple[list[Marked], list[Between]]:
    """The marked rows with their figures, and what lies between them, in one scan each."""
    loader.materialise("marks", f"SELECT unnest({list(places)}::BIGINT[]) AS place")
    texts = ", ".join(f"CAST({cell} AS VARCHAR)" for cell in cells)
    values = "".join(f", {number.sql}" for number in numbers)
    picked = loader.rows(
        f"SELECT rowid, {texts}{values} FROM {stage} WHERE rowid IN (SELECT place FROM marks) ORDER BY rowid"
    )
    marked = [_marked(row, cells, numbers) for row in picked]
    asked = "".join(f", {number.sql} AS {number.cell}" for number in numbers)
    found = loader.rows(
        f"SELECT m.place, count(*){statistics(numbers)} FROM (SELECT rowid AS at{asked} FROM {stage}) t"
        " ASOF LEFT JOIN marks m ON t.at >= m.place WHERE m.place IS NULL OR t.at <> m.place GROUP BY m.place"
    )
    loader.drop("marks")
    by_place = {row[0]: between(row[1:], numbers) for row in found}
    return marked, [by_place.get(place, Between()) for place in (None, *places)]


def _marked(row: Sequence[Any], cells: Sequence[str], numbers: Sequence[Numbers]) -> Marked:
    texts = {cell: str(value).strip() for cell, value in zip(cells, row[1:], strict=False) if value is not None}
    given = zip(numbers, row[1 + len(cells) :], strict=True)
    figures = {number.cell: float(value) for number, value in given if value is not None}
    return Marked(int(row[0]), {cell: text for cell, text in texts.items() if text not in _BLANK}, figures)


def statistics(numbers: Sequence[Numbers]) -> str:
    """SQL for what Held holds of each number column of a relation t, each with a comma before it."""
    return "".join(f", {stat}(t.{n.cell})" for n in numbers for stat in ("sum", "count", "min", "max"))


def between(found: Sequence[Any], numbers: Sequence[Numbers]) -> Between:
    """Rows and statistics as SQL gave them: count(*), then `statistics`."""
    rows, *stats = found
    fours = [stats[start : start + 4] for start in range(0, len(stats), 4)]
    held = {n.cell: Held(*four) for n, four in zip(numbers, fours, strict=True) if four[1]}
    return Between(int(rows), held)


def _dense(rows: int, counts: Mapping[str, int], marked: Sequence[Marked]) -> frozenset[str]:
    """The columns that at least nine of ten unmarked rows fill."""
    others = rows - len(marked)
    filled = {cell: count - sum(cell in row.cells for row in marked) for cell, count in counts.items()}
    return frozenset(cell for cell, count in filled.items() if count >= 0.9 * others)
