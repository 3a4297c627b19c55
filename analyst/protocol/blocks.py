"""The text format of a message to a model: named blocks that content can't break out of.

A message carries `<question>…</question>`, `<table>…</table>` and so on. Everything inside a block is written by
`quote`, which spells `<`, `>` and `{{` as JSON escapes: a cell or a header can't close a block, open another one,
or smuggle in a reference.
"""

from __future__ import annotations

import json
import re
from typing import Any

BLOCKS = (
    "task",
    "before",
    "question",
    "selection",
    "table",
    "columns",
    "evidence",
    "issues",
    "insights",
    "review",
    "errors",
    "reading",
    "plan",
    "methods",
)
"""Every block name that a message may hold."""


def quote(value: Any, *, references: bool = False) -> str:
    """`value` as compact JSON in which no block tag can occur, and no reference unless `references` are meant."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    text = text.replace("<", "\\u003c").replace(">", "\\u003e")
    return text if references else text.replace("{{", "{\\u007b")


def block(name: str, body: str) -> str:
    """`body` (quoted already, line by line) between the tags of block `name`. ValueError for an unknown name."""
    if name not in BLOCKS:
        raise ValueError(f"unknown block {name!r}; known: {', '.join(BLOCKS)}")
    return f"<{name}>\n{body}\n</{name}>"


def read_block(text: str, name: str) -> str | None:
    """The body of the last block `name` in `text`, or None. The last wins: a retry puts the newer after the older."""
    found = re.findall(rf"<{name}>\s*(.*?)\s*</{name}>", text, flags=re.DOTALL)
    return found[-1] if found else None
