"""Files whose columns have types: into the stage, objects spread into columns, every type one of seven plain ones."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analyst.core.errors import TableError
from analyst.core.quoting import literal, quoted
from analyst.datasets.headers import clean_headers
from analyst.datasets.sources.csv_reading import STAGE, Staged
from analyst.engine.errors import EngineError
from analyst.engine.loading import Field, Loader
from analyst.protocol.table import IngestNote

_DEPTH = 5
"""Objects in objects that are spread into columns."""
_MOST_FIELDS = 200
"""An object with more fields than this has keys that are data."""
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_LONG = ("UBIGINT", "HUGEINT", "UHUGEINT")
_SAME = ("BOOLEAN", "DATE", "TIME", "VARCHAR")


@dataclass(frozen=True)
class _Leaf:
    """A column of the stage: where it is in the source, its name and its type."""

    sql: str
    header: str
    kind: str


def stage_parquet(loader: Loader, path: Path, file: str) -> Staged:
    """Fill the stage from a Parquet file."""
    try:
        return stage_source(loader, f"read_parquet({literal(path)})", ())
    except EngineError as error:
        raise TableError(f"{file!r} is a damaged Parquet file ({short(error)}).", "Save it again.") from error


def stage_source(loader: Loader, source: str, notes: tuple[IngestNote, ...], *, typed: bool = True) -> Staged:
    """Fill the stage from a table function. `typed` False: its text may still hold numbers and dates."""
    given = loader.fields(f"SELECT * FROM {source}")
    leaves = [leaf for field in given for leaf in _leaves(quoted(field.name), field.name, field, 0)]
    columns, changed = clean_headers([leaf.header for leaf in leaves])
    long = _longest(loader, source, leaves)
    chosen = ", ".join(f"{_plain(leaf, long)} AS c{place}" for place, leaf in enumerate(leaves))
    loader.materialise(STAGE, f"SELECT {chosen} FROM {source}")
    told = _notes(leaves, sum(bool(field.fields) for field in given))
    return Staged(columns, (*notes, *changed, *told), typed=typed)


def _leaves(sql: str, header: str, field: Field, depth: int) -> Iterator[_Leaf]:
    """The column itself, or the columns that an object is spread into: named object.field."""
    if 0 < len(field.fields) <= _MOST_FIELDS and depth < _DEPTH:
        for inner in field.fields:
            part = f"struct_extract({sql}, {literal(inner.name)})"
            yield from _leaves(part, f"{header}.{inner.name}", inner, depth + 1)
    else:
        yield _Leaf(sql, header, field.type)


def _notes(leaves: list[_Leaf], objects: int) -> list[IngestNote]:
    notes = []
    if objects:
        told = f"{objects} column(s) contain objects, whose fields became columns named object.field."
        notes.append(IngestNote("flattened", told, objects))
    nested = sum(map(_is_nested, (leaf.kind for leaf in leaves)))
    if nested:
        notes.append(
            IngestNote("nested", f"{nested} column(s) contain lists or objects, which were kept as text.", nested)
        )
    zoned = [leaf.header for leaf in leaves if leaf.kind == "TIMESTAMP WITH TIME ZONE"]
    if zoned:
        notes.append(
            IngestNote(
                "time_zone", f"{len(zoned)} column(s) of times with a time zone were converted to UTC.", len(zoned)
            )
        )
    return notes


def _is_nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION"))


def _longest(loader: Loader, source: str, leaves: list[_Leaf]) -> dict[str, int]:
    """The largest size of the columns whose whole numbers may not fit into 64 bits."""
    asked = [leaf.sql for leaf in leaves if leaf.kind in _LONG]
    if not asked:
        return {}
    terms = ", ".join(f"max(abs(CAST({sql} AS DOUBLE)))" for sql in asked)
    found = loader.rows(f"SELECT {terms} FROM {source}")[0]
    return {sql: int(size or 0) for sql, size in zip(asked, found, strict=True)}


def _plain(leaf: _Leaf, longest: dict[str, int]) -> str:
    """An expression that makes a column BIGINT, DOUBLE, BOOLEAN, DATE, TIMESTAMP, TIME or VARCHAR."""
    column, kind = leaf.sql, leaf.kind
    base = kind.split("(")[0]
    if _is_nested(kind):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if base in _WHOLE or (base in _LONG and longest[column] < 2**63):
        return f"CAST({column} AS BIGINT)"
    if base in ("FLOAT", "DOUBLE", "DECIMAL", "HUGEINT", "UHUGEINT"):
        return f"CAST({column} AS DOUBLE)"
    if base in _SAME:
        return column
    if base.startswith("TIMESTAMP"):
        return f"CAST({column} AS TIMESTAMP)"
    if base.startswith("TIME"):
        return f"CAST({column} AS TIME)"
    if base == "JSON":
        return f"{column}->>'$'"
    return f"hex({column})" if base == "BLOB" else f"CAST({column} AS VARCHAR)"


def short(error: Exception) -> str:
    """The first line of an error without DuckDB's name for its kind."""
    line = str(error).strip().splitlines()[0]
    return line.partition("Error: ")[2][:160].rstrip(".") or line[:160].rstrip(".")
