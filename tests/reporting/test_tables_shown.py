"""Tables as readers see them, and what a report shows of its findings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.page import confidence_line, key_table, layout, repeats, spoken
from analyst.reporting.report import Finding, RecommendedAction, Report
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


def test_a_confidence_gives_its_reason() -> None:
    assert (
        confidence_line(Finding("t", "s", "high", "Every row is counted.")) == "High confidence: every row is counted."
    )
    assert confidence_line(Finding("t", "s", "low", "GDP is missing.")) == "Low confidence: GDP is missing."
    assert confidence_line(Finding("t", "s")) == "Medium confidence"


def test_the_key_figures_are_those_of_the_first_finding_with_their_groups_named() -> None:
    ranked = table("school average records", [("A", 1.5, 3), ("B", 1.0, 2)])
    test = table("statistic p", [(1.0, 0.5)], id="s2", method="chi_square", parameters={"x": "contract", "y": "churn"})
    rates = table(
        "level outcome n rate",
        [("Monthly", "yes", 9, 0.5), ("Yearly", "yes", 8, 0.1)],
        id="s2_rates",
        method="chi_square",
    )
    found = key_table(replace(report(Finding("t", "s", table="s2_rates")), tables=(ranked, test, rates)))
    assert found and found.columns == ("contract", "n", "rate") and found.rows[0] == ("Monthly", 9, 0.5)
    first = key_table(replace(report(Finding("t", "s", table="s2")), tables=(test, ranked)))
    assert first and first.id == "s1"
    assert key_table(report()) is None


def test_periods_in_a_plan_are_said_as_people_say_them() -> None:
    assert (
        spoken("The change from 2024-Q3 to 2024-11-05, s1-2 left.")
        == "The change from Q3 2024 to November 5, 2024, s1-2 left."
    )


def test_the_value_of_a_method_is_headed_by_the_column_that_it_is_of() -> None:
    trend = EvidenceTable("s1", "trend", ("period", "value", "partial"), (("2024-01", 1.0, False), ("2024-02", 2.0, False)),
                          2, ("period",), method="trend", parameters={"value": "net_sales", "agg": "mean"})  # fmt: skip
    assert shown(trend, max_rows=5).heads == ("Period", "Average net sales", "Partial")
    key = key_table(report(tables=(trend,)))
    assert key is not None and key.columns == ("period", "value")


def test_statistics_of_several_variables_have_the_decimals_of_each_and_heads_of_their_own() -> None:
    rows = [("discount", 44, 0.018, 0.2), ("unit_price", 0, 0.0, 153.49), ("quantity", 0, 0.0, 100.0)]
    given = table("variable missing missing_pct max", rows, key=("variable",), formats={"missing_pct": "percent"})
    found = shown(given, max_rows=9)
    assert [row[3] for row in found.rows] == ["0.20", "153.5", "100"]
    assert len(set(found.heads)) == 4
