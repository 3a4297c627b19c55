"""A profiled table's text reads back as the same values, of the same types."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.core.settings import load_settings
from analyst.datasets import exact_json
from analyst.datasets.opened_tables import OpenedTables
from analyst.protocol.table import ColumnProfile, Meaning, OpenedTable, TableProfile, TableSource

ROWS = """day,at,hour,amount,rate,ok,who,"$"
2024-01-02,2024-01-02 10:11:12,10:30:00,5,0.25,yes,Ann,3 kg
2024-02-29,2024-02-29 00:00:00,23:59:59,-7,1.5,no,Bob,4 kg
,2024-03-01 07:00:00.5,00:00:00,,0.1,yes,Ümit,5 kg
"""


def profiled(folder: Path) -> TableProfile:
    (folder / "t.csv").write_text(ROWS * 9, encoding="utf-8")
    silent = lambda event: None  # noqa: E731
    with OpenedTables().open(TableSource(folder / "t.csv"), load_settings(folder / ".env"), silent) as opened:
        return opened.profiled(silent)


def test_a_real_profile_reads_back_the_same(tmp_path: Path) -> None:
    before = profiled(tmp_path)
    after = exact_json.read_profile(exact_json.write(before))
    assert after == before and [repr(column) for column in after.columns] == [repr(one) for one in before.columns]
    assert exact_json.read_opened(exact_json.write(before.table)) == before.table


@pytest.mark.parametrize(
    "value",
    [
        date(2024, 2, 29),
        datetime(2024, 2, 29, 1, 2, 3, 4),
        datetime(2024, 2, 29, tzinfo=timezone(timedelta(hours=2))),
        time(23, 59, 59, 999999),
        timedelta(days=-3, microseconds=1),
        Decimal("0.10"),
        "2024-02-29",
        True,
        2**70,
        -0.1,
        float("inf"),
        None,
    ],
    ids=repr,
)
def test_every_kind_of_cell_keeps_its_type(value: object) -> None:
    column = ColumnProfile(
        "$", "X", "other", "text", minimum=value, values=((value, 2),), meaning=Meaning(wholes=(value,))
    )
    table = OpenedTable(
        Path("t.duckdb"), Path("t.csv"), "t", "csv", 2, ("$",), "f", (), {"$": Meaning(), "is": Meaning()}
    )
    before = TableProfile(table, (column,))
    after = exact_json.read_profile(exact_json.write(before))
    assert repr(after) == repr(before)


def test_a_value_without_a_text_is_refused_and_a_strange_text_too(tmp_path: Path) -> None:
    column = ColumnProfile("a", "X", "other", "text", minimum=object())
    with pytest.raises(TypeError):
        exact_json.write(replace(profiled(tmp_path), columns=(column,)))
    for text in ("", "{}", '{"table": 1}', '{"$": "os.system", "is": 1}'):
        with pytest.raises(ValueError):
            exact_json.read_profile(text)
