"""Questions about parts of a whole: what share each group makes up, one value, or the first few of a ranking."""

from __future__ import annotations

from analyst.protocol.replies import Alternative
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import adds_up, spoken
from analyst.rulebased.link.linking import is_panel
from analyst.rulebased.query.counting import money_told
from analyst.rulebased.query.defaults import speaking_measure
from analyst.rulebased.query.model import NOWHERE, Measure, Members, Query, Ratio
from analyst.rulebased.query.slots import Slots

_CUES = ("share", "rate", "by", "much", "list")


def share(slots: Slots) -> Query | None:
    """What part of a total each group, or one value, makes up."""
    scene = slots.scene
    if slots.rows.having or any(isinstance(v, Ratio) or v.aggregate == "rate" for v in slots.values):
        return None
    whole, whole_at = _whole(slots)
    if slots.numbers and whole is None:
        return None
    if slots.limit and slots.direction:
        return _of_first(slots, whole, whole_at)
    valued = [c for c in slots.conditions if isinstance(c, Members) and not c.negated]
    if whole is not None and valued and not slots.roles.keys:
        chosen = max(valued, key=lambda c: min(c.at, default=0))
        rest = tuple(c for c in slots.conditions if c is not chosen)
        part = Measure("sum", whole, whole_at, condition=chosen)
        ratio = Ratio(part, Measure("sum", whole), scene.at(*_CUES, "sum"), "share")
        if any(min(c.at, default=0) > max(whole_at, default=0) for c in valued if c is not chosen):
            meant = f"the part of {spoken(chosen.column)} in the rows of the other conditions"
            slots.read.alternatives.append(
                Alternative(meant=meant, others=("the part of all rows that meet them all",))
            )
        return slots.query("share of value", *_CUES, values=(ratio,), conditions=rest)
    derived = next((v for v in slots.values if isinstance(v, Measure) and v.times is not None), None)
    groups = slots.column_keys or tuple(n.key for n in slots.roles.entities[:1])
    if not groups or not scene.has("share", "rate"):
        return None
    counted = scene.linked.rows | scene.at("count") | slots.subjects_at
    value = derived or (Measure("count", at=counted) if whole is None else Measure("sum", whole, whole_at))
    return slots.query("share", *_CUES, "sum", values=(value,), keys=groups[:2])


def _whole(slots: Slots) -> tuple[ColumnCard | None, frozenset[int]]:
    """The measure whose total is split: named, or meant by "sales" or "money"."""
    if slots.numbers:
        named = slots.numbers[0]
        return (named.column, named.at) if adds_up(named.column) or slots.scene.has("sum") else (None, NOWHERE)
    main = speaking_measure(slots.scene.card)
    told = money_told(slots.scene)
    return (main, told) if main is not None and (told or is_panel(slots.scene.card)) else (None, NOWHERE)


def _of_first(slots: Slots, whole: ColumnCard | None, at: frozenset[int]) -> Query | None:
    """`what percentage of the money comes from the top 10 donors`."""
    group = next(iter([*slots.roles.asked, *slots.roles.entities, *slots.roles.keys]), None)
    if group is None:
        return None
    value = Measure("count") if whole is None else Measure("sum", whole, at)
    return slots.query(
        "share of first", *_CUES, values=(value,), keys=(group.key,), order=slots.direction, limit=slots.limit,
        at=slots.ordered_at,
    )  # fmt: skip
