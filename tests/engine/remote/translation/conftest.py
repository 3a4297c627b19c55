"""A server of Spark SQL beside DuckDB, with one table of everything on both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.remote.translation.comparing import Engines, opened_engines
from tests.spark_server import real_spark


@pytest.fixture(scope="session")
def engines(spark_url: str) -> Iterator[Engines]:
    """DuckDB and a server of Spark SQL with the same table."""
    made = opened_engines(spark_url, real=real_spark() is not None)
    yield made
    made.close()
