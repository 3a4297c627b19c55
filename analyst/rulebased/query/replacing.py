"""What a follow-up puts in place of parts of the query before it: rows, values, groups, an order, shares, reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyst.rulebased.link.columns import adds_up, spoken, yes_no
from analyst.rulebased.link.units import PERIODS
from analyst.rulebased.query.changes import course_of
from analyst.rulebased.query.computed import TOLD, YES, never_adds
from analyst.rulebased.query.model import (
    At,
    Bounds,
    Condition,
    Direction,
    During,
    Key,
    Measure,
    Members,
    Query,
    Ratio,
    Value,
    places,
)
from analyst.rulebased.query.slots import Slots, may_drive

_WIDENING = frozenset("add include including plus together".split())
_ADDING = frozenset("also too add plus additionally further well both alongside".split())
_DEEPER = frozenset("split break broken drill each within".split())
"""Words that put one more column beside those that rows are grouped by."""
_PICKING = frozenset("only just exclude excluding except without for".split())
_GROUPED = ("aggregate", "trend", "share", "share of first", "change")
_SUMMED = ("sum", "count")


def _says(slots: Slots, words: frozenset[str]) -> At:
    tokens = slots.scene.linked.tokens
    return frozenset(at for at, token in enumerate(tokens) if token.word in words)


def restricted(query: Query, slots: Slots) -> Query | None:
    """The rows that the words name, instead of those that they contradict; periods apart."""
    told = [*(c for c in slots.conditions if not isinstance(c, During)), *_flagged(slots)]
    back = _taken_back(query, slots)
    if not told and back is None:
        return None
    query = back or query
    for condition in told:
        query = _in_share(query, condition) or _with(query, condition, slots)
    return replace(query, at=query.at | _says(slots, _WIDENING))


def _flagged(slots: Slots) -> list[Condition]:
    """Rows of a yes/no column: "only the churned ones", "without returns"."""
    if not _says(slots, _PICKING) or slots.scene.has("rate", "share", "count") or slots.numbers:
        return []
    known = {c.column.name for c in slots.conditions}
    return [
        Members(n.column, YES, bool(n.negated), n.at | n.negated)
        for n in slots.roles.flags
        if n.column.name not in known
    ]


def _taken_back(query: Query, slots: Slots) -> Query | None:
    """The query without the exclusion of what the words include again: "including returns"."""
    if not slots.rows.included:
        return None
    named = [v for v in slots.scene.linked.values if v.start in slots.rows.included]
    out = {(v.column.name, str(v.item)) for v in named}
    kept = tuple(
        c
        for c in query.conditions
        if not (isinstance(c, Members) and c.negated and {(c.column.name, str(v)) for v in c.values} <= out)
    )
    return None if kept == query.conditions else replace(query, conditions=kept, at=query.at | slots.rows.included)


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
        return _part_of(query, value, condition)
    return None


def _part_of(query: Query, value: Measure, condition: Condition) -> Query | None:
    if value.aggregate not in _SUMMED or value.condition is not None:
        return None
    ratio = Ratio(replace(value, condition=condition), value, name="share")
    rest = tuple(c for c in query.conditions if c != condition)
    return replace(query, intent="share of value", values=(ratio,), keys=(), conditions=rest, order=None, limit=None)


def _with(query: Query, condition: Condition, slots: Slots) -> Query:
    widening = bool(_says(slots, _WIDENING))
    kept: list[Condition] = []
    for old in query.conditions:
        if not _replaces(condition, old):
            kept.append(old)
        elif widening and isinstance(old, Members) and isinstance(condition, Members) and not old.negated:
            values = tuple(dict.fromkeys((*old.values, *condition.values)))
            condition = replace(condition, values=values)
    query = replace(query, conditions=(*kept, condition))
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


def valued(query: Query, slots: Slots) -> Query | None:
    """Another number, or the same aggregated another way: "and profit?", "and the average?"."""
    if query.intent not in _GROUPED or slots.scene.has("share"):
        return None
    cues = slots.scene.all(*TOLD)
    own = [value for value in slots.values if _is_named(value, slots)]
    if own and not _flagged(slots):
        new: Sequence[Value] = [_alike(value, query, told=bool(cues)) for value in own]
    elif cues:
        made = _aggregated(query, cues[-1].kind, cues[-1].at)
        if isinstance(made, Query):
            return made
        new = [made]
    else:
        return None
    if not new:
        return None
    adding = _says(slots, _ADDING)
    values = (*query.values, *new) if adding and query.intent == "aggregate" else tuple(new)
    refused = tuple(slots.read.refused)
    changed = replace(query, values=values, refused=(*query.refused, *refused), at=query.at | adding, said=())
    return _still(changed, slots)


def _is_named(value: Value, slots: Slots) -> bool:
    """Whether more than a way of aggregating was said of the value."""
    return bool(places((*_measures(value), value)) - slots.scene.at(*TOLD))


def _measures(value: Value) -> tuple[Measure, ...]:
    return (value.top, value.bottom) if isinstance(value, Ratio) else (value,)


def _alike(value: Value, query: Query, *, told: bool) -> Value:
    """A number named alone is aggregated as the one before it was, where that says something."""
    before = next(iter(query.values), None)
    if told or not isinstance(value, Measure) or not isinstance(before, Measure) or value.column is None:
        return value
    if value.aggregate not in ("sum", "mean") or value.condition is not None or value.weight is not None:
        return value
    if before.aggregate in ("mean", "median", "min", "max", "std"):
        return replace(value, aggregate=before.aggregate)
    return value


def _aggregated(query: Query, kind: str, at: At) -> Value | Query:
    """The query's number, aggregated as `kind`; the query with a refusal where that says nothing."""
    value = next(iter(query.values), None)
    column = None if value is None or isinstance(value, Ratio) else value.column
    if column is None or yes_no(column) or (isinstance(value, Measure) and value.aggregate in ("distinct", "rate")):
        told = f"The earlier question counts, so there is no number to take the {_NAMES.get(kind, kind)} of."
        return replace(query, refused=(*query.refused, told), at=query.at | at)
    if kind == "sum" and never_adds(column):
        told = f"Adding up {spoken(column)} says nothing."
        return replace(query, refused=(*query.refused, told), at=query.at | at)
    return Measure(kind, column, at)  # type: ignore[arg-type]


