"""What a table is known by before it is read: a hash of the bytes that it lies in, and the name that these give it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from analyst.datasets.headers import clean_header
from analyst.datasets.sources.database_files import database_kind, files_of
from analyst.datasets.sources.decoding import chunks
from analyst.datasets.sources.folders import Files, is_pattern
from analyst.protocol.places import Url
from analyst.protocol.table import TableSource


@dataclass(frozen=True)
class Identity:
    """The same for the same bytes under the same name, of which the same sheet or table is asked for."""

    fingerprint: str
    name: str


def identify(source: TableSource) -> Identity | None:
    """The identity of a table that opening it would give it too; None where only opening it tells, or it can't be read.

    What lies behind a URL is known only once it is here. The name of a database's only table is known once it is read,
    and how several tables are joined once they are profiled.
    """
    place = source.place
    if isinstance(place, Url) or source.others:
        return None
    try:
        name = _name(place, source.sheet)
        return Identity(with_sheet(content_hash(place), source.sheet), name) if name else None
    except (OSError, ValueError):
        return None


def _name(place: Path, sheet: str | None) -> str | None:
    if place.is_dir() or is_pattern(place):
        return Files(place).name
    return name_of(place) if database_kind(place) is None else clean_header(sheet or "") or None


def content_hash(place: Path) -> str:
    """The hash of what lies there: a file, a database with its journal, or the files of a folder with their names."""
    if place.is_dir() or is_pattern(place):
        return Files(place).fingerprint()
    digest = hashlib.sha256()
    for path in files_of(place) if database_kind(place) else (place,):
        with path.open("rb") as file:
            for piece in chunks(file):
                digest.update(piece)
    return digest.hexdigest()


def name_of(path: Path) -> str:
    """What the table in the file `path` is called."""
    return clean_header(path.stem) or "table"


def with_sheet(fingerprint: str, sheet: str | None) -> str:
    """The content's hash; a sheet that was asked for is a table of its own."""
    return hashlib.sha256(f"{fingerprint} {sheet}".encode()).hexdigest() if sheet else fingerprint
