"""`tables SOURCE`, and what the command line takes as a table."""

from __future__ import annotations

import io
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from analyst.apps.cli.naming import named_table
from analyst.core.errors import SettingsError, TableError
from analyst.protocol.table import TableSource
from main import main


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "my shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE orders (id); INSERT INTO orders VALUES (1), (2); CREATE TABLE zones (id)"
        )
    return path


def test_the_tables_of_a_database_file_are_listed_with_their_rows(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tables", str(shop)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:3]] == [["orders", "table", "2"], ["zones", "table", "0"]]
    assert lines[-1] == f"Ask about one: python main.py '{shop}::orders' \"QUESTION\""


def test_a_place_that_is_not_there_is_a_mistake_of_the_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tables", str(tmp_path / "nothing.db")]) == 2
    assert "There is no file named" in capsys.readouterr().err


def test_a_password_in_a_url_is_refused_and_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["postgresql://ann:s3cret@db.example/shop?table=orders", "total?", "--local"]) == 2
    told = capsys.readouterr().err
    assert "holds a password" in told and "s3cret" not in told


def test_a_table_is_named_once() -> None:
    with named_table("shop.db::orders", "orders") as source:
        assert source == TableSource(Path("shop.db"), "orders")
    with (
        pytest.raises(SettingsError, match="Two tables are named: 'orders' and --sheet 'zones'"),
        named_table("shop.db::orders", "zones"),
    ):
        pass


class Piped(io.TextIOWrapper):
    def __init__(self, content: bytes, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content))
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def test_standard_input_is_a_table_that_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Piped(b"a,b\n1,2\n"))
    with named_table("-", None) as source:
        place = source.place
        assert isinstance(place, Path) and place.read_bytes() == b"a,b\n1,2\n"
    assert not place.exists()


@pytest.mark.parametrize(("piped", "told"), [(Piped(b""), "empty"), (Piped(b"a", terminal=True), "nothing is piped")])
def test_standard_input_without_a_table_is_refused(piped: Piped, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", piped)
    with pytest.raises(TableError, match=told), named_table("-", None):
        pass
