"""What a follow-up puts in place of parts of the query before it: values, groups, an order, shares, reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyst.protocol.lexicon import BAD, HIGHEST, LOWEST
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import adds_up, is_measure, meanings, spoken, yes_no
from analyst.rulebased.link.units import PERIODS
from analyst.rulebased.query.changes import course_of
from analyst.rulebased.query.computed import TOLD, never_adds, usual
from analyst.rulebased.query.model import (
    NOWHERE,
    At,
    Condition,
    Direction,
    During,
    Key,
    Measure,
    Members,
    Query,
    Ratio,
    Value,
    measures_of,
    places,
)
from analyst.rulebased.query.restricting import SUMMED, WIDENING, flagged, part_of, says
from analyst.rulebased.query.scene import SWIFT, TIMES
from analyst.rulebased.query.slots import Slots, features_of

_ADDING = frozenset("also too add plus additionally further well both alongside".split())
_DEEPER = frozenset("split break broken drill each within".split())
"""Words that put one more column beside those that rows are grouped by."""
_BREAKING, _DOWN = frozenset("break broken drill".split()), frozenset("down out".split())
_GROUPED = ("aggregate", "trend", "share", "share of first", "change")


def valued(query: Query, slots: Slots) -> Query | None:
    """Another number, or the same aggregated another way: "and profit?", "and the average?"."""
    if query.intent not in _GROUPED or slots.scene.has("share"):
        return None
    cues = slots.scene.all(*TOLD)
    own = [value for value in slots.values if _is_named(value, slots)]
    before = next(iter(query.values), None)
    if own and counts_barely(slots) and isinstance(before, Measure) and before.aggregate in ("count", "distinct"):
        return replace(query, at=query.at | slots.scene.at("count"))
    if own and not flagged(slots):
        new: Sequence[Value] = [_alike(value, query, told=bool(cues)) for value in own]
    elif ranking := _ranked_by(query, slots):
        new = [_alike(usual(ranking.column, ranking.at), query, told=False)]
    elif cues:
        made = _aggregated(query, cues[-1].kind, cues[-1].at)
        if isinstance(made, Query):
            return made
        new = [made]
    else:
        return None
    if not new:
        return None
    adding = says(slots, _ADDING)
    values = (*query.values, *new) if adding and query.intent == "aggregate" else tuple(new)
    refused = tuple(slots.read.refused)
    changed = replace(query, values=values, refused=(*query.refused, *refused), at=query.at | adding, said=())
    return _still(changed, slots)


def _ranked_by(query: Query, slots: Slots) -> Key | None:
    """The number that a ranking is by now: "and by quantity?" after the best sellers by revenue."""
    if not query.order or says(slots, _ADDING) or says(slots, _DEEPER):
        return None
    return next((k for k in slots.keys if k.unit is None and is_measure(k.column) and k.column.role == "measure"), None)


def counts_barely(slots: Slots) -> bool:
    """Whether the words count without saying what: "how many were returned?"."""
    counted = [v for v in slots.values if isinstance(v, Measure) and v.aggregate == "count" and not v.noun]
    bare = bool(counted) and len(counted) == len(slots.values) and not (slots.scene.linked.rows or slots.roles.subjects)
    return bare and not slots.roles.entities and not slots.roles.flags


def _is_named(value: Value, slots: Slots) -> bool:
    """Whether more was said of the value than a way of aggregating, or an end ("and the shortest?")."""
    end = frozenset([slots.scene.superlative[0]]) if slots.scene.superlative else NOWHERE
    return bool(places((*measures_of(value), value)) - slots.scene.at(*TOLD) - end)


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
        told = f"The earlier question has no column to take the {_NAMES.get(kind, kind)} of. Name the column."
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
        summed = isinstance(value, Measure) and value.aggregate in SUMMED
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
        together = bool(query.keys) or slots.scene.has("sum") or bool(says(slots, WIDENING))
        keys = keys if keys or together else (Key(compared.column, at=compared.at),)
    by = _ranked_by(query, slots)
    keys = tuple(k for k in keys if not _is_restriction(k, slots) and (by is None or k.column is not by.column))
    if not keys or query.intent not in _GROUPED or not query.values:
        return None
    adding = says(slots, _ADDING) | says(slots, _DEEPER)
    adding |= frozenset(at + gap for at in says(slots, _BREAKING) for gap in (1, 2)) & says(slots, _DOWN)
    over = query.keys if query.intent != "trend" else _with_grain(query, slots)
    kept = tuple(k for k in over if adding and k.column.name not in {n.column.name for n in keys if n.unit is None})
    made = replace(
        query,
        keys=(*kept, *keys)[:3],
        conditions=tuple(c for c in query.conditions if not _is_one_of(c, keys)),
        limit=None if slots.limit is None else query.limit,
        at=query.at | adding | slots.scene.at("by"),
    )
    return _regrouped(made, slots)


def _is_one_of(condition: Condition, keys: Sequence[Key]) -> bool:
    """Whether the condition, kept, would leave one group of those that are asked for now."""
    single = isinstance(condition, Members) and not condition.negated and len(condition.values) == 1
    grouped = {key.column.name for key in keys if key.unit is None}
    return single and not condition.at and condition.column.name in grouped


def _is_restriction(key: Key, slots: Slots) -> bool:
    """Whether the words of a key rather pick rows, or a time: "the same month"."""
    if key.unit is not None and any(slots.scene.linked.word(at - 1) == "same" for at in key.at):
        return True
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


def _direction(query: Query, slots: Slots) -> Direction | None:
    """Which end is asked for: of what is judged ("and the worst?", "the fastest") by the number that is kept."""
    named = slots.scene.superlative
    word = slots.scene.linked.word(named[0]) if named is not None else ""
    meant = {w for value in query.values for c in _columns(value) for w in meanings(c.name)}
    if word in ("best", "worst") and meant & BAD:
        return "highest" if word == "worst" else "lowest"
    if word in SWIFT:
        return "lowest" if SWIFT[word] == bool(meant & TIMES and "speed" not in meant) else "highest"
    return slots.direction or ("highest" if slots.limit else None)


def _columns(value: Value) -> list[ColumnCard]:
    parts = measures_of(value)
    return [c for m in parts for c in (m.column, m.condition.column if m.condition else None) if c is not None]


def ranked(query: Query, slots: Slots) -> Query | None:
    """Only some of the groups, or the other way round: "only the top 3", "and the lowest?"."""
    direction = _direction(query, slots)
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
    ends = says(slots, HIGHEST | LOWEST | {"first"})
    return replace(query, order=direction, limit=limit, at=query.at | slots.ordered_at | ends)


def shared(query: Query, slots: Slots) -> Query | None:
    """The same as parts of a whole: "as a share", "in percent"."""
    scene = slots.scene
    if not scene.has("share", "rate") or any(n.at for n in slots.roles.measures) or slots.roles.flags:
        return None
    value = next(iter(query.values), None)
    at = scene.at("share", "rate", "much", "sum")
    if query.intent in ("share", "share of value", "share of first"):
        return replace(query, at=query.at | at)
    if query.intent != "aggregate" or not isinstance(value, Measure) or value.condition is not None:
        return None
    if value.aggregate == "mean" and value.column is not None and adds_up(value.column):
        return None
    if value.aggregate not in SUMMED:
        return None
    groups = tuple(key for key in query.keys if key.unit is None and not key.among)
    if groups and len(groups) == len(query.keys):
        intent = "share of first" if query.limit and len(groups) == 1 else "share"
        kept = {} if intent == "share of first" else {"order": None, "limit": None}
        made = replace(query, intent=intent, values=(value,), keys=groups[:2], options={}, at=query.at | at)
        return replace(made, **kept)  # type: ignore[arg-type]
    picked = [c for c in query.conditions if isinstance(c, Members) and not c.negated]
    return replace(part_of(query, value, picked[-1]) or query, at=query.at | at) if picked and not query.keys else None


def reasons(query: Query, slots: Slots) -> Query | None:
    """Why it is so: the parts that a change is made of, or what goes with the number."""
    at = slots.scene.linked.words_at(("why",)) | slots.scene.at("drivers")
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
    features = features_of(slots.scene.card, column)
    if not features:
        return None
    return replace(query, intent="drivers", columns=(column, *features), values=(), keys=(), at=query.at | at)
