"""Every fault through the real gateway and its real adapters: what our client makes of it, and what it may cost.

One gateway, with every model sent to one process of simulated providers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from analyst.budget.prices import load_prices
from analyst.core.errors import REASONS, CallError, PlanError, ReplyError
from analyst.llm.client import GatewayClient
from analyst.llm.listening import Patience
from analyst.protocol.calls import CallRequest, GatewayReply
from lab.simulator.faults import FAULTS
from lab.simulator.running import SimulatedProviders
from lab.simulator.scenarios import Conduct, Phase, Scenario, of_fault
from tests.gateway_process import RunningGateway, running_gateway
from tests.lab.simulator.conftest import SPEED, Case

PROVIDER = {
    "ollama-llama3.1": "ollama",
    "groq-gpt-oss-20b": "groq",
    "openrouter-gpt-oss-120b": "openrouter",
    "claude-haiku-5-5": "anthropic",
    "openai-gpt-6-luna": "openai",
}
MODELS = tuple(PROVIDER)
CLOUD = MODELS[1:]
TIMEOUT_S = 1.0
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, running: SimulatedProviders) -> Iterator[RunningGateway]:
    running.set_scenario("calm")
    own = running.settings()
    vllm = {
        "vllm_base_url": own["groq_api_base"],
        "vllm_model": "openai/gpt-oss-20b",
        "vllm_api_key": own["groq_api_key"],
    }
    with running_gateway(tmp_path_factory.mktemp("gateway"), **own, **vllm) as started:
        yield started


@pytest.fixture
def client(gateway: RunningGateway) -> Iterator[GatewayClient]:
    opened = GatewayClient(gateway.info.url, gateway.info.key)
    yield opened
    opened.close()


def ask(
    client: GatewayClient,
    model: str,
    messages: list[dict[str, Any]] | None = None,
    max_tokens: int = 900,
    timeout_s: float = 15.0,
    **given: Any,
) -> GatewayReply:
    told = messages or [{"role": "user", "content": "Say hello."}]
    return client.complete(model, CallRequest("report_writer", told, max_tokens, **given), Patience(timeout_s))


def refused(client: GatewayClient, model: str, **given: Any) -> CallError:
    with pytest.raises(CallError) as failed:
        ask(client, model, **given)
    assert failed.value.reason in REASONS
    return failed.value


REASON = {
    "connect_refused": "unavailable",
    "rate_limited": "rate_limited",
    "rate_limited_silently": "rate_limited",
    "server_error": "unavailable",
    "bad_gateway": "unavailable",
    "unavailable": "unavailable",
    "overloaded": "unavailable",
    "too_long": "too_long",
    "bad_key": "bad_key",
    "out_of_credit": "out_of_credit",
    "html": "unavailable",
    "empty": "refused",
    "error_in_reply": "unavailable",
    "reset": "unavailable",
    "hang": "timeout",
    "slow_drip": "timeout",
    "cut": "unavailable",
}
"""The reason of every fault that makes a call fail; those of content give a reply, or are told apart below."""
CONTENT = {
    "broken_body",
    "invalid_json",
    "truncated",
    "refusal",
    "unknown_columns",
    "wrong_types",
    "written_numbers",
    "wrong_plan",
}


def test_every_fault_is_tested_here() -> None:
    assert {*REASON, *CONTENT} == set(FAULTS)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("fault", REASON)
def test_a_fault_gets_its_reason_and_no_bill_is_missed(
    fault: str, model: str, client: GatewayClient, providers: SimulatedProviders
) -> None:
    # A drip lasts two simulated minutes: long enough here to outlast any call.
    providers.set_scenario(of_fault(fault), seed=1)
    error = refused(client, model, timeout_s=TIMEOUT_S if REASON[fault] == "timeout" else 15.0)
    assert error.reason == REASON[fault]
    assert model in error.message and "\n" not in error.message
    if providers.billed_usd() > 0:
        assert error.billed


@pytest.mark.parametrize("model", MODELS)
def test_what_was_never_tried_is_not_booked(model: str, client: GatewayClient, providers: SimulatedProviders) -> None:
    for fault in ("unavailable", "overloaded", "rate_limited", "out_of_credit", "bad_key"):
        providers.set_scenario(of_fault(fault), seed=1)
        assert not refused(client, model).billed
    providers.set_scenario("everything-down")
    # LiteLLM's OpenAI adapter says the same of a closed port and of an answer that was cut off.
    assert refused(client, model).billed == (model == "openai-gpt-6-luna")
    assert providers.billed_usd() == 0


@pytest.mark.parametrize("model", MODELS)
def test_a_server_error_may_have_been_billed(model: str, client: GatewayClient, providers: SimulatedProviders) -> None:
    for fault in ("server_error", "bad_gateway"):
        providers.set_scenario(of_fault(fault), seed=1)
        assert refused(client, model).billed


@pytest.mark.parametrize("model", MODELS)
def test_a_stream_that_just_ends_is_told_by_its_json(
    model: str, client: GatewayClient, providers: SimulatedProviders, case: Case
) -> None:
    providers.set_scenario(of_fault("broken_body"), seed=1)
    error = refused(client, model, messages=case.messages["report"])
    assert (error.reason, error.billed) == ("unavailable", True)
    assert "broke off" in error.message


@pytest.mark.parametrize("model", MODELS)
def test_retry_after_arrives_in_seconds_or_not_at_all(
    model: str, client: GatewayClient, providers: SimulatedProviders
) -> None:
    limited = Conduct(faults={"rate_limited": 1.0}, retry_after_s=7 * SPEED)
    providers.set_scenario(Scenario(phases=(Phase(providers={"all": limited}),)))
    assert refused(client, model).retry_after_s == 7
    providers.set_scenario(of_fault("rate_limited_silently"))
    assert refused(client, model).retry_after_s is None


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("fault", ["unavailable", "hang", "cut", "html", "reset"])
def test_a_failed_call_is_one_request_at_the_provider(
    fault: str, model: str, client: GatewayClient, providers: SimulatedProviders
) -> None:
    providers.set_scenario(of_fault(fault), seed=1)
    refused(client, model, timeout_s=TIMEOUT_S)
    assert providers.stats()["requests"] == 1


@pytest.mark.parametrize("model", MODELS)
def test_a_stream_that_is_given_up_ends_at_the_provider_too(
    model: str, client: GatewayClient, providers: SimulatedProviders, case: Case
) -> None:
    class GivenUpError(Exception):
        pass

    def give_up(text: str) -> None:
        raise GivenUpError

    providers.set_scenario(of_fault("slow_drip"), seed=1)
    with pytest.raises(CallError):
        client.complete(model, CallRequest("report_writer", case.messages["report"], 900), Patience(15.0), give_up)
    until = time.monotonic() + 10
    while not (gone := providers.stats()["providers"][PROVIDER[model]]["abandoned"]) and time.monotonic() < until:
        time.sleep(0.02)
    assert gone == 1


@pytest.mark.parametrize("model", MODELS)
def test_a_calm_providers_tokens_and_cost_arrive_as_it_billed_them(
    model: str, client: GatewayClient, providers: SimulatedProviders, case: Case
) -> None:
    reply = ask(client, model, case.messages["insights"])
    case.check("insights", reply.text)
    account = providers.stats()["providers"][PROVIDER[model]]
    assert (reply.input_tokens, reply.output_tokens) == (account["input_tokens"], account["output_tokens"])
    known = load_prices().cost_of(reply, Decimal(1))
    assert known.source == ("pinned" if model.startswith("ollama") else "provider" if "router" in model else "gateway")
    assert known.usd == pytest.approx(providers.billed_usd(), rel=Decimal("1e-9"), abs=Decimal("1e-12"))


def unstreamed(gateway: RunningGateway, model: str, messages: list[dict[str, Any]]) -> GatewayReply:
    """What the gateway says of the same call when its answer comes whole."""
    told = httpx.post(
        f"{gateway.info.url}/v1/chat/completions",
        headers={"Authorization": f"Bearer {gateway.info.key}"},
        json={"model": model, "messages": messages, "max_tokens": 900, "disable_fallbacks": True, "num_retries": 0},
        timeout=20,
        trust_env=False,
    )
    usage, provider_model = told.json()["usage"], told.headers["x-litellm-model-name"]
    own = usage.get("cost") if provider_model.startswith("openrouter/") else None
    return GatewayReply(
        "", model, provider_model, usage["prompt_tokens"], usage["completion_tokens"], 0.0,
        cached_tokens=(usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0,
        provider_cost_usd=None if own is None else Decimal(str(own)),
        gateway_cost_usd=Decimal(told.headers.get("x-litellm-response-cost", "0")),
    )  # fmt: skip


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("model", [*MODELS, "vllm"])
def test_a_stream_is_booked_like_an_answer_that_comes_whole_and_both_as_billed(
    model: str, cached: bool, gateway: RunningGateway, client: GatewayClient, providers: SimulatedProviders
) -> None:
    def messages(how: str) -> list[dict[str, Any]]:
        rules = "Rules of the house. " * (500 if cached else 5)
        return [{"role": "system", "content": f"{how} {model} {rules}"}, {"role": "user", "content": "Say hello."}]

    booked = []
    for how in ("streamed", "entirely"):
        for _ in range(1 + cached):
            reply = (
                ask(client, model, messages(how)) if how == "streamed" else unstreamed(gateway, model, messages(how))
            )
        [*_, entry] = providers.requests()
        tokens = entry["tokens"]
        assert (reply.input_tokens, reply.output_tokens, reply.cached_tokens) == (
            tokens["input"], tokens["output"], tokens["cached"])  # fmt: skip
        cost = load_prices().cost_of(reply, Decimal(1)).usd
        assert model == "vllm" or cost == pytest.approx(Decimal(entry["billed_usd"]), abs=Decimal("1e-9"))
        booked.append(cost)
    if "router" not in model:  # its hosts have different prices
        assert booked[0] == pytest.approx(booked[1], rel=Decimal("1e-9"))


@pytest.mark.parametrize("model", ["groq-gpt-oss-20b", "openai-gpt-6-luna"])
def test_cached_tokens_are_billed_as_such_along_the_whole_way(
    model: str, client: GatewayClient, providers: SimulatedProviders
) -> None:
    messages = [{"role": "system", "content": "Rules. " * 1500}, {"role": "user", "content": "Say hello."}]
    replies = [ask(client, model, messages) for _ in range(2)]
    assert replies[0].cached_tokens == 0 < replies[1].cached_tokens
    total = sum(load_prices().cost_of(reply, Decimal(1)).usd for reply in replies)
    assert total == pytest.approx(providers.billed_usd(), rel=Decimal("1e-9"))


@pytest.mark.parametrize("model", MODELS)
def test_a_schema_is_asked_for_in_each_providers_own_way(
    model: str, client: GatewayClient, providers: SimulatedProviders
) -> None:
    assert ask(client, model, schema=SCHEMA, temperature=0.2).text == '{"a": "none"}'


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("fault", ["unknown_columns", "wrong_types"])
def test_a_useless_plan_arrives_as_a_reply_that_the_check_refuses(
    fault: str, model: str, client: GatewayClient, providers: SimulatedProviders, case: Case
) -> None:
    providers.set_scenario(of_fault(fault), seed=1)
    reply = ask(client, model, case.messages["plan"])
    assert reply.finish_reason == "stop"
    with pytest.raises((PlanError, ReplyError)):
        case.check("plan", reply.text)
    assert providers.stats()["providers"][PROVIDER[model]]["faults"] == {fault: 1}


@pytest.mark.parametrize("model", MODELS)
def test_json_that_is_broken_is_refused_at_once_or_by_the_check(
    model: str, client: GatewayClient, providers: SimulatedProviders, case: Case
) -> None:
    providers.set_scenario(of_fault("invalid_json"), seed=1)
    with pytest.raises((CallError, PlanError, ReplyError)):
        case.check("plan", ask(client, model, case.messages["plan"]).text)
    assert providers.stats()["providers"][PROVIDER[model]]["faults"] == {"invalid_json": 1}


@pytest.mark.parametrize("model", MODELS)
def test_written_numbers_arrive_as_a_reply_that_the_check_refuses(
    model: str, client: GatewayClient, providers: SimulatedProviders, case: Case
) -> None:
    providers.set_scenario(of_fault("written_numbers"), seed=1)
    reply = ask(client, model, case.messages["report"])
    with pytest.raises(ReplyError, match=r"\d"):
        case.check("report", reply.text)


@pytest.mark.parametrize("model", MODELS)
def test_a_reply_cut_at_max_tokens_says_so(
    model: str, client: GatewayClient, providers: SimulatedProviders, case: Case
) -> None:
    providers.set_scenario(of_fault("truncated"), seed=1)
    reply = ask(client, model, case.messages["report"], max_tokens=700)
    assert (reply.finish_reason, reply.output_tokens) == ("length", 700)


@pytest.mark.parametrize("model", ["openrouter-gpt-oss-120b", "claude-haiku-5-5", "openai-gpt-6-luna"])
def test_a_refusal_that_the_provider_marks_is_one(
    model: str, client: GatewayClient, providers: SimulatedProviders
) -> None:
    providers.set_scenario(of_fault("refusal"), seed=1)
    assert refused(client, model).reason == "refused"


@pytest.mark.parametrize("model", ["ollama-llama3.1", "groq-gpt-oss-20b"])
def test_a_refusal_in_plain_words_is_a_reply_for_the_check(
    model: str, client: GatewayClient, providers: SimulatedProviders, case: Case
) -> None:
    providers.set_scenario(of_fault("refusal"), seed=1)
    reply = ask(client, model, case.messages["plan"])
    with pytest.raises((PlanError, ReplyError)):
        case.check("plan", reply.text)


def test_json_that_groq_refuses_by_itself_counts_as_a_rejected_reply(
    client: GatewayClient, providers: SimulatedProviders
) -> None:
    providers.set_scenario(of_fault("invalid_json"), seed=1)
    error = refused(client, "groq-gpt-oss-20b", schema=SCHEMA)
    assert (error.reason, error.billed) == ("rejected", True)
    assert providers.billed_usd() > 0


def limits(gateway: RunningGateway, model: str, **given: Any) -> set[str]:
    """The names of the rate-limit headers that the gateway passes on, without its prefix."""
    body = {"model": model, "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 100}
    told = httpx.post(
        f"{gateway.info.url}/v1/chat/completions",
        headers={"Authorization": f"Bearer {gateway.info.key}"},
        json={**body, "disable_fallbacks": True, "num_retries": 0, **given},
        timeout=20,
        trust_env=False,
    )
    return {n.removeprefix("llm_provider-") for n in told.headers if "ratelimit" in n or "retry-after" in n}


CHAT_LIMITS = {f"x-ratelimit-{what}-{of}" for what in ("limit", "remaining", "reset") for of in ("requests", "tokens")}
OWN_LIMITS = {
    f"anthropic-ratelimit-{of}-{what}"
    for what in ("limit", "remaining", "reset")
    for of in ("requests", "tokens", "input-tokens", "output-tokens")
}
PASSED_ON: dict[str, tuple[set[str], set[str], set[str]]] = {
    "ollama-llama3.1": (set(), set(), {"retry-after"}),
    "groq-gpt-oss-20b": (set(), CHAT_LIMITS, {*CHAT_LIMITS, "retry-after"}),
    "openrouter-gpt-oss-120b": (set(), set(), {"retry-after"}),
    "claude-haiku-5-5": (OWN_LIMITS, OWN_LIMITS, {*OWN_LIMITS, "retry-after"}),
    "openai-gpt-6-luna": (CHAT_LIMITS, CHAT_LIMITS, {*CHAT_LIMITS, "retry-after", "retry-after-ms"}),
}
"""Which of a provider's headers the gateway passes on: with an answer, with a streamed one, with a 429."""


