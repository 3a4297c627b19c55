"""A CSV's records by the csv rules: a fast count of them, and a patient reader that repairs what is ragged."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyst.core.text import counted, listed
from analyst.datasets.sources.cells import is_value
from analyst.datasets.sources.fitting import Layout, Widths
from analyst.datasets.sources.sniffing import Dialect
from analyst.protocol.table import IngestNote

Record = tuple[int, list[str]]
"""The number of a record's first line, and its fields."""
_CHUNK = 1 << 22
_NEWLINE, _RETURN = 10, 13
_BLANK = " \t\r\n\v\f\x1a\u00a0\ufeff"
"""What fills no cell; \\x1a is the end-of-file sign of DOS."""
_LINES = 3
"""Line numbers that are told of each kind of repair."""
_LONGEST_FOOTER = 20
"""Lines: more than that below a blank line are a table of their own."""
_LONGEST_RECORD, _LARGEST_RECORD = 1_000, 16 << 20
"""Lines and characters of a record: a quote that is not closed by then never closes."""


@dataclass(frozen=True)
class Lines:
    """How many records that are not blank a file holds, counted outside quotes, and its longest record in bytes."""

    records: int
    longest: int


def count_records(path: Path, quote: str) -> Lines:
    """Count the records of a UTF-8 file without parsing them: line ends outside quotes, blank lines left out."""
    mark = ord(quote) if quote else -1
    inside, records, longest, offset, last_end = 0, 0, 0, 0, -1
    tail = b""
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            data = np.frombuffer(block, dtype=np.uint8)
            ends = data == _NEWLINE
            if quote and quote.encode() in block:
                parity = np.bitwise_xor.accumulate((data == mark).astype(np.uint8)) ^ inside
                ends &= parity == 0
                inside = int(parity[-1])
            elif inside:
                ends[:] = False
            places = np.flatnonzero(ends)
            if len(places):
                gaps = np.diff(places + offset, prepend=last_end)
                carriage = _returns_before(data, places, tail)
                records += int(np.count_nonzero(gaps - carriage > 1))
                longest = max(longest, int(gaps.max()))
                last_end = int(places[-1]) + offset
            offset += len(data)
            tail = block[-1:]
    rest = offset - 1 - last_end
    return Lines(records + (rest > 0), max(longest, rest))


def _returns_before(data: NDArray[np.uint8], places: NDArray[np.intp], tail: bytes) -> NDArray[np.int64]:
    """1 for each line end that a carriage return stands before."""
    before: NDArray[np.bool_] = data[places - 1] == _RETURN
    if places[0] == 0:
        before[0] = tail == b"\r"
    return before.astype(np.int64)


_TOLD = {
    "rows_padded": ("{} had too few fields{}; the missing ones are empty.", "row"),
    "rows_cut": ("{} ended in extra empty fields, which were removed.", "row"),
    "text_joined": ("{} had a delimiter inside a text without quotes{}; the parts were joined.", "row"),
    "numbers_joined": ("{} had a comma inside numbers, which split them in two{}; the parts were joined.", "row"),
    "fields_surplus": ("{} with more fields than the header{}: the extra fields are {{extra}}.", "row"),
    "rows_rejected": ("Skipped: {} with more or fewer fields than columns{}.", "row"),
    "quotes_repaired": ("{} had stray quotes{}, which were read as plain text.", "line"),
    "remarks": ("Skipped: {} starting with #.", "line"),
}
"""What is said of each kind of repair: how many rows or lines, and where."""


