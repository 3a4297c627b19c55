"""Tables with the same columns in one question: parts of one are put together, others are matched, and doubts told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from analyst.core.settings import load_settings
from analyst.datasets.opened_tables import OpenedTables
from analyst.protocol.table import ALIKE, OpenedTable, TableSource

Open = Callable[[Mapping[str, str]], OpenedTable]
GOODS = ("chair", "desk", "lamp", "shelf")


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Write tables by file, as CSV text, and make one of them for a question about their amount."""

    def written_and_opened(tables: Mapping[str, str]) -> OpenedTable:
        for name, content in tables.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(content)
        first, *others = [TableSource(tmp_path / name) for name in tables]
        source, settings = TableSource(first.place, others=tuple(others)), load_settings(tmp_path / "none.env")
        with OpenedTables().open(source, settings, lambda event: None, "Total amount") as table:
            return table.opened

    return written_and_opened


def sold(numbers: range, *, first: int = 0) -> str:
    """Numbered sales of goods, which differ with `first`."""
    return "nr,item,amount\n" + "".join(f"{n},{GOODS[(n * 7 // 3 + first) % 4]},{n + 0.5}\n" for n in numbers)


def told(table: OpenedTable) -> str:
    return " ".join(note.message for note in table.notes if note.kind == ALIKE)


def test_what_came_back_of_the_same_things_is_matched_and_not_added_up(opened: Open) -> None:
    table = opened({"orders.csv": sold(range(1, 41)), "refunds.csv": sold(range(5, 41, 5))})
    assert (table.name, table.rows) == ("orders with refunds", 40)
    assert told(table) == (
        "orders and refunds have the same columns, so their rows were matched and not added up: 'refunds item' and"
        " 'refunds amount' are of refunds."
    )


def test_a_plan_and_what_came_of_it_are_matched_where_all_else_is_their_key(opened: Open) -> None:
    cells = [(quarter, shop) for quarter in ("Q1", "Q2", "Q3") for shop in ("Mill", "Pier", "Dock")]
    plan, actual = (
        "quarter,shop,amount\n" + "".join(f"{q},{shop},{place + more}\n" for place, (q, shop) in enumerate(cells))
        for more in (100, 90)
    )
    table = opened({"planned.csv": plan, "actual.csv": actual})
    assert (table.name, table.rows) == ("planned with actual", 9)


def test_numbers_of_their_own_are_not_the_same_things_and_the_doubt_is_told_first(opened: Open) -> None:
    table = opened({"mill shop.csv": sold(range(1, 41)), "pier shop.csv": sold(range(1, 41), first=1)})
    assert table.rows == 80 and table.columns[-1] == "file"
    assert told(table) == (
        "mill shop.csv and pier shop.csv have the same columns, so their rows were put together: 'file' says whose. If"
        " they hold different things, totals mix them: ask by file then."
    )


def test_months_of_two_kinds_of_tables_are_put_together_by_kind_and_then_matched(opened: Open) -> None:
    table = opened(
        {
            "orders_may.csv": sold(range(1, 41)),
            "orders_june.csv": sold(range(41, 81)),
            "refunds_may.csv": sold(range(5, 41, 5)),
            "refunds_june.csv": sold(range(45, 81, 5)),
        }
    )
    assert (table.name, table.rows) == ("orders with refunds", 80)
    assert told(table).startswith("orders and refunds have the same columns")


@pytest.mark.parametrize("names", [("may.csv", "june.csv"), ("part1.csv", "part2.csv"), ("2023/s.csv", "2024/s.csv")])
def test_parts_by_their_names_are_put_together_without_a_doubt(opened: Open, names: tuple[str, str]) -> None:
    table = opened(dict.fromkeys(names, sold(range(1, 41))) | {names[1]: sold(range(1, 41), first=1)})
    assert table.rows == 80 and not told(table)


def test_folders_tell_files_of_one_name_apart(opened: Open) -> None:
    table = opened({"2023/s.csv": sold(range(1, 41)), "2024/s.csv": sold(range(41, 81))})
    assert table.columns == ("nr", "item", "amount", "year", "file")
    assert (
        "2023/s.csv and 2024/s.csv have the same columns, so their rows were put together: 'file' says whose. 'year' is the"
        " year that its name tells."
    ) in [note.message for note in table.notes]
