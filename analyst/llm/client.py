"""One call to the gateway, streamed and tried once: a GatewayReply comes back, or a CallError with its reason.

Every completion is a stream, so that a reply that stalls is given up when it stalls (analyst.llm.listening).

The gateway is told not to retry and not to fall back (`num_retries: 0`, `disable_fallbacks: true` in the body):
the router alone decides. Foreign exceptions are translated here, once, and ours are raised outside of `except`, so
that no 429 is left in `__context__` for CrewAI to find and retry.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from analyst.core.errors import GatewayError, KeyRejectedError
from analyst.llm.deferred import complete
from analyst.llm.failures import UselessReplyError, translate
from analyst.llm.gateway.admission import ALIVE
from analyst.llm.gateway.certificates import trusted
from analyst.llm.listening import Heard, Patience, Watch
from analyst.llm.usage import read_usage
from analyst.protocol.calls import CallRequest, GatewayReply

if TYPE_CHECKING:
    import httpx
    import openai
    from openai import Stream
    from openai._legacy_response import LegacyAPIResponse
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
    from openai.types.shared_params import ResponseFormatJSONSchema

CONNECT_TIMEOUT_S = 5.0
GRACE_S = 0.2
"""What the way through the gateway may add to each silence of a provider."""
ONCE = {"num_retries": 0, "disable_fallbacks": True}
"""What makes LiteLLM try exactly once (tests/llm/gateway/test_try_once.py counts at the provider's side)."""
LAG_S = 0.5
"""The gateway answers in milliseconds what takes it no work; after so long it, or this machine, is overloaded."""
KEPT_HEADERS = ("x-litellm-", "llm_provider-", "x-ratelimit-", "retry-after")


def preload() -> None:
    """Import what the first call needs, and make it whole: half a second, in which a model would seem slow."""
    import openai.resources.chat  # noqa: F401
    from openai.types.chat import ChatCompletionChunk

    complete(ChatCompletionChunk)


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
        self._http: httpx.Client | None = None
        self._opening = threading.Lock()

    def _client(self) -> openai.OpenAI:
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> openai.OpenAI:
        preload()
        import httpx
        import openai

        # trust_env: a proxy of the user's must not come between us and loopback.
        self._http = httpx.Client(
            transport=self._transport,
            trust_env=False,
            verify=trusted(),
            limits=httpx.Limits(max_connections=None),
        )
        return openai.OpenAI(base_url=f"{self._url}/v1", api_key=self._key, max_retries=0, http_client=self._http)

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None] = lambda text: None
    ) -> GatewayReply:
        """One call of `model`, given up when it stalls; `on_text` hears the reply's text as it is written ("" for work
        that is none of it, such as thoughts).

        CallError says why it failed; KeyRejectedError: our key.
        """
        self._client()
        watch, failure = Watch(model, patience, self._clock()), None
        try:
            heard = self._listen(request, watch, on_text)
        except Exception as error:
            failure = translate(error, model, patience.read_s)
        if failure is not None:
            raise failure
        return _read(heard, watch, request.max_tokens, self._clock() - watch.began)

    def _listen(self, request: CallRequest, watch: Watch, on_text: Callable[[str], None]) -> Heard:
        """The whole stream. Closed early, it ends the call in the gateway too."""
        raw = self._send(watch.model, request, watch.patience)
        heard = Heard(raw.headers)
        with raw.parse() as stream:
            for chunk in stream:
                text, work = heard.add(chunk)
                watch.heard(work, self._clock())
                if work:
                    on_text(text)
        return heard

    def _send(
        self, model: str, request: CallRequest, patience: Patience
    ) -> LegacyAPIResponse[Stream[ChatCompletionChunk]]:
        import httpx
        from openai import omit

        shape = omit if request.schema is None else _shape(request.schema)
        return self._client().chat.completions.with_raw_response.create(
            model=model,
            messages=cast("list[ChatCompletionMessageParam]", list(request.messages)),
            max_tokens=request.max_tokens,
            temperature=omit if request.temperature is None else request.temperature,
            response_format=shape,
            stream=True,
            stream_options={"include_usage": True},
            timeout=httpx.Timeout(patience.read_s + GRACE_S, connect=CONNECT_TIMEOUT_S),
            extra_body={**ONCE, "timeout": patience.whole_s},
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

    def keeps_up(self) -> bool:
        """Whether the gateway answers within LAG_S what takes it no work: else what is slow is it, or this machine. One
        that does not answer at all is not slow."""
        import httpx

        self._client()
        began = self._clock()
        try:
            if self._http is not None:
                self._http.get(f"{self._url}{ALIVE}", timeout=LAG_S)
        except httpx.TimeoutException:
            return False
        except httpx.HTTPError:
            return True
        return self._clock() - began < LAG_S

    def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def _shape(schema: Mapping[str, object]) -> ResponseFormatJSONSchema:
    return {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(schema)}}


def _read(heard: Heard, watch: Watch, max_tokens: int, latency_s: float) -> GatewayReply:
    """The stream as a record. UselessReplyError when it holds no text: refused by the model, nothing said, nothing
    readable."""
    usage = read_usage(heard.usage)
    reply = GatewayReply(
        text=heard.text,
        model=watch.model,
        provider_model=heard.headers.get("x-litellm-model-name") or heard.provider_model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        latency_s=latency_s,
        cached_tokens=usage.cached_tokens,
        provider_cost_usd=usage.provider_cost_usd,
        gateway_cost_usd=usage.gateway_cost_usd,
        finish_reason=heard.finish,
        headers={name.lower(): value for name, value in heard.headers.items() if name.lower().startswith(KEPT_HEADERS)},
        cache_write_tokens=usage.cache_write_tokens,
        estimated=usage.estimated,
        first_token_s=None if watch.first is None else watch.first - watch.began,
    )
    if (problem := _problem(heard, reply, max_tokens)) is not None:
        reason, told = problem
        raise UselessReplyError(reason, f"{watch.model} {told}.", reply)
    return reply


def _problem(heard: Heard, reply: GatewayReply, max_tokens: int) -> tuple[str, str] | None:
    """(reason, what the model did) where a stream holds no reply; None where it does."""
    if heard.finish == "content_filter" or heard.refusal:
        return "refused", f"refused: {heard.refusal or 'content filter'}"
    if not heard.text.strip():
        if not reply.output_tokens and heard.finish == "stop":
            return "unavailable", "returned a response that is not a completion"
        spent = f"it used all {max_tokens} tokens before writing an answer"
        return "refused", f"returned an empty reply: {spent if heard.finish == 'length' else 'empty reply'}"
    return ("unavailable", "broke off in the middle of its reply") if heard.broken_off else None
