"""Pinned prices against the installed gateway's own map, and whose figure is believed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyst.budget.prices import PRICES_FILE, Cost, Prices, load_prices
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
    assert told == Cost(Decimal("2.24"), "pinned")


def test_tokens_written_to_a_cache_cost_their_own_rate_and_none_is_counted_twice() -> None:
    # 300k fresh at 2, 400k cached at 0.10, 300k written at 2.5, 100k out at 10: 0.6 + 0.04 + 0.75 + 1.0
    written = reply("claude-sonnet-5-5", cached_tokens=400_000, cache_write_tokens=300_000)
    assert PRICES.cost_of(written, Decimal(9)) == Cost(Decimal("2.39"), "pinned")
    assert PRICES.list_cost("claude-sonnet-5-5", 10, 0, cached_tokens=8, cache_write_tokens=8) == Decimal("0.0000058")
    # Groq has no price for writing: it costs what fresh input costs.
    assert PRICES.list_cost("groq-gpt-oss-20b", 1_000_000, 0, 0, 1_000_000) == Decimal("0.075")


def test_a_long_call_costs_the_long_rate() -> None:
    assert PRICES.list_cost("claude-haiku-5-5", 100_000, 1000) == Decimal("0.0105")
    assert PRICES.list_cost("claude-haiku-5-5", 100_001, 1000) == Decimal("0.0525005")


@pytest.mark.parametrize(
    ("provider", "gateway", "expected"),
    [
        ("0.105", "0.3", ("0.105", "provider", None)),
        ("0.42", None, ("0.42", "provider", None)),
        (None, "0.2", ("0.2", "gateway", None)),
        (None, None, ("0.21", "pinned", None)),
        (None, "0", ("0.21", "pinned", None)),
        ("0", "0", ("0.21", "pinned", None)),
        ("NaN", "Infinity", ("0.21", "pinned", None)),
        ("-1", "-0.1", ("0.21", "pinned", None)),
        ("0.43", "0.21", ("0.21", "pinned", "0.43")),
        ("0.104", None, ("0.21", "pinned", "0.104")),
        (None, "5", ("0.21", "pinned", "5")),
        ("1e30", None, ("0.21", "pinned", "1e30")),
    ],
)
def test_a_figure_is_believed_where_it_fits_the_tokens_and_kept_beside_the_pinned_price_where_not(
    provider: str | None, gateway: str | None, expected: tuple[str, str, str | None]
) -> None:
    figures = {
        "provider_cost_usd": None if provider is None else Decimal(provider),
        "gateway_cost_usd": None if gateway is None else Decimal(gateway),
    }
    usd, source, claimed = expected
    told = PRICES.cost_of(reply("groq-gpt-oss-120b", **figures), Decimal(9))
    assert told == Cost(Decimal(usd), source, None if claimed is None else Decimal(claimed))


def test_openrouters_discounts_are_believed_down_to_its_cheapest_hosts() -> None:
    # Its 1.1M tokens come to 0.21 at the max_price that is sent along.
    for told, source in (("0.05", "provider"), ("0.04", "pinned")):
        cost = PRICES.cost_of(reply("openrouter-gpt-oss-120b", provider_cost_usd=Decimal(told)), Decimal(9))
        assert cost.source == source


@pytest.mark.parametrize("tokens", [{"input_tokens": 0}, {"output_tokens": 0}, {"input_tokens": -5}])
def test_a_priced_reply_without_token_counts_costs_the_reservation(tokens: dict[str, int]) -> None:
    told = PRICES.cost_of(reply("claude-haiku-5-5", provider_cost_usd=Decimal("0.01"), **tokens), Decimal("0.33"))
    assert told == Cost(Decimal("0.33"), "reservation", Decimal("0.01"))


@pytest.mark.parametrize("tokens", [10**9, 10**40])
def test_token_counts_that_the_call_could_not_have_cost_the_reservation(tokens: int) -> None:
    told = PRICES.cost_of(reply("claude-haiku-5-5", input_tokens=tokens), Decimal("0.33"))
    assert (told.usd, told.source) == (Decimal("0.33"), "reservation")


def test_an_unknown_models_reply_costs_the_reservation_whatever_anyone_says() -> None:
    for figures in ({"gateway_cost_usd": Decimal(0)}, {"provider_cost_usd": Decimal(1)}):
        assert PRICES.cost_of(reply("gpt-9", **figures), Decimal("0.33")).usd == Decimal("0.33")


@pytest.mark.parametrize("model", ["ollama-llama3.1", "vllm", EMBEDDED_MODEL])
def test_own_hardware_is_free_until_it_says_that_it_cost(model: str) -> None:
    assert PRICES.is_free(model)
    for figures in ({}, {"gateway_cost_usd": Decimal(0)}):
        assert PRICES.cost_of(reply(model, **figures), Decimal(0)) == Cost(Decimal(0), "pinned")
    assert PRICES.cost_of(reply(model, provider_cost_usd=Decimal("0.4")), Decimal(0)).usd == Decimal("0.4")


def test_a_free_model_is_booked_at_no_more_than_twice_what_the_dearest_would_charge() -> None:
    absurd = reply("ollama-llama3.1", input_tokens=100, output_tokens=100, provider_cost_usd=Decimal(999_999))
    told = PRICES.cost_of(absurd, Decimal(0))
    # 10,000 tokens in at 30 and 100 out at 60, twice.
    assert told == Cost(Decimal("0.612"), "pinned", Decimal(999_999))


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
