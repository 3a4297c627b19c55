"""Follow-ups about other times: "what about 2023?", "and the year before?", "compared to March?"."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from analyst.rulebased.link.linking import span_of
from analyst.rulebased.link.periods import Period, before, bounds, year_before
from analyst.rulebased.link.units import PERIODS
from analyst.rulebased.query.model import At, During, Measure, Query
from analyst.rulebased.query.slots import Slots

_EARLIER = frozenset("before previous prior preceding earlier".split())
_LATER = frozenset("after following next later".split())
_MOVABLE = ("day", "week", "month", "quarter", "half", "year")
"""Kinds of periods that have one before and one after."""
_SAME = "The earlier question compares two periods: name both to change them."


def compared(query: Query, slots: Slots) -> Query | None:
    """The query for the periods that the words name, or compared with them."""
    told = _periods(query, slots)
    if told is None:
        return None
    periods, at, moved = told
    if query.intent == "forecast":
        return None
    if query.compared is not None:
        at |= slots.scene.at("versus")
    if query.compared is not None and len(periods) != 2:
        return replace(query, refused=(*query.refused, _SAME), at=query.at | at)
    if query.compared is not None:
        return replace(query, compared=(periods[0], periods[-1]), at=query.at | at)
    own = _single(query)
    against = slots.scene.has("versus", "difference", "change", "more") or (slots.scene.has("yearly") and not moved)
    if against and own is not None and len(periods) == 1 and _is_plain(query):
        return _change(query, own, periods[0], at | slots.scene.at("versus", "difference", "change", "more", "yearly"))
    column = slots.time
    if column is None:
        return None
    negated = any(isinstance(c, During) and c.negated for c in slots.conditions)
    kept = tuple(c for c in query.conditions if negated or not isinstance(c, During))
    return replace(query, conditions=(*kept, During(column, periods, negated, at)))


def _change(query: Query, own: Period, other: Period, at: At) -> Query:
    if other.kind == "year" != own.kind and own.kind in ("month", "quarter", "half"):
        other = _in_year(own, other.start.year)
    first, last = sorted((own, other), key=lambda period: period.start)
    undated = tuple(c for c in query.conditions if not isinstance(c, During))
    keys = tuple(key for key in query.keys if key.unit is None)[:1]
    return replace(
        query, intent="change", conditions=undated, compared=(first, last), keys=keys, values=query.values[:1],
        order=query.order or "highest", options={"why": False, "relative": False}, at=query.at | at,
    )  # fmt: skip


def _is_plain(query: Query) -> bool:
    value = next(iter(query.values), None)
    return query.intent in ("aggregate", "trend") and isinstance(value, Measure) and value.condition is None


def _single(query: Query) -> Period | None:
    """The one period that the query is about."""
    found = [c for c in query.conditions if isinstance(c, During) and not c.negated]
    return found[0].periods[0] if len(found) == 1 and len(found[0].periods) == 1 else None


def _periods(query: Query, slots: Slots) -> tuple[tuple[Period, ...], At, bool] | None:
    """The periods that the words mean beside those of the query, their places, and whether they were told by them."""
    own, told = _single(query), slots.periods
    later = query.compared[1] if query.compared is not None else own
    beside = _beside(later, slots) if later is not None else None
    if beside is not None and query.compared is not None:
        return (beside[0], query.compared[1]), beside[1] | slots.dated_at, True
    if beside is not None:
        return (beside[0],), beside[1] | slots.dated_at, True
    if not told:
        return None
    if own is None:
        return told, slots.dated_at, False
    told = tuple(_in_year_of(own, period, slots) for period in told)
    if [(p.start, p.end) for p in told] == [(own.start, own.end)] and "last" in slots.scene.linked.text.split():
        told = (before(own),)  # "and last year?" of one who asked about the data's last year
    return told, slots.dated_at, False


def _in_year_of(own: Period, period: Period, slots: Slots) -> Period:
    """A month or quarter without a year, in the year of the period before: "and in March?" after February 2023."""
    if period.dated or period.kind not in ("month", "quarter") or own.start.year != own.end.year:
        return period
    start, end = bounds(period.kind, period.start.replace(year=own.start.year, day=1))
    span = span_of(slots.time) if slots.time is not None else None
    if span is None or end < span.low or start > span.high:
        return period
    return replace(period, start=start, end=end, whole=span.whole(start, end), dated=True)


def _beside(own: Period, slots: Slots) -> tuple[Period, At] | None:
    """The period before or after the query's: "and the year before?", "the following month"."""
    tokens = slots.scene.linked.tokens
    turn = next((at for at, token in enumerate(tokens) if token.word in _EARLIER | _LATER), None)
    if turn is None or any(period.dated and period.first > turn for period in slots.periods):
        return None
    near = [at for at in (turn - 1, turn + 1) if 0 <= at < len(tokens)]
    unit_at = next((at for at in near if tokens[at].stem in PERIODS), None)
    if unit_at is None and not any(slots.scene.linked.word(at) in ("one", "period") for at in near):
        return None
    unit = tokens[unit_at].stem if unit_at is not None else own.kind
    if own.kind not in _MOVABLE or (unit != own.kind and (unit != "year" or own.kind in ("day", "week"))):
        return None
    at = frozenset([turn, *([unit_at] if unit_at is not None else near)])
    same = [place for place, token in enumerate(tokens[:turn]) if token.stem == own.kind]
    at |= slots.scene.at("prior", "yearly", "forecast") | frozenset(same)
    return _known(_moved(own, unit, earlier=tokens[turn].word in _EARLIER), slots), at


def _known(period: Period, slots: Slots) -> Period:
    """The period, which the data may cover in part."""
    span = span_of(slots.time) if slots.time is not None else None
    return period if span is None else replace(period, whole=span.whole(period.start, period.end))


def _moved(own: Period, unit: str, *, earlier: bool) -> Period:
    if unit != own.kind:
        return year_before(own) if earlier else _in_year(own, own.start.year + 1)
    if earlier:
        return before(own)
    start, end = bounds(own.kind, own.end + timedelta(days=1))
    return replace(own, start=start, end=end, whole=True)


def _in_year(period: Period, year: int) -> Period:
    """The same month, quarter or half of another year."""
    start, end = bounds(period.kind, period.start.replace(year=year))
    return replace(period, start=start, end=end, whole=True)
