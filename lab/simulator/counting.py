"""How tokens are counted, and which of a prompt's were cached.

Rule: a token stands for four bytes of UTF-8 (OpenAI's and Meta's rule of thumb for English), for Claude three and a
half (Anthropic's glossary), rounded up a text; a message adds four for its role and separators, a prompt three more
(OpenAI's cookbook on counting). The real tokenizers are not to be had without a network; this one is at most an
eighth off for English and JSON, and never above the bytes that a reservation is reckoned with.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.simulator.providers import Caching

PER_MESSAGE, PER_PROMPT = 4, 3


def text_of(content: Any) -> str:
    """The text in a message's content, whichever form a protocol gives it."""
    if isinstance(content, str) or content is None:
        return content or ""
    parts = content if isinstance(content, list) else [content]
    return "\n".join(_part(part) for part in parts)


def _part(part: Any) -> str:
    if isinstance(part, Mapping) and isinstance(part.get("text"), str):
        return str(part["text"])
    if isinstance(part, Mapping) and part.get("type") == "tool_result":
        return text_of(part.get("content"))
    return part if isinstance(part, str) else json.dumps(part, sort_keys=True, default=str)


def count_text(text: str, characters_per_token: float = 4.0) -> int:
    """Tokens of `text`."""
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / characters_per_token)


def count_prompt(messages: Sequence[Mapping[str, Any]], extras: Any, characters_per_token: float = 4.0) -> int:
    """Tokens of a prompt; `extras` are tools and schemas, which count by their JSON."""
    written = sum(count_text(text_of(m.get("content")), characters_per_token) + PER_MESSAGE for m in messages)
    calls = [m["tool_calls"] for m in messages if m.get("tool_calls")]
    further = [part for part in (extras, calls) if part]
    return written + PER_PROMPT + sum(count_text(json.dumps(p, default=str), characters_per_token) for p in further)


@dataclass(frozen=True)
class CacheUse:
    """How much of a prompt was read from the cache, and how much was written to it (where that is billed)."""

    read: int = 0
    written: int = 0


class PromptCache:
    """The prefixes of prompts that one model has seen lately."""

    def __init__(self, rules: Caching, characters_per_token: float) -> None:
        self._rules, self._ratio = rules, characters_per_token
        self._used: dict[bytes, float] = {}

    def use(self, prompt: str, tokens: int, now: float) -> CacheUse:
        """Look `prompt` (its marked part, where that counts) up and remember it; at most `tokens` are cached."""
        rules = self._rules
        whole = min(count_text(prompt, self._ratio), tokens)
        if whole < rules.minimum:
            return CacheUse()
        marks = self._marks(prompt, whole)
        read = max((size for size, digest in marks if self._is_kept(digest, now)), default=0)
        for _, digest in marks:
            self._used[digest] = now
        kept = marks[-1][0] if marks else 0
        return CacheUse(read, kept - read if rules.writes_cost else 0)

    def _is_kept(self, digest: bytes, now: float) -> bool:
        return digest in self._used and now - self._used[digest] <= self._rules.keep_s

    def _marks(self, prompt: str, whole: int) -> list[tuple[int, bytes]]:
        """(tokens, digest) of each prefix that can be cached: whole steps from the minimum on."""
        raw = prompt.encode("utf-8", "surrogatepass")
        if self._rules.marked:
            return [(whole, hashlib.sha256(raw).digest())]
        running, at, marks = hashlib.sha256(), 0, []
        for size in range(self._rules.step, whole + 1, self._rules.step):
            end = math.floor(size * self._ratio)
            running.update(raw[at:end])
            at = end
            if size >= self._rules.minimum:
                marks.append((size, running.copy().digest()))
        return marks
