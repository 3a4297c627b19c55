"""Tables as readers see them, and what a report shows of its findings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.evidence import EvidenceTable
from reports.page import confidence_line, key_table, layout, repeats, reservations, spoken
from reports.report import Finding, RecommendedAction, Report
from reports.tables import shown


def table(columns: str, rows: Any, id: str = "s1", **more: Any) -> EvidenceTable:
    found = tuple(tuple(row) for row in rows)
    return EvidenceTable(id=id, what="x", columns=tuple(columns.split()), rows=found, row_count=len(found), **more)


@pytest.mark.parametrize(
    ("values", "formats", "told"),
    [
        ([4638.81, 656.94], {}, ["4,639", "657"]),
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


def test_what_was_not_answered_stands_in_the_notice_and_not_again_among_the_caveats() -> None:
    assert reservations(report(caveats=("Not answered: costs.", "Few rows."))) == ["Few rows."]


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
        == "The change from Q3 2024 to 5 November 2024, s1-2 left."
    )
