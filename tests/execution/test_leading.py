"""Nothing leads a ranking in silence that rests on a handful of rows, or stands for missing values."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyst.execution.leading import leader_cautions
from analyst.protocol.facts import Facts, Measure
from analyst.protocol.table import ColumnProfile, OpenedTable, TableProfile

NAMES = ("product", "avg_price")
BY_PRICE = {"avg_price": "descending"}
MANY = ((("Rare", 98.5), ("A", 7.1), ("B", 6.9)), {"avg_price": [2, 80, 120]})


def profile(rows: int = 200, distinct: int = 3) -> TableProfile:
    table = OpenedTable(Path("t.db"), Path("t.csv"), "t", "csv", rows, ("product", "price"), "f")
    return TableProfile(table, (ColumnProfile("product", "VARCHAR", "text", "dimension", distinct=distinct),))


def averaged(aggregate: str = "mean") -> Facts:
    return Facts((Measure(aggregate, ("price",)),), ("product",))


def codes(facts: Facts, shown: object, supports: object = None, order: object = None, **of: int) -> list[str]:
    found = leader_cautions(facts, order or BY_PRICE, NAMES, shown, supports or {}, profile(**of))  # type: ignore[arg-type]
    return [caution.code for caution in found]


def test_an_average_of_two_rows_that_leads_is_told() -> None:
    [caution] = leader_cautions(averaged(), BY_PRICE, NAMES, MANY[0], MANY[1], profile())
    assert (caution.code, caution.text) == ("few_rows_lead", "The leading product rests on only 2 rows.")


@pytest.mark.parametrize("label", ["Undefined", "--", "N/A", "unknown", "(not set)", " ", None])
@pytest.mark.parametrize("aggregate", ["mean", "sum", "count"])
def test_a_word_for_missing_that_leads_is_told(label: str | None, aggregate: str) -> None:
    assert codes(averaged(aggregate), ((label, 9.0), ("A", 7.0))) == ["placeholder_leads"]


@pytest.mark.parametrize("label", ["Unknown Pleasures", "Nadal", "None", "Other", "0"])
def test_a_name_that_only_looks_like_one_is_not(label: str) -> None:
    assert not codes(averaged(), ((label, 9.0), ("A", 7.0)))


def test_na_among_codes_is_a_region_and_alone_a_gap() -> None:
    assert not codes(averaged(), (("NA", 9.0), ("EU", 7.0), ("APAC", 6.0)))
    assert codes(averaged(), (("NA", 9.0), ("North", 7.0), ("South", 6.0))) == ["placeholder_leads"]


@pytest.mark.parametrize(
    ("facts", "order", "supports", "of"),
    [
        (averaged("sum"), BY_PRICE, MANY[1], {}),
        (averaged(), BY_PRICE, MANY[1], {"rows": 6, "distinct": 3}),
        (averaged(), BY_PRICE, {"avg_price": [5, 80, 120]}, {}),
        (averaged(), BY_PRICE, {}, {}),
        (averaged(), {"product": "ascending"}, MANY[1], {}),
        (averaged(), {"missing": "ascending"}, MANY[1], {}),
        (Facts((), ("product",)), BY_PRICE, MANY[1], {}),
        (Facts((Measure("mean", ("price",)),)), BY_PRICE, MANY[1], {}),
    ],
    ids=["sums", "groups are small anyway", "enough rows", "unknown", "by label", "by nothing", "rows", "no groups"],
)
def test_other_tables_are_no_rankings_or_rest_on_enough(
    facts: Facts, order: dict[str, str], supports: dict[str, list[int]], of: dict[str, int]
) -> None:
    assert not codes(facts, MANY[0], supports, order, **of)
