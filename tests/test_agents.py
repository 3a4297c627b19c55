from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents import Line, build_agents, settle_home
from analyst.answers.accepted import Accepted
from analyst.answers.guards import Guards
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import CallError, ChainExhaustedError, PlanError
from analyst.datasets.preparing import Prepared
from analyst.llm.listening import Patience
from analyst.llm.resilience.deadline import Deadline
from analyst.planning.binding import BoundPlan, BoundStep
from analyst.planning.language import Plan, SqlStep
from analyst.protocol.blocks import read_block
from analyst.protocol.calls import CallRequest, GatewayReply
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.table import Issue, OpenedTable, TableProfile
from analyst.reporting.filling import Filled
from tests.scripted import ScriptedClient, scripted_router
from workflow import CrewOfFour

REVIEW = '{"summary":"A table of orders."}'
PLAN = '{"reading":"total revenue","steps":[{"id":"s1","sql":"SELECT 1"}]}'
INSIGHTS = '{"insights":[{"title":"Total","statement":"Revenue is {{s1.total}}."}]}'
REPORT = '{"title":"Revenue","answer":"{{s1.total}}.","summary":"All.","recommendations":[{"action":"Go","insight":1}]}'
GOOD = {
    "Data Profiler": [REVIEW],
    "Query Interpreter": [PLAN],
    "Insight Generator": [INSIGHTS],
    "Report Writer": [REPORT],
}


class OpenPrivacy:
    """Hides nothing."""

    def restore(self, text: str) -> str:
        return text

    def hide_text(self, text: str) -> str:
        return text

    def hide_evidence(self, evidence: Evidence) -> Evidence:
        return evidence


class OneNumber:
    """Runs any plan to the same table; refuses a plan that holds the word bad."""

    def bind(self, raw: Any) -> BoundPlan:
        if "bad" in str(raw):
            raise PlanError(["s1: no column 'bad' in data; did you mean ['good']?"])
        steps = [step for step in Plan.model_validate(raw).steps if isinstance(step, SqlStep)]
        return BoundPlan(steps=tuple(BoundStep(step=step, tables={step.id: [("total", "INTEGER")]}) for step in steps))

    def execute(self, bound: BoundPlan, *, earlier: Evidence | None = None) -> Evidence:
        id = bound.plan().steps[0].id
        return Evidence((EvidenceTable(id, "total revenue", ("total",), ((7,),), 1, source=("a",)),))

    def unasked(self, bound: BoundPlan) -> Evidence:
        return Evidence()


def all_steps(crew: CrewOfFour, guards: Guards, *, side_by_side: bool = True) -> Accepted:
    """The agents' steps one after the other, as workflow.py takes them."""
    with crew.reviewing(guards, side_by_side=side_by_side) as review:
        proposal = crew.plan(guards)
        explained = crew.explain(proposal)
        reviewed = review()
    reported = crew.report(reviewed, proposal, explained)
    return Accepted(reviewed, proposal.planned, explained, reported)


class Crew:
    """A crew of four over a scripted client."""

    def __init__(
        self,
        script: dict[str, list[Any]],
        folder: Path,
        *,
        client: Any = ScriptedClient,
        issues: tuple[Issue, ...] = (),
    ) -> None:
        self.client = client(GOOD | script)
        router, self.monitor = scripted_router(self.client, folder)
        self._guards = Guards(
            OneNumber(), OpenPrivacy(), Evidence(), lambda text, evidence, *, prose=True: Filled(text)
        )
        table = OpenedTable(folder / "t.db", folder / "t.csv", "t", "csv", 1, ("a",), "f")
        card = '{"name":"t","rows":1}'
        prepared = Prepared(TableProfile(table, (), issues=issues), "q?", "q?", card, Evidence(), OpenPrivacy())
        self.agents = build_agents(Line(router, Deadline(time.monotonic, 60), "run-1"))
        self.crew = CrewOfFour(prepared, self.agents)

    def run(self, *, side_by_side: bool = True) -> Accepted:
        return all_steps(self.crew, self._guards, side_by_side=side_by_side)

    @property
    def asked(self) -> list[str]:
        """The agents of the calls made, by agent."""
        return [call.agent_name for call in self.crew.made.calls]

    def models(self, role: str) -> list[str]:
        return [model for asked, model, _ in self.client.sent if asked == role]


def test_each_agent_asks_its_primary_once_when_all_goes_well(tmp_path: Path) -> None:
    crew = Crew({}, tmp_path)
    accepted = crew.run()
    assert crew.asked == list(crew.agents)
    assert crew.models("Query Interpreter") == ["groq-gpt-oss-120b"]
    assert accepted.reported.reply.title == "Revenue" and not crew.crew.made.refused


