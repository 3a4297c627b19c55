"""Numbers with signs, words and units around them ("R$ 1.234,56", "12 kg", "3.5M"): columns of them become numbers.

The few different leads and tails of a column are judged in Python (marks, separators); the cells' values are SQL over
the same parts.
"""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analyst.core.numerals import FOREIGN
from analyst.core.quoting import literal, literals
from analyst.datasets.cells import ASCII, MOST, Census, Group, groups_of, is_written
from analyst.datasets.headers import unique
from analyst.datasets.marks import Marks, Telling, read_marks
from analyst.datasets.separators import Neighbors, Signs, doubt, signs_of
from analyst.datasets.sources.csv_reading import STAGE
from analyst.datasets.suspicion import LEFTOVERS
from analyst.engine.loading import Loader
from analyst.protocol.table import IngestNote, Meaning

_FIRST, _LIKELY = 300, 0.6
"""Cells that Python looks at first, and the share of them that must be numbers for the rest to be split."""


@dataclass(frozen=True)
class _Written:
    """A column read as numbers: SQL of its values, and of its currencies where it has several, over the column `parts`
    of what `num_parts` makes of its cells."""

    column: str
    signs: Signs
    marks: Marks
    told: tuple[Telling, ...]
    voids: int
    signed: bool
    noted: bool
    """Whether any number is negative, and whether a note stands behind any: what is not there costs nothing."""

    @property
    def split(self) -> str:
        """SQL for the parts of a cell."""
        return f"num_parts(num_split({self.column}))" if self.noted else f"num_split({self.column})"

    @property
    def parts(self) -> str:
        """The name of the column that holds the parts of its cells."""
        return f"{self.column}_parts"

    @property
    def value(self) -> str:
        """SQL for the number in a cell; NULL for words of nothing."""
        digits = self.signs.plain(f"num_bare({self.parts}.digits)")
        factors = {pair: repr(factor) for pair, factor in self.marks.factors.items() if factor != 1}
        scale = f" * {_cases(self.parts, factors, '1')}" if factors else ""
        sign = f"num_sign({self.parts}.lead, {self.parts}.tail) * " if self.signed else ""
        number = f"{sign}TRY_CAST({digits} AS DOUBLE){scale}"
        void = f"lower(trim({self.column})) IN ({literals(sorted(LEFTOVERS))})"
        return f"CASE WHEN NOT ({void}) THEN {number} END" if self.voids else number

    @property
    def currency(self) -> str | None:
        """SQL for the currency of a cell; None where the column has not several."""
        if len(set(self.marks.currencies.values())) < 2:
            return None
        return _cases(self.parts, {pair: literal(code) for pair, code in self.marks.currencies.items()}, "NULL")


def _cases(parts: str, values: Mapping[tuple[str, str], str], otherwise: str) -> str:
    whens = " ".join(
        f"WHEN {parts}.lead = {literal(lead)} AND {parts}.tail = {literal(tail)} THEN {value}"
        for (lead, tail), value in values.items()
    )
    return f"CASE {whens} ELSE {otherwise} END"


@dataclass(frozen=True)
class Numbers:
    """The columns of the stage that became numbers; `headers` are those of all its columns, of new ones too."""

    columns: tuple[str, ...]
    headers: dict[str, str]
    meanings: dict[str, Meaning]
    notes: tuple[IngestNote, ...]


def convert_written(loader: Loader, texts: Sequence[str], headers: Mapping[str, str], neighbors: Neighbors) -> Numbers:
    """Make numbers of the columns of the stage among `texts` that hold nothing else but words for nothing.

    A column of amounts in several currencies gets a column beside it that holds each row's currency.
    """
    likely = _likely(loader, texts)
    if likely:
        loader.define_num()
    counted = {column: Census(tuple(groups_of(loader, _cells(column)))) for column in likely}
    around = _around(neighbors, [group for census in counted.values() for group in census.numbers])
    read = {column: _read(column, headers[column], census, around) for column, census in counted.items()}
    written = [column for column in read.values() if column is not None]
    if not written:
        return Numbers((), dict(headers), {}, ())
    _convert(loader, written)
    return _described(written, headers)


def _cells(column: str) -> str:
    return f"SELECT {column} AS v, 1 AS n FROM {STAGE} WHERE {column} IS NOT NULL"


