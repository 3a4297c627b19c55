"""Tables opened and profiled for analyses; a process that makes many keeps them for the next question.

A table is known by the hash of its file's bytes, and a file by its size and times: one that did not change is not even
hashed again. What is kept lies on disk, for all processes of the machine (kept_tables.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from analyst.core.errors import TableError
from analyst.core.events import OnEvent, Progress
from analyst.core.scratch import scratch
from analyst.core.settings import Settings
from analyst.datasets.catalog.combining import (
    Joining,
    Parts,
    find_relations,
    join,
    plan_joining,
    repeat_joining,
    tell_of_the_same,
)
from analyst.datasets.catalog.likeness import groups_of_like, union_name
from analyst.datasets.identity import Identity, identify
from analyst.datasets.kept_tables import KeptTables
from analyst.datasets.preparing import open_source
from analyst.datasets.reaching import Part, names_of, open_united, united_fingerprint, version_of
from analyst.datasets.series import series_groups
from analyst.datasets.sources.database_files import database_kind
from analyst.datasets.table_in_use import Build, KeptAt, Table, TableInUse, locked
from analyst.protocol.places import Place, Url, place_text
from analyst.protocol.relations import Relation
from analyst.protocol.table import OpenedTable, TableProfile, TableSource

SETTLED_S = 2.0
"""A file written less than this ago may change again without a new time of change: it is hashed each time."""
_KNOWN = 64
"""Groups of tables whose relations are remembered."""
_Stamp = tuple[int, int, int, int, str | None]


def _name_of(source: TableSource, table: OpenedTable) -> str:
    """What a table of several is called: as its sheet, where one is named."""
    return source.sheet or table.name


def _called(source: TableSource, profile: TableProfile) -> TableProfile:
    """The profile of a table of several, under its name among them."""
    return replace(profile, table=replace(profile.table, name=_name_of(source, profile.table)))


@dataclass(frozen=True)
class Related:
    """Tables of one question by name, and the relations between them."""

    tables: Mapping[str, TableProfile]
    relations: tuple[Relation, ...]


@dataclass(frozen=True)
class _Asked:
    """What several tables are joined for: a `question`, or again as in the table whose fingerprint was `like`."""

    settings: Settings
    on_event: OnEvent
    question: str = ""
    like: str = ""


@dataclass(frozen=True)
class _Opened:
    """A table of several: where it is, as it is used, and its profile under its name among them."""

    source: TableSource
    table: TableInUse
    profile: TableProfile

    @property
    def part(self) -> Part:
        """The table as a part of another one."""
        return Part(self.source, self.table.opened)


def _require_once(sources: Sequence[TableSource]) -> None:
    """TableError: a table is named twice, which would count its rows twice."""
    again = next((one for place, one in enumerate(sources) if one in sources[:place]), None)
    if again is not None:
        name = again.sheet or Path(again.place.name).stem
        raise TableError(
            f"{again.label!r} is named twice.",
            f"Name it once; to join it with itself, choose the columns, as {name}.COLUMN={name}_2.COLUMN.",
        )


def _require_whole(opened: OpenedTable) -> None:
    """TableError: only a sample of the table's rows is here, and joining that would lose the rest."""
    if opened.remote is not None and opened.remote.sampled < opened.rows:
        raise TableError(
            f"{opened.name!r} stays on {opened.remote.label}, and can't be used together with other tables.",
            "Ask about it alone, or make a view there that joins the tables.",
        )


