"""Tables that Spark reads by JDBC: what lacks is told. The one driver that comes with Spark, Derby's, serves one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyst.engine.errors import EngineError, MissingReaderError, StoppedError
from analyst.engine.remote.access import Access
from analyst.engine.remote.spark import SparkServer
from analyst.engine.remote.spark_opening import open_spark
from analyst.protocol.places import Url, parse_place

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def access(spark_url: str) -> Access:
    return Access(spark_url, timeout_s=300)


def opened(access: Access, typed: str) -> SparkServer:
    place, _ = parse_place(typed)
    assert isinstance(place, Url)
    return open_spark(access, place, list)


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