_NAMES = {"mean": "average", "sum": "total", "std": "standard deviation", "min": "lowest", "max": "highest"}


def _still(query: Query, slots: Slots) -> Query:
    """The query as its intent can be with its new value: a course that no trend computes is a table by time."""
    value = query.values[0]
    if query.intent == "trend" and slots.time is not None:
        unit = query.options.get("grain")
        key = Key(slots.time, str(unit)) if unit else None
        return course_of(query, value, query.keys, key, slots.time)
    if query.intent in ("share", "share of first"):
        summed = isinstance(value, Measure) and value.aggregate in _SUMMED
        if not summed and isinstance(value, Measure) and value.column is not None and adds_up(value.column):
            return replace(query, values=(replace(value, aggregate="sum"),))
        return query if summed else replace(query, intent="aggregate")
    return query


def grouped(query: Query, slots: Slots) -> Query | None:
    """Other groups: "now by month", "split it by region"."""
    keys = slots.keys
    compared = slots.rows.compared
    if compared is not None:
        keys = tuple(k for k in keys if k.column.name != compared.column.name or k.at != compared.at)
        together = bool(query.keys) or slots.scene.has("sum") or bool(_says(slots, _WIDENING))
        keys = keys if keys or together else (Key(compared.column, at=compared.at),)
    keys = tuple(k for k in keys if not _is_restriction(k, slots))
    if not keys or query.intent not in _GROUPED or not query.values:
        return None
    adding = _says(slots, _ADDING) | _says(slots, _DEEPER)
    over = query.keys if query.intent != "trend" else _with_grain(query, slots)
    kept = tuple(k for k in over if adding and k.column.name not in {n.column.name for n in keys if n.unit is None})
    made = replace(query, keys=(*kept, *keys)[:3], at=query.at | adding | slots.scene.at("by"))
    return _regrouped(made, slots)


def _is_restriction(key: Key, slots: Slots) -> bool:
    """Whether the words of a key rather pick rows."""
    picked = {c.column.name for c in slots.conditions if isinstance(c, Members) and len(c.values) == 1}
    return key.unit is None and not key.at and key.column.name in picked


def _with_grain(query: Query, slots: Slots) -> tuple[Key, ...]:
    unit = query.options.get("grain")
    return (*query.keys, *((Key(slots.time, str(unit)),) if unit and slots.time is not None else ()))


