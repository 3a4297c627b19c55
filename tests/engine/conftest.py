"""A Spark Connect server for the tests: a light one that needs no Java, or the real one that `make test-spark` starts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from analyst.core.settings import load_settings
from analyst.engine.remote import local_spark

REAL = "SPARK_TESTS"
"""Set: the tests run on real Spark, one that they start or the one at this address (see the Makefile)."""
_SAIL = """
import time
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
print(server.listening_address[1], flush=True)
time.sleep(3600)
"""
"""In a process of its own: what it computes can't be stopped in any other way."""


@pytest.fixture(scope="session")
def spark_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Spark Connect server."""
    if os.environ.get(REAL, "").startswith("sc://"):
        yield os.environ[REAL]
        return
    if os.environ.get(REAL):
        state = tmp_path_factory.mktemp("spark")
        yield local_spark.start(state, load_settings().sql_memory_mb).url
        local_spark.stop(state)
        return
    pytest.importorskip("pysail", reason="pysail is not installed: remote tables are not tested")
    server = subprocess.Popen([sys.executable, "-c", _SAIL], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    yield f"sc://127.0.0.1:{int(server.stdout.readline())}"
    server.kill()
    server.wait()
