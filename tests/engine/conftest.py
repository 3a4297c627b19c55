"""A server of Spark SQL for the tests of engines; what only a real one does is marked `spark`."""

from __future__ import annotations

import pytest

from tests.spark_server import real_spark, spark_url

__all__ = ["spark_url"]


@pytest.fixture(autouse=True)
def _on_a_real_spark(request: pytest.FixtureRequest) -> None:
    """A marked test runs on every engine of its suite but on a Spark that is none."""
    given = getattr(request.node, "callspec", None)
    on_spark = given is None or given.params.get("make", "spark") == "spark"
    if request.node.get_closest_marker("spark") and on_spark and not real_spark():
        pytest.skip("needs a real Spark: `make test-spark` runs this")
