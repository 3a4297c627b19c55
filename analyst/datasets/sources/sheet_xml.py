"""What the XML of a worksheet says beside its cells: how full it is, merged and hidden parts, uncalculated formulas.

Read as bytes in pieces: a sheet of a million rows is some hundred megabytes of XML, and openpyxl keeps none of this
when it streams.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_SHEET = re.compile(r'<(?:\w+:)?sheet (?=[^>]*\bname="([^"]*)")([^>]*)>')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row (?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"')
_COLUMNS = re.compile(rb"<(?:\w+:)?col ([^>]*\bhidden=\"(?:1|true)\"[^>]*)>")
_EDGE = re.compile(rb'\b(min|max)="(\d+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v(?: [^>]*)?>[^<]|<(?:\w+:)?is>")
_FORMULA = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]+)(\d+)"(?![^>]*\bt="str")[^>]*>\s*<(?:\w+:)?f[ />](.*?)</(?:\w+:)?c>', re.DOTALL
)
_CELL_END = re.compile(rb"</(?:\w+:)?(?:c|row|mergeCells|cols)>")
_MOST_MERGED = 1_000_000
"""Cells that are filled from merged ones: more are decoration."""
_PIECE = 1 << 20


@dataclass
class SheetLayout:
    """A worksheet beside its cells; rows from 1, columns from 0.

    `cells` is how many hold something, `merged_down` the merged cells of more than one row by their first row (column,
    last row), `uncalculated` the formulas without a saved value by column, `first_formula` the first row of each.
    """

    cells: int = 0
    merged_down: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    uncalculated: Counter[int] = field(default_factory=Counter)
    first_formula: dict[int, int] = field(default_factory=dict)
    _merged: int = 0

    def read(self, xml: bytes) -> None:
        """Take in a piece of XML that ends with a whole element."""
        self.cells += sum(1 for _ in _VALUE.finditer(xml))
        if b'hidden="' in xml:
            self.hidden_rows.update(int(found[1]) for found in _HIDDEN_ROW.finditer(xml))
            for found in _COLUMNS.finditer(xml):
                edges = {name: int(place) for name, place in _EDGE.findall(found[1])}
                self.hidden_columns.update(range(edges[b"min"] - 1, min(edges[b"max"], edges[b"min"] + 999)))
        if b"f>" in xml or b"<f" in xml:
            self._read_formulas(xml)
        for found in _MERGED.finditer(xml):
            first, last = int(found[2]), int(found[4])
            self._merged += last - first
            if last > first and self._merged <= _MOST_MERGED:
                self.merged_down.setdefault(first, []).append((column_place(found[1].decode()), last))

    def _read_formulas(self, xml: bytes) -> None:
        for found in _FORMULA.finditer(xml):
            if not _VALUE.search(found[3]):
                column, row = column_place(found[1].decode()), int(found[2])
                self.uncalculated[column] += 1
                self.first_formula.setdefault(column, row)


def read_layout(path: Path, part: str) -> SheetLayout:
    """The layout of the worksheet that is stored as `part` in the workbook at `path`."""
    layout = SheetLayout()
    for piece in _pieces(path, part):
        layout.read(piece)
    return layout


def column_place(letters: str) -> int:
    """The place of a column from 0: A is 0, AA is 26."""
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - 64
    return place - 1


def column_letters(place: int) -> str:
    """The letters of a column: 0 is A."""
    letters = ""
    while place >= 0:
        letters, place = chr(65 + place % 26) + letters, place // 26 - 1
    return letters


def _pieces(path: Path, part: str) -> Iterator[bytes]:
    """The XML in pieces that end with an element."""
    held = b""
    with zipfile.ZipFile(path) as archive, archive.open(part) as source:
        while read := source.read(_PIECE):
            held += read
            ends = [found.end() for found in _CELL_END.finditer(held, max(0, len(held) - len(read) - 20))]
            if ends:
                yield held[: ends[-1]]
                held = held[ends[-1] :]
    yield held


def sheet_names(path: Path) -> tuple[str, ...]:
    """The names of a workbook's visible sheets, in order; none where the file is damaged."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as part:
            told = part.read(_PIECE).decode("utf-8", "replace")
    except (zipfile.BadZipFile, KeyError, OSError):
        return ()
    return tuple(html.unescape(found[1]) for found in _SHEET.finditer(told) if "idden" not in found[2])
