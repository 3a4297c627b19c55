"""What a guard returns of a reply: what readers are shown, and what the next agents read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analyst.answers.accepted import Explained, FurtherResults
from analyst.answers.guards import Guards
from analyst.core.errors import ReplyError
from analyst.protocol.evidence import Evidence
from analyst.reporting.filling import Filler
from tests.test_agents import INSIGHTS, PLAN, OneNumber, OpenPrivacy

REPORT = {"title": "t", "answer": "a", "summary": "s"}


class Masked(OpenPrivacy):
    """Hides one name behind a token."""

    def restore(self, text: str) -> str:
        return text.replace("person-a", "Zoe")


def guards(privacy: Any = None) -> Guards:
    return Guards(OneNumber(), privacy or OpenPrivacy(), Evidence(), Filler("?"))


def test_readers_are_shown_a_plans_words_with_their_names_and_the_next_agents_without() -> None:
    said = {"reading": "orders of person-a", "unanswered": "why person-a left", "steps": json.loads(PLAN)["steps"]}
    planned = guards(Masked()).plan(json.dumps(said))
    assert (planned.plan.reading, planned.plan.unanswered) == ("orders of Zoe", "why Zoe left")
    assert "person-a" in planned.shown and "Zoe" not in planned.shown


def test_a_further_plan_is_returned_as_its_results_and_changes_no_earlier_value() -> None:
    checked = guards()
    planned = checked.plan(PLAN)
    further = checked.insights(f'{INSIGHTS[:-1]},"need":[{{"id":"s2","sql":"SELECT 2"}}]}}', planned)
    assert isinstance(further, FurtherResults)
    assert [table.id for table in planned.evidence.tables] == ["s1"]
    assert [table.id for table in further.evidence.tables] == ["s1", "s2"]
    explained = checked.insights_after(INSIGHTS, further)
    assert explained.evidence == further.evidence and explained.shown.startswith(further.shown)


def test_an_agent_that_had_its_further_plan_gets_no_other() -> None:
    checked = guards()
    further = FurtherResults(checked.plan(PLAN).evidence, "<evidence></evidence>")
    asking = f'{INSIGHTS[:-1]},"need":[{{"id":"s3","sql":"SELECT 3"}}]}}'
    assert [t.id for t in checked.insights_after(asking, further).evidence.tables] == ["s1"]


@pytest.mark.parametrize("field", ["title", "answer", "summary"])
@pytest.mark.parametrize(
    "text",
    [
        "one or two sentences that answer the question first",
        "One or two sentences that repeat neither the answer nor the first insight.",
        "Three short sentences that repeat neither the answer nor the first insight",
        "Write a brief report for a manager. Reply with JSON.",
    ],
)
def test_a_report_that_repeats_its_task_is_refused(field: str, text: str) -> None:
    checked = guards()
    explained = checked.insights(INSIGHTS, checked.plan(PLAN))
    assert isinstance(explained, Explained)
    with pytest.raises(ReplyError, match="instead of repeating the task"):
        checked.report(json.dumps(REPORT | {field: text}), explained)


@pytest.mark.parametrize(
    "text",
    [
        "The first insight answers the question for a manager.",
        "Two short sentences: revenue fell, and the answer is Lyon.",
        "Part of the question stays open, and the report says why.",
    ],
)
def test_a_report_may_use_single_words_of_its_task(text: str) -> None:
    checked = guards()
    explained = checked.insights(INSIGHTS, checked.plan(PLAN))
    assert isinstance(explained, Explained)
    told = f"{text} Revenue is {{{{s1.total}}}}."
    assert checked.report(json.dumps(REPORT | {"answer": told}), explained).reply.answer == told


def test_a_recommendation_rests_on_an_insight_that_exists() -> None:
    checked = guards()
    explained = checked.insights(INSIGHTS, checked.plan(PLAN))
    assert isinstance(explained, Explained)
    with pytest.raises(ReplyError, match="insight 2, but there are only 1"):
        checked.report(json.dumps(REPORT | {"recommendations": [{"action": "Go", "insight": 2}]}), explained)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ([{"name": "mean_fare", "value": "{{s1.total}}"}], "lacks 'top', which the question asks for"),
        ([{"name": "fare", "value": "{{s1.total}}"}], "asks for no field 'fare': the fields are mean_fare, top"),
        ([], "lacks 'mean_fare'"),
    ],
)
def test_the_fields_are_those_that_the_question_asks_for(fields: list[dict[str, str]], told: str) -> None:
    checked = Guards(OneNumber(), OpenPrivacy(), Evidence(), Filler("?"), {"mean_fare": (), "top": ()})
    explained = checked.insights(INSIGHTS, checked.plan(PLAN))
    assert isinstance(explained, Explained)
    with pytest.raises(ReplyError, match=told):
        checked.report(json.dumps(REPORT | {"fields": fields}), explained)


def test_a_field_that_is_plainly_meant_is_taken_and_a_missing_one_may_be_left_open_in_words() -> None:
    checked = Guards(OneNumber(), OpenPrivacy(), Evidence(), Filler("?"), {"mean_fare": (), "top": ()})
    explained = checked.insights(INSIGHTS, checked.plan(PLAN))
    assert isinstance(explained, Explained)
    given = REPORT | {"fields": {"@Mean Fare": "{{s1.total}}"}, "unanswered": "There is no top."}
    assert [f.name for f in checked.report(json.dumps(given), explained).reply.fields] == ["mean_fare"]


def test_a_field_that_is_asked_as_true_or_false_holds_no_number() -> None:
    checked = Guards(OneNumber(), OpenPrivacy(), Evidence(), Filler("?"), {"high": ("True", "False")})
    explained = checked.insights(INSIGHTS, checked.plan(PLAN))
    assert isinstance(explained, Explained)
    with pytest.raises(ReplyError, match="the field 'high' is asked as True or False"):
        checked.report(json.dumps(REPORT | {"fields": {"high": "{{s1.total}}"}}), explained)
    assert checked.report(json.dumps(REPORT | {"fields": {"high": "True"}}), explained)
