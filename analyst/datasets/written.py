"""Numbers with signs, words and units around them ("R$ 1.234,56", "12 kg", "3.5M"): columns of them become numbers.

The few different leads and tails of a column are judged in Python (marks, separators); the cells' values are SQL over
the same parts.
"""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyst.core.numerals import FOREIGN
from analyst.core.quoting import literal, literals
from analyst.datasets.cells import ASCII, MOST, Census, Group, groups_of, is_written
from analyst.datasets.headers import unique
from analyst.datasets.lookups import Lookup, repeated, values_of
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
    """A column read as numbers: SQL of the value of a cell, and of its currency where the column has several."""

    column: str
    signs: Signs
    marks: Marks
    told: tuple[Telling, ...]
    voids: int
    signed: bool
    noted: bool
    """Whether any number is negative, and whether a note stands behind any: what is not there costs nothing."""

    @property
    def mixed(self) -> bool:
        """Whether its amounts are in several currencies."""
        return len(set(self.marks.currencies.values())) > 1

    def value(self, cell: str) -> str:
        """SQL for the number in a cell; NULL for words of nothing and what is not finite."""
        digits = self.signs.plain("num_bare(p.digits)")
        factors = {pair: repr(factor) for pair, factor in self.marks.factors.items() if factor != 1}
        scale = f" * {_cases(factors, '1')}" if factors else ""
        sign = "num_sign(p.lead, p.tail) * " if self.signed else ""
        number = self._of_parts(cell, f"{sign}TRY_CAST({digits} AS DOUBLE){scale}")
        finite = f"list_transform([{number}], lambda x: CASE WHEN isfinite(x) THEN x END)[1]"
        void = f"lower(trim({cell})) IN ({literals(sorted(LEFTOVERS))})"
        return f"CASE WHEN NOT ({void}) THEN {finite} END" if self.voids else finite

    def currency(self, cell: str) -> str:
        """SQL for the currency of a cell."""
        codes = {pair: literal(code) for pair, code in self.marks.currencies.items()}
        return self._of_parts(cell, _cases(codes, "NULL"))

    def _of_parts(self, cell: str, sql: str) -> str:
        """SQL over the parts `p` of a cell, which are split once however often they are named."""
        split = f"num_parts(num_split({cell}))" if self.noted else f"num_split({cell})"
        return f"list_transform([{split}], lambda p: {sql})[1]"


def _cases(values: Mapping[tuple[str, str], str], otherwise: str) -> str:
    whens = " ".join(
        f"WHEN p.lead = {literal(lead)} AND p.tail = {literal(tail)} THEN {value}"
        for (lead, tail), value in values.items()
    )
    return f"CASE {whens} ELSE {otherwise} END"


@dataclass(frozen=True)
class Numbers:
    """SQL for the columns that are numbers (`values`, over the stage and `lookups`), and the headers of all columns."""

    values: Mapping[str, str]
    headers: Mapping[str, str]
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    notes: tuple[IngestNote, ...] = ()
    lookups: tuple[Lookup, ...] = ()


def convert_written(loader: Loader, texts: Sequence[str], headers: Mapping[str, str], neighbors: Neighbors) -> Numbers:
    """Read as numbers the columns of the stage among `texts` that hold nothing else but words for nothing.

    A column of amounts in several currencies gets a column beside it that holds each row's currency.
    """
    likely = _likely(loader, texts)
    if likely:
        loader.define_num()
    often = repeated(loader, likely)
    for column in often:
        loader.materialise(_table(column), values_of(column))
    counted = {column: Census(tuple(groups_of(loader, _cells(column, often)))) for column in likely}
    around = _around(neighbors, [group for census in counted.values() for group in census.numbers])
    read = {column: _read(column, headers[column], census, around) for column, census in counted.items()}
    written = [column for column in read.values() if column is not None]
    looked_up = tuple(Lookup(_table(one.column), one.column) for one in written if one.column in often)
    values = _values(loader, written, often)
    for column in often.difference(lookup.column for lookup in looked_up):
        loader.drop(_table(column))
    return _described(Numbers(values, headers, lookups=looked_up), written)


def _table(column: str) -> str:
    return f"numbers_{column}"


def _cells(column: str, often: Collection[str]) -> str:
    if column in often:
        return f"SELECT v, n FROM {_table(column)}"
    return f"SELECT {column} AS v, 1 AS n FROM {STAGE} WHERE {column} IS NOT NULL"


def _around(neighbors: Neighbors, groups: Iterable[Group]) -> Neighbors:
    """What the columns with signs and words prove of the file, beside the plain ones."""
    kinds = {group.kind for group in groups}
    commas = neighbors.commas or bool(kinds & {"points", "decimal comma"})
    return replace(neighbors, commas=commas, points=neighbors.points or bool(kinds & {"commas", "decimal point"}))


def _values(loader: Loader, written: Sequence[_Written], often: Collection[str]) -> dict[str, str]:
    """SQL for the numbers of each column, and for its currencies; values that repeat are looked up."""
    found: dict[str, str] = {}
    for one in written:
        column, table = one.column, _table(one.column)
        if column in often:
            currency = f", {one.currency('v')} AS currency" if one.mixed else ""
            loader.materialise(table, f"SELECT v, {one.value('v')} AS number{currency} FROM {table}")
        found[column] = f"{table}.number" if column in often else one.value(column)
        if one.mixed:
            found[f"{column}_currency"] = f"{table}.currency" if column in often else one.currency(column)
    return found


def _described(numbers: Numbers, written: Sequence[_Written]) -> Numbers:
    """With the headers of the columns of currencies, what the columns mean, and what is told."""
    by_column, all_headers, meanings = {one.column: one for one in written}, dict[str, str](), dict[str, Meaning]()
    notes: list[IngestNote] = []
    for column, header in numbers.headers.items():
        all_headers[column] = header
        one = by_column.get(column)
        if one is None:
            continue
        meanings[header] = one.marks.meaning
        if one.mixed:
            beside = unique(f"{header} currency", {*numbers.headers.values(), *all_headers.values()})
            all_headers[f"{column}_currency"] = beside
            meanings[header] = Meaning(currency=beside)
        notes += [IngestNote(telling.kind, telling.text, telling.count, header) for telling in one.told]
        if one.voids:
            told = f"{one.voids:,} cells of {header!r} such as '-' or 'n.a.' were treated as missing."
            notes.append(IngestNote("missing_signs", told, one.voids, header))
    return replace(numbers, headers=all_headers, meanings=meanings, notes=tuple(notes))


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
