"""How each provider says no: status, body and headers, in its own words.

Sources: the providers' error pages (console.groq.com/docs/errors, /spend-limits; openrouter.ai/docs/api/reference/
errors-and-debugging; platform.claude.com/docs/en/api/errors; OpenAI's guide to error codes and to spend limits;
ollama/server/routes.go) and messages that users quoted in public issues.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.simulator.limits import Shortage

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=UTF-8"
EDGE_PAGE = (
    "<!DOCTYPE html><html><head><title>{host} | {code}: {told}</title></head><body><h1>{told}</h1>"
    "<p>Error code {code}. The web server reported a bad gateway error. Ray ID: {id}</p></body></html>"
)


@dataclass(frozen=True)
class Facts:
    """What a refusal may mention. `retry_after_s` in the client's seconds, None when it is not told."""

    model: str
    id: str
    retry_after_s: float | None = None
    shortage: Shortage | None = None
    prompt_tokens: int = 0
    max_tokens: int = 0
    context: int = 0
    key: str = ""
    detail: str = ""
    wall_s: float = 0.0


@dataclass(frozen=True)
class Answer:
    """A finished HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Said = tuple[int, Any]
Words = Callable[[Facts], Said]


def refuse(provider: str, kind: str, facts: Facts) -> Answer:
    """The answer of `provider` to a request that it refuses for `kind` (a fault of stage refuse, or its own reason)."""
    if kind == "html":
        return _page(provider, 200, "We'll be right back", facts)
    words = WORDS[provider].get(kind)
    if words is None:
        return _page(provider, 502, "Bad gateway", facts)
    status, body = words(facts)
    headers = {"content-type": JSON_TYPE, **_identified(provider, facts)}
    if facts.retry_after_s is not None:
        headers |= _retry_headers(provider, facts.retry_after_s)
    return Answer(status, json.dumps(body).encode(), headers)


def _page(provider: str, code: int, told: str, facts: Facts) -> Answer:
    page = EDGE_PAGE.format(host=f"api.{provider}.simulated", code=code, told=told, id=facts.id[:16])
    return Answer(code, page.encode(), {"content-type": HTML_TYPE, "server": "cloudflare"})


def _identified(provider: str, facts: Facts) -> dict[str, str]:
    names = {"anthropic": "request-id", "groq": "x-request-id", "openai": "x-request-id"}
    return {names[provider]: f"req_{facts.id}"} if provider in names else {}


def _retry_headers(provider: str, seconds: float) -> dict[str, str]:
    told = {"retry-after": str(math.ceil(seconds))}
    return told | ({"retry-after-ms": str(math.ceil(seconds * 1000))} if provider == "openai" else {})


def duration(seconds: float) -> str:
    """Seconds as Groq and OpenAI write them: "7.66s", "2m59.56s", "120ms"."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    start = (f"{hours:.0f}h" if hours else "") + (f"{minutes:.0f}m" if hours or minutes else "")
    return f"{start}{round(rest, 3):g}s"


def _limit(facts: Facts) -> tuple[str, int, int, int]:
    """(what is limited, limit, used, requested)."""
    short = facts.shortage
    if short is None:
        return "tokens", 0, 0, facts.prompt_tokens + facts.max_tokens
    return short.standing.kind, short.standing.limit, short.standing.limit - short.standing.remaining, short.requested


# OpenAI's form: {"error": {"message", "type", "param", "code"}}


