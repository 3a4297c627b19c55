from __future__ import annotations

from typing import Any

import pytest

from analyst.answers.consensus.comparing import same_results
from analyst.protocol.evidence import Evidence, EvidenceTable


def table(*rows: tuple[Any, ...], id: str = "s1", names: str = "", **given: Any) -> EvidenceTable:
    columns = tuple(names.split()) if names else tuple(f"c{place}" for place in range(len(rows[0]) if rows else 1))
    return EvidenceTable(id, "a result", columns, rows, given.pop("row_count", len(rows)), **given)


def same(one: EvidenceTable | list[EvidenceTable], other: EvidenceTable | list[EvidenceTable]) -> bool:
    first, second = (Evidence(tuple(t if isinstance(t, list) else [t])) for t in (one, other))
    found = same_results(first, second)
    assert same_results(second, first) is found, "it matters who is asked first"
    return found


REGIONS = (("North", 1200.5), ("South", 900.0), ("West", 850.25))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (table(("Lamp", 1200.5), names="product revenue"), table(("lamp ", 1200.5), names="best total")),
        (table((1200.4567,)), table((1200.46,))),
        (table((0.1234,)), table((0.123,))),
        (table(("Lamp", 0.254), formats={"c1": "percent"}), table(("Lamp", 25.4))),
        (table(*REGIONS), table(*reversed(REGIONS))),
        (table(REGIONS[0]), table(*REGIONS)),
        (table(REGIONS[2]), table(*REGIONS)),
        (table(*REGIONS[:2]), table(*REGIONS)),
        (table(*REGIONS[:2]), table(*REGIONS, row_count=40)),
        (table(REGIONS[0]), table(*sorted(REGIONS, key=lambda row: row[1]))),
        (table(("North",)), table(*REGIONS)),
        (table((1200.5,)), table(("Lamp", 1200.5))),
        (table(("2024-01-01", 7.5)), table(("2024-01", 7.5))),
        (table((2024, 7.5), key=("c0",)), table(("2024", 7.5))),
        (table((1200.5,)), table((1200.5, 44), names="total n")),
        (table((44, 3.25), names="n mean", method="describe"), table((3.25,))),
        (table(names="a"), table(names="b")),
        (table((None,)), table((None,))),
    ],
)
def test_one_result_in_two_shapes_is_the_same(one: EvidenceTable, other: EvidenceTable) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (table(("Lamp", 1200.5)), table(("Desk", 1200.5))),
        (table(("Lamp", 1200.5)), table(("Lamp", 1200.9))),
        (table((12,)), table((12.4,))),
        (table((12.0,)), table((12.4,))),
        (table((-12.5,)), table((12.5,))),
        (table(("Lamp", 0.254)), table(("Lamp", 25.4))),
        (table((1200.5, 44), names="total n"), table((44,))),
        (table((3.5, 44), names="mean n"), table((1200.5, 44), names="total n")),
        (table(*REGIONS), table(*REGIONS[:2], ("East", 850.25))),
        (table(*REGIONS), table(*REGIONS[:2], ("West", 850.5))),
        (table(REGIONS[1]), table(*REGIONS)),
        (table(*REGIONS[1:], row_count=40), table(*REGIONS)),
        (table(*REGIONS, row_count=40), table(*REGIONS, row_count=50)),
        (table(REGIONS[1]), table(REGIONS[0], REGIONS[1], ("West", None))),
        (table((1200.5,)), table(*REGIONS)),
        (table(names="a"), table((0,))),
        (table((None,)), table((3.5,))),
    ],
)
def test_results_that_say_something_else_or_may_do_so_differ(one: EvidenceTable, other: EvidenceTable) -> None:
    assert not same(one, other)


def test_what_a_later_step_reads_is_no_headline() -> None:
    steps = [table(*REGIONS), table(("North", 1200.5), id="s2", sql="SELECT * FROM s1 LIMIT 1")]
    assert same(steps, table(("North", 1200.5)))
    assert not same(steps, table(("South", 900.0)))


def test_a_plan_that_tells_more_agrees_when_the_other_ones_result_is_among_its_own() -> None:
    more = [table(("North", 1200.5)), table((44,), id="s2")]
    assert same(more, table(("North", 1200.5)))
    assert not same(more, table(("South", 1200.5)))


def test_tables_for_charts_and_details_are_not_compared() -> None:
    chart = table((1.5,), (2.5,), id="s1_hist", audience="chart")
    assert same([table((3.5,)), chart], table((3.5,)))
    assert not same([chart], [chart])
