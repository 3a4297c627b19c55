"""The embedded analyst behind the real gateway: the same path as any model's."""

from __future__ import annotations

import json
import math

import httpx
import pytest

from analyst.llm.client import GatewayClient
from analyst.llm.listening import Patience
from analyst.protocol.calls import CallRequest
from analyst.protocol.replies import Review
from test_local import review_request
from tests.gateway_process import RunningGateway

MESSAGES = [{"role": "system", "content": "You review tables."}, {"role": "user", "content": review_request()}]


def test_it_answers_an_agents_message_with_counted_tokens_at_no_cost(client: GatewayClient) -> None:
    reply = client.complete("embedded-analyst", CallRequest("data_profiler", MESSAGES, 800), Patience(30))
    review = Review.model_validate_json(reply.text)
    assert any(issue.column == "revenue" for issue in review.issues) or "revenue" in reply.text
    assert reply.output_tokens == math.ceil(len(reply.text) / 4)
    assert reply.input_tokens == math.ceil(len("\n".join(m["content"] for m in MESSAGES)) / 4)
    assert reply.gateway_cost_usd is None and reply.provider_cost_usd is None
    assert reply.provider_model == "embedded/analyst"


def test_a_streamed_answer_is_the_same_text_with_the_same_tokens(
    gateway: RunningGateway, client: GatewayClient
) -> None:
    whole = client.complete("embedded-analyst", CallRequest("data_profiler", MESSAGES, 800), Patience(30))
    body = {
        "model": "embedded-analyst",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    answer = httpx.post(
        f"{gateway.info.url}/v1/chat/completions",
        headers={"Authorization": f"Bearer {gateway.info.key}"},
        json=body,
        timeout=30,
        trust_env=False,
    )
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: {")]
    chunks = [json.loads(line) for line in lines]
    said = "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])
    assert said == whole.text
    assert chunks[-1]["usage"]["completion_tokens"] == whole.output_tokens


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer"}, {"authorization": "Bearer sk-wrong"}])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/chat/completions"])
def test_a_request_without_our_key_answers_401_and_leaves_no_trace(
    path: str, headers: dict[str, str], gateway: RunningGateway
) -> None:
    [log] = gateway.settings.state_dir.glob("gateway-*.log")
    before = log.stat().st_size
    answer = httpx.post(f"{gateway.info.url}{path}", headers=headers, json={"model": "embedded-analyst"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "auth_error")
    assert "Traceback" not in log.read_text(encoding="utf-8")[before:]


def test_a_key_may_be_shown_as_other_clients_do(gateway: RunningGateway) -> None:
    answer = httpx.get(f"{gateway.info.url}/v1/models", headers={"x-api-key": gateway.info.key})
    assert answer.status_code == 200
