"""Questions about parts of a whole: what share each group makes up, one value, or the first few of a ranking."""

from __future__ import annotations

from analyst.protocol.replies import Alternative
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import adds_up
from analyst.rulebased.link.linking import is_panel
from analyst.rulebased.query.counting import money_told
from analyst.rulebased.query.defaults import speaking_measure
from analyst.rulebased.query.model import (
    NOWHERE,
    Against,
    Bounds,
    Days,
    During,
    Measure,
    Members,
    Missing,
    Query,
    Ratio,
    Together,
    places,
)
from analyst.rulebased.query.slots import Slots

Part = Members | Bounds | Days | Missing | Against
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
    parts = _parts(slots)
    if whole is not None and parts and not slots.roles.keys:
        rest = tuple(c for c in slots.conditions if c not in parts)
        chosen = parts[0] if len(parts) == 1 else Together(parts, places(parts))
        part = Measure("sum", whole, whole_at, condition=chosen)
        ratio = Ratio(part, Measure("sum", whole), scene.at(*_CUES, "sum"), "share")
        _tell_other_part(slots, parts, max(whole_at, default=0))
        return slots.query("share of value", *_CUES, values=(ratio,), conditions=rest)
    derived = next((v for v in slots.values if isinstance(v, Measure) and v.times is not None), None)
    groups = slots.column_keys or tuple(n.key for n in slots.roles.entities[:1])
    rated = any(scene.linked.word(n.end) == "rate" for n in slots.numbers)  # of what, the table does not tell
    if not groups or not scene.has("share", "rate") or rated:
        return None
    counted = scene.linked.rows | scene.at("count") | slots.subjects_at
    value = derived or (Measure("count", at=counted) if whole is None else Measure("sum", whole, whole_at))
    return slots.query("share", *_CUES, "sum", values=(value,), keys=groups[:2])


def _parts(slots: Slots) -> tuple[Part, ...]:
    """The conditions that make the part: all behind "from" (`from consumers in the South`), else the last. A period is
    one of the whole, and so is what is excluded beside another condition."""
    valued = [c for c in slots.conditions if not isinstance(c, During | Together)]
    valued = [c for c in valued if not isinstance(c, Days)] or valued
    valued = [c for c in valued if not c.negated] or valued
    ordered = sorted(valued, key=lambda c: min(c.at, default=0))
    sources = slots.scene.linked.words_at(("from",))
    behind = [c for c in ordered if any(at < min(c.at, default=0) or at in c.at for at in sources)]
    return tuple(behind or ordered[-1:])


def _tell_other_part(slots: Slots, parts: tuple[Part, ...], named: int) -> None:
    """What else may be meant where several conditions stand behind what is shared, at place `named`."""
    readings = "the part of all rows that meet them all", "the part of the last condition in the rows of the others"
    following = [c for c in slots.conditions if not isinstance(c, During) and min(c.at, default=0) > named]
    if len(following) > 1:
        meant, other = readings if len(parts) > 1 else reversed(readings)
        slots.read.alternatives.append(Alternative(meant=meant, others=(other,)))


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
