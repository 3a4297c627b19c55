"""What the finished report says of what was not answered."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analyst.answers.checks import LEFT_OPEN, Checks
from analyst.answers.composing import compose
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.planning.language import Plan
from analyst.protocol.calls import CallRecord
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.replies import Insights, ReportReply
from analyst.protocol.results import AnalysisResult, ConsensusRecord
from analyst.protocol.table import OpenedTable, TableProfile
from analyst.reporting.filling import fill

PROFILE = TableProfile(OpenedTable(Path("t.db"), Path("t.csv"), "t", "csv", 2, ("a",), "f"), ())


class Bound:
    def plan(self) -> Plan:
        return Plan.model_validate({"steps": [{"id": "s1", "sql": "SELECT 1 AS total"}]})


class OneNumber:
    """Runs any plan to the same table."""

    def bind(self, raw: Any) -> Bound:
        return Bound()

    def execute(self, bound: Any, *, earlier: Evidence | None = None) -> Evidence:
        return Evidence((EvidenceTable("s1", "total", ("total",), ((7,),), 1),))

    def unasked(self, bound: Any) -> Evidence:
        return Evidence()


class OneCrew:
    """A crew whose calls don't matter here."""

    calls: tuple[CallRecord, ...] = ()
    refused: frozenset[str] = frozenset()
    consensus: ConsensusRecord | None = None
    unanswered_usd = Decimal(0)


def result(unanswered: str | None, *caveats: str) -> AnalysisResult:
    checks = Checks(OneNumber(), Pseudonyms(PROFILE), Evidence(), lambda text, evidence: fill(text, evidence, "q?"))
    plan = '{"steps":[{"id":"s1","sql":"SELECT 1 AS total"}],"unanswered":' + (
        f'"{unanswered}"}}' if unanswered else "null}"
    )
    checks.check_plan(plan)
    checks.insights = Insights.model_validate({"insights": [{"title": "t", "statement": "{{s1.total}} in all."}]})
    checks.report = ReportReply(title="T", answer="It is {{s1.total}}.", summary="So.", caveats=caveats)
    composed = compose("r1", PROFILE, "q?", checks, OneCrew(), allowed=frozenset(), elapsed=lambda: 1.0)
    return composed.result


def test_what_the_plan_left_open_has_its_own_field_and_stands_once_in_the_report() -> None:
    made = result("The table has no costs.", "Not answered: The table has no costs.", "Few rows.")
    assert made.unanswered == "The table has no costs."
    assert made.caveats == ("Few rows.",)
    assert made.report.count("The table has no costs.") == 1


def test_a_writer_that_alone_says_so_is_heard() -> None:
    assert result(None, "Not answered: There are no costs.").unanswered == "There are no costs."


def test_nothing_left_open_is_none() -> None:
    made = result(None, "Few rows.")
    assert made.unanswered is None and "Not answered" not in made.report


@pytest.mark.parametrize("written", ["Costs of 4711 are missing.", "It is {{s9.x}}."])
def test_numbers_that_nobody_computed_are_not_told_of_what_was_left_open(written: str) -> None:
    assert result(written).unanswered == LEFT_OPEN
