"""An upper bound of a call's tokens before it is made: what a reservation rests on.

The tokenizers of the models in the chains work on bytes: a token stands for at least one byte of UTF-8, so a text has
at most as many tokens as bytes. That holds for any text and every provider, which no tighter bound does: English prose
has about a quarter, but a prompt may hold anything; exact counts need each provider's vocabulary, which Anthropic does
not publish and others don't ship with their libraries; a ratio learnt from settled calls is right until the first text
of another kind, and then the cap is passed. It would still miss what a provider adds by itself (its chat template, a
schema turned into instructions).

The price is paid near the cap only, since a call is settled with its real cost seconds later: with $20 a day and 8
calls of the dearest model always in flight the first one is refused at 98.9 % of the budget, with one at a time at
99.9 %, with 8 of the budget cloud's models at 99.9 % (benchmarks/reservations.py). What is refused goes to a cheaper
model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from analyst.protocol.calls import Messages

PER_MESSAGE_TOKENS = 16
"""Role names and separators of a chat template: 3-8 tokens a message in the published ones, doubled."""
PER_CALL_TOKENS = 1024
"""What a provider puts before the messages: up to about 600 tokens for structured output, and room."""


def worst_case_input_tokens(messages: Messages, schema: Mapping[str, object] | None = None) -> int:
    """At most so many input tokens the call can have; content that is not text counts by its JSON."""
    written = sum(_bytes(message.get("content")) + PER_MESSAGE_TOKENS for message in messages)
    return written + PER_CALL_TOKENS + (_bytes(schema) if schema is not None else 0)


def asks_for_cache(messages: Messages) -> bool:
    """Whether any of the messages asks its provider to keep it in a cache, which is charged for."""
    return any(
        "cache_control" in message
        or (not isinstance(message.get("content"), str) and '"cache_control"' in json.dumps(message, default=str))
        for message in messages
    )


def _bytes(content: object) -> int:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, default=str)
    return len(text.encode("utf-8", "surrogatepass"))
