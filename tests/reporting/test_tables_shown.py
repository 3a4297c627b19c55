"""Tables as readers see them, and what a report shows of its findings."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any

import pytest

from analyst.protocol.evidence import EvidenceTable
from analyst.protocol.replies import Alternative
from analyst.protocol.table import IngestNote
from analyst.reporting.html import to_html
from analyst.reporting.key_figures import MAX_KEY_ROWS, key_figures
from analyst.reporting.markdown import to_markdown
from analyst.reporting.page import (
    alternatives_line,
    confidence_line,
    data_notes,
    layout,
    lead_charts,
    open_note,
    repeats,
    shown_tables,
    spoken,
    step_title,
)
from analyst.reporting.report import Basis, Finding, RecommendedAction, Report
from analyst.reporting.tables import shown


def table(columns: str, rows: Any, id: str = "s1", **more: Any) -> EvidenceTable:
    found = tuple(tuple(row) for row in rows)
    return EvidenceTable(id=id, what="x", columns=tuple(columns.split()), rows=found, row_count=len(found), **more)


@pytest.mark.parametrize(
    ("values", "formats", "told"),
    [
        ([4638.81, 656.94], {}, ["4,639", "657"]),
        ([9058.5, 0.2, 100.0], {}, ["9,059", "0.20", "100"]),
        ([1250.5, 0.2], {"x": "money:€"}, ["€1,250.50", "€0.20"]),
        ([12.5, 3.25], {}, ["12.50", "3.25"]),
        ([0.5, 0.123], {"x": "percent"}, ["50.0%", "12.3%"]),
        ([0.5, 0.25], {"x": "percent"}, ["50%", "25%"]),
        ([0.00012, 5.0], {}, ["0.00012", "5"]),
        ([12.5, 8.0], {"x": "money:€"}, ["€12.50", "€8.00"]),
        ([1250.5, 8.0], {"x": "money:€"}, ["€1,251", "€8"]),
        (["2024-11", "2024-12"], {}, ["November 2024", "December 2024"]),
        ([3, None], {"x": "integer"}, ["3", ""]),
    ],
)
def test_values_of_a_column_are_written_alike(values: list[Any], formats: dict[str, str], told: list[str]) -> None:
    assert [row[0] for row in shown(table("x", [(v,) for v in values], formats=formats), max_rows=9).rows] == told


def test_numbers_stand_to_the_right_and_what_is_left_out_is_counted() -> None:
    found = shown(table("name x mean_low", [("a", 1, 2.0), ("b", 2, 3.0)]), max_rows=1)
    assert found.numeric == (False, True, True) and found.left == 1 and found.heads == ("Name", "X", "Mean, from")


def test_the_years_that_rows_are_of_stand_to_the_left_as_names_do() -> None:
    found = shown(table("year units", [(2021, 40), (2022, 55)]), max_rows=9)
    assert found.numeric == (False, True) and found.rows[0] == ("2021", "40")


def report(*findings: Finding, **more: Any) -> Report:
    return Report(id="r", question="q", title="t", answer="A grew most. B fell.", summary="", findings=findings, **more)


def test_findings_that_the_answer_holds_are_not_shown_and_actions_keep_their_number() -> None:
    given = report(
        Finding("x", "B fell."),
        Finding("y", "C is new."),
        recommendations=(RecommendedAction("do b", 1), RecommendedAction("do c", 2)),
    )
    told = layout(given)
    assert [f.title for f in told.findings] == ["y"]
    assert told.actions == (("do b", None), ("do c", 1))


def test_a_text_repeats_only_if_every_sentence_is_there() -> None:
    assert repeats("B fell. A grew most.", "A grew most. B fell.") and not repeats(
        "B fell. D too.", "A grew most. B fell."
    )


def test_words_that_may_mean_something_else_are_told_in_every_format() -> None:
    sales = Alternative(words="sales", meant="gross amount", others=("net amount", "refund"))
    given = report(alternatives=(sales, Alternative(meant="profit")))
    told = 'I read "sales" as gross amount; or did you mean net amount or refund?'
    assert alternatives_line(given.alternatives) == told
    assert told in to_markdown(given).replace("\\", "")
    assert told in html.unescape(to_html(given))


def test_a_confidence_is_a_sentence_of_its_own_beside_the_caveat() -> None:
    assert confidence_line(Finding("t", "s", "high", "Every row is counted.")) == "High confidence."
    told = to_markdown(report(Finding("t", "C is new.", "low", "GDP is missing.")))
    assert "*Low confidence.* GDP is missing." in told


def test_the_rows_that_the_answer_speaks_of_come_first_and_all_stand_behind_show_all() -> None:
    days = table("shop sales", [(f"Shop {n}", 100 - n) for n in range(30)], key=("shop",))
    found = key_figures(report(tables=(days,), basis=Basis("s1", (("Shop 29", 71),))))
    assert (
        found and found.first.rows[:2] == (("Shop 29", 71), ("Shop 0", 100)) and len(found.first.rows) == MAX_KEY_ROWS
    )
    assert found.whole and [row[0] for row in found.whole.rows[:2]] == ["Shop 0", "Shop 1"]
    assert len(found.whole.rows) == 30
    page = to_html(report(tables=(days,), basis=Basis("s1", (("Shop 29", 71),))))
    assert "Show all 30 rows" in page and page.index("Shop 29") < page.index("Shop 1<")


def test_all_rows_stand_behind_the_best_ones_that_the_answer_was_read_from() -> None:
    months = [(f"2021-{month:02}", 40 + (month * 7) % 11) for month in range(1, 13)]
    whole = table("month units", months, key=("month",))
    best = table("month units", sorted(months, key=lambda row: -row[1])[:2], id="s1_best", key=("month",))
    found = key_figures(report(tables=(whole, best), basis=Basis("s1_best", best.rows)))
    assert found is not None and found.first.rows[:2] == best.rows and len(found.first.rows) == 12


def test_the_key_figures_are_those_of_the_table_that_the_answer_cites() -> None:
    one, two = (table("shop sales", [("A", n), ("B", n + 1)], id=f"s{n}") for n in (1, 2))
    given = report(Finding("t", "s", table="s1"), tables=(one, two), basis=Basis("s2"))
    found = key_figures(given)
    assert found and found.first.id == "s2" and found.whole is None


def test_numbers_stand_behind_the_group_and_texts_behind_them_so_that_a_phone_shows_figures() -> None:
    rows = [("contract", "category", 0.41, "Monthly"), ("calls", "number", 0.38, None)]
    given = table("feature kind association highest_at", rows, key=("feature",), method="drivers")
    found = key_figures(report(tables=(given,)))
    assert found and found.first.columns == ("feature", "association", "highest_at")


def test_an_interval_is_shown_with_both_ends_or_not_at_all() -> None:
    for more, wanted in (("a b c", ("g", "a", "b", "c", "x", "x_low", "x_high")), ("a b c d e", tuple("gabcdex"))):
        names = f"g {more} x x_low x_high"
        rows = [tuple([f"group {row}", *range(row, row + len(names.split()) - 1)]) for row in (1, 2)]
        found = key_figures(report(tables=(table(names, rows, key=("g",)),)))
        assert found and found.first.columns == wanted


def test_a_finding_that_cites_only_what_the_answer_cites_is_not_shown_and_its_chart_stands_before_the_others() -> None:
    given = report(Finding("x", "Other words.", chart="c1", in_answer=True), Finding("y", "New.", chart="c2"))
    assert [f.title for f in layout(given).findings] == ["y"] and lead_charts(given, ["c1", "c2"]) == ["c1"]


def test_what_is_not_answered_is_told_once() -> None:
    said = report(unanswered="The table has no costs.")
    assert open_note(said) == "The table has no costs."
    assert open_note(replace(said, answer="The table has no costs. A grew most.")) == ""
    both = replace(
        said, answer="The table has no costs. A grew most.", unanswered="the table has no costs. B is unsure."
    )
    assert open_note(both) == "B is unsure."


def test_a_refusal_is_short_and_names_questions_that_would_work() -> None:
    rows = table("shop sales", [("A", 1), ("B", 2)])
    given = report(
        tables=(rows,), refused=True, unanswered="No costs.", suggestions=("What are sales by shop?",), reading="Costs."
    )
    told = to_markdown(given)
    assert "## Questions that would work\n\n- What are sales by shop?" in told and "**Understood as:** Costs." in told
    assert "Key figures" not in told and "Findings" not in told


def test_the_key_figures_are_those_of_the_first_finding_with_their_groups_named() -> None:
    ranked = table("school average records", [("A", 1.5, 3), ("B", 1.0, 2)])
    test = table("statistic p", [(1.0, 0.5)], id="s2", method="chi_square", parameters={"x": "contract", "y": "churn"})
    rates = table(
        "level outcome n rate",
        [("Monthly", "yes", 9, 0.5), ("Yearly", "yes", 8, 0.1)],
        id="s2_rates",
        method="chi_square",
    )
    found = key_figures(replace(report(Finding("t", "s", table="s2_rates")), tables=(ranked, test, rates)))
    assert found and found.first.columns == ("contract", "n", "rate") and found.first.rows[0] == ("Monthly", 9, 0.5)
    first = key_figures(replace(report(Finding("t", "s", table="s2")), tables=(test, ranked)))
    assert first and first.first.id == "s1"
    assert key_figures(report()) is None


def test_periods_in_a_plan_are_said_as_people_say_them() -> None:
    assert (
        spoken("The change from 2024-Q3 to 2024-11-05, s1-2 left.")
        == "The change from Q3 2024 to November 5, 2024, s1-2 left."
    )


def test_the_value_of_a_method_is_headed_by_the_column_that_it_is_of() -> None:
    trend = EvidenceTable("s1", "trend", ("period", "value", "partial"), (("2024-01", 1.0, False), ("2024-02", 2.0, False)),
                          2, ("period",), method="trend", parameters={"value": "net_sales", "agg": "mean"})  # fmt: skip
    assert shown(trend, max_rows=5).heads == ("Period", "Average net sales", "Partial")
    key = key_figures(report(tables=(trend,)))
    assert key is not None and key.first.columns == ("period", "value")


def test_statistics_of_several_variables_have_the_decimals_of_each_and_heads_of_their_own() -> None:
    rows = [("discount", 44, 0.018, 0.2), ("unit_price", 0, 0.0, 153.49), ("quantity", 0, 0.0, 100.0)]
    given = table("variable missing missing_pct max", rows, key=("variable",), formats={"missing_pct": "percent"})
    found = shown(given, max_rows=9)
    assert [row[3] for row in found.rows] == ["0.20", "153.5", "100"]
    assert len(set(found.heads)) == 4


def test_what_joins_did_to_the_rows_can_be_looked_up_unlike_the_tables_own_profile() -> None:
    joins = table("table rows_before unmatched", [("boats", 60, 7)], id="joins", audience="detail")
    given = report(tables=(joins, table("column", [("harbour",)], id="profile", audience="detail")))
    assert shown_tables(given) == [joins]
    assert "| boats | 60 | 7 |" in to_markdown(given)


def test_what_a_caveat_says_is_not_said_again_among_the_data_notes() -> None:
    read = (
        IngestNote("joined", "boats was joined to trips by boat = boat_id."),
        IngestNote("encoding", "Read as UTF-8."),
    )
    given = report(ingest_notes=read, caveats=(read[0].message,))
    assert data_notes(given) == ["Read as UTF-8."]


def test_a_result_has_the_same_heading_in_every_format() -> None:
    given = replace(table("x", [(1,)]), what="how the tables of trips with boats were joined")
    assert step_title(given) == "How the tables of trips with boats were joined"
    assert all(step_title(given) in made(report(tables=(given,))) for made in (to_html, to_markdown))