@pytest.mark.parametrize("model", MODELS)
def test_which_rate_limit_headers_reach_us(model: str, gateway: RunningGateway, providers: SimulatedProviders) -> None:
    whole, streamed, limited = PASSED_ON[model]
    mirrored = CHAT_LIMITS if model == "claude-haiku-5-5" else set()
    assert limits(gateway, model) - mirrored == whole
    assert limits(gateway, model, stream=True) - mirrored == streamed
    providers.set_scenario(of_fault("rate_limited"))
    assert limits(gateway, model) - mirrored == limited


def test_a_client_of_ours_sees_the_headroom_that_is_passed_on(
    client: GatewayClient, providers: SimulatedProviders
) -> None:
    # Few enough that what is used is not there again before the answer has come.
    few = Conduct(requests_per_minute=2, tokens_per_minute=1000)
    providers.set_scenario(Scenario(phases=(Phase(providers={"all": few}),)))
    headers = ask(client, "claude-haiku-5-5").headers
    assert headers["llm_provider-anthropic-ratelimit-requests-remaining"] == "1"
    assert int(headers["llm_provider-anthropic-ratelimit-output-tokens-remaining"]) < 1000


def stream(gateway: RunningGateway, model: str) -> tuple[str, str | None, Decimal | None]:
    """(text, error, cost that the gateway tells) of a streamed call."""
    body = {"model": model, "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 200, "stream": True}
    told = httpx.post(
        f"{gateway.info.url}/v1/chat/completions",
        headers={"Authorization": f"Bearer {gateway.info.key}"},
        json={**body, "stream_options": {"include_usage": True}, "disable_fallbacks": True, "num_retries": 0},
        timeout=20,
        trust_env=False,
    )
    events = [json.loads(line[6:]) for line in told.text.splitlines() if line.startswith("data: {")]
    text = "".join(c["delta"].get("content") or "" for e in events for c in e.get("choices", []))
    usage: dict[str, Any] = next((e["usage"] for e in events if e.get("usage")), {})
    error = next((str(e["error"]["message"]) for e in events if "error" in e), None)
    return text, error, Decimal(str(usage["cost"])) if usage.get("cost") is not None else None


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("fault", ["cut", "error_in_reply"])
def test_a_stream_that_breaks_off_ends_with_an_error(
    fault: str, model: str, gateway: RunningGateway, providers: SimulatedProviders
) -> None:
    providers.set_scenario(of_fault(fault), seed=1)
    text, error, _ = stream(gateway, model)
    assert text and error


@pytest.mark.parametrize("model", MODELS)
def test_litellm_takes_a_stream_that_just_ends_for_a_finished_one(
    model: str, gateway: RunningGateway, providers: SimulatedProviders
) -> None:
    """So a streamed reply must be checked like any other: half of it looks whole."""
    whole, _, _ = stream(gateway, model)
    providers.set_scenario(of_fault("broken_body"), seed=1)
    half, error, _ = stream(gateway, model)
    assert error is None
    assert whole.startswith(half) and 0 < len(half) < len(whole)


@pytest.mark.parametrize("model", CLOUD)
def test_a_stream_tells_its_true_cost_in_its_usage(
    model: str, gateway: RunningGateway, providers: SimulatedProviders
) -> None:
    """Its header says 0: it is sent before the cost is known."""
    _, _, cost = stream(gateway, model)
    assert cost == pytest.approx(providers.billed_usd(), rel=Decimal("1e-9"))
    assert providers.billed_usd() > 0
