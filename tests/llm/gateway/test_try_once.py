"""What the real gateway does with a failing provider, counted at the provider's side."""

from __future__ import annotations

import httpx
import pytest

from analyst.core.errors import CallError
from analyst.llm.client import GatewayClient
from analyst.llm.gateway.process import file_of
from analyst.llm.listening import Patience
from analyst.protocol.calls import CallRequest
from tests.gateway_process import RunningGateway
from tests.llm.gateway.upstream import Answer, Upstream

CLOUD = ["groq-gpt-oss-20b", "openrouter-gpt-oss-120b", "claude-haiku-5-5", "openai-gpt-6-luna", "vllm"]
EVERY_PROVIDER = ["ollama-llama3.1", *CLOUD]
MESSAGES = [{"role": "user", "content": "Where are the zebras of marker-8861?"}]


def call(client: GatewayClient, model: str, timeout_s: float = 20) -> str:
    return client.complete(model, CallRequest("data_profiler", MESSAGES, 50), Patience(timeout_s)).text


@pytest.mark.parametrize("status", [429, 500, 503, 529])
@pytest.mark.parametrize("model", EVERY_PROVIDER)
def test_a_failed_call_of_ours_makes_one_request_upstream(
    client: GatewayClient, upstream: Upstream, model: str, status: int
) -> None:
    upstream.answer = Answer(status, {"error": {"message": "not now"}}, {"retry-after": "17"})
    with pytest.raises(CallError) as failed:
        call(client, model)
    assert len(upstream.requests) == 1
    assert failed.value.reason == ("rate_limited" if status == 429 else "unavailable")
    if status == 429:
        assert failed.value.retry_after_s == 17


@pytest.mark.parametrize("model", EVERY_PROVIDER)
def test_a_call_whose_connection_is_lost_is_not_made_again_by_the_gateway_and_may_be_billed(
    client: GatewayClient, upstream: Upstream, model: str
) -> None:
    upstream.answer = Answer(reset=True)
    with pytest.raises(CallError) as failed:
        call(client, model)
    assert len(upstream.requests) == 1
    assert (failed.value.reason, failed.value.billed) == ("unavailable", True)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("model", EVERY_PROVIDER)
def test_a_redirect_is_not_followed_with_prompt_and_key(
    client: GatewayClient, upstream: Upstream, model: str, status: int
) -> None:
    upstream.answer = Answer(status, {}, {"location": f"{upstream.url}/elsewhere"})
    with pytest.raises(CallError) as failed:
        call(client, model)
    assert len(upstream.requests) == 1
    assert failed.value.billed


@pytest.mark.parametrize("model", CLOUD)
def test_a_request_that_a_provider_can_not_process_is_not_sent_again_without_a_part(
    client: GatewayClient, upstream: Upstream, model: str
) -> None:
    named = {"error": {"message": "bad"}, "detail": [{"type": "extra_forbidden", "loc": ["body", "max_tokens"]}]}
    upstream.answer = Answer(422, named)
    with pytest.raises(CallError) as failed:
        call(client, model)
    assert len(upstream.requests) == 1
    assert not failed.value.billed


def test_failures_do_not_take_a_model_out_of_service(client: GatewayClient, upstream: Upstream) -> None:
    upstream.answer = Answer(500, {"error": {"message": "boom"}})
    for _ in range(6):
        with pytest.raises(CallError):
            call(client, "groq-gpt-oss-20b")
    upstream.answer = Answer()
    assert call(client, "groq-gpt-oss-20b") == "hello"
    assert len(upstream.requests) == 7


@pytest.mark.parametrize("model", EVERY_PROVIDER)
def test_a_slow_provider_is_given_up_by_the_gateway_in_time(
    client: GatewayClient, upstream: Upstream, model: str
) -> None:
    upstream.answer = Answer(delay_s=2.5)
    with pytest.raises(CallError) as failed:
        call(client, model, timeout_s=0.7)
    assert failed.value.reason == "timeout"
    assert failed.value.billed
    assert len(upstream.requests) == 1


def test_a_foreign_clients_request_falls_back_to_the_next_model(gateway: RunningGateway, upstream: Upstream) -> None:
    upstream.answer = Answer(503, {"error": {"message": "down"}})
    reply = httpx.post(
        f"{gateway.info.url}/v1/chat/completions",
        headers={"Authorization": f"Bearer {gateway.info.key}"},
        json={"model": "claude-sonnet-5-5", "messages": MESSAGES, "num_retries": 0},
        timeout=30,
        trust_env=False,
    )
    tried = [str(asked["model"]) for _, asked, _ in upstream.requests]
    assert tried[:3] == ["claude-sonnet-5-5", "claude-haiku-5-5", "openai/gpt-oss-120b"]
    assert reply.status_code == 200
    assert reply.headers["x-litellm-model-group"] == "embedded-analyst"


def test_what_was_asked_stays_out_of_the_gateways_log(
    gateway: RunningGateway, client: GatewayClient, upstream: Upstream
) -> None:
    upstream.answer = Answer(400, {"error": {"message": "no"}})
    with pytest.raises(CallError):
        call(client, "groq-gpt-oss-20b")
    log = file_of(gateway.info.url, gateway.settings.state_dir, "log").read_text()
    assert "chat/completions" in log
    assert "marker-8861" not in log
    assert gateway.info.key not in log and upstream.key not in log
