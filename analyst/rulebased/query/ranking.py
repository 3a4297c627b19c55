"""Questions that rank: single rows, the first few of each group, the best period, and when something was."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.lexicon import HIGHEST, HINTED, LOWEST
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import adds_up, is_measure, is_time
from analyst.rulebased.query.cues import LEADS
from analyst.rulebased.query.defaults import is_money, line_total, speaking_measure
from analyst.rulebased.query.model import NOWHERE, Aggregate, Bounds, Key, Measure, Query, Ratio, places
from analyst.rulebased.query.roles import Named, person_asked
from analyst.rulebased.query.slots import Slots

JUDGING = frozenset("best worst strongest weakest poorest better worse".split())
"""Words that rank by something that must be told."""
_MOST_GROUPED = 40
"""Values of a number that make groups rather than a scale."""
_ENDS = {"first": "min", "earliest": "min", "oldest": "min", "last": "max", "latest": "max", "newest": "max"}


def moment(slots: Slots) -> Query | None:
    """`when was the first loan`, `date of the last order by customer`: the ends of a column of dates."""
    tokens = slots.scene.linked.tokens
    end = next((at for at, t in enumerate(tokens) if t.word in _ENDS), None)
    if slots.time is None:
        return None
    bound = next((c for c in slots.conditions if isinstance(c, Bounds)), None)
    if bound is not None and end is None and slots.scene.all("when")[0].first == 0:
        return _moments(slots, slots.time, bound)
    if end is None or slots.periods or slots.numbers:
        return None
    kind = _ENDS[tokens[end].word]
    value = Measure(kind, slots.time, frozenset([end]) | slots.scene.linked.rows)  # type: ignore[arg-type]
    keys = tuple(k for k in slots.column_keys if not is_time(k.column))[:1]
    at = places((*slots.roles.times, *slots.roles.subjects))
    at |= slots.parts_at
    return slots.query("aggregate", "when", "by", values=(value,), keys=keys, at=at)


def _moments(slots: Slots, time: ColumnCard, bound: Bounds) -> Query | None:
    """`when did the temperature go above 85`: the rows beyond a bound, with their time."""
    if slots.keys or slots.scene.has("mean", "sum", "count", "rate", "share"):
        return None
    upper = bound.range.low is not None
    value = Measure("max" if upper else "min", bound.column)
    return slots.query(
        "listing", "when", values=(value,), columns=(time,), order="highest" if upper else "lowest", limit=20
    )


def listing(slots: Slots) -> Query | None:
    """Single rows, ranked by a number: the question asks for rows, for when or who, or for more than any group has."""
    direction = slots.direction
    beside = _number_beside(slots)
    if beside is not None:
        return beside
    if direction is None or slots.rows.having or slots.scene.has("extreme_both", "popular"):
        return None
    named = slots.numbers[0] if slots.numbers else _money(slots)
    if named is None or named.column not in slots.scene.card.columns or any(isinstance(v, Ratio) for v in slots.values):
        return None
    entity = next((n for n in (*slots.roles.asked, *slots.roles.entities)), None)
    if not _asks_rows(slots, entity, named):
        return None
    told = [v.aggregate for v in slots.values if isinstance(v, Measure)]
    summed: Aggregate | None = next((t for t in told if t in ("sum", "mean", "median")), None)
    if summed and slots.scene.has("sum", "mean", "median"):
        if entity is not None or not slots.limit:
            return None
        value = Measure(summed, named.column, named.at)
        return slots.query(
            "sum of rows", "sum", "mean", values=(value,), order=direction, limit=slots.limit, at=slots.ordered_at
        )
    wants_time = slots.scene.has("when") or any(p.unit == "day" for p in slots.scene.linked.parts)
    limit = slots.limit or (1 if _is_single(slots) else 10)
    at = slots.ordered_at | named.at | slots.scene.linked.rows | slots.subjects_at | slots.parts_at
    at |= places(slots.roles.times) | (entity.at if entity is not None else NOWHERE)
    who = slots.scene.linked.words_at(("getter", "getters"))
    value = Measure("max" if direction == "highest" else "min", named.column, named.at)
    person = person_asked(slots.scene)
    shown = [entity.column] if entity is not None else [] if person is None else [person]
    shown += [slots.time] if wants_time and slots.time is not None else []
    return slots.query(
        "listing", "when", "list", "by", "single", values=(value,), columns=tuple(shown), order=direction, limit=limit,
        at=at | who,
    )  # fmt: skip


def _number_beside(slots: Slots) -> Query | None:
    """`what wind speed gives the most power`: the one number in the row where the other is highest."""
    scene, best = slots.scene, slots.scene.superlative
    if best is None or len(slots.numbers) != 2 or slots.keys or slots.roles.groups or slots.limit:
        return None
    asked, ranked = slots.numbers
    many = (asked.column.distinct or 0) > _MOST_GROUPED
    if not many or asked.first - 1 not in scene.asks_which or not asked.end <= best[0] < ranked.first:
        return None
    value = Measure("max" if best[1] == "highest" else "min", ranked.column, ranked.at)
    at = slots.ordered_at | asked.at | ranked.at
    return slots.query("listing", values=(value,), columns=(asked.column,), order=slots.direction, limit=1, at=at)


def _money(slots: Slots) -> Named | None:
    """The money that makes a row big, where the question ranks rows and names no number."""
    main = speaking_measure(slots.scene.card)
    rows = slots.scene.linked.rows
    ranks = (
        main is not None
        and is_money(main)
        and rows
        and not (slots.roles.entities or slots.roles.keys or slots.roles.asked)
    )
    return Named(main, NOWHERE, 0, 0) if ranks and main is not None and not slots.scene.has("count") else None


def _asks_rows(slots: Slots, entity: Named | None, named: Named) -> bool:
    """Whether what is ranked are single rows."""
    scene, rows = slots.scene, slots.scene.card.rows
    if slots.roles.keys or any(p.unit != "day" or not scene.has("when") for p in scene.linked.parts):
        return False
    if entity is not None:
        distinct = entity.column.distinct or 0
        unique = distinct >= 0.95 * (rows - (entity.column.missing or 0)) or bool(
            slots.limit and distinct < slots.limit
        )
        return unique
    if scene.has("when"):
        dates = slots.time.distinct or 0 if slots.time is not None else 0
        return dates >= 0.9 * rows or not adds_up(named.column)
    if slots.limit or any(scene.linked.word(at) in ("who", "whom", "whose") for at in scene.asks_which):
        return not scene.has("count")
    return _rows_ranked(slots)


def _rows_ranked(slots: Slots) -> bool:
    """Whether "which", "top" or a superlative stands right before a word for rows: `the oldest patient`."""
    linked = slots.scene.linked
    places = sorted(linked.rows | {i for n in slots.roles.subjects for i in n.at})
    for at in places:
        lead = [linked.word(i) for i in range(max(0, at - 4), at)]
        if {"which", "what", "top", "list", "show", "single", "individual"} & set(lead[-3:]) or (
            HIGHEST | LOWEST
        ) & set(lead[-2:]):
            return True
    return False


def _is_single(slots: Slots) -> bool:
    """Whether one row is asked for: `the oldest patient`, `when was the highest price`."""
    if slots.scene.has("list"):
        return False
    nouns = [slots.scene.linked.tokens[at] for at in slots.scene.linked.rows]
    nouns += [slots.scene.linked.tokens[n.end - 1] for n in (*slots.roles.asked, *slots.roles.entities)]
    nouns += [t for n in slots.numbers for t in slots.scene.linked.tokens[n.first : n.end] if t.word in HINTED]
    return all(token.word == token.stem for token in nouns)


def first_of_groups(slots: Slots) -> Query | None:
    """`top 2 items per store by revenue`, `most popular genre at each branch`: a ranking within each group."""
    scene = slots.scene
    if (scene.direction is None and not scene.has("popular")) or slots.rows.having:
        return None
    outer = _outer(slots)
    inner = [n for n in (*slots.roles.asked, *slots.roles.entities) if outer is None or n.column is not outer.column]
    if outer is None or not inner:
        return None
    values = slots.values[:1] or (_ranked_by(slots),)
    if (
        isinstance(values[0], Measure)
        and values[0].aggregate in ("max", "min")
        and values[0].column is not None
        and adds_up(values[0].column)
    ):
        values = (replace(values[0], aggregate="sum"),)
    key = Key(inner[0].column, at=inner[0].at, asked=True)
    direction = slots.direction or ("lowest" if "least" in scene.linked.text.split() else "highest")
    return slots.query(
        "first of groups", "by", "popular", "list", values=values, keys=(key,), within=outer, order=direction,
        limit=slots.limit or 1, at=slots.ordered_at,
    )  # fmt: skip


def _ranked_by(slots: Slots) -> Measure:
    main = speaking_measure(slots.scene.card)
    if slots.scene.has("popular", "count") or main is None or not is_money(main):
        return Measure("count")
    return Measure("sum", main)


def _outer(slots: Slots) -> Key | None:
    """What each ranking is made within: a column or unit of time after "each", "per" or (with a number) "by"."""
    scene = slots.scene
    for named in slots.roles.keys:
        cue = scene.before(named.first, "by")
        words = {scene.linked.word(at) for at in cue.at} if cue else {named.lead}
        each = bool(words & {"each", "every", "per", "within"})
        by = bool(words & LEADS) and slots.limit is not None and not is_measure(named.column)
        if not is_measure(named.column) and (each or by):
            return Key(named.column, at=named.at)
    for part in scene.linked.parts:
        held = slots.holding(part.unit)
        if scene.linked.lead(part.start) in ("each", "every", "per", "within", "by") and held is not None:
            cue = scene.before(part.start, "by")
            return Key(held, part.unit, part.at | (cue.at if cue else NOWHERE))
    return None


def extreme(slots: Slots) -> Query | None:
    """Which week, weekday, hour or month is the best, worst or busiest."""
    scene = slots.scene
    superlative = scene.direction is not None or scene.has("popular")
    asked = superlative or (scene.has("more") and scene.asks_which)
    if len(slots.part_keys) != 1 or not asked or slots.column_keys or slots.rows.having:
        return None
    if scene.has("change", "correlate", "stepwise"):
        return None
    key = slots.part_keys[0]
    usual = scene.has("usual") and key.unit == "month"
    key = replace(key, unit="month_name", at=key.at | scene.at("usual")) if usual else key
    values = slots.values[:1] or (_of_extreme(slots),)
    lead = values[0]
    if isinstance(lead, Measure) and lead.aggregate in ("max", "min") and lead.column is not None:
        lead = replace(lead, aggregate="sum" if adds_up(lead.column) else "mean")
    at = slots.ordered_at | scene.linked.rows | slots.subjects_at
    if not slots.values and isinstance(lead, Measure) and lead.aggregate == "count" and not slots.counts_events:
        at -= scene.linked.words_at(JUDGING)
    how = scene.at("when", "popular", "list") | (scene.at("more") if not scene.direction else NOWHERE)
    return slots.query(
        "aggregate", values=(lead,), keys=(key,), order=slots.direction or "highest",
        limit=slots.limit or 24, at=at | how,
        options={"per_day": isinstance(lead, Measure) and lead.aggregate in ("sum", "count")},
    )  # fmt: skip


def _of_extreme(slots: Slots) -> Measure:
    """What makes a period the busiest (rows) or the best (money)."""
    main: ColumnCard | None = speaking_measure(slots.scene.card)
    busy = bool(slots.scene.linked.words_at(("busiest", "quietest", "busy", "peak")))
    counted = Measure("count", at=slots.scene.linked.rows)
    if slots.counts_events or busy:
        return counted
    total = line_total(slots.scene.card)
    return total or (Measure("sum", main) if main is not None and is_money(main) else counted)
