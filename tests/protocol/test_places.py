"""What a person types as the place of a table: paths, parts of files, URLs; passwords are refused and nothing shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyst.core.errors import TableError
from analyst.protocol.places import Url, parse_place, place_of, place_text
from analyst.protocol.table import TableSource


@pytest.mark.parametrize(
    ("typed", "place", "part"),
    [
        ("sales.csv", Path("sales.csv"), None),
        ("shop.db::orders", Path("shop.db"), "orders"),
        ("shop.db::sales.orders", Path("shop.db"), "sales.orders"),
        ("book.xlsx::Sheet 2", Path("book.xlsx"), "Sheet 2"),
        ("a::b.db::orders", Path("a::b.db"), "orders"),
        ("shop.db::", Path("shop.db::"), None),
        ("months/2024-*.csv", Path("months/2024-*.csv"), None),
        ("https://data.example/a.csv?sig=1", Url("https://data.example/a.csv?sig=1"), None),
        ("postgres://ann@db/shop?table=public.orders", Url("postgresql://ann@db/shop"), "public.orders"),
        (
            "postgresql://db/shop?sslmode=require&table=orders",
            Url("postgresql://db/shop?sslmode=require"),
            "orders",
        ),
        ("mariadb://ann@db:3307/shop?table=orders", Url("mysql://ann@db:3307/shop"), "orders"),
        ("postgresql:///shop?host=/run/pg", Url("postgresql:///shop?host=/run/pg"), None),
    ],
)
def test_a_place_is_parted_from_the_table_in_it(typed: str, place: Path | Url, part: str | None) -> None:
    assert parse_place(typed) == (place, part)


def test_a_file_whose_name_holds_the_sign_is_the_file(tmp_path: Path) -> None:
    (tmp_path / "a::b").write_text("x,y\n1,2\n")
    assert parse_place(str(tmp_path / "a::b")) == (tmp_path / "a::b", None)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ftp://host/a.csv", "can't be read from 'ftp://host/a.csv'"),
        ("postgresql://ann:s3cret@db/shop", "holds a password.*PGPASSWORD"),
        ("postgresql://ann:@db/shop", "holds a password"),
        ("mysql://ann:s3cret@db/shop", "holds a password.*MYSQL_PWD"),
        ("https://ann:s3cret@host/a.csv", "holds a password"),
        ("https://ann@host/a.csv", "holds a password"),
        ("https://host:port/a.csv", "can't be read"),
        ("https://good.example\\@evil.example/a.csv", "a blank or a backslash"),
        ("https://host/a b.csv", "a blank or a backslash"),
        ("postgresql://db/shop?table=a&table=b", "names 2 tables"),
        ("postgresql://db/shop?table=", "has no value"),
    ],
)
def test_what_can_not_be_a_place_is_refused_without_its_password(typed: str, told: str) -> None:
    with pytest.raises(TableError, match=told) as refused:
        parse_place(typed)
    assert "s3cret" not in str(refused.value)


def test_what_is_shown_of_a_url_holds_neither_user_nor_query() -> None:
    signed = Url("https://bucket.example/a/sales.csv?X-Signature=abc")
    assert (str(signed), signed.name, signed.host) == (
        "https://bucket.example/a/sales.csv",
        "sales.csv",
        "bucket.example",
    )
    assert "abc" not in repr(TableSource(signed)) and "abc" not in TableSource(signed).label
    assert "ann" not in str(Url("postgresql://ann@db:5433/shop"))


@pytest.mark.parametrize("place", [Path("/data/sales.csv"), Url("https://host/a.csv?sig=1")])
def test_a_place_is_stored_and_read_again(place: Path | Url) -> None:
    assert place_of(place_text(place)) == place


def test_a_table_in_a_place_is_called_by_both() -> None:
    assert TableSource(Path("/data/shop.db"), "orders").label == "shop.db::orders"
    assert TableSource(Url("postgresql://db/shop"), "orders").label == "shop::orders"
    assert TableSource(Path("/data/sales.csv")).label == "sales.csv"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("spark:orders", "orders"), ("spark:lake.sales.orders", "orders"), ("spark:parquet:/data/orders.parquet", "orders"),
        ("spark:delta:s3a://lake/orders", "orders"), ("spark:jdbc:postgresql://db/shop?table=public.orders", "orders"),
        ("spark:iceberg:lake.sales.orders", "orders"), ("spark:iceberg:/lake/orders", "orders"),
        ("spark:", "spark"), ("spark:jdbc:derby:/data/shop;upgrade=false?table=ORDERS", "ORDERS"),
        ('spark:jdbc:postgresql://db/shop?table=public."Order%20lines"', '"Order lines"'),
        ("spark:jdbc:sqlserver://db;databaseName=shop?table=[dbo].orders", "orders"),
    ],
)  # fmt: skip
def test_a_table_that_stays_on_spark_is_named_by_its_catalog_its_files_or_a_database(typed: str, name: str) -> None:
    place, part = parse_place(typed)
    assert isinstance(place, Url) and place.is_remote and part is None and place.name == name
    assert place_of(place_text(place)) == place and not place.is_database


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("spark:csv:/data", "no kind of table"), ("spark:parquet:", "no kind of table"), ("spark:x;DROP", "no table's name"),
        ("spark:../x", "'..'"), ("spark:parquet:/data/../etc", "'..'"), ("spark:a b", "blank"),
        ("spark:jdbc:postgresql://ann:secret@db/shop?table=t", "user or password"),
        ("spark:jdbc:postgresql://db/shop?table=t&password=secret", "user or password"),
        ("spark:jdbc:postgresql://db/shop", "names no table"),
        ("spark:jdbc:sqlserver://db;databaseName=shop;password=secret?table=t", "user or password"),
        ("spark:jdbc:derby:/data/shop;user=ann?table=t", "user or password"),
        ("spark:jdbc:postgresql://db/shop?table=t&sslpassword=secret", "user or password"),
        ("spark:jdbc:mysql://db/shop?accessToken=secret&table=t", "user or password"),
        ("spark:jdbc:postgresql://db/shop?table=a&table=b", "names 2 tables"),
        ("spark:jdbc:postgresql://db/shop?table=(SELECT%201)%20x", "no table's name"),
        ("spark:jdbc:postgresql://db/shop?table=t;DROP", "no table's name"),
        ("spark:jdbc:postgresql://db/shop?table=", "no table's name"),
        ("spark:parquet:/lake/{..}/etc", "'..'"),
    ],
)  # fmt: skip
def test_a_wrong_name_of_a_table_on_spark_is_refused_without_its_password(typed: str, told: str) -> None:
    with pytest.raises(TableError) as refused:
        parse_place(typed)
    assert told in str(refused.value) and "secret" not in str(refused.value)
