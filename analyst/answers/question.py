"""The question as a person types it, made plain once, before anything is started."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyst.core.errors import QuestionError
from analyst.protocol.selection import Selection
from analyst.protocol.threads import Turn

MAX_QUESTION = 2000
"""Characters. A question that is longer is not a question, and would cost more than its answer."""
_MARK = re.compile(r"(?i)critical\s*:\s*")


@dataclass(frozen=True)
class Question:
    """A question that can be asked; `critical`: it was marked as one that several models must plan. `before`: the turns
    that it follows up on, the first one first. `selection`: what was chosen by menus, which the text puts in words."""

    text: str
    critical: bool = False
    before: tuple[Turn, ...] = ()
    selection: Selection | None = None


def check_question(given: str, before: tuple[Turn, ...] = (), selection: Selection | None = None) -> Question:
    """`given` without control characters and without a leading "critical:". QuestionError: empty or too long."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in given).split())
    mark = _MARK.match(clean)
    text = clean[mark.end() :] if mark else clean
    if not text:
        raise QuestionError("The question is empty.", 'Ask a question such as "Which products sold best?".')
    if len(text) > MAX_QUESTION:
        raise QuestionError(f"The question has {len(text):,} characters.", f"Keep it under {MAX_QUESTION:,}.")
    return Question(text, mark is not None, before, selection)
