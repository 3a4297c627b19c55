"""What moves a model in the dynamic order, one signal at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from analyst.budget.pressure import Pressure
from analyst.budget.prices import load_prices
from analyst.llm.chains import load_chains
from analyst.llm.resilience.hours import PEAKS, peak_at
from analyst.llm.resilience.policy import POLICIES, saving
from analyst.llm.resilience.signals import Performance, Situation

REPORT, PLAN = load_chains()["report_writer"], load_chains()["query_interpreter"]
LIST_COSTS = {model: load_prices().list_cost(model, 1500, 400) for model in {*REPORT.models, *PLAN.models}}
PUBLISHED = {model: facts.seconds(250) for model, facts in REPORT.facts.items()}
WEIGHTS = {model: facts.weights for model, facts in REPORT.facts.items()}


def order(chain: Any = REPORT, **given: Any) -> list[str]:
    situation = Situation(**{"list_costs": LIST_COSTS, "published_s": PUBLISHED, "weights": WEIGHTS, **given})
    return [ranked.model for ranked in POLICIES["dynamic"](chain, situation)]


def first_why(**given: Any) -> Mapping[str, str]:
    ranked = POLICIES["dynamic"](REPORT, Situation(**{"list_costs": LIST_COSTS, **given}))
    return {one.model: one.why for one in ranked}


@pytest.mark.parametrize("chain", load_chains().values(), ids=lambda chain: chain.agent)
def test_with_nothing_known_and_money_left_it_is_the_order_of_the_file(chain: Any) -> None:
    assert tuple(order(chain)) == chain.models


@pytest.mark.parametrize("given", [{}, {"pressure": 5.0}, {"refused": REPORT.models[:-1]}])
def test_the_embedded_analyst_is_always_last(given: Mapping[str, Any]) -> None:
    assert order(**given)[-1] == "embedded-analyst"


def test_a_rate_limit_that_is_nearly_used_up_gives_way_to_the_next_model() -> None:
    assert order(headroom={"claude-sonnet-5-5": 0.03})[0] == "claude-haiku-5-5"
    assert order(headroom={"claude-sonnet-5-5": 0.5})[0] == "claude-sonnet-5-5"


def test_failures_and_refused_replies_move_a_model_down() -> None:
    failing = {"groq-gpt-oss-120b": Performance(calls=20, failed=0.5)}
    rejected = {"groq-gpt-oss-120b": Performance(calls=20, rejected=0.4)}
    assert order(PLAN, performance=failing)[0] == "claude-haiku-5-5"
    assert order(PLAN, performance=rejected)[0] == "claude-haiku-5-5"


def test_a_model_too_slow_for_the_time_that_is_left_is_not_asked_first() -> None:
    slow = {"claude-sonnet-5-5": Performance(calls=20, p50_s=9.0, p95_s=14.0)}
    assert order(performance=slow, time_s=10.0)[0] == "claude-haiku-5-5"
    assert order(performance=slow, time_s=30.0)[0] == "claude-sonnet-5-5"


def test_models_are_weighed_against_the_time_that_the_target_leaves_long_before_the_deadline() -> None:
    sonnet, haiku = Performance(calls=20, p50_s=8.1, p95_s=9.0), Performance(calls=20, p50_s=4.4, p95_s=5.0)
    measured = {"claude-sonnet-5-5": sonnet, "claude-haiku-5-5": haiku}
    assert order(performance=measured, time_s=50.0, target_s=4.0)[0] == "claude-haiku-5-5"
    assert order(performance=measured, time_s=50.0, target_s=20.0)[0] == "claude-sonnet-5-5"


@pytest.mark.parametrize("target_s", [4.0, 2.0, 1.5, 1.0])
def test_the_later_an_analysis_is_the_less_it_asks_slow_models(target_s: float) -> None:
    quick, slow = Performance(calls=20, p50_s=2.3, p95_s=4.0), Performance(calls=20, p50_s=5.5, p95_s=8.0)
    measured = {
        model: quick if model in ("claude-haiku-5-5", "openrouter-gpt-oss-120b") else slow for model in PUBLISHED
    }
    asked = order(performance=measured, published_s={}, target_s=target_s)
    assert asked[0] == "claude-haiku-5-5"
    assert target_s > 2.0 or asked.index("openrouter-gpt-oss-120b") < asked.index("claude-sonnet-5-5")


def test_until_a_model_is_measured_its_published_speed_is_believed() -> None:
    assert order(PLAN, target_s=2.7)[0] == "groq-gpt-oss-120b"
    assert order(load_chains()["insight_generator"], target_s=2.0)[0] == "groq-gpt-oss-120b"
    told = {r.model: r.why for r in POLICIES["dynamic"](REPORT, Situation(published_s=PUBLISHED, target_s=2.0))}
    assert "published speed: 5.8 s, the target allows 2.0 s" in told["claude-sonnet-5-5"]


def test_at_the_soft_limit_the_cheaper_model_comes_first() -> None:
    assert order(pressure=0.0)[0] == "claude-sonnet-5-5"
    assert order(pressure=1.0)[0] == "claude-haiku-5-5"
    assert "the budget is running low" in first_why(pressure=1.0)["claude-sonnet-5-5"]


@pytest.mark.parametrize(
    ("spent", "day_share", "weight"),
    [("0", 0.1, 0.0), ("4", 0.5, 0.0), ("12", 0.5, 0.4), ("16", 0.9, 1.0), ("20", 0.2, 1.0)],
)
def test_cost_weighs_more_the_less_the_budget_will_last_and_fully_from_the_soft_limit_on(
    spent: str, day_share: float, weight: float
) -> None:
    pressure = Pressure(Decimal(20), Decimal(spent), Decimal(0), day_share, Decimal(16))
    assert saving(pressure) == pytest.approx(weight, abs=0.05)


def test_what_an_accepted_answer_really_costs_counts_and_not_its_list_price() -> None:
    dear = {"groq-gpt-oss-120b": Performance(calls=20, cost_per_accepted=Decimal("0.02"))}
    assert order(PLAN, pressure=0.5)[0] == "groq-gpt-oss-120b"
    assert order(PLAN, pressure=0.5, performance=dear)[0] == "claude-haiku-5-5"


def test_after_a_refused_reply_the_same_weights_on_another_network_come_last_and_cost_no_longer_counts() -> None:
    escalating = order(PLAN, refused=("groq-gpt-oss-120b",))
    models = [model for model in escalating if model != "groq-gpt-oss-120b"]
    assert models[0] == "claude-haiku-5-5"
    assert models[-2:] == ["openrouter-gpt-oss-120b", "embedded-analyst"]
    assert "per answer" in first_why()["claude-sonnet-5-5"]
    assert "per answer" not in first_why(refused=("claude-haiku-5-5",))["claude-sonnet-5-5"]


@pytest.mark.parametrize(
    ("moment", "agent", "peak"),
    [
        (datetime(2026, 11, 25, 9, 0), "report_writer", "morning"),
        (datetime(2026, 11, 25, 12, 0), "report_writer", None),
        (datetime(2026, 11, 25, 16, 59), "report_writer", "afternoon"),
        (datetime(2026, 11, 25, 16, 59), "insight_generator", None),
        (datetime(2026, 11, 25, 10, 0), "data_profiler", None),
        (datetime(2026, 11, 29, 10, 0), "report_writer", None),
    ],
)
def test_peaks_hold_on_working_days_for_the_agents_they_name(moment: datetime, agent: str, peak: str | None) -> None:
    found = peak_at(moment, agent)
    assert (found.name if found else None) == peak


def test_in_the_morning_peak_the_report_moves_to_the_cheaper_model_and_says_why() -> None:
    assert order(peak=PEAKS[0])[0] == "claude-haiku-5-5"
    assert "morning peak" in first_why(peak=PEAKS[0])["claude-sonnet-5-5"]
