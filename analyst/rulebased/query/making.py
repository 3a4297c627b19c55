"""A column that is made of two others row by row, as the question tells it: `adding a and b`, `dividing a by b`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.query.model import Made
from analyst.rulebased.query.scene import Scene

Sign = Literal["+", "-", "*", "/"]
_VERBS: dict[str, Sign] = {
    "sum": "+", "summing": "+", "adding": "+", "add": "+", "difference": "-", "subtracting": "-", "subtract": "-",
    "dividing": "/", "divide": "/", "divided": "/", "ratio": "/", "multiplying": "*", "multiply": "*", "product": "*",
}  # fmt: skip
_CALLED = re.compile(r"(?:called|named|feature|column|variable|as)\s+[\"'“‘]([^\"'”’\n]{1,40})[\"'”’]", re.IGNORECASE)
_MOST_BETWEEN = 14


def made_column(scene: Scene, said: str) -> Made | None:
    """The column that is made, where all that is told of it agrees; its name stands in the question as `said`."""
    every = [made for at in range(len(scene.linked.tokens)) if (made := _made(scene, at)) is not None]
    found = {(m.left.name, m.sign, m.right.name): m for m in every}
    called = _CALLED.search(said)
    if len(found) != 1:
        return None
    return replace(every[0], name=called[1]) if called else every[0]


def _made(scene: Scene, at: int) -> Made | None:
    """What the verb at token `at` makes of the two numbers named right after it."""
    verb = scene.linked.word(at)
    sign = _VERBS.get(verb)
    if sign is None:
        return None
    near = [m for m in scene.linked.mentions if at < m.start <= at + _MOST_BETWEEN and numbers_in(m)]
    columns: list[ColumnCard] = list({numbers_in(m)[0].name: numbers_in(m)[0] for m in near[:2]}.values())
    if len(columns) != 2:
        return None
    between = {scene.linked.word(i) for i in range(near[0].end, near[1].start)}
    if sign == "-" and "from" in between:
        columns.reverse()
    if not between & {"and", "by", "from", "to", "with"}:
        return None
    return Made("new_column", columns[0], sign, columns[1])
