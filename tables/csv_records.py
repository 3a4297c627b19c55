"""A CSV's records by the csv rules: a fast count of them, and a patient reader that repairs what is ragged."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contracts.table import IngestNote
from tables.sniffing import Dialect

_CHUNK = 1 << 22
_NEWLINE, _RETURN = 10, 13


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


@dataclass
class Repairs:
    """What the patient reader did, and where (line numbers from 1, the first few)."""

    padded: int = 0
    cut: int = 0
    rejected: int = 0
    unquoted: int = 0
    blank: int = 0
    lines: list[int] = field(default_factory=list)

    def notes(self) -> tuple[IngestNote, ...]:
        """The counts as notes."""
        where = f" (line {', '.join(map(str, self.lines))}{', …' if self.rejected > len(self.lines) else ''})"
        told = (
            ("rows_padded", self.padded, "{:,} row(s) had too few fields: the missing ones are empty."),
            ("rows_cut", self.cut, "{:,} row(s) ended in surplus empty fields: cut."),
            (
                "rows_rejected",
                self.rejected,
                "{:,} row(s) had more fields than there are columns: left out" + where + ".",
            ),
            ("quotes_repaired", self.unquoted, "{:,} line(s) held a quote that never closes: read as plain text."),
        )
        return tuple(IngestNote(kind, text.format(count), count) for kind, count, text in told if count)


class PatientReader:
    """Reads a CSV record by record with Python's csv module, mending stray quotes and fitting rows to a width."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._path, self._dialect = path, dialect
        self._taken: list[str] = []
        self._line = 0

    def write_clean(self, target: Path) -> tuple[int, int, Repairs]:
        """Write all rows with as many fields as there are columns to `target`; (rows, width, repairs)."""
        width, repairs, rows = self._choose_width(), Repairs(), 0
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for line, row in self._body(repairs):
                fitted = _fit(row, width, repairs)
                if fitted is None:
                    if len(repairs.lines) < 3:
                        repairs.lines.append(line)
                    continue
                writer.writerow(fitted)
                rows += 1
        return rows, width, repairs

    def _choose_width(self) -> int:
        """The header's width; the widest row's when over 5 % of the rows have more fields than the header."""
        widths: Counter[int] = Counter()
        for _, row in self._body(Repairs()):
            filled = len(row)
            while filled and not row[filled - 1].strip():
                filled -= 1
            widths[filled] += 1
        longer = sum(times for width, times in widths.items() if width > self._dialect.width)
        if longer > 0.05 * sum(widths.values()):
            frequent = [width for width, times in widths.items() if times > 0.01 * sum(widths.values())]
            return max([*frequent, self._dialect.width])
        return self._dialect.width

    def _body(self, repairs: Repairs) -> Iterator[tuple[int, list[str]]]:
        records = self._records(repairs)
        to_skip = self._dialect.skip + (self._dialect.header is not None)
        for _ in range(to_skip):
            next(records, None)
        for line, row in records:
            if any(cell.strip() for cell in row):
                yield line, row
            else:
                repairs.blank += 1

    def _records(self, repairs: Repairs) -> Iterator[tuple[int, list[str]]]:
        csv.field_size_limit(1 << 30)
        self._line = 0
        with self._path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.reader(self._lines(file), **self._dialect.reader_options())  # type: ignore[arg-type]
            while True:
                self._taken = []
                start = self._line + 1
                try:
                    row = next(reader, None)
                except csv.Error:
                    row = []
                if row is None:
                    return
                if self._runaway(row):
                    repairs.unquoted += 1
                    yield from ((start + i, self._split(line)) for i, line in enumerate(self._taken))
                else:
                    yield start, row

    def _lines(self, file: Iterator[str]) -> Iterator[str]:
        for line in file:
            self._line += 1
            self._taken.append(line)
            yield line

    def _runaway(self, row: list[str]) -> bool:
        """Whether a quote that never closes has swallowed several lines."""
        if len(self._taken) < 2:
            return False
        odd = sum(line.count(self._dialect.quote) for line in self._taken) % 2 == 1
        return len(row) != self._dialect.width or odd

    def _split(self, line: str) -> list[str]:
        options = self._dialect.reader_options()
        if line.count(self._dialect.quote) % 2:
            options |= {"quoting": csv.QUOTE_NONE, "quotechar": None}
        try:
            return next(csv.reader([line], **options), [])  # type: ignore[arg-type]
        except csv.Error:
            return line.rstrip("\r\n").split(self._dialect.delimiter)


def _fit(row: list[str], width: int, repairs: Repairs) -> list[str] | None:
    """`row` with exactly `width` fields; None when surplus fields hold something."""
    if len(row) == width:
        return row
    if len(row) < width:
        repairs.padded += 1
        return row + [""] * (width - len(row))
    if any(cell.strip() for cell in row[width:]):
        repairs.rejected += 1
        return None
    repairs.cut += 1
    return row[:width]
