"""The seeded table where something serves it: databases, a web server, Spark. Each is started here, or says why it is not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import pytest

from analyst.core.errors import SettingsError
from lab.benchmarks.spark import spark_here
from tests.datasets.sources.mariadb_server import connected, running_mariadb
from tests.stores import running_postgres

Served = TypeVar("Served")
_COLUMNS = (
    "id bigint, day date, region varchar(20), product varchar(20), quantity bigint, price double precision,"
    " revenue double precision, age bigint, churn varchar(3), customer varchar(20), note varchar(40)"
)


@contextmanager
def on_postgresql(folder: Path) -> Iterator[str]:
    """The table of `folder`/table.csv on a PostgreSQL server from the wheel."""
    import psycopg

    server = folder / "pg"
    server.mkdir()
    with _present(running_postgres(server)) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE TABLE data ({_COLUMNS})")
            with (
                connection.cursor().copy("COPY data FROM STDIN (FORMAT csv, HEADER)") as copy,
                (folder / "table.csv").open("rb") as csv,
            ):
                while piece := csv.read(1 << 20):
                    copy.write(piece)
            connection.execute("ANALYZE data")
        parts = urlsplit(url)
        yield f"postgresql://postgres@{parts.path}?host={dict(parse_qsl(parts.query))['host']}&table=data"


@contextmanager
def on_mariadb(folder: Path) -> Iterator[str]:
    """The table of `folder`/table.csv on a MariaDB server, where its programs are installed."""
    server = folder / "mariadb"
    server.mkdir()
    with _present(running_mariadb(server)) as socket:
        connection = connected(socket, None)
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE bench")
        cursor.execute(f"CREATE TABLE bench.data ({_COLUMNS})")
        cursor.execute(
            f"LOAD DATA INFILE '{folder / 'table.csv'}' INTO TABLE bench.data FIELDS TERMINATED BY ',' IGNORE 1 LINES"
            " (id, day, region, product, quantity, price, revenue, @age, churn, customer, note)"
            " SET age = nullif(@age, '')"
        )
        connection.close()
        yield f"mysql://root@/bench?socket={socket}&table=data"


@contextmanager
def on_the_web(folder: Path) -> Iterator[str]:
    """The CSV file at a web address of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/table.csv"
    finally:
        server.shutdown()


@contextmanager
def on_spark(folder: Path) -> Iterator[str]:
    """The Parquet files of `folder`/parquet as Spark sees them. SettingsError: there is no Spark."""
    if spark_here() is None:
        raise SettingsError("there is no Spark", "Set ENGINE_URL, or run `make spark`.")
    yield f"spark:parquet:{folder / 'parquet'}"


SERVERS: Mapping[str, Callable[[Path], AbstractContextManager[str]]] = {
    "CSV file on the web": on_the_web,
    "PostgreSQL": on_postgresql,
    "MariaDB": on_mariadb,
    "Parquet files left on Spark": on_spark,
}
"""By what the row is called: the place of the table, while it is served."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what is asked for is known."""


@contextmanager
def _present(server: AbstractContextManager[Served]) -> Iterator[Served]:
    """A server of the tests. SettingsError: it is not installed here."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(server)
        except pytest.skip.Exception as missing:
            raise SettingsError(str(missing), "Install it.") from None
        yield started
