"""What a failed call's words and status mean, and whether it may have been billed."""

from __future__ import annotations

import httpx
import openai
import pytest

from analyst.core.errors import REASONS, CallError
from analyst.llm.client import GatewayClient
from analyst.llm.failures import gist, reason_of, translate
from analyst.llm.listening import Patience
from analyst.protocol.calls import CallRequest

REQUEST = httpx.Request("POST", "http://gateway/v1/chat/completions")


@pytest.mark.parametrize(
    ("status", "words", "reason"),
    [
        (400, "GroqException - Organization has reached its spend limit. blocked_api_access", "out_of_credit"),
        (429, "OpenAIException - organization_spend_limit_exceeded", "out_of_credit"),
        (429, "AnthropicException - You have reached your API usage limits: your organization has", "out_of_credit"),
        (403, "OpenrouterException - m requires moderation on OpenAI. Your input was flagged", "refused"),
        (403, "Forbidden", "bad_key"),
        (400, "GroqException - Failed to generate JSON. code: json_validate_failed", "rejected"),
        (429, "Rate limit reached for model m: Limit 30, Used 30, Requested 1", "rate_limited"),
        (500, "AnthropicError - Overloaded", "unavailable"),
    ],
)
def test_the_words_are_read_before_the_status(status: int, words: str, reason: str) -> None:
    assert reason_of(status, words) == reason
    assert reason in REASONS


def failed(status: int, words: str, headers: dict[str, str] | None = None) -> CallError:
    body = {"error": {"message": words, "code": str(status)}}
    response = httpx.Response(status, headers=headers, json=body, request=REQUEST)
    told = translate(openai.APIStatusError("failed", response=response, body=body["error"]), "m", 5)
    assert isinstance(told, CallError)
    return told


@pytest.mark.parametrize(
    "words",
    [
        "litellm.InternalServerError: GroqException - Response payload is not completed: ",
        "litellm.InternalServerError: GroqException - [Errno 104] Connection reset by peer",
        "litellm.InternalServerError: OpenAIException - Connection error.",
        "litellm.APIConnectionError: Unterminated string starting at: line 1 column 105 (char 104)",
        "litellm.APIConnectionError: AnthropicException - Unable to get json response - Expecting property name",
        "litellm.InternalServerError: OpenAIException - Empty or invalid response from LLM endpoint.",
        "litellm.InternalServerError: GroqException - internal error",
        "litellm.APIConnectionError: 'usage'",
        "litellm.InternalServerError: AnthropicError - Overloaded",
        'litellm.InternalServerError: AnthropicError - {"error": {"type": "api_error", "message": "Overloaded"}}',
        "error code: 524 524",
    ],
)
@pytest.mark.parametrize("status", [500, 502, 520, 524])
def test_a_failure_that_nobody_is_known_to_have_turned_away_may_be_billed(status: int, words: str) -> None:
    told = failed(status, words)
    assert (told.reason, told.billed) == ("unavailable", True)


@pytest.mark.parametrize(
    "words",
    [
        "Invalid request format: litellm.APIConnectionError: 'NoneType' object has no attribute 'get'\nTraceback (most",
        "litellm.BadRequestError: OpenrouterException - KeyError: 'delta', Got unexpected response from OpenRouter: {}",
        "litellm.ServiceUnavailableError: OpenrouterException - Message: Provider disconnected, Metadata: {}",
        "litellm.MidStreamFallbackError: litellm.ServiceUnavailableError: GroqException - closed",
    ],
)
@pytest.mark.parametrize("status", [400, 503])
def test_an_answer_that_litellm_could_not_read_may_be_billed_whatever_status_it_gives(status: int, words: str) -> None:
    assert failed(status, words).billed


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "GroqException - Cannot connect to host 127.0.0.1:9 ssl: [Connect call failed]"),
        (500, "OpenrouterException - Cannot connect to host a.invalid:443 ssl:default [Name or service not known]"),
        (500, "AnthropicException - [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local"),
        (400, "litellm.BadRequestError: OpenAIException - bad"),
        (422, 'litellm.BadRequestError: GroqException - {"error": {"message": "bad"}}'),
        (401, "Invalid API key"),
        (403, "Forbidden"),
        (404, "The model does not exist"),
        (498, "capacity_exceeded"),
        (529, "Overloaded"),
        (503, "GroqException - Service Unavailable"),
        (500, 'AnthropicError - {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}'),
        (429, "Rate limit reached"),
        (402, "Insufficient credits"),
    ],
)
def test_a_call_that_was_turned_away_is_not_billed(status: int, words: str) -> None:
    assert not failed(status, words).billed


@pytest.mark.parametrize("words", ["upstream: connection refused", "Cannot connect to host a:1", "getaddrinfo failed"])
def test_a_provider_that_was_reached_speaks_of_another_connection(words: str) -> None:
    assert failed(502, words, {"llm_provider-server": "x"}).billed
    assert not failed(502, words).billed


def test_a_host_that_litellm_hides_is_told_as_the_providers_server() -> None:
    words = "litellm.InternalServerError: GroqException - Cannot connect to host REDACTED:443 ssl:default [refused]"
    assert failed(500, words).message == "m: Cannot connect to its server ssl:default [refused] 500"


@pytest.mark.parametrize(
    ("error", "reason", "billed"),
    [
        (httpx.ConnectError("refused"), "unavailable", False),
        (httpx.ReadError("reset"), "unavailable", True),
        (httpx.RemoteProtocolError("closed"), "unavailable", True),
        (httpx.ConnectTimeout("slow"), "timeout", False),
        (httpx.ReadTimeout("slow"), "timeout", True),
    ],
)
def test_a_gateway_that_is_lost_after_it_had_the_request_may_have_made_the_call(
    error: httpx.TransportError, reason: str, billed: bool
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    client = GatewayClient("http://gateway", "k", transport=httpx.MockTransport(fail))
    with pytest.raises(CallError) as told:
        client.complete("m", CallRequest("a", [{"role": "user", "content": "hi"}], 5), Patience(5))
    assert (told.value.reason, told.value.billed) == (reason, billed)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            'litellm.ServiceUnavailableError: AnthropicException - {"type": "error", "error": {"type": "api_error", '
            '"message": "Service temporarily unavailable"}}. Handle with `litellm.ServiceUnavailableError`. 503',
            "Service temporarily unavailable",
        ),
        ("litellm.InternalServerError: GroqException - Connection reset by peer", "Connection reset by peer"),
        (
            "litellm.APIError: APIError: OpenrouterException - Unable to get json response - Expecting value, Original "
            "Response: <html>We'll be right back</html>",
            "Unable to get json response - Expecting value",
        ),
        ('{"error": {"message": "No \\"x\\" here"}}', 'No "x" here'),
        ("plain words", "plain words"),
    ],
)
def test_what_is_told_of_a_failure_is_what_the_provider_said(words: str, told: str) -> None:
    assert gist(words) == told
