"""Headers of several rows, what stands above and below a table, and tables that must not be taken for such."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]
Table = Sequence[Sequence[object]]


def written(rows: Table) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def kinds(table: OpenedTable) -> set[str]:
    return {note.kind for note in table.notes}


ROLES = ["Dev", "PM", "Ops"]
ANSWERS = [[f"R_{i:03}", f"2024-05-{i % 28 + 1:02} 09:00:00", ROLES[i % 3], i % 10 + 1] for i in range(30)]
MEANINGS = ["Response ID", "Start Date", "What is your role?", "How likely are you to stay?"]
NAMED = ("ResponseId", "StartDate", "Q1: What is your role?", "Q7_2: How likely are you to stay?")


@pytest.mark.parametrize("ids", [True, False])
def test_codes_questions_and_import_ids_of_qualtrics_are_one_header(ids: bool, opened: Opener, rows: Rows) -> None:
    imported = [[f'{{"ImportId":"QID{i}"}}' for i in range(4)]] if ids else []
    table = opened(written([["ResponseId", "StartDate", "Q1", "Q7_2"], MEANINGS, *imported, *ANSWERS]))
    assert table.columns == NAMED and table.rows == 30
    assert [type(cell).__name__ for cell in rows(table)[0]] == ["str", "datetime", "str", "int"]
    assert kinds(table) == {"header_labels"} | ({"header_import_ids"} if ids else set())


def test_a_survey_of_texts_with_its_questions_below_the_codes(opened: Opener) -> None:
    body = [[ROLES[i % 3], ["Yes", "No"][i % 2], ["Rome", "Oslo"][i % 2]] for i in range(20)]
    table = opened(written([["Q1", "Q2", "Q3"], ["What is your role?", "Do you code?", "Where do you live?"], *body]))
    assert table.columns == ("Q1: What is your role?", "Q2: Do you code?", "Q3: Where do you live?")
    assert table.rows == 20


def test_choices_of_surveymonkey_stand_with_their_question(opened: Opener, rows: Rows) -> None:
    head = [
        ["Respondent ID", "Start Date", "Which of these do you own?", "", "", "How old are you?"],
        ["", "", "Car", "Bike", "Other (please specify)", "Response"],
    ]
    body = [[9000 + i, "2024-05-02", "Car" if i % 2 else "", "Bike" if i % 3 else "", "", "18-29"] for i in range(12)]
    table = opened(written([*head, *body]))
    asked = "Which of these do you own?"
    assert table.columns[2:] == (f"{asked} Car", f"{asked} Bike", f"{asked} Other (please specify)", "How old are you?")
    assert table.rows == 12 and rows(table)[1][2:4] == ("Car", "Bike")


def test_many_choices_below_few_questions_are_joined_too(opened: Opener) -> None:
    choices = [f"Tool {letter}" for letter in "ABCDEFGH"]
    head = [["ID", "Day", "Tools?", *[""] * 7], ["", "", *choices]]
    body = [[100 + i, "2024-05-02", *[tool if (i + n) % 3 else "" for n, tool in enumerate(choices)]] for i in range(9)]
    table = opened(written([*head, *body]))
    assert table.columns == ("ID", "Day", *[f"Tools? {tool}" for tool in choices]) and table.rows == 9


def test_names_on_three_levels_are_put_together(opened: Opener, rows: Rows) -> None:
    head = [
        ["Sales report"],
        [],
        ["", "2023", "", "", "", "2024", "", "", ""],
        ["", "H1", "", "H2", "", "H1", "", "H2", ""],
        ["Region", *["Units", "Revenue"] * 4],
    ]
    table = opened(written([*head, ["North", *range(8)], ["South", *range(8, 16)]]))
    assert table.columns[:5] == ("Region", "2023 H1 Units", "2023 H1 Revenue", "2023 H2 Units", "2023 H2 Revenue")
    assert table.columns[-1] == "2024 H2 Revenue" and rows(table)[0][-1] == 7


@pytest.mark.parametrize(
    ("names", "units", "columns"),
    [
        (["city", "temp"], ["", "°C"], ("city", "temp (°C)")),
        (["city", "rain", "wind"], ["-", "mm", "[m/s]"], ("city", "rain (mm)", "wind (m/s)")),
        (["name", "weight", "height"], ["text", "kg", "meters"], ("name", "weight (kg)", "height (meters)")),
    ],
)
def test_a_row_of_units_goes_into_the_names(
    names: list[str], units: list[str], columns: tuple[str, ...], opened: Opener
) -> None:
    body = [[place, *[i + n for n in range(len(names) - 1)]] for i, place in enumerate(["Rome", "Oslo", "Bonn"])]
    table = opened(written([names, units, *body]))
    assert table.columns == columns and table.rows == 3


NO_HEADERS: dict[str, list[list[Any]]] = {
    "a row of hidden figures": [["state", "cases", "deaths"], ["Maine", "suppressed", "suppressed"], ["Utah", 3, 1]],
    "a row of other words": [["state", "cases", "deaths"], ["Maine", "withheld", "unknown"], ["Utah", 3, 1]],
    "short words in the first row": [["state", "cases", "deaths"], ["Ohio", "s", "s"], ["Utah", 3, 1]],
    "a first row without figures": [["state", "cases", "deaths"], ["Ohio", "", ""], ["Utah", 3, 1]],
    "gaps": [["state", "cases", "deaths"], ["Ohio", "n/a", "-"], ["Utah", 3, 1]],
    "texts that differ": [["name", "town", "remark"], ["Ann Lee", "New York", "called twice"], ["Bob", "Oslo", "x y"]],
}


@pytest.mark.parametrize("case", NO_HEADERS)
def test_a_first_row_of_data_is_no_part_of_the_header(case: str, opened: Opener) -> None:
    more = [[f"P{i}", i, i + 1] if case != "texts that differ" else [f"P {i}", "a b", "c d"] for i in range(8)]
    table = opened(written([*NO_HEADERS[case], *more]))
    assert table.columns == tuple(NO_HEADERS[case][0]) and table.rows == 10


YEARS = [str(year) for year in range(2018, 2024)]


@pytest.mark.parametrize("closed", [True, False], ids=["with commas at the ends", "without"])
def test_the_preamble_of_the_world_bank_is_skipped(closed: bool, opened: Opener, rows: Rows) -> None:
    end = [""] if closed else []
    above: Table = [["Data Source", "World Indicators", *end], [], ["Last Updated Date", "2024-10-24", *end], []]
    names = ["Country Name", "Country Code", "Indicator Name", *YEARS]
    body = [[c, c[:3], "Population, total", *[i * 10 + n for n in range(6)]] for i, c in enumerate(["Aruba", "Benin"])]
    table = opened(written([*above, [*names, *end], *[[*row, *end] for row in body]]))
    assert table.columns == ("Country Name", "Country Code", "Indicator Name", "year", "value")
    assert len(rows(table)) == 12 and rows(table)[-1][-2:] == (2023, 15)


STATED = {
    "titles in a row without a name": (
        [["", "Vacancies ;  Total ;", "Vacancy rate ;"], ["Unit", "000", "Percent"], ["Series Type", "Trend", "Trend"],
         ["Frequency", "Month", "Month"], ["Series Start", "Jan-2023", "Jan-2023"], ["No. Obs", "4", "4"],
         ["Series ID", "A1", "A2"]],
        ("period", "Vacancies Total (000)", "Vacancy rate (Percent)"),
    ),
    "titles named as such, below a title of all": (
        [["F9 OWN RATES", "", ""], ["Title", "Cash target", "Spread"], ["Frequency", "Daily", "Daily"],
         ["Units", "Per cent", "Basis points"], ["", "", ""], ["Source", "OWN", "OWN"], ["Series ID", "FX", "FY"]],
        ("period", "Cash target (Per cent)", "Spread (Basis points)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", STATED)
def test_what_is_said_of_each_series_above_its_periods_is_the_header(kind: str, opened: Opener, types: Any) -> None:
    said, names = STATED[kind]
    periods = [[f"{month}-2023", 310.5 + place, 2.5] for place, month in enumerate(("Jan", "Feb", "Mar", "Apr"))]
    table = opened(written([*said, *periods]))
    assert (table.columns, table.rows, types(table)) == (names, 4, ["DATE", "DOUBLE", "DOUBLE"])
    assert "header_series" in kinds(table)


def test_rows_of_data_above_periods_are_no_header_of_series(opened: Opener) -> None:
    rows_: list[list[object]] = [
        ["item", "v", "w"],
        ["unit cost", 5, 6],
        ["source fee", 1, 2],
        ["type fee", 3, 4],
        ["series fee", 7, 1],
    ]
    assert opened(written([*rows_, *[[f"2023-0{month}", month, 3] for month in range(1, 5)]])).rows == 8


@pytest.mark.parametrize("count", [3, 40])
def test_remarks_of_any_number_above_the_names_are_skipped(count: int, opened: Opener, rows: Rows) -> None:
    remarks = "".join(f"# Traffic by page, part {line}\n" for line in range(count))
    table = opened(remarks + "\nPage path,Views,Seconds\n/,1000,20\n/shop,640,50\n/blog,422,61\n")
    assert (table.columns, rows(table)[1]) == (("Page path", "Views", "Seconds"), ("/shop", 640, 50))


def test_ids_that_begin_with_the_sign_of_remarks_are_rows(opened: Opener) -> None:
    table = opened("Name,Total,Items\n#2001,65,2\n#2002,25,1\n#2003,80,4\n")
    assert (table.columns, table.rows) == (("Name", "Total", "Items"), 3)


def test_two_columns_of_years_in_the_first_row_of_data_are_no_header(opened: Opener, rows: Rows) -> None:
    table = opened(written([["Alien", 1979, 1980], ["Brazil", 1985, 1986], ["Clue", 1990, 1992], ["Dune", 2021, 2024]]))
    assert table.columns == ("column_1", "column_2", "column_3") and rows(table)[0] == ("Alien", 1979, 1980)


@pytest.mark.parametrize(
    "below",
    ["\nSource: our system\nNote: preliminary\n", "Source: our system,\n", ",\nQuelle: SAP,\n", "* revised\n"],
)
def test_notes_below_two_columns_are_no_rows(below: str, opened: Opener, rows: Rows) -> None:
    table = opened(f"region,sales\nN,3\nS,4\nE,5\n{below}")
    assert [row[0] for row in rows(table)] == ["N", "S", "E"] and "footer" in kinds(table)


def test_a_last_row_without_its_value_stays(opened: Opener, rows: Rows) -> None:
    assert len(rows(opened("region,sales\nN,3\nS,4\nEast: new,\n"))) == 3


@pytest.mark.parametrize("line", ['"sep=;"', "sep=;", "SEP=;"])
def test_excel_s_line_on_the_delimiter_is_heeded(line: str, opened: Opener, rows: Rows) -> None:
    table = opened(f"{line}\na;b\n1,5;x\n2,5;y\n")
    assert rows(table) == [(1.5, "x"), (2.5, "y")] and "lines_skipped" not in kinds(table)
