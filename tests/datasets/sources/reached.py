"""Opening a table wherever it lies, as tests do it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analyst.core.settings import load_settings
from analyst.datasets.reaching import list_tables, open_reached
from analyst.protocol.places import Entry, Place
from analyst.protocol.table import OpenedTable, TableSource
from tests.datasets.conftest import rows_of, types_of


class Reached:
    """A table that was opened: what it is, its rows and its types."""

    def __init__(self, place: Place, workdir: Path, sheet: str | None = None, **settings: Any) -> None:
        self.opened: OpenedTable = open_reached(TableSource(place, sheet), workdir, known(workdir, **settings))

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return rows_of(self.opened)

    @property
    def types(self) -> dict[str, str]:
        return dict(zip(self.opened.columns, types_of(self.opened), strict=True))

    def note(self, kind: str) -> str:
        return " ".join(note.message for note in self.opened.notes if note.kind == kind)


def known(workdir: Path, **settings: Any) -> Any:
    return load_settings(workdir / "none.env", **settings)


def entries(place: Place, workdir: Path) -> list[Entry]:
    return list(list_tables(TableSource(place), known(workdir)))


def names(place: Place, workdir: Path) -> list[str]:
    return [entry.name for entry in entries(place, workdir)]
