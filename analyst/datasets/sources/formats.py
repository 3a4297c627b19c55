"""What a file is, by its first bytes, and how it is unpacked."""

from __future__ import annotations

import gzip
import json
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from analyst.core.errors import TableError

_TABLES = (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xlsm", ".csv.gz")
HEAD = 1 << 16
"""Bytes that tell what a file is."""
_MAX_UNPACKED = 16 << 30
_FIX = "Save it as CSV, Excel (.xlsx), Parquet or JSON."
NO_ROWS = "Use a file with a header line and at least one row."
_KNOWN = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ", "compressed with xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"7z\xbc\xaf", "a 7-zip archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "an RTF document"),
    (b"ORC", "an ORC file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"$FL2", "an SPSS file"),
    (b"<stata_dta", "a Stata file"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x80\x05\x95", "a Python pickle"),
    (b"\x00\x01\x00\x00Standard", "a Microsoft Access database"),
)

_OLD_OFFICE = {
    "Workbook": "an old Excel workbook (.xls)",
    "Book": "an old Excel workbook (.xls)",
    "WordDocument": "an old Word document (.doc)",
    "PowerPoint Document": "an old presentation (.ppt)",
}
"""Old Office files by the name of their main stream."""


def require_file(path: Path) -> None:
    """TableError unless `path` is a file that holds something and may be read."""
    shown = str(path)
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise TableError(f"There is no file named {shown!r}.", "Check the path.") from None
    except (OSError, ValueError) as error:
        raise TableError(
            f"{shown[:200]!r} can't be read: {reason(error)}.", "Check the path and its permissions."
        ) from error
    if not stat.S_ISREG(found.st_mode):
        raise TableError(f"{shown!r} is not a regular file.", "Save the data to a file first.")
    if found.st_size == 0:
        raise TableError(f"{shown!r} is empty.", NO_ROWS)
    if not os.access(path, os.R_OK):
        raise TableError(f"{shown!r} can't be read: permission denied.", "Run `chmod u+r` on it.")


def reason(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return text.strip().splitlines()[0][:200].rstrip(".")


def check_file(path: Path) -> None:
    """Refuse what its first bytes tell to be no table, as reading it would later. TableError."""
    require_file(path)
    with path.open("rb") as file:
        head = file.read(HEAD)
    detect_format(path, head)


def detect_format(path: Path, head: bytes) -> str:
    """`csv`, `gzip`, `zip`, `parquet`, `excel` or `json`, by content. TableError for anything known to be no table."""
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
    if head[257:262] == b"ustar":
        raise TableError(f"{path.name!r} is a tar archive.", "Unpack it and use one of its files.")
    _refuse_markup(path, head)
    return "json" if _looks_json(path, head) else "csv"


def _refuse_markup(path: Path, head: bytes) -> None:
    """TableError when a file is HTML or XML, which export functions like to name .xls."""
    start = head[:4000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        what = "an XML Spreadsheet 2003 file"
    elif re.match(rb"<(!doctype html|html|head|body|table|div|meta|style|script)\b", start) or b"<html" in start[:1000]:
        what = "a web page (HTML)"
    elif start.startswith(b"mime-version:") and b"text/html" in start:
        what = "a web archive (HTML)"
    elif start.startswith((b"<?xml", b"<!doctype", b"<svg")):
        what = "an XML file"
    else:
        return
    if path.suffix.lower().startswith(".xl"):
        raise TableError(
            f"{path.name!r} is not an Excel workbook: it is {what} named {path.suffix}.",
            "Open it in Excel and save it as .xlsx or CSV.",
        )
    raise TableError(f"{path.name!r} is {what}, not a table.", _FIX)


def _zip_format(path: Path) -> str:
    """`excel`, or `zip` for an archive that holds one table."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise TableError(f"{path.name!r} is a damaged ZIP or Excel file ({error}).", "Save it again.") from error
    if any(entry.endswith(".iwa") for entry in inside):
        raise TableError(f"{path.name!r} is an Apple Numbers file.", "Export it as .xlsx or CSV.")
    if any(entry.startswith("xl/") for entry in inside):
        if any(entry.endswith(".bin") and entry.startswith("xl/workbook") for entry in inside):
            raise TableError(f"{path.name!r} is a binary Excel workbook (.xlsb).", "Save it as .xlsx.")
        return "excel"
    for part, what in (
        ("word/", "a Word document"),
        ("ppt/", "a presentation"),
        ("content.xml", "an OpenDocument file"),
    ):
        if any(entry.startswith(part) for entry in inside):
            raise TableError(f"{path.name!r} is {what}.", "Save its table as CSV or Excel (.xlsx).")
    tables = _tables_in(inside)
    if len(tables) == 1:
        return "zip"
    if tables:
        shown = ", ".join(map(repr, tables[:5])) + (", …" if len(tables) > 5 else "")
        raise TableError(f"{path.name!r} contains {len(tables)} tables: {shown}.", "Unpack it and use one of them.")
    raise TableError(f"{path.name!r} is a ZIP archive that contains no table.", _FIX)


def _tables_in(entries: Sequence[str]) -> list[str]:
    """The entries of an archive that are tables by their name; those that systems add are none."""
    hidden = ("__MACOSX/", ".")
    shown = [entry for entry in entries if not entry.startswith(hidden) and not Path(entry).name.startswith(".")]
    tables = [entry for entry in shown if entry.lower().endswith(_TABLES)]
    return tables or [entry for entry in shown if entry.lower().endswith(".txt")]


def _refuse_old_office(path: Path) -> None:
    content = path.read_bytes()[: 1 << 22]
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise TableError(
            f"{path.name!r} is encrypted: it needs a password.", "Open it in Excel and save it without one."
        )
    what = next(
        (what for stream, what in _OLD_OFFICE.items() if stream.encode("utf-16-le") in content), "an old Office file"
    )
    raise TableError(f"{path.name!r} is {what}.", "Open it in Excel and save it as .xlsx or CSV.")


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


def unpack(path: Path, workdir: Path, format_: str) -> Path:
    """The content of a gzip file, or the one table in a ZIP archive. TableError when damaged or larger than 16 GB."""
    target = workdir / f"unpacked-{path.stem}"
    try:
        if format_ == "gzip":
            with gzip.open(path, "rb") as packed:
                _copy(packed, target, path.name)
        else:
            with zipfile.ZipFile(path) as archive:
                entry = _tables_in(archive.namelist())[0]
                target = workdir / f"unpacked{Path(entry).suffix}"
                with archive.open(entry) as source:
                    _copy(source, target, path.name)
    except (gzip.BadGzipFile, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise TableError(f"{path.name!r} is a damaged {format_} file ({error}).", "Compress it again.") from error
    except (RuntimeError, NotImplementedError) as error:
        raise TableError(f"{path.name!r} can't be unpacked ({error}).", "Unpack it and use the table.") from error
    return target


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, name: str) -> None:
    written = 0
    with target.open("wb") as out:
        while piece := source.read(1 << 20):
            written += out.write(piece)
            if written > _MAX_UNPACKED:
                raise TableError(f"{name!r} unpacks to over 16 GB.", "Unpack it and keep only the data you need.")
