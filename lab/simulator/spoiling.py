"""Useless answers that look like answers: the embedded analyst's reply made wrong in the ways models are.

Each takes the reply and what was asked, and gives the spoiled reply, or None where the task leaves nothing to spoil
(a plan holds no references to write out).
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from analyst.protocol.blocks import read_block
from analyst.protocol.references import replaced
from analyst.protocol.table import ColumnCard, read_card

NO_COLUMN = "net_margin_adj"
"""A column that no table has, when the question shows none to derive a name from."""
_COLUMN_FIELDS = ("column", "columns", "value", "by", "target", "features", "group", "time", "x", "y")


def _columns(prompt: str) -> tuple[ColumnCard, ...]:
    written = read_block(prompt, "table")
    try:
        return read_card(written).columns if written else ()
    except (ValueError, KeyError):
        return ()


def _rewritten(value: Any, change: Callable[[str], str]) -> Any:
    """`value` with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_rewritten(part, change) for part in value]
    return {key: _rewritten(part, change) for key, part in value.items()} if isinstance(value, dict) else value


def unknown_columns(reply: dict[str, Any], prompt: str, rng: random.Random) -> dict[str, Any] | None:
    """Names columns that do not exist: in the plan's steps, or in the references of a text."""
    names = [column.name for column in _columns(prompt)]
    missing = f"{rng.choice(names)}_net_adj" if names else NO_COLUMN
    if "steps" in reply:
        return {**reply, "steps": [_with_column(step, missing) for step in reply["steps"]]}
    field = next((f for f in ("summary", "answer", "statement") if isinstance(reply.get(f), str)), None)
    if field:
        return {**reply, field: f"{reply[field]} The rest amounts to {{{{s9.{NO_COLUMN}}}}}."}
    if isinstance(reply.get("insights"), list):
        told = [
            {**i, "statement": f"{i.get('statement', '')} It is {{{{s9.{NO_COLUMN}}}}}."} for i in reply["insights"]
        ]
        return {**reply, "insights": told}
    return None


def _with_column(step: Mapping[str, Any], name: str) -> dict[str, Any]:
    if "sql" in step:
        quoted = name.replace('"', '""')
        return {**step, "sql": f'SELECT * FROM ({step["sql"]}) AS found WHERE "{quoted}" > 0'}  # noqa: S608
    fields = [field for field in _COLUMN_FIELDS if field in step]
    return (
        {**step, fields[0]: [name] if isinstance(step[fields[0]], list) else name} if fields else {**step, "by": [name]}
    )


def wrong_types(reply: dict[str, Any], prompt: str, rng: random.Random) -> dict[str, Any] | None:
    """A plan that adds up text; any other reply with a number or a text where a list or a text belongs."""
    if "steps" in reply:
        first, *others = reply["steps"]
        return {**reply, "steps": [{"id": first.get("id", "s1"), "sql": _sum_of_text(_columns(prompt))}, *others]}
    lists = [name for name, value in reply.items() if isinstance(value, list) and value]
    if lists:
        return {**reply, rng.choice(sorted(lists)): "see above"}
    texts = [name for name, value in reply.items() if isinstance(value, str)]
    return {**reply, rng.choice(sorted(texts)): 7} if texts else None


def _sum_of_text(columns: tuple[ColumnCard, ...]) -> str:
    text = next((c.name for c in columns if c.type.upper().startswith("VARCHAR")), None)
    if text is None:
        return "SELECT sum('many' || count(*)) AS total FROM data"
    quoted = text.replace('"', '""')
    return f'SELECT sum("{quoted}") AS total FROM data'  # noqa: S608


def written_numbers(reply: dict[str, Any], prompt: str, rng: random.Random) -> dict[str, Any] | None:
    """Digits where references belong; they are made up, as a model's own arithmetic often is."""
    changed = _rewritten(reply, lambda text: replaced(text, lambda _: f"{rng.uniform(1, 5000):,.2f}"))
    return changed if changed != reply else None


def wrong_plan(reply: dict[str, Any], prompt: str, rng: random.Random) -> dict[str, Any] | None:
    """A plan that runs and answers another question: a mean for a sum, the last for the first, counted for added up."""
    if "steps" not in reply:
        return None
    swaps = [swap for swap in _SWAPS if any(swap[0].search(str(step.get("sql", ""))) for step in reply["steps"])]
    if not swaps:
        return None
    pattern, other = rng.choice(swaps)
    told = [{**step, "sql": pattern.sub(other, step["sql"])} if "sql" in step else step for step in reply["steps"]]
    return {**reply, "steps": told}


_SWAPS = (
    *((re.compile(r"(?i)\bsum\("), f"{other}(") for other in ("avg", "max", "min", "median", "count")),
    *((re.compile(r"(?i)\bavg\("), f"{other}(") for other in ("sum", "median")),
    (re.compile(r"(?i)\bDESC\b"), "ASC"),
)
"""What a hasty reader confuses in SQL."""

SPOILED: Mapping[str, Callable[[dict[str, Any], str, random.Random], dict[str, Any] | None]] = {
    "unknown_columns": unknown_columns,
    "wrong_types": wrong_types,
    "written_numbers": written_numbers,
    "wrong_plan": wrong_plan,
}
"""What spoils a reply, by the fault's name."""


def spoil(fault: str, text: str, prompt: str, rng: random.Random) -> str | None:
    """`text` spoiled by `fault`; None when it is no reply of the analyst's, or leaves nothing to spoil."""
    try:
        reply = json.loads(text)
    except ValueError:
        return None
    changed = SPOILED[fault](reply, prompt, rng) if isinstance(reply, dict) else None
    return None if changed is None else json.dumps(changed, ensure_ascii=False)
