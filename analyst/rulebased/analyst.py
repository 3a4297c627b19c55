"""The rule-based analyst: replies to a conversation as a model would, by rules alone.

It reads the task of the message and hands it to the part that answers such tasks. It never raises: what it can't do
well it does plainly, since it is the last of every chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from analyst.protocol.blocks import read_block
from analyst.protocol.replies import Insight, Insights, PlanReply, Reply, ReportReply, Review
from analyst.rulebased.insights import find
from analyst.rulebased.interpreter import COUNT_ROWS, plan
from analyst.rulebased.reviewer import review
from analyst.rulebased.writer import write

WHO = (
    "I am the rule-based analyst: a set of rules, not a language model. Give me a table and a question with the "
    "analysis command, and I will review the table, plan the analysis, list the insights, and write the report."
)


TASKS: dict[str, Callable[[str], Reply]] = {"review": review, "plan": plan, "insights": find, "report": write}
"""What answers each task."""
PLAIN: dict[str, Reply] = {
    "review": Review(summary="The table has {{table.rows}} rows and {{table.columns}} columns."),
    "plan": PlanReply(reading="An overview of the table.", steps=(COUNT_ROWS.written(),)),
    "insights": Insights(
        insights=(Insight(title="Size of the table", statement="The table has {{table.rows}} rows.", confidence="low"),)
    ),
    "report": ReportReply(
        title="Overview of the table",
        answer="The question could not be answered from this table, which has {{table.rows}} rows.",
        summary="The table has {{table.rows}} rows and {{table.columns}} columns.",
    ),
}
"""The least valid reply to each task: given when the part that answers it fails."""


def reply(messages: Sequence[Mapping[str, object]]) -> str:
    """The reply to `messages` (role and content, as any model gets them): JSON for a task, else a plain sentence.

    Earlier turns of a refused reply are looked through for the blocks that a later turn leaves out.
    """
    texts = [_text_of(message) for message in messages if message.get("role") != "assistant"]
    task = _task(texts)
    return WHO if task is None else _answer(task, "\n".join(texts)).model_dump_json(exclude_none=True)


def _answer(task: str, message: str) -> Reply:
    try:
        return TASKS[task](message)
    except Exception:  # the last of every chain answers, whatever comes
        return PLAIN[task]


def _text_of(message: Mapping[str, object]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _task(texts: Sequence[str]) -> str | None:
    for text in reversed(texts):
        named = (read_block(text, "task") or "").strip().casefold()
        if named in TASKS:
            return named
    return None
