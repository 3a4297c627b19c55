"""Types: from the stage to the relation `data`, each column typed by all of its cells, missing values made NULL."""

# Every name and value goes into SQL through tables.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from contracts.table import IngestNote
from tables.csv_reading import STAGE, Staged
from tables.headers import ROW
from tables.quoting import literal, literals, name
from tables.scanning import per_column

MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"),
    *("N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)
"""What counts as missing: the list of pandas' read_csv."""
_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\ufeff"
_TRIMMED = "trim({}, ' \t\r\n')"
_INTEGER = r"[-+]?\d{1,18}"
_DECIMAL = r"[-+]?(\d{1,18}|\d+\.\d*|\.\d+)([eE][-+]?\d{1,3})?"
_THOUSANDS = r"[-+]?(\d{1,3}(,\d{3})+|\d{1,3})(\.\d+)?"
_COMMA = r"[-+]?(\d{1,18}|\d{1,3}(\.\d{3})+)(,\d+)?"
_SPACED = r"[-+]?(\d{1,3}( \d{3})+|\d{1,3})([.,]\d+)?"
_DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_STAMP = _DATE + r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?( ?(Z|UTC|[-+]\d{2}(:?\d{2})?))?)?"
_TIME = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"


@dataclass(frozen=True)
class Reading:
    """A way to read text as a type: every cell must match `pattern` and `value` must not be NULL."""

    kind: str
    pattern: str
    value: str
    note: str = ""

    def cast(self, column: str) -> str:
        """The cell as a value. Casts to numbers skip spaces by themselves; trimming costs more than the cast."""
        return self.value.format(column if self.kind in ("BIGINT", "DOUBLE") else _TRIMMED.format(column))


READINGS = {
    "boolean": Reading("BOOLEAN", r"(?i)true|false", "CAST({} AS BOOLEAN)"),
    "integer": Reading("BIGINT", _INTEGER, "TRY_CAST({} AS BIGINT)"),
    "decimal": Reading("DOUBLE", _DECIMAL, "TRY_CAST({} AS DOUBLE)"),
    "date": Reading("DATE", _DATE, "TRY_CAST({} AS DATE)"),
    "timestamp": Reading("TIMESTAMP", _STAMP, "TRY_CAST({} AS TIMESTAMP)"),
    "time": Reading("TIME", _TIME, "TRY_CAST({} AS TIME)"),
    "thousands": Reading("DOUBLE", _THOUSANDS, "TRY_CAST(replace({}, ',', '') AS DOUBLE)", "a comma between thousands"),
    "decimal comma": Reading(
        "DOUBLE", _COMMA, "TRY_CAST(replace(replace({}, '.', ''), ',', '.') AS DOUBLE)", "a comma before decimals"
    ),
    "spaced": Reading(
        "DOUBLE", _SPACED, "TRY_CAST(replace(replace({}, ' ', ''), ',', '.') AS DOUBLE)", "a space between thousands"
    ),
}
"""Every way in which a text column can be read, simplest first."""


@dataclass(frozen=True)
class Typed:
    """What became of a column: how it was read (None: text)."""

    column: str
    reading: str | None


def build_data(connection: duckdb.DuckDBPyConnection, staged: Staged) -> tuple[IngestNote, ...]:
    """Create `data` from the stage: `_row` from 0, then the columns. Returns what was changed, with counts."""
    place = {f"c{i}": column for i, column in enumerate(staged.columns)}
    kinds = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {STAGE}").fetchall()}
    texts = [column for column, kind in kinds.items() if kind == "VARCHAR"]
    cleaned = _clean(connection, texts)
    readings = {} if staged.typed else infer(connection, texts, staged.delimiter)
    parts = [f"CAST(rowid AS BIGINT) AS {name(ROW)}"]
    for column, header in place.items():
        parts.append(f"{_expression(column, kinds[column], readings.get(column))} AS {name(header)}")
    connection.execute(f"CREATE TABLE data AS SELECT {', '.join(parts)} FROM {STAGE}")
    told = [Typed(place[column], reading) for column, reading in readings.items()]
    return cleaned + _type_notes(told)


def _expression(column: str, kind: str, reading: str | None) -> str:
    if reading:
        return READINGS[reading].cast(column)
    if kind == "DOUBLE":
        return f"CASE WHEN isfinite({column}) THEN {column} END"
    return column


