"""What of a question no slot took up: that is what the answer says first that it leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyst.core.text import fold
from analyst.rulebased.link.columns import meanings
from analyst.rulebased.link.linking import span_of
from analyst.rulebased.link.periods import MONTHS
from analyst.rulebased.link.tokens import stem
from analyst.rulebased.link.units import UNITS
from analyst.rulebased.link.values import NEGATIONS
from analyst.rulebased.query.model import Condition, During, Query, Ratio
from analyst.rulebased.query.scene import Scene
from analyst.rulebased.query.vocabulary import EVENTS, GRAMMAR, IDLE, SPENDING

_UNTOLD = frozenset(
    "not no without excluding except exclude excludes nor neither never minus less more than between over under".split()
)
"""Words that change what is asked wherever they stand: they are never idle."""
_PERIODIC = frozenset("daily weekly monthly quarterly yearly annual annually yesterday today".split())
_MOST_TOLD = 6


def unanswered(scene: Scene, query: Query) -> tuple[str, ...]:
    """Sentences on what the query leaves open, the most important first."""
    told = [*query.refused, *_outside(scene, query)]
    left = open_words(scene, query)
    if scene.time is None and any(_is_time(word) for word in left):
        told.insert(0, "The table has no date column, so no period can be selected.")
    if left:
        quoted = ", ".join(f'"{word}"' for word in left[:_MOST_TOLD])
        told.insert(0, f"This part was not understood and is left out: {quoted}.")
    return tuple(dict.fromkeys(told))


def open_words(scene: Scene, query: Query) -> list[str]:
    """The words that could change the answer and that no slot took up."""
    taken, tokens = _taken(scene, query), scene.linked.tokens
    found: list[str] = []
    for at, token in enumerate(tokens):
        if at in taken or not any(c.isalnum() for c in token.word) or _is_idle(scene, query, at):
            continue
        found.append(token.raw)
    return list(dict.fromkeys(found))


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
    names = {word for column in _columns(query) for word in _name(column)}
    negated = any(_is_negated(c) for c in query.conditions)
    for at, token in enumerate(scene.linked.tokens):
        if token.stem in names or token.word in names or (negated and token.word in NEGATIONS):
            taken.add(at)
    if query.intent in ("overview", "quality", "drivers", "segments"):
        taken |= scene.linked.rows
    return taken


def _is_negated(condition: Condition) -> bool:
    return condition.negated or (isinstance(condition, During) and condition.negated)


def _columns(query: Query) -> Iterator[str]:
    """The names of all columns that the query uses."""
    for value in query.values:
        measures = (value.top, value.bottom) if isinstance(value, Ratio) else (value,)
        for measure in measures:
            yield from (c.name for c in (measure.column, measure.minus, measure.weight) if c is not None)
            yield from ([measure.condition.column.name] if measure.condition is not None else [])
    yield from (key.column.name for key in query.keys)
    yield from (condition.column.name for condition in query.conditions)
    yield from (column.name for column in query.columns if query.intent not in ("drivers", "overview"))
    yield from ([query.within.column.name] if query.within is not None else [])


def _name(column: str) -> set[str]:
    return {word for word in meanings(column) if len(word) > 2 and word not in _UNTOLD}


def _is_idle(scene: Scene, query: Query, at: int) -> bool:
    """Whether a word adds nothing that could be missing from the plan."""
    token, word = scene.linked.tokens[at], scene.linked.tokens[at].word
    if word in _UNTOLD:
        return False
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
    return (bool(query.values or query.having) and word in EVENTS) or (numbers and word in SPENDING)


def _is_contraction(word: str) -> bool:
    """Whether a word with an apostrophe only joins two words of grammar: `I'd`, `what's`."""
    return re.fullmatch(r"\w+['’](d|ll|ve|re|m|s)", word) is not None and len(word) <= 8


def _outside(scene: Scene, query: Query) -> Iterator[str]:
    """Periods before or after the data, unless they are forecast."""
    span = None if scene.time is None else span_of(scene.time)
    if span is None or query.intent == "forecast":
        return
    periods = [p for c in query.conditions if isinstance(c, During) for p in c.periods] + list(query.compared or ())
    for period in periods:
        if period.end < span.low or period.start > span.high:
            yield f"{period.words} is outside the range of dates in {scene.time.name if scene.time else ''}."
