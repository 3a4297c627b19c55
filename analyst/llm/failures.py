"""Why a call failed: the gateway's and the network's errors translated once, the most specific first.

LiteLLM keeps the provider's words inside its own message and often gives a status of its own, so the words are read
before the status: an empty account answers with 429 at OpenAI, 400 at Anthropic and 402 at OpenRouter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from analyst.core.errors import CallError, GatewayLostError, KeyRejectedError
from analyst.llm.gateway.probe import refuses_key
from analyst.protocol.calls import GatewayReply

if TYPE_CHECKING:
    import openai

MESSAGE_LENGTH = 300
_WORDS = (
    (
        "out_of_credit",
        r"insufficient[_ ](?:quota|credits?|funds|balance)|credit balance|exceeded your current quota"
        r"|spend[_ ]limit|blocked_api_access|reached your (?:specified )?api usage limits",
    ),
    # Groq checks JSON that was asked for by itself, and answers 400 when the model wrote something else.
    ("rejected", r"json_validate_failed|failed_generation|tool_use_failed"),
    ("too_long", r"context[_ ](?:length|window)|prompt is too long|too many tokens|maximum context|request too large"),
    (
        "refused",
        r"content[_ ]?(?:filter|policy)|contentpolicyviolation|safety system|requires moderation|input was flagged",
    ),
    ("timeout", r"litellm\.timeout|apitimeouterror"),
    ("bad_key", r"invalid[_ ](?:x-)?api[_ -]key|incorrect api key|authenticationerror"),
    ("unavailable", r"overloaded|apiconnectionerror|connection (?:error|refused)"),
)
"""What the provider's words say, whatever the status."""
_STATUS = {
    401: "bad_key",
    402: "out_of_credit",
    403: "bad_key",
    404: "bad_request",
    408: "timeout",
    413: "too_long",
    429: "rate_limited",
    504: "timeout",
}
TURNED_AWAY = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429, 498, 503, 529})
"""Statuses by which a provider refuses a request before a model works on it. Every other failure may be billed.

400-429: a key, an account, a limit or the request itself is wrong, which every provider checks first. 498: Groq has no
capacity, "the request will not be processed" (console.groq.com/docs/errors). 503: no capacity or maintenance at Groq
and OpenAI, no host at OpenRouter ("no available model provider that meets your routing requirements",
openrouter.ai/docs/errors). 529: Anthropic is overloaded for all users (docs.claude.com/en/api/errors). A 500, 502 or
524 says nothing of what was done by then, so it counts as billed.
"""
_NOT_CONNECTED = re.compile(
    r"cannot connect to host|connect call failed|connection refused|all connection attempts failed"
    r"|name or service not known|nodename nor servname|getaddrinfo failed|temporary failure in name resolution"
    r"|certificate[_ ]verify[_ ]failed|sslcertverificationerror",
    re.IGNORECASE,
)
"""No connection came about (closed port, DNS, TLS), unless these are a provider's own words. LiteLLM's OpenAI adapter
says "Connection error" of a closed port and of a lost answer alike: that is taken for the dearer of the two."""
_OVERLOADED = re.compile(r"anthropicerror - (?:b')?{.*overloaded_error", re.IGNORECASE | re.DOTALL)
"""Anthropic's 529, which LiteLLM hands on as a 500."""
_ANSWERED_WORDS = re.compile(
    r"unexpected response|invalid request format: litellm|invalid response|keyerror|validation errors? for"
    r"|openrouterexception - message: |midstreamfallback|traceback",
    re.IGNORECASE,
)
"""LiteLLM's words for an answer that it could not read, or that broke off, whatever status it gives that."""
ANSWERED_HEADER = "x-litellm-response-duration-ms"
"""LiteLLM tells it of answers alone: with an error, the provider had taken the request (status 200) and the error came
inside its answer, whatever status LiteLLM makes of that."""
OF_PROVIDER = "llm_provider-"
"""What LiteLLM puts before the provider's own headers, where it had an answer of the provider's."""
MAY_BE_BILLED = ("timeout", "refused", "rejected")
"""The provider may have written an answer, and charged for it, before it was dropped or blocked."""
_SECRET = re.compile(r"\b(?:sk|gsk|pk)[-_][\w-]{6,}")
_INNER = re.compile(r'"message":\s*"((?:[^"\\]|\\.)+)"')
_WRAPPING = re.compile(
    r"^(?:litellm\.\w+: )?(?:\w+: )?\w*Exception - |\.? Handle with `litellm\.\w+`\..*$|,? Original Response: .*$",
    re.DOTALL,
)
_HIDDEN_HOST = re.compile(r"(?:\bhost )?(?:https?://)?\bREDACTED\b[^\s,;]*")
"""LiteLLM's stand-in for a host's name in its messages."""
_TAGS = re.compile(r"<[^>]{0,200}>")


class UselessReplyError(CallError):
    """The provider answered, but nothing of it is of use. `reply` has the figures by which that is billed."""

    def __init__(self, reason: str, message: str, reply: GatewayReply) -> None:
        super().__init__(reason, message, billed=True)
        self.reply = reply


