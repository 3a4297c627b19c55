"""analysis.md: its sections are computed from the result document and hold no hole, whatever was not measured."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analyst.core.agents import AGENTS
from lab.documents import baseline
from lab.documents.analysis import cost, fallbacks, latency
from lab.documents.analysis.criteria import criteria
from lab.documents.analysis.document import analysis_text
from lab.documents.analysis.quality import NOT_MEASURED, movable, moves, rows
from lab.documents.figures import agent_plans
from lab.loadtest.results import write
from main import main
from tests.lab.loadtest.lines import call, line
from tests.lab.loadtest.test_results import content


def measured_quality(**right: int) -> dict[str, Any]:
    """A section of ten analyses a row: half of a weak model's replies of no use, and plans that misread the question."""
    row = {"analyses": 10, "at_once": 5, "repaired": 2, "escalated": 3, "last_resort": 0}
    counts = {"weak_replies": 15, "better_replies": 3}
    kinds = [(agent, "unusable", "half") for agent in AGENTS] + [("query_interpreter", "misread", "a third")]
    return {
        "right_without": 10,
        "rows": [
            {"agent": agent, "kind": kind, "share": share, "right": right.get(f"{agent}_{kind}", 10), **row, **counts}
            for agent, kind, share in kinds
        ],
        "about": {"questions": 10, "tables": 2, "seed": 7, "created": "2026-01-01", "command": "python main.py bench"},
    }


def test_the_naive_platform_is_the_clients_formula() -> None:
    assert Decimal("0.24") == baseline.REQUEST_USD
    assert baseline.DAY_USD == 120
    assert baseline.MONTH_USD == 3600


def test_the_comparison_with_the_naive_platform_is_in_percent_and_in_dollars() -> None:
    told = baseline.against({"cost_per_request_usd": 0.06, "daily_cost_usd": 30.0, "avg_latency_s": 7.0})
    assert [row["saved_pct"] for row in told[:3]] == ["75.0%"] * 3
    assert [row["saved"] for row in told[:3]] == ["$0.1800 saved", "$90.00 saved", "$2,700.00 saved"]
    assert "estimated" in told[3]["naive"] and "measured" in told[3]["own"]


def test_every_criterion_is_told_with_whether_it_is_met() -> None:
    met = {row["name"]: row["met"] for row in criteria(content(*range(1, 61)), local_calls=0)}
    assert met == {
        "requests": True, "cost per day": True, "average latency": False, "local backend operational": False,
        "fallbacks trigger when tested": True, "monitoring exports complete metrics": True,
        "below the naive baseline": True, "below GPT-4 for the same tokens": True, "availability": True,
    }  # fmt: skip


def test_the_analysis_has_no_hole_where_only_the_load_test_was_run() -> None:
    text = analysis_text(content(2, 4), "results.json")
    assert "None" not in text and "nan" not in text
    assert NOT_MEASURED in text


def test_the_analysis_has_no_hole_where_all_calls_were_free_and_cached() -> None:
    told = content(2, 4)
    for group in (*told["agents"].values(), *told["by_model"].values()):
        group |= {"cost_usd": 0.0, "cost_per_request_usd": 0.0}
    assert "None: all calls were free." in analysis_text(told, "results.json")


def test_the_most_expensive_agent_is_told_with_the_model_that_made_it_so() -> None:
    told = content(1)
    told["requests"][0]["calls"] = [{"agent": "report_writer", "model": "claude-sonnet-5-5", "cost_usd": 0.5}]
    told["agents"]["report_writer"]["cost_usd"] = 0.5
    first = cost.questions(told)[0].answer
    assert first.startswith("The **Report Writer**: $0.50")
    assert "claude-sonnet-5-5, which answered 100.0% of its calls at $0.50 each" in first


