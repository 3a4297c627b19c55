from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agents import build_agents
from analyst.answers.checks import Checks
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import CallError, ChainExhaustedError, PlanError
from analyst.datasets.preparing import Prepared
from analyst.llm.resilience.deadline import Deadline
from analyst.planning.language import Plan
from analyst.protocol.blocks import read_block
from analyst.protocol.calls import CallRequest, GatewayReply
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.table import OpenedTable, TableProfile
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

    def hide_evidence(self, evidence: Evidence) -> Evidence:
        return evidence


@dataclass(frozen=True)
class Bound:
    """A plan that was bound."""

    written: Plan

    def plan(self) -> Plan:
        return self.written


class OneNumber:
    """Runs any plan to the same table; refuses a plan that holds the word bad."""

    def bind(self, raw: Any) -> Any:
        if "bad" in str(raw):
            raise PlanError(["s1: no column 'bad' in data; did you mean ['good']?"])
        return Bound(Plan.model_validate(raw))

    def execute(self, bound: Any, *, earlier: Evidence | None = None) -> Evidence:
        id = bound.plan().steps[0].id
        return Evidence((EvidenceTable(id, "total revenue", ("total",), ((7,),), 1),))

    def unasked(self, bound: Any) -> Evidence:
        return Evidence()


class Crew:
    """A crew of four over a scripted client, run once."""

    def __init__(
        self, script: dict[str, list[Any]], folder: Path, *, client: Any = ScriptedClient, side_by_side: bool = True
    ) -> None:
        self.client = client(GOOD | script)
        router, self.monitor = scripted_router(self.client, folder)
        self.checks = Checks(OneNumber(), OpenPrivacy(), Evidence(), lambda text, evidence: None)
        table = OpenedTable(folder / "t.db", folder / "t.csv", "t", "csv", 1, ("a",), "f")
        card = '{"name":"t","rows":1}'
        prepared = Prepared(TableProfile(table, ()), "q?", "q?", card, Evidence(), OpenPrivacy())
        self.agents = build_agents(router, Deadline(time.monotonic, 60), "run-1")
        self.asked_before_drawing: list[str] = []
        self.crew = CrewOfFour(
            prepared,
            self.checks,
            self.agents,
            lambda event: None,
            side_by_side=side_by_side,
            on_insights=lambda: self.asked_before_drawing.extend(role for role, _, _ in self.client.sent),
        )

    def models(self, role: str) -> list[str]:
        return [model for asked, model, _ in self.client.sent if asked == role]


def test_each_agent_asks_its_primary_once_when_all_goes_well(tmp_path: Path) -> None:
    crew = Crew({}, tmp_path)
    calls = crew.crew.run()
    assert [call.agent_name for call in calls] == list(crew.agents)
    assert crew.models("Query Interpreter") == ["groq-gpt-oss-120b"]
    assert crew.checks.report is not None and not crew.crew.refused


class Meeting(ScriptedClient):
    """Notes how many calls are under way at once; each waits a while for a second one to come."""

    def __init__(self, script: dict[str, list[Any]]) -> None:
        super().__init__(script)
        self.under_way, self.most, self.met = 0, 0, threading.Condition()

    def complete(self, model: str, request: CallRequest, *, timeout_s: float) -> GatewayReply:
        with self.met:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            self.met.notify_all()
            self.met.wait_for(lambda: self.most > 1, timeout=0.3)
        try:
            return super().complete(model, request, timeout_s=timeout_s)
        finally:
            with self.met:
                self.under_way -= 1


@pytest.mark.parametrize(("side_by_side", "most"), [(True, 2), (False, 1)])
def test_the_first_two_agents_work_side_by_side_or_in_turn(tmp_path: Path, side_by_side: bool, most: int) -> None:
    crew = Crew({}, tmp_path, client=Meeting, side_by_side=side_by_side)
    calls = crew.crew.run()
    assert crew.client.most == most
    assert [call.agent_name for call in calls] == list(crew.agents)


def test_charts_are_begun_once_the_insights_pass_and_before_the_writer_is_asked(tmp_path: Path) -> None:
    crew = Crew({"Insight Generator": ["no insights", GOOD["Insight Generator"][0]]}, tmp_path)
    crew.crew.run()
    assert crew.asked_before_drawing.count("Insight Generator") == 2
    assert "Report Writer" not in crew.asked_before_drawing
    assert crew.checks.insights is not None


def test_insights_and_report_are_written_from_evidence_and_never_see_the_table(tmp_path: Path) -> None:
    crew = Crew({}, tmp_path)
    crew.crew.run()
    seen = {role: str(messages[-1]["content"]) for role, _, messages in crew.client.sent}
    assert '"total revenue"' in (read_block(seen["Insight Generator"], "evidence") or "")
    assert "{{s1.total}}" in (read_block(seen["Report Writer"], "insights") or "")
    assert read_block(seen["Report Writer"], "table") is None


def test_a_refused_plan_goes_back_once_with_the_exact_errors_and_then_up_the_chain(tmp_path: Path) -> None:
    bad = PLAN.replace("SELECT 1", "SELECT bad")
    crew = Crew({"Query Interpreter": [bad, bad, PLAN]}, tmp_path)
    crew.crew.run()
    assert crew.models("Query Interpreter") == ["groq-gpt-oss-120b", "groq-gpt-oss-120b", "claude-haiku-5-5"]
    again = [messages for role, _, messages in crew.client.sent if role == "Query Interpreter"][1]
    assert "did you mean ['good']?" in (read_block(str(again[-1]["content"]), "errors") or "")
    assert [m["role"] for m in again] == ["system", "user", "assistant", "user"]
    assert len(crew.crew.refused) == 2


def test_one_further_plan_is_run_when_the_insight_generator_asks_and_is_no_rejection(tmp_path: Path) -> None:
    asking = '{"insights":[{"title":"t","statement":"s"}],"need":[{"id":"s2","sql":"SELECT 2"}]}'
    crew = Crew({"Insight Generator": [asking, INSIGHTS]}, tmp_path)
    crew.crew.run()
    assert [table.id for table in crew.checks.evidence.tables] == ["s1", "s2"]
    assert not crew.crew.refused
    assert crew.models("Insight Generator") == ["claude-haiku-5-5"] * 2


def test_the_embedded_analyst_answers_when_every_provider_is_down(tmp_path: Path) -> None:
    down = [CallError("unavailable", "connection refused")] * 2 + [REPORT]
    crew = Crew({"Report Writer": down}, tmp_path)
    calls = crew.crew.run()
    assert calls[-1].model_used != calls[-1].primary_model and calls[-1].fallback_reason == "unavailable"
    assert crew.models("Report Writer")[0] == "claude-sonnet-5-5"


def test_a_chain_that_fails_whole_ends_in_one_error_that_lists_each_model(tmp_path: Path) -> None:
    crew = Crew({"Insight Generator": [CallError("unavailable", "connection refused")]}, tmp_path)
    with pytest.raises(ChainExhaustedError) as error:
        crew.crew.run()
    assert {model for model, _, _ in error.value.failures} >= {"claude-haiku-5-5", EMBEDDED_MODEL}