class OpenedTables:
    """Opens tables, those of `kept` without reading them again; None keeps none. Safe to use from several threads."""

    def __init__(self, kept: KeptTables | None = None, clock: Callable[[], float] = time.time) -> None:
        self._kept, self._clock = kept, clock
        self._in_use: dict[str, Table] = {}
        self._identities: dict[Place, tuple[_Stamp, Identity]] = {}
        self._relations: dict[str, tuple[Relation, ...]] = {}
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
        self, source: TableSource, settings: Settings, on_event: OnEvent, question: str = "", like: str = ""
    ) -> Iterator[TableInUse]:
        """The table in `source`, or the one that is made of several for `question`, while the block runs. Several are
        joined as in the table with the fingerprint `like`, where that is possible.

        TableError when one can't be read, or they can't be joined.
        """
        asked = _Asked(settings, on_event, question, like)
        opening = self._several(source, asked) if source.others else None
        with opening or self._single(source, asked) as table:
            yield table

    def related(self, source: TableSource, settings: Settings) -> Related:
        """The tables of a question, like ones put together, and how they hang together. TableError."""
        with ExitStack() as held:
            asked = _Asked(settings, lambda event: None)
            tables = self._tables(source, asked, held)
            parts = Parts.of([table for _, table in tables], source.on)
            with locked([table for table, _ in tables]), scratch("joining") as folder:
                return Related(parts.profiles, self._relations_of(parts, folder, settings))

    @contextmanager
    def _several(self, source: TableSource, asked: _Asked) -> Iterator[TableInUse]:
        with ExitStack() as held:
            tables = self._tables(source, asked, held)
            if len(tables) == 1:
                yield tables[0][0]
                return
            used, profiles = [table for table, _ in tables], [profile for _, profile in tables]
            parts = Parts.of(profiles, source.on)
            with locked(used):
                joining = self._joining(parts, asked)

            def build(folder: Path) -> OpenedTable:
                asked.on_event(Progress("stage", f"Joining {len(used)} tables", stage="reading"))
                with locked(used):
                    opened = join(parts, joining, folder, memory_mb=asked.settings.sql_memory_mb)
                for note in opened.notes:
                    asked.on_event(Progress("note", note.message))
                return opened

            place = self._kept_as(joining.fingerprint(parts), "joined", asked.settings)
            yield held.enter_context(self._using(place, build, "The joined table", asked))

    def _tables(self, source: TableSource, asked: _Asked, held: ExitStack) -> list[tuple[TableInUse, TableProfile]]:
        """The tables of a question with their profiles, all of them in use; the parts of one table as one."""
        each = source.each
        used = [held.enter_context(self._single(one, asked)) for one in each]
        for part in used:
            _require_whole(part.opened)
        profiles = [_called(one, part.profiled(asked.on_event)) for one, part in zip(each, used, strict=True)]
        opened = [_Opened(*one) for one in zip(each, used, profiles, strict=True)]
        groups = groups_of_like(profiles, source.on)
        return [one for group in groups for one in self._of_like([opened[place] for place in group], asked, held)]

    def _of_like(
        self, like: Sequence[_Opened], asked: _Asked, held: ExitStack
    ) -> list[tuple[TableInUse, TableProfile]]:
        """Tables with the same columns: parts of one by their names as that one. What is left of them are tables of
        their own where they tell of the same things; else all are put together."""
        _require_once([one.source for one in like])
        groups = series_groups(names_of([one.part for one in like]))
        tables = [self._together([like[place] for place in group], asked, held) for group in groups]
        if len(tables) == 1 or self._tell_of_the_same(tables, asked):
            return tables
        return [self._together(like, asked, held)]

    def _together(self, parts: Sequence[_Opened], asked: _Asked, held: ExitStack) -> tuple[TableInUse, TableProfile]:
        """The parts of one table as that one."""
        if len(parts) == 1:
            return parts[0].table, parts[0].profile
        sources, used = [one.source for one in parts], [one.table for one in parts]
        united = held.enter_context(self._united(sources, used, asked))
        return united, united.profiled(asked.on_event)

    def _tell_of_the_same(self, tables: Sequence[tuple[TableInUse, TableProfile]], asked: _Asked) -> bool:
        """Whether rows of tables with the same columns are of the same things."""
        parts, settings = Parts.of([profile for _, profile in tables]), asked.settings
        with locked([table for table, _ in tables]), scratch("joining") as folder:
            relations = self._relations_of(parts, folder, settings)
            return tell_of_the_same(parts, relations, folder, memory_mb=settings.sql_memory_mb)

    @contextmanager
    def _united(
        self, sources: Sequence[TableSource], used: Sequence[TableInUse], asked: _Asked
    ) -> Iterator[TableInUse]:
        """The rows of tables with the same columns, as one table."""
        parts = [Part(source, table.opened) for source, table in zip(sources, used, strict=True)]
        name = union_name([_name_of(part.source, part.opened) for part in parts])

        def build(folder: Path) -> OpenedTable:
            asked.on_event(Progress("stage", f"Putting {len(parts)} tables together", stage="reading"))
            with locked(used):
                opened = open_united(parts, name, folder, asked.settings)
            for note in opened.notes:
                asked.on_event(Progress("note", note.message))
            return opened

        place = self._kept_as(united_fingerprint(parts), name, asked.settings)
        with self._using(place, build, name, asked) as table:
            yield table

    def _joining(self, parts: Parts, asked: _Asked) -> Joining:
        memory_mb = asked.settings.sql_memory_mb
        with scratch("joining") as folder:
            relations = self._relations_of(parts, folder, asked.settings)
            again = asked.like and repeat_joining(parts, relations, asked.like, folder, memory_mb=memory_mb)
            return again or plan_joining(parts, relations, asked.question, folder, memory_mb=memory_mb)

    def _relations_of(self, parts: Parts, folder: Path, settings: Settings) -> tuple[Relation, ...]:
        """The relations between tables, found once."""
        known = self._relations.pop(parts.fingerprint, None)
        if known is None:
            known = find_relations(parts, folder, memory_mb=settings.sql_memory_mb)
        self._relations[parts.fingerprint] = known
        with self._lock:
            while len(self._relations) > _KNOWN:
                del self._relations[next(iter(self._relations))]
        return known

    @contextmanager
    def _single(self, source: TableSource, asked: _Asked) -> Iterator[TableInUse]:
        def build(folder: Path) -> OpenedTable:
            return open_source(source, folder, asked.settings, asked.on_event)

        with self._using(self._place(source, asked.settings), build, source.label, asked) as table:
            yield table

    @contextmanager
    def _using(self, place: KeptAt | None, build: Build, label: str, asked: _Asked) -> Iterator[TableInUse]:
        """A table while the block runs: kept at `place`, or built."""
        table = self._enter(place)
        try:
            opened = table.read(build, label, asked.on_event)
            if table.kept is None:
                self._drop(table)  # it changed between its hash and its reading
            yield TableInUse(table, opened, asked.settings)
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

    def _place(self, source: TableSource, settings: Settings) -> KeptAt | None:
        if self._kept is None:
            return None
        if (identity := self.identify(source)) is not None:
            return self._kept_as(identity.fingerprint, source.place.name, settings)
        version = version_of(source, settings)
        if not version:
            return None
        name = self._kept.name(place_text(source.place), source.sheet, version, settings.share_cells)
        return KeptAt(self._kept, name, lambda opened: version_of(source, settings) == version)

    def _kept_as(self, fingerprint: str, called: str, settings: Settings) -> KeptAt | None:
        """Where the table with this fingerprint is kept."""
        if self._kept is None:
            return None
        name = self._kept.name(fingerprint, called, settings.share_cells)
        return KeptAt(self._kept, name, lambda opened: opened.fingerprint == fingerprint)

    def _enter(self, place: KeptAt | None) -> Table:
        with self._lock:
            table = self._in_use.get(place.name) if place else None
            if table is None:
                table = Table(place)
                if place is not None:
                    self._in_use[place.name] = table
            table.users += 1
            return table

    def _leave(self, table: Table) -> None:
        with self._lock:
            table.users -= 1
            if table.users:
                return
            self._drop(table)
        table.close()
        self.tidy()

    def _drop(self, table: Table) -> None:
        """Give the table to no further user."""
        if table.place and self._in_use.get(table.place.name) is table:
            self._in_use.pop(table.place.name, None)
