"""`tables SOURCE`, and what the command line takes as a table."""

from __future__ import annotations

import io
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from analyst.apps.cli.naming import added_tables, named_table, named_tables, split_followed
from analyst.core.errors import SettingsError, TableError
from analyst.datasets.preparing import check_input
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


def test_a_table_is_named_once(tmp_path: Path) -> None:
    assert named_table("shop.db::orders", "orders", tmp_path) == TableSource(Path("shop.db"), "orders")
    with pytest.raises(SettingsError, match="Two tables are named: 'orders' and --sheet 'zones'"):
        named_table("shop.db::orders", "zones", tmp_path)


def test_keys_are_named_with_the_tables_that_they_join(tmp_path: Path) -> None:
    on = ["a.x=b.y,a.z=b.z", "b.k=c.k"]
    found = named_tables(["a.csv", "b.csv", "c.csv"], None, tmp_path, on)
    assert [str(pair) for pair in found.on] == ["a.x=b.y", "a.z=b.z", "b.k=c.k"]
    with pytest.raises(SettingsError, match="joins two tables, but one is named"):
        named_tables(["a.csv"], None, tmp_path, on)
    with pytest.raises(SettingsError, match=r"'a\.x' names no keys"):
        named_tables(["a.csv", "b.csv"], None, tmp_path, ["a.x"])


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (["and in North?"], (None, "and in North?", [])),
        (["RUN", "and in North?"], ("RUN", "and in North?", [])),
        (["by group", "{folder}/groups.csv"], (None, "by group", ["{folder}/groups.csv"])),
        (
            ["RUN", "by group", "{folder}/groups.csv", "gone.csv"],
            ("RUN", "by group", ["{folder}/groups.csv", "gone.csv"]),
        ),
        (["by group", "postgresql:///shop?table=groups"], (None, "by group", ["postgresql:///shop?table=groups"])),
    ],
)
def test_behind_follow_stand_a_run_the_question_and_tables_to_add(
    typed: list[str], found: tuple[str | None, str, list[str]], tmp_path: Path
) -> None:
    (tmp_path / "groups.csv").write_text("nr,group\n1,a\n")
    run, question, added = split_followed([one.format(folder=tmp_path) for one in typed])
    assert (run, question, list(added)) == (*found[:2], [one.format(folder=tmp_path) for one in found[2]])


def test_a_sheet_is_of_the_one_table_that_is_added(tmp_path: Path) -> None:
    assert added_tables(["book.xlsx"], "zones", tmp_path) == (TableSource(Path("book.xlsx"), "zones"),)
    assert added_tables(["a.csv", "b.xlsx::zones"], None, tmp_path)[1] == TableSource(Path("b.xlsx"), "zones")
    for typed in ([], ["a.xlsx", "b.xlsx"]):
        with pytest.raises(SettingsError, match="--sheet 'zones' is of none"):
            added_tables(typed, "zones", tmp_path)


class Piped(io.TextIOWrapper):
    def __init__(self, content: bytes, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content))
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def test_standard_input_is_a_table_that_can_be_asked_about_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    places = []
    for content in (b"a,b\n1,2\n", b"a,b\n1,2\n", b"a,b\n3,4\n"):
        monkeypatch.setattr(sys, "stdin", Piped(content))
        places.append(named_table("-", None, tmp_path).place)
        assert isinstance(places[-1], Path) and places[-1].read_bytes() == content
    assert places[0] == places[1] != places[2], "the same bytes are the same table"


def test_what_was_piped_goes_after_a_day_and_the_follow_up_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", Piped(b"a,b\n1,2\n"))
    old = named_table("-", None, tmp_path)
    assert isinstance(old.place, Path)
    os.utime(old.place, (0, 0))
    monkeypatch.setattr(sys, "stdin", Piped(b"a,b\n5,6\n"))
    named_table("-", None, tmp_path)
    assert not old.place.exists()
    with pytest.raises(TableError, match="Pipe it again"):
        check_input(old)


@pytest.mark.parametrize(("piped", "told"), [(Piped(b""), "empty"), (Piped(b"a", terminal=True), "nothing is piped")])
def test_standard_input_without_a_table_is_refused(
    piped: Piped, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", piped)
    with pytest.raises(TableError, match=told):
        named_table("-", None, tmp_path)
