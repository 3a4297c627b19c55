"""Other readings that name columns can be computed at once; what names none, or several, stays words."""

from __future__ import annotations

import pytest

from analyst.answers.alternatives import typed
from analyst.protocol.replies import Alternative

COLUMNS = ("region", "net_revenue", "Gross revenue", "list-price", "Größe")


@pytest.mark.parametrize(
    ("meant", "others", "column", "instead"),
    [
        ("net revenue", ("gross revenue",), "net_revenue", ("Gross revenue",)),
        ("net_revenue", ("the column `Gross revenue`", "list price"), "net_revenue", ("Gross revenue", "list-price")),
        ("the Groesse column", ("größe",), None, ()),
        ("GRÖSSE", ("the net_revenue column",), "Größe", ("net_revenue",)),
        ("net revenue", ("revenue of the year before",), None, ()),
        ("the sum of net revenue", ("gross revenue",), None, ()),
        ("net revenue", (), None, ()),
    ],
)
def test_readings_that_are_called_like_columns_are_these_columns(
    meant: str, others: tuple[str, ...], column: str | None, instead: tuple[str, ...]
) -> None:
    [found] = typed([Alternative(words="revenue", meant=meant, others=others)], COLUMNS)
    assert (found.column, found.instead) == (column, instead)