class Meeting(ScriptedClient):
    """Notes how many calls are under way at once; each waits a while for a second one to come."""

    def __init__(self, script: dict[str, list[Any]]) -> None:
        super().__init__(script)
        self.under_way, self.most, self.met = 0, 0, threading.Condition()

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        with self.met:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            self.met.notify_all()
            self.met.wait_for(lambda: self.most > 1, timeout=0.3)
        try:
            return super().complete(model, request, patience, on_text)
        finally:
            with self.met:
                self.under_way -= 1


@pytest.mark.parametrize(("side_by_side", "most"), [(True, 2), (False, 1)])
def test_the_first_two_agents_work_side_by_side_or_in_turn(tmp_path: Path, side_by_side: bool, most: int) -> None:
    crew = Crew({}, tmp_path, client=Meeting)
    crew.run(side_by_side=side_by_side)
    assert crew.client.most == most
    assert crew.asked == list(crew.agents)


def test_the_insights_do_not_wait_for_the_review_and_the_report_does(tmp_path: Path) -> None:
    explaining, reviewed = threading.Event(), threading.Event()

    class SlowReview(ScriptedClient):
        def complete(
            self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
        ) -> GatewayReply:
            if request.agent == "data_profiler":
                assert explaining.wait(60)
                reviewed.set()
            elif request.agent == "insight_generator":
                explaining.set()
            elif request.agent == "report_writer":
                assert reviewed.is_set()
            return super().complete(model, request, patience, on_text)

    crew = Crew({}, tmp_path, client=SlowReview)
    crew.run()
    told = {role: str(messages[-1]["content"]) for role, _, messages in crew.client.sent}
    assert "A table of orders." in (read_block(told["Report Writer"], "review") or "")
    assert read_block(told["Insight Generator"], "review") is None


def test_the_insight_generator_is_told_what_code_found_wrong_with_the_columns_used_and_the_table(
    tmp_path: Path,
) -> None:
    issues = tuple(
        Issue(kind, column, 3, "high", "…") for kind, column in (("missing", "a"), ("rows", None), ("outliers", "b"))
    )
    crew = Crew({}, tmp_path, issues=issues)
    crew.run()
    [told] = [str(messages[-1]["content"]) for role, _, messages in crew.client.sent if role == "Insight Generator"]
    found = [(issue["column"], issue["kind"]) for issue in json.loads(read_block(told, "issues") or "")]
    assert found == [("a", "missing"), (None, "rows")]


def test_a_plan_that_fails_ends_the_run_only_when_the_review_beside_it_is_booked(tmp_path: Path) -> None:
    class Slow(ScriptedClient):
        def complete(
            self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
        ) -> GatewayReply:
            if "You are Data Profiler" in str(request.messages[0]["content"]):
                time.sleep(0.3)
            return super().complete(model, request, patience, on_text)

    crew = Crew({"Query Interpreter": [CallError("unavailable", "connection refused")]}, tmp_path, client=Slow)
    with pytest.raises(ChainExhaustedError):
        crew.run()
    assert crew.asked == ["data_profiler"]


def test_insights_and_report_are_written_from_evidence_and_never_see_the_table(tmp_path: Path) -> None:
    crew = Crew({}, tmp_path)
    crew.run()
    seen = {role: str(messages[-1]["content"]) for role, _, messages in crew.client.sent}
    assert '"total revenue"' in (read_block(seen["Insight Generator"], "evidence") or "")
    assert "{{s1.total}}" in (read_block(seen["Report Writer"], "insights") or "")
    assert read_block(seen["Report Writer"], "table") is None


def test_a_refused_plan_goes_back_once_with_the_exact_errors_and_then_up_the_chain(tmp_path: Path) -> None:
    bad = PLAN.replace("SELECT 1", "SELECT bad")
    crew = Crew({"Query Interpreter": [bad, bad, PLAN]}, tmp_path)
    crew.run()
    assert crew.models("Query Interpreter") == ["groq-gpt-oss-120b", "groq-gpt-oss-120b", "claude-haiku-5-5"]
    again = [messages for role, _, messages in crew.client.sent if role == "Query Interpreter"][1]
    assert "did you mean ['good']?" in (read_block(str(again[-1]["content"]), "errors") or "")
    assert [m["role"] for m in again] == ["system", "user", "assistant", "user"]
    assert [any("did you mean" in told for told in problems) for problems in crew.crew.made.refused.values()] == [
        True
    ] * 2


