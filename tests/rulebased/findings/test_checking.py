"""What the analyst checks before it says it: numbers are the question's, the plan's or references."""

from __future__ import annotations

import pytest

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.facts import Facts, Filter
from analyst.rulebased.findings.checking import sound

QUARTER = Facts(filters=(Filter("day", "at least", ("2024-10-01",)), Filter("day", "below", ("2025-01-01",))))
EVIDENCE = Evidence((EvidenceTable("s1", "x", ("a", "b"), ((1, None),), 1, facts=QUARTER),))


@pytest.mark.parametrize(
    "text",
    ["It is {{s1.a}}.", "It rose in Q4 2024: {{s1.a}}.", "The table has {{table.rows}} rows.", "The top 5 are here."],
)
def test_references_and_numbers_of_the_question_and_the_plan_may_be_said(text: str) -> None:
    assert sound(text, EVIDENCE, "Top 5 last quarter?")


@pytest.mark.parametrize(
    "text",
    [
        "It is {{s1.b}}.",
        "It is {{s1.c}}.",
        "It is {{s2.a}}.",
        "It is {{s1[a=1].a}}.",
        "It rose by 7.",
        "Nine shops fell.",
    ],
)
def test_other_numbers_and_references_to_nothing_may_not(text: str) -> None:
    assert not sound(text, EVIDENCE, "Top 5 last quarter?")


def test_names_of_columns_may_hold_digits() -> None:
    assert sound("Tax 5% rose.", EVIDENCE, "Tax?", ["Tax 5%"]) and not sound("Tax 5% rose.", EVIDENCE, "Tax?")
