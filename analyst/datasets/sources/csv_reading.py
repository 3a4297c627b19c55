"""A CSV file into a temporary table of text: fast and strict first, patiently when anything does not add up."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import dropwhile
from pathlib import Path

from analyst.core.errors import TableError
from analyst.core.quoting import literal
from analyst.core.text import counted
from analyst.datasets.headers import clean_headers
from analyst.datasets.sources.csv_records import Lines, PatientReader, count_records
from analyst.datasets.sources.fitting import Layout
from analyst.datasets.sources.layouts import as_csv
from analyst.datasets.sources.margins import drop_margins
from analyst.datasets.sources.plain_columns import masks, plain_columns, propose, refuted, typed
from analyst.datasets.sources.sniffing import Dialect, Text, read_text
from analyst.datasets.sources.tables import find_tables, largest, tables_note
from analyst.engine.errors import DiskError, EngineError
from analyst.engine.loading import Loader
from analyst.protocol.table import IngestNote

STAGE = "_stage"
"""The table that readers fill: the file's columns as c0, c1, … in its order of rows. No step can have this name."""
_MAX_LINE = 256 << 20
_BLANK = " \t\r\n,;|"
_PARTED = re.compile(rf"\n[{_BLANK}]*\n")
"""A blank line, in a text that begins and ends with something else."""
_MOST_PARTED, _LEAST_ROWS = 32 << 20, 2
"""Bytes of a file that is searched for several tables, and rows of each of at least two."""
_SHOWN = {"\t": "tab", ";": "semicolon", "|": "pipe", ",": "comma", ":": "colon"}

_HEADER = {
    "groups": "The header has several rows, so each column name starts with the name of its group.",
    "units": "The row below the header contains units, which were added to the column names.",
    "choices": "The second header row contains the choices of the questions, which were added to the column names.",
    "labels": "The second header row describes the columns, so its texts were added to the column names.",
    "series": "The rows above the first period describe the series: columns are named by their titles and units.",
    "types": "A row with the types of the columns was skipped.",
    "import_ids": "A header row with import IDs of the survey tool was skipped.",
}
"""What is said of the rows of a header."""


@dataclass(frozen=True)
class Staged:
    """A filled stage: the columns' clean names, notes, and whether its text must still be typed.

    `plain` are the columns that every cell proved as they were read, and by which reading. `epoch` is the day from
    which its serial numbers of days count.
    """

    columns: tuple[str, ...]
    notes: tuple[IngestNote, ...]
    typed: bool = False
    plain: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    epoch: str = "1899-12-30"


def stage_csv(loader: Loader, text: Text, workdir: Path, name: str) -> Staged:
    """Fill the stage from a file. TableError when there is no header or no row, or a line is over 256 MB."""
    text, laid_out = as_csv(text, workdir)
    text, parts = _largest_table(text, workdir)
    path, dialect = text.path, text.dialect
    _require_text(dialect, name)
    lines = count_records(path, dialect.quote)
    if lines.longest > _MAX_LINE:
        raise TableError(f"{name!r} has a line of {lines.longest >> 20:,} MB.", "Remove that column.")
    expected = lines.records - dialect.head_records
    notes = laid_out + parts + _guesses(dialect)
    if not dialect.blanks_after and _read_strict(loader, text, lines, expected):
        layout = Layout(dialect.width, dialect.delimiter)
    else:
        clean = workdir / "repaired.csv"
        rows, layout, repairs = PatientReader(path, dialect).write_clean(clean)
        notes += repairs.notes(layout)
        _read_clean(loader, clean, layout.width, rows, name)
        clean.unlink()
    raw, short = _headers(dialect, layout)
    kept, trimmed = drop_margins(loader, STAGE, raw, dialect.head.names)
    columns, changed = clean_headers(kept)
    plain = plain_columns(loader.columns(STAGE))
    return Staged(columns, notes + short + trimmed + changed, plain=plain, delimiter=dialect.delimiter)


def _largest_table(text: Text, workdir: Path) -> tuple[Text, tuple[IngestNote, ...]]:
    """The largest of several tables that stand in one file with blank lines between, and a note; else `text` itself."""
    if not _PARTED.search(text.sample.strip(_BLANK)) or text.path.stat().st_size > _MOST_PARTED:
        return text, ()

    def read() -> Iterator[list[str]]:
        with text.path.open("r", encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, **text.dialect.reader_options())  # type: ignore[arg-type]
            yield from dropwhile(lambda row: bool(row) and row[0].startswith("#"), rows)

    try:
        tables = find_tables(read)
    except csv.Error:
        return text, ()
    if sum(table.rows >= _LEAST_ROWS for table in tables) < 2:
        return text, ()
    chosen, part = largest(tables), workdir / "part.csv"
    with part.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(chosen.cut(read()))
    return read_text(part), (tables_note(chosen, tables, "file"),)


