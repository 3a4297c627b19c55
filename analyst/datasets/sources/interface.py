"""What every kind of source offers: which tables are there, about how many rows they have, and one of them staged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analyst.core.errors import TableError
from analyst.core.text import counted
from analyst.datasets.sources.csv_reading import Staged
from analyst.engine.loading import Loader
from analyst.protocol.places import PART, Entry
from analyst.protocol.table import IngestNote

_SHOWN = 20


@dataclass(frozen=True)
class Limits:
    """What may be read of one remote table: rows, bytes on the way, and seconds of a server's work."""

    rows: int
    bytes: int
    seconds: float


@dataclass(frozen=True)
class Pulled:
    """A table that fills the stage: what it is called and what it came from.

    `fingerprint` is a hash of the content where no file holds it.
    """

    staged: Staged
    name: str
    format: str
    fingerprint: str | None = None


class Source(Protocol):
    """A place with tables. Both methods raise TableError: what is wrong with the place, and what to do."""

    def entries(self) -> Sequence[Entry]:
        """The tables that are there."""

    def stage(self, loader: Loader, workdir: Path) -> Pulled:
        """Fill the stage with the table that is asked for, or the only one; `workdir` takes intermediate files."""


def chosen(entries: Sequence[Entry], asked: str | None, shown: str, sign: str = PART) -> Entry:
    """The entry that is `asked` for, in any case of its letters; the only one where none is. TableError names all.

    `sign` stands before a table's name where it is named together with its source.
    """
    if not entries:
        raise TableError(f"There is no table in {shown!r}.", "Check that this is the right one.")
    if asked is None:
        if len(entries) == 1:
            return entries[0]
        told = f"{shown!r} has {counted(len(entries), 'table')}: {named(entries)}."
        raise TableError(told, f"Name the one to read, such as {shown}{sign}{entries[0].name}.")
    exact = [entry for entry in entries if entry.name == asked]
    found = exact or [entry for entry in entries if entry.name.casefold() == asked.strip().casefold()]
    if len(found) != 1:
        raise TableError(f"There is no table {asked!r} in {shown!r}.", f"Choose one of these: {named(entries)}.")
    return found[0]


def named(entries: Sequence[Entry]) -> str:
    """The names of the entries, cut where there are many."""
    more = f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
    return ", ".join(entry.name for entry in entries[:_SHOWN]) + more


def which_note(entry: Entry, entries: Sequence[Entry], shown: str) -> IngestNote:
    """Which table of a database was read."""
    rest = len(entries) - 1
    others = f" {counted(rest, 'other table')} {'was' if rest == 1 else 'were'} not read." if rest else ""
    return IngestNote("source", f"The {entry.kind} {entry.name!r} of {shown} was read.{others}", rest)
