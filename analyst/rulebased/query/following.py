"""A follow-up, "and in Delhi?": the earlier question's query with the slots replaced that the new words fill.

What is kept has no places any more, so that the words of the follow-up are all that coverage asks about. A question
that can be understood by itself keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TypeVar

from analyst.protocol.table import ColumnCard
from analyst.rulebased.query.cues import WHICH
from analyst.rulebased.query.model import NOWHERE, Query
from analyst.rulebased.query.replacing import counts_barely, grouped, ranked, reasons, shared, valued
from analyst.rulebased.query.restricting import dropped, restricted
from analyst.rulebased.query.scene import Scene
from analyst.rulebased.query.slots import Slots, careful, fill
from analyst.rulebased.query.timing import compared

CHANGEABLE = frozenset(
    (
        "aggregate", "trend", "share", "share of value", "share of first", "change", "listing", "forecast", "window",
        "mean growth", "cohort", "drivers", "describe", "test", "anomalies",
        "outliers", "sum of rows",
    )
)  # fmt: skip
"""The intents that a follow-up can change; of the others every part hangs on the words of the question."""


_Slot = TypeVar("_Slot")


def unplaced(slot: _Slot) -> _Slot:
    """The query, or a slot of it, none of whose slots knows where its words stand."""
    if isinstance(slot, tuple):
        return tuple(map(unplaced, slot))  # type: ignore[return-value]
    if not is_dataclass(slot) or not hasattr(slot, "at"):
        return slot
    inner = {one.name: unplaced(getattr(slot, one.name)) for one in fields(slot)}
    return replace(slot, **{**inner, "at": NOWHERE})  # type: ignore[type-var]


_GOING_ON = frozenset("and but also plus same instead again except exclude excluding without only just".split())
"""Words that begin a follow-up, whatever else it says."""
_NEUTRAL = frozenset("now then ok okay so well please next alright great thanks".split())
"""Words that begin anything."""
_ASKING = WHICH | frozenset("how is are was were do does did when where show give list tell find compare".split())
_POINTING = frozenset("them those these instead".split())
_BACK = frozenset("that it this they those them".split())
"""Words that, at the end, stand for what was asked: "how many is that?"."""
_EXPLAINED = frozenset("who that which with without whose".split())
"""Words after which "those" points at what they say."""
_ALONE = ("overview", "quality", "segments", "correlate", "normality", "regression", "learning", "worry", "loss")
"""Cues of questions that need no other one."""
_OPENERS = frozenset("about instead only just same again except ok okay so well then next alright great".split())
"""Words that only tie a follow-up to what was asked."""

Change = Callable[[Query, Slots], "Query | None"]
_CHANGES: tuple[Change, ...] = (compared, dropped, restricted, valued, grouped, ranked, shared, reasons)
"""What a follow-up may change, in this order; each gives None where the words don't ask for it."""


@dataclass(frozen=True)
class Following:
    """A follow-up: its words, the earlier query without its places, and the query that it makes of it (None: its words
    change nothing that is known). `refused`: what of its words would be wrong, and why."""

    scene: Scene
    earlier: Query
    query: Query | None
    refused: tuple[str, ...] = ()


def follow(scene: Scene, earlier: Query, time: ColumnCard | None) -> Following | None:
    """What the question makes of the query before it, whose dates were those of `time`; None where it stands alone."""
    slots = fill(scene)
    if _stands_alone(slots):
        return None
    if not slots.roles.times and time is not None:
        scene = replace(scene, linked=replace(scene.linked, time=time))
        slots = fill(scene)
    kept = unplaced(earlier)
    if kept.intent not in CHANGEABLE or kept.preparing:
        return Following(scene, kept, None)
    query, changed = replace(kept, refused=()), False
    for change in _CHANGES:
        made = change(query, slots)
        query, changed = made or query, changed or made is not None
    if not changed:
        return Following(scene, kept, None)
    refused = query.refused
    query = replace(query, at=query.at | _tying(scene), refused=kept.refused)
    return Following(scene, kept, careful(query, slots), refused)


def _stands_alone(slots: Slots) -> bool:
    """Whether the question says by itself what is asked: it names what is computed, and points at nothing before."""
    scene = slots.scene
    words = [token.word for token in scene.linked.tokens]
    first = next((at for at, word in enumerate(words) if word not in _NEUTRAL), len(words))
    lead = words[first : first + 2]
    if not lead or lead[0] in _GOING_ON or lead[1:] == ["about"] or _points(words):
        return False
    if scene.has(*_ALONE):
        return True
    numbers = any(named.at for named in slots.roles.measures)
    named = (
        numbers
        or bool(slots.roles.flags)
        or (scene.has("count", "popular") and bool(slots.values) and not counts_barely(slots))
    )
    return named and (first == 0 or bool(_ASKING & set(words))) and len(words) - first > 1


def _points(words: Sequence[str]) -> bool:
    """Whether a word stands for what was asked before."""
    if words[-1] in _BACK:
        return True
    return any(word in _POINTING and not _EXPLAINED & set(words[at + 1 : at + 2]) for at, word in enumerate(words))


def _tying(scene: Scene) -> frozenset[int]:
    """The places of the words that only tie the question to the one before."""
    tokens = scene.linked.tokens
    return frozenset(at for at, token in enumerate(tokens) if token.word in _OPENERS) or NOWHERE
