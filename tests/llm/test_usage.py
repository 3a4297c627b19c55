"""Which figures of a reply are taken for tokens and costs, and whose they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from openai.types import CompletionUsage

from analyst.llm.usage import MOST_TOKENS, MOST_USD, Usage, read_usage

COUNTS = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


def told(provider: Any = COUNTS, **changed: Any) -> Usage:
    """What is read of a usage that the gateway and the provider tell alike, but for what is `changed`."""
    return read_usage(CompletionUsage.construct(**{**COUNTS, "provider": provider, **changed}))


def test_counts_of_the_providers_are_taken_and_costs_of_the_gateways_where_it_gives_none() -> None:
    assert told(cost=2e-5) == Usage(100, 20, gateway_cost_usd=Decimal("0.00002"), estimated=False)


@pytest.mark.parametrize(
    "provider",
    [None, {}, [], "x", {"prompt_tokens": 100}, {**COUNTS, "prompt_tokens": None}, {**COUNTS, "completion_tokens": -1}],
)
def test_without_both_counts_of_the_provider_the_tokens_are_estimated(provider: Any) -> None:
    assert told(provider).estimated


@pytest.mark.parametrize(
    ("count", "read"),
    [
        (0.2, 1),
        (20.0, 20),
        (-5, 0),
        (float("nan"), 0),
        (float("inf"), 0),
        (True, 0),
        ("20", 0),
        ([20], 0),
        (None, 0),
        (MOST_TOKENS + 1, 0),
        (10**400, 0),
    ],
)
def test_only_a_number_of_tokens_is_one(count: Any, read: int) -> None:
    assert told({}, prompt_tokens=count).input_tokens == read


@pytest.mark.parametrize(
    "changed",
    [
        {"provider": {**COUNTS, "total_tokens": 620}},
        {"completion_tokens_details": {"reasoning_tokens": 500}},
        {"provider": {**COUNTS, "total_tokens": 620}, "completion_tokens_details": {"reasoning_tokens": 500}},
    ],
)
def test_thoughts_that_are_counted_apart_are_output_too_and_the_gateways_cost_misses_them(
    changed: dict[str, Any],
) -> None:
    details = CompletionUsage.model_validate({**COUNTS, **changed}).completion_tokens_details
    usage = told(**{"cost": 2e-5, **changed, "completion_tokens_details": details})
    assert (usage.output_tokens, usage.gateway_cost_usd) == (520, None)


def test_thoughts_within_the_output_are_not_counted_twice() -> None:
    own = {"prompt_tokens": 100, "completion_tokens": 520, "total_tokens": 620}
    details = CompletionUsage.model_validate({**own, "completion_tokens_details": {"reasoning_tokens": 500}})
    usage = told(own, completion_tokens=520, completion_tokens_details=details.completion_tokens_details, cost=2e-5)
    assert (usage.output_tokens, usage.gateway_cost_usd) == (520, Decimal("0.00002"))


FEE, CHARGED = 1e-6, 2e-5


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        ({"cost": CHARGED}, "0.00002"),
        ({"cost": CHARGED, "is_byok": False, "cost_details": {"upstream_inference_cost": 1}}, "0.00002"),
        ({"cost": FEE, "is_byok": True, "cost_details": {"upstream_inference_cost": CHARGED}}, "0.000021"),
        ({"is_byok": True, "cost_details": {"upstream_inference_cost": CHARGED}}, "0.00002"),
        ({"cost": FEE, "is_byok": True, "cost_details": {"upstream_inference_cost": None}}, None),
        ({"cost": FEE, "is_byok": True, "cost_details": [CHARGED]}, None),
        ({"cost": FEE, "is_byok": True}, None),
        ({"cost": "free"}, None),
        ({"cost": -1}, None),
        ({"cost": float("nan")}, None),
        ({"cost": "1e999999999"}, str(MOST_USD)),
    ],
)
def test_a_key_of_the_users_own_costs_the_fee_and_what_the_key_was_charged(said: dict[str, Any], cost: str) -> None:
    usage = told({**COUNTS, **said}, cost=said.get("cost"))
    assert usage.provider_cost_usd == (None if cost is None else Decimal(cost))
    assert usage.gateway_cost_usd is None
