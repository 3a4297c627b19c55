"""Tables opened and profiled for analyses; a process that makes many keeps them for the next question.

A table is known by the hash of its file's bytes, and a file by its size and times: one that did not change is not even
hashed again. What is kept lies on disk, for all processes of the machine (kept_tables.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analyst.core.events import OnEvent, Progress
from analyst.core.scratch import scratch
from analyst.core.settings import Settings
from analyst.datasets.catalog.combining import combine
from analyst.datasets.identity import Identity, identify
from analyst.datasets.kept_tables import KeptTable, KeptTables
from analyst.datasets.preparing import Prepared, open_source, prepare_question, profile
from analyst.datasets.previewing import Preview, preview
from analyst.datasets.sources.database_files import database_kind
from analyst.protocol.places import Place, Url
from analyst.protocol.selection import Selection
from analyst.protocol.table import OpenedTable, TableProfile, TableSource
from analyst.protocol.threads import Turn

SETTLED_S = 2.0
"""A file written less than this ago may change again without a new time of change: it is hashed each time."""
_Stamp = tuple[int, int, int, int, str | None]


@dataclass(frozen=True)
class _Place:
    """Where a table is kept, by which name, and the hash of the bytes that it has there."""

    tables: KeptTables
    name: str
    fingerprint: str


@dataclass
class _Table:
    """A table that `users` analyses use now; `place` None: it is not kept. `lock` is held while it is made ready."""

    place: _Place | None
    users: int = 0
    opened: OpenedTable | None = None
    profile: TableProfile | None = None
    kept: KeptTable | None = None
    spill: Path = Path()
    files: ExitStack = field(default_factory=ExitStack)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, source: TableSource, settings: Settings, on_event: OnEvent) -> OpenedTable:
        """The table, read from its file unless it is open already."""
        with self.lock:
            if self.opened is None:
                self.spill = self.files.enter_context(scratch("analysis"))
                if not self._found():
                    return self._read(source, settings, on_event)
            assert self.opened is not None
        on_event(Progress("stage", f"{source.label} is open already", stage="reading"))
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

    def _read(self, source: TableSource, settings: Settings, on_event: OnEvent) -> OpenedTable:
        place = self.place
        folder = self.files.enter_context(place.tables.building()) if place else self.spill
        self.opened = open_source(source, folder, settings, on_event)
        if place and self.opened.fingerprint == place.fingerprint:
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

    def __init__(self, table: _Table, opened: OpenedTable, settings: Settings) -> None:
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
def _locked(parts: Sequence[TableInUse]) -> Iterator[None]:
    """Nobody else in this process reads these tables; each is locked once, all users lock them in the same order."""
    with ExitStack() as held:
        for lock in sorted({id(part.lock): part.lock for part in parts}.items()):
            held.enter_context(lock[1])
        yield


class OpenedTables:
    """Opens tables, those of `kept` without reading them again; None keeps none. Safe to use from several threads."""

    def __init__(self, kept: KeptTables | None = None, clock: Callable[[], float] = time.time) -> None:
        self._kept, self._clock = kept, clock
        self._in_use: dict[str, _Table] = {}
        self._identities: dict[Place, tuple[_Stamp, Identity]] = {}
        self._lock = threading.Lock()

    def identify(self, source: TableSource) -> Identity | None:
        """The table's identity; None where the file can't be read, and of several tables."""
        if source.others:
            return None
        stamp = self._stamp(source)
        known = self._identities.get(source.place)
        if stamp is not None and known is not None and known[0] == stamp:
            return known[1]
        identity = identify(source)
        if identity is not None and stamp is not None and stamp == self._stamp(source):
            self._identities[source.place] = (stamp, identity)
        return identity

    @contextmanager
    def open(
        self, source: TableSource, settings: Settings, on_event: OnEvent, question: str = ""
    ) -> Iterator[TableInUse]:
        """The table in `source`, or the one that is made of several for `question`, while the block runs.

        TableError when one can't be read, or they can't be joined.
        """
        opening = self._joined(source, settings, on_event, question) if source.others else None
        with opening or self._single(source, settings, on_event) as table:
            yield table

    @contextmanager
    def _joined(
        self, source: TableSource, settings: Settings, on_event: OnEvent, question: str
    ) -> Iterator[TableInUse]:
        with ExitStack() as held:
            parts = [held.enter_context(self._single(one, settings, on_event)) for one in source.each]
            profiles = [part.profiled(on_event) for part in parts]
            on_event(Progress("stage", f"Joining {len(parts)} tables", stage="reading"))
            table = _Table(None, spill=held.enter_context(scratch("joined")))
            with _locked(parts):
                table.opened = combine(profiles, question, table.spill, memory_mb=settings.sql_memory_mb)
            for note in table.opened.notes:
                on_event(Progress("note", note.message))
            yield TableInUse(table, table.opened, settings)

    @contextmanager
    def _single(self, source: TableSource, settings: Settings, on_event: OnEvent) -> Iterator[TableInUse]:
        table = self._enter(self._place(source, settings))
        try:
            opened = table.read(source, settings, on_event)
            if table.place and opened.fingerprint != table.place.fingerprint:
                self._drop(table)  # the file changed between its hash and its reading
            yield TableInUse(table, opened, settings)
        finally:
            self._leave(table)

    def forget(self, file: Path) -> None:
        """Remove what is kept of a file that was deleted."""
        self._identities.pop(file, None)
        if self._kept:
            self._kept.forget(file)

    def tidy(self) -> None:
        """Remove what is kept and will not be used again."""
        if self._kept:
            self._kept.evict()

    def close(self) -> None:
        """Let go of what is kept."""
        if self._kept:
            self._kept.close()

    def _stamp(self, source: TableSource) -> _Stamp | None:
        """What changes with the file; None for one that is too new to tell, and for what is not one file."""
        if isinstance(source.place, Url):
            return None
        try:
            found = source.place.stat()
            if not source.place.is_file() or database_kind(source.place):
                return None
        except (OSError, ValueError):
            return None
        if self._clock() - max(found.st_mtime, found.st_ctime) < SETTLED_S:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, source.sheet

    def _place(self, source: TableSource, settings: Settings) -> _Place | None:
        if self._kept is None or (identity := self.identify(source)) is None:
            return None
        name = self._kept.name(identity.fingerprint, source.place.name, settings.share_cells)
        return _Place(self._kept, name, identity.fingerprint)

    def _enter(self, place: _Place | None) -> _Table:
        with self._lock:
            table = self._in_use.get(place.name) if place else None
            if table is None:
                table = _Table(place)
                if place is not None:
                    self._in_use[place.name] = table
            table.users += 1
            return table

    def _leave(self, table: _Table) -> None:
        with self._lock:
            table.users -= 1
            if table.users:
                return
            self._drop(table)
        table.close()
        self.tidy()

    def _drop(self, table: _Table) -> None:
        """Give the table to no further user."""
        if table.place and self._in_use.get(table.place.name) is table:
            self._in_use.pop(table.place.name, None)
