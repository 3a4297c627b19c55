"""MySQL and MariaDB: the types of what is read, samples said, users that may write, connections refused."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import TableError
from analyst.datasets.sources.interface import Limits
from analyst.datasets.sources.mysql import MySql
from analyst.protocol.places import Url
from tests.datasets.sources.mariadb_server import connected, running_mariadb
from tests.datasets.sources.reached import Reached, entries

SCRIPT = r"""
CREATE TABLE kinds (id bigint, big bigint unsigned, price decimal(12,2), whole decimal(30,0), share double, flag tinyint(1),
  day date, at datetime, zoned timestamp NULL, kind enum('ok','bad'), doc json, raw varbinary(10), note text, bits bit(3),
  made year, place point, `odd ``n%ame` int);
INSERT INTO kinds VALUES (1, 18446744073709551615, 12.50, 123456789012345678901234567890, 1.5, 1, '2024-01-31',
  '2024-01-31 10:00', '2024-01-31 10:00', 'ok', '{"a":1}', x'00ff', 'line "1", ü', b'101', 2024, POINT(1, 2), 4);
INSERT INTO kinds (id, note) VALUES (2, '');
SET SESSION sql_mode = '';
INSERT INTO kinds (id, day) VALUES (3, '0000-00-00');
CREATE TABLE orders (id int PRIMARY KEY, amount decimal(10,2));
INSERT INTO orders SELECT seq, seq * 1.5 FROM seq_1_to_4000;
ANALYZE TABLE orders;
CREATE VIEW late AS SELECT * FROM orders WHERE id > 3000;
FLUSH PRIVILEGES;
CREATE OR REPLACE USER reader@localhost IDENTIFIED BY 's3cret';
GRANT SELECT ON shop.* TO reader@localhost;
CREATE OR REPLACE USER writer@localhost;
GRANT ALL ON shop.* TO writer@localhost
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with running_mariadb(tmp_path_factory.mktemp("maria")) as socket:
        with connected(socket, None) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
            cursor.execute("USE shop")
            for statement in SCRIPT.split(";\n"):
                cursor.execute(statement)
        yield socket


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYSQL_PWD", "s3cret")


def read(socket: Path, table: str, workdir: Path, user: str = "reader", **settings: Any) -> Reached:
    return Reached(Url(f"mysql://{user}@/shop?socket={socket}"), workdir, table, **settings)


def test_types_are_those_of_the_server(server: Path, tmp_path: Path) -> None:
    found = read(server, "kinds", tmp_path)
    assert found.types == {
        "id": "BIGINT", "big": "VARCHAR", "price": "DOUBLE", "whole": "VARCHAR", "share": "DOUBLE", "flag": "BIGINT",
        "day": "DATE", "at": "TIMESTAMP", "zoned": "TIMESTAMP", "kind": "VARCHAR", "doc": "VARCHAR", "raw": "VARCHAR",
        "note": "VARCHAR", "bits": "BIGINT", "made": "BIGINT", "place": "VARCHAR", "odd `n%ame": "BIGINT",
    }  # fmt: skip
    assert found.rows[0] == (
        1, "18446744073709551615", 12.5, "123456789012345678901234567890", 1.5, 1, datetime.date(2024, 1, 31),
        datetime.datetime(2024, 1, 31, 10), datetime.datetime(2024, 1, 31, 10), "ok", '{"a":1}', "00ff", 'line "1", ü', 5, 2024,
        "POINT(1 2)", 4,
    )  # fmt: skip
    assert found.note("moments_lost").startswith("1 date of day treated as missing")


def test_tables_and_views_are_listed(server: Path, tmp_path: Path) -> None:
    found = entries(Url(f"mysql://reader@/shop?socket={server}"), tmp_path)
    assert [(entry.name, entry.kind) for entry in found] == [("kinds", "table"), ("late", "view"), ("orders", "table")]


def test_of_a_table_beyond_the_limit_a_sample_is_read_and_said(server: Path, tmp_path: Path) -> None:
    found = read(server, "orders", tmp_path, source_limit_rows=1000)
    assert 600 < len(found.rows) < 1400 and max(row[0] for row in found.rows) > 3000
    assert found.note("sample").startswith(f"Only a random sample was read: {len(found.rows):,} of about")
    whole = read(server, "orders", tmp_path / "whole")
    assert len(whole.rows) == 4000 and not whole.note("sample") and not whole.note("may_write")


def test_a_user_who_may_write_is_told_of(server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MYSQL_PWD")
    assert "may also change 'orders'" in read(server, "orders", tmp_path, user="writer").note("may_write")


def test_a_wrong_password_is_not_repeated(server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYSQL_PWD", "wr0ng")
    with pytest.raises(TableError, match=r"Access denied.*MYSQL_PWD") as refused:
        read(server, "orders", tmp_path)
    assert "wr0ng" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mysql://127.0.0.1:1/shop", "can't be read: Can't connect"),
        ("mysql://db.invalid/shop?sslmode=disable", "unencrypted"),
        ("mysql://db.invalid/shop?local_infile=1", "'local_infile' .* is not supported"),
        ("mysql://db.invalid/shop?socket=/run/m.sock", "are two servers"),
    ],
)
def test_connections_that_can_not_or_must_not_be_made_are_refused(text: str, told: str, tmp_path: Path) -> None:
    pytest.importorskip("pymysql", reason="PyMySQL is not installed here")
    with pytest.raises(TableError, match=told):
        Reached(Url(text), tmp_path, "orders")


def test_a_version_stays_until_its_table_is_written_and_a_view_has_none(server: Path) -> None:
    limits = Limits(rows=10**6, bytes=10**9, seconds=60)

    def version(table: str) -> str:
        return MySql(Url(f"mysql://reader@/shop?socket={server}"), table, limits).version()

    def settled(before: str) -> str:
        """The version once it is another one: it takes seconds after each change."""
        until = time.monotonic() + 60
        while (found := version("stocked")) in ("", before) and time.monotonic() < until:
            time.sleep(0.2)
        return found

    with connected(server, "shop", "writer") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE stocked (id int PRIMARY KEY) ENGINE=InnoDB")
        cursor.execute("INSERT INTO stocked VALUES (1)")
        before = settled("")
        assert before and version("stocked") == before and version("late") == ""
        cursor.execute("INSERT INTO stocked VALUES (2)")
        assert settled(before) not in ("", before)
        cursor.execute("DROP TABLE stocked")
