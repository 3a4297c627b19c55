"""The first figures of a plan: a few rows as readers see them, with bars where bars say something."""

from __future__ import annotations

import pytest

from analyst.answers.announcing import MOST_ROWS, first_chart, first_figures, shares
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.charts.drawing import draw, read_choice


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


def test_the_chart_of_the_first_figures_is_told_ready_to_be_drawn() -> None:
    rows = tuple((f"shop {place}", 1000.0 * (20 - place)) for place in range(6))
    table = EvidenceTable(
        "s1", "sums", ("shop", "total_price"), rows, 6, ("shop",), order={"total_price": "descending"}
    )
    choice = read_choice(first_chart(table, Evidence((table,)), "Total price by shop?"))
    assert choice.kind == "bar" and [row["value"] for row in choice.rows] == [row[1] for row in rows]
    assert "shop 5" in draw(choice).svg


def test_what_makes_no_chart_or_one_too_large_for_an_event_tells_none(monkeypatch: pytest.MonkeyPatch) -> None:
    one = EvidenceTable("s1", "sum", ("total",), ((5.0,),), 1)
    assert first_chart(one, Evidence((one,)), "The total?") == ""
    monkeypatch.setattr("analyst.answers.announcing.MOST_CHARACTERS", 10)
    rows = (("a", 1.0), ("b", 2.0))
    two = EvidenceTable("s1", "sums", ("shop", "total"), rows, 2, ("shop",))
    assert first_chart(two, Evidence((two,)), "Total by shop?") == ""
