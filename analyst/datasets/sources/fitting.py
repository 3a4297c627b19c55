"""Rows of another width than the header: which fields belong together, proven by what the columns hold elsewhere.

A comma inside a text or a number that nobody quoted splits a field in two. The parts are joined where only one way of
joining gives every column values of its kind; where nothing is proven, a row is refused rather than shifted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from analyst.datasets.sources.cells import is_value

SAMPLED = 300
"""Rows of each width that are looked at."""
_MOST = 0.95
"""The share of rows that must agree: footers and remarks are among them."""
_RARE = 0.01
"""Extra fields of fewer rows than this make no column."""
_MAX_WAYS = 500
_WHOLE, _DECIMALS = re.compile(r"[-+−]?\s?[$€£]?\d+"), re.compile(r"\d{1,9}\s?[%€$£]?")
Row = list[str]


@dataclass(frozen=True)
class Fitted:
    """A row with as many fields as there are columns, and what was done: None as it was, else a kind of repair."""

    row: Row
    repair: str | None = None


@dataclass(frozen=True)
class Layout:
    """The `columns` of a table, as its rows show them, and `extra` ones of fields that few rows have at their end.

    `values` are the places of columns of numbers and dates, `known` the cells of each column in rows that fit, `pairs`
    the columns whose numbers are split in two. `row_names`: the first column is the one that the header doesn't name.
    """

    columns: int
    delimiter: str
    values: frozenset[int] = frozenset()
    known: tuple[frozenset[str], ...] = ()
    spaced: bool = False
    """Whether blanks after delimiters are usual, and prove nothing."""
    pairs: tuple[int, ...] = ()
    extra: int = 0
    row_names: bool = False

    @property
    def width(self) -> int:
        """The number of all columns."""
        return self.columns + self.extra

    def fit(self, row: Row) -> Fitted | None:
        """`row` as a row of this table; None when it fits in no way, or in several that differ."""
        fitted = self._fit(row)
        if fitted is None:
            return None
        return Fitted(fitted.row + [""] * (self.width - len(fitted.row)), fitted.repair)

    def _fit(self, row: Row) -> Fitted | None:
        if len(row) == self.columns:
            return Fitted(row)
        if self.columns == 1:
            return Fitted([self.delimiter.join(row)])
        if len(row) < self.columns:
            return Fitted(row, "rows_padded") if self._suits(row) else None
        if not any(cell.strip() for cell in row[self.columns :]):
            return Fitted(row[: self.columns], "rows_cut")
        return self._joined(row)

    def _joined(self, row: Row) -> Fitted | None:
        """A row with too many fields, its parts joined or its surplus cut."""
        blanks = None if self.spaced else _join_at_blanks(row, self.columns, self.delimiter)
        if blanks and self._suits(blanks):
            return Fitted(blanks, "text_joined")
        if len(row) == self.columns + len(self.pairs) and (paired := _join_pairs(row, self.pairs, self.delimiter)):
            return Fitted(paired, "numbers_joined")
        ways = [(self._score(way, place), way, repair) for way, place, repair in self._ways(row)]
        if not ways:
            return None
        best = max(score for score, _, _ in ways)
        chosen = [Fitted(way[: self.width], repair) for score, way, repair in ways if score == best]
        return chosen[0] if len(chosen) == 1 else None

    def _ways(self, row: Row) -> Iterator[tuple[Row, int | None, str]]:
        """Every reading of a longer row that suits the columns, the place of its joined text, and the repair."""
        surplus = len(row) - self.columns
        for place in set(range(self.columns)) - self.values:
            way = [*row[:place], self.delimiter.join(row[place : place + surplus + 1]), *row[place + surplus + 1 :]]
            if self._suits(way):
                yield way, place, "text_joined"
        for places in _some(sorted(self.values), surplus):
            way_of_numbers = _join_pairs(row, places, self.delimiter)
            if way_of_numbers and self._suits(way_of_numbers):
                yield way_of_numbers, None, "numbers_joined"
        if self._suits(row[: self.columns]):
            yield row, None, "fields_surplus"

    def _suits(self, row: Row) -> bool:
        """Whether the columns of values hold values, or what they hold elsewhere."""
        cells = ((place, row[place].strip()) for place in self.values if place < len(row))
        return all(not cell or is_value(cell) or cell in self.known[place] for place, cell in cells)

    def _score(self, row: Row, joined: int | None) -> float:
        """How many texts of `row` are known from other rows; to lose nothing counts, a number in a text doesn't."""
        texts = [place for place in range(self.columns) if place not in self.values and place != joined]
        known = sum(row[place].strip() in self.known[place] for place in texts if place < len(self.known))
        if joined is None:
            return known
        whole = not any(is_value(part.strip()) for part in row[joined].split(self.delimiter))
        return known + (0.5 if whole and joined == self.columns - 1 else 0.0) - (0.0 if whole else 0.5)


