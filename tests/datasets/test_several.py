"""Cells that hold several values are known by their members; names, places, sentences and categories are not split."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

import pytest

from analyst.datasets.card import build_card
from analyst.datasets.linking import mentioned_values
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.engine.duckdb import open_locked
from analyst.protocol.table import TableProfile

Profiler = Callable[..., TableProfile]


def column_of(cells: Sequence[str], name: str = "tools") -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["id", name], *[[n, cell] for n, cell in enumerate(cells)]])
    return text.getvalue()


LISTS = {
    "a semicolon at each end": (["Git;Jira;", "Git;", "Jira;Slack;", "Slack;Git;"] * 5, ";", 3),
    "a comma and a blank": (["Java, Go", "Go", "SQL, Go", "Java, SQL, Go", "SQL"] * 4, ", ", 3),
    "a comma alone": (["red,blue", "blue", "green,red", "red,green,blue"] * 4, ",", 3),
    "a pipe": (["Drama|Comedy", "Comedy", "Drama", "Action|Drama"] * 4, "|", 3),
    "a line break": (["North\nSouth", "South", "North", "East\nNorth"] * 4, "\n", 3),
    "slashes": (["Mon/Tue", "Tue", "Mon", "Tue/Wed/Mon"] * 4, "/", 3),
    "names of countries": (["United States", "United States, India", "India", "France, United States"] * 5, ", ", 3),
}


@pytest.mark.parametrize("case", LISTS)
def test_the_members_of_cells_are_found(case: str, profiled: Profiler) -> None:
    cells, separator, members = LISTS[case]
    column = profiled(column_of(cells)).column("tools")
    assert column.meaning.separator == separator and len(column.members) == members
    expected = sum("Drama" in cell or "Go" in cell for cell in cells)
    assert dict(column.members).get("Drama", dict(column.members).get("Go", 0)) == expected


BRACKETED = {
    "JSON": (['["eco", "new"]', '["new"]', "[]", '["top, best", "eco"]'] * 5, "; ", {"eco", "new", "top, best"}),
    "Python": (["['eco', 'new']", "['new']", "['top', 'eco']"] * 5, "; ", {"eco", "new", "top"}),
    "PostgreSQL": (["{eco,new}", "{new}", "{top,eco}"] * 5, "; ", {"eco", "new", "top"}),
    "members with a semicolon": (['["a;b", "new"]', '["new"]', '["new", "a;b"]'] * 5, "| ", {"a;b", "new"}),
}


@pytest.mark.parametrize("case", BRACKETED)
def test_lists_as_programs_write_them_are_read_as_their_members(case: str, profiled: Profiler) -> None:
    cells, separator, members = BRACKETED[case]
    profile = profiled(column_of(cells))
    column = profile.column("tools")
    assert column.meaning.separator == separator and {member for member, _ in column.members} == members
    assert dict(column.members)["new"] == sum("new" in cell for cell in cells)
    assert [note.column for note in profile.table.notes if note.kind == "lists"] == ["tools"]


@pytest.mark.parametrize("cells", [["[48.85, 2.29]", "[51.5, -0.12]"], ['{"a": 1}', '{"a": 2}'], ["[a] b", "[c]"]])
def test_places_objects_and_remarks_are_no_lists(cells: list[str], profiled: Profiler) -> None:
    profile = profiled(column_of(cells * 5))
    assert not [note for note in profile.table.notes if note.kind == "lists"]


SINGLE = {
    "last and first names": [f"{last}, {first}" for last in ("Smith", "Doe", "Roe") for first in ("Ann", "Bob", "Cy")],
    "towns and states": ["Austin, TX", "Dallas, TX", "Reno, NV", "Elko, NV", "Austin, TX", "Reno"],
    "things and colors": ["Shirt, red", "Shirt, blue", "Mug, red", "Mug, blue", "Shirt, green", "Cap"],
    "addresses": [f"{n} Main St, Springfield, IL" for n in range(12)] + ["PO Box 5, Springfield"],
    "sentences": ["Good, but slow", "Fine", "Slow, loud, wet and cold", "I liked it, really", "Never again, sorry"],
    "names of branches": [
        "Arts, Crafts and Toys",
        "Food",
        "Health, Beauty and Care",
        "Food",
        "Health, Beauty and Care",
    ],
    "dates with a comma": ["Jan 5, 2024", "Feb 6, 2024", "Jan 5, 2023", "Mar 7, 2024"],
    "one cell of two": ["A", "B", "A, B", "A", "B", "C"] * 3,
    "yes or no": ["yes", "no", "yes/no", "yes", "no"],
    "numbers": ["1,5", "2,5", "5", "1", "2,1"],
    "paths": ["a/b/c.txt", "a/d/e.txt", "f/g.txt", "a/b/h.txt"],
}


@pytest.mark.parametrize("case", SINGLE)
def test_a_cell_that_is_one_value_is_not_split(case: str, profiled: Profiler) -> None:
    profile = profiled(column_of(SINGLE[case] * 3))
    assert profile.column("tools").meaning.separator is None and not profile.column("tools").members


def test_the_card_shows_members_and_the_question_names_them(profiled: Profiler) -> None:
    profile = profiled(column_of(["Java, Go", "Go", "SQL, Go", "Java, SQL, Go", "SQL"] * 4))
    engine = open_locked(profile.table.database, memory_mb=512, timeout_s=30)
    mentioned = mentioned_values(engine, profile, "How many know SQL?")
    engine.close()
    card = build_card(profile, "How many know SQL?", mentioned, Pseudonyms(profile))
    column = next(column for column in card.columns if column.name == "tools")
    assert (column.separator, column.distinct, column.values) == (", ", 3, ("Go", "SQL", "Java"))
    assert column.mentioned == ("SQL",)


def test_it_is_an_issue_that_cells_hold_several_values(profiled: Profiler) -> None:
    profile = profiled(column_of(["Java, Go", "Go, SQL", "SQL", "Java"] * 4))
    issue = next(issue for issue in profile.issues if issue.kind == "several_values")
    assert issue.column == "tools" and "separated by ', '" in issue.message and "3 values" in issue.message


def test_names_of_people_stay_hidden_where_cells_hold_several(profiled: Profiler) -> None:
    names = ["Ann Lee", "Bob Roe", "Cy Poe", "Di Fox"]
    cells = [", ".join(names[n % 4 : n % 4 + 1 + n % 3]) for n in range(40)]
    profile = profiled(column_of(cells, "employee_name"))
    card = build_card(profile, "", {}, Pseudonyms(profile))
    shown = next(column for column in card.columns if column.name == "employee_name")
    assert profile.column("employee_name").members and shown.values is None
