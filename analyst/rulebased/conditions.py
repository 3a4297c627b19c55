"""Which rows a question is about: its values, bounds, gaps and comparisons of columns, in SQL and in words."""

from __future__ import annotations

from dataclasses import dataclass

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.bounding import bound_condition, bounded, is_percent, names_groups
from analyst.rulebased.link.bounds import NEEDS_THAN, OVER, SIGNS, YEARS_ONLY, Bound, in_unit_of, plain
from analyst.rulebased.link.columns import Mention, is_measure, is_number, meanings, name_words, spoken
from analyst.rulebased.link.values import ValueMention, is_negated
from analyst.rulebased.reading import Reading, numbers_in
from analyst.rulebased.request import Having, is_added, spans_of, yes_no
from analyst.rulebased.words import LOSS, MOVING

Compared = tuple[ColumnCard, tuple[object, ...]]
_SKIPPED = frozenset("a an the any their its his her of".split())
_LACKING = frozenset("no without missing lacking lack lacks".split())
_DAYS_OF_WEEK = {
    "weekend": "6, 7", "weekday": "1, 2, 3, 4, 5", "workday": "1, 2, 3, 4, 5", "monday": "1", "tuesday": "2",
    "wednesday": "3", "thursday": "4", "friday": "5", "saturday": "6", "sunday": "7",
}  # fmt: skip
_LOST = frozenset("missing empty blank null unknown unrecorded".split())
_OWNING = frozenset("with had have has having got get gets used received receive ended carries".split())


@dataclass(frozen=True)
class Found:
    """The conditions of a question; `used`: the tokens that they rest on; `compared`: the column of which several
    values are named, and these."""

    conditions: tuple[sql.Condition, ...]
    having: tuple[Having, ...]
    used: frozenset[int]
    compared: Compared | None


def find_conditions(reading: Reading) -> Found:
    """Every condition that the question sets on rows or on groups of them."""
    conditions: list[sql.Condition] = []
    having: list[Having] = []
    used: set[int] = set()
    smoothed = spans_of(MOVING, reading.text)
    for bound in () if smoothed else reading.bounds:
        made = bounded(reading, bound) or _continued(reading, bound, conditions)
        if isinstance(made, Having):
            having.append(made)
        elif made is not None:
            conditions.append(made)
        if made is not None:
            used |= set(range(bound.start, bound.end))
    for mention in reading.mentions:
        for rule in (_compared_columns, _equal, _equal_before, _lacking, _owning, _signed):
            found = rule(reading, mention, used)
            if found is not None:
                conditions.append(found[0])
                used |= found[1]
                break
    calendar = _calendar(reading)
    conditions += [condition for condition, _ in calendar]
    used |= {at for _, at in calendar}
    lost = _losses(reading)
    having += [lost] if isinstance(lost, Having) else []
    conditions += [lost] if isinstance(lost, sql.Condition) else []
    compared, valued = _value_conditions(reading)
    return Found((*valued, *conditions), tuple(having), frozenset(used), compared)


def _continued(reading: Reading, bound: Bound, earlier: list[sql.Condition]) -> sql.Condition | None:
    """`more than 5 days but less than 8`: a bound that goes on with the column of the one before."""
    before = [b for b in reading.bounds if b.start < bound.start and bound.start - b.end <= 2]
    if reading.word(bound.start - 1) not in ("but", "and", "or") or not before or not earlier:
        return None
    last = earlier[-1]
    column = next((c for c in reading.card.columns if c.name == last.column), None)
    follows = before[-1].start <= last.first < before[-1].end and reading.word(bound.start - 1) != "or"
    return bound_condition(in_unit_of(bound, column), column) if column is not None and follows else None


Made = tuple[sql.Condition, set[int]] | None


def _compared_columns(reading: Reading, mention: Mention, used: set[int]) -> Made:
    """`sold above their list price`: one number column against another."""
    right = next((c for c in numbers_in(mention)), None)
    at = mention.start - 1
    while at >= 0 and (reading.word(at) in _SKIPPED or reading.word(at) == "than"):
        at -= 1
    word = reading.word(at)
    if right is None or at < 1 or at in used or word not in OVER or word in YEARS_ONLY:
        return None
    if word in NEEDS_THAN and reading.word(at + 1) != "than":
        return None
    earlier = [m for m in reading.mentions if m.end <= at and at - m.end <= 3]
    lefts = [c for m in reversed(earlier) for c in numbers_in(m) if c is not right]
    if not lefts or word == "over":
        return None
    left = max(lefts, key=lambda c: len(set(name_words(c.name)) & set(name_words(right.name))))
    text = f"{sql.number(left)} {OVER[word]} {sql.number(right)}"
    words = f"{spoken(left)} {SIGNS[OVER[word]]} {spoken(right)}"
    spent = {
        at,
        *range(mention.start, mention.end),
        *(i for m in earlier if left in m.options for i in range(m.start, m.end)),
    }
    return sql.Condition(text, words, left.name, at), spent


