from __future__ import annotations

import re
import string
from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyst.datasets.readings import READINGS
from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]
SIGNS = st.text(alphabet="0123456789+-./:,_eEinfa T" + string.whitespace, min_size=1, max_size=20)
KNOWN = st.sampled_from(
    ["inf", "-infinity", "nan", "1_000", "1e400", "0x1F", "12024-01-05", "-infinity", "epoch", "007", "+5", "1e2", "5."]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(SIGNS, KNOWN, st.integers().map(str), st.floats().map(str), st.dates().map(str)))
def test_a_cell_that_passes_the_cheap_test_matches_the_pattern_and_has_a_value(cell: str) -> None:
    for reading in READINGS.values():
        if reading.plain:
            passes, value = duckdb.execute(
                f"SELECT {reading.is_plain('v')}, {reading.bare('v')} FROM (SELECT $1 AS v)", [cell]
            ).fetchall()[0]
            assert not passes or (re.fullmatch(rf"\s*(?:{reading.pattern})\s*", cell) and value is not None)


@pytest.mark.parametrize(
    ("text", "read", "kind"),
    [
        ("a;b\n1,5;1.234\n2,25;950\n", [(1.5, 1234.0), (2.25, 950.0)], "number_format"),
        ('a,b\n"1,5","1,234"\n"2,25","2,345"\n', [(1.5, 1.234), (2.25, 2.345)], "number_format"),
        ("a;b\nx;1,234\ny;2,345\n", [("x", 1.234), ("y", 2.345)], "number_format"),
        ('a,b\nx,"1,234"\ny,"2,345"\n', [("x", 1234.0), ("y", 2345.0)], "number_format"),
        ("a;b\nx;1.234\ny;12.345\n", [("x", 1.234), ("y", 12.345)], "ambiguous_numbers"),
        ("a;b\nx;1.234\ny;1.234.567\n", [("x", 1234.0), ("y", 1234567.0)], "number_format"),
        ("a,b\nx,1'234.50\ny,12'345\n", [("x", 1234.5), ("y", 12345.0)], "number_format"),
    ],
)
def test_separators_of_numbers_are_read_as_the_file_uses_them_and_told(
    text: str, read: list[tuple[Any, ...]], kind: str, opened: Opener, rows: Rows
) -> None:
    table = opened(text)
    assert rows(table) == read
    assert kind in {note.kind for note in table.notes}


@pytest.mark.skipif(
    int(duckdb.__version__.split(".")[0]) < 2,
    reason="DuckDB 1.5, the newest for Python 3.10, casts no offset after minutes: such times stay text there",
)
@pytest.mark.parametrize(
    ("cells", "read", "told"),
    [
        (["2024-01-05T10:00:00Z", "2024-01-05T11:00:00Z"], ["2024-01-05 10:00", "2024-01-05 11:00"], None),
        (["2024-01-05T10:00+02:00", "2024-07-05 11:00 +0200"], ["2024-01-05 10:00", "2024-07-05 11:00"], "UTC+02:00"),
        (["2024-01-05T10:00+01:00", "2024-07-05T10:00+02:00"], ["2024-01-05 09:00", "2024-07-05 08:00"], "to UTC"),
        (
            ["2024-01-05T10:00:00.25Z", "2024-01-05T10:00-05"],
            ["2024-01-05 10:00:00.25", "2024-01-05 15:00"],
            "to UTC",
        ),
    ],
)
def test_times_with_offsets_keep_one_clock_or_become_utc(
    cells: list[str], read: list[str], told: str | None, opened: Opener, rows: Rows
) -> None:
    table = opened("t,n\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells)))
    assert [row[0] for row in rows(table)] == [
        datetime.fromisoformat(cell.ljust(26, "0") if "." in cell else cell) for cell in read
    ]
    messages = [note.message for note in table.notes if note.kind == "time_zone"]
    assert (told in messages[0]) if told else not messages
