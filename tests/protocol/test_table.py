from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyst.protocol.table import ROLES, ColumnCard, TableCard, read_card, write_card

values = st.tuples(st.text(), st.integers(), st.none()) | st.none()
types = st.sampled_from(["DOUBLE", "DECIMAL(18, 3)", "TIMESTAMP WITH TIME ZONE", "VARCHAR"])
columns = st.builds(
    ColumnCard,
    name=st.text(),
    type=types,
    role=st.sampled_from(ROLES),
    missing=st.none() | st.integers(0),
    distinct=st.none() | st.integers(0),
    min=st.none() | st.text() | st.integers(),
    values=values,
    numbers=st.none() | st.text(),
)


@given(st.text(), st.integers(0), st.lists(columns, max_size=4), st.integers(0, 9))
def test_a_card_reads_back_as_it_was_written(name: str, rows: int, listed: list[ColumnCard], omitted: int) -> None:
    card = TableCard(name, rows, tuple(listed), omitted=omitted)
    assert read_card(write_card(card)) == card


def test_a_line_that_is_no_column_is_named() -> None:
    with pytest.raises(ValueError, match="not a column line: 'price DOUBLE'"):
        read_card('{"name":"t","rows":1}\nprice DOUBLE')


def test_values_are_complete_only_when_every_distinct_one_is_listed() -> None:
    assert ColumnCard("a", "VARCHAR", "dimension", distinct=2, values=("x", "y")).complete
    assert not ColumnCard("a", "VARCHAR", "dimension", distinct=3, values=("x", "y")).complete


def test_line_breaks_that_only_unicode_knows_do_not_break_a_card() -> None:
    card = TableCard("t\x85", 1, (ColumnCard("a\u2028b", "VARCHAR", "text", values=("\x0c", "\u2029"), distinct=2),))
    assert read_card(write_card(card)) == card
