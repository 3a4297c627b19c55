"""Which tables an assistant can ask about: those of a folder, or those that the user uploaded to the service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from analyst.core.errors import NotFoundError
from analyst.protocol.places import Place
from analyst.service.uploads import Uploads

SUFFIXES = (".csv", ".tsv", ".xlsx", ".parquet", ".json", ".jsonl")
MOST_LISTED = 500


class TableEntry(BaseModel):
    """A table: what tools call it (`table`), and its file's name."""

    table: str
    name: str


class Tables(Protocol):
    """The tables of each asker."""

    def find(self, table: str, asker: str) -> Path:
        """Its file. NotFoundError: the asker has no such table."""

    def listing(self, asker: str) -> list[TableEntry]:
        """Those that the asker can ask about, MOST_LISTED at most."""

    def holds(self, place: Place, asker: str) -> bool:
        """Whether the asker can ask about the table that lies there."""


@dataclass(frozen=True)
class FolderTables:
    """The files below `folder`, for whoever starts this process."""

    folder: Path

    def find(self, table: str, asker: str) -> Path:
        """The file at path `table`, seen from the folder. NotFoundError: there is none, or it lies outside."""
        found = (self.folder / table).resolve()
        if not found.is_relative_to(self.folder) or not found.is_file():
            raise NotFoundError(
                f"There is no table {table!r} in the folder.", "list_tables names those that are there."
            )
        return found

    def listing(self, asker: str) -> list[TableEntry]:
        """The tables of the folder, as paths from it."""
        files = (file for file in sorted(self.folder.rglob("*")) if file.suffix.lower() in SUFFIXES and file.is_file())
        shown = (TableEntry(table=str(file.relative_to(self.folder)), name=file.name) for file in files)
        return [entry for entry in shown if not entry.table.startswith(".")][:MOST_LISTED]

    def holds(self, place: Place, asker: str) -> bool:
        """Whether it is a file of the folder."""
        return isinstance(place, Path) and place.resolve().is_relative_to(self.folder)


@dataclass(frozen=True)
class UploadedTables:
    """The tables that each asker uploaded."""

    uploads: Uploads

    def find(self, table: str, asker: str) -> Path:
        """The file of the upload with id `table`. NotFoundError: the asker has none."""
        return Path(self.uploads.find(table, asker).path)

    def listing(self, asker: str) -> list[TableEntry]:
        """The asker's uploads by id, the newest first."""
        return [TableEntry(table=upload.id, name=upload.name) for upload in self.uploads.of(asker)[:MOST_LISTED]]

    def holds(self, place: Place, asker: str) -> bool:
        """Whether it is an upload of the asker's."""
        return isinstance(place, Path) and self.uploads.holds(place, asker)
