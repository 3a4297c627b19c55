"""Tables that stay on a server: surveyed there, with a sample of their rows here, from which all else is told."""

# Every name built into SQL here passes `quoted`.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analyst.core.errors import TableError
from analyst.core.quoting import quoted, quoted_names
from analyst.core.settings import Settings
from analyst.datasets.headers import ROW, clean_header, clean_headers
from analyst.datasets.opening import DATABASE, new_database, translated
from analyst.datasets.sources.interface import chosen
from analyst.datasets.sources.postgres import Large
from analyst.engine.duckdb import first_line, open_locked
from analyst.engine.errors import (
    BrokenEngineError,
    EngineError,
    InterruptedQueryError,
    MissingReaderError,
    StoppedError,
)
from analyst.engine.loading import Loader
from analyst.engine.remote.access import Access
from analyst.engine.remote.postgres_opening import open_postgres
from analyst.engine.remote.postgres_survey import survey as survey_postgres
from analyst.engine.remote.session import RemoteEngine
from analyst.engine.remote.spark import SparkServer
from analyst.engine.remote.spark_opening import list_spark, open_spark, spark_version
from analyst.engine.remote.spark_survey import survey, words
from analyst.engine.remote.survey import Survey
from analyst.protocol.places import Entry, Url
from analyst.protocol.remote import WORDS, Remote
from analyst.protocol.table import IngestNote, OpenedTable, TableProfile

if TYPE_CHECKING:
    import pandas as pd


SAMPLED = 100_000
"""Rows of a remote table that are looked at here: for patterns, spellings and what columns mean."""
_MEASURES = ("missing", "distinct", "minimum", "maximum", "mean", "std", "skew")


def open_remote(place: Url, workdir: Path, settings: Settings) -> OpenedTable:
    """The table at a place of the server at ENGINE_URL: its file here holds a sample, and what was measured there.

    TableError: it can't be read; SettingsError: the server can't be reached.
    """
    access = Access.of(settings)
    if not place.parts.path:
        chosen(list_remote(place, settings), None, place.shown, "")
    with _told(place):
        workdir.mkdir(parents=True, exist_ok=True)
        version = spark_version(access, place)  # first: what is written while the table is measured makes it another
        server = open_spark(access, place, lambda headers: clean_headers(headers)[0])
        here = open_locked(None, memory_mb=settings.sql_memory_mb, timeout_s=access.timeout_s, temp_directory=workdir)
        engine = RemoteEngine(server, here, access.timeout_s)
        try:
            surveyed = replace(_surveyed(engine, server, place), version=version)
        finally:
            engine.close()
        described = Described(place, place.name, "spark", server.label, server.headers)
        return _opened(described, surveyed, server.columns(), server.notes, Room(workdir, settings))


def open_large(place: Url, large: Large, workdir: Path, settings: Settings) -> OpenedTable | None:
    """The table of a database that stays on its server, like the one above; None where that can't be asked so much in
    the time that it has, and a sample must do."""
    access, table = Access.to(place, settings), large.relation.entry.name
    with translated(Path(place.shown)):
        workdir.mkdir(parents=True, exist_ok=True)
        try:
            server = open_postgres(access, table, lambda headers: clean_headers(headers)[0])
            here = open_locked(
                None, memory_mb=settings.sql_memory_mb, timeout_s=access.timeout_s, temp_directory=workdir
            )
            with closing(RemoteEngine(server, here, access.timeout_s)) as engine:
                surveyed = survey_postgres(engine, server, large.rows, SAMPLED)
        except EngineError:
            return None
        name = clean_header(large.relation.table) or "table"
        described = Described(place, name, "postgresql", server.label, server.headers, table)
        return _opened(described, surveyed, server.columns(), (*large.notes, *server.notes), Room(workdir, settings))


def list_remote(place: Url, settings: Settings) -> Sequence[Entry]:
    """The tables of a schema of the server's catalog, of its current one where the place names none."""
    with _told(place):
        return list_spark(Access.of(settings), place)


def remote_version(place: Url, settings: Settings) -> str:
    """What changes with the files of the table at a place; "" where it has none to tell, and where it can't be read."""
    try:
        return spark_version(Access.of(settings), place) or ""
    except EngineError:
        return ""


@contextmanager
def _told(place: Url) -> Iterator[None]:
    """What the server refuses as the user's error, what the disk does as the disk's."""
    with translated(Path(place.shown)):
        try:
            yield
        except InterruptedQueryError as error:
            raise TableError(f"{place.shown!r} took too long to be read.", "Raise ENGINE_TIMEOUT_S.") from error
        except BrokenEngineError as error:
            raise TableError(
                f"The connection to Spark was lost while {place.shown!r} was read: {first_line(error)}.",
                "Check that the server at ENGINE_URL is running (`python main.py engine`), then ask again.",
            ) from error
        except StoppedError:
            raise
        except EngineError as error:
            fix = "Check its name, and that the server may read it."
            if isinstance(error, MissingReaderError):
                fix = "Give Spark the driver of that database, or the package of that format (spark.jars)."
            raise TableError(f"{place.shown!r} can't be read: {first_line(error)}.", fix) from error


