"""Several tables become one for a question: nothing is counted twice, what finds no match is told, the rest refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import TableError
from analyst.datasets.catalog.combining import Parts, find_relations, plan_joining, repeat_joining
from analyst.datasets.profiling import profile_table
from analyst.protocol.table import OpenedTable
from lab.benchmarks.join_schemas import make_schema
from lab.benchmarks.joins import RIGHT, judged
from tests.datasets.catalog.conftest import Combiner, Profiles

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


class TestKeysThatAPersonChooses:
    BUYERS = "nr,segment\n" + "\n".join(f"{i},{['Retail', 'Online'][i % 2]}" for i in range(1, 13))
    SALES = "sale,client,seller,amount\n" + "\n".join(f"{i},{i % 12 + 1},{i % 5 + 1},{i * 3}" for i in range(60))

    def test_they_join_what_no_name_joins_and_are_told(self, combined: Combiner, rows: Rows) -> None:
        with pytest.raises(TableError, match="no column in common"):
            combined({"sales": self.SALES, "buyers": self.BUYERS}, "Total amount by segment")
        table = combined(
            {"sales": self.SALES, "buyers": self.BUYERS}, "Total amount by segment", "sales.client=buyers.nr"
        )
        assert (
            notes(table)[0]
            == "buyers was joined to sales by client = nr (chosen by you). Every row of sales has a match."
        )
        assert sum(row[3] for row in rows(table)) == sum(i * 3 for i in range(60))

    def test_they_go_before_those_that_are_found(self, combined: Combiner) -> None:
        table = combined(
            {"trips": TRIPS, "boats": BOATS}, "How many passengers by harbour?", "boats.boat_id=trips.boat"
        )
        assert "(chosen by you)" in notes(table)[0]

    def test_several_columns_are_one_key_in_one_text_or_in_several(self, combined: Combiner, rows: Rows) -> None:
        plan = "shop,week,target\n" + "\n".join(f"S{s},{w},{s * w}" for s in range(1, 4) for w in range(1, 5))
        done = "branch,kw,sold\n" + "\n".join(f"S{s},{w},{s + w}" for s in range(1, 4) for w in range(1, 5))
        for on in (("plan.shop=done.branch,plan.week=done.kw",), ("plan.shop=done.branch", "done.kw=plan.week")):
            table = combined({"plan": plan, "done": done}, "Compare sold with target by shop", *on)
            assert table.rows == 12 and "(chosen by you)" in notes(table)[0]

    def test_keys_in_several_rows_of_both_tables_repeat_no_sum(self, combined: Combiner, rows: Rows) -> None:
        tables = {"trips": TRIPS, "repairs": REPAIRS}
        table = combined(tables, "Compare passengers and cost", "trips.boat=repairs.boat_id")
        at = table.columns.index
        assert sum(row[at("passengers")] for row in rows(table)) == sum(i * 7 % 40 + 1 for i in range(60))
        assert sum(row[at("cost")] for row in rows(table)) == sum(i * 31 % 400 for i in range(25))

    @pytest.mark.parametrize(
        ("on", "told"),
        [
            ("trips.boat=boats.name", "no column 'boats.name'.*boats.boat_id"),
            ("trips.day=boats.harbour", "trips.day and boats.harbour have no value in common"),
            ("trips.boat=trips.trip", "two columns of trips"),
        ],
    )
    def test_what_is_no_key_is_refused_with_what_to_do(self, combined: Combiner, on: str, told: str) -> None:
        with pytest.raises(TableError, match=told):
            combined({"trips": TRIPS, "boats": BOATS}, "How many passengers by harbour?", on)

    def test_names_with_signs_stand_in_quotes(self, combined: Combiner) -> None:
        odd = BOATS.replace("boat_id", '"id=1, own"', 1)
        table = combined(
            {"trips": TRIPS, "boats": odd}, "How many passengers by harbour?", 'trips.boat=boats."id=1, own"'
        )
        assert table.name == "trips with boats"


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_a_key_may_take_up_to_four_columns(combined: Combiner, columns: int) -> None:
    names = ("region", "channel", "year", "half")[:columns]
    keys = [",".join(key) for key in product(*("abcd"[:size] for size in (4, 4, 2, 2)[:columns]))]
    targets = "\n".join([",".join((*names, "target")), *(f"{key},{10 * i}" for i, key in enumerate(keys))])
    deals = "\n".join([",".join((*names, "deal,value")), *(f"{key},D{i},{i}" for i, key in enumerate(keys * 3))])
    table = combined({"deals": deals, "targets": targets}, "What is the total value by region?")
    assert table.rows == 3 * len(keys) and len(table.joins[0].relation.left.columns) == columns
    assert table.joins[0].relation.kind == "n:1"


def test_a_moment_at_midnight_and_a_day_are_the_same_key(combined: Combiner) -> None:
    days = "day,holiday\n" + "\n".join(f"2024-01-{d:02d},{'yes' if d % 7 == 0 else 'no'}" for d in range(1, 29))
    visits = "at,visitors\n" + "\n".join(f"2024-01-{d:02d} 00:00:00,{d}" for d in range(1, 29))
    table = combined({"visits": visits, "days": days}, "Total visitors by holiday", "visits.at=days.day")
    assert table.joins[0].relation.left.unmatched == 0


def test_two_tables_of_one_name_are_told_apart(profiles: Profiles) -> None:
    one = profiles({"boats": BOATS})["boats"]
    assert list(Parts.of([one, one]).profiles) == ["boats", "boats_2"]


def test_the_same_joining_is_found_again_whatever_is_asked(profiles: Profiles, tmp_path: Path) -> None:
    parts = Parts.of(list(profiles({"trips": TRIPS, "repairs": REPAIRS, "boats": BOATS}).values()))
    relations = find_relations(parts, tmp_path / "plan")
    for question in (
        "Total passengers by harbour",
        "Total berth fee by harbour",
        "Compare passengers and cost by harbour",
    ):
        joining = plan_joining(parts, relations, question, tmp_path / "plan")
        assert repeat_joining(parts, relations, joining.fingerprint(parts), tmp_path / "plan") == joining
    assert repeat_joining(parts, relations, "of another table", tmp_path / "plan") is None
