"""A session with PostgreSQL: it only reads, keeps what is shown, loses no digit, and ends what is cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from psycopg.conninfo import conninfo_to_dict

from analyst.core.settings import load_settings
from analyst.engine.errors import EngineError, InterruptedQueryError
from analyst.engine.remote.access import Access
from analyst.engine.remote.postgres import MOST_UPLOADED, PostgresServer
from analyst.engine.remote.postgres_opening import open_postgres
from analyst.protocol.places import Url
from tests.stores import fresh_database

ENDLESS = "SELECT count(*) FROM generate_series(1, 1000000000) a, generate_series(1, 1000000000) b"
RUNNING = b"SELECT query FROM pg_stat_activity WHERE state = 'active' AND application_name = 'analyst'"


@pytest.fixture(scope="module")
def address(postgres: str) -> Iterator[str]:
    with fresh_database(postgres) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE t (n int, w text)")
            connection.execute("INSERT INTO t VALUES (1, 'a'), (2, 'B'), (3, NULL)")
            connection.execute("CREATE SEQUENCE s")
        yield url


@pytest.fixture
def server(address: str) -> Iterator[PostgresServer]:
    login = {name: str(value) for name, value in conninfo_to_dict(address).items()}
    made = open_postgres(Access(address, 300.0, login | {"application_name": "analyst"}), "t", lambda headers: headers)
    yield made
    made.close()


def rows(server: PostgresServer, sql: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = server.select(sql, 1000).to_pylist()
    return found


def test_a_query_that_is_cancelled_ends_on_the_server(server: PostgresServer, address: str) -> None:
    failed: list[EngineError] = []

    def ask() -> None:
        try:
            server.select(ENDLESS, 1)
        except EngineError as error:
            failed.append(error)

    def running(connection: psycopg.Connection[Any]) -> list[Any]:
        return connection.execute(RUNNING).fetchall()

    asking = threading.Thread(target=ask)
    asking.start()
    until = time.monotonic() + 60
    with psycopg.connect(address, autocommit=True) as connection:
        while not running(connection) and time.monotonic() < until:
            time.sleep(0.05)
        while asking.is_alive() and time.monotonic() < until + 60:
            server.cancel()
            asking.join(0.2)
        while running(connection) and time.monotonic() < until + 120:
            time.sleep(0.05)
        assert isinstance(failed[0], InterruptedQueryError) and not running(connection)
    assert rows(server, 'SELECT count(*) AS n FROM "data"') == [{"c0": 3}]


def test_nothing_can_be_written(server: PostgresServer) -> None:
    with pytest.raises(EngineError, match="read-only transaction"):
        server.select("SELECT nextval('s')", 1)


def test_what_is_shown_keeps_what_it_read_when_its_name_is_taken_again(server: PostgresServer) -> None:
    server.show("s1", 'SELECT "data"."n" * 10 AS "n" FROM "data" AS "data"', ["n"])
    server.show("s1", 'SELECT "s1"."n" + 1 AS "m" FROM "s1" AS "s1" WHERE "s1"."n" > 10', ["m"])
    server.show(
        "s2", 'WITH "x" AS (SELECT "s1"."m" AS "m" FROM "s1" AS "s1") SELECT sum("x"."m") AS "s" FROM "x"', ["s"]
    )
    assert rows(server, 'SELECT "m" FROM "s1" ORDER BY "m" DESC') == [{"c0": 31}, {"c0": 21}]
    server.forget("s1")
    assert rows(server, 'SELECT "s" FROM "s2"') == [{"c0": "52"}]
    with pytest.raises(EngineError, match="s1"):
        server.select('SELECT * FROM "s1"', 1)


def test_a_small_table_is_uploaded_with_its_values_and_a_large_one_refused(server: PostgresServer) -> None:
    given = pa.table({
        "w": ["it's", None, "%s $1"], "d": [date(2024, 1, 31), None, date(1, 1, 1)], "f": [0.1, None, float("inf")],
        "x": pa.array([Decimal("1.50"), None, Decimal("-2.00")]), "b": [True, None, False],
        "t": [datetime(2024, 1, 31, 10, 0, 0, 500000), None, None], "i": [2**62, None, -1],
    })  # fmt: skip
    server.upload("u", given)
    assert [tuple(row.values()) for row in rows(server, 'SELECT * FROM "u"')] == [
        tuple(f"{cell:f}" if isinstance(cell, Decimal) else cell for cell in row.values()) for row in given.to_pylist()
    ]
    server.upload("u", given.slice(0, 0))
    assert rows(server, 'SELECT * FROM "u"') == []
    with pytest.raises(EngineError, match="too many rows"):
        server.upload("u", pa.table({"n": list(range(MOST_UPLOADED + 1))}))


def test_decimals_keep_all_their_digits_and_rows_their_order(server: PostgresServer) -> None:
    assert rows(server, "SELECT 12345678901234567890.123456789, 1e30::numeric, 'NaN'::numeric") == [
        {"c0": "12345678901234567890.123456789", "c1": "1" + "0" * 30, "c2": "NaN"}
    ]
    assert [row["c0"] for row in rows(server, 'SELECT "w" FROM "data" ORDER BY "w" DESC NULLS LAST')] == [
        "a",
        "B",
        None,
    ]


def test_a_process_without_the_environment_logs_in_by_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", "/etc/ca.pem")
    access = Access.to(Url("postgresql://ann@db.example.com/shop"), load_settings(source_timeout_s=7.0))
    assert access.login.items() >= {
        "host": "db.example.com", "user": "ann", "dbname": "shop", "password": "s3cret", "sslmode": "verify-full",
        "sslrootcert": "/etc/ca.pem",
    }.items()  # fmt: skip
    assert access.timeout_s == 7.0 and "s3cret" not in repr(access)
