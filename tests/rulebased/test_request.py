"""What a column's name says of how its values belong together."""

from __future__ import annotations

import pytest

from analyst.protocol.table import ColumnCard
from analyst.rulebased.request import is_added


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("revenue", True), ("storm_damage", True), ("Casualties", True), ("injuries", True), ("scrap_kg", True),
        ("average_damage", False), ("age", False), ("rating", False), ("price", False), ("price_total", True),
    ],
)  # fmt: skip
def test_a_measure_is_added_up_or_averaged_by_its_name_when_nobody_says(name: str, added: bool) -> None:
    assert is_added(ColumnCard(name=name, type="DOUBLE", role="measure", distinct=50)) is added
