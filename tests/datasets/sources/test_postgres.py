"""PostgreSQL: what is there, the types of what is read, samples said, users that may write, connections refused."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest

from analyst.core.errors import TableError
from analyst.datasets.identity import identify
from analyst.datasets.sources import postgres as source
from analyst.datasets.sources.interface import Limits
from analyst.datasets.sources.postgres import Postgres
from analyst.engine.remote.postgres_opening import can_answer
from analyst.protocol.places import Entry, Url
from analyst.protocol.table import TableSource
from tests.datasets.sources.reached import Reached, entries
from tests.stores import fresh_database

SCRIPT = """
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE DOMAIN euro AS numeric(10, 2);
CREATE TABLE kinds (id bigint, price numeric(12, 2), big numeric(30, 0), free numeric, qty numeric(9, 0), share float8,
  flag bool, day date, at timestamp, zoned timestamptz, clock time, mood mood, doc jsonb, tags text[], raw bytea,
  note text, cash money, cost euro);
INSERT INTO kinds VALUES
  (1, 12.50, 123456789012345678901234567890, 5, 3, 1.5, true, '2024-01-31', '2024-01-31 10:00', '2024-01-31 10:00+02',
   '09:30', 'ok', '{"a": [1]}', '{x,y}', '\\x00ff', 'line "1"\nline, 2', 1234.5, 3.25),
  (9223372036854775807, NULL, 5, 7, 'NaN', 'NaN', false, 'infinity', '0044-03-15 BC', NULL, '24:00', NULL, 'null', '{}',
   NULL, '\x02', NULL, NULL);
CREATE TABLE orders AS SELECT i AS id, date '2024-01-01' + i % 90 AS day, i * 1.5 AS amount FROM generate_series(1, 4000) i;
CREATE TABLE one (a text); INSERT INTO one VALUES (NULL), (''), ('x');
CREATE TABLE closed (a int);
CREATE TABLE months (id int, month int) PARTITION BY LIST (month);
CREATE TABLE january PARTITION OF months FOR VALUES IN (1);
INSERT INTO months VALUES (1, 1);
CREATE SCHEMA sales;
CREATE VIEW sales.late AS SELECT * FROM orders WHERE day > '2024-03-01';
GRANT USAGE ON SCHEMA sales TO reader;
GRANT SELECT ON kinds, orders, one, months, sales.late TO reader;
ANALYZE;
"""


@pytest.fixture(scope="module")
def database(postgres: str) -> Iterator[str]:
    """A database with tables, as its own superuser reaches it."""
    with fresh_database(postgres) as address:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
            connection.execute(SCRIPT.encode())
        yield address


def url(address: str, user: str = "reader") -> Url:
    parts = urlsplit(address)
    return Url(f"postgresql://{user}@/{parts.path.strip('/')}?host={dict(parse_qsl(parts.query))['host']}")


def read(address: str, table: str | None, workdir: Path, user: str = "reader", **settings: Any) -> Reached:
    return Reached(url(address, user), workdir / "work", table, **settings)


def test_what_the_user_may_read_is_listed_with_estimates(database: str, tmp_path: Path) -> None:
    found = {entry.name: entry for entry in entries(url(database), tmp_path)}
    assert list(found) == ["kinds", "months", "one", "orders", "sales.late"]
    assert (found["orders"].rows, found["orders"].exact, found["sales.late"].kind) == (4000, False, "view")
    assert found["sales.late"] == Entry("sales.late", "view")


def test_types_are_those_of_the_server(database: str, tmp_path: Path) -> None:
    found = read(database, "kinds", tmp_path)
    assert found.types == {
        "id": "BIGINT", "price": "DOUBLE", "big": "VARCHAR", "free": "BIGINT", "qty": "BIGINT", "share": "DOUBLE",
        "flag": "BOOLEAN", "day": "DATE", "at": "TIMESTAMP", "zoned": "TIMESTAMP", "clock": "TIME", "mood": "VARCHAR",
        "doc": "VARCHAR", "tags": "VARCHAR", "raw": "VARCHAR", "note": "VARCHAR", "cash": "DOUBLE", "cost": "DOUBLE",
    }  # fmt: skip
    first, second = found.rows
    assert first[:7] == (1, 12.5, "123456789012345678901234567890", 5, 3, 1.5, True)
    assert first[7:11] == (
        datetime.date(2024, 1, 31),
        datetime.datetime(2024, 1, 31, 10),
        datetime.datetime(2024, 1, 31, 8),
        datetime.time(9, 30),
    )
    assert first[11:13] == ("ok", '{"a": [1]}') and first[14:] == ("00ff", 'line "1"\nline, 2', 1234.5, 3.25)
    assert second[0] == 2**63 - 1 and second[4:9] == (None, None, False, None, None)


def test_dates_that_no_table_holds_and_time_zones_are_told(database: str, tmp_path: Path) -> None:
    found = read(database, "kinds", tmp_path)
    assert found.note("moments_lost") == ("2 dates of day and at treated as missing: infinity, or before the year 1.")
    assert found.note("time_zone") == "Times with a time zone were converted to UTC: zoned."


def test_no_row_is_lost_where_the_only_column_is_empty(database: str, tmp_path: Path) -> None:
    assert len(read(database, "one", tmp_path).rows) == 3


@pytest.mark.parametrize(("table", "rows"), [("public.orders", 4000), ("Orders", 4000), ("sales.late", 1276)])
def test_a_table_or_view_is_named_with_or_without_its_schema(
    table: str, rows: int, database: str, tmp_path: Path
) -> None:
    found = read(database, table, tmp_path)
    assert len(found.rows) == rows and found.opened.name == table.rpartition(".")[2].lower()
    assert not found.note("sample") and not found.note("may_write")


@pytest.mark.parametrize("table", ["closed", "january", "orders; DROP TABLE orders", "pg_class"])
def test_what_the_user_may_not_read_is_not_there(table: str, database: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"There is no table .* Choose one of these: kinds, months, one, orders"):
        read(database, table, tmp_path)


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the server were one that can't be asked in the table's place."""
    monkeypatch.setattr(source, "can_answer", lambda version, encoding: False)


