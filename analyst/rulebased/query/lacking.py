"""Rows that lack what every row may have: `customers without orders`, where each has some, are none."""

from __future__ import annotations

from collections.abc import Iterator

from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.bounds import Range
from analyst.rulebased.link.columns import is_key, is_number, is_time, meanings, yes_no
from analyst.rulebased.link.values import negation
from analyst.rulebased.query.computed import YES
from analyst.rulebased.query.model import At, Bounds, Condition, Members, Missing
from analyst.rulebased.query.scene import Scene

BEING = frozenset("is are was were be been being has have had who that not never still yet already got".split())
"""Words before a participle that says what happened to rows."""
_SOLD, _SALES = frozenset("sold bought purchased".split()), frozenset("sale order purchase".split())

_ENDS = frozenset(["", "yet", "at", "ever", "and", "or", "per", "by"])
"""What may follow where nothing was sold at all."""


def none_of(column: ColumnCard, places: At) -> Condition | None:
    """The rows that lack what every row has: none; where all rows say the same, it must be no "no"."""
    only = str((column.values or ("",))[0]).casefold() if column.role == "constant" else "yes"
    if column.type.upper() == "BOOLEAN" and column.role == "constant":
        return Members(column, YES, True, places)
    if is_number(column) and column.role != "identifier":
        return Bounds(column, Range(0.0, 0.0), at=places)
    return Missing(column, at=places) if only in ("yes", "true", "y") and not yes_no(column) else None


def never_sold(scene: Scene) -> Iterator[Condition]:
    """`products that were never sold`: rows without sales; "not sold online" says where they were."""
    sold = [c for c in scene.card.columns if is_number(c) and not is_time(c) and _SALES & meanings(c.name)]
    for at in scene.linked.words_at(_SOLD):
        denied = negation(scene.linked.tokens, at)
        whole = scene.linked.word(at + 1) in _ENDS
        if denied and whole and sold and is_of_rows(scene, min(denied)):
            yield Bounds(sold[0], Range(0.0, 0.0), at=denied | {at})


def is_of_rows(scene: Scene, at: int) -> bool:
    """Whether the word before token `at` names what the rows are, each of which has what is asked for or lacks it."""
    while scene.linked.word(at - 1) in BEING | {"that", "do", "does", "did", "with"}:
        at -= 1
    keys = [m for m in scene.linked.mentions if is_key(m.column, scene.card.rows)]
    return at - 1 in scene.linked.rows or any(m.end == at for m in keys)
