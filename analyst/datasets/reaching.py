"""Open a table wherever it lies: a file, a folder, a database, the web; list the tables that lie there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from analyst.core.quoting import quoted, quoted_names
from analyst.core.scratch import scratch
from analyst.core.settings import Settings
from analyst.core.text import counted
from analyst.datasets.headers import ROW
from analyst.datasets.identity import content_hash, identify, with_sheet
from analyst.datasets.opening import DATABASE, build, new_database, open_table, stage_file, translated
from analyst.datasets.previewing import sheets_of
from analyst.datasets.remote_tables import list_remote, open_large, open_remote, remote_version
from analyst.datasets.series import series_of
from analyst.datasets.sources.buckets import Bucket
from analyst.datasets.sources.csv_reading import Staged
from analyst.datasets.sources.database_files import database_kind
from analyst.datasets.sources.duckdb_files import DuckdbFile
from analyst.datasets.sources.folders import Files, is_pattern
from analyst.datasets.sources.interface import Limits, Source
from analyst.datasets.sources.mysql import MySql
from analyst.datasets.sources.postgres import Postgres
from analyst.datasets.sources.sqlite_files import SqliteFile
from analyst.datasets.sources.typed_reading import stage_source
from analyst.datasets.sources.uniting import FolderSource, UnitedSource
from analyst.datasets.sources.web import Downloader
from analyst.engine.loading import Loader
from analyst.protocol.places import BUCKETS, Entry, Place, Url
from analyst.protocol.table import IngestNote, OpenedTable, TableSource

MB = 10**6


def open_reached(source: TableSource, workdir: Path, settings: Settings) -> OpenedTable:
    """The table in `source`, read into a DuckDB file in `workdir` (see open_table). TableError, StoreError."""
    place, sheet = source.place, source.sheet
    if isinstance(place, Url):
        if place.is_remote:
            return open_remote(place, workdir, settings)
        if not place.is_database:
            return _downloaded(place, sheet, workdir, settings)
        server = _server(place, sheet, settings)
        if isinstance(server, Postgres) and (large := server.large()) is not None:
            remote = open_large(place, large, workdir, settings)
            if remote is not None:
                return remote
        return _pulled(server, source, workdir, settings)
    if (several := _files(place, sheet)) is not None:
        return _pulled(several, source, workdir, settings)
    return open_table(place, workdir, memory_mb=settings.sql_memory_mb, sheet=sheet)


@dataclass(frozen=True)
class Part:
    """A table that becomes a part of another one: where it is, and how it was opened by itself."""

    source: TableSource
    opened: OpenedTable


def open_united(parts: Sequence[Part], name: str, workdir: Path, settings: Settings) -> OpenedTable:
    """The rows of tables with the same columns as the table `name`, each row with the part that it is from.

    Files are read anew, together, so that dates and numbers are read alike in all of them. TableError, StoreError.
    """
    first = parts[0].source
    sheets = len({part.source.place for part in parts}) == 1
    staged = [(label, partial(_stage_part, part=part)) for label, part in zip(labels_of(parts), parts, strict=True)]
    united = UnitedSource(name, staged, "sheet" if sheets else "file", series_of(names_of(parts)))
    opened = _pulled(united, TableSource(first.place), workdir, settings)
    now = united_fingerprint([replace(part, opened=_as_it_is(part)) for part in parts])
    others = tuple(place for part in parts for place in part.opened.places)
    return replace(opened, fingerprint=now, others=others)


def labels_of(parts: Sequence[Part]) -> list[str]:
    """What the parts of a table are called: as their sheets or files are, with their folders where these are all that
    differs."""
    if len({part.source.place for part in parts}) == 1:
        return [part.source.sheet or part.opened.name for part in parts]
    labels = [part.source.label for part in parts]
    if len(set(labels)) == len(labels):
        return labels
    return [
        f"{part.source.place.parent.name}/{label}" if isinstance(part.source.place, Path) else label
        for part, label in zip(parts, labels, strict=True)
    ]


def names_of(parts: Sequence[Part]) -> list[str]:
    """What the parts are called, without what their files' names end in."""
    suffixes = [part.source.place.suffix if isinstance(part.source.place, Path) else "" for part in parts]
    return [
        label.replace(suffix, "") if suffix else label for label, suffix in zip(labels_of(parts), suffixes, strict=True)
    ]


def united_fingerprint(parts: Sequence[Part]) -> str:
    """The identity of several tables as one."""
    told = [f"{label} {part.opened.fingerprint}" for label, part in zip(labels_of(parts), parts, strict=True)]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def _as_it_is(part: Part) -> OpenedTable:
    """The opened table with the fingerprint that its file has now."""
    known = identify(part.source)
    return replace(part.opened, fingerprint=known.fingerprint) if known else part.opened