def test_an_agent_with_a_simple_task_and_a_dear_model_is_over_provisioned() -> None:
    told = content(1)
    assert cost.questions(told)[1].answer.startswith("**No.**")
    told["agents"]["data_profiler"]["cost_usd"] = 0.9
    assert cost.questions(told)[1].answer.startswith("**Yes: Data Profiler.**")


def test_the_table_of_fallbacks_adds_up() -> None:
    told = fallbacks.by_agent(content(1, 2))
    assert {row["name"]: (row["requests"], row["primary"], row["used"], row["rate"]) for row in told} == {
        "Data Profiler": ("2", "2 (100.0%)", "0", "0.0%"),
        "Query Interpreter": ("2", "2 (100.0%)", "0", "0.0%"),
        "Insight Generator": ("2", "2 (100.0%)", "0", "0.0%"),
        "Report Writer": ("2", "0 (0.0%)", "2", "100.0%"),
    }
    assert "The **Report Writer**, 100.0%." in fallbacks.questions(content(1, 2))[1].answer


def test_the_whole_pipeline_is_the_last_row_of_the_latency_table() -> None:
    assert latency.by_stage(content(1, 2))[-1]["name"] == "**the whole pipeline**"
    assert latency.questions(content(1, 2))[0].answer.startswith("The **Data Profiler**: 3.00 s")


@pytest.mark.parametrize(("ids", "verdict"), [((2, 4), "**Yes**"), ((9, 10), "**No**")])
def test_the_goal_for_the_average_is_answered_by_yes_or_no(ids: tuple[int, ...], verdict: str) -> None:
    assert latency.questions(content(*ids))[1].answer.startswith(verdict)


def test_the_next_cheaper_model_costs_less_than_the_primary_and_something() -> None:
    for plan in agent_plans(content(1)):
        cheaper = plan.next_cheaper
        assert (cheaper is None) == plan.primary.price.free
        assert cheaper is None or 0 < cheaper.call_usd < plan.primary.call_usd


def test_a_move_costs_the_replies_of_both_models() -> None:
    told = content(1) | {"quality": measured_quality()}
    move = moves(told)[3]
    assert move.cheaper is not None
    row = told["quality"]["rows"][3]
    assert move.cost(row) == pytest.approx((15 * float(move.cheaper.call_usd) + 3 * move.primary_usd) / 10)
    assert rows(told)[3]["saved"].startswith("$")


def test_an_agent_may_move_where_no_right_answer_is_lost_and_money_is_saved() -> None:
    text = movable(content(1) | {"quality": measured_quality()})
    assert "**Report Writer** → groq-gpt-oss-120b: **yes, by what code can check**" in text
    assert "The Data Profiler already has a free model first" in text


def test_an_agent_whose_move_loses_right_answers_may_not_move_as_it_is() -> None:
    text = movable(content(1) | {"quality": measured_quality(report_writer_unusable=7)})
    assert "**Report Writer** → groq-gpt-oss-120b: **only with a model whose replies pass" in text
    assert "3 of 10 right answers are lost" in text


def test_check_fails_when_document_and_results_differ(tmp_path: Path) -> None:
    results, analysis = tmp_path / "results.json", tmp_path / "analysis.md"
    write(results, content(2, 4))
    given = ["--results", str(results), "--out", str(analysis)]
    assert main(["load-test", "render", *given, "--check"]) == 1
    assert main(["load-test", "render", *given]) == 0
    assert main(["load-test", "render", *given, "--check"]) == 0
    write(results, content(2, 5))
    assert main(["load-test", "render", *given, "--check"]) == 1


def test_the_committed_analysis_is_what_the_committed_results_give() -> None:
    assert main(["load-test", "render", "--check"]) == 0


def test_models_are_counted_by_the_agent_that_asked_them() -> None:
    told = content(1)
    told["requests"] = [line(1, calls=(call("data_profiler"), call("data_profiler", model="vllm"))).plain()]
    assert cost.by_agent(told)[0]["models"] == "groq-gpt-oss-120b (50%), vllm (50%)"
