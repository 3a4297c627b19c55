"""Many files as one table: months, parts of a Hive table; other columns are told, other tables refused."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from analyst.core.errors import TableError
from analyst.datasets.identity import identify
from analyst.protocol.table import TableSource
from tests.datasets.sources.reached import Reached, names

JANUARY = "day,region,amount\n2024-01-05,North,10\n2024-01-06,South,20.5\n"
FEBRUARY = "day,region,amount\n2024-02-05,North,30\n2024-02-06,South,40\n"


def folder(tmp_path: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        path = tmp_path / "months" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "months"


def test_months_as_files_are_one_table_with_the_file_of_each_row(tmp_path: Path) -> None:
    found = Reached(folder(tmp_path, {"2024-01.csv": JANUARY, "2024-02.csv": FEBRUARY}), tmp_path / "work")
    assert found.opened.name == "months" and found.types["day"] == "DATE" and found.types["amount"] == "DOUBLE"
    assert found.rows == [
        (datetime.date(2024, 1, 5), "North", 10.0, "2024-01.csv"),
        (datetime.date(2024, 1, 6), "South", 20.5, "2024-01.csv"),
        (datetime.date(2024, 2, 5), "North", 30.0, "2024-02.csv"),
        (datetime.date(2024, 2, 6), "South", 40.0, "2024-02.csv"),
    ]
    assert found.note("files") == "2 files read as one table: '2024-01.csv' to '2024-02.csv'."


SOLD = "region,amount\nNorth,10\nSouth,20.5\n"


def test_the_names_of_files_tell_periods_where_their_rows_have_no_dates(tmp_path: Path) -> None:
    found = Reached(folder(tmp_path, {"sold_2024-01.csv": SOLD, "sold_2024-02.csv": SOLD}), tmp_path / "work")
    assert found.opened.columns == ("region", "amount", "month", "file") and found.types["month"] == "DATE"
    assert [row[2] for row in found.rows] == [datetime.date(2024, 1, 1)] * 2 + [datetime.date(2024, 2, 1)] * 2
    texts = Reached(folder(tmp_path / "other", {"jan.csv": SOLD, "feb.csv": SOLD}), tmp_path / "other" / "work")
    assert {row[2:] for row in texts.rows} == {("January", "jan.csv"), ("February", "feb.csv")}


@pytest.mark.parametrize("header", ["month", "Month"])
def test_a_column_of_periods_that_the_files_have_stays_the_only_one(tmp_path: Path, header: str) -> None:
    held = f"{header},amount\nearly,10\nlate,20\n"
    found = Reached(folder(tmp_path, {"2024-01.csv": held, "2024-02.csv": held}), tmp_path / "work")
    assert found.opened.columns == (header, "amount", "file")


def test_parquet_files_get_their_periods_too(tmp_path: Path) -> None:
    for place, (columns, expected) in enumerate(
        {"1 AS amount": ("amount", "quarter", "file"), "DATE '2024-01-05' AS day": ("day", "file")}.items()
    ):
        parts = tmp_path / f"parts{place}"
        parts.mkdir()
        for quarter in (1, 2):
            duckdb.sql(f"COPY (SELECT {columns}) TO '{parts}/2024-Q{quarter}.parquet' (FORMAT parquet)")
        assert Reached(parts, tmp_path / f"work{place}").opened.columns == expected


def test_a_column_that_some_files_lack_is_told_and_has_no_value_there(tmp_path: Path) -> None:
    later = "Region,day,amount,coupon\nEast,2024-02-05,7,X1\nEast,2024-02-06,8,X2\n"
    found = Reached(folder(tmp_path, {"1.csv": JANUARY, "2.csv": later}), tmp_path / "work")
    assert found.opened.columns == ("day", "region", "amount", "coupon", "file")
    assert [row[3] for row in found.rows] == [None, None, "X1", "X2"]
    assert found.note("file_columns") == (
        "'coupon' is missing in 1 of 2 files ('1.csv'): their rows have no value there."
    )


def test_files_that_write_a_column_differently_keep_what_stands_there(tmp_path: Path) -> None:
    texts = "day,region,amount\n2024-02-05,North,none yet\n2024-02-06,South,see mail\n"
    found = Reached(folder(tmp_path, {"1.csv": JANUARY, "2.csv": texts}), tmp_path / "work")
    assert [row[2] for row in found.rows][2:] == ["none yet", "see mail"]
    assert len(found.rows) == 4


def test_rows_that_stand_in_two_files_are_told(tmp_path: Path) -> None:
    both = JANUARY + "2024-02-05,North,30\n"
    found = Reached(folder(tmp_path, {"1.csv": JANUARY, "2.csv": both}), tmp_path / "work")
    assert found.note("file_overlap") == (
        "2 rows stand in more than one file with the same values, so they may be counted more than once."
    )


def test_months_without_a_common_row_are_no_overlap(tmp_path: Path) -> None:
    found = Reached(folder(tmp_path, {"1.csv": JANUARY, "2.csv": FEBRUARY}), tmp_path / "work")
    assert not found.note("file_overlap")


def test_different_tables_in_one_folder_are_not_united(tmp_path: Path) -> None:
    place = folder(tmp_path, {"orders.csv": JANUARY, "people.csv": "id,name\n1,x\n2,y\n"})
    with pytest.raises(TableError, match=r"'orders.csv' and 'people.csv' are no parts of one table.*id, name"):
        Reached(place, tmp_path / "work")
    assert names(place, tmp_path) == ["orders.csv", "people.csv"]


def test_a_pattern_names_some_files_of_a_folder(tmp_path: Path) -> None:
    place = folder(tmp_path, {"2023-12.csv": JANUARY, "2024-01.csv": JANUARY, "2024-02.csv": FEBRUARY})
    found = Reached(place / "2024-*.csv", tmp_path / "work")
    assert found.opened.name == "2024" and len(found.rows) == 4
    assert Reached(place / "2024-0[1].csv", tmp_path / "one").opened.name == "2024-0"


def test_the_folders_of_a_hive_table_are_columns(tmp_path: Path) -> None:
    files = {"year=2024/month=01/a.csv": JANUARY, "year=2024/month=02/a.csv": FEBRUARY}
    found = Reached(folder(tmp_path, files), tmp_path / "work")
    assert found.opened.columns == ("day", "region", "amount", "year", "month")
    assert {row[3] for row in found.rows} == {2024}


def test_parquet_files_are_read_together_with_what_some_lack(tmp_path: Path) -> None:
    place = tmp_path / "parts"
    for key, extra in (("a", ""), ("b", ", 'x' AS coupon")):
        (place / f"kind={key}").mkdir(parents=True)
        target = place / f"kind={key}" / "0.parquet"
        duckdb.sql(f"COPY (SELECT 1 AS id, 2.5::DECIMAL(9,2) AS price{extra}) TO '{target}' (FORMAT parquet)")
    (place / "_SUCCESS").write_text("")
    found = Reached(place, tmp_path / "work")
    assert found.opened.format == "parquet"
    assert sorted(found.rows, key=str) == [(1, 2.5, "x", "b"), (1, 2.5, None, "a")]
    assert "'coupon' is missing in 1 of 2 files" in found.note("file_columns")


def test_a_folder_is_known_by_the_names_and_bytes_of_its_files(tmp_path: Path) -> None:
    place = folder(tmp_path, {"1.csv": JANUARY, "2.csv": FEBRUARY})
    before = identify(TableSource(place))
    assert before and Reached(place, tmp_path / "work").opened.fingerprint == before.fingerprint
    (place / "2.csv").rename(place / "3.csv")
    after = identify(TableSource(place))
    assert after and after.fingerprint != before.fingerprint


@pytest.mark.parametrize("name", ["nothing/*.csv", "empty"])
def test_a_place_without_a_table_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableError, match=r"No file matches|There is no table in the folder"):
        Reached(tmp_path / name, tmp_path / "work")


@pytest.mark.parametrize(
    ("log", "asked"),
    [
        ("orders/_delta_log/00000000000000000000.json", "orders"),
        ("orders/_delta_log/00000000000000000000.json", "orders/region=North"),
        ("orders/_delta_log/00000000000000000000.json", "orders/region=North/*.parquet"),
        ("orders/metadata/v1.metadata.json", "orders"),
    ],
)
def test_files_of_a_table_with_a_log_are_refused_since_they_hold_rows_that_it_lost(
    log: str, asked: str, tmp_path: Path
) -> None:
    for name in (log, "orders/region=North/a.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / log).write_text("{}")
    duckdb.sql(f"COPY (SELECT 1 AS n) TO '{tmp_path / 'orders/region=North/a.parquet'}'")
    with pytest.raises(TableError, match=r"has files of an? (Delta|Iceberg) table"):
        Reached(tmp_path / asked, tmp_path / "work")


def test_a_folder_of_that_name_without_a_log_is_read(tmp_path: Path) -> None:
    (tmp_path / "orders" / "metadata").mkdir(parents=True)
    duckdb.sql(f"COPY (SELECT 1 AS n) TO '{tmp_path / 'orders/a.parquet'}'")
    assert Reached(tmp_path / "orders", tmp_path / "work").rows == [(1,)]
