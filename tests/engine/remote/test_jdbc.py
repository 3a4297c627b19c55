"""Tables that Spark reads by JDBC, of Derby, whose driver comes with Spark."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.engine.errors import EngineError, MissingReaderError, StoppedError
from analyst.engine.remote.access import Access
from analyst.engine.remote.spark import SparkServer
from analyst.engine.remote.spark_opening import new_session, open_spark
from analyst.protocol.places import Url, parse_place

ROWS = [(1, "Lyon", Decimal("1.50"), date(2024, 1, 31)), (2, None, None, None), (3, "it's", Decimal("-3.00"), None)]

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def access(spark_url: str) -> Access:
    return Access(spark_url, timeout_s=300)


@pytest.fixture(scope="module")
def shop(access: Access, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the table ORDERS."""
    folder = tmp_path_factory.mktemp("derby") / "shop"
    session = new_session(access)
    rows = session.createDataFrame(ROWS, "id INT, city STRING, price DECIMAL(10,2), day DATE")
    rows.write.format("jdbc").options(url=f"jdbc:derby:{folder};create=true", dbtable="orders").save()
    session.stop()
    return folder


def opened(access: Access, typed: str) -> SparkServer:
    place, _ = parse_place(typed)
    assert isinstance(place, Url)
    return open_spark(access, place, list)


def test_a_table_of_a_database_has_its_columns_with_their_types_and_its_rows(access: Access, shop: Path) -> None:
    server = opened(access, f"spark:jdbc:derby:{shop}?table=ORDERS")
    assert server.columns() == {"id": "BIGINT", "city": "VARCHAR", "price": "DOUBLE", "day": "DATE"}
    found = server.select("SELECT * FROM data ORDER BY id", 10).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        (1, "Lyon", 1.5, date(2024, 1, 31)), (2, None, None, None), (3, "it's", -3.0, None),
    ]  # fmt: skip
    server.close()


@pytest.mark.parametrize("table", ["nothing", "ORDERS.nothing"])
def test_a_table_that_there_is_not_is_told_by_its_name(access: Access, shop: Path, table: str) -> None:
    with pytest.raises(EngineError, match="nothing") as told:
        opened(access, f"spark:jdbc:derby:{shop}?table={table}")
    assert not isinstance(told.value, StoppedError)


def test_a_database_that_there_is_not_is_no_lost_connection_to_spark(access: Access, tmp_path: Path) -> None:
    with pytest.raises(EngineError) as told:
        opened(access, f"spark:jdbc:derby:{tmp_path / 'none'}?table=orders")
    assert not isinstance(told.value, StoppedError)


@pytest.mark.parametrize(
    "typed",
    ["spark:jdbc:postgresql://localhost:1/x?table=t", "spark:jdbc:h2:mem:x?table=t", "spark:delta:/data/orders"],
)
def test_a_driver_or_a_format_that_spark_lacks_is_told_apart(access: Access, typed: str) -> None:
    with pytest.raises(MissingReaderError):
        opened(access, typed)
