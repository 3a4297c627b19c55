"""SQLite and DuckDB files: the only table is read by itself, several are named, and nothing is written."""

from __future__ import annotations

import datetime
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from analyst.core.errors import TableError
from analyst.datasets.identity import identify
from analyst.datasets.previewing import sheets_of
from analyst.protocol.table import TableSource
from tests.datasets.sources.reached import Reached, names

ORDERS = """CREATE TABLE orders (id INTEGER PRIMARY KEY, day TEXT, zip TEXT, price REAL, note TEXT, raw BLOB, odd);
    INSERT INTO orders VALUES (1, '2024-01-31', '01234', 1.5, '', x'00ff', 7),
    (2, '2024-02-01', '99999', 2, NULL, NULL, 'x,"y"
z');"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ORDERS)
    return path


def add(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def test_the_only_table_of_an_sqlite_file_is_read_with_its_types(shop: Path, tmp_path: Path) -> None:
    found = Reached(shop, tmp_path / "work")
    assert found.opened.name == "orders" and found.opened.format == "sqlite"
    assert found.types == {
        "id": "BIGINT", "day": "DATE", "zip": "VARCHAR", "price": "DOUBLE", "note": "VARCHAR", "raw": "VARCHAR",
        "odd": "VARCHAR",
    }  # fmt: skip
    assert found.rows[0][:4] == (1, datetime.date(2024, 1, 31), "01234", 1.5)
    assert found.rows[1][-1] == 'x,"y"\nz' and found.rows[0][5] == "00ff"
    assert found.note("source") == "The table 'orders' of 'shop.db' was read."
    assert "odd" in found.note("mixed_types")


def test_of_several_tables_one_must_be_named(shop: Path, tmp_path: Path) -> None:
    add(shop, "CREATE TABLE customers (id, name); INSERT INTO customers VALUES (1, 'x'), (2, 'y')")
    add(shop, "CREATE VIEW late AS SELECT * FROM orders WHERE day > '2024-01-31'")
    assert names(shop, tmp_path) == ["customers", "late", "orders"]
    with pytest.raises(TableError, match=r"has 3 tables: customers, late, orders. Name .* shop.db::customers"):
        Reached(shop, tmp_path / "none")
    with pytest.raises(TableError, match=r"no table 'sales' in 'shop.db'. Choose one of these: customers, late"):
        Reached(shop, tmp_path / "wrong", "sales")
    assert len(Reached(shop, tmp_path / "view", "late").rows) == 1
    assert Reached(shop, tmp_path / "case", "Customers").rows == [(1, "x"), (2, "y")]


def test_the_tables_of_a_database_file_are_what_a_page_offers_as_sheets(shop: Path, tmp_path: Path) -> None:
    add(shop, "CREATE TABLE customers (id)")
    assert sheets_of(shop) == ("customers", "orders")
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(shop.read_bytes()[:100] + b"\xff" * 4096)
    assert sheets_of(damaged) == ()


def test_an_sqlite_file_is_known_by_its_content_and_by_what_its_journal_holds(shop: Path, tmp_path: Path) -> None:
    source = TableSource(shop, "orders")
    before = identify(source)
    assert before and Reached(shop, tmp_path / "a", "orders").opened.fingerprint == before.fingerprint
    with closing(sqlite3.connect(shop)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        kept = identify(source)
        writer.execute("INSERT INTO orders (id) VALUES (3)")
        writer.commit()
        assert (after := identify(source)) and kept and after.fingerprint != kept.fingerprint
        assert len(Reached(shop, tmp_path / "b", "orders").rows) == 3


def test_reading_an_sqlite_file_changes_nothing(shop: Path, tmp_path: Path) -> None:
    before = shop.read_bytes()
    Reached(shop, tmp_path / "work")
    assert shop.read_bytes() == before and sorted(p.name for p in tmp_path.iterdir()) == ["shop.db", "work"]


def test_a_damaged_sqlite_file_is_named(shop: Path, tmp_path: Path) -> None:
    shop.write_bytes(shop.read_bytes()[:4096] + b"\xff" * 4096)
    with pytest.raises(TableError, match=r"The SQLite file 'shop.db' can't be read"):
        Reached(shop, tmp_path / "work")


@pytest.mark.parametrize("script", ["", "CREATE TABLE empty (a, b)"])
def test_an_sqlite_file_without_rows_is_refused(script: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    add(path, script or "CREATE TABLE t (a); DROP TABLE t")
    with pytest.raises(TableError, match=r"There is no table in 'empty.db'|has a header but no rows"):
        Reached(path, tmp_path / "work")


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "w.duckdb"
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE orders AS SELECT 1 AS id, DATE '2024-01-02' AS day, 1.5::DECIMAL(9,2) AS price"
        )
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.parts AS SELECT 'x' AS part, [1, 2] AS sizes")
        connection.execute(f"CREATE VIEW spy AS SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')")
    return path


def test_a_table_of_a_duckdb_file_is_read_with_its_types(warehouse: Path, tmp_path: Path) -> None:
    found = Reached(warehouse, tmp_path / "work", "orders")
    assert found.types == {"id": "BIGINT", "day": "DATE", "price": "DOUBLE"}
    assert found.rows == [(1, datetime.date(2024, 1, 2), 1.5)]
    assert Reached(warehouse, tmp_path / "other", "s.parts").rows == [("x", "[1,2]")]


def test_views_of_a_duckdb_file_are_closed_as_they_can_read_any_file(warehouse: Path, tmp_path: Path) -> None:
    assert names(warehouse, tmp_path) == ["orders", "s.parts"]
    with pytest.raises(TableError, match="no table 'spy'"):
        Reached(warehouse, tmp_path / "work", "spy")


def test_a_damaged_duckdb_file_is_named(warehouse: Path, tmp_path: Path) -> None:
    warehouse.write_bytes(warehouse.read_bytes()[:100] + b"\xff" * 9000)
    with pytest.raises(TableError, match=r"w.duckdb"):
        Reached(warehouse, tmp_path / "work")
