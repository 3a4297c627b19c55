"""A server of Spark SQL for the tests of engines; what only a real one does is marked `spark`."""

from __future__ import annotations

import pytest

from tests.spark_server import real_spark, spark_url

__all__ = ["spark_url"]
_OTHERS = ("duckdb", "postgres")


@pytest.fixture(autouse=True)
def _on_a_real_spark(request: pytest.FixtureRequest) -> None:
    if (
        request.node.get_closest_marker("spark")
        and not any(other in request.node.name for other in _OTHERS)
        and not real_spark()
    ):
        pytest.skip("needs a real Spark: `make test-spark` runs this")