@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize(("table", "total"), [("orders", 4000), ("sales.late", 1276)])
def test_of_a_table_beyond_the_limit_a_sample_is_read_and_said(
    table: str, total: int, database: str, tmp_path: Path
) -> None:
    found = read(database, table, tmp_path, source_limit_rows=1000)
    assert 700 < len(found.rows) < 1200
    assert found.note("sample").startswith(
        f"Only a random sample was read: {len(found.rows):,} of about {total:,} rows"
    )
    assert len({row[1] for row in found.rows}) > 20, "not the first rows"


@pytest.mark.parametrize(("version", "encoding"), [(110022, "UTF8"), (180004, "LATIN1"), (170004, "SQL_ASCII")])
def test_servers_whose_queries_mean_something_else_are_not_asked(version: int, encoding: str) -> None:
    assert can_answer(120000, "UTF8") and not can_answer(version, encoding)


@pytest.mark.usefixtures("unasked")
def test_the_same_sample_is_drawn_again(database: str, tmp_path: Path) -> None:
    first, second = (read(database, "orders", tmp_path / name, source_limit_rows=1000).opened for name in "ab")
    assert first.fingerprint == second.fingerprint


def test_a_table_is_known_by_what_was_read_of_it(database: str, tmp_path: Path) -> None:
    assert identify(TableSource(url(database), "months")) is None
    before = read(database, "months", tmp_path / "a").opened.fingerprint
    assert read(database, "months", tmp_path / "b").opened.fingerprint == before
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO months VALUES (2, 1)")
    assert read(database, "months", tmp_path / "c").opened.fingerprint != before


def test_a_user_who_may_write_is_told_of(database: str, tmp_path: Path) -> None:
    found = read(database, "orders", tmp_path, user="postgres")
    assert "The database user 'postgres' may also change 'orders'" in found.note("may_write")


def test_nothing_can_be_written_on_the_way(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE OR REPLACE FUNCTION leave() RETURNS int AS $$ INSERT INTO closed VALUES (1) RETURNING a $$ LANGUAGE sql"
        )
        connection.execute("CREATE OR REPLACE VIEW sly AS SELECT leave() AS a")
    with pytest.raises(TableError, match="read-only transaction"):
        read(database, "sly", tmp_path, user="postgres")


def test_a_query_that_takes_too_long_is_ended(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE OR REPLACE VIEW slow AS SELECT pg_sleep(600)::text AS a")
    with pytest.raises(TableError, match=r"timeout.*SOURCE_TIMEOUT_S"):
        read(database, "slow", tmp_path, user="postgres", source_timeout_s=0.5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("postgresql://127.0.0.1:1/shop", "can't be read: .*refused"),
        ("postgresql://db.invalid/shop?sslmode=prefer", "unencrypted"),
        ("postgresql://db.invalid/shop?sslmode=disable", "unencrypted"),
        ("postgresql://db.invalid/shop?options=-c", "'options' .* is not supported"),
        ("postgresql://db.invalid/shop?host=/run", "is no folder of a socket"),
        ("postgresql:///shop?host=db.invalid", "is no folder of a socket"),
        ("postgresql:///shop?host=/nowhere", "can't be read"),
    ],
)
def test_connections_that_can_not_or_must_not_be_made_are_refused(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=told):
        Reached(Url(text), tmp_path, "orders")


def test_a_wrong_password_is_not_repeated(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    with pytest.raises(TableError) as refused:
        read(database, "orders", tmp_path, user="nobody")
    assert "s3cret" not in f"{refused.value}{refused.value.__cause__}{caplog.text}"
    opened = read(database, "orders", tmp_path).opened
    assert "s3cret" not in repr(opened) and "reader" not in repr(opened)


def test_a_version_stays_until_something_is_written_and_a_view_has_none(database: str) -> None:
    limits = Limits(10**6, 10**9, 60.0)
    asked = Postgres(url(database), "orders", limits)
    until = time.monotonic() + 60
    while (before := asked.version()) != asked.version() and time.monotonic() < until:
        time.sleep(0.1)  # another test of this server writes
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO one VALUES ('y')")
    assert before and asked.version() != before
    assert Postgres(url(database), "sales.late", limits).version() == ""
