"""The client through the real gateway and LiteLLM's real adapters, against providers on loopback."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
import pytest

from analyst.core.errors import REASONS, CallError, GatewayError, KeyRejectedError
from analyst.llm.client import LAG_S, GatewayClient
from analyst.llm.listening import Patience
from analyst.protocol.calls import CallRequest, GatewayReply
from analyst.protocol.replies import OF_AGENT, reply_schema
from tests.gateway_process import CLOSED, RunningGateway
from tests.llm.gateway.upstream import OPENAI_REPLY, Answer, Upstream, openai_events

HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say hello."}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


def ask(client: GatewayClient, model: str, max_tokens: int = 50, timeout_s: float = 20, **given: Any) -> GatewayReply:
    return client.complete(model, CallRequest("report_writer", HELLO, max_tokens, **given), Patience(timeout_s))


@pytest.mark.parametrize(
    ("model", "provider_model", "cost"),
    [
        ("ollama-llama3.1", "ollama_chat/llama3.1", "0"),
        ("groq-gpt-oss-20b", "groq/openai/gpt-oss-20b", "0.000012"),
        ("groq-gpt-oss-120b", "groq/openai/gpt-oss-120b", "0.000024"),
        ("claude-haiku-5-5", "anthropic/claude-haiku-5-5", "0.0000164"),
        ("claude-sonnet-5-5", "anthropic/claude-sonnet-5-5", "0.000324"),
        ("openai-gpt-6-luna", "openai/gpt-6-luna", "0.0000164"),
        ("vllm", "my-model", "0"),
    ],
)
def test_each_provider_answers_with_its_tokens_and_its_cost(
    client: GatewayClient, upstream: Upstream, model: str, provider_model: str, cost: str
) -> None:
    reply = ask(client, model)
    assert (reply.text, reply.model, reply.provider_model) == ("hello", model, provider_model)
    assert (reply.input_tokens, reply.output_tokens) == (100, 20)
    assert reply.cached_tokens == (0 if model.startswith("ollama") else 40)
    # Groq's cached tokens cost half (3.75e-8, 7.5e-8 each), the others' a tenth or less, by LiteLLM's pinned map.
    assert float(reply.gateway_cost_usd or 0) == pytest.approx(float(cost), rel=1e-6, abs=1e-12)
    assert reply.finish_reason == "stop"
    assert reply.latency_s > 0
    assert reply.headers["x-litellm-attempted-fallbacks"] == "0"


def test_openrouters_own_figure_is_its_cost_and_its_price_bound_is_sent(
    client: GatewayClient, upstream: Upstream
) -> None:
    usage: Any = OPENAI_REPLY["usage"]
    upstream.answer = Answer(changes={"usage": {**usage, "cost": 0.0000087}})
    reply = ask(client, "openrouter-gpt-oss-120b")
    assert reply.provider_cost_usd == Decimal("0.0000087")
    _, asked, headers = upstream.requests[0]
    assert asked["provider"] == {"max_price": {"prompt": 0.15, "completion": 0.6}}
    assert asked["usage"] == {"include": True}
    assert headers["authorization"] == f"Bearer {upstream.key}"


def test_a_provider_that_gives_no_figure_leaves_the_cost_unknown(client: GatewayClient, upstream: Upstream) -> None:
    assert ask(client, "groq-gpt-oss-20b").provider_cost_usd is None


def test_rate_limit_headers_are_passed_on(client: GatewayClient, upstream: Upstream) -> None:
    upstream.answer = Answer(headers={"x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-tokens": "1m2s"})
    headers = ask(client, "openrouter-gpt-oss-120b").headers
    assert headers["llm_provider-x-ratelimit-remaining-requests"] == "7"
    assert headers["llm_provider-x-ratelimit-reset-tokens"] == "1m2s"


def test_what_is_asked_arrives_in_each_providers_own_words(client: GatewayClient, upstream: Upstream) -> None:
    for model in ("ollama-llama3.1", "groq-gpt-oss-20b", "claude-haiku-5-5"):
        ask(client, model, temperature=0.2, schema=SCHEMA)
    ollama, groq, claude = (asked for _, asked, _ in upstream.requests)
    assert ollama["options"] == {"temperature": 0.2, "num_predict": 50, "num_ctx": 8192}
    assert ollama["format"]["properties"] == SCHEMA["properties"]
    assert (groq["temperature"], groq["max_tokens"]) == (0.2, 50)
    assert groq["response_format"]["json_schema"]["schema"] == SCHEMA
    assert claude["max_tokens"] == 50 and claude["output_format"]["schema"]["required"] == ["a"]
    for asked in (ollama, groq, claude):
        assert "disable_fallbacks" not in asked and "num_retries" not in asked


@pytest.mark.parametrize("agent", OF_AGENT)
def test_an_agents_schema_reaches_the_decoders_of_ones_own_hardware_whole(
    client: GatewayClient, upstream: Upstream, agent: str
) -> None:
    schema = reply_schema(OF_AGENT[agent])
    for model in ("ollama-llama3.1", "vllm"):
        ask(client, model, schema=schema)
    ollama, vllm = (asked for _, asked, _ in upstream.requests)
    assert ollama["format"] == schema
    assert vllm["response_format"]["json_schema"]["schema"] == schema


def test_a_reply_cut_at_its_limit_is_passed_on_as_such(client: GatewayClient, upstream: Upstream) -> None:
    upstream.answer = Answer(changes={"choices": [{**choice("hel"), "finish_reason": "length"}]})
    assert ask(client, "groq-gpt-oss-20b").finish_reason == "length"


def choice(text: str | None) -> dict[str, Any]:
    return {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"choices": [choice("")]}, "returned an empty reply"),
        ({"choices": [choice(None)]}, "returned an empty reply"),
        ({"choices": [{**choice(""), "finish_reason": "length"}]}, "used all 50 tokens before writing"),
        ({"choices": [{**choice("so"), "finish_reason": "content_filter"}]}, "content filter"),
    ],
)
def test_an_answer_that_says_nothing_is_a_refusal(
    client: GatewayClient, upstream: Upstream, changes: Mapping[str, Any], told: str
) -> None:
    upstream.answer = Answer(changes=changes)
    with pytest.raises(CallError, match=told) as failed:
        ask(client, "groq-gpt-oss-20b")
    assert failed.value.reason == "refused" and failed.value.billed


def error(message: str, **given: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **given}}


FAULTS = [
    ("rate_limited", 429, error("Rate limit reached for model", code="rate_limit_exceeded")),
    ("out_of_credit", 429, error("You exceeded your current quota", code="insufficient_quota")),
    ("out_of_credit", 402, error("Insufficient credits")),
    ("out_of_credit", 400, error("Your credit balance is too low to access the Anthropic API.")),
    ("bad_key", 401, error("Invalid API Key", code="invalid_api_key")),
    ("bad_key", 403, error("Forbidden")),
    ("too_long", 400, error("This model's maximum context length is 8192 tokens", code="context_length_exceeded")),
    ("too_long", 400, error("prompt is too long: 210000 tokens > 200000 maximum")),
    ("too_long", 413, error("Request too large for model on tokens per minute (TPM): Limit 8000, Requested 9000")),
    ("bad_request", 400, error("property foo is unsupported")),
    ("bad_request", 404, error("The model does not exist")),
    ("refused", 400, error("rejected as a result of our safety system", code="content_filter")),
    ("unavailable", 500, error("boom")),
    ("unavailable", 529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
]


@pytest.mark.parametrize("model", ["groq-gpt-oss-20b", "openai-gpt-6-luna", "claude-haiku-5-5", "ollama-llama3.1"])
@pytest.mark.parametrize(("reason", "status", "body"), FAULTS)
def test_each_fault_of_each_provider_gets_its_reason(
    client: GatewayClient, upstream: Upstream, model: str, reason: str, status: int, body: Any
) -> None:
    upstream.answer = Answer(status, body)
    with pytest.raises(CallError) as failed:
        ask(client, model)
    assert failed.value.reason == reason
    assert reason in REASONS
    assert model in failed.value.message and "\n" not in failed.value.message


@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize("model", ["groq-gpt-oss-20b", "openai-gpt-6-luna", "claude-haiku-5-5", "ollama-llama3.1"])
def test_a_provider_that_answers_with_a_web_page_is_unavailable(
    client: GatewayClient, upstream: Upstream, model: str, status: int
) -> None:
    upstream.answer = Answer(status, raw=b"<html><h1>Bad gateway</h1></html>")
    with pytest.raises(CallError) as failed:
        ask(client, model)
    assert failed.value.reason == "unavailable"
    assert "<html>" not in failed.value.message


def test_no_foreign_exception_hangs_on_ours(client: GatewayClient, upstream: Upstream) -> None:
    upstream.answer = Answer(429, error("slow down"), {"retry-after": "2.5"})
    with pytest.raises(CallError) as failed:
        ask(client, "groq-gpt-oss-20b")
    assert failed.value.__context__ is None and failed.value.__cause__ is None
    assert failed.value.retry_after_s == 2.5


def test_keys_in_a_providers_message_do_not_reach_the_user(client: GatewayClient, upstream: Upstream) -> None:
    upstream.answer = Answer(401, error("Incorrect API key provided: sk-proj-abc123def456."))
    with pytest.raises(CallError) as failed:
        ask(client, "openai-gpt-6-luna")
    assert failed.value.reason == "bad_key"
    assert "abc123def456" not in str(failed.value)


def test_a_wrong_master_key_is_told_apart_from_a_providers(gateway: RunningGateway, upstream: Upstream) -> None:
    stranger = GatewayClient(gateway.info.url, "sk-wrong")
    with pytest.raises(KeyRejectedError, match="LITELLM_MASTER_KEY"):
        ask(stranger, "groq-gpt-oss-20b")
    with pytest.raises(KeyRejectedError):
        stranger.models()
    assert not stranger.alive()
    assert not upstream.requests
    stranger.close()


def test_a_model_that_the_gateway_does_not_offer_is_a_bad_request(client: GatewayClient) -> None:
    with pytest.raises(CallError) as failed:
        ask(client, "no-such-model")
    assert failed.value.reason == "bad_request"


def test_the_gateways_models_are_listed(client: GatewayClient, gateway: RunningGateway) -> None:
    assert client.models() == gateway.info.models
    assert client.alive()


def test_a_gateway_that_is_gone_is_unavailable() -> None:
    client = GatewayClient(CLOSED, "sk-x")
    with pytest.raises(CallError, match="does not respond") as failed:
        ask(client, "embedded-analyst")
    assert failed.value.reason == "unavailable" and not failed.value.billed
    assert not client.alive()
    with pytest.raises(GatewayError, match="does not list"):
        client.models()
    client.close()
    client.close()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html>login</html>"),
        httpx.Response(200, content=b"{", headers={"content-type": "application/json"}),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"choices": []}),
        httpx.Response(200, json={"choices": [{"message": None}]}),
        httpx.Response(502, html="<html>bad</html>"),
    ],
)
def test_an_answer_that_is_not_the_gateways_is_unavailable(answer: httpx.Response) -> None:
    client = GatewayClient("http://gateway", "sk-x", transport=httpx.MockTransport(lambda request: answer))
    with pytest.raises(CallError) as failed:
        ask(client, "m")
    assert failed.value.reason == "unavailable"
    assert failed.value.__context__ is None


def streaming(**changes: Any) -> GatewayClient:
    """A client of a gateway that streams OPENAI_REPLY with `changes`; its clock goes on by a second a look."""
    body = b"".join(openai_events({**OPENAI_REPLY, "model": "m", **changes}))
    answer = httpx.Response(200, content=body, headers={"content-type": "text/event-stream"})
    ticks = itertools.count(10.0)
    return GatewayClient(
        "http://gateway", "k", transport=httpx.MockTransport(lambda request: answer), clock=lambda: next(ticks)
    )


@pytest.mark.parametrize(("cost", "known"), [("-1", None), ("nan", None), ("abc", None), ("1e-7", Decimal("1e-7"))])
def test_a_figure_that_is_no_cost_is_unknown_and_never_zero(cost: str, known: Decimal | None) -> None:
    usage: Any = OPENAI_REPLY["usage"]
    assert ask(streaming(usage={**usage, "cost": cost}), "m").gateway_cost_usd == known


@pytest.mark.parametrize("told", ["many", -3, None, {"text": 4}])
def test_a_count_of_tokens_that_is_none_counts_as_not_told(told: Any) -> None:
    reply = ask(streaming(usage={"prompt_tokens": told, "completion_tokens": 7, "total_tokens": 2}), "m")
    assert (reply.input_tokens, reply.output_tokens) == (0, 7)


@pytest.mark.parametrize(
    ("ends_in", "after_s", "keeps_up"),
    [
        (None, LAG_S / 2, True),
        (None, 2 * LAG_S, False),
        (httpx.ReadTimeout("slow"), LAG_S, False),
        (httpx.ConnectError("gone"), 0.0, True),
    ],
)
def test_a_gateway_keeps_up_unless_it_is_late_with_what_takes_it_no_work(
    ends_in: Exception | None, after_s: float, keeps_up: bool
) -> None:
    now = [100.0]

    def answer(request: httpx.Request) -> httpx.Response:
        now[0] += after_s
        if ends_in is not None:
            raise ends_in
        return httpx.Response(200)

    client = GatewayClient("http://gateway", "k", transport=httpx.MockTransport(answer), clock=lambda: now[0])
    assert client.keeps_up() is keeps_up


def test_latency_and_the_first_token_are_measured_with_the_clock_that_is_given() -> None:
    reply = ask(streaming(), "m")
    assert (reply.first_token_s, reply.latency_s) == (1.0, 4.0)


def test_the_text_is_heard_as_it_is_written() -> None:
    heard: list[str] = []
    request = CallRequest("report_writer", HELLO, 50)
    reply = streaming().complete("m", request, Patience(20), heard.append)
    assert heard == [reply.text] == ["hello"]


@pytest.mark.parametrize("patience", [Patience(1.5), Patience(60, silent_s=0.5)])
def test_a_stream_that_stalls_is_given_up_and_may_be_billed(patience: Patience) -> None:
    with pytest.raises(CallError) as failed:
        streaming().complete("m", CallRequest("report_writer", HELLO, 50), patience)
    assert (failed.value.reason, failed.value.billed) == ("timeout", True)
    assert failed.value.__context__ is None