def _stage_part(loader: Loader, workdir: Path, *, part: Part) -> Staged:
    """Fill the stage with a part: from its file, or from what was read of it where that lies elsewhere."""
    place, sheet = part.source.place, part.source.sheet
    if isinstance(place, Path) and _files(place, sheet) is None:
        return stage_file(loader, place, workdir, sheet)
    with loader.attached(part.opened.database, "part"):
        columns = quoted_names(part.opened.columns)
        return stage_source(loader, f"(SELECT {columns} FROM part.data ORDER BY {quoted(ROW)})", ())  # noqa: S608


def version_of(source: TableSource, settings: Settings) -> str:
    """What changes with a table that lies on a server, found without reading it; "" where the server does not tell, and
    of what lies on this machine."""
    place = source.place
    if not isinstance(place, Url):
        return ""
    if place.scheme in BUCKETS:
        return Bucket(settings.source_limit_mb * MB).version(place)
    if place.is_remote:
        return remote_version(place, settings)
    if not place.is_database:
        return Downloader(settings.source_limit_mb * MB).version(place)
    return _server(place, source.sheet, settings).version()


def list_tables(source: TableSource, settings: Settings) -> Sequence[Entry]:
    """The tables, sheets or files that lie in `source`. TableError: nothing can be read there."""
    place = source.place
    if isinstance(place, Url) and place.is_remote:
        return list_remote(place, settings)
    if isinstance(place, Url) and place.is_database:
        return _server(place, None, settings).entries()
    with scratch("download") as workdir:
        if isinstance(place, Url):
            place, _ = _fetched(place, workdir, settings)
        reached = _files(place, None)
        if reached is not None:
            return reached.entries()
        if sheets := sheets_of(place):
            return [Entry(name, "sheet") for name in sheets]
        opened = open_table(place, workdir, memory_mb=settings.sql_memory_mb)
        return [Entry(place.name, "file", opened.rows, True, place.stat().st_size)]


def _server(url: Url, table: str | None, settings: Settings) -> Postgres | MySql:
    """The database that a server answers for."""
    limits = Limits(settings.source_limit_rows, settings.source_limit_mb * MB, settings.source_timeout_s)
    return Postgres(url, table, limits) if url.scheme == "postgresql" else MySql(url, table, limits)


def _files(place: Path, sheet: str | None) -> Source | None:
    """What holds several files or tables; None for a file that is one table or a workbook."""
    if place.is_dir() or is_pattern(place):
        return FolderSource(Files(place), partial(stage_file, sheet=sheet))
    kind = database_kind(place)
    return SqliteFile(place, sheet) if kind == "sqlite" else DuckdbFile(place, sheet) if kind == "duckdb" else None


def _fetched(url: Url, folder: Path, settings: Settings) -> tuple[Path, int]:
    """What lies at a URL of the web or a bucket, as it lies in `folder` now; and its bytes."""
    most_bytes = settings.source_limit_mb * MB
    if url.scheme in BUCKETS:
        return Bucket(most_bytes).fetch(url, folder)
    found = Downloader(most_bytes).download(url, folder)
    return found.path, found.bytes


def _downloaded(url: Url, sheet: str | None, workdir: Path, settings: Settings) -> OpenedTable:
    path, size = _fetched(url, workdir / "download", settings)
    opened = open_reached(TableSource(path, sheet), workdir, settings)
    note = IngestNote("source", f"Downloaded from {url.shown!r} ({_size(size)}).", 1)
    return replace(opened, source=url, notes=(note, *opened.notes))


def _size(size: int) -> str:
    return f"{size / MB:,.1f} MB" if size >= MB // 10 else f"{counted(size, 'byte')}"


def _pulled(reached: Source, source: TableSource, workdir: Path, settings: Settings) -> OpenedTable:
    """The table of a source that fills the stage itself."""
    database = workdir / DATABASE
    with translated(Path(source.label)):
        workdir.mkdir(parents=True, exist_ok=True)
        before = _content(source.place)
        with new_database(database, workdir, settings.sql_memory_mb) as loader:
            pulled = reached.stage(loader, workdir)
            built = build(loader, pulled.staged, source.label)
        after = _content(source.place)
    content = pulled.fingerprint or (before if before == after else with_sheet(before, after))
    print_ = with_sheet(content, source.sheet)
    return OpenedTable(
        database,
        source.place,
        pulled.name,
        pulled.format,
        built.rows,
        built.columns,
        print_,
        built.notes,
        built.meanings,
    )


def _content(place: Place) -> str:
    """What tells that files changed while they were read; "" of what is no file."""
    return "" if isinstance(place, Url) else content_hash(place)
