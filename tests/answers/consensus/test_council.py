"""Several models plan one question: the real router, ledger and monitor, with a client that answers from a script."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agents import Line, build_agents
from analyst.answers.guards import Guards
from analyst.budget.prices import load_prices
from analyst.budget.tokens import worst_case_input_tokens
from analyst.core.agents import EMBEDDED_MODEL, JUDGE
from analyst.core.errors import CallError
from analyst.core.settings import load_settings
from analyst.datasets.preparing import Prepared
from analyst.llm.resilience.deadline import Deadline
from analyst.planning.binding import BoundPlan
from analyst.planning.language import SqlStep
from analyst.protocol.blocks import read_block
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.prompting import roles
from analyst.protocol.results import ConsensusRecord
from analyst.protocol.table import OpenedTable, TableProfile
from analyst.reporting.filling import Filler
from tests.scripted import ScriptedClient, scripted_router
from tests.test_agents import GOOD, OneNumber, OpenPrivacy, all_steps
from workflow import CrewOfFour, Platform, seat_council

GROQ, HAIKU, OLLAMA, SONNET = "groq-gpt-oss-120b", "claude-haiku-5-5", "ollama-llama3.1", "claude-sonnet-5-5"
LUNA = "openai-gpt-6-luna"
ALL = (GROQ, HAIKU, OLLAMA, SONNET)
DOWN = CallError("unavailable", "connection refused")
PLANNER = "Query Interpreter"


def plan(result: Any) -> str:
    """A plan whose result is the one row `result`."""
    return json.dumps({"reading": "the total", "steps": [{"id": "s1", "sql": f"SELECT {json.dumps(result)}"}]})


def verdict(choice: int, because: str = "It adds up what was sold, as asked.") -> str:
    return json.dumps({"choice": choice, "because": because})


class Rows(OneNumber):
    """Runs a plan to the row that its SQL spells out."""

    def execute(self, bound: BoundPlan, *, earlier: Evidence | None = None) -> Evidence:
        [step] = bound.plan().steps
        assert isinstance(step, SqlStep)
        row = json.loads(step.sql.removeprefix("SELECT "))
        names = ("total", *(f"c{place}" for place in range(1, len(row))))
        return Evidence((EvidenceTable("s1", "the total", names, (tuple(row),), 1),))


def new_guards() -> Guards:
    return Guards(Rows(), OpenPrivacy(), Evidence(), Filler("q?"))


class Analysis:
    """An analysis whose models say what `script` has, run once; `plans` are by model."""

    def __init__(self, folder: Path, plans: dict[str, list[Any]], judge: list[Any] | None = None, **given: Any) -> None:
        script = {f"{PLANNER}/{model}": replies for model, replies in plans.items()} | given.pop("script", {})
        self.client = ScriptedClient(GOOD | {"Judge": judge or [verdict(1)]} | script)
        side_by_side = given.pop("side_by_side", True)
        router, self.monitor = scripted_router(self.client, folder, **({"available": ALL} | given))
        table = OpenedTable(folder / "t.db", folder / "t.csv", "t", "csv", 1, ("a",), "f")
        prepared = Prepared(TableProfile(table, ()), "q?", "q?", '{"name":"t","rows":1}', Evidence(), OpenPrivacy())
        line = Line(router, Deadline(time.monotonic, 60), "run-1")
        self.monitor.start_run("run-1", "q?", "t")
        platform = Platform(load_settings(folder / ".env"), lambda: router, self.monitor)
        self._council = seat_council(line, new_guards, platform, lambda event: None)
        self.crew = CrewOfFour(prepared, build_agents(line), self._council)
        self.accepted = all_steps(self.crew, new_guards(), side_by_side=side_by_side)
        self.calls = self.crew.made.calls

    @property
    def record(self) -> ConsensusRecord:
        assert self._council.record is not None
        return self._council.record

    @property
    def total(self) -> Any:
        """The headline of the plan that was used."""
        return self.accepted.planned.evidence.table("s1").rows[0][0]

    def asked(self, role: str) -> list[str]:
        return [model for named, model, _ in self.client.sent if named == role]

    def told(self, role: str) -> str:
        return next(str(messages[-1]["content"]) for named, _, messages in self.client.sent if named == role)


def test_two_models_that_agree_settle_it_and_no_third_is_asked(tmp_path: Path) -> None:
    done = Analysis(tmp_path, {GROQ: [plan(["Lamp", 7.5])], HAIKU: [plan(["Lamp", 7.5])], OLLAMA: [plan(["Desk", 1])]})
    assert done.record.outcome == "agreed" and done.record.models == (GROQ, HAIKU)
    assert sorted(done.asked(PLANNER)) == sorted([GROQ, HAIKU]) and not done.asked("Judge")
    assert done.record.note == f"Two models agreed: {GROQ} and {HAIKU} got the same result independently."


def test_plans_are_written_blind_from_the_same_words(tmp_path: Path) -> None:
    done = Analysis(tmp_path, {GROQ: [plan([7.5])], HAIKU: [plan([8.5])], OLLAMA: [plan([8.5])]})
    prompts = {json.dumps(messages) for role, _, messages in done.client.sent if role == PLANNER}
    assert len(prompts) == 1 and "7.5" not in prompts.pop()


def test_a_third_model_is_asked_when_two_differ_and_two_of_three_decide(tmp_path: Path) -> None:
    done = Analysis(tmp_path, {GROQ: [plan([7.5])], HAIKU: [plan([8.5])], OLLAMA: [plan([8.5, 3])]})
    assert done.record.outcome == "agreed" and done.record.models == (HAIKU, OLLAMA)
    assert done.total == 8.5 and not done.asked("Judge")
    assert "Two of three models agreed" in done.record.note and f"{GROQ} got a different one" in done.record.note
    assert "8.5" in done.told("Insight Generator") and "7.5" not in done.told("Insight Generator")


def test_the_judge_picks_by_number_where_all_differ_and_sees_plans_results_and_data_but_no_authors(
    tmp_path: Path,
) -> None:
    plans = {GROQ: [plan([7.5])], HAIKU: [plan([8.5])], OLLAMA: [plan([9.5])]}
    done = Analysis(tmp_path, plans, [verdict(3, "It adds up to {{s1.total|1}}, as asked.")])
    assert (done.record.outcome, done.record.models, done.record.judge) == ("judged", (OLLAMA,), SONNET)
    assert done.total == 9.5 and "8.5" not in done.told("Insight Generator")
    seen = done.told("Judge")
    assert all(number in seen for number in ("7.5", "8.5", "9.5")) and read_block(seen, "table")
    assert not any(model in seen for model in ALL)
    assert [call.model_used for call in done.calls if call.agent_name == JUDGE] == [SONNET]


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (verdict(4), "there are 3 plans"),
        (verdict(2, "It gives 42 as it should."), "42"),
        (verdict(2, "It gives {{s9.total}}."), "s9"),
        ('{"choice": 1}', '"because" is missing'),
        ("Plan two is best.", "no JSON object"),
    ],
)
def test_a_bad_verdict_goes_back_with_its_problem_and_a_mended_one_counts(
    reply: str, problem: str, tmp_path: Path
) -> None:
    plans = {GROQ: [plan([7.5])], HAIKU: [plan([8.5])], OLLAMA: [plan([9.5])]}
    done = Analysis(tmp_path, plans, [reply, verdict(2)])
    assert done.record.outcome == "judged" and done.total == 8.5
    again = [messages for role, _, messages in done.client.sent if role == "Judge"][1]
    assert problem in (read_block(str(again[-1]["content"]), "errors") or "").replace('\\"', '"')


def test_without_a_usable_verdict_the_first_plan_is_used_with_a_caveat(tmp_path: Path) -> None:
    from analyst.answers.consensus.verdict import caveat

    plans = {GROQ: [plan([7.5])], HAIKU: [plan([8.5])], OLLAMA: [plan([9.5])]}
    done = Analysis(tmp_path, plans, [verdict(9)])
    assert done.record.outcome == "unsettled" and done.record.models == (GROQ,) and done.total == 7.5
    assert "no judge could decide" in done.record.note and "no judge could decide" in caveat(done.record)
    assert EMBEDDED_MODEL not in done.asked("Judge") and len(set(done.asked("Judge"))) == 3


def test_a_model_that_is_down_is_named_and_the_next_takes_its_place(tmp_path: Path) -> None:
    done = Analysis(tmp_path, {GROQ: [DOWN], HAIKU: [plan([8.5])], OLLAMA: [plan([8.5])]})
    assert done.record.outcome == "agreed" and done.record.models == (HAIKU, OLLAMA)
    assert f"{GROQ} returned no plan (unavailable)." in done.record.note


def test_a_plan_that_fails_its_check_goes_back_to_its_own_model_and_to_no_other(tmp_path: Path) -> None:
    plans = {GROQ: [plan(["bad"]), plan([8.5])], HAIKU: [plan(["bad"])], OLLAMA: [plan([8.5])]}
    done = Analysis(tmp_path, plans)
    assert done.record.models == (GROQ, OLLAMA)
    assert f"{HAIKU} returned no plan (its plan failed the check)." in done.record.note
    assert sorted(done.asked(PLANNER)) == sorted([GROQ] * 2 + [HAIKU] * 2 + [OLLAMA])
    assert len(done.crew.made.refused) == 3


def test_a_budget_too_small_for_more_leaves_one_plan_and_says_so(tmp_path: Path) -> None:
    plans = {GROQ: [plan([7.5])], LUNA: [plan([8.5])]}
    sent = Analysis(tmp_path, plans, available=(GROQ, LUNA)).client.sent
    messages = next(messages for role, _, messages in sent if role == PLANNER)
    tokens, room, prices = worst_case_input_tokens(messages), roles()["query_interpreter"].max_tokens, load_prices()
    dear, cheap = (prices.worst_case(model, tokens, room) for model in (GROQ, LUNA))
    assert dear > cheap
    (tmp_path / "poor").mkdir()
    # The review comes first: what is held for it would make either plan too dear for a moment.
    budget = str((dear + cheap) / 2)
    done = Analysis(tmp_path / "poor", plans, available=(GROQ, LUNA), budget=budget, side_by_side=False)
    assert done.record.outcome == "single" and not done.record.reached
    assert done.total == 8.5 and f"{GROQ} returned no plan (it did not fit in the budget)" in done.record.note


def test_the_embedded_analyst_plans_when_no_model_did_and_is_no_voice(tmp_path: Path) -> None:
    done = Analysis(tmp_path, {GROQ: [DOWN], HAIKU: [DOWN], OLLAMA: [DOWN], EMBEDDED_MODEL: [plan([7.5])]})
    assert done.record.outcome == "single" and done.total == 7.5
    assert "only the rule-based analyst returned a plan" in done.record.note


@pytest.mark.parametrize(
    ("available", "told"),
    [((), "only the rule-based analyst"), ((GROQ,), f"only one model ({GROQ})")],
)
def test_consensus_of_fewer_than_two_models_is_said_to_be_impossible(
    available: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    done = Analysis(tmp_path, {GROQ: [plan([7.5])], EMBEDDED_MODEL: [plan([7.5])]}, available=available)
    assert done.record.outcome == "impossible" and told in done.record.note and done.total == 7.5
    assert len(done.asked(PLANNER)) == 1


def test_one_model_on_two_networks_is_one_voice(tmp_path: Path) -> None:
    available = (GROQ, "openrouter-gpt-oss-120b")
    done = Analysis(tmp_path, {GROQ: [plan([7.5])]}, available=available)
    assert done.record.outcome == "impossible"


def test_two_configured_models_are_used_and_it_is_said(tmp_path: Path) -> None:
    done = Analysis(tmp_path, {GROQ: [plan([7.5])], HAIKU: [plan([7.5])]}, available=(GROQ, HAIKU))
    assert done.record.outcome == "agreed" and "Only two different models are available" in done.record.note


def test_rates_and_extra_cost_are_in_the_monitors_report(tmp_path: Path) -> None:
    plans = {GROQ: [plan([7.5])], HAIKU: [plan([8.5])], OLLAMA: [plan([9.5])]}
    done = Analysis(tmp_path, plans, [verdict(1)])
    told = done.monitor.get_summary()["consensus"]
    assert (told["runs"], told["rate"], told["judge_rate"], told["plans"]) == (1, 0.0, 1.0, 3)
    used = sum(
        call.route.cost_usd for call in done.calls if call.agent_name == "query_interpreter" and call.model_used == GROQ
    )
    council = sum(call.route.cost_usd for call in done.calls if call.agent_name in ("query_interpreter", JUDGE))
    assert done.record.extra_usd == council - used > 0
    assert told["extra_usd"] - done.record.extra_usd < Decimal("0.000001")


def test_the_book_of_a_council_adds_up(tmp_path: Path) -> None:
    plans = {GROQ: [plan([7.5])], HAIKU: [plan([8.5])], OLLAMA: [plan([9.5])]}
    done = Analysis(tmp_path, plans)
    totals = done.monitor.get_summary()["totals"]
    assert totals["cost_usd"] - sum(call.route.cost_usd for call in done.calls) < Decimal("0.00001")
    assert totals["calls"] == len(done.calls) and totals["escalations"] == 0


def test_a_model_that_writes_plans_judges_only_when_no_other_can(tmp_path: Path) -> None:
    plans = {GROQ: [plan([7.5])], HAIKU: [plan([8.5])], OLLAMA: [plan([9.5])]}
    script = {f"Judge/{SONNET}": [DOWN], f"Judge/{HAIKU}": [verdict(2)]}
    done = Analysis(tmp_path, plans, [verdict(1)], script=script)
    assert (done.record.outcome, done.record.judge, done.total) == ("judged", HAIKU, 8.5)