def translate(error: Exception, model: str, timeout_s: float) -> CallError | KeyRejectedError:
    """`error` (of the openai package, or anything else from a call of `model`) as one of ours."""
    import httpx
    import openai

    if isinstance(error, CallError):
        return error
    if isinstance(error, (openai.APITimeoutError, httpx.TimeoutException)):
        late = f"{model} did not respond within {timeout_s:.3g} s."
        return CallError("timeout", late, billed=_was_sent(error))
    if isinstance(error, openai.APIStatusError):
        return _from_status(error.status_code, _body(error), error.response.headers, model, timeout_s)
    if isinstance(error, (openai.APIConnectionError, httpx.TransportError)):
        told = error.__cause__ or error
        return GatewayLostError(
            f"The gateway does not respond: {shorten(str(told) or repr(told))}.", billed=_was_sent(error)
        )
    if isinstance(error, openai.APIError):
        # An error inside a stream: the provider was at work.
        words = _words(error.body) or error.message
        return CallError(_reason_inside(words), f"{model}: {shorten(gist(words))}", billed=True)
    # What is left is an answer that is not the gateway's: HTML, broken JSON, a body of another shape.
    return CallError("unavailable", f"{model} returned an unreadable response: {shorten(str(error))}.", billed=True)


def _reason_inside(words: str) -> str:
    """Why a stream broke off; its status was good."""
    lowered = words.lower()
    told = (reason for reason, pattern in _WORDS if reason in MAY_BE_BILLED and re.search(pattern, lowered))
    return next(told, "unavailable")


def _was_sent(error: Exception) -> bool:
    """Whether the gateway may have had the request, and called the provider, before the connection was lost."""
    import httpx

    return not isinstance(error.__cause__, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))


def _body(error: openai.APIStatusError) -> object:
    """The whole body: the openai package keeps what stands under "error" only."""
    return {"error": error.body} if isinstance(error.body, dict) and "error" not in error.body else error.body


def _from_status(
    status: int, body: object, headers: Mapping[str, str], model: str, timeout_s: float
) -> CallError | KeyRejectedError:
    if refuses_key(body):
        return KeyRejectedError(
            "The gateway rejects our master key.",
            "Check LITELLM_MASTER_KEY in .env, then run `python main.py gateway stop`.",
        )
    words = _words(body)
    reason = reason_of(status, words)
    wait = retry_after(headers) if reason in ("rate_limited", "unavailable", "out_of_credit") else None
    answered = any(name.lower().startswith(OF_PROVIDER) for name in headers)
    billed = may_be_billed(status, reason, words, answered=answered) or ANSWERED_HEADER in headers
    if reason == "timeout":
        words = f"no response within {timeout_s:.3g} s"
    told = shorten(gist(words)) or f"status {status}"
    return CallError(reason, f"{model}: {told}", retry_after_s=wait, billed=billed)


def may_be_billed(status: int, reason: str, words: str, *, answered: bool = False) -> bool:
    """Whether a failure may cost money: all do but those by which a provider is known to have done nothing.

    `answered`: the provider was reached, so what it says of a connection is about another one.
    """
    if reason in MAY_BE_BILLED or _ANSWERED_WORDS.search(words):
        return True
    if status in TURNED_AWAY or _OVERLOADED.search(words):
        return False
    return answered or _NOT_CONNECTED.search(words) is None


def gist(words: str) -> str:
    """What the provider itself said, without LiteLLM's wrapping: its message, or the words after the exception."""
    inner = _INNER.search(words)
    told = inner[1] if inner else _WRAPPING.sub("", words)
    return told.replace('\\"', '"').strip()


def _words(body: object) -> str:
    error = body.get("error") if isinstance(body, dict) else body
    if isinstance(error, dict):
        return " ".join(str(error[part]) for part in ("message", "code") if error.get(part))
    return str(error or "")


def reason_of(status: int, words: str) -> str:
    """One of analyst.core.errors.REASONS for an answer with this status and these words."""
    lowered = words.lower()
    if status < 500:
        for reason, pattern in _WORDS:
            if re.search(pattern, lowered):
                return reason
    return _STATUS.get(status) or ("unavailable" if status >= 500 else "bad_request")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the provider asks to wait, from its Retry-After (LiteLLM passes it on with a prefix)."""
    for name in ("llm_provider-retry-after-ms", "retry-after-ms"):
        seconds = _seconds(headers.get(name))
        if seconds is not None:
            return seconds / 1000
    given = (_seconds(headers.get(name)) for name in ("llm_provider-retry-after", "retry-after"))
    return next((seconds for seconds in given if seconds is not None), None)


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def shorten(text: str) -> str:
    """`text` on one line, without markup and keys, cut to what an error message can hold."""
    plain = " ".join(_HIDDEN_HOST.sub("its server", _SECRET.sub("***", _TAGS.sub(" ", text))).split())
    return plain if len(plain) <= MESSAGE_LENGTH else f"{plain[:MESSAGE_LENGTH]}…"
