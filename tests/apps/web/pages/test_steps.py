"""The steps of an analysis, made of its events."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from analyst.apps.web.pages.steps import RULES, Course, course
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.events import Ended, Progress, RunEvent


def of(*events: Progress | Ended) -> Course:
    """The course of events that happened a second after each other."""
    return course([RunEvent(seq, 100.0 + seq, event) for seq, event in enumerate(events, 1)])


def stage(name: Any) -> Progress:
    return Progress("stage", name, stage=name)


def call(agent: str, model: str = "sonnet") -> Progress:
    return Progress("call", "asks", agent, model)


def reply(agent: str, model: str = "sonnet", cost: str = "0.01", taken: float = 2.0) -> Progress:
    return Progress("reply", "answered", agent, model, Decimal(cost), taken)


def states(found: Course) -> list[str]:
    return [step.state for step in found.steps]


def test_a_run_that_waits_has_six_steps_to_come() -> None:
    assert states(of()) == ["waiting"] * 6 and of().now == ""


def test_two_agents_work_side_by_side_once_the_table_is_read() -> None:
    found = of(stage("reading"), stage("profiling"), stage("agents"), call("data_profiler"), call("query_interpreter"))
    assert states(found) == ["done", "working", "working", "waiting", "waiting", "waiting"]
    assert found.now == "Now: Data Profiler, Query Interpreter." and found.steps[0].seconds == 2.0


def test_a_step_tells_its_model_time_and_cost_with_those_of_a_refused_reply() -> None:
    refused = Progress("rejected", "no plan", "query_interpreter", "haiku", Decimal("0.002"), 1.0)
    found = of(
        stage("agents"),
        call("query_interpreter", "haiku"),
        refused,
        call("query_interpreter"),
        reply("query_interpreter"),
    )
    step = found.steps[2]
    assert (step.state, step.model, step.cost_usd, step.notes) == ("done", "sonnet", Decimal("0.012"), ["no plan"])
    assert found.cost_usd == Decimal("0.012")


def test_the_judge_of_plans_works_in_the_query_interpreters_step() -> None:
    assert of(stage("agents"), call("consensus_judge")).steps[2].state == "working"


def test_the_plan_and_what_was_noted_of_the_data_are_told() -> None:
    found = of(stage("reading"), Progress("note", "2 rows left out"), Progress("plan", "total amount by region"))
    assert (found.plan, found.notes) == ("total amount by region", ("2 rows left out",))


def test_the_rules_are_named_as_such() -> None:
    assert of(call("report_writer", EMBEDDED_MODEL)).steps[4].model == RULES


def test_what_worked_when_a_run_broke_off_is_shown_as_stopped() -> None:
    assert states(of(stage("agents"), call("data_profiler"), Ended("failed")))[1] == "stopped"
    assert states(of(stage("agents"), stage("report"), Ended("done")))[5] == "done"
