"""A server of Spark SQL for the tests: a light one that needs no Java, or a real one.

SPARK_TEST_URL names the real one (sc://host:port), or is spark://local to start one here (`make test-spark`). The light
one has most of Spark's functions and is no oracle: what it is known to get wrong is marked `spark` and left out there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from analyst.core.settings import load_settings
from analyst.engine.remote import local_spark
from analyst.engine.remote.access import LOCAL

_SAIL = """
import time
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
print(server.listening_address[1], flush=True)
time.sleep(3600)
"""
"""In a process of its own: what it computes can't be stopped in any other way."""


def real_spark() -> str | None:
    """The address of a real Spark, where one is named."""
    return os.environ.get("SPARK_TEST_URL")


@pytest.fixture(scope="session")
def spark_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of Spark SQL."""
    for name in ("pyspark", "sqlglot", "pysail"):
        pytest.importorskip(name, reason=f"{name} is not installed: remote tables are not tested")
    real = real_spark()
    if real == LOCAL:
        state = tmp_path_factory.mktemp("spark")
        yield local_spark.start(state, load_settings().sql_memory_mb).url
        local_spark.stop(state)
    elif real:
        yield real
    else:
        server = subprocess.Popen(
            [sys.executable, "-c", _SAIL], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert server.stdout is not None
        yield f"sc://127.0.0.1:{int(server.stdout.readline())}"
        server.kill()
        server.wait()
