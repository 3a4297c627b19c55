"""Connecting to Spark: a session, the table that is asked for, and what else lies there."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from analyst.core.errors import SettingsError
from analyst.engine.errors import EngineError
from analyst.engine.remote.access import Access
from analyst.engine.remote.spark import SparkServer, translated
from analyst.protocol.places import FORMATS, Entry, Url

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def open_spark(access: Access, place: Url, naming: Callable[[Sequence[str]], Sequence[str]]) -> SparkServer:
    """The table at `place`, its columns called as `naming` calls them. SettingsError: the server can't be reached;
    EngineError: the table can't be read."""
    session = _session(access)
    try:
        with translated():
            table = _table(session, place, access)
            names = naming(table.columns)
        return SparkServer(session, table, names)
    except BaseException:
        session.stop()
        raise


@contextmanager
def _connected(access: Access) -> Iterator[SparkSession]:
    session = _session(access)
    try:
        with translated():
            yield session
    finally:
        session.stop()


def list_spark(access: Access, place: Url) -> list[Entry]:
    """The tables and views of the catalog's schema that `place` names, of the current one where it names none."""
    with _connected(access) as session:
        found = session.catalog.listTables(place.parts.path or None)
        prefix = f"{place.parts.path}." if place.parts.path else ""
        return [Entry(prefix + one.name, "view" if one.tableType == "VIEW" else "table") for one in found]


def version(access: Access) -> str:
    """The name and version of the server."""
    with _connected(access) as session:
        return f"Spark {session.version}"


def _session(access: Access) -> SparkSession:
    """A session of its own, on a server that was found to listen: the client tries for minutes."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SettingsError("ENGINE_URL needs Spark's client, which is not installed.", "Run `make spark`.") from error
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # it prints queries, and cells in errors
    access.require_reached()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            with translated():
                return SparkSession.builder.remote(access.url).create()
        except EngineError as error:
            raise SettingsError(
                f"Spark at ENGINE_URL={access.shown} can't be used: {error}.", "Check the address and its token."
            ) from error


def _table(session: SparkSession, place: Url, access: Access) -> DataFrame:
    """The table that a place names: spark:TABLE, spark:FORMAT:PATH or spark:jdbc:ADDRESS?table=TABLE."""
    path = place.parts.path
    kind, parted, rest = path.partition(":")
    if parted and kind == "jdbc":
        options = dict(parse_qsl(place.parts.query))
        table = options.pop("table")
        address = f"{path}?{urlencode(options)}" if options else path
        return session.read.format("jdbc").options(url=address, dbtable=table, **access.jdbc).load()
    if parted and kind in FORMATS:
        return session.read.format(kind).load(rest)
    return session.table(".".join(f"`{part}`" for part in path.split(".")))