@dataclass
class Repairs:
    """What the patient reader did, and where (line numbers from 1, the first few)."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)
    below: list[str] = field(default_factory=list)
    """The lines after the table."""

    def add(self, kind: str, line: int) -> None:
        """Count a repair of `kind` at `line`."""
        self.counts[kind] += 1
        kept = self.lines.setdefault(kind, [])
        if len(kept) < _LINES:
            kept.append(line)

    def notes(self, layout: Layout) -> tuple[IngestNote, ...]:
        """The counts as notes; `layout` says where extra fields are."""
        names = [repr(f"column_{place + 1}") for place in range(layout.columns, layout.width)]
        extra = f"in {listed(names)}" if names else "left out"
        notes = []
        for kind, (told, noun) in _TOLD.items():
            if count := self.counts[kind]:
                message = told.format(counted(count, noun), self._where(kind)).format(extra=extra)
                notes.append(IngestNote(kind, message, count))
        if self.below:
            count, shown = len(self.below), self.below[0][:60]
            told = f"Skipped below the table: {counted(count, 'line')} ({shown!r})."
            notes.append(IngestNote("footer", told, count))
        return tuple(notes)

    def _where(self, kind: str) -> str:
        lines, more = self.lines[kind], self.counts[kind] > len(self.lines[kind])
        shown = ", ".join(map(str, lines)) + (", …" if more else "")
        return f" ({'line' if len(lines) == 1 and not more else 'lines'} {shown})"


class PatientReader:
    """Reads a CSV record by record, mending stray quotes and fitting rows to a width."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._path, self._dialect = path, dialect
        self._options = dialect.reader_options()
        self._simple = dialect.escape is None and not dialect.blanks_after

    def write_clean(self, target: Path) -> tuple[int, Layout, Repairs]:
        """Write all rows with as many fields as there are columns to `target`; (rows, columns, repairs)."""
        layout, repairs, rows = self._layout(), Repairs(), 0
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for line, row in self._without_footer(layout.width, repairs):
                fitted = layout.fit(row)
                if fitted is None or fitted.repair:
                    repairs.add(fitted.repair or "" if fitted else "rows_rejected", line)
                if fitted:
                    # One kind of line end: DuckDB takes the first that it sees, be it within a cell, for the file's.
                    writer.writerow([cell.replace("\r\n", "\n").replace("\r", "\n") for cell in fitted.row])
                    rows += 1
        return rows, layout, repairs

    def _layout(self) -> Layout:
        """The columns, by the header and by the widths of the rows."""
        widths = Widths(self._dialect.width, self._dialect.delimiter)
        for _, row in self._body(Repairs()):
            if row:
                widths.add(row)
        return widths.layout()

    def _without_footer(self, width: int, repairs: Repairs) -> Iterator[Record]:
        """The rows of the table: short lines of text after the last blank line are no part of it."""
        held: list[Record] = []
        blank = False
        for line, row in self._body(repairs):
            if not any(row):
                blank = True
            elif len(row) < width and row[0].startswith("#") and self._dialect.head.names is not None:
                repairs.add("remarks", line)
            elif (blank or held) and len(row) < width and not is_value(row[0].strip()) and len(held) < _LONGEST_FOOTER:
                held.append((line, row))
            else:
                yield from held
                held, blank = [], False
                yield line, row
        repairs.below += [self._dialect.delimiter.join(row) for _, row in held]

    def _body(self, repairs: Repairs) -> Iterator[Record]:
        """The records after the head; blank ones as []."""
        for line, row in self._records(repairs):
            if line > self._dialect.head_lines:
                yield line, row if any(cell.strip(_BLANK) for cell in row) else []

    def _records(self, repairs: Repairs) -> Iterator[Record]:
        """Every record with the number of its first line."""
        csv.field_size_limit(1 << 30)
        number = 0
        with self._path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
            lines = _Lines(file)
            for line in lines:
                start, taken = number + 1, [line]
                if self._dialect.quote in line:
                    taken += lines.until_closed(line, self._quotes)
                number += len(taken)
                row = self._parse("".join(taken)) if len(taken) == 1 or self._closed(taken) else None
                if row is not None and (len(taken) == 1 or len(row) == self._dialect.width):
                    yield start, row
                    continue
                # A stray quote has swallowed lines, or stands amid a field: each line by itself.
                lines.put_back(taken[1:])
                number = start
                repairs.add("quotes_repaired", start)
                yield start, self._split(line)

    def _quotes(self, text: str) -> int:
        """The quotes in `text` that may open or close a field."""
        escaped = text.count((self._dialect.escape or "") + self._dialect.quote) if self._dialect.escape else 0
        return text.count(self._dialect.quote) - escaped

    def _closed(self, taken: list[str]) -> bool:
        return sum(map(self._quotes, taken)) % 2 == 0

    def _parse(self, text: str) -> list[str] | None:
        """The fields of a record by the rules of CSV; None when it breaks them."""
        if self._simple and self._dialect.quote not in text:
            return text.rstrip("\r\n").split(self._dialect.delimiter)
        try:
            return next(csv.reader([text], strict=True, **self._options), [])  # type: ignore[arg-type]
        except csv.Error:
            return None

    def _split(self, line: str) -> list[str]:
        """The fields of a line with stray quotes: only a quote before a delimiter or the end closes a field."""
        quote, delimiter = re.escape(self._dialect.quote), re.escape(self._dialect.delimiter)
        end = rf"(?={delimiter}|$)"
        field_ = rf" *{quote}((?:[^{quote}]|{quote}(?!{delimiter}|$))*){quote}{end}|([^{delimiter}]*){end}"
        fields, place, text = [], 0, line.rstrip("\r\n")
        while place <= len(text):
            found = re.compile(field_).match(text, place)
            if found is None:
                break
            quoted, bare = found[1], found[2]
            fields.append(bare if quoted is None else quoted.replace(2 * self._dialect.quote, self._dialect.quote))
            place = found.end() + 1
        return fields


class _Lines:
    """Lines of a file of which some can be put back."""

    def __init__(self, file: Iterator[str]) -> None:
        self._file = file
        self._back: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        while True:
            if self._back:
                yield self._back.popleft()
                continue
            line = next(self._file, None)
            if line is None:
                return
            yield line

    def until_closed(self, first: str, count: Callable[[str], int]) -> list[str]:
        """The further lines of a record that begins with `first`: up to where its quotes are even, or too many."""
        taken: list[str] = []
        quotes, size = count(first), 0
        while quotes % 2 and len(taken) < _LONGEST_RECORD and size < _LARGEST_RECORD:
            line = next(iter(self), None)
            if line is None:
                break
            taken.append(line)
            quotes, size = quotes + count(line), size + len(line)
        return taken

    def put_back(self, lines: Sequence[str]) -> None:
        """Let `lines` come again, before all others."""
        self._back.extendleft(reversed(lines))
