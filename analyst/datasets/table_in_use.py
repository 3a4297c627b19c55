"""A table that analyses use now: built or taken from those that are kept, profiled once, closed by its last user."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analyst.core.events import OnEvent, Progress
from analyst.core.scratch import scratch
from analyst.core.settings import Settings
from analyst.datasets.kept_tables import KeptTable, KeptTables
from analyst.datasets.preparing import Prepared, prepare_question, profile
from analyst.datasets.previewing import Preview, preview
from analyst.protocol.selection import Selection
from analyst.protocol.table import OpenedTable, TableProfile
from analyst.protocol.threads import Turn

Build = Callable[[Path], OpenedTable]
"""Makes a table in a folder."""


@dataclass(frozen=True)
class KeptAt:
    """Where a table is kept, by which name, and whether one that was built is the one that is kept there."""

    tables: KeptTables
    name: str
    is_of: Callable[[OpenedTable], bool]


@dataclass
class Table:
    """A table that `users` analyses use now; `place` None: it is not kept. `lock` is held while it is made ready."""

    place: KeptAt | None
    users: int = 0
    opened: OpenedTable | None = None
    profile: TableProfile | None = None
    kept: KeptTable | None = None
    spill: Path = Path()
    files: ExitStack = field(default_factory=ExitStack)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, build: Build, label: str, on_event: OnEvent) -> OpenedTable:
        """The table, built unless it is open already."""
        with self.lock:
            if self.opened is None:
                self.spill = self.files.enter_context(scratch("analysis"))
                if not self._found():
                    return self._read(build)
            assert self.opened is not None
        on_event(Progress("stage", f"{label} is open already", stage="reading"))
        for note in self.opened.notes:
            on_event(Progress("note", note.message))
        return self.opened

    def _found(self) -> bool:
        """Whether the table is kept; if so, it is held now."""
        self.kept = self.place.tables.hold(self.place.name) if self.place else None
        if self.kept is None:
            return False
        self.opened, self.profile = self.kept.opened, self.kept.profile()
        return True

    def _read(self, build: Build) -> OpenedTable:
        place = self.place
        folder = self.files.enter_context(place.tables.building()) if place else self.spill
        self.opened = build(folder)
        if place and place.is_of(self.opened):
            self.kept = place.tables.add(place.name, folder, self.opened)
        if self.kept:
            self.opened = self.kept.opened
        return self.opened

    def profiled(self, settings: Settings, on_event: OnEvent) -> TableProfile:
        """Its profile, made unless it is known; the lock is held."""
        assert self.opened is not None
        if self.profile is None:
            self.profile = profile(self.opened, settings, on_event)
            if self.kept:
                self.kept.keep_profile(self.profile)
        return self.profile

    def close(self) -> None:
        """Nobody uses it any more."""
        if self.kept:
            self.kept.release()
        self.files.close()


class TableInUse:
    """An opened table as one analysis uses it."""

    def __init__(self, table: Table, opened: OpenedTable, settings: Settings) -> None:
        self.opened, self.lock = opened, table.lock
        self._table, self._settings = table, settings

    def profiled(self, on_event: OnEvent) -> TableProfile:
        """Its profile, made unless it is known."""
        with self._table.lock:
            return self._table.profiled(self._settings, on_event)

    def preview(self, on_event: OnEvent) -> Preview:
        """Its profile and first rows, as people look at it before they ask."""
        with self._table.lock:
            known = self._table.profiled(self._settings, on_event)
            return preview(known, self._table.spill / "spill", self._settings)

    def prepare(
        self, question: str, on_event: OnEvent, before: Sequence[Turn] = (), selection: Selection | None = None
    ) -> Prepared:
        """What agents need of it to answer `question`, which follows up on the turns `before` it, or puts a `selection`
        in words."""
        with self._table.lock:  # DuckDB gives one process one set of limits for a database at a time
            known = self._table.profiled(self._settings, on_event)
            return prepare_question(known, question, self._table.spill / "spill", self._settings, before, selection)


@contextmanager
def locked(parts: Sequence[TableInUse]) -> Iterator[None]:
    """Nobody else in this process reads these tables; each is locked once, all users lock them in the same order."""
    with ExitStack() as held:
        for lock in sorted({id(part.lock): part.lock for part in parts}.items()):
            held.enter_context(lock[1])
        yield