def _around(neighbors: Neighbors, groups: Iterable[Group]) -> Neighbors:
    """What the columns with signs and words prove of the file, beside the plain ones."""
    kinds = {group.kind for group in groups}
    commas = neighbors.commas or bool(kinds & {"points", "decimal comma"})
    return replace(neighbors, commas=commas, points=neighbors.points or bool(kinds & {"commas", "decimal point"}))


def _convert(loader: Loader, written: Sequence[_Written]) -> None:
    split = ", ".join(f"{one.split} AS {one.parts}" for one in written)
    changed = ", ".join(f"{one.value} AS {one.column}" for one in written)
    listed = ", ".join(one.parts for one in written)
    added = "".join(f", {one.currency} AS {one.column}_currency" for one in written if one.currency)
    source = f"(SELECT *, {split} FROM {STAGE})"
    loader.materialise(STAGE, f"SELECT * EXCLUDE ({listed}) REPLACE ({changed}){added} FROM {source}")


def _described(written: Sequence[_Written], headers: Mapping[str, str]) -> Numbers:
    """The headers with those of the columns of currencies, what the columns mean, and what is told."""
    by_column, all_headers, meanings = {one.column: one for one in written}, dict[str, str](), dict[str, Meaning]()
    notes: list[IngestNote] = []
    for column, header in headers.items():
        all_headers[column] = header
        one = by_column.get(column)
        if one is None:
            continue
        meanings[header] = one.marks.meaning
        if one.currency:
            beside = unique(f"{header} currency", {*headers.values(), *all_headers.values()})
            all_headers[f"{column}_currency"] = beside
            meanings[header] = Meaning(currency=beside)
        notes += [IngestNote(telling.kind, telling.text, telling.count, header) for telling in one.told]
        if one.voids:
            told = f"{one.voids:,} cells of {header!r} such as '-' or 'n.a.' were treated as missing."
            notes.append(IngestNote("missing_signs", told, one.voids, header))
    return Numbers(tuple(by_column), all_headers, meanings, tuple(notes))


_FOREIGN_DIGIT = re.compile("[" + "".join(char for char in FOREIGN if char.isdigit()) + "]")
_NUMERIC = re.compile(r"[-+]?[0-9][-+0-9.,:/ %年月日]*")


def fold_digits(loader: Loader, texts: Sequence[str]) -> None:
    """Write the digits of the world in the stage as 0 to 9 where a column holds numbers, dates or times in them."""
    if not texts:
        return
    first = loader.rows(f"SELECT {', '.join(texts)} FROM {STAGE} WHERE rowid < {_FIRST}")
    folded = []
    for column, cells in zip(texts, zip(*first, strict=True), strict=True):
        filled = [cell for cell in cells if cell is not None]
        foreign = [cell for cell in filled if not cell.isascii() and _FOREIGN_DIGIT.search(cell)]
        numeric = sum(bool(_NUMERIC.fullmatch(cell.translate(ASCII).strip())) for cell in foreign)
        if foreign and numeric >= 0.9 * len(foreign):
            folded.append(column)
    if folded:
        loader.define_num()
        changed = ", ".join(f"num_plain({column}) AS {column}" for column in folded)
        loader.materialise(STAGE, f"SELECT * REPLACE ({changed}) FROM {STAGE}")


def _likely(loader: Loader, texts: Sequence[str]) -> list[str]:
    if not texts:
        return []
    first = loader.rows(f"SELECT {', '.join(texts)} FROM {STAGE} WHERE rowid < {_FIRST}")
    likely = []
    for column, cells in zip(texts, zip(*first, strict=True), strict=True):
        filled = [cell for cell in cells if cell is not None and cell.strip().casefold() not in LEFTOVERS]
        if filled and sum(map(is_written, filled)) >= _LIKELY * len(filled):
            likely.append(column)
    return likely


def _read(column: str, header: str, census: Census, neighbors: Neighbors) -> _Written | None:
    """How the column is read; None when it holds anything but numbers and words for nothing."""
    if len(census.groups) >= MOST or census.others or census.plain or census.held < census.voids:
        return None
    marks = read_marks(header, census.cells(), census.distinct)
    signs = None if marks is None else signs_of(census.shapes(), neighbors, counted=marks.counted)
    if marks is None or signs is None:
        return None
    doubts = [Telling("ambiguous_numbers", census.held, doubt(repr(header), signs))] if signs.doubtful else []
    signed = any("-" in group.lead + group.tail or "(" in group.lead for group in census.numbers)
    noted = any(group.noted for group in census.numbers)
    return _Written(column, signs, marks, (*marks.told, *doubts), census.voids, signed, noted)
