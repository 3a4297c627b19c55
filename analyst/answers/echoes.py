"""Texts that repeat the words of the task instead of carrying it out, as models do that are too small for it."""

from __future__ import annotations

import re
from functools import cache

from analyst.protocol.prompting import task_text

RUN = 8
"""So many words of the task in a row are no chance: the texts that the task describes are longer."""


def echoed(text: str, task: str) -> str | None:
    """The first words of `text` that stand in a row in the description of `task`; None where none do."""
    words = _words(text)
    runs = (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
    return next((" ".join(run) for run in runs if run in _runs(task)), None)


@cache
def _runs(task: str) -> frozenset[tuple[str, ...]]:
    words = _words(task_text(task).description)
    return frozenset(tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
