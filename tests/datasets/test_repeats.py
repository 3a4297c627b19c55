"""Amounts that belong to a key count once for each; what duplicate rows change is told; people are counted again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from analyst.datasets.card import build_card
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.protocol.table import TableProfile, read_card, write_card

Profiler = Callable[..., TableProfile]


def order_lines(*, dated: bool = False) -> Iterator[str]:
    """order,day,order_total,item,pieces: the total stands on each line of an order."""
    chance = random.Random(11)
    for order in range(4000, 4060):
        total, day = round(chance.uniform(20, 400), 2), f"2024-03-{order % 28 + 1:02}"
        for line in range(chance.randint(1, 4)):
            own_day = f"2024-03-{line + 1:02}" if dated else day
            yield f"{order},{own_day},{total},{chance.choice(('pen', 'ink', 'pad', 'clip'))},{chance.randint(1, 9)}"


ORDERS = "order,day,order_total,item,pieces\n" + "\n".join(order_lines())


def test_an_order_total_on_each_line_belongs_to_the_order(profiled: Profiler) -> None:
    profile = profiled(ORDERS)
    assert {column.name: column.meaning.per for column in profile.columns if column.meaning.per} == {
        "order_total": "order"
    }
    issue = next(issue for issue in profile.issues if issue.kind == "repeated_amount")
    assert (issue.column, issue.severity) == ("order_total", "high")
    assert issue.message == "'order_total' repeats in every row with the same 'order': count it once for each 'order'."


FEW = [("A1", 50, "pen", 2), ("A1", 50, "ink", 1), ("A1", 50, "pad", 3), ("A2", 20, "pen", 1), ("A3", 75, "pad", 2),
       ("A3", 75, "ink", 5), ("A4", 33, "pen", 4), ("A5", 12, "ink", 1), ("A5", 12, "pad", 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "amount", "per"),
    [("order_id", "order_total", "order_id"), ("invoice", "shipping", "invoice"), ("order_id", "rating", None),
     ("shop", "order_total", None)],
)  # fmt: skip
def test_few_rows_prove_it_where_the_headers_say_it(key: str, amount: str, per: str | None, profiled: Profiler) -> None:
    lines = "\n".join(",".join(map(str, row)) for row in FEW)
    assert profiled(f"{key},{amount},item,pieces\n{lines}\n").column(amount).meaning.per == per


@pytest.mark.parametrize("name", ["Pclass", "service_level", "Tier", "seat class"])
def test_whole_numbers_that_sort_rows_are_no_amounts_of_a_key(name: str, profiled: Profiler) -> None:
    chance = random.Random(5)
    tickets = [(f"T{1000 + n}", 1 + n % 3, chance.randint(1, 4)) for n in range(60)]
    lines = [f"{ticket},{grade},{chance.randint(5, 90)}" for ticket, grade, count in tickets for _ in range(count)]
    profile = profiled(f"ticket,{name},age\n" + "\n".join(lines))
    assert profile.column(name).meaning.per is None


def test_the_card_tells_the_key(profiled: Profiler) -> None:
    profile = profiled(ORDERS)
    card = read_card(write_card(build_card(profile, "What did we sell?", {}, Pseudonyms(profile))))
    assert {column.name: column.per for column in card.columns if column.per} == {"order_total": "order"}


def test_a_budget_on_each_project_of_a_team_belongs_to_the_team(profiled: Profiler) -> None:
    budgets = {"red": 51000, "blue": 48200, "green": 77150, "white": 30900}
    lines = [f"{team},p{i},{budget},{i * 91 % 501}" for i in range(12) for team, budget in budgets.items()]
    meaning = profiled("team,project,budget,hours_spent\n" + "\n".join(lines)).column("budget").meaning
    assert meaning.per == "team"


RECURRING = "person,month,salary\n" + "\n".join(
    f"p{person},2024-{month:02}-01,{3000 + person * 137}" for month in range(1, 7) for person in range(8)
)
FREE = "order,day,amount,item\n" + "\n".join(
    f"{4000 + i // 2},2024-03-{i % 28 + 1:02},{i * 37 % 211},{'abcd'[i % 4]}" for i in range(80)
)
SMALL = "order,item,pieces\n" + "\n".join(f"{4000 + i - (i > 77)},i{i % 7},{1 + i * 3 % 5}" for i in range(80))
TWICE = "id,amount,city\n" + "\n".join(f"{i},{i * 37 % 977},c{i * 7 % 5}" for i in [*range(60), *range(20)])
NO_KEY = {
    "an amount of each month": RECURRING,
    "an amount of each line": FREE,
    "few repeated keys with small numbers": SMALL,
    "rows that repeat as a whole": TWICE,
}


@pytest.mark.parametrize("kind", NO_KEY)
def test_amounts_of_rows_belong_to_no_key(kind: str, profiled: Profiler) -> None:
    assert not any(column.meaning.per for column in profiled(NO_KEY[kind]).columns)


def test_what_duplicate_rows_add_to_the_sums_is_told(profiled: Profiler) -> None:
    profile = profiled("shop,amount,price\n" + "a,10,1.5\nb,20,2.5\nc,31,3.5\nb,20,2.5\nb,20,2.5\n")
    assert (profile.duplicate_rows, profile.duplicate_sums) == (2, (("amount", 101.0, 61.0),))
    issue = next(issue for issue in profile.issues if issue.kind == "duplicate_rows")
    told = "'amount' adds up to 101 with and 61 without them"
    assert issue.message == f"2 rows repeat an earlier row in every column: {told}."
    assert issue.examples == (told,)


PEOPLE = {
    "users beside sessions": ("day,page,users,sessions", "distinct"),
    "unique visitors": ("day,page,unique visitors,sales", "distinct"),
    "reach": ("day,page,reach,cost", "distinct"),
    "users alone": ("day,page,users,cost", "rows"),
    "new users beside sessions": ("day,page,new users,sessions", "rows"),
}


@pytest.mark.parametrize("kind", PEOPLE)
def test_counts_of_different_people_are_counted_again_in_each_row(kind: str, profiled: Profiler) -> None:
    header, adds = PEOPLE[kind]
    lines = [f"2024-03-{i % 28 + 1:02},/p{i % 5},{i * 31 % 97 + 5},{i * 53 % 211 + 9}" for i in range(60)]
    assert profiled(f"{header}\n" + "\n".join(lines)).columns[2].meaning.adds == adds
