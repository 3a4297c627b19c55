"""Members that are sums of other members are known, told and left in; members that only look so are members."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from analyst.datasets.card import build_card
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.protocol.table import TableProfile, read_card, write_card

Profiler = Callable[..., TableProfile]
LANDS = ["Norway", "Ghana", "Chile", "Japan"]


def long_table(whole: str, *, names: Sequence[str] = LANDS, first: bool = False, years: int = 6) -> str:
    """name,year,exports with a member that is the sum of all others of its year."""
    chance, lines = random.Random(8), []
    for year in range(2015, 2015 + years):
        values = {name: chance.randint(100, 9000) for name in names}
        rows = [*values.items()]
        total = (whole, sum(values.values()))
        lines += [f"{name},{year},{value}" for name, value in ([total, *rows] if first else [*rows, total])]
    return "name,year,exports\n" + "\n".join(lines)


@pytest.mark.parametrize("first", [False, True], ids=["last", "first"])
@pytest.mark.parametrize(
    "whole", ["World", "All causes", "Nordics and others", "Alle Länder", "全国", "EU-27", "Company"]
)
def test_a_member_that_is_the_sum_of_its_year_is_a_whole(whole: str, first: bool, profiled: Profiler) -> None:
    profile = profiled(long_table(whole, first=first))
    assert profile.column("name").meaning.wholes == (whole,)
    assert profile.table.rows == 30
    issue = next(issue for issue in profile.issues if issue.kind == "wholes")
    assert (issue.column, issue.count, issue.severity) == ("name", 1, "high")
    assert repr(whole) in issue.message


def test_the_card_names_the_wholes(profiled: Profiler) -> None:
    profile = profiled(long_table("World"))
    card = read_card(write_card(build_card(profile, "Who exports most?", {}, Pseudonyms(profile))))
    assert card.columns[0].wholes == ("World",)


def test_a_whole_in_a_table_with_one_row_a_member_is_known(profiled: Profiler) -> None:
    values = {"Norway": 48317, "Ghana": 7721, "Chile": 30155, "Japan": 423398, "Peru": 25513}
    lines = [f"{name},{value}" for name, value in [("Everyone", sum(values.values())), *values.items()]]
    assert profiled("name,exports\n" + "\n".join(lines)).column("name").meaning.wholes == ("Everyone",)


def test_groups_above_their_members_in_a_pivot_are_wholes(profiled: Profiler) -> None:
    groups = {"North": {"Ayr": 10, "Bath": 15}, "South": {"Cork": 20, "Deal": 5, "Ely": 2}, "West": {"Fife": 8}}
    lines = [f"{name},{value}" for group, members in groups.items()
             for name, value in ((group, sum(members.values())), *members.items())]  # fmt: skip
    profile = profiled("\n".join(["Row Labels,Sum of units", *lines, "Grand Total,60"]))
    assert profile.column("Row Labels").meaning.wholes == ("North", "South", "West", "Grand Total")


def test_a_world_larger_than_the_countries_listed_is_a_whole(profiled: Profiler) -> None:
    chance, lines = random.Random(3), []
    for year in range(2015, 2021):
        values = [(name, chance.randint(100, 9000)) for name in LANDS]
        lines += [f"{name},{year},{value}" for name, value in [*values, ("World", 3 * sum(v for _, v in values))]]
    assert profiled("name,year,exports\n" + "\n".join(lines)).column("name").meaning.wholes == ("World",)


def test_groups_of_countries_are_wholes_beside_the_world(profiled: Profiler) -> None:
    groups = {"Europe": ["Norway", "Spain"], "Asia": ["Japan", "Nepal"], "Africa": ["Ghana", "Kenya"]}
    chance, lines = random.Random(6), []
    for year in range(2015, 2021):
        values = {land: chance.randint(1000, 90000) for lands in groups.values() for land in lands}
        sums = {group: sum(values[land] for land in lands) for group, lands in groups.items()}
        everything = {**values, **sums, "World": sum(values.values())}
        lines += [f"{name},{year},{everything[name]}" for name in sorted(everything)]
    wholes = profiled("name,year,exports\n" + "\n".join(lines)).column("name").meaning.wholes
    assert wholes == ("Africa", "Asia", "Europe", "World")


def test_lines_that_sum_those_above_them_are_wholes(profiled: Profiler) -> None:
    lines = "Salaries,48120,51233\nRent,12050,12410\nTravel,3915,2877\nTotal costs,64085,66520\n"
    lines += "Licenses,91230,99870\nServices,40115,38422\nTotal income,131345,138292\n"
    assert profiled("line,plan,actual\n" + lines).column("line").meaning.wholes == ("Total costs", "Total income")


def test_groups_followed_by_their_members_are_wholes(profiled: Profiler) -> None:
    groups = {"North": {"Oslo": 48121, "Bergen": 20377}, "South": {"Rome": 91233, "Bari": 33418, "Nola": 5127}}
    lines = [line for group, towns in groups.items() for line in [(group, sum(towns.values())), *towns.items()]]
    found = profiled("place,visitors\n" + "\n".join(f"{name},{value}" for name, value in lines))
    assert found.column("place").meaning.wholes == ("North", "South")


def plain_members() -> str:
    chance = random.Random(12)
    return "name,year,exports\n" + "\n".join(
        f"{name},{year},{chance.randint(100, 900)}" for year in range(2015, 2021) for name in LANDS
    )


SINGLE = "team,points\nreds,3\nblues,5\ngreens,8\nwhites,13\n"
COMPANY = "company,year,revenue\n" + "\n".join(
    f"{name},{year},{base + 7 * year % 13}" for year in (2021, 2022, 2023) for name, base in
    (("Shell", 380), ("Total", 260), ("BP", 240), ("Eni", 130))
)  # fmt: skip
ORDERS = "shop,product,amount\n" + "\n".join(f"s{i % 3},p{i % 7},{i * 37 % 211}" for i in range(400))
NO_WHOLES = {
    "members only": plain_members(),
    "few small numbers": SINGLE,
    "a company called Total": COMPANY,
    "orders": ORDERS,
}


@pytest.mark.parametrize("kind", NO_WHOLES)
def test_members_that_are_no_sums_are_no_wholes(kind: str, profiled: Profiler) -> None:
    assert not any(column.meaning.wholes for column in profiled(NO_WHOLES[kind]).columns)


def test_the_first_or_last_of_many_members_is_a_whole_by_one_figure(profiled: Profiler) -> None:
    lands = [("Togo", 31), ("Mali", 48), ("Benin", 20), ("Chad", 37), ("Niger", 33)]
    for rows in ([("West Africa", 169), *lands], [*lands, ("West Africa", 169)]):
        text = "land,clinics\n" + "".join(f"{land},{n}\n" for land, n in rows)
        assert profiled(text).column("land").meaning.wholes == ("West Africa",)
    inside = [*lands[:2], ("Ghana", 169), *lands[2:]]
    text = "land,clinics\n" + "".join(f"{land},{n}\n" for land, n in inside)
    assert profiled(text).column("land").meaning.wholes is None, "one figure in the middle may be chance"


def test_the_mean_of_two_others_is_no_whole(profiled: Profiler) -> None:
    rows = [(land, year, 100 * k + year - 2000) for year in (2020, 2021) for k, land in enumerate(LANDS[:3], 1)]
    text = "land,year,people\n" + "".join(f"{land},{year},{n}\n" for land, year, n in rows)
    assert profiled(text).column("land").meaning.wholes is None


def test_heads_of_blocks_that_fill_a_table_are_wholes_together(profiled: Profiler) -> None:
    rows = "Bikes,60,600|Road,40,400|Mountain,20,200|Helmets,30,95|Adult,10,35|Kids,20,60|Grand Total,90,695"
    text = "label,units,cost\n" + rows.replace("|", "\n")
    assert profiled(text).column("label").meaning.wholes == ("Bikes", "Helmets", "Grand Total")
    text = "label,units,cost\n" + rows.replace("Adult,10,35", "Adult,11,35").replace("|", "\n")
    assert "Helmets" not in (profiled(text).column("label").meaning.wholes or ())
