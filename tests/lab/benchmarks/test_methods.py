"""The benchmark of the plan's methods knows them all."""

from __future__ import annotations

import pytest

from analyst.stats.registry import METHODS
from lab.benchmarks.methods import CALLS


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_the_plan_language_is_measured(method: str) -> None:
    assert method in {step["method"] for step in CALLS.values()}
