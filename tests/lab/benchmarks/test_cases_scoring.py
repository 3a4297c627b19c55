"""The cases' scorer: strict about where a figure stands, fair to an answer that says what it leaves out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyst.core.errors import SettingsError
from lab.benchmarks.cases import answer_all, group_of, read_cases
from lab.benchmarks.cases_expectations import (
    AllOf,
    AnyOf,
    Clear,
    Clock,
    Eye,
    Figure,
    Figures,
    Groups,
    Names,
    Other,
    Periods,
    Record,
    Told,
    expectation,
)
from lab.benchmarks.cases_report import Case, Scored, calibration, table
from lab.benchmarks.cases_scoring import (
    CLEAR,
    CRASH,
    EYE,
    HINTED,
    NO_TABLE,
    OPEN,
    POOR,
    RIGHT,
    SILENT,
    Answer,
    Failure,
    Table,
    outcome,
)

REGIONS = Table(("region", "total_sales", "records"), (("West", 40, 3), ("East", 30, 7)), 2)


def one(value: object, *, unanswered: str = "", hints: tuple[str, ...] = (), text: str = "") -> Answer:
    """An answer with one figure, from 12 records."""
    main = Table(("total_sales", "records"), ((value, 12),), 1)
    return Answer(text or f"The total sales are {value}, from 12 records.", unanswered, (main,), hints)


def scored(expected: object, answer: Answer, question: str = "What are the total sales?") -> str:
    return outcome(expectation(expected), question, answer)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (4373, Figure(4373, whole=True)),
        ("0.284", Figure(0.284)),
        ("9009 over 3002 rows", Figure(9009, whole=True)),
        ("2 (…6421 and …6422)", Figure(2, whole=True)),
        ("a balance is not summed; last -2102.19", Figure(-2102.19)),
        ("7601 -> 5467", Record((), (Figure(7601, whole=True), Figure(5467, whole=True)))),
        ("2024-03-26,178", Record(("2024-03-26",), (Figure(178, whole=True),))),
        ("{'date': 'Oct 1 2007', 'price': 1549.38}", Record(("Oct 1 2007",), (Figure(1549.38),))),
        ({"B": "46.33% (45% = 0.45)"}, Groups({("B",): (Figure(46.33),)})),
        ("[['A - ONE', 5], ['B', 4]]", Groups({("A - ONE",): (Figure(5, True),), ("B",): (Figure(4, True),)})),
        ("(np.int64(7), np.float64(6.5))", Figures((Figure(7, whole=True), Figure(6.5)))),
        ("China, US, Japan", Names(("China", "US", "Japan"))),
        ("5: US UK", Names(("US", "UK"))),
        ("not World", Other("World")),
        ("24 months in order", Periods(24)),
        ("mean of hh:mm:ss", Clock()),
        ("said: no date column", Told(frozenset(["date"]))),
        ("said which", Told()),
        ("clear: HTML", Clear(frozenset(["html"]))),
        ("6 or told", AnyOf((Figure(6, whole=True), Told()))),
        ("2593 (or unpaid 1071)", AnyOf((Figure(2593, whole=True), Figure(1071, whole=True)))),
        (
            "939 with a warning that users repeat",
            AllOf((AnyOf((Figure(939, whole=True),)), Told(frozenset(["users", "repea"])))),
        ),
        ("28 rows, told", Told()),
        ("mean °C", Eye()),
        ("", Eye()),
        (None, Eye()),
    ],
)
def test_what_a_person_wrote_is_read_where_it_can_be(written: object, meant: object) -> None:
    assert expectation(written) == meant


def test_a_figure_is_right_in_the_one_row_of_the_main_result() -> None:
    assert scored(40, one(40)) == RIGHT
    assert scored(41, one(40)) == SILENT
    assert scored(52.38, one(52.375)) == RIGHT
    assert scored(28.4, one(0.28386)) == RIGHT


def test_the_number_of_records_behind_a_figure_is_no_answer() -> None:
    assert scored(12, one(40)) == SILENT


def test_a_sheet_of_statistics_or_a_further_result_that_holds_the_figure_is_no_answer() -> None:
    sheet = Table(tuple(f"statistic_{n}" for n in range(20)), (tuple(range(20)),), 1)
    assert scored(7, Answer("The average is 3.", tables=(sheet,))) == SILENT
    assert scored(7, Answer("The average is 3.", tables=(one(3).tables[0], sheet))) == SILENT


def test_a_number_that_the_question_holds_is_not_an_answer_when_it_is_said_back() -> None:
    answer = one(5, text="There are 5 records for age 28.")
    assert scored(28, answer, "How many have age 28?") == SILENT


def test_a_figure_in_the_text_may_be_rounded_as_it_is_shown_there() -> None:
    for text in ("In all €1.83 million.", "In all 1,832,900.", "In all 1,832,899.9."):
        assert scored(1832899.91, Answer(text)) == RIGHT
    assert scored(1832899.91, Answer("In all 1.82 million.")) == SILENT
    assert scored(218, Answer("In all 217.")) == SILENT
    assert scored("-5338.8", Answer("The total is -€5,339.")) == RIGHT


def test_groups_need_every_group_with_its_figure_and_no_others() -> None:
    answer = Answer("West leads.", tables=(REGIONS,))
    by_region = "Total sales by region"
    assert scored({"EAST": 30, "west": 40}, answer, by_region) == RIGHT
    assert scored({"East": 40, "West": 30}, answer, by_region) == SILENT
    assert scored({"East": 30}, answer, by_region) == SILENT
    assert scored({"East": 7, "West": 3}, answer, by_region) == SILENT


def test_a_ranking_may_go_on_after_what_is_expected_but_not_begin_with_others() -> None:
    answer = Answer("West leads.", tables=(REGIONS,))
    assert scored({"West": 40}, answer, "Which region sold most?") == RIGHT
    assert scored({"East": 30}, answer, "Which region sold most, without West?") == SILENT
    assert scored("East 30", answer, "Which region sold most, without West?") == SILENT


@pytest.mark.parametrize(("key", "cell"), [("3", "2024-03"), ("3", "March 2024"), ("2024", 2024.0), ("Yes", True)])
def test_a_group_is_known_however_a_result_writes_it(key: str, cell: object) -> None:
    answer = Answer("", tables=(Table(("period", "value"), ((cell, 7),), 1),))
    assert scored({key: 7}, answer, "Total per period") == RIGHT


def test_names_must_be_those_of_the_first_rows() -> None:
    countries = (("China", 9), ("United States", 8), ("Japan", 7), ("France", 1))
    answer = Answer("", tables=(Table(("country", "sales"), countries, 4),))
    assert scored("China, US, Japan", answer, "Top 3 countries by sales") == RIGHT
    assert scored("China, US, France", answer, "Top 3 countries by sales") == SILENT


def test_a_date_and_its_figure_stand_in_one_row_or_in_the_answer() -> None:
    assert scored("2024-03-26,178", Answer("It was 178 on 26 March 2024.")) == RIGHT
    assert scored("2024-03-26,178", one(178)) == SILENT


def test_a_wrong_answer_is_open_if_it_says_so_hinted_if_a_note_doubts_the_file_and_else_silently_wrong() -> None:
    assert scored(7, one(8, unanswered='The table has nothing for "net".')) == OPEN
    assert scored(7, one(8, hints=("Rows padded (3 cases).",))) == HINTED
    assert scored(7, one(8, hints=("Sales has 1 value far outside the usual range.",))) == SILENT


def test_a_right_answer_with_a_needless_caveat_is_right() -> None:
    assert scored(8, one(8, unanswered='The table has nothing for "codes".')) == RIGHT


def test_what_must_be_told_is_told_by_a_note_about_just_that() -> None:
    assert scored("mixed currencies told", one(8, hints=("The currency of 'amount' differs by row.",))) == RIGHT
    assert scored("mixed currencies told", one(8, hints=("Few records stand behind this figure.",))) == SILENT
    routine = "16 rows repeat an earlier one in every column."
    assert scored("said: orders repeated", one(8, hints=(routine,))) == SILENT


def test_a_value_or_a_word_of_warning_needs_the_warning_first_where_the_value_is_wrong() -> None:
    expected = "3330 or said that formulas have no values"
    note = ("40 cells have formulas without a saved value.",)
    assert scored(expected, one(3330)) == RIGHT
    assert scored(expected, one(638, hints=note)) == HINTED
    assert scored(expected, one(638, unanswered="The formulas of 'amount' have no values.")) == RIGHT


def test_a_value_that_needs_a_warning_is_not_right_without_it() -> None:
    expected = "939 with a warning that users repeat"
    assert scored(expected, one(939)) == SILENT
    assert scored(expected, one(939, hints=("Users may repeat from day to day.",))) == RIGHT


def test_only_some_of_several_figures_or_a_duration_is_for_a_person_to_judge() -> None:
    assert scored("(7, 9.5)", one(7)) == EYE
    assert scored("(7, 9.5)", one(8)) == SILENT
    assert scored("hh:mm:ss", one(8, text="The mean is 0:04:10.")) == EYE
    assert scored("hh:mm:ss", one(8)) == SILENT
    assert scored("", one(8)) == EYE


def test_an_error_is_a_crash_unless_the_user_can_mend_it_and_poor_unless_it_says_how() -> None:
    def failed(fix: str, *, clear: bool) -> Answer:
        return Answer(failure=Failure("'a.xls' is a web page (HTML).", fix, clear))

    assert scored(7, failed("Save it as CSV.", clear=False)) == CRASH
    assert scored("", failed("", clear=False)) == CRASH
    assert scored(7, failed("Save it as CSV.", clear=True)) == CLEAR
    assert scored(7, failed("", clear=True)) == POOR
    assert scored("clear: HTML", failed("Save it as CSV.", clear=True)) == RIGHT
    assert scored("2 or clear", failed("Save it as CSV.", clear=True)) == RIGHT


def case(id: str, verdict: str, kind: str = "totals row") -> Case:
    return Case(id, "messy", kind, kind.split()[0], "t.csv", "How much?", 7, verdict)


def test_the_table_counts_scored_cases_and_keeps_apart_what_a_person_must_judge() -> None:
    outcomes = (RIGHT, SILENT, SILENT, EYE, NO_TABLE)
    told = table([Scored(case(str(n), ""), Answer(), found) for n, found in enumerate(outcomes)])
    cells = [cell.strip() for cell in told.splitlines()[2].strip("|").split("|")]
    assert cells[:5] == ["**messy**", "5", "1", "1", "3"]
    assert cells[5:9] == ["1 (33.3%)", "0 (0.0%)", "0 (0.0%)", "2 (66.7%)"]


@pytest.mark.parametrize(
    ("kind", "group"),
    [
        ("duckdb#25827", "duckdb"),
        ("Google Ads totals row", "google"),
        ("is_added", "is_added"),
        ("C11i variants", "variant"),
    ],
)
def test_a_case_is_counted_with_those_whose_kind_begins_alike(kind: str, group: str) -> None:
    assert group_of(kind) == group


def test_code_and_person_are_compared_on_what_both_judged() -> None:
    both = [
        Scored(case("a", "right"), Answer(), RIGHT),
        Scored(case("b", "hinted only"), Answer(), SILENT),
        Scored(case("c", "wrong, and said so"), Answer(unanswered="No profit."), RIGHT),
        Scored(case("d", "right"), Answer(), EYE),
        Scored(case("e", ""), Answer(), RIGHT),
    ]
    assert "agree on 2 of the 3 scored cases" in calibration(both)


def test_a_case_is_asked_of_its_file_by_the_embedded_analyst_and_scored(tmp_path: Path) -> None:
    (tmp_path / "messy").mkdir()
    rows = [f"{region},{n}" for n in range(1, 11) for region in ("North", "South")]
    (tmp_path / "messy" / "sales.csv").write_text("\n".join(["region,sales", *rows]), encoding="utf-8")
    (tmp_path / "messy" / "empty.csv").write_text("region,sales\n", encoding="utf-8")
    asked = [
        ("a", "sales.csv", "Total sales by region", {"North": 55, "South": 55}),
        ("b", "sales.csv", "What is the total profit?", "said: no profit"),
        ("c", "empty.csv", "What are the total sales?", "clear: no rows"),
        ("d", "none.csv", "What are the total sales?", 7),
    ]
    keys = ("id", "file", "question", "expected")
    lines = [json.dumps(dict(zip(keys, row, strict=True))) for row in asked]
    (tmp_path / "messy.jsonl").write_text("\n".join(lines), encoding="utf-8")
    found = answer_all(read_cases(tmp_path, "messy"), tmp_path)
    assert [one.outcome for one in found] == [RIGHT, RIGHT, RIGHT, NO_TABLE]


def test_a_folder_without_cases_is_refused_with_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"messy\.jsonl"):
        read_cases(tmp_path, "messy")
