"""Tables opened and profiled for analyses; a process that makes many keeps them for the next question.

A table is known by the hash of its file's bytes, and a file by its size and times: one that did not change is not even
hashed again. What is kept lies in a folder of its own on disk; the least recently used goes when there is no room.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from analyst.core.events import OnEvent, Progress
from analyst.core.scratch import scratch
from analyst.core.settings import Settings
from analyst.datasets.identity import Identity, identify
from analyst.datasets.preparing import Prepared, open_source, prepare_question, profile
from analyst.datasets.previewing import Preview, preview
from analyst.protocol.selection import Selection
from analyst.protocol.table import OpenedTable, TableProfile, TableSource
from analyst.protocol.threads import Turn

SETTLED_S = 2.0
"""A file written less than this ago may change again without a new time of change: it is hashed each time."""
_Key = tuple[str, str, date]
_Stamp = tuple[int, int, int, int, str | None]


@dataclass
class _Table:
    """A table and the folder that holds it; `users` analyses use it now. `lock` is held while it is made ready."""

    key: _Key | None
    users: int = 0
    used_at: float = 0.0
    bytes: int = 0
    opened: OpenedTable | None = None
    profile: TableProfile | None = None
    folder: Path = Path()
    files: ExitStack = field(default_factory=ExitStack)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, source: TableSource, settings: Settings, on_event: OnEvent) -> OpenedTable:
        """The table, read from its file unless it is open already."""
        with self.lock:
            if self.opened is None:
                self.folder = self.files.enter_context(scratch("analysis"))
                self.opened = open_source(source, self.folder, settings, on_event)
                return self.opened
        on_event(Progress("stage", f"{source.path.name} is open already", stage="reading"))
        for note in self.opened.notes:
            on_event(Progress("note", note.message))
        return self.opened


class TableInUse:
    """An opened table as one analysis uses it."""

    def __init__(self, table: _Table, opened: OpenedTable, settings: Settings) -> None:
        self.opened = opened
        self._table, self._settings = table, settings

    def profiled(self, on_event: OnEvent) -> TableProfile:
        """Its profile, made unless it is known."""
        with self._table.lock:
            return self._profiled(on_event)

    def preview(self, on_event: OnEvent) -> Preview:
        """Its profile and first rows, as people look at it before they ask."""
        with self._table.lock:
            return preview(self._profiled(on_event), self._table.folder / "spill", self._settings)

    def prepare(
        self, question: str, on_event: OnEvent, before: Sequence[Turn] = (), selection: Selection | None = None
    ) -> Prepared:
        """What agents need of it to answer `question`, which follows up on the turns `before` it, or puts a `selection`
        in words."""
        with self._table.lock:  # DuckDB gives one process one set of limits for a database at a time
            known = self._profiled(on_event)
            return prepare_question(known, question, self._table.folder / "spill", self._settings, before, selection)

    def _profiled(self, on_event: OnEvent) -> TableProfile:
        table = self._table
        if table.profile is None:
            table.profile = profile(self.opened, self._settings, on_event)
        return table.profile


class OpenedTables:
    """Keeps up to `most_bytes` of tables that no analysis uses; 0: none. Safe to use from several threads."""

    def __init__(self, most_bytes: int = 0, clock: Callable[[], float] = time.time) -> None:
        self._most_bytes, self._clock = most_bytes, clock
        self._tables: dict[_Key, _Table] = {}
        self._identities: dict[Path, tuple[_Stamp, Identity]] = {}
        self._lock = threading.Lock()

    def identify(self, source: TableSource) -> Identity | None:
        """The table's identity; None where the file can't be read."""
        stamp = self._stamp(source)
        known = self._identities.get(source.path)
        if stamp is not None and known is not None and known[0] == stamp:
            return known[1]
        identity = identify(source)
        if identity is not None and stamp is not None and stamp == self._stamp(source):
            self._identities[source.path] = (stamp, identity)
        return identity

    @contextmanager
    def open(self, source: TableSource, settings: Settings, on_event: OnEvent) -> Iterator[TableInUse]:
        """The table in `source` while the block runs. TableError when it can't be read."""
        table = self._enter(self._key(source))
        try:
            opened = table.read(source, settings, on_event)
            if table.key is not None and opened.fingerprint != table.key[0]:
                self._forget(table)  # the file changed between its hash and its reading
            yield TableInUse(table, opened, settings)
        finally:
            self._leave(table)

    def close(self) -> None:
        """Let go of what nobody uses."""
        self._evict(0)

    def _stamp(self, source: TableSource) -> _Stamp | None:
        """What changes with the file; None for one that is too new to tell."""
        try:
            found = source.path.stat()
        except (OSError, ValueError):
            return None
        if self._clock() - max(found.st_mtime, found.st_ctime) < SETTLED_S:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, source.sheet

    def _key(self, source: TableSource) -> _Key | None:
        """The table's name among those kept; a profile also rests on the day (which dates lie in the future)."""
        identity = self.identify(source) if self._most_bytes else None
        return (identity.fingerprint, source.path.name, date.today()) if identity else None  # noqa: DTZ011

    def _enter(self, key: _Key | None) -> _Table:
        with self._lock:
            table = self._tables.get(key) if key else None
            if table is None:
                table = _Table(key)
                if key is not None:
                    self._tables[key] = table
            table.users += 1
            return table

    def _leave(self, table: _Table) -> None:
        with self._lock:
            table.users -= 1
            table.used_at = self._clock()
            if table.opened is None or table.profile is None:
                self._drop(table)
            kept = table.key is not None and self._tables.get(table.key) is table
            if kept:
                table.bytes = sum(file.stat().st_size for file in table.folder.rglob("*") if file.is_file())
        if not kept and not table.users:
            table.files.close()
        self._evict(self._most_bytes)

    def _forget(self, table: _Table) -> None:
        with self._lock:
            self._drop(table)

    def _drop(self, table: _Table) -> None:
        if table.key is not None and self._tables.get(table.key) is table:
            del self._tables[table.key]

    def _evict(self, most_bytes: int) -> None:
        gone = []
        with self._lock:
            idle = sorted((t for t in self._tables.values() if not t.users), key=lambda table: table.used_at)
            held = sum(table.bytes for table in self._tables.values())
            for table in idle:
                if held <= most_bytes:
                    break
                held -= table.bytes
                self._drop(table)
                gone.append(table)
        for table in gone:
            table.files.close()
