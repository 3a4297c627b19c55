"""What a table is known by before it is read: a hash of the file's bytes, and the name that the file gives it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from analyst.datasets.headers import clean_header
from analyst.datasets.sources.decoding import chunks
from analyst.protocol.table import TableSource


@dataclass(frozen=True)
class Identity:
    """The same for the same bytes under the same name, of which the same sheet is asked for."""

    fingerprint: str
    name: str


def identify(source: TableSource) -> Identity | None:
    """The identity of a table that opening it would give it too; None where the file can't be read."""
    digest = hashlib.sha256()
    try:
        with source.path.open("rb") as file:
            for piece in chunks(file):
                digest.update(piece)
    except (OSError, ValueError):
        return None
    return Identity(with_sheet(digest.hexdigest(), source.sheet), name_of(source.path))


def name_of(path: Path) -> str:
    """What the table in the file `path` is called."""
    return clean_header(path.stem) or "table"


def with_sheet(fingerprint: str, sheet: str | None) -> str:
    """The content's hash; a sheet that was asked for is a table of its own."""
    return hashlib.sha256(f"{fingerprint} {sheet}".encode()).hexdigest() if sheet else fingerprint
