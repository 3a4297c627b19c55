"""A thread: the questions that follow up on one another, and what a model is told of those before the one asked.

The rule-based analyst reads the questions alone, in their order; a model also reads how the last one was understood.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyst.protocol.blocks import block, quote, read_block
from analyst.protocol.selection import Selection, parse_selection

MAX_SHOWN = 850
"""Characters of the block into which the last question's plan must fit: with what explains it about 290 tokens."""


@dataclass(frozen=True)
class Turn:
    """An answered question of a thread: its run, how it was read, its plan, what it kept of the one before, and the
    fingerprint of the table as it was then. `selection`: what was chosen by menus, which the question puts in words."""

    run: str
    question: str
    reading: str = ""
    plan: Mapping[str, Any] | None = None
    carried: tuple[str, ...] = ()
    fingerprint: str = ""
    selection: Selection | None = None


@dataclass(frozen=True)
class Earlier:
    """A question of the `<before>` block; `selection`: it was chosen by menus, and the question puts it in words."""

    question: str
    selection: Selection | None = None


def write_before(questions: Sequence[Earlier], reading: str, plan: object) -> str:
    """The `<before>` block: all questions, the last one's reading, and its plan where there is room. Texts must have
    been hidden."""
    told: dict[str, object] = {"asked": [asked.question for asked in questions], "reading": reading}
    chosen = {
        str(place): asked.selection.model_dump(mode="json", exclude_defaults=True)
        for place, asked in enumerate(questions)
        if asked.selection is not None
    }
    told |= {"selections": chosen} if chosen else {}
    whole = quote(told | {"plan": plan})
    return block("before", whole if plan and len(whole) <= MAX_SHOWN else quote(told))


def read_earlier(message: str) -> tuple[Earlier, ...]:
    """The questions of the `<before>` block of a message; none where it has none."""
    try:
        told = json.loads(read_block(message, "before") or "{}")
        chosen = told.get("selections", {})
        return tuple(
            Earlier(str(text), parse_selection(chosen.get(str(place)))) for place, text in enumerate(told["asked"])
        )
    except (ValueError, KeyError, TypeError):
        return ()
