"""A thread: the questions that follow up on one another, and what a model is told of those before the one asked.

The rule-based analyst reads the questions alone, in their order; a model also reads how the last one was understood.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyst.protocol.blocks import block, quote, read_block

MAX_SHOWN = 1000
"""Characters of the block (about 250 tokens) into which the last question's plan must fit."""


@dataclass(frozen=True)
class Turn:
    """An answered question of a thread: its run, how it was read, its plan, what it kept of the one before, and the
    fingerprint of the table as it was then."""

    run: str
    question: str
    reading: str = ""
    plan: Mapping[str, Any] | None = None
    carried: tuple[str, ...] = ()
    fingerprint: str = ""


def write_before(questions: Sequence[str], reading: str, plan: object) -> str:
    """The `<before>` block: all questions, the last one's reading, and its plan where there is room. Texts must have
    been hidden."""
    told: dict[str, object] = {"asked": list(questions), "reading": reading}
    whole = quote(told | {"plan": plan})
    return block("before", whole if plan and len(whole) <= MAX_SHOWN else quote(told))


def read_earlier(message: str) -> tuple[str, ...]:
    """The questions of the `<before>` block of a message; none where it has none."""
    try:
        told = json.loads(read_block(message, "before") or "{}")
        return tuple(str(text) for text in told["asked"])
    except (ValueError, KeyError, TypeError):
        return ()
