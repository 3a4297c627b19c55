"""The rows that a follow-up is about: others, fewer, or more than the question before it."""

from __future__ import annotations

from dataclasses import replace

from analyst.rulebased.query.computed import YES
from analyst.rulebased.query.model import At, Bounds, Condition, During, Key, Measure, Members, Query, Ratio
from analyst.rulebased.query.slots import Slots

SUMMED = ("sum", "count")
"""Aggregates of which parts make up a whole."""
WIDENING = frozenset("add include including plus together".split())
"""Words that add rows to those that were asked about."""
_DROPPING = frozenset("drop remove ignore forget all any every overall everywhere regardless".split())
_LEAVING, _OUT = frozenset("leave leaving drop remove ignore omit skip".split()), frozenset(("out", "away"))
_PICKING = frozenset("only just exclude excluding except without for".split())


def says(slots: Slots, words: frozenset[str]) -> At:
    """The places of these words."""
    return slots.scene.linked.words_at(words)


def restricted(query: Query, slots: Slots) -> Query | None:
    """The rows that the words name, instead of those that they contradict; periods apart."""
    told = [*(c for c in slots.conditions if not isinstance(c, During)), *flagged(slots)]
    without = says(slots, _LEAVING)
    told = [replace(c, negated=True, at=c.at | without | says(slots, _OUT)) for c in told] if without else told
    back = _taken_back(query, slots)
    if not told and back is None:
        return None
    query = back or query
    for condition in told:
        query = _in_share(query, condition) or _with(query, condition, slots)
    return replace(query, at=query.at | says(slots, WIDENING))


def flagged(slots: Slots) -> list[Condition]:
    """Rows of a yes/no column: "only the churned ones", "without returns"."""
    if not says(slots, _PICKING) or slots.scene.has("rate", "share", "count") or slots.numbers:
        return []
    known = {c.column.name for c in slots.conditions}
    return [
        Members(n.column, YES, bool(n.negated), n.at | n.negated)
        for n in slots.roles.flags
        if n.column.name not in known
    ]


def _taken_back(query: Query, slots: Slots) -> Query | None:
    """The query with the rows that the words include again: "including returns"."""
    if not slots.rows.included:
        return None
    named = [v for v in slots.scene.linked.values if v.start in slots.rows.included]
    kept: list[Condition] = []
    for condition in query.conditions:
        items = tuple(v.item for v in named if v.column.name == condition.column.name)
        if not isinstance(condition, Members) or not items:
            kept.append(condition)
        elif not condition.negated:
            kept.append(replace(condition, values=tuple(dict.fromkeys((*condition.values, *items)))))
        elif left := tuple(value for value in condition.values if str(value) not in map(str, items)):
            kept.append(replace(condition, values=left))
    changed = tuple(kept) != query.conditions
    return replace(query, conditions=tuple(kept), at=query.at | slots.rows.included) if changed else None


def _in_share(query: Query, condition: Condition) -> Query | None:
    """A share of one group's is asked of another group: the part changes, never the whole."""
    if not isinstance(condition, Members) or condition.negated:
        return None
    value = next(iter(query.values), None)
    if query.intent == "share of value" and isinstance(value, Ratio):
        part = value.top.condition
        if part is not None and part.column.name == condition.column.name:
            return replace(query, values=(replace(value, top=replace(value.top, condition=condition)),))
    keyed = any(key.column.name == condition.column.name for key in query.keys)
    if query.intent == "share" and len(query.keys) == 1 and keyed and isinstance(value, Measure):
        return part_of(query, value, condition)
    return None


def part_of(query: Query, value: Measure, condition: Condition) -> Query | None:
    """The share of a total that the rows of a condition make up; None for what does not add up."""
    if value.aggregate not in SUMMED or value.condition is not None:
        return None
    ratio = Ratio(replace(value, condition=condition), value, name="share")
    rest = tuple(c for c in query.conditions if c != condition)
    return replace(query, intent="share of value", values=(ratio,), keys=(), conditions=rest, order=None, limit=None)


def _with(query: Query, condition: Condition, slots: Slots) -> Query:
    comparing = slots.scene.has("versus", "difference")
    widening = bool(says(slots, WIDENING)) or comparing
    kept: list[Condition] = []
    for old in query.conditions:
        if not _replaces(condition, old):
            kept.append(old)
        elif widening and isinstance(old, Members) and isinstance(condition, Members) and not old.negated:
            values = tuple(dict.fromkeys((*old.values, *condition.values)))
            condition = replace(condition, values=values)
    query = replace(query, conditions=(*kept, condition))
    several = isinstance(condition, Members) and len(condition.values) > 1
    if comparing and several and query.intent == "aggregate" and not query.keys:
        at = slots.scene.at("versus", "difference")
        return replace(query, keys=(Key(condition.column, at=condition.at),), at=query.at | at)
    single = isinstance(condition, Members) and not condition.negated and len(condition.values) == 1
    keys = tuple(k for k in query.keys if k.unit is not None or k.column.name != condition.column.name)
    if not single or keys == query.keys or any(k.among for k in query.keys):
        return query
    ranked = {} if keys else {"order": None, "limit": None, "options": {**query.options, "why": False}}
    return replace(query, keys=keys, **ranked)  # type: ignore[arg-type]


def _replaces(new: Condition, old: Condition) -> bool:
    """Whether `old` can't stand beside `new`: the same column, and not one more exclusion of it."""
    if type(old) is not type(new) or old.column.name != new.column.name:
        return False
    if isinstance(new, Members) and isinstance(old, Members):
        return not new.negated or (not old.negated and set(map(str, new.values)) >= set(map(str, old.values)))
    if isinstance(new, Bounds) and isinstance(old, Bounds):
        one, other = new.range, old.range
        return None not in (one.low, other.low) or None not in (one.high, other.high)
    return True


def dropped(query: Query, slots: Slots) -> Query | None:
    """The query without a group or a condition: "drop the category", "for all cities", "ignore the year"."""
    at = says(slots, _DROPPING)
    tokens = slots.scene.linked.tokens
    if not at or slots.conditions:
        return None
    behind = range(min(at) + 1, len(tokens))
    named = [m for m in slots.scene.linked.mentions if m.start in behind]
    names = {column.name for mention in named for column in mention.options[:1]}
    units = [part for part in slots.scene.linked.parts if part.start in behind]
    keys = tuple(k for k in query.keys if k.unit is not None or k.column.name not in names)
    conditions = tuple(
        c for c in query.conditions if c.column.name not in names and not (units and isinstance(c, During))
    )
    if (keys, conditions) == (query.keys, query.conditions) or (not keys and query.intent != "aggregate"):
        return None
    spent = frozenset(i for m in named for i in range(m.start, m.end)) | frozenset(i for p in units for i in p.at)
    order = {} if keys else {"order": None, "limit": None}
    made = replace(query, keys=keys, conditions=conditions, at=query.at | at | spent)
    return replace(made, **order)  # type: ignore[arg-type]