def _regrouped(query: Query, slots: Slots) -> Query:
    times = [key for key in query.keys if key.unit in PERIODS]
    groups = tuple(key for key in query.keys if key.unit not in PERIODS)
    if query.intent == "change":
        if times:
            told = "The change between two periods is not shown by shorter ones."
            return replace(query, keys=groups[:1], refused=(*query.refused, told))
        return replace(query, keys=groups[:1])
    if times and len(times) == 1 and len(groups) < 2 and slots.direction is None:
        plain = replace(query, order=None, limit=None)
        return course_of(plain, query.values[0], groups, times[0], times[0].column)
    if query.intent in ("share", "share of first") and not times:
        return replace(query, intent="share", keys=query.keys[:2], order=None, limit=None)
    return replace(query, intent="aggregate", options={"why": False} | _only_aggregate(query))


def _only_aggregate(query: Query) -> dict[str, object]:
    return {name: value for name, value in query.options.items() if name in ("counted", "together")}


def ranked(query: Query, slots: Slots) -> Query | None:
    """Only some of the groups, or the other way round: "only the top 3", "and the lowest?"."""
    direction: Direction | None = slots.direction or ("highest" if slots.limit else None)
    if direction is None or not query.values:
        return None
    if slots.scene.has("share") and query.keys:
        return replace(query, order=direction, limit=slots.limit, at=query.at | slots.ordered_at)
    keys = query.keys
    if query.intent == "trend" and slots.time is not None:
        keys = keys or _with_grain(query, slots)
        if not keys:
            return None
        query = replace(query, intent="aggregate", keys=keys, options={"why": False})
    if query.intent == "share" and keys:
        query = replace(query, intent="aggregate", options={"why": False})
    if query.intent not in ("aggregate", "change") or not keys:
        return None
    limit = slots.limit or (query.limit if query.order else None)
    return replace(query, order=direction, limit=limit, at=query.at | slots.ordered_at)


def shared(query: Query, slots: Slots) -> Query | None:
    """The same as parts of a whole: "as a share", "in percent"."""
    scene = slots.scene
    if not scene.has("share", "rate") or slots.roles.measures or slots.roles.flags:
        return None
    value = next(iter(query.values), None)
    at = scene.at("share", "rate", "much")
    if query.intent in ("share", "share of value", "share of first"):
        return replace(query, at=query.at | at)
    if query.intent != "aggregate" or not isinstance(value, Measure) or value.condition is not None:
        return None
    if value.aggregate == "mean" and value.column is not None and adds_up(value.column):
        return None
    if value.aggregate not in _SUMMED:
        return None
    groups = tuple(key for key in query.keys if key.unit is None and not key.among)
    if groups and len(groups) == len(query.keys):
        intent = "share of first" if query.limit and len(groups) == 1 else "share"
        kept = {} if intent == "share of first" else {"order": None, "limit": None}
        made = replace(query, intent=intent, values=(value,), keys=groups[:2], options={}, at=query.at | at)
        return replace(made, **kept)  # type: ignore[arg-type]
    picked = [c for c in query.conditions if isinstance(c, Members) and not c.negated]
    return replace(_part_of(query, value, picked[-1]) or query, at=query.at | at) if picked and not query.keys else None


def reasons(query: Query, slots: Slots) -> Query | None:
    """Why it is so: the parts that a change is made of, or what goes with the number."""
    tokens = slots.scene.linked.tokens
    at = frozenset(i for i, token in enumerate(tokens) if token.word == "why") | slots.scene.at("drivers")
    if not slots.scene.has("drivers") or not query.values:
        return None
    if query.intent == "change" or (query.intent == "aggregate" and query.keys and query.order):
        return replace(query, options={**query.options, "why": True}, at=query.at | at)
    if query.intent == "trend":
        undated = tuple(c for c in query.conditions if not isinstance(c, During))
        if undated != query.conditions:
            return None
        options = {"why": True, "relative": False}
        return replace(query, intent="change", keys=(), order="highest", options=options, at=query.at | at)
    value = query.values[0]
    explained = isinstance(value, Measure) and value.aggregate in ("mean", "median", "rate", "sum")
    column = value.column if explained else None
    if query.intent != "aggregate" or column is None:
        return None
    features = tuple(c for c in slots.scene.card.columns if c is not column and may_drive(c))[:30]
    if not features:
        return None
    return replace(query, intent="drivers", columns=(column, *features), values=(), keys=(), at=query.at | at)
