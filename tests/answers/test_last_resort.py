"""What is made of the embedded analyst's reply when its check refuses it: never an error, always something that holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from analyst.answers.accepted import Explained, Planned
from analyst.answers.guards import LEFT_OPEN, Guards
from analyst.answers.last_resort import NO_PLAN, TITLE, LastResort, plain_statement
from analyst.answers.telling import ELSEWHERE
from analyst.core.errors import ReplyError
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.replies import Insight, Insights
from analyst.reporting.filling import Filler, fill
from tests.test_agents import OneNumber, OpenPrivacy

SIZE = EvidenceTable("table", "the table", ("rows", "columns"), ((240, 3),), 1)
RANKED = EvidenceTable(
    "s1", "revenue by region", ("region", "revenue"), (("North", 12.5), ("South", 9.0), ("East", 4.0)), 3, ("region",)
)
EVIDENCE = Evidence((SIZE, RANKED))
GOOD = "North leads with {{s1[region=North].revenue}}."
BAD = "North leads with 77."
QUESTION = "Which region sold most?"


def last_resort(question: str = QUESTION, asked: Iterable[str] = ()) -> LastResort:
    return LastResort(Guards(OneNumber(), OpenPrivacy(), Evidence((SIZE,)), Filler(question), dict.fromkeys(asked, ())))


def explained(*statements: str) -> Explained:
    insights = Insights(insights=tuple(Insight(title="It", statement=told) for told in statements or (GOOD,)))
    return Explained(insights, EVIDENCE, "")


def report(**given: Any) -> str:
    return json.dumps({"title": "The North leads", "answer": GOOD, "summary": GOOD} | given)


def test_a_statement_that_fails_is_left_out_and_the_others_stay() -> None:
    text = json.dumps({"insights": [{"title": "One", "statement": BAD}, {"title": "Two", "statement": GOOD}]})
    planned = Planned(None, None, None, EVIDENCE, EVIDENCE, "")  # type: ignore[arg-type]
    with pytest.raises(ReplyError):
        last_resort().guards.insights(text, planned)
    found = last_resort().insights(text, planned)
    assert isinstance(found, Explained) and [i.title for i in found.insights.insights] == ["Two"]


@pytest.mark.parametrize("text", ["no JSON at all", json.dumps({"insights": [{"title": "One", "statement": BAD}]})])
def test_where_no_insight_holds_the_result_itself_is_told(text: str) -> None:
    planned = Planned(None, None, None, EVIDENCE, EVIDENCE, "")  # type: ignore[arg-type]
    found = last_resort().insights(text, planned)
    assert isinstance(found, Explained)
    [insight] = found.insights.insights
    told = fill(insight.statement, EVIDENCE, QUESTION).text
    assert (insight.title, told) == (TITLE, "Revenue: North 12.5, South 9 and East 4.")


def test_an_answer_that_fails_gives_way_to_the_first_insight_and_the_rest_of_the_report_stays() -> None:
    actions = [{"action": "Stock up by 77", "insight": 1}, {"action": "Stock up", "insight": 1}]
    found = last_resort().report(report(answer=BAD, recommendations=actions, caveats=[BAD, "Few rows."]), explained())
    reply = found.reply
    assert (reply.title, reply.answer) == ("The North leads", GOOD)
    assert [r.action for r in reply.recommendations] == ["Stock up"] and reply.caveats == ("Few rows.",)


def test_what_was_left_open_is_still_said_to_be_open_where_its_words_fail() -> None:
    assert last_resort().report(report(unanswered="The 77 others."), explained()).reply.unanswered == LEFT_OPEN


def test_a_named_field_that_is_not_to_be_had_is_said_to_be_missing() -> None:
    fields = [{"name": "top", "value": "{{s1[1].region}}"}, {"name": "worst", "value": "77"}]
    found = last_resort(asked=("top", "worst")).report(report(fields=fields), explained()).reply
    assert [field.name for field in found.fields] == ["top"]
    assert found.unanswered == "There is no value for worst."


def test_a_plan_that_can_not_run_becomes_a_count_that_says_so() -> None:
    planned = last_resort().plan("whatever")
    assert planned.plan.unanswered == NO_PLAN and planned.evidence.table("s1").rows == ((7,),)


def test_a_review_keeps_what_holds_of_it() -> None:
    issues = [{"issue": "77 gaps"}, {"issue": "Gaps", "action": "Fill them"}]
    found = last_resort().review(json.dumps({"summary": "All 77 rows.", "issues": issues}))
    assert [issue.issue for issue in found.review.issues] == ["Gaps"]
    assert fill(found.review.summary, Evidence((SIZE,)), "").text == "The table has 240 rows and 3 columns."


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (EvidenceTable("s1", "", ("avg_price", "n"), ((2.5, 4),), 1), "Avg price 2.5; Rows 4."),
        (EvidenceTable("s1", "", ("a",), (), 0), "No row of the table meets the conditions."),
        (
            EvidenceTable("s1", "", ("a", "b"), (("x", None), ("y", None)), 2),
            "The result is in the table of key figures.",
        ),
        (EvidenceTable("s1", "", ("month", "sales"), ((1, 5), (2, None)), 2, ("month",)), "Sales: month 1: 5."),
    ],
)
def test_a_result_of_any_shape_is_told_plainly(table: EvidenceTable, told: str) -> None:
    evidence = Evidence((SIZE, table))
    assert fill(plain_statement(evidence), evidence, "").text == told


def test_a_result_whose_plain_words_fail_is_only_pointed_to() -> None:
    risen = Evidence((SIZE, EvidenceTable("s1", "", ("increase",), ((-5,),), 1)))
    planned = Planned(None, None, None, risen, risen, "")  # type: ignore[arg-type]
    found = last_resort().insights("nothing", planned)
    assert isinstance(found, Explained) and found.insights.insights[0].statement == ELSEWHERE
