"""Pinned prices against the installed gateway's own map, and whose figure is believed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyst.budget.prices import PRICES_FILE, Prices, load_prices
from analyst.budget.tokens import worst_case_input_tokens
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import SettingsError
from analyst.protocol.calls import CallRequest, GatewayReply

PRICED = ["groq-gpt-oss-20b", "groq-gpt-oss-120b", "openrouter-gpt-oss-120b", "claude-haiku-5-5", "claude-sonnet-5-5"]
PRICES = load_prices()


def reply(model: str, **given: Any) -> GatewayReply:
    told: dict[str, Any] = {"input_tokens": 1_000_000, "output_tokens": 100_000, "latency_s": 1.0} | given
    return GatewayReply("{}", model, model, **told)


def test_every_model_that_is_not_from_the_map_says_why() -> None:
    assert all(price.map_key or price.note for price in PRICES.models.values())
    assert PRICES.source
    assert PRICES.pinned_on


def test_an_unknown_model_has_no_price_and_says_so() -> None:
    with pytest.raises(SettingsError, match="No price is pinned for model 'gpt-9'"):
        PRICES.price("gpt-9")
    with pytest.raises(SettingsError):
        PRICES.worst_case("gpt-9", 1, 1)


def test_cost_is_input_output_and_cached_tokens_apart() -> None:
    # 600k fresh at 2, 400k cached at 0.10, 100k out at 10: 1.2 + 0.04 + 1.0
    told = PRICES.cost_of(reply("claude-sonnet-5-5", cached_tokens=400_000), Decimal(9))
    assert told == (Decimal("2.24"), "pinned")


def test_tokens_written_to_a_cache_cost_their_own_rate_and_none_is_counted_twice() -> None:
    # 300k fresh at 2, 400k cached at 0.10, 300k written at 2.5, 100k out at 10: 0.6 + 0.04 + 0.75 + 1.0
    written = reply("claude-sonnet-5-5", cached_tokens=400_000, cache_write_tokens=300_000)
    assert PRICES.cost_of(written, Decimal(9)) == (Decimal("2.39"), "pinned")
    assert PRICES.list_cost("claude-sonnet-5-5", 10, 0, cached_tokens=8, cache_write_tokens=8) == Decimal("0.0000058")
    # Groq has no price for writing: it costs what fresh input costs.
    assert PRICES.list_cost("groq-gpt-oss-20b", 1_000_000, 0, 0, 1_000_000) == Decimal("0.075")


def test_a_long_call_costs_the_long_rate() -> None:
    assert PRICES.list_cost("claude-haiku-5-5", 100_000, 1000) == Decimal("0.0105")
    assert PRICES.list_cost("claude-haiku-5-5", 100_001, 1000) == Decimal("0.0525005")


@pytest.mark.parametrize(
    ("provider", "gateway", "expected"),
    [
        ("0.5", "0.7", ("0.5", "provider")),
        (None, "0.7", ("0.7", "gateway")),
        (None, None, ("0.21", "pinned")),
        (None, "0", ("0.21", "pinned")),
        ("0", "0", ("0.21", "pinned")),
        ("NaN", "Infinity", ("0.21", "pinned")),
        ("-1", "-0.1", ("0.21", "pinned")),
    ],
)
def test_the_first_figure_that_can_be_believed_counts(
    provider: str | None, gateway: str | None, expected: tuple[str, str]
) -> None:
    figures = {
        "provider_cost_usd": None if provider is None else Decimal(provider),
        "gateway_cost_usd": None if gateway is None else Decimal(gateway),
    }
    told = PRICES.cost_of(reply("groq-gpt-oss-120b", **figures), Decimal(9))
    assert told == (Decimal(expected[0]), expected[1])


@pytest.mark.parametrize("tokens", [{"input_tokens": 0}, {"output_tokens": 0}, {"input_tokens": -5}])
def test_a_priced_reply_without_token_counts_costs_the_reservation(tokens: dict[str, int]) -> None:
    assert PRICES.cost_of(reply("claude-haiku-5-5", **tokens), Decimal("0.33")) == (Decimal("0.33"), "reservation")


def test_an_unknown_models_reply_costs_the_reservation_even_when_the_gateway_says_nothing() -> None:
    assert PRICES.cost_of(reply("gpt-9", gateway_cost_usd=Decimal(0)), Decimal("0.33")) == (
        Decimal("0.33"),
        "reservation",
    )
    assert PRICES.cost_of(reply("gpt-9", provider_cost_usd=Decimal(1)), Decimal("0.33")) == (Decimal(1), "provider")


@pytest.mark.parametrize("model", ["ollama-llama3.1", "vllm", EMBEDDED_MODEL])
def test_own_hardware_is_free_and_a_zero_is_believed_of_it(model: str) -> None:
    assert PRICES.is_free(model)
    assert PRICES.cost_of(reply(model), Decimal(0)) == (Decimal(0), "pinned")
    assert PRICES.cost_of(reply(model, gateway_cost_usd=Decimal(0)), Decimal(0)) == (Decimal(0), "gateway")


@given(
    model=st.sampled_from(PRICED),
    asked=st.integers(1, 300_000),
    used=st.floats(0, 1),
    output=st.integers(1, 4000),
    cached=st.floats(0, 1),
    written=st.floats(0, 1),
)
def test_no_call_within_its_bounds_costs_more_than_its_worst_case(
    model: str, asked: int, used: float, output: int, cached: float, written: float
) -> None:
    tokens = int(asked * used)
    actual = PRICES.list_cost(model, tokens, output, int(tokens * cached), int(tokens * written))
    assert Decimal(0) < actual <= PRICES.worst_case(model, asked, 4000)
    unwritten = PRICES.list_cost(model, tokens, output, int(tokens * cached))
    assert unwritten <= PRICES.worst_case(model, asked, 4000, cache_asked=False)


def test_a_cache_that_nobody_asks_for_is_not_reserved_for() -> None:
    plain = [{"role": "user", "content": "How much?"}]
    kept = [
        {"role": "user", "content": [{"type": "text", "text": "How much?", "cache_control": {"type": "ephemeral"}}]}
    ]
    tokens = worst_case_input_tokens(plain)
    # Claude writes its cache where it is asked to, at up to 4 USD instead of 2; OpenAI writes it unasked.
    assert (
        PRICES.worst_case_of("claude-sonnet-5-5", CallRequest("a", plain, 100))
        == Decimal(2 * tokens + 1000) / 1_000_000
    )
    assert PRICES.worst_case_of("claude-sonnet-5-5", CallRequest("a", kept, 0)) == (
        Decimal(4 * worst_case_input_tokens(kept)) / 1_000_000
    )
    assert (
        PRICES.worst_case_of("openai-gpt-6-luna", CallRequest("a", plain, 0)) == Decimal("0.125") * tokens / 1_000_000
    )


def test_the_baseline_is_gpt_4s_list_price() -> None:
    assert PRICES.baseline(6000, 1800) == Decimal("0.288")


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"source":"x","pinned_on":"y","unit":"z","models":{"m":{"input":"-1","output":"1","cached_input":"0"}}}',
        '{"source":"x","pinned_on":"y","unit":"z","models":{"m":{"input":"1","output":"1"}}}',
        '{"source":"x","pinned_on":"y","unit":"z","models":{"m":{"input":"NaN","output":"1","cached_input":"0"}}}',
    ],
)
def test_a_broken_price_list_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(content)
    with pytest.raises(SettingsError, match="is not a valid price list"):
        load_prices(path)


def test_the_shipped_list_has_every_field_it_needs() -> None:
    assert isinstance(load_prices(PRICES_FILE), Prices)
    assert set(PRICED) < set(PRICES.models)