def test_a_model_that_corrects_its_plan_is_not_told_the_language_again_but_the_next_model_is(tmp_path: Path) -> None:
    bad = PLAN.replace("SELECT 1", "SELECT bad")
    crew = Crew({"Query Interpreter": [bad, bad, PLAN]}, tmp_path)
    crew.run()
    first, corrected, following = [
        str(messages[1]["content"]) for role, _, messages in crew.client.sent if role == "Query Interpreter"
    ]
    assert read_block(first, "methods") and read_block(following, "methods")
    assert read_block(corrected, "methods") is None
    assert read_block(corrected, "table") == read_block(first, "table")
    assert read_block(corrected, "question") == read_block(first, "question")


def test_messages_hold_the_role_and_the_task_and_no_appeals_of_the_framework(tmp_path: Path) -> None:
    crew = Crew({}, tmp_path)
    crew.run()
    for _, _, messages in crew.client.sent:
        text = " ".join(str(message["content"]) for message in messages)
        assert "final answer" not in text.casefold() and "Current Task" not in text


def test_one_further_plan_is_run_when_the_insight_generator_asks_and_is_no_rejection(tmp_path: Path) -> None:
    asking = '{"insights":[{"title":"t","statement":"s"}],"need":[{"id":"s2","sql":"SELECT 2"}]}'
    crew = Crew({"Insight Generator": [asking, INSIGHTS]}, tmp_path)
    accepted = crew.run()
    assert [table.id for table in accepted.planned.evidence.tables] == ["s1"]
    assert [table.id for table in accepted.explained.evidence.tables] == ["s1", "s2"]
    assert not crew.crew.made.refused
    assert crew.models("Insight Generator") == ["claude-haiku-5-5"] * 2
    again = [messages for role, _, messages in crew.client.sent if role == "Insight Generator"][1]
    assert [m["role"] for m in again] == ["system", "user", "assistant", "user"]
    assert "Here are the results you asked for" in str(again[-1]["content"])


def test_a_further_plan_that_does_not_bind_goes_back_with_its_errors(tmp_path: Path) -> None:
    asking = '{"insights":[{"title":"t","statement":"s"}],"need":[{"id":"s2","sql":"SELECT %s"}]}'
    crew = Crew({"Insight Generator": [asking % "bad", asking % "2", INSIGHTS]}, tmp_path)
    accepted = crew.run()
    assert [table.id for table in accepted.explained.evidence.tables] == ["s1", "s2"]
    assert len(crew.crew.made.refused) == 1


def test_the_embedded_analyst_answers_when_every_provider_is_down(tmp_path: Path) -> None:
    down = [CallError("unavailable", "connection refused")] * 2 + [REPORT]
    crew = Crew({"Report Writer": down}, tmp_path)
    crew.run()
    calls = crew.crew.made.calls
    assert calls[-1].model_used != calls[-1].primary_model and calls[-1].fallback_reason == "unavailable"
    assert crew.models("Report Writer")[0] == "claude-sonnet-5-5"


def test_a_chain_that_fails_whole_ends_in_one_error_that_lists_each_model(tmp_path: Path) -> None:
    crew = Crew({"Insight Generator": [CallError("unavailable", "connection refused")]}, tmp_path)
    with pytest.raises(ChainExhaustedError) as error:
        crew.run()
    assert {model for model, _, _ in error.value.failures} >= {"claude-haiku-5-5", EMBEDDED_MODEL}


def test_no_run_ends_because_the_embedded_analysts_reply_fails_its_check(tmp_path: Path) -> None:
    bad = REPORT.replace('"insight":1', '"insight":9')
    down = CallError("unavailable", "connection refused")
    crew = Crew({"Report Writer": [down, down, down, bad]}, tmp_path)
    accepted = crew.run()
    assert crew.models("Report Writer")[-2:] == [EMBEDDED_MODEL] * 2
    assert accepted.reported.reply.answer == "{{s1.total}}." and not accepted.reported.reply.recommendations


def test_errors_show_references_as_they_are_to_be_written(tmp_path: Path) -> None:
    bare = INSIGHTS.replace("{{s1.total}}", "s1.total")
    crew = Crew({"Insight Generator": [bare, INSIGHTS]}, tmp_path)
    crew.run()
    again = [messages for role, _, messages in crew.client.sent if role == "Insight Generator"][1]
    errors = read_block(str(again[-1]["content"]), "errors") or ""
    assert "{{s1.total}}" in errors and "u007b" not in errors


def test_a_home_that_takes_no_files_is_replaced_and_another_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/proc/nowhere")
    settle_home(str(tmp_path))
    assert os.environ["HOME"] == str(tmp_path)
    settle_home("/elsewhere")
    assert os.environ["HOME"] == str(tmp_path)
