"""One call to the gateway, tried once: what comes back is a GatewayReply, or a CallError with its reason.

The gateway is told not to retry and not to fall back (`num_retries: 0`, `disable_fallbacks: true` in the body):
the router alone decides. Foreign exceptions are translated here, once, and ours are raised outside of `except`, so
that no 429 is left in `__context__` for CrewAI to find and retry.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, cast

from analyst.core.errors import CallError, GatewayError, KeyRejectedError
from analyst.llm.failures import translate
from analyst.protocol.calls import CallRequest, GatewayReply

if TYPE_CHECKING:
    import httpx
    import openai
    from openai._legacy_response import LegacyAPIResponse
    from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
    from openai.types.completion_usage import CompletionUsage
    from openai.types.shared_params import ResponseFormatJSONSchema

CONNECT_TIMEOUT_S = 5.0
GRACE_S = 1.0
"""How much longer we wait than the gateway: its answer says which provider was slow."""
ONCE = {"num_retries": 0, "disable_fallbacks": True}
"""What makes LiteLLM try exactly once (tests/llm/gateway/test_try_once.py counts at the provider's side)."""
KEPT_HEADERS = ("x-litellm-", "llm_provider-", "x-ratelimit-", "retry-after")


class GatewayClient:
    """Calls the gateway at `base_url` with `key`. Safe to use from several threads; close it when done."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._key, self._transport, self._clock = base_url.rstrip("/"), key, transport, clock
        self._opened: openai.OpenAI | None = None

    def _client(self) -> openai.OpenAI:
        if self._opened is None:
            import httpx
            import openai

            # trust_env: a proxy of the user's must not come between us and loopback.
            http = httpx.Client(transport=self._transport, trust_env=False, limits=httpx.Limits(max_connections=None))
            self._opened = openai.OpenAI(base_url=f"{self._url}/v1", api_key=self._key, max_retries=0, http_client=http)
        return self._opened

    def complete(self, model: str, request: CallRequest, *, timeout_s: float) -> GatewayReply:
        """One call of `model`, given up after `timeout_s`. CallError says why it failed; KeyRejectedError: our key."""
        started, failure = self._clock(), None
        try:
            raw = self._send(model, request, timeout_s)
            reply = raw.parse()
        except Exception as error:
            failure = translate(error, model, timeout_s)
        if failure is not None:
            raise failure
        return _read(raw.headers, reply, model, request.max_tokens, self._clock() - started)

    def _send(self, model: str, request: CallRequest, timeout_s: float) -> LegacyAPIResponse[ChatCompletion]:
        import httpx
        from openai import omit

        shape = omit if request.schema is None else _shape(request.schema)
        return self._client().chat.completions.with_raw_response.create(
            model=model,
            messages=cast("list[ChatCompletionMessageParam]", list(request.messages)),
            max_tokens=request.max_tokens,
            temperature=omit if request.temperature is None else request.temperature,
            response_format=shape,
            timeout=httpx.Timeout(timeout_s + GRACE_S, connect=CONNECT_TIMEOUT_S),
            extra_body={**ONCE, "timeout": timeout_s},
        )

    def models(self) -> tuple[str, ...]:
        """The models that the gateway offers. GatewayError when it does not answer, KeyRejectedError for our key."""
        failure: Exception | None = None
        try:
            return tuple(model.id for model in self._client().with_options(timeout=CONNECT_TIMEOUT_S).models.list())
        except Exception as error:
            failure = translate(error, "the gateway", CONNECT_TIMEOUT_S)
        if isinstance(failure, KeyRejectedError):
            raise failure
        raise GatewayError(
            f"The gateway at {self._url} does not list its models: {failure}", "Run `python main.py gateway status`."
        )

    def alive(self) -> bool:
        """Whether the gateway answers us."""
        try:
            return bool(self.models())
        except (GatewayError, KeyRejectedError):
            return False

    def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def _shape(schema: Mapping[str, object]) -> ResponseFormatJSONSchema:
    return {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(schema)}}


def _read(
    headers: Mapping[str, str], reply: ChatCompletion, model: str, max_tokens: int, latency_s: float
) -> GatewayReply:
    """The answer as a record. CallError when it holds no text: refused by the model, or nothing said."""
    choices = getattr(reply, "choices", None)
    if not choices or choices[0].message is None:
        raise CallError("unavailable", f"{model} returned a response that is not a completion.", billed=True)
    text, finish = choices[0].message.content, choices[0].finish_reason or "stop"
    refusal = getattr(choices[0].message, "refusal", None)
    if finish == "content_filter" or refusal:
        raise CallError("refused", f"{model} refused: {refusal or 'content filter'}.", billed=True)
    if not (text or "").strip():
        spent = f"it used all {max_tokens} tokens before writing an answer" if finish == "length" else "empty reply"
        raise CallError("refused", f"{model} returned an empty reply: {spent}.", billed=True)
    usage = reply.usage
    return GatewayReply(
        text=text,
        model=model,
        provider_model=headers.get("x-litellm-model-name") or reply.model,
        input_tokens=_count(usage, "prompt_tokens"),
        output_tokens=_count(usage, "completion_tokens"),
        latency_s=latency_s,
        cached_tokens=_count(getattr(usage, "prompt_tokens_details", None), "cached_tokens"),
        provider_cost_usd=_provider_cost(usage),
        gateway_cost_usd=_money(
            headers.get("x-litellm-response-cost-original") or headers.get("x-litellm-response-cost")
        ),
        finish_reason=finish,
        headers={name.lower(): value for name, value in headers.items() if name.lower().startswith(KEPT_HEADERS)},
    )


def _count(usage: object, name: str) -> int:
    """A number of tokens; 0 where the provider tells none, or something that is no number."""
    told = getattr(usage, name, None)
    return int(told) if isinstance(told, (int, float)) and math.isfinite(told) and told > 0 else 0


def _money(given: object) -> Decimal | None:
    """A cost in USD; None for anything that is not one (a cost nobody knows is never zero)."""
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def _provider_cost(usage: CompletionUsage | None) -> Decimal | None:
    """What the provider says the call cost. OpenRouter: with a key of one's own `cost` is its fee only."""
    cost = _money(getattr(usage, "cost", None))
    if cost is None or not getattr(usage, "is_byok", False):
        return cost
    details = getattr(usage, "cost_details", None) or {}
    upstream = _money(details.get("upstream_inference_cost") if isinstance(details, Mapping) else None)
    return None if upstream is None else cost + upstream