def _chat(status: int, message: str, kind: str, code: Any = None, param: Any = None) -> Said:
    return status, {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _groq(status: int, message: str, kind: str = "invalid_request_error", code: str | None = None) -> Said:
    return status, {"error": {"message": message, "type": kind, **({"code": code} if code else {})}}


_MEASURES = {
    "requests": ("requests per minute (RPM)", "requests per min (RPM)", "requests"),
    "requests_per_day": ("requests per day (RPD)", "requests per day (RPD)", "requests"),
    "tokens": ("tokens per minute (TPM)", "tokens per min (TPM)", "tokens"),
}


def _groq_limit(facts: Facts) -> Said:
    kind, limit, used, requested = _limit(facts)
    measure, _, unit = _MEASURES.get(kind, _MEASURES["tokens"])
    where = f"for model `{facts.model}` in organization `org_simulated` service tier `on_demand` on {measure}"
    offer = "Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing"
    if facts.shortage is not None and facts.shortage.wait_s is None:
        asked = f"Limit {limit}, Requested {requested}, please reduce your message size and try again."
        return _groq(413, f"Request too large {where}: {asked} {offer}", unit, "rate_limit_exceeded")
    again = f"Please try again in {duration(facts.retry_after_s)}. " if facts.retry_after_s is not None else ""
    told = f"Rate limit reached {where}: Limit {limit}, Used {used}, Requested {requested}. {again}{offer}"
    return _groq(429, told, unit, "rate_limit_exceeded")


def _openai_limit(facts: Facts) -> Said:
    kind, limit, used, requested = _limit(facts)
    _, measure, unit = _MEASURES.get(kind, _MEASURES["tokens"])
    where = f"for {facts.model} in organization org-simulated on {measure}: Limit {limit}"
    if facts.shortage is not None and facts.shortage.wait_s is None:
        reduce = "The input or output tokens must be reduced in order to run successfully."
        told = f"Request too large {where}, Requested {requested}. {reduce}"
    else:
        again = f" Please try again in {duration(facts.retry_after_s)}." if facts.retry_after_s is not None else ""
        told = f"Rate limit reached {where}, Used {used}, Requested {requested}.{again}"
    more = "Visit https://platform.openai.com/account/rate-limits to learn more."
    return _chat(429, f"{told} {more}", unit, "rate_limit_exceeded")


def _openai_too_long(facts: Facts) -> Said:
    told = (
        f"This model's maximum context length is {facts.context} tokens. However, your messages resulted in "
        f"{max(facts.prompt_tokens, facts.context + 1)} tokens. Please reduce the length of the messages."
    )
    return _chat(400, told, "invalid_request_error", "context_length_exceeded", "messages")


def _groq_json(facts: Facts) -> Said:
    told = "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details."
    status, body = _groq(400, told, code="json_validate_failed")
    return status, {"error": {**body["error"], "failed_generation": facts.detail}}


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * 20}{key[-4:]}" if len(key) > 12 else "***"


_OPENAI: dict[str, Words] = {
    "rate_limited": _openai_limit,
    "server_error": lambda f: _chat(
        500, "The server had an error while processing your request. Sorry about that!", "server_error"
    ),
    "unavailable": lambda f: _chat(
        503, "The engine is currently overloaded, please try again later.", "server_error", "service_unavailable"
    ),
    "overloaded": lambda f: _chat(
        503, "That model is currently overloaded with other requests. You can retry your request.", "server_error"
    ),
    "too_long": _openai_too_long,
    "bad_key": lambda f: _chat(
        401,
        f"Incorrect API key provided: {_masked(f.key)}. You can find your API key at https://platform.openai.com/account/api-keys.",
        "invalid_request_error",
        "invalid_api_key",
    ),
    "out_of_credit": lambda f: _chat(
        429,
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        "error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    "no_model": lambda f: _chat(
        404,
        f"The model `{f.model}` does not exist or you do not have access to it.",
        "invalid_request_error",
        "model_not_found",
    ),
    "bad_request": lambda f: _chat(400, f.detail, "invalid_request_error"),
}
_GROQ: dict[str, Words] = {
    "rate_limited": _groq_limit,
    "server_error": lambda f: _groq(500, "Internal Server Error", "internal_server_error"),
    "unavailable": lambda f: _groq(503, "Service Unavailable", "internal_server_error"),
    "overloaded": lambda f: _groq(
        503,
        f"{f.model} is currently over capacity. Please try again and back off exponentially. Visit "
        "https://groqstatus.com to see if there is an active incident.",
        "internal_server_error",
    ),
    "too_long": lambda f: _groq(
        400, "Please reduce the length of the messages or completion.", code="context_length_exceeded"
    ),
    "bad_key": lambda f: _groq(401, "Invalid API Key", code="invalid_api_key"),
    "out_of_credit": lambda f: _groq(
        400, "Organization has reached its spend limit. API access is blocked.", code="blocked_api_access"
    ),
    "invalid_json": _groq_json,
    "no_model": lambda f: _groq(
        404, f"The model `{f.model}` does not exist or you do not have access to it.", code="model_not_found"
    ),
    "bad_request": lambda f: _groq(400, f.detail),
}


# OpenRouter: {"error": {"message", "code", "metadata"}}


def _router(status: int, message: str, **metadata: Any) -> Said:
    return status, {"error": {"message": message, "code": status, **({"metadata": metadata} if metadata else {})}}


def _router_limit(facts: Facts) -> Said:
    if facts.shortage is None:
        raw = f"{facts.model} is temporarily rate-limited upstream. Please retry shortly."
        return _router(429, "Provider returned error", raw=raw, provider_name="DeepInfra")
    reset = int((facts.wall_s + facts.shortage.standing.reset_s) * 1000)
    told = {"X-RateLimit-Limit": str(facts.shortage.standing.limit), "X-RateLimit-Remaining": "0"}
    return _router(429, "Rate limit exceeded: free-models-per-min. ", headers={**told, "X-RateLimit-Reset": str(reset)})


