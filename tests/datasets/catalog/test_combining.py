"""Several tables become one for a question: nothing is counted twice, what finds no match is told, the rest refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from analyst.core.errors import TableError
from analyst.datasets.profiling import profile_table
from analyst.protocol.table import OpenedTable
from lab.benchmarks.join_schemas import make_schema
from lab.benchmarks.joins import RIGHT, judged
from tests.datasets.catalog.conftest import Combiner

Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]
BOATS = "boat_id,harbour,berth fee\n" + "\n".join(
    f"B{i:03d},{['East', 'West', 'North'][i % 3]},{500 + i}" for i in range(9)
)
TRIPS = "trip,boat,day,passengers\n" + "\n".join(
    f"{100 + i},{f'b{i % 8:03d} ' if i % 5 == 0 else f'B{i % 8:03d}'},2024-05-{1 + i % 28:02d},{i * 7 % 40 + 1}"
    for i in range(60)
)
REPAIRS = "job,boat_id,cost\n" + "\n".join(f"J{i},B{i * 2 % 9:03d},{i * 31 % 400}" for i in range(25))
QUOTAS = "harbour,month,quota\n" + "\n".join(
    f"{h},{m},{90 + m}" for h in ("East", "West", "North") for m in range(1, 5)
)


def notes(table: OpenedTable) -> list[str]:
    return [note.message for note in table.notes]


def test_rows_stay_rows_where_their_group_is_looked_up(combined: Combiner, rows: Rows) -> None:
    table = combined({"trips": TRIPS, "boats": BOATS}, "How many passengers by harbour?")
    assert (table.name, table.rows) == ("trips with boats", 60)
    assert table.columns == ("trip", "boat", "day", "passengers", "harbour", "berth fee")
    assert sum(row[3] for row in rows(table)) == sum(i * 7 % 40 + 1 for i in range(60))
    assert {row[4] for row in rows(table)} == {"East", "West", "North"}


def test_keys_that_differ_in_case_and_spaces_match_and_are_told(combined: Combiner) -> None:
    table = combined({"trips": TRIPS, "boats": BOATS}, "How many passengers by harbour?")
    assert notes(table)[0] == (
        "boats was joined to trips by boat = boat_id, compared without case, outer spaces and leading zeros. "
        "Every row of trips has a match. 1 row of boats matches nothing and is not in the result."
    )


def test_an_amount_that_is_looked_up_belongs_to_its_key(combined: Combiner) -> None:
    table = combined({"trips": TRIPS, "boats": BOATS}, "How many passengers by harbour?")
    assert profile_table(table).column("berth fee").meaning.per == "boat"


def test_the_table_whose_amount_is_asked_is_the_base(combined: Combiner, rows: Rows) -> None:
    table = combined({"trips": TRIPS, "boats": BOATS}, "What is the total berth fee by harbour?")
    assert (table.name, table.rows) == ("boats with trips", 9)
    assert table.columns == ("boat_id", "harbour", "berth fee", "trips", "passengers")
    unused = next(row for row in rows(table) if row[0] == "B008")
    assert unused[3:] == (0, 0)


def test_what_has_no_match_is_counted_from_the_table_that_lacks_it(combined: Combiner, rows: Rows) -> None:
    table = combined({"trips": TRIPS, "boats": BOATS}, "Which boats never made a trip?")
    assert [row[0] for row in rows(table) if row[table.columns.index("trips")] == 0] == ["B008"]


def test_two_tables_of_events_are_added_up_by_the_key_that_they_share(combined: Combiner, rows: Rows) -> None:
    table = combined({"trips": TRIPS, "repairs": REPAIRS, "boats": BOATS}, "Compare passengers and cost by harbour")
    assert table.name == "boats with trips and repairs"
    at = table.columns.index
    assert sum(row[at("passengers")] for row in rows(table)) == sum(i * 7 % 40 + 1 for i in range(60))
    assert sum(row[at("cost")] for row in rows(table)) == sum(i * 31 % 400 for i in range(25))


def test_keys_that_repeat_on_both_sides_get_a_row_each(combined: Combiner, rows: Rows) -> None:
    trips = TRIPS.replace("trip,boat", "trip,harbour").replace(",b", ",B")
    for i in range(8):
        trips = trips.replace(f",B{i:03d} ", f",{('East', 'West', 'North')[i % 3]}")
        trips = trips.replace(f",B{i:03d}", f",{('East', 'West', 'North')[i % 3]}")
    table = combined({"trips": trips, "quotas": QUOTAS}, "Compare passengers with the quota by harbour")
    assert table.rows == 3
    at = table.columns.index
    assert sum(row[at("quota")] for row in rows(table)) == 3 * sum(90 + m for m in range(1, 5))
    assert sum(row[at("passengers")] for row in rows(table)) == sum(i * 7 % 40 + 1 for i in range(60))


def test_numbers_of_other_things_are_no_keys(combined: Combiner) -> None:
    people = "person_id,wage\n" + "\n".join(f"B{i:03d},{900 + i}" for i in range(9))
    with pytest.raises(TableError, match="no column in common"):
        combined({"people": people, "boats": BOATS}, "Compare wage and berth fee by harbour")
    table = combined({"people": people, "boats": BOATS, "trips": TRIPS}, "How many passengers by harbour?")
    assert table.name == "trips with boats" and any("people was left out" in told for told in notes(table))


def test_tables_without_a_common_key_are_refused_with_what_to_do(combined: Combiner) -> None:
    prices = "isin,price\n" + "\n".join(f"XS{i},{i * 3}" for i in range(20))
    with pytest.raises(TableError, match="no column in common") as refused:
        combined({"trips": TRIPS, "prices": prices}, "Total passengers by price")
    assert "customer_id" in str(refused.value)


@pytest.mark.parametrize("seed", [101, 102, 103, 104])
def test_sums_over_made_schemas_are_the_truth(seed: int) -> None:
    assert {verdict for _, verdict in judged(make_schema(seed))} == {RIGHT}