def _clean(connection: duckdb.DuckDBPyConnection, texts: Sequence[str]) -> tuple[IngestNote, ...]:
    """Unicode spaces to ' ', blank cells and NA words to NULL, in place; counted."""
    spaces, missing = 0, 0
    dirty: dict[str, str] = {}
    strange, words = literal(f"[{_SPACES}]"), literals(MISSING)
    blank = literal(r"\s*(?:" + "|".join(map(re.escape, MISSING)) + r")\s*")
    # Most cells are plain numbers or ASCII: a cheap test spares them the pattern.
    terms = (
        "count(*) FILTER (CASE WHEN strlen({v}) <> length({v})"
        f" THEN regexp_matches({{v}}, {strange}) ELSE false END)",
        "count(*) FILTER (CASE WHEN {v} BETWEEN '0' AND '9~' AND NOT starts_with({v}, '1.#') THEN false"
        f" ELSE regexp_full_match({{v}}, {blank}) END)",
    )
    for column, (odd, empty) in per_column(connection, STAGE, texts, terms).items():
        spaces, missing = spaces + odd, missing + empty
        value = f"regexp_replace({column}, {strange}, ' ', 'g')" if odd else column
        if odd or empty:
            dirty[column] = f"CASE WHEN {_TRIMMED.format(value)} NOT IN ({words}) THEN {value} END"
    if dirty:
        changed = ", ".join(f"{value} AS {column}" for column, value in dirty.items())
        connection.execute(f"CREATE TEMP TABLE cleaned AS SELECT * REPLACE ({changed}) FROM {STAGE}")
        connection.execute(f"DROP TABLE {STAGE}")
        connection.execute(f"ALTER TABLE cleaned RENAME TO {STAGE}")
    told = (
        ("spaces", spaces, "{:,} cell(s) held special spaces: made plain."),
        ("missing_words", missing, "{:,} cell(s) such as 'NA', 'null' or blanks count as missing."),
    )
    return tuple(IngestNote(kind, text.format(count), count) for kind, count, text in told if count)


def infer(connection: duckdb.DuckDBPyConnection, texts: Sequence[str], delimiter: str) -> dict[str, str]:
    """How each text column is read: the first of READINGS that holds for all of its cells."""
    readings: dict[str, str] = {}
    left = list(texts)
    proposed = _propose(connection, left)
    for kinds in (
        ("boolean", "integer", "decimal", "date", "timestamp", "time"),
        ("thousands", "decimal comma", "spaced"),
    ):
        for kind in kinds:
            asked = [column for column in left if kind in proposed[column]]
            held = _holds(connection, asked, READINGS[kind])
            readings |= dict.fromkeys(held, kind)
            left = [column for column in left if column not in readings]
    _drop_codes(connection, readings)
    return _settle_commas(connection, readings, delimiter)


def _propose(connection: duckdb.DuckDBPyConnection, texts: Sequence[str]) -> dict[str, set[str]]:
    """The readings that hold for a column's first cells: only these are tried on all of them."""
    patterns = {kind: re.compile(reading.pattern) for kind, reading in READINGS.items()}
    if not texts:
        return {}
    first = connection.execute(f"SELECT {', '.join(texts)} FROM {STAGE} WHERE rowid < 100").fetchall()
    proposed: dict[str, set[str]] = {}
    for column, cells in zip(texts, zip(*first, strict=True), strict=True):
        filled = [cell.strip() for cell in cells if cell is not None]
        proposed[column] = {kind for kind, p in patterns.items() if all(map(p.fullmatch, filled))}
    return proposed


def _holds(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], reading: Reading) -> list[str]:
    pattern = literal(rf"\s*(?:{reading.pattern})\s*")
    term = (
        f"count({{v}}) > 0 AND count({{v}}) = count(*) FILTER (regexp_full_match({{v}}, {pattern})"
        f" AND {reading.cast('{v}')} IS NOT NULL)"
    )
    return [column for column, (holds,) in per_column(connection, STAGE, columns, [term]).items() if holds]


def _drop_codes(connection: duckdb.DuckDBPyConnection, readings: dict[str, str]) -> None:
    """Leave codes such as '01234' text: whole numbers of one length of 4 or more, some with a leading zero."""
    whole = [column for column, kind in readings.items() if kind == "integer"]
    term = "min(length({v})) = max(length({v})) AND max(length({v})) > 3 AND min({v}) LIKE '0%'"
    for column, (code,) in per_column(connection, STAGE, whole, [term]).items():
        if code:
            del readings[column]


def _settle_commas(connection: duckdb.DuckDBPyConnection, readings: dict[str, str], delimiter: str) -> dict[str, str]:
    """'1,234' alone says nothing: beside columns with decimal commas, or in a file without commas between fields,
    it is 1.234 unless it fits thousands only."""
    comma_elsewhere = "decimal comma" in readings.values()
    doubtful = [column for column, kind in readings.items() if kind == "thousands"]
    if delimiter == "," or not doubtful:
        return readings
    both = _holds(connection, doubtful, READINGS["decimal comma"])
    for column in both:
        if comma_elsewhere or delimiter == ";":
            readings[column] = "decimal comma"
    return readings


def _type_notes(typed: Sequence[Typed]) -> tuple[IngestNote, ...]:
    notes = []
    for kind, reading in READINGS.items():
        columns = [one.column for one in typed if one.reading == kind]
        if reading.note and columns:
            shown = ", ".join(repr(column) for column in columns[:3]) + (", …" if len(columns) > 3 else "")
            message = f"Numbers with {reading.note} were read in {len(columns)} column(s): {shown}."
            notes.append(IngestNote("number_format", message, len(columns)))
    return tuple(notes)