def _equal(reading: Reading, mention: Mention, used: set[int]) -> Made:
    """`class 3`, `rating of 5`: a number column of few values followed by one of them."""
    at = mention.end
    while reading.word(at) in ("of", "is", "=", "equals", "equal", "to"):
        at += 1
    return _equal_to(reading, mention, at, used) if at <= mention.end + 2 else None


def _equal_before(reading: Reading, mention: Mention, used: set[int]) -> Made:
    """`3 bedroom homes`: one of the few values of a number column followed by its name."""
    at = mention.start - 1
    told = reading.word(at - 1) in ("top", "bottom", "first", "last", "best", "worst", "past", "next", "for", "and")
    return None if told or at < 0 else _equal_to(reading, mention, at, used)


def _equal_to(reading: Reading, mention: Mention, at: int, used: set[int]) -> Made:
    column = next((c for c in mention.options if is_number(c) and c.role not in ("constant", "identifier")), None)
    token = reading.tokens[at] if 0 <= at < len(reading.tokens) else None
    zero = 0.0 if token is not None and token.word == "zero" else None
    number = None if token is None or at in used else token.number if token.number is not None else zero
    dated = any(p.first <= at < p.last for p in reading.periods) or any(b.start <= at < b.end for b in reading.bounds)
    if column is None or token is None or number is None or dated or "%" in token.raw or mention.start in used:
        return None
    if not _may_equal(column, number):
        return None
    first = min(mention.start, at)
    negated = is_negated(reading.tokens, first)
    told = [(at, number), *_more_numbers(reading, column, at)] if at >= mention.end else [(at, number)]
    listed = ", ".join(plain(item) for _, item in told)
    test = (
        f"{'NOT ' if negated else ''}IN ({listed})"
        if len(told) > 1
        else f"{'IS DISTINCT FROM' if negated else '='} {listed}"
    )
    shown = " or ".join(reading.tokens[place].raw for place, _ in told)
    words = f"{spoken(column)} {'not ' if negated else ''}{shown}"
    spent = {*(place for place, _ in told), *range(mention.start, mention.end)}
    return sql.Condition(f"{sql.number(column)} {test}", words, column.name, first), spent


def _more_numbers(reading: Reading, column: ColumnCard, at: int) -> list[tuple[int, float]]:
    """`1 or 2`, `1, 2 and 3`: the numbers that follow the first one."""
    found = []
    place = at + 1
    while place < len(reading.tokens):
        if reading.word(place) in ("or", "and"):
            place += 1
        number = reading.tokens[place].number if place < len(reading.tokens) else None
        if number is None or not _may_equal(column, number):
            break
        found.append((place, number))
        place += 1
    return found


def _may_equal(column: ColumnCard, number: float) -> bool:
    """Whether the number is (or may well be) one of the column's few values."""
    listed = {float(v) for v in column.values or () if isinstance(v, (int, float))}
    if column.complete:
        return number in listed
    low, high = column.min, column.max
    inside = isinstance(low, (int, float)) and isinstance(high, (int, float)) and low <= number <= high
    return inside and (column.distinct or 99) <= 100


def _lacking(reading: Reading, mention: Mention, used: set[int]) -> Made:
    """`no NPS score`, `age is missing`, `without discount`: rows where the column is empty, or nothing."""
    column = next((c for c in mention.options if c.missing and not yes_no(c)), None)
    lead, at = reading.lead(mention.start), mention.end
    while reading.word(at) in ("is", "are", "was", "were", "not"):
        at += 1
    after = reading.word(at) in _LOST or (reading.word(at) == "recorded" and reading.word(at - 1) == "not")
    if not (lead in _LACKING or after) or mention.start in used:
        return None
    spent = {*range(mention.start, mention.end), mention.start - 1, *([at] if after else [])}
    if column is not None:
        text, words = f"{sql.quoted(column.name)} IS NULL", f"{spoken(column)} missing"
        return sql.Condition(text, words, column.name, mention.start, kind="missing"), spent
    number = next((c for c in numbers_in(mention) if c.min == 0 and (is_added(c) or is_percent(c))), None)
    if number is None or lead not in ("no", "without"):
        return None
    text = f"coalesce({sql.number(number)}, 0) = 0"
    return sql.Condition(text, f"no {spoken(number)}", number.name, mention.start), spent


