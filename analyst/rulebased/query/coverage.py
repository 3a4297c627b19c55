"""What of a question no slot took up: that is what the answer says first that it leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyst.core.text import fold
from analyst.protocol.lexicon import HIGHEST, HINTED, LOWEST, MONEY, synonyms
from analyst.protocol.replies import Alternative
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.bounds import has_unit
from analyst.rulebased.link.columns import is_group, is_measure, is_time, meanings, name_words, spoken
from analyst.rulebased.link.linking import span_of
from analyst.rulebased.link.periods import MONTHS, Period, Span
from analyst.rulebased.link.tokens import derived, stem
from analyst.rulebased.link.units import UNITS
from analyst.rulebased.link.values import NEGATIONS
from analyst.rulebased.query.cues import EVENTS, GRAMMAR, IDLE, PLACED, SPENDING
from analyst.rulebased.query.hints import read_as
from analyst.rulebased.query.model import (
    Best,
    Bounds,
    Condition,
    During,
    Field,
    Measure,
    Query,
    Ratio,
    Test,
    Together,
    Value,
    measures_of,
)
from analyst.rulebased.query.preparation import inputs
from analyst.rulebased.query.scene import Scene

UNTOLD = frozenset(
    "not no without excluding except exclude excludes nor neither never minus less more than between over under".split()
)
"""Words that change what is asked wherever they stand: they are never idle."""
_PLACES = frozenset(
    "place location site city town municipality neighborhood neighbourhood district area country nation region zone "
    "territory state province county zip postcode branch store shop outlet office plant facility warehouse depot port "
    "airport street address origin destination".split()
)
"""What the columns are called that tell where something is."""
_BEING = frozenset("is are was were be been currently now still".split())
_LASTING = frozenset("minute hour second day sec wait waiting delay tenure".split())
"""Words of names of columns that hold how long something took."""
_PERIODIC = frozenset("daily weekly monthly quarterly yearly annual annually yesterday today".split())
_MOST_TOLD = 6


def unanswered(scene: Scene, query: Query) -> tuple[str, ...]:
    """Sentences on what the query leaves open, the most important first."""
    told = [*query.refused, *_outside(scene, query), *_units_unknown(scene, query)]
    left = open_words(scene, query)
    if scene.time is None and any(_is_time(word) for word in left):
        told.insert(0, "The table has no date column, so no period can be selected.")
    return tuple(dict.fromkeys((*not_understood(scene, query), *told)))


def not_understood(scene: Scene, query: Query) -> tuple[str, ...]:
    """A sentence on the words that no slot took up, where there are any."""
    left = open_words(scene, query)
    quoted = ", ".join(f'"{word}"' for word in left[:_MOST_TOLD])
    return (f"This part was not understood and is left out: {quoted}.",) if left else ()


def open_words(scene: Scene, query: Query) -> list[str]:
    """The words that could change the answer and that no slot took up."""
    taken, tokens = _taken(scene, query), scene.linked.tokens
    found: list[str] = []
    for at, token in enumerate(tokens):
        if at in taken or not any(c.isalnum() for c in token.word) or _is_idle(scene, query, at):
            continue
        if token.stem in ("method", "mode") and at - 1 in taken and _is_category(scene, at - 1):
            continue
        following = tokens[at + 1 : at + 2]
        found.append("-".join([token.raw, *(t.raw for t in following if t.hyphened)]))
    return list(dict.fromkeys(found))


def alternatives(scene: Scene, query: Query) -> tuple[Alternative, ...]:
    """Other readings of words that name two columns of one kind equally well, of which the query takes one."""
    used, told = {column.name for column in used_columns(query)}, list(query.alternatives)
    for mention in scene.linked.mentions:
        every = [mention.column, *mention.rivals]
        taken = [column for column in every if column.name in used]
        others = [c for c in every if len(taken) == 1 and c is not taken[0] and _kind(c) == _kind(taken[0])]
        if others and len(every) < 5:
            told.append(read_as(scene.linked.said(mention.start, mention.end), taken[0], *others))
    return tuple({one.words: one for one in told}.values())


def guesses(scene: Scene) -> Iterator[str]:
    """Values that a part of their words names, and nouns that can only mean the rows."""
    if scene.linked.supposed:
        yield f'I read "{scene.linked.tokens[min(scene.linked.supposed)].raw}" as rows.'
    for value in scene.linked.values:
        if value.partial:
            yield f'I read "{scene.linked.said(value.start, value.end)}" as {spoken(value.column)} {value.item}.'


def _is_category(scene: Scene, at: int) -> bool:
    """Whether the word names a column of categories: then "method" behind it says nothing more."""
    return any(m.start <= at < m.end and is_group(m.column) and not is_measure(m.column) for m in scene.linked.mentions)


def _kind(column: ColumnCard) -> tuple[bool, bool]:
    return is_measure(column), is_time(column)


def _units_unknown(scene: Scene, query: Query) -> Iterator[str]:
    """Numbers told in a unit, compared with a column that does not tell its own."""
    for bound in scene.linked.bounds:
        places = set(range(bound.start, bound.end))
        for condition in query.conditions:
            if not isinstance(condition, Bounds) or not bound.unit or places.isdisjoint(condition.at):
                continue
            column = condition.column
            if not has_unit(column) and column.unit is None and bound.unit not in ("year", *name_words(column.name)):
                said = scene.linked.said(bound.start, bound.end + 1)
                yield f'{column.name} does not state its unit, so "{said}" is compared as written.'


def _is_time(word: str) -> bool:
    """Whether a word speaks of a period of time."""
    told = fold(word)
    return (
        stem(told) in UNITS
        or told in MONTHS
        or told in _PERIODIC
        or re.fullmatch(r"(19|20)\d\d|q[1-4]", told) is not None
    )


def _taken(scene: Scene, query: Query) -> set[int]:
    """The places that slots took up, and the words that only name what they stand for again."""
    taken = set(query.places)
    names = {word for column in (*_names(query), *_moments(scene, query)) for word in _name(column)}
    names |= {str(unit) for unit in (*(key.unit for key in query.keys), query.options.get("grain")) if unit}
    negated = any(_is_negated(c) for c in query.conditions)
    for at, token in enumerate(scene.linked.tokens):
        known = token.stem in names or token.word in names or any(derived(token.stem, name) for name in names)
        if known or (negated and token.word in NEGATIONS):
            taken.add(at)
    taken -= {at for at in taken if not _speaks_of(scene, query, at)}
    if query.intent in ("overview", "quality", "drivers", "segments"):
        taken |= scene.linked.rows
    return taken


def _moments(scene: Scene, query: Query) -> Iterator[str]:
    """The column by which periods are told apart: "members joined each quarter" names it by its verb."""
    if scene.time is not None and query.options.get("grain"):
        yield scene.time.name


def _speaks_of(scene: Scene, query: Query, at: int) -> bool:
    """Whether a superlative that speaks of a certain measure (`cheapest`) stands for one that the query uses."""
    word = scene.linked.word(at)
    if word not in HINTED or word not in HIGHEST | LOWEST or word in ("sales", "selling", "bestselling", "profitable"):
        return True
    if word == "slowest" and scene.linked.tokens[at + 1 : at + 2] and scene.linked.tokens[at + 1].stem in UNITS:
        return True  # the slowest day is the quietest
    numbers = [column.name for column in used_columns(query) if not is_time(column)]
    used = {meaning for name in numbers for meaning in meanings(name)}
    if _elapses(query) or (used & _LASTING and "duration" in HINTED[word].split()):
        return True
    return any(not synonyms(hint).isdisjoint(used) for hint in HINTED[word].split())


def _elapses(query: Query) -> bool:
    """Whether the query measures a time between two moments."""
    return any(isinstance(v, Measure) and v.minus is not None and v.unit for v in query.values)


def _is_negated(condition: Condition) -> bool:
    return condition.negated or (isinstance(condition, During) and condition.negated)


def used_columns(query: Query) -> Iterator[ColumnCard]:
    """All columns that the query uses."""
    for value in query.values:
        yield from _measured(value)
    yield from (key.column for key in query.keys)
    yield from (condition.column for condition in query.conditions)
    yield from (query.columns if query.intent not in ("drivers", "overview") else ())
    yield from ([query.within.column] if query.within is not None else [])
    for field in query.fields:
        yield from _shown(field)
    for step in query.preparing:
        yield from inputs(step)


def _measured(value: Value) -> Iterator[ColumnCard]:
    for measure in measures_of(value):
        yield from measure.columns
        condition = measure.condition
        parts = condition.each if isinstance(condition, Together) else [condition] if condition is not None else []
        yield from (part.column for part in parts)


def _shown(field: Field) -> Iterator[ColumnCard]:
    yield from ([field.member.column] if field.member is not None else [])
    match field.of:
        case Best(measure=measure, key=key, shown=shown):
            yield from (*measure.columns, key, *([shown] if shown is not None else []))
        case Test(columns=columns):
            yield from columns
        case Measure() as measure:
            yield from _measured(measure)


def _names(query: Query) -> set[str]:
    return {column.name for column in used_columns(query)}


def _name(column: str) -> set[str]:
    return {word for word in meanings(column) if len(word) > 2 and word not in UNTOLD}


def _is_idle(scene: Scene, query: Query, at: int) -> bool:
    """Whether a word adds nothing that could be missing from the plan."""
    token, word = scene.linked.tokens[at], scene.linked.tokens[at].word
    if word in UNTOLD or (word == "where" and _asks_where(scene, query, at)):
        return False
    if word == "out" and scene.linked.word(at + 1) == "of" and scene.linked.word(at - 1) in _BEING:
        return False  # "are out of stock"
    if word == "only" and any(at - 1 in condition.at for condition in query.conditions):
        return True  # "for women only"
    if word in GRAMMAR or word in IDLE or token.stem in IDLE or _is_contraction(word):
        return True
    if at in scene.linked.rows:
        return True
    before = scene.linked.word(at - 1)
    picks = at + 1 in scene.linked.rows or (
        before in ("of", "for", "the", "from", "all") and word.endswith(("ed", "id"))
    )
    negated = picks or before in ("not", "never", "no", "without") or at in scene.linked.doubtful
    numbers = any(isinstance(v, Ratio) or v.column is not None for v in query.values)
    if negated:
        return False
    passive = before in ("were", "was", "are", "is", "been") and not numbers and word not in PLACED
    spent = numbers and word in SPENDING and _is_of(query, word)
    return (bool(query.values or query.having) and word in EVENTS and not passive) or spent


def _asks_where(scene: Scene, query: Query, at: int) -> bool:
    """Whether "where" asks for a place, which no column of the query tells."""
    asks = at == 0 or scene.linked.word(at - 1) == "and"
    return asks and all(_PLACES.isdisjoint(meanings(name)) for name in _names(query))


def _is_of(query: Query, word: str) -> bool:
    """Whether a verb such as `pay` speaks of a column that the query uses: not of a bare total, which may count."""
    used = [meanings(name) for name in _names(query)]
    hints = [*HINTED.get(word, "").split(), *([word] if word in HINTED else [])]
    return not hints or any((MONEY - {"total"}) & words or any(synonyms(h) & words for h in hints) for words in used)


def _is_contraction(word: str) -> bool:
    """Whether a word with an apostrophe only joins two words of grammar: `I'd`, `what's`."""
    return re.fullmatch(r"\w+['’](d|ll|ve|re|m|s)", word) is not None and len(word) <= 8


def all_outside(scene: Scene, query: Query) -> bool:
    """Whether every period asked for ends before the data begin, or begins after they end."""
    span = None if scene.time is None else span_of(scene.time)
    periods = [p for c in query.conditions if isinstance(c, During) and not c.negated for p in c.periods]
    periods += list(query.compared or ())
    forecast = query.intent == "forecast"
    return bool(span and periods) and not forecast and all(_is_outside(p, span) for p in periods if span)


def _is_outside(period: Period, span: Span) -> bool:
    return period.end < span.low or period.start > span.high


def _outside(scene: Scene, query: Query) -> Iterator[str]:
    """Periods before or after the data, unless they are forecast."""
    span = None if scene.time is None else span_of(scene.time)
    if span is None or query.intent == "forecast":
        return
    periods = [p for c in query.conditions if isinstance(c, During) for p in c.periods] + list(query.compared or ())
    for period in periods:
        if _is_outside(period, span):
            yield f"{period.words} is outside the range of dates in {scene.time.name if scene.time else ''}."
