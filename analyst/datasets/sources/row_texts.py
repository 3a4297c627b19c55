"""Rows of a database as a file of texts, and the stage that is filled from it with the types that the database tells.

NULL and '' stay apart. A date that no table can hold (infinity, before the year 1) has no value and is counted. Whole
numbers that do not fit into 64 bits stay text: as floating-point numbers they would lose digits.
"""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from analyst.core.quoting import literal
from analyst.core.text import counted, listed
from analyst.datasets.headers import clean_headers
from analyst.datasets.sources.csv_reading import STAGE, Staged
from analyst.engine.loading import Loader
from analyst.protocol.table import IngestNote

NULL = "\x02"
"""Stands for NULL, unquoted."""
NUMBER = "NUMBER"
"""A number of any size and scale, as text."""
_MOMENTS = ("DATE", "TIMESTAMP", "TIMESTAMPTZ")
_LONG_LINE = 1_900_000
_WHOLE = "'-?[0-9]+'"
_SAFE_DIGITS = 18
_TO_QUOTE = re.compile(r'[",\r\n\x02]')


@dataclass(frozen=True)
class TypedColumn:
    """A column and the type of its values: BIGINT, DOUBLE, BOOLEAN, DATE, TIMESTAMP, TIMESTAMPTZ, TIME, VARCHAR or
    NUMBER."""

    name: str
    kind: str


class RowsWriting:
    """Writes rows of Python values to `file`: bytes in hex, everything else as `str` writes it. `longest`: bytes of the
    longest row; `digest` and `bytes` are of everything written."""

    def __init__(self, file: BinaryIO) -> None:
        self.longest, self.bytes, self.digest = 0, 0, hashlib.sha256()
        self._file = file

    def write(self, rows: Iterable[Sequence[object]]) -> None:
        """Write some rows."""
        lines = [(",".join(map(_cell, row)) + "\n").encode("utf-8", "replace") for row in rows]
        self.longest = max(self.longest, *map(len, lines)) if lines else self.longest
        self.write_bytes(b"".join(lines))

    def write_bytes(self, piece: bytes) -> None:
        """Write rows that are CSV already."""
        self.bytes += len(piece)
        self.digest.update(piece)
        self._file.write(piece)


def _cell(value: object) -> str:
    if value is None:
        return NULL
    text = value.hex() if isinstance(value, bytes) else str(value)
    return '"' + text.replace('"', '""') + '"' if not text or _TO_QUOTE.search(text) else text


@dataclass(frozen=True)
class RowTexts:
    """A CSV file without a header, commas between and quotes around what needs them; bytes of its longest row."""

    path: Path
    columns: tuple[TypedColumn, ...]
    longest: int = 0

    def stage(self, loader: Loader, notes: Sequence[IngestNote] = (), *, typed: bool = True) -> Staged:
        """Fill the stage; `typed` False: texts may hold numbers and dates still."""
        headers, changed = clean_headers([column.name for column in self.columns])
        facts = self._facts(loader)
        values = ", ".join(f"{self._value(place, facts)} AS c{place}" for place in range(len(self.columns)))
        loader.save(STAGE, f"SELECT {values} FROM {self._source()}")
        told = (*self._lost(headers, facts), *self._zoned(headers))
        return Staged(headers, (*notes, *changed, *told), typed=typed)

    def _source(self) -> str:
        """All columns as text, as a table function."""
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(self.columns)))
        options = {
            "header": "false",
            "auto_detect": "false",
            "delim": "','",
            "quote": "'\"'",
            "escape": "'\"'",
            "nullstr": literal(NULL),
            "allow_quoted_nulls": "false",
            "columns": "{" + columns + "}",
        }
        if self.longest > _LONG_LINE:
            options |= {"max_line_size": str(2 * self.longest + 1024), "parallel": "false"}
        return f"read_csv({literal(self.path)}, {', '.join(f'{name}={value}' for name, value in options.items())})"

    def _facts(self, loader: Loader) -> dict[str, int]:
        """Of moments how many can't be held; of numbers the most digits of one that is whole, -1 where some are not."""
        asked = {}
        for place, column in enumerate(self.columns):
            text = f"c{place}"
            if column.kind in _MOMENTS:
                asked[text] = f"count({text}) - count({_moment(text, column.kind)})"
            elif column.kind == NUMBER:
                whole = f"coalesce(bool_and(regexp_full_match({text}, {_WHOLE})), true)"
                asked[text] = f"CASE WHEN {whole} THEN coalesce(max(strlen(ltrim({text}, '-'))), 0) ELSE -1 END"
        if not asked:
            return {}
        found = loader.rows(f"SELECT {', '.join(asked.values())} FROM {self._source()}")[0]
        return dict(zip(asked, map(int, found), strict=True))

    def _value(self, place: int, facts: Mapping[str, int]) -> str:
        """The typed value of a column, as SQL."""
        text, kind = f"c{place}", self.columns[place].kind
        if kind in _MOMENTS:
            moment = _moment(text, kind)
            return f"CAST({moment} AS TIMESTAMP)" if kind == "TIMESTAMPTZ" else moment
        if kind == NUMBER:
            kind = "DOUBLE" if facts[text] < 0 else "BIGINT" if facts[text] <= _SAFE_DIGITS else "VARCHAR"
        if kind == "TIME":
            return f"TRY_CAST({text} AS TIME)"
        return text if kind == "VARCHAR" else f"CAST({text} AS {kind})"

    def _lost(self, headers: Sequence[str], facts: Mapping[str, int]) -> list[IngestNote]:
        """A note of moments that no table holds."""
        lost = {header: facts.get(f"c{place}", 0) for place, header in enumerate(headers)}
        lost = {
            header: count
            for (header, count), column in zip(lost.items(), self.columns, strict=True)
            if column.kind in _MOMENTS and count
        }
        if not lost:
            return []
        count = sum(lost.values())
        told = f"{counted(count, 'date')} of {listed(list(lost))} treated as missing: infinity, or before the year 1."
        return [IngestNote("moments_lost", told, count, next(iter(lost)) if len(lost) == 1 else None)]

    def _zoned(self, headers: Sequence[str]) -> list[IngestNote]:
        zoned = [header for header, column in zip(headers, self.columns, strict=True) if column.kind == "TIMESTAMPTZ"]
        if not zoned:
            return []
        told = f"Times with a time zone were converted to UTC: {listed(zoned)}."
        return [IngestNote("time_zone", told, len(zoned))]


def _moment(text: str, kind: str) -> str:
    """The moment that a text tells; none of infinity, of which DuckDB knows one too, and none of years that it reads as
    such after Christ."""
    value = f"TRY_CAST({text} AS {kind})"
    return f"CASE WHEN isfinite({value}) AND NOT ends_with({text}, 'BC') THEN {value} END"
