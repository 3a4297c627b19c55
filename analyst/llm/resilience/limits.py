"""Rate limits of one model: what its provider says in headers, and what is learnt from its refusals. Pure.

Providers that name no limits still have them. A refusal shows where one lies: what had been used in the minute before
it is the learnt limit, which grows again while no refusal comes (additive increase, multiplicative decrease: Chiu and
Jain 1989). Times are Unix seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from analyst.llm.resilience.pauses import doubled

WINDOW_S = 60.0
"""Providers count requests and tokens by the minute."""
DECREASE, GROWTH_PER_MINUTE, FORGET_S = 0.9, 0.25, 1800.0
"""A learnt limit starts at this share of what was refused, grows by this share a minute, and is dropped after this."""
LEARN_AT, LEAST_LEARNT = 3, 10.0
"""Learnt from the third refusal in a row (before, it may be a bad moment), and never under so many a minute."""
GROWTH_PER_ANSWER = 0.1
"""Each answer raises a learnt limit by this share: one that was learnt by mistake is gone within minutes."""
MOST_LEARNT = 1e9
"""No learnt limit grows beyond this: thousands of answers in its half hour would make it infinite, which is no JSON."""
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0
"""The pause after a refusal that named none: doubled with each refusal in a row."""
LONGEST_NAMED_WAIT_S = 3600.0
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}


@dataclass(frozen=True)
class Usage:
    """Requests and tokens of the last WINDOW_S seconds, calls under way included."""

    requests: int = 0
    tokens: int = 0

    def plus(self, requests: int, tokens: int) -> Usage:
        """With so many more."""
        return Usage(self.requests + requests, self.tokens + tokens)


@dataclass(frozen=True)
class Window:
    """What a provider's headers said: how much is left of each limit, and when it is full again."""

    left: Mapping[str, int]
    limit: Mapping[str, int]
    resets_at: Mapping[str, float]

    def share_left(self, now: float, sent: Usage) -> float | None:
        """The least share left (0 to 1) of a limit not full again yet, less what was `sent` since; None: unknown."""
        used = {"requests": sent.requests, "tokens": sent.tokens}
        shares = [
            max(left - used[kind], 0) / self.limit[kind]
            for kind, left in self.left.items()
            if self.limit.get(kind) and now < self.resets_at.get(kind, 0.0)
        ]
        return min(shares, default=None)

    def wait(self, now: float, sent: Usage, tokens: int) -> float:
        """Seconds until a call of `tokens` fits; 0 when it does."""
        needed = {"requests": sent.requests + 1, "tokens": sent.tokens + tokens}
        waits = (self.resets_at[kind] - now for kind, left in self.left.items() if needed[kind] > left)
        return max((wait for wait in waits if wait > 0), default=0.0)


@dataclass(frozen=True)
class Limits:
    """What all processes know: no call before `blocked_until`; learnt limits a minute (0: none learnt)."""

    blocked_until: float = 0.0
    refusals: int = 0
    requests_per_minute: float = 0.0
    tokens_per_minute: float = 0.0
    learnt_at: float = 0.0

    def refused(self, now: float, retry_after_s: float | None, used: Usage, *, learn: bool = True) -> Limits:
        """After a refusal by rate limit, when `used` had been sent in the minute before it.

        A provider that says when to come back is believed; one that does not is backed away from, and its limit learnt
        (`learn`: unless its headers name the limits anyway).
        """
        refusals = self.refusals + 1
        if retry_after_s is not None:
            until = now + min(retry_after_s, LONGEST_NAMED_WAIT_S)
            return replace(self, blocked_until=max(self.blocked_until, until), refusals=refusals)
        until = max(self.blocked_until, now + doubled(FIRST_WAIT_S, self.refusals, LONGEST_WAIT_S))
        if refusals < LEARN_AT or not learn:
            return replace(self, blocked_until=until, refusals=refusals)
        requests = max(used.requests * DECREASE, LEAST_LEARNT)
        return Limits(until, refusals, requests, used.tokens * DECREASE, now)

    def answered(self, now: float) -> Limits:
        """After an answer: no refusals in a row any more, and a learnt limit has proved a little too low."""
        grown = 1 + GROWTH_PER_ANSWER if self.allowed(now) else 0.0
        requests, tokens = (
            min(rate * grown, MOST_LEARNT) for rate in (self.requests_per_minute, self.tokens_per_minute)
        )
        return replace(self, refusals=0, requests_per_minute=requests, tokens_per_minute=tokens)

    def allowed(self, now: float) -> dict[str, float]:
        """The learnt limits as they have grown since; empty when none is known any more."""
        age = now - self.learnt_at
        if not self.learnt_at or age > FORGET_S:
            return {}
        growth = 1 + GROWTH_PER_MINUTE * age / 60
        learnt = {"requests": self.requests_per_minute, "tokens": self.tokens_per_minute}
        return {kind: limit * growth for kind, limit in learnt.items() if limit}

    def share_left(self, now: float, used: Usage) -> float | None:
        """The least share left (0 to 1) of the learnt limits; None when none is known."""
        counted = {"requests": used.requests, "tokens": used.tokens}
        shares = [max(1 - counted[kind] / limit, 0.0) for kind, limit in self.allowed(now).items()]
        return min(shares, default=None)

    def wait(self, now: float, used: Usage) -> float:
        """Seconds until a call may pass: the named pause, or a moment while the learnt limit is used up."""
        if now < self.blocked_until:
            return self.blocked_until - now
        return 1.0 if self.share_left(now, used) == 0.0 else 0.0


def read_limits(saved: Mapping[str, Any]) -> Limits:
    """The limits in a saved state; what an older release did not save is as new."""
    return Limits(**{name: saved[name] for name in Limits.__dataclass_fields__ if name in saved})


def read_window(headers: Mapping[str, str], now: float) -> Window | None:
    """What an answer's headers say of the limits; None when they say nothing.

    OpenAI's and Groq's `x-ratelimit-remaining-requests` with resets such as "6m0s", Anthropic's
    `anthropic-ratelimit-tokens-remaining` with resets as ISO 8601; LiteLLM passes them on as `llm_provider-…`.
    """
    plain = {name.lower().removeprefix("llm_provider-"): value for name, value in headers.items()}
    left, limit, resets = {}, {}, {}
    for kind in ("requests", "tokens"):
        remaining = _first(plain, f"x-ratelimit-remaining-{kind}", f"anthropic-ratelimit-{kind}-remaining")
        if (counted := _whole(remaining)) is None:
            continue
        whole = _whole(_first(plain, f"x-ratelimit-limit-{kind}", f"anthropic-ratelimit-{kind}-limit"))
        left[kind] = counted
        limit[kind] = max(counted, 1) if whole is None else whole
        resets[kind] = _moment(_first(plain, f"x-ratelimit-reset-{kind}", f"anthropic-ratelimit-{kind}-reset"), now)
    return Window(left, limit, resets) if left else None


def _first(headers: Mapping[str, str], *names: str) -> str | None:
    return next((headers[name].strip() for name in names if headers.get(name)), None)


def _whole(text: str | None) -> int | None:
    """The number in `text`; None for what is none, superscripts and a thousand digits among it."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _moment(text: str | None, now: float) -> float:
    """When a limit is full again: a span ("1m26.4s", "250ms", "20") or a moment (ISO 8601, Unix milliseconds)."""
    if not text:
        return now + WINDOW_S
    try:
        if "T" in text:
            return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return now + WINDOW_S
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _SPAN.findall(text))
    return seconds / 1000 if seconds > 1e11 else now + seconds
