"""Servers beside DuckDB, with one table of everything on each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.remote.translation.comparing import Engines, opened_postgres, opened_spark
from tests.spark_server import real_spark
from tests.stores import fresh_database


@pytest.fixture(scope="session")
def engines(spark_url: str) -> Iterator[Engines]:
    """DuckDB and a server of Spark SQL with the same table."""
    made = opened_spark(spark_url, real=real_spark() is not None)
    yield made
    made.close()


@pytest.fixture(scope="session")
def on_postgres(postgres: str) -> Iterator[Engines]:
    """DuckDB and a PostgreSQL server with the same table."""
    with fresh_database(postgres) as url:
        made = opened_postgres(url)
        yield made
        made.close()
