"""What the finished report says of what was not answered."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from analyst.answers.accepted import Accepted, Explained
from analyst.answers.composing import compose
from analyst.answers.guards import LEFT_OPEN, Guards
from analyst.answers.key_picture import key_picture
from analyst.answers.run import NO_CALLS, Run
from analyst.core.events import RunEvents
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.planning.binding import BoundPlan, BoundStep
from analyst.planning.language import SqlStep
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.results import AnalysisResult, ChartRecord
from analyst.protocol.table import OpenedTable, TableProfile
from analyst.reporting.filling import Filler

PROFILE = TableProfile(OpenedTable(Path("t.db"), Path("t.csv"), "t", "csv", 2, ("a",), "f"), ())


STEP = BoundStep(step=SqlStep(id="s1", sql="SELECT 1 AS total"), tables={"s1": [("total", "INTEGER")]})


class OneNumber:
    """Runs any plan to the same table."""

    def bind(self, raw: Any) -> BoundPlan:
        return BoundPlan(steps=(STEP,))

    def execute(self, bound: BoundPlan, *, earlier: Evidence | None = None) -> Evidence:
        return Evidence((EvidenceTable("s1", "total", ("total",), ((7,),), 1),))

    def unasked(self, bound: BoundPlan) -> Evidence:
        return Evidence()


def result(unanswered: str | None, *caveats: str, written: str | None = None, summary: str = "So.") -> AnalysisResult:
    """The result where the plan leaves `unanswered` open, and the writer `written`."""
    guards = Guards(OneNumber(), Pseudonyms(PROFILE), Evidence(), Filler("q?"))
    steps = [{"id": "s1", "sql": "SELECT 1 AS total"}]
    planned = guards.plan(json.dumps({"steps": steps, "unanswered": unanswered}))
    told = [{"title": "t", "statement": "{{s1.total}} in all."}, {"title": "u", "statement": "Without a reason."}]
    insights = {"insights": told}
    explained = guards.insights(json.dumps(insights), planned)
    assert isinstance(explained, Explained)
    report = {"title": "T", "answer": "It is {{s1.total}}.", "summary": summary, "caveats": caveats}
    reported = guards.report(json.dumps(report | {"unanswered": written}), explained)
    accepted = Accepted(guards.review('{"summary": "A table."}'), planned, explained, reported)
    run = Run("r1", "q?", Path("runs"), RunEvents("r1", lambda event: None), lambda: 1.0)
    return compose(run, PROFILE, accepted, NO_CALLS).result


def test_what_the_plan_left_open_has_its_own_field_and_stands_once_in_the_report() -> None:
    made = result("The table has no costs.", "Few rows.", written="The table has no costs at all.")
    assert made.unanswered == "The table has no costs."
    assert made.caveats == ("Few rows.",)
    assert made.report.count("The table has no costs") == 1


def test_a_summary_does_not_say_word_by_word_what_a_finding_says() -> None:
    made = result(None, summary="So it is. Without a reason. Without a reason given.")
    assert made.summary == "So it is. Without a reason given."


def test_a_terminal_lists_a_result_of_several_figures_and_draws_one_of_a_single_figure() -> None:
    def picture(*columns: str) -> str:
        rows = [(name, *range(place, place + len(columns))) for place, name in enumerate(("Ayr", "Bath", "Cork"), 2)]
        table = EvidenceTable("s1", "x", ("town", *columns), tuple(rows), 3, ("town",))
        chart = ChartRecord(id="c", title="t", table="s1", kind="bar", columns=columns[:1])
        return key_picture(
            result(None).model_copy(update={"evidence": (asdict(table),), "charts": (chart,)}), 60, unicode=False
        )

    assert "Rooms" in picture("units", "rooms") and "Rooms" not in picture("units", "records")


def test_a_writer_that_alone_says_so_is_heard() -> None:
    made = result(None, "Few rows.", written="There are no costs of {{s1.total}} orders.")
    assert made.unanswered == "There are no costs of 7 orders." and made.caveats == ("Few rows.",)


def test_nothing_left_open_is_none() -> None:
    made = result(None, "Few rows.")
    assert made.unanswered is None and "Not answered" not in made.report


@pytest.mark.parametrize("written", ["Costs of 4711 are missing.", "It is {{s9.x}}."])
def test_numbers_that_nobody_computed_are_not_told_of_what_was_left_open(written: str) -> None:
    assert result(written).unanswered == LEFT_OPEN
