"""Several tables become one for a question: nothing is counted twice, what finds no match is told, the rest refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import TableError
from analyst.datasets.card import build_card, card_evidence
from analyst.datasets.catalog.combining import Parts, find_relations, plan_joining, repeat_joining
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.datasets.profiling import profile_table
from analyst.protocol.evidence import JOINS
from analyst.protocol.table import OpenedTable, read_card, write_card
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
BAYS = ("East", "West", "North")
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
        "boats was joined to trips by boat = boat_id, ignoring case, surrounding spaces and leading zeros. "
        "Every row of trips has a match. 1 row of boats matches nothing and is not in the result."
    )


def test_an_amount_that_is_looked_up_belongs_to_its_key(combined: Combiner) -> None:
    table = combined({"trips": TRIPS, "boats": BOATS}, "How many passengers by harbour?")
    assert profile_table(table).column("berth fee").meaning.per == "boat"


def test_the_card_tells_whose_rows_there_are_and_evidence_what_each_join_did(combined: Combiner) -> None:
    profile = profile_table(combined({"trips": TRIPS, "boats": BOATS}, "How many passengers by harbour?"))
    card = build_card(profile, "", {}, Pseudonyms(profile))
    assert read_card(write_card(card)).rows_of == "trips"
    told = next(table for table in card_evidence(profile) if table.id == JOINS)
    assert told.rows == (("boats", "trips", 0, 0.0, 1, "boat = boat_id", "looked up", 60, 60),)


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


def test_what_only_one_of_two_tables_of_many_rows_a_key_has_is_refused_with_what_to_do(combined: Combiner) -> None:
    trips = "harbour,day,passengers\n" + "\n".join(f"{BAYS[i % 3]},2024-05-{1 + i % 28:02d},{i}" for i in range(60))
    with pytest.raises(TableError, match="harbour stands in up to 4 rows of quotas and 20 of trips") as refused:
        combined({"trips": trips, "quotas": QUOTAS}, "Compare passengers with the quota by harbour and month")
    assert "Ask by harbour alone, or add the column 'month' to trips" in str(refused.value)


def test_cells_that_are_empty_for_want_of_a_match_are_told_as_such(combined: Combiner) -> None:
    boats = BOATS.replace("B007,West,507\n", "").replace("B002,North", "B002,")
    profile = profile_table(combined({"trips": TRIPS, "boats": boats}, "How many passengers by harbour?"))
    told = {issue.kind: issue.count for issue in profile.issues if issue.column == "harbour"}
    lost = {key: sum(i % 8 == key for i in range(60)) for key in (7, 2)}
    assert told == {"unmatched": lost[7], "missing": lost[2]}


def test_tables_without_a_common_key_are_refused_with_what_to_do(combined: Combiner) -> None:
    prices = "isin,price\n" + "\n".join(f"XS{i},{i * 3}" for i in range(20))
    with pytest.raises(TableError, match="no column in common") as refused:
        combined({"trips": TRIPS, "prices": prices}, "Total passengers by price")
    assert "trips.COLUMN=prices.COLUMN" in str(refused.value)


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


class TestALookUpTableWithRepeatedKeys:
    SALES = "sku,qty\n" + "\n".join(f"P{i % 12},{i}" for i in range(120))
    GOODS = "sku,category\n" + "\n".join(f"P{i},c{i % 3}" for i in range(12))

    def test_copies_of_rows_are_looked_up_once_and_told(self, combined: Combiner, rows: Rows) -> None:
        table = combined({"sales": self.SALES, "goods": f"{self.GOODS}\nP3,c0\nP5,c2"}, "Total qty by category")
        assert (table.rows, table.columns) == (120, ("sku", "qty", "category"))
        assert sum(row[1] for row in rows(table)) == sum(range(120))
        assert "(2 repeated rows left out)" in notes(table)[0]

    def test_copies_count_where_the_rows_are_asked_for(self, combined: Combiner, rows: Rows) -> None:
        stock = "sku,category,stock\n" + "\n".join(f"P{i},c{i % 3},10" for i in [*range(12), 3, 5])
        table = combined({"sales": self.SALES, "goods": stock}, "Total stock by category")
        assert sum(row[table.columns.index("stock")] for row in rows(table)) == 140

    def test_rows_that_differ_are_refused_with_what_to_do(self, combined: Combiner) -> None:
        with pytest.raises(TableError, match="Remove the 2 rows of goods that repeat a key") as refused:
            combined({"sales": self.SALES, "goods": f"{self.GOODS}\nP3,c1\nP5,c1"}, "Total qty by category")
        assert "sku stands in up to 10 rows of sales and 2 of goods" in str(refused.value)


def test_whole_numbers_written_with_decimals_are_keys(combined: Combiner) -> None:
    bills = "cust,amount\n" + "\n".join(f"{i % 10}.0,{i}" for i in range(100))
    tiers = "cust,tier\n" + "\n".join(f"{i},t{i % 2}" for i in range(10))
    table = combined({"bills": bills, "tiers": tiers}, "Total amount by tier")
    assert table.joins[0].relation.left.unmatched == 0


class TestWhoseRowsAQuestionIsAbout:
    SAILORS = "sailor_id,rank,port_code\n" + "\n".join(
        f"M{i:02d},{['mate', 'cook', 'pilot'][i % 3]},{['ES', 'WS', 'SS'][i % 3]}" for i in range(12)
    )
    PORTS = "port_code,port,country\nES,Eastport,Norway\nWS,Westport,Denmark\nSS,Southport,Sweden\nNS,Northport,Norway"
    WATCHES = "watch,sailor_id,hours\n" + "\n".join(f"{i},M{i % 9:02d},{i % 5 + 1}" for i in range(45))

    def test_who_never_did_a_thing_is_asked_of_those_who_could_whatever_else_has_no_match(
        self, combined: Combiner
    ) -> None:
        table = combined(
            {"watches": self.WATCHES, "sailors": self.SAILORS, "ports": self.PORTS}, "How many sailors kept no watch?"
        )
        assert table.name == "sailors with ports and watches"

    def test_an_amount_of_a_look_up_is_asked_of_the_table_that_is_named(self, combined: Combiner) -> None:
        ranks = "rank,monthly pay\nmate,3100\ncook,2800\npilot,3900\ncaptain,5200"
        table = combined(
            {"watches": self.WATCHES, "sailors": self.SAILORS, "ranks": ranks},
            "Total monthly pay of all sailors by port code",
        )
        assert table.name == "sailors with ranks and watches"


def test_the_count_of_rows_is_not_called_as_a_column_is(combined: Combiner) -> None:
    plan = "dock,planned\n" + "\n".join(f"D{i},{100 + i}" for i in range(8))
    actuals = "dock,actual\n" + "\n".join(f"D{i % 8},{i}" for i in range(40))
    table = combined({"plan": plan, "actuals": actuals}, "Compare planned and actual by dock")
    assert table.columns == ("dock", "planned", "number of actuals", "actual")


def test_a_header_that_says_nothing_alone_gets_its_tables_name(combined: Combiner) -> None:
    wares = "ware,name,group,price\n" + "\n".join(f"W{i},thing {i},{['rope', 'sail'][i % 2]},{i}" for i in range(10))
    sales = "sale,ware,name,revenue\n" + "\n".join(f"{i},W{i % 10},n{i},{i}" for i in range(60))
    table = combined({"sales": sales, "wares": wares}, "Revenue by ware group")
    assert table.columns == ("sale", "ware", "name", "revenue", "wares name", "wares group", "price")


class TestExchangeRates:
    BILLS = "bill,month,currency,amount\n" + "\n".join(
        f"{i},2024-0{i % 2 + 1},{['EUR', 'USD', 'GBP'][i % 3]},{10 * i}" for i in range(1, 61)
    )

    def test_amounts_are_in_the_currency_that_the_rates_lead_to(self, combined: Combiner, rows: Rows) -> None:
        rates = "month,currency,rate_to_eur\n" + "\n".join(
            f"2024-0{m},{code},{rate}" for m in (1, 2) for code, rate in (("EUR", 1), ("USD", 0.5), ("GBP", 2))
        )
        table = combined({"bills": self.BILLS, "rates": rates}, "Total amount in EUR by month")
        at = table.columns.index("amount in EUR")
        factor = {"EUR": 1, "USD": 0.5, "GBP": 2}
        assert [row[at] for row in rows(table)] == [row[3] * factor[row[2]] for row in rows(table)]
        meaning = profile_table(table).column("amount").meaning
        assert (meaning.currency, meaning.converted) == ("currency", "amount in EUR")

    def test_the_currency_itself_may_have_no_rate(self, combined: Combiner, rows: Rows) -> None:
        rates = "currency,fx to EUR\nUSD,0.5\nGBP,2\nCHF,1.1"
        table = combined({"bills": self.BILLS, "rates": rates}, "Total amount in EUR by month")
        at = table.columns.index("amount in EUR")
        assert {row[at] == row[3] for row in rows(table) if row[2] == "EUR"} == {True}

    @pytest.mark.parametrize("header", ["eur_usd", "rate", "to_eur_fee"])
    def test_a_rate_that_may_multiply_or_divide_is_left_alone(self, combined: Combiner, header: str) -> None:
        rates = f"currency,{header}\nEUR,1\nUSD,0.5\nGBP,2"
        table = combined({"bills": self.BILLS, "rates": rates}, "Total amount by month")
        assert not [name for name in table.columns if name.startswith("amount in")]


class TestATableThatDescribesAnother:
    ANSWERS = "answer,q1,q2,wave\n" + "\n".join(f"{i},{i % 5 + 1},{i % 4 + 1},{i % 3 + 1}" for i in range(50))
    CODES = "variable,code,label\nq1,,Happy with service\nq2,,Would come again\nwave,1,Spring\nwave,2,Late\nwave,3,Fall"

    def test_it_is_left_out_and_said_to_be(self, combined: Combiner) -> None:
        table = combined({"answers": self.ANSWERS, "codes": self.CODES}, "Average q1 by wave")
        assert (table.name, table.rows) == ("answers", 50)
        assert "codes was left out: it describes the columns of answers." in notes(table)

    def test_no_question_is_answered_from_its_labels(self, combined: Combiner) -> None:
        table = combined({"answers": self.ANSWERS, "codes": self.CODES}, "How many answers are late?")
        assert table.name == "answers"

    def test_a_table_that_only_shares_a_word_is_none(self, combined: Combiner) -> None:
        other = "topic,price\n" + "\n".join(f"{word},{i}" for i, word in enumerate(("q1", "tea", "milk", "bread")))
        with pytest.raises(TableError, match="no column in common"):
            combined({"answers": self.ANSWERS, "other": other}, "Average q1 and price by wave")


def test_columns_called_as_engines_call_keys_are_added_up(combined: Combiner, rows: Rows) -> None:
    repairs = REPAIRS.replace("cost", "k0")
    table = combined({"boats": BOATS, "repairs": repairs}, "What is the total k0 and berth fee by harbour?")
    assert table.name == "boats with repairs"
    assert sum(row[table.columns.index("k0")] for row in rows(table)) == sum(i * 31 % 400 for i in range(25))


def test_a_table_that_is_called_as_the_shared_key_stays_itself(combined: Combiner) -> None:
    trips = "trip,harbour,passengers\n" + "\n".join(
        f"{100 + i},{('East', 'West', 'North')[i % 3]},{i}" for i in range(9)
    )
    mugs = "mug,colour\n" + "\n".join(f"m{i},{('red', 'blue')[i % 2]}" for i in range(5))
    asked = "Compare passengers with the quota by harbour"
    table = combined({"trips": trips, "quotas": QUOTAS, "harbour": mugs}, asked)
    assert table.rows == 3 and any(told.startswith("harbour was left out") for told in notes(table))
