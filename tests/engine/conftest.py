"""A Spark Connect server for the tests: a light one that needs no Java, or the real one that `make test-spark` starts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from analyst.core.settings import load_settings
from analyst.engine.remote import local_spark

REAL = "SPARK_TESTS"
"""Set: the tests run on real Spark (see the Makefile)."""


@pytest.fixture(scope="session")
def spark_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Spark Connect server."""
    if os.environ.get(REAL):
        state = tmp_path_factory.mktemp("spark")
        yield local_spark.start(state, load_settings().sql_memory_mb).url
        local_spark.stop(state)
        return
    sail = pytest.importorskip("pysail.spark", reason="pysail is not installed: remote tables are not tested")
    server = sail.SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    host, port = server.listening_address
    yield f"sc://{host}:{port}"
    server.stop()