def _owning(reading: Reading, mention: Mention, used: set[int]) -> Made:
    """`ended with a fine`, `had a discount`: rows where a number column that may be zero is above it."""
    number = next((c for c in numbers_in(mention) if c.min == 0), None)
    led = reading.word(mention.start - 1) in ("a", "an", "any", "some") and reading.word(mention.start - 2) in _OWNING
    following = reading.word(mention.end)
    bounded = any(mention.end <= b.start <= mention.end + 2 for b in reading.bounds) or following in (
        "of",
        "above",
        "below",
    )
    if number is None or not led or bounded or mention.start in used:
        return None
    text = f"{sql.number(number)} > 0"
    words = f"some {spoken(number)}"
    return sql.Condition(text, words, number.name, mention.start, True), set(range(mention.start - 2, mention.end))


def _signed(reading: Reading, mention: Mention, used: set[int]) -> Made:
    """`profit is negative`, `negative margin`: rows below (or above) nothing."""
    number = next(iter(numbers_in(mention)), None)
    after = mention.end + (reading.word(mention.end) in ("is", "was", "are", "were"))
    at = next((i for i in (mention.start - 1, after) if reading.word(i) in ("negative", "positive")), None)
    if (
        number is None
        or at is None
        or mention.start in used
        or {"correlation", "trend"} & {t.word for t in reading.tokens}
    ):
        return None
    sign = "<" if reading.word(at) == "negative" else ">"
    words = f"{reading.word(at)} {spoken(number)}"
    return sql.Condition(f"{sql.number(number)} {sign} 0", words, number.name, mention.start), {
        at,
        *range(mention.start, mention.end),
    }


def _calendar(reading: Reading) -> list[tuple[sql.Condition, int]]:
    """`on weekends`, `on Mondays`: rows of some days of the week."""
    if reading.time is None or any(part.unit == "weekend" for part in reading.parts):
        return []
    taken = {i for v in reading.values for i in range(v.start, v.end)} | {
        i for p in reading.parts for i in range(p.start, p.end)
    }
    read, found = f"isodow({sql.moment(reading.time)})", list[tuple[sql.Condition, int]]()
    kept: list[str] = []
    for at, token in enumerate(reading.tokens):
        days = _DAYS_OF_WEEK.get(token.stem) if at not in taken else None
        if days is not None:
            negated = is_negated(reading.tokens, at)
            kept += [] if negated else [days]
            text = f"{read} {'NOT ' if negated else ''}IN ({days})"
            found.append((sql.Condition(text, f"{'not ' if negated else ''}{token.word}", reading.time.name, at), at))
    if len(found) > 1 and len(kept) == len(found):
        words, first = " and ".join(condition.words for condition, _ in found), found[0][1]
        return [(sql.Condition(f"{read} IN ({', '.join(kept)})", words, reading.time.name, first), first)]
    return found


def _losses(reading: Reading) -> sql.Condition | Having | None:
    """`which products lose money`: what has a total profit below nothing."""
    said = spans_of(LOSS, reading.text)
    profits = [c for c in reading.card.columns if is_measure(c) and {"profit", "margin", "earning"} & meanings(c.name)]
    if not said or not profits:
        return None
    if names_groups(reading, len(reading.tokens)):
        return Having("sum", profits[0], "<", "0", f"a total {spoken(profits[0])} below zero")
    return sql.Condition(f"{sql.number(profits[0])} < 0", f"negative {spoken(profits[0])}", profits[0].name, said[0][0])


def _value_conditions(reading: Reading) -> tuple[Compared | None, list[sql.Condition]]:
    """The values as conditions, those of one column together; and the column of which several values are named."""
    by_column: dict[tuple[str, bool], list[ValueMention]] = {}
    for value in reading.values:
        by_column.setdefault((value.column.name, value.negated), []).append(value)
    compared, conditions = None, []
    for (_, negated), named in by_column.items():
        column, items = named[0].column, tuple(dict.fromkeys(v.item for v in named))
        if len({sql.same_spelling(item) for item in items}) > 1 and not negated and compared is None:
            compared = (column, items)
        told = " and ".join(dict.fromkeys(sql.canonical(column, item) for item in items))
        text = sql.equals(column, items, negated=negated)
        words = f"{spoken(column)} {'other than ' if negated else ''}{told}"
        conditions.append(sql.Condition(text, words, column.name, named[0].start, items, negated))
    return compared, conditions
