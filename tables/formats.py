"""Files that are not CSV: told apart by their first bytes, and Parquet and JSON read into the stage."""

# Every name and value goes into SQL through tables.quoting.
# ruff: noqa: S608

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import duckdb

from contracts.errors import TableError
from contracts.table import IngestNote
from tables.csv_reading import STAGE, Staged
from tables.headers import clean_headers
from tables.quoting import literal, name

_MAX_JSON = 512 << 20
_MAX_UNPACKED = 16 << 30
_FIX = "Save it as CSV, Excel (.xlsx), Parquet or JSON."
_KNOWN = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BZh", "packed with bzip2"),
    (b"\xfd7zXZ", "packed with xz"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
    (b"7z\xbc\xaf", "a 7-zip archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "an RTF document"),
    (b"ORC", "an ORC file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89HDF", "an HDF5 file"),
)


def detect_format(path: Path, head: bytes) -> str:
    """`csv`, `gzip`, `parquet`, `excel` or `json`, by content. TableError for anything known to be no table."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"PK\x03\x04"):
        return _zip_format(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        _refuse_old_office(path)
    for magic, what in _KNOWN:
        if head.startswith(magic):
            raise TableError(f"{path.name!r} is {what}, not a table.", _FIX)
    lowered = head[:600].lstrip().lower()
    if lowered.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise TableError(f"{path.name!r} is a web page or XML, not a table.", _FIX)
    return "json" if _looks_json(path, head) else "csv"


def _zip_format(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            inside = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise TableError(f"{path.name!r} is a damaged ZIP or Excel file ({error}).", "Save it anew.") from error
    if any(entry.startswith("xl/") for entry in inside):
        if any(entry.endswith(".bin") and entry.startswith("xl/workbook") for entry in inside):
            raise TableError(f"{path.name!r} is a binary Excel workbook (.xlsb).", "Save it as .xlsx.")
        return "excel"
    raise TableError(
        f"{path.name!r} is a ZIP archive of {len(inside)} file(s), not a table.", "Unpack it and give one file."
    )


def _refuse_old_office(path: Path) -> None:
    content = path.read_bytes()[: 1 << 22]
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise TableError(f"{path.name!r} is an encrypted Excel file.", "Save it without a password.")
    raise TableError(f"{path.name!r} is an old Office file (.xls).", "Save it as .xlsx or CSV.")


def _looks_json(path: Path, head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith((b"{", b"[")):
        return False
    if path.suffix.lower() in (".json", ".ndjson", ".jsonl"):
        return True
    first = text.splitlines()[0].rstrip().rstrip(b",")
    try:
        return isinstance(json.loads(first), dict)
    except ValueError:
        return text.lstrip(b"[ \r\n\t").startswith(b'{"')


def unpack(path: Path, workdir: Path) -> Path:
    """The content of a gzip file. TableError when it is damaged or larger than 16 GB."""
    target = workdir / "unpacked"
    written = 0
    try:
        with gzip.open(path, "rb") as source, target.open("wb") as out:
            while piece := source.read(1 << 20):
                written += out.write(piece)
                if written > _MAX_UNPACKED:
                    raise TableError(f"{path.name!r} unpacks to over 16 GB.", "Unpack it and keep what matters.")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TableError(f"{path.name!r} is a damaged gzip file ({error}).", "Pack it anew.") from error
    return target


def stage_parquet(connection: duckdb.DuckDBPyConnection, path: Path, file: str) -> Staged:
    """Fill the stage from a Parquet file."""
    try:
        return _stage_typed(connection, f"read_parquet({literal(path)})", ())
    except duckdb.Error as error:
        raise TableError(f"{file!r} is a damaged Parquet file ({_short(error)}).", "Write it anew.") from error


def stage_json(connection: duckdb.DuckDBPyConnection, path: Path, workdir: Path, file: str) -> Staged:
    """Fill the stage from JSON: an array of objects, a line an object, columns of arrays, or records in one field."""
    source, notes = _as_lines(path, workdir, file)
    size = max(16 << 20, min(source.stat().st_size + 1, _MAX_JSON))
    options = f"sample_size=-1, maximum_object_size={size}, convert_strings_to_integers=false"
    try:
        return _stage_typed(connection, f"read_json({literal(source)}, format='auto', records=true, {options})", notes)
    except duckdb.Error as error:
        raise TableError(
            f"{file!r} is no JSON table ({_short(error)}).", "Give an array of objects or one a line."
        ) from error


def _as_lines(path: Path, workdir: Path, file: str) -> tuple[Path, tuple[IngestNote, ...]]:
    """`path` itself, or its records written a line each when it is a single JSON object."""
    with path.open("rb") as opened:
        start = opened.read(1 << 16).lstrip()
    if not start.startswith(b"{") or (_is_object(start.splitlines()[0]) and len(start.splitlines()) > 1):
        return path, ()
    if path.stat().st_size > _MAX_JSON:
        raise TableError(f"{file!r} is one JSON object of over 512 MB.", "Give one object a line.")
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise TableError(f"{file!r} is no valid JSON ({error}).", "Give an array of objects or one a line.") from error
    target = workdir / "records.ndjson"
    with target.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(record, default=str) + "\n" for record in _records(content))
    return target, (IngestNote("json_shape", "The file is one JSON object: its records were taken out.", 1),)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _records(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows in an object: a field that lists objects, or fields that are columns, or the object itself."""
    for value in content.values():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            return value
    columns = {key: list(v.values()) if isinstance(v, dict) else v for key, v in content.items()}
    lengths = {len(value) for value in columns.values() if isinstance(value, list)}
    if len(lengths) == 1 and all(isinstance(value, list) for value in columns.values()):
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [content]


def _stage_typed(connection: duckdb.DuckDBPyConnection, source: str, notes: tuple[IngestNote, ...]) -> Staged:
    """Fill the stage from a table function, its columns renamed by place and their types made plain."""
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    columns, changed = clean_headers([row[0] for row in described])
    chosen = ", ".join(
        f"{plain_type(name(column), kind)} AS c{place}"
        for place, (column, kind) in enumerate(row[:2] for row in described)
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {STAGE} AS SELECT {chosen} FROM {source}")
    nested = [row[0] for row in described if row[1].endswith("]") or row[1].startswith(("STRUCT", "MAP", "UNION"))]
    if nested:
        told = IngestNote("nested", f"{len(nested)} column(s) hold lists or objects: kept as JSON text.", len(nested))
        return Staged(columns, (*notes, *changed, told), typed=True)
    return Staged(columns, notes + changed, typed=True)


def plain_type(column: str, kind: str) -> str:
    """An expression that makes a column BIGINT, DOUBLE, BOOLEAN, DATE, TIMESTAMP, TIME or VARCHAR."""
    base = kind.split("(")[0]
    if kind.endswith("]") or base in ("STRUCT", "MAP", "UNION"):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if base in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"):
        return f"CAST({column} AS BIGINT)"
    if base in ("FLOAT", "DOUBLE", "DECIMAL", "HUGEINT", "UBIGINT", "UHUGEINT"):
        return f"CAST({column} AS DOUBLE)"
    if base in ("BOOLEAN", "DATE", "TIME", "VARCHAR"):
        return column
    if base.startswith("TIMESTAMP"):
        return f"CAST({column} AS TIMESTAMP)"
    if base == "BLOB":
        return f"hex({column})"
    return f"CAST({column} AS VARCHAR)"


def _short(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:160].rstrip(".")
