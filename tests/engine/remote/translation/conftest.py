"""A server of Spark SQL beside DuckDB, with one table of everything on both.

SPARK_TEST_URL (sc://host:port) names a real Spark in ANSI mode; without it a light server is started, which has most of
Spark's functions and no oracle: what it is known to get wrong is left out there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.engine.remote.translation.comparing import Engines, opened_engines


def real_spark() -> str | None:
    """The address of a real Spark, where there is one."""
    return os.environ.get("SPARK_TEST_URL")


@pytest.fixture(autouse=True)
def _on_a_real_spark(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("spark") and not real_spark():
        pytest.skip("needs a real Spark: set SPARK_TEST_URL=sc://host:port")


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """DuckDB and a server of Spark SQL with the same table."""
    for name in ("pyspark", "sqlglot"):
        pytest.importorskip(name, reason="needs requirements/spark.in: a client of Spark and a parser of its SQL")
    url = real_spark()
    if url:
        yield opened_engines(url, real=True)
        return
    pysail = pytest.importorskip("pysail.spark", reason="needs pysail, a light server of Spark SQL")
    server = pysail.SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    host, port = server.listening_address
    made = opened_engines(f"sc://{host}:{port}", real=False)
    yield made
    made.close()
    server.stop()