_OPENROUTER: dict[str, Words] = {
    "rate_limited": _router_limit,
    "server_error": lambda f: _router(500, "Internal Server Error"),
    "bad_gateway": lambda f: _router(502, "Provider returned error", raw="upstream closed", provider_name="DeepInfra"),
    "unavailable": lambda f: _router(503, "There is no available model provider that meets your routing requirements"),
    "overloaded": lambda f: _router(503, "Provider returned error", raw="model overloaded", provider_name="DeepInfra"),
    "too_long": lambda f: _router(
        400,
        f"This endpoint's maximum context length is {f.context} tokens. However, you requested about "
        f"{max(f.prompt_tokens + f.max_tokens, f.context + 1)} tokens. Please reduce the length of either one.",
    ),
    "bad_key": lambda f: _router(401, "No auth credentials found" if not f.key else "User not found."),
    "out_of_credit": lambda f: _router(
        402,
        f"This request requires more credits, or fewer max_tokens. You requested up to {f.max_tokens} tokens, but can "
        "only afford 0. To increase, visit https://openrouter.ai/settings/credits and add more credits",
    ),
    "refusal": lambda f: _router(
        403,
        f'{f.model} requires moderation on OpenAI. Your input was flagged for "violence". No credits were charged.',
        reasons=["violence"],
        flagged_input="…",
        provider_name="OpenAI",
        model_slug=f.model,
    ),
    "no_model": lambda f: _router(404, f"No endpoints found for {f.model}."),
    "bad_request": lambda f: _router(400, f.detail),
}


# Anthropic: {"type": "error", "error": {"type", "message"}, "request_id"}


def _claude(facts: Facts, status: int, kind: str, message: str) -> Said:
    return status, {"type": "error", "error": {"type": kind, "message": message}, "request_id": f"req_{facts.id}"}


def _claude_limit(facts: Facts) -> Said:
    kind, limit, _, _ = _limit(facts)
    what = {"requests": "requests", "output_tokens": "output tokens"}.get(kind, "input tokens")
    told = (
        f"This request would exceed your organization's rate limit of {limit:,} {what} per minute (model: "
        f"{facts.model}). For details, refer to: https://platform.claude.com/docs/en/api/rate-limits. Please reduce "
        "the prompt length or the maximum tokens requested, or try again later."
    )
    return _claude(facts, 429, "rate_limit_error", told)


_ANTHROPIC: dict[str, Words] = {
    "rate_limited": _claude_limit,
    "server_error": lambda f: _claude(f, 500, "api_error", "Internal server error"),
    "unavailable": lambda f: _claude(f, 503, "api_error", "Service temporarily unavailable"),
    "overloaded": lambda f: _claude(f, 529, "overloaded_error", "Overloaded"),
    "too_long": lambda f: _claude(
        f,
        400,
        "invalid_request_error",
        f"prompt is too long: {max(f.prompt_tokens, f.context + 1)} tokens > {f.context} maximum",
    ),
    "bad_key": lambda f: _claude(f, 401, "authentication_error", "invalid x-api-key"),
    "out_of_credit": lambda f: _claude(
        f,
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or "
        "purchase credits.",
    ),
    "no_model": lambda f: _claude(f, 404, "not_found_error", f"model: {f.model}"),
    "bad_request": lambda f: _claude(f, 400, "invalid_request_error", f.detail),
}


# Ollama: {"error": "…"}; keys, credit and limits are those of a proxy or of its cloud before it.


def _llama(status: int, message: str) -> Said:
    return status, {"error": message}


_OLLAMA: dict[str, Words] = {
    "rate_limited": lambda f: _llama(429, "too many requests, please slow down"),
    "server_error": lambda f: _llama(
        500, "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error"
    ),
    "unavailable": lambda f: _llama(503, "server busy, please try again.  maximum pending requests exceeded"),
    "overloaded": lambda f: _llama(503, "server busy, please try again.  maximum pending requests exceeded"),
    "too_long": lambda f: _llama(400, "the input length exceeds the context length"),
    "bad_key": lambda f: _llama(401, "unauthorized"),
    "out_of_credit": lambda f: _llama(402, "you've reached your usage limit, please upgrade to continue"),
    "no_model": lambda f: _llama(404, f"model '{f.model}' not found"),
    "bad_request": lambda f: _llama(400, f.detail),
}
WORDS: Mapping[str, Mapping[str, Words]] = {
    name: {**words, "rate_limited_silently": words["rate_limited"]}
    for name, words in {
        "ollama": _OLLAMA,
        "groq": _GROQ,
        "openrouter": _OPENROUTER,
        "anthropic": _ANTHROPIC,
        "openai": _OPENAI,
    }.items()
}
"""What each provider says, by kind; a kind without an entry is answered by the web page of its edge (502)."""