def _require_text(dialect: Dialect, name: str) -> None:
    if dialect.width == 0:
        raise TableError(f"{name!r} is empty.", "Use a file with a header line and rows.")


def _headers(dialect: Dialect, layout: Layout) -> tuple[list[str], tuple[IngestNote, ...]]:
    """The raw headers; a header one short of its rows may lack the name of the first column (as R writes it)."""
    if dialect.head.names is None:
        return [f"column_{place}" for place in range(1, layout.width + 1)], ()
    given = list(dialect.head.names)
    if layout.row_names:
        told = "The header has one name fewer than the rows have fields, so the first column was named row_name."
        return ["row_name", *given], (IngestNote("header_short", told, 1),)
    short = layout.columns - len(given)
    nameless = [""] * short + [f"column_{place + 1}" for place in range(layout.columns, layout.width)]
    if short > 0:
        told = (
            f"The header has {len(given)} {'name' if len(given) == 1 else 'names'}, but most rows have"
            f" {layout.columns} fields, so names and values may not match. Give every column a name, and put quotes"
            " around values that contain the delimiter."
        )
        return given + nameless, (IngestNote("header_short", told, short),)
    return given + nameless, ()


def _guesses(dialect: Dialect) -> tuple[IngestNote, ...]:
    notes = []
    if dialect.delimiter != ",":
        shown = _SHOWN.get(dialect.delimiter, repr(dialect.delimiter))
        notes.append(IngestNote("delimiter", f"Fields are separated by {shown}.", 1))
    head = dialect.head
    if head.skipped:
        told = f"Skipped before the header: {counted(head.skipped, 'line')}."
        notes.append(IngestNote("lines_skipped", told, head.skipped))
    notes += [IngestNote(f"header_{part}", _HEADER[part], 1) for part in head.parts if part in _HEADER]
    if head.names is None:
        notes.append(
            IngestNote("no_header", "The first line contains data, so the columns are named column_1, column_2, ….", 1)
        )
    return tuple(notes)


def _read_strict(loader: Loader, text: Text, lines: Lines, expected: int) -> bool:
    """Whether DuckDB read the file by the dialect alone, every record of it."""
    kinds = propose(text)
    try:
        _fill(loader, text.path, text.dialect, lines.longest, kinds)
        if count_stage(loader) != expected:
            return False
        wrong = refuted(loader, STAGE, kinds)
        if wrong:
            kinds = {column: kind for column, kind in kinds.items() if column not in wrong}
            _fill(loader, text.path, text.dialect, lines.longest, kinds)
    except DiskError:
        raise
    except EngineError:
        return False
    loader.unsave_columns(STAGE, masks(kinds))
    return True


def _read_clean(loader: Loader, path: Path, width: int, rows: int, name: str) -> None:
    dialect = Dialect(",", '"', None, width)
    _fill(loader, path, dialect, count_records(path, '"').longest, {})
    if count_stage(loader) != rows:
        raise TableError(
            f"Only {count_stage(loader):,} of {rows:,} rows of {name!r} could be read.", "Save it again as CSV."
        )


def count_stage(loader: Loader) -> int:
    """The rows in the stage."""
    return int(loader.rows(f"SELECT count(*) FROM {STAGE}")[0][0])


def _fill(loader: Loader, path: Path, dialect: Dialect, longest: int, kinds: Mapping[str, str]) -> None:
    """Read the file into the stage: text, but for the columns of `kinds`."""
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(dialect.width))
    options = {
        "auto_detect": "false",
        "compression": "'none'",
        "header": "true" if dialect.head.names is not None else "false",
        "skip": str(dialect.skip),
        "delim": literal(dialect.delimiter),
        "quote": literal(dialect.quote),
        "escape": literal(dialect.escape or dialect.quote),
        "columns": "{" + columns + "}",
        "strict_mode": "true",
        "null_padding": "false",
    }
    if longest > 1_900_000:
        options |= {"max_line_size": str(2 * longest + 1024), "parallel": "false"}
    told = ", ".join(f"{key}={value}" for key, value in options.items())
    names = [f"c{place}" for place in range(dialect.width)]
    loader.save(STAGE, typed(names, kinds, f"read_csv({literal(path)}, {told})"))
