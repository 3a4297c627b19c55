"""The first figures of a plan: a few rows as readers see them, with bars where bars say something."""

from __future__ import annotations

import pytest

from analyst.answers.announcing import MOST_ROWS, first_figures, shares
from analyst.protocol.evidence import EvidenceTable


def test_the_first_rows_are_told_as_readers_see_them() -> None:
    rows = tuple((f"shop {place}", 1000.0 * (20 - place)) for place in range(20))
    told = first_figures(EvidenceTable("s1", "sums", ("shop", "total_price"), rows, 20, ("shop",)))
    assert told.heads == ("Shop", "Total price") and told.rows[0] == ("shop 0", "20,000")
    assert (len(told.rows), told.left, told.numeric) == (MOST_ROWS, 12, (False, True))
    assert told.bars[:2] == (1.0, 0.95)


@pytest.mark.parametrize(("values", "bars"), [([2, 4], (0.5, 1.0)), ([-1, 4], ()), ([0, 0], ()), ([], ())])
def test_bars_compare_what_has_one_sign(values: list[float], bars: tuple[float, ...]) -> None:
    assert shares(values) == bars


def test_one_row_needs_no_bar() -> None:
    assert first_figures(EvidenceTable("s1", "sum", ("total",), ((5.0,),), 1)).bars == ()
