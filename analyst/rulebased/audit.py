"""What of a question a plan leaves out: words that the table has nothing for, and findings that no step uses.

The rules that write plans are many, and each sees only what it looks for. This one reads the finished plan beside the
question and names whatever is not in it, so that nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyst.protocol.lexicon import HIGHEST, HINTED, KINDS, LOWEST, synonyms
from analyst.protocol.table import ColumnCard
from analyst.rulebased import words
from analyst.rulebased.families import FAMILIES, by
from analyst.rulebased.link.bounds import has_unit
from analyst.rulebased.link.columns import Mention, is_measure, meanings, name_words
from analyst.rulebased.link.periods import Period
from analyst.rulebased.link.values import NEGATIONS
from analyst.rulebased.plan_facts import PlanFacts, read_plan
from analyst.rulebased.reading import span_of
from analyst.rulebased.request import Request
from analyst.rulebased.steps import Step

_COMPARATIVES = frozenset(
    "older younger cheaper longer shorter heavier lighter taller faster slower hotter colder warmer".split()
)
_ENDLESS = frozenset("leading main higher lower less".split())
_GROWS = by("change", calls="lag")


def left_out(request: Request, steps: Sequence[Step]) -> str | None:
    """What of the question the plan leaves out, told to the reader; None when nothing is."""
    plan = read_plan(steps)
    told = [
        *_unhinted(request, plan),
        *_outside(request, plan),
        *_unserved(request, plan),
        *_ambiguous(request, plan),
        *_unit_unknown(request, plan),
    ]
    unknown = list(dict.fromkeys(_unknown(request, plan)))
    if unknown:
        quoted = ", ".join(f'"{word}"' for word in unknown[:6])
        told.insert(0, f"The table has no data for {quoted}, so this part was left out.")
    return " ".join(told) or None


def _outside(request: Request, plan: PlanFacts) -> Iterator[str]:
    """Periods before or after the data, unless they are forecast."""
    span = None if request.time is None else span_of(request.time)
    for period in outside(request) if span and "forecast" not in plan.methods else ():
        name = request.time.name if request.time is not None else ""
        yield f"{period.words} is outside the range of dates in {name}."


def outside(request: Request) -> list[Period]:
    """The periods asked for that end before the data begin, or begin after they end."""
    span = None if request.time is None else span_of(request.time)
    periods = request.reading.periods if span else ()
    return [period for period in periods if span and (period.end < span.low or period.start > span.high)]


def _ambiguous(request: Request, plan: PlanFacts) -> Iterator[str]:
    """Words that name two columns of one kind equally well, of which the plan takes one."""
    for mention in request.reading.mentions:
        every = [mention.column, *mention.rivals]
        taken = [column for column in every if column.name in plan.columns]
        others = [c for c in every if len(taken) == 1 and c is not taken[0] and _alike(c, taken[0])]
        if others and len(every) < 5:
            said = " ".join(token.raw for token in request.tokens[mention.start : mention.end])
            names = " or ".join(column.name for column in others)
            yield f'"{said}" may also mean {names}: the plan uses {taken[0].name}.'
        worth = {"value", "amount", "price", "cost"} & set(name_words(mention.column.name))
        token = request.tokens[mention.end - 1]
        if (
            taken
            and worth
            and is_measure(taken[0])
            and mention.score < 0.9
            and token.word != token.stem
            and not request.aggregates
        ):
            yield f'"{token.raw}" is read as {mention.column.name}.'
        kind = KINDS & meanings(mention.column.name)
        asked = mention.column in request.asked and taken and kind and mention.score < 0.9
        if asked and not kind & {token.stem for token in request.tokens[mention.start : mention.end]}:
            said = " ".join(token.raw for token in request.tokens[mention.start : mention.end])
            yield f'For "{said}", the table only has {mention.column.name}.'
    for part in request.reading.parts:
        units = [
            c
            for c in request.card.columns
            if is_measure(c) and part.unit in meanings(c.name) and c not in request.measures
        ]
        if (
            units
            and request.reading.word(part.start - 1) == "per"
            and request.groups
            and "group" not in plan.operations
        ):
            yield f'"per {part.unit}" may also mean per {units[0].name}: the plan uses calendar units.'


def _alike(one: ColumnCard, other: ColumnCard) -> bool:
    """Whether two columns serve for the same: both are measured, or both divide rows into groups of one kind."""
    if is_measure(one) or is_measure(other):
        return is_measure(one) and is_measure(other)
    return one.role == other.role and bool(KINDS & meanings(one.name)) == bool(KINDS & meanings(other.name))


def _unhinted(request: Request, plan: PlanFacts) -> Iterator[str]:
    """Superlatives that speak of a certain measure (`cheapest`) where the plan uses none such."""
    for at, token in enumerate(request.tokens):
        hinting = token.word in HINTED and token.word in HIGHEST | LOWEST | _COMPARATIVES
        if token.word in ("fastest", "slowest", "quickest") and _GROWS(plan):
            continue
        if token.word in _COMPARATIVES and request.measures and request.hinted is None:
            continue
        if hinting and not _consumed(request, at) and not _hints(request, token.word, plan):
            yield f'The table has no data for "{token.raw}".'


def _unit_unknown(request: Request, plan: PlanFacts) -> Iterator[str]:
    """Numbers told in a unit, compared with a column whose name does not tell its own."""
    for bound in request.reading.bounds:
        made = [c for c in request.conditions if bound.start <= c.first < bound.end] if bound.unit else []
        column = next((c for c in request.card.columns if made and c.name == made[0].column), None)
        if column is None or has_unit(column) or bound.unit == "year" or column.name not in plan.columns:
            continue
        said = " ".join(token.raw for token in request.tokens[bound.start : bound.end + 1])
        yield f'{column.name} does not state its unit, so "{said}" is compared as written.'


def _unserved(request: Request, plan: PlanFacts) -> Iterator[str]:
    """Kinds of asking that no step answers."""
    seen: set[int] = set()
    if request.says(words.PAYS) and "ratio" not in plan.operations:
        yield "The plan does not answer whether it pays off."
    told = {token.word for token in request.tokens}
    if told & (HIGHEST - _ENDLESS) and told & (LOWEST - _ENDLESS) and not {"max", "min"} <= plan.functions:
        yield "The plan ranks in only one direction."
    for at in request.reading.rows:
        if request.reading.lead(at) in ("no", "without") and not _lacks(plan):
            yield f'The plan does not answer "{request.reading.lead(at)} {request.tokens[at].raw}".'
    for pattern, heeded in FAMILIES.values():
        for first, end in request.spans(pattern):
            if not heeded(plan) and seen.isdisjoint(range(first, end)) and not _consumed(request, first):
                seen |= set(range(first, end))
                said = " ".join(token.raw for token in request.tokens[first:end])
                yield f'The plan does not answer "{said}".'


def _lacks(plan: PlanFacts) -> bool:
    """Whether the plan picks rows, or groups, without something: those with no value or none of a count."""
    return "null test" in plan.operations or ("=", 0.0) in plan.comparisons


def _consumed(request: Request, at: int) -> bool:
    """Whether the token is part of something else: a bound, a period, a value."""
    reading = request.reading
    spans = [(b.start, b.end) for b in reading.bounds] + [(p.first, p.last) for p in reading.periods]
    spans += [(v.start, v.end) for v in reading.values] + [(p.start, p.end) for p in reading.parts]
    return any(first <= at < end for first, end in spans)


def _unknown(request: Request, plan: PlanFacts) -> Iterator[str]:
    """The words of the question that nothing in the plan stands for."""
    known = _known(request, plan)
    named_number = _computes(request, plan) or bool(request.having)
    for at, token in enumerate(request.tokens):
        word = token.word
        if at in known or not any(c.isalnum() for c in word):
            continue
        if word in words.GRAMMAR or word in words.IDLE or token.stem in words.IDLE or _is_contraction(word):
            continue
        if named_number and word in words.EVENTS and request.reading.word(at - 1) not in ("when", "if", "where"):
            continue
        yield token.raw + "".join(f"-{t.raw}" for t in request.tokens[at + 1 : at + 2] if t.hyphened)


def _is_contraction(word: str) -> bool:
    """Whether a word with an apostrophe only joins two words of grammar: `I'd`, `don't`, `what's`."""
    return re.fullmatch(r"\w+['’](d|ll|ve|re|m|s|t)", word) is not None and word[0].isalpha() and len(word) <= 8


def _known(request: Request, plan: PlanFacts) -> set[int]:
    """The tokens that the plan stands for."""
    tokens, reading = request.tokens, request.reading
    known = {at for first, end in _spans(request, plan) for at in range(first, end)} | set(reading.rows)
    known |= {at - 1 for at in reading.rows if reading.word(at - 1) in ("single", "one")}
    if "weekend" in request.parts:
        known |= {at for at, token in enumerate(tokens) if token.stem in ("weekend", "weekday", "workday")}
    known |= {0} if reading.word(0) == "return" else set()
    meant = {word for c in request.card.columns if c.name in plan.columns for word in meanings(c.name)}
    negated = request.negated or any(c.negated for c in request.conditions)
    firsts = {c.first for c in request.conditions}
    for at, token in enumerate(tokens):
        said = token.stem in meant or at in firsts or (negated and token.word in NEGATIONS)
        if said or _is_count(request, at, plan) or _hints(request, token.word, plan):
            known.add(at)
    return known


def _spans(request: Request, plan: PlanFacts) -> Iterator[tuple[int, int]]:
    """The tokens (first, end) of all that was found in the question and that the plan uses."""
    reading = request.reading
    yield from ((m.start, m.end) for m in reading.mentions if _used(request, m, plan))
    for value in reading.values:
        if plan.holds(value.item) or value.column.name in plan.columns:
            yield value.start, value.end
    for bound in reading.bounds:
        if _bound_used(request, bound.start, bound.end):
            yield bound.start, bound.end + bool(bound.unit)
    placed = "forecast" in plan.methods or "between" in plan.operations
    for period in reading.periods:
        if placed or {period.start.isoformat(), period.label} & plan.texts:
            yield period.first, period.last
    if request.time is not None and request.time.name in plan.columns:
        yield from ((part.start, part.end) for part in reading.parts)
    patterns = [pattern for pattern, _ in FAMILIES.values()]
    for pattern in (*patterns, words.COMPARE, words.PER, words.CALENDAR):
        yield from request.spans(pattern)


def _used(request: Request, mention: Mention, plan: PlanFacts) -> bool:
    """Whether the plan uses what a mention names, or the mention only says what the rows are about."""
    population = mention.column in request.entities and mention.column not in request.asked
    rows = set(range(mention.start, mention.end)) <= request.reading.rows
    return (
        rows
        or (population and _is_code(mention.column))
        or any(option.name in plan.columns for option in mention.options)
    )


def _is_code(column: ColumnCard) -> bool:
    """Whether the column only numbers things, so that its noun may just say what the rows are about."""
    return column.role == "identifier" or bool({"id", "code", "number"} & meanings(column.name))


def _bound_used(request: Request, first: int, end: int) -> bool:
    return any(first <= c.first < end for c in request.conditions) or bool(request.having)


def _is_count(request: Request, at: int, plan: PlanFacts) -> bool:
    """Whether the token is the n of a ranking, of a quantile or of a moving window, or the number of a condition."""
    token = request.tokens[at]
    if request.quantiles and token.raw[:1].isdigit():
        return True
    kept = request.asked_n is not None and (
        request.asked_n in plan.limits or ("<=", float(request.asked_n)) in plan.comparisons
    )
    if token.count is not None and (
        (token.count == request.asked_n and kept) or request.quantiles or request.says(words.MOVING)
    ):
        return True
    return any(c.first <= at <= c.first + 4 and token.raw in c.words.split() for c in request.conditions) or (
        token.number == 100 and bool(request.spans(words.PER))
    )


def _hints(request: Request, word: str, plan: PlanFacts) -> bool:
    """Whether a word hints at a column that the plan uses (`older`, `cheapest`)."""
    hint = HINTED.get(word)
    columns = [c for c in request.card.columns if is_measure(c) and c.name in plan.columns]
    if hint is None:
        return word in (
            "money",
            "much",
            "income",
            "earn",
            "earned",
            "takings",
            "revenue",
            "sales",
            "spend",
            "spent",
        ) and bool(request.hinted)
    return any(not synonyms(one).isdisjoint(hint.split()) for c in columns for one in meanings(c.name))


def _computes(request: Request, plan: PlanFacts) -> bool:
    """Whether the plan computes with a number column, so that what was done to it needs no condition."""
    return any(is_measure(c) and c.name in plan.columns for c in request.card.columns)
