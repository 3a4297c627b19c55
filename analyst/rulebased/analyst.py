"""The embedded analyst: replies to a conversation as a model would, by rules alone.

It reads the task of the message and hands it to the part that answers such tasks. It never raises: what it can't do
well it does plainly, since it is the last of every chain.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from analyst.protocol.blocks import read_block
from analyst.protocol.replies import Reply
from analyst.rulebased.insights import find
from analyst.rulebased.interpreter import plan
from analyst.rulebased.reviewer import review
from analyst.rulebased.writer import write

WHO = (
    "I am the embedded analyst: a set of rules, no language model. Give me a table and a question through the analysis "
    "command and I will review the table, plan the analysis, name the insights and write the report."
)


TASKS: dict[str, Callable[[str], Reply]] = {"review": review, "plan": plan, "insights": find, "report": write}
"""What answers each task."""
PLAIN: dict[str, dict[str, Any]] = {
    "review": {"summary": "The table has {{table.rows}} rows and {{table.columns}} columns."},
    "plan": {
        "reading": "An overview of the table.",
        "steps": [{"id": "s1", "sql": "SELECT count(*) AS records FROM data"}],
    },
    "insights": {
        "insights": [
            {"title": "Size of the table", "statement": "The table has {{table.rows}} rows.", "confidence": "low"}
        ]
    },
    "report": {
        "title": "Overview of the table",
        "answer": "The question could not be answered from this table, which has {{table.rows}} rows.",
        "summary": "The table has {{table.rows}} rows and {{table.columns}} columns.",
    },
}
"""The least valid reply to each task: given when the part that answers it fails."""


def reply(messages: list[dict[str, Any]]) -> str:
    """The reply to `messages` (role and content, as any model gets them): JSON for a task, else a plain sentence.

    Earlier turns of a refused reply are looked through for the blocks that a later turn leaves out.
    """
    texts = [_text_of(message) for message in messages if message.get("role") != "assistant"]
    message = "\n".join(texts)
    task = _task(texts)
    if task is None:
        return WHO
    try:
        return str(TASKS[task](message).model_dump_json(exclude_none=True))
    except Exception:  # the last of every chain answers, whatever comes
        return json.dumps(PLAIN[task])


def _text_of(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _task(texts: list[str]) -> str | None:
    for text in reversed(texts):
        named = (read_block(text, "task") or "").strip().casefold()
        if named in TASKS:
            return named
    return None
