"""Which tables of one question are parts of one table, and what they are called together."""

from __future__ import annotations

import pytest

from analyst.datasets.catalog.likeness import groups_of_like, union_name
from analyst.protocol.relations import parse_all_key_pairs
from tests.datasets.catalog.conftest import Profiles

DEALS = "deal,region,value\n" + "\n".join(f"D{i},{['E', 'W'][i % 2]},{i}" for i in range(6))
AREAS = "region,manager,since\nE,Ann,2020\nW,Bob,2021"


def test_tables_with_the_same_columns_go_together_and_others_stay(profiles: Profiles) -> None:
    reordered = "region,value,deal\n" + "\n".join(f"E,{i},X{i}" for i in range(6))
    found = profiles({"q1": DEALS, "areas": AREAS, "q2": reordered, "q3": DEALS})
    assert groups_of_like(list(found.values())) == [[0, 2, 3], [1]]


def test_a_table_whose_key_was_chosen_is_joined(profiles: Profiles) -> None:
    found = profiles({"plan": DEALS, "actual": DEALS})
    assert groups_of_like(list(found.values()), parse_all_key_pairs(["plan.deal=actual.deal"])) == [[0], [1]]


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["sales_2023", "sales_2024"], "sales"),
        (["jan", "feb", "mar"], "jan, feb and mar"),
        (["jan", "feb", "mar", "apr"], "jan and 3 more"),
        (["Orders May", "Orders June"], "Orders"),
    ],
)
def test_several_tables_are_called_by_what_their_names_share(names: list[str], called: str) -> None:
    assert union_name(names) == called