@dataclass
class Widths:
    """How many fields the rows of a file have, where its header names `named`, and the first rows of each width."""

    named: int
    delimiter: str
    counts: Counter[int] = field(default_factory=Counter)
    samples: dict[int, list[Row]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Count a row; empty fields at its end beyond the header's are none."""
        width = len(row)
        while width > self.named and not row[width - 1].strip():
            width -= 1
        self.counts[width] += 1
        kept = self.samples.setdefault(width, [])
        if len(kept) < SAMPLED:
            kept.append(row[:width])

    def layout(self) -> Layout:
        """The table that most of the rows show."""
        plain = self._plain(self.named)
        longer = {width: count for width, count in self.counts.items() if width > self.named}
        if sum(longer.values()) <= self.counts.total() / 2:
            return replace(plain, extra=self._surplus(plain, longer))
        return self._short_header(plain, longer)

    def _plain(self, columns: int) -> Layout:
        """The table of the rows that have `columns` fields."""
        fitting = self.samples.get(columns, [])
        cells = [[row[place].strip() for row in fitting] for place in range(columns)]
        values = frozenset(place for place, column in enumerate(cells) if _holds_values(column))
        known = tuple(frozenset(filter(None, column)) for column in cells)
        after = [cell for row in fitting for cell in row[1:] if cell.strip()]
        spaced = sum(cell.startswith(" ") for cell in after) > 0.05 * len(after)
        return Layout(columns, self.delimiter, values, known, spaced)

    def _surplus(self, layout: Layout, longer: Mapping[int, int]) -> int:
        """How many columns the extra fields at the ends of rows make."""
        extra = 0
        for width, count in longer.items():
            fitted = list(map(layout.fit, self.samples[width]))
            ended = sum(1 for way in fitted if way and way.repair == "fields_surplus")
            if ended * count > _RARE * self.counts.total() * len(fitted):
                extra = max(extra, width - self.named)
        return extra

    def _short_header(self, plain: Layout, longer: Mapping[int, int]) -> Layout:
        """Most rows have more fields than the header has names."""
        rows = [row for width in longer for row in self.samples[width]]
        if sum(1 for row in rows if _join_at_blanks(row, self.named, self.delimiter)) >= _MOST * len(rows):
            return plain
        usual, total = max(longer, key=longer.__getitem__), self.counts.total()
        pairs = _split_numbers(self.samples[usual], self.named) if self.delimiter == "," else ()
        if pairs and self.counts[usual] + self.counts[self.named] >= _MOST * total:
            return replace(plain, pairs=pairs)
        first = [row[0].strip() for row in rows]
        alone = usual == self.named + 1 and self.counts[usual] >= _MOST * total
        if alone and len(set(first)) == len(first) and all(first):
            return replace(self._plain(usual), row_names=True)
        return self._plain(max(width for width, count in longer.items() if count > _RARE * total))


def _holds_values(column: Sequence[str]) -> bool:
    filled = [cell for cell in column if cell]
    return bool(filled) and sum(map(is_value, filled)) > 0.8 * len(filled)


def _some(places: Sequence[int], count: int) -> Iterator[tuple[int, ...]]:
    """The choices of `count` places, not too many."""
    if count <= len(places):
        for number, chosen in enumerate(combinations(places, count)):
            if number == _MAX_WAYS:
                return
            yield chosen


def _join_at_blanks(row: Row, width: int, delimiter: str) -> Row | None:
    """The row with each field that begins with a blank joined to the one before; None when that is not `width` fields.

    People write a blank after a comma, programs that separate fields don't.
    """
    joined: Row = []
    for cell in row:
        if joined and cell.startswith(" ") and cell.strip():
            joined[-1] += delimiter + cell
        else:
            joined.append(cell)
    return joined if len(joined) == width < len(row) else None


def _join_pairs(row: Row, places: Sequence[int], delimiter: str) -> Row | None:
    """The row with the numbers of the columns at `places` joined with their decimals; None where there are none."""
    joined, rest = [], list(row)
    for place in range(len(row) - len(places)):
        if place in places:
            if not (_WHOLE.fullmatch(rest[0].strip()) and _DECIMALS.fullmatch(rest[1].strip())):
                return None
            joined.append(rest[0].strip() + delimiter + rest[1].strip())
            rest = rest[2:]
        else:
            joined.append(rest.pop(0))
    return joined


def _split_numbers(rows: Sequence[Row], named: int) -> tuple[int, ...]:
    """The columns that hold numbers with a decimal comma, where the rows allow one choice of them only."""
    found = []
    for places in _some(range(named), len(rows[0]) - named):
        joined = [way for row in rows if (way := _join_pairs(row, places, ","))]
        if len(joined) >= _MOST * len(rows) and _is_plausible(joined, places):
            found.append((places, joined))
    if len(found) > 1:
        found = [(places, joined) for places, joined in found if _has_even_decimals(joined, places)]
    return found[0][0] if len(found) == 1 else ()


def _is_plausible(rows: Sequence[Row], places: Sequence[int]) -> bool:
    """Whether each other column is one of values or of texts, and none of its numbers begins with a zero."""
    for place in set(range(len(rows[0]))) - set(places):
        cells = [row[place].strip() for row in rows if row[place].strip()]
        values = sum(map(is_value, cells))
        if len(cells) - _MOST * len(cells) < min(values, len(cells) - values) or any(map(_is_rest, cells)):
            return False
    return True


def _is_rest(cell: str) -> bool:
    """Whether a field can only be the decimals of a number."""
    return len(cell) == 2 and cell.isdigit() and cell.startswith("0")


def _has_even_decimals(rows: Sequence[Row], places: Sequence[int]) -> bool:
    """Whether the numbers of each column have as many decimals each, as amounts do."""
    return all(len({len(row[place].rpartition(",")[2]) for row in rows}) == 1 for place in places)
