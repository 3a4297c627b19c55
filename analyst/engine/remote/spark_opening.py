"""Connecting to Spark: a session, the table that is asked for, and what else lies there."""

from __future__ import annotations

import atexit
import logging
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from analyst.core.errors import SettingsError, TableError
from analyst.engine.errors import EngineError
from analyst.engine.remote.access import Access
from analyst.engine.remote.spark import SparkServer, translated, version_of
from analyst.protocol.places import ENGINE, FORMATS, LOGS, Entry, Url

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SESSION: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
}
"""What decides about values and must not differ from server to server."""
_FETCHED = "10000"
"""Rows that a database's driver holds at once: some would hold the whole table."""
_RETRIES = 4
"""Of a call: about four seconds."""
DRIVERS: Mapping[str, str] = {
    "postgresql": "org.postgresql.Driver",
    "mysql": "com.mysql.cj.jdbc.Driver",
    "mariadb": "org.mariadb.jdbc.Driver",
    "sqlserver": "com.microsoft.sqlserver.jdbc.SQLServerDriver",
    "oracle": "oracle.jdbc.OracleDriver",
    "db2": "com.ibm.db2.jcc.DB2Driver",
}
"""The driver's class by what follows jdbc: in an address. Java does not find one of spark.jars by the address alone."""


def open_spark(access: Access, place: Url, naming: Callable[[Sequence[str]], Sequence[str]]) -> SparkServer:
    """The table at `place`, its columns called as `naming` calls them. SettingsError: the server can't be reached;
    EngineError: the table can't be read."""
    session = new_session(access)
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
    session = new_session(access)
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


def spark_version(access: Access, place: Url) -> str | None:
    """What changes with the files of a table (see version_of)."""
    with _connected(access) as session:
        return version_of(_table(session, place, access), by_rows=place.parts.path.partition(":")[0] in FORMATS)


def version(access: Access) -> str:
    """The name and version of the server."""
    with _connected(access) as session:
        return f"Spark {session.version}"


def new_session(access: Access) -> SparkSession:
    """A session of its own, on a server that was found to listen: the client tries for minutes."""
    main = sys.modules["__main__"]
    if not hasattr(main, "__file__"):
        main.__file__ = "python -c"  # the client takes a program without a file for a run of its own tests
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of a newer pandas than it knows
            from pyspark.sql import SparkSession
            from pyspark.sql.connect.client.retries import DefaultPolicy
    except ImportError as error:
        raise SettingsError("ENGINE_URL needs Spark's client, which is not installed.", "Run `make spark`.") from error
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # it prints queries, and cells in errors
    access.require_reached()
    try:
        with translated():
            session = SparkSession.builder.remote(access.url).create()
    except EngineError as error:
        raise SettingsError(
            f"Spark at ENGINE_URL={access.shown} can't be used: {error}.", "Check the address and its token."
        ) from error
    # Of a server that is gone the client would ask for ten minutes, and once more when this process ends.
    session.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES)])
    atexit.unregister(session.client._on_exit)
    with translated():
        for name, value in SESSION.items():
            session.conf.set(name, value)
    return session


def _table(session: SparkSession, place: Url, access: Access) -> DataFrame:
    """The table that a place names: spark:TABLE, spark:FORMAT:PATH or spark:jdbc:ADDRESS?table=TABLE. TableError."""
    path = place.parts.path
    kind, parted, rest = path.partition(":")
    if parted and kind == "jdbc":
        return _database_table(session, place, access)
    if parted and kind in FORMATS:
        if kind not in LOGS:
            _refuse_logged(session, place)
        return session.read.format(kind).load(rest)
    return session.table(".".join(f"`{part}`" for part in path.split(".")))


def _refuse_logged(session: SparkSession, place: Url) -> None:
    """TableError: files that are named as plain ones are a table's that keeps a log of which rows are left."""
    from pyspark.errors import PySparkException

    named, _, path = place.parts.path.partition(":")
    for kind, log in LOGS.items():
        try:
            logged = not session.read.format("text").load(f"{path}/{log}").isEmpty()
        except PySparkException:  # there is none, or what keeps it from being read is told of the table itself
            logged = False
        if logged:
            raise TableError(
                f"{place.shown!r} is a table of the format {kind}: its files also hold rows that it no longer has.",
                f"Write {ENGINE}:{kind}: in place of {ENGINE}:{named}:.",
            )


def _database_table(session: SparkSession, place: Url, access: Access) -> DataFrame:
    """The table that spark:jdbc:ADDRESS?table=TABLE names; EngineError where Spark lacks the database's driver."""
    path, options = place.parts.path, dict(parse_qsl(place.parts.query))
    table = options.pop("table")
    address = f"{path}?{urlencode(options)}" if options else path
    known = {**access.login, "fetchsize": _FETCHED}
    kind = path.split(":")[1]
    if kind in DRIVERS:
        known["driver"] = DRIVERS[kind]
    if kind == "mysql":
        known["useCursorFetch"] = "true"  # else its driver takes no notice of fetchsize
    return session.read.format("jdbc").options(url=address, dbtable=table, **known).load()