@dataclass(frozen=True)
class Described:
    """A table as its server tells it: where it lies, what it is called, the engine's name and version."""

    place: Url
    name: str
    format: str
    label: str
    headers: tuple[str, ...]
    table: str | None = None


@dataclass(frozen=True)
class Room:
    """Where a table's file is made here, and with which settings."""

    workdir: Path
    settings: Settings


def _surveyed(engine: RemoteEngine, server: SparkServer, place: Url) -> Survey:
    """The table on Spark. TableError: it has no columns or no rows."""
    kinds = server.columns()
    if not kinds:
        raise TableError(f"There is no table with columns at {place.shown!r}.", "Check its name on the server.")
    rows = int(engine.rows("SELECT count(*) FROM data")[0][0])
    if not rows:
        raise TableError(f"{place.shown!r} has columns but no rows.", "Choose another table.")
    key = engine.place("data")
    sample = engine.sample(f"SELECT {key} AS {ROW}, {quoted_names(kinds)} FROM data", ROW, SAMPLED)
    texts = [name for name, kind in kinds.items() if kind == "VARCHAR"] if rows > SAMPLED else []
    return Survey(rows, sample, survey(server), words(server, texts))


def _opened(
    described: Described, found: Survey, kinds: Mapping[str, str], notes: Sequence[IngestNote], room: Room
) -> OpenedTable:
    """The table whose columns have these `kinds`, with a file here that holds its sample."""
    database = room.workdir / DATABASE
    with new_database(database, room.workdir, room.settings.sql_memory_mb) as loader:
        _save(loader, kinds, found.sample, found.words if found.rows > len(found.sample) else {})
    sampled = len(found.sample)
    remote = Remote(described.place, described.label, sampled, described.headers, found.columns, described.table)
    told = (*clean_headers(described.headers)[1], *notes, _note(remote, found.rows))
    fingerprint = found.version or _fingerprint(found.sample, remote)
    return OpenedTable(
        database,
        described.place,
        described.name,
        described.format,
        found.rows,
        tuple(kinds),
        fingerprint,
        told,
        remote=remote,
    )


def _save(loader: Loader, kinds: Mapping[str, str], sample: pd.DataFrame, words: Mapping[str, Sequence[str]]) -> None:
    """Write the sample as `data`, and as `words` it and the values that it lacks."""
    loader.store_frame("given", list(kinds.items()), sample)
    loader.save("data", f"SELECT row_number() OVER () - 1 AS {ROW}, * FROM given")
    loader.materialise(WORDS, "SELECT * FROM data")
    for name, values in words.items():
        loader.store("more", {name: "VARCHAR"}, [(value,) for value in values])
        lacking = f"SELECT * FROM more WHERE {quoted(name)} NOT IN (SELECT v FROM known)"
        loader.materialise("known", f"SELECT DISTINCT {quoted(name)} AS v FROM data WHERE {quoted(name)} IS NOT NULL")
        loader.materialise(WORDS, f"SELECT * FROM {WORDS} UNION ALL BY NAME ({lacking})")
    loader.save(WORDS, f"SELECT * FROM temp.{WORDS}")
    for name in loader.made():
        loader.drop(name)
    loader.checkpoint()


def _note(remote: Remote, rows: int) -> IngestNote:
    told = f"The table stays on {remote.label}, where every number of the answer is computed over all {rows:,} rows."
    if remote.sampled < rows:
        told += (
            f" What its columns mean was judged by a sample of {remote.sampled:,} rows; odd values and repeated rows"
            " were not looked for."
        )
    return IngestNote("remote", told, rows)


def _fingerprint(sample: pd.DataFrame, remote: Remote) -> str:
    """What changes with the table where the server can't tell: all that was measured of it, and its sample."""
    digest = hashlib.sha256(repr((remote.place.text, remote.table, remote.columns)).encode())
    digest.update(sample.to_csv(index=False).encode())
    return digest.hexdigest()


def with_whole(profile: TableProfile) -> TableProfile:
    """The profile of a remote table's sample with what was measured of the whole.

    Quantiles stay those of the sample, and so does what the server was not asked. What a sample can't tell of the whole
    is left out: how many values are odd, and which rows are repeated.
    """
    remote = profile.table.remote
    if remote is None or remote.sampled == profile.table.rows:
        return profile
    columns = []
    for column in profile.columns:
        whole = remote.columns[column.name]
        measured = {name: value for name in _MEASURES if (value := getattr(whole, name)) is not None}
        values = column.values if whole.values is None else whole.values
        columns.append(replace(column, **measured, values=values, outliers=0, suspicious=()))
    return replace(profile, columns=tuple(columns), duplicate_rows=0, duplicate_sums=())
