"""Columns made of others row by row, as a phrase tells it: `a divided by b`, `the sum of a, b and c`, `1 if a > 30`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.bounds import OVER, Range, compared, find_bounds
from analyst.rulebased.link.tokens import Token
from analyst.rulebased.query.phrase import Phrase
from analyst.rulebased.query.preparation import Centre, Combine, Flag, Sign, Step, Transform

_PREFIX: tuple[tuple[str, Sign], ...] = (
    (r"\b(?:subtract\w*|difference)\b", "-"), (r"\b(?:divid(?:e|ing)|ratio|quotient)\b", "/"),
    (r"\b(?:multipl(?:y|ying)|product)\b", "*"), (r"\b(?:average|mean|averaging)\b", "mean"),
    (r"\b(?:sum(?:ming)?|add(?:ing|s)?|total|combining|combine[sd]?)\b", "+"),
)  # fmt: skip
_INFIX: tuple[tuple[str, Sign], ...] = (
    (r"divided by|/|÷|\bper\b|\bover\b", "/"), (r"\bminus\b|\bless\b|(?<=\s)[-–−](?=\s)", "-"),
    (r"\btimes\b|multiplied by|\*|×", "*"), (r"\bplus\b|\+", "+"),
)  # fmt: skip
_CENTERED = re.compile(
    r"subtract\w*\s+(?:the\s+|its\s+)?(?:mean|average)|minus\s+(?:the\s+|its\s+)?(?:mean|average)", re.I
)
_BINARY = re.compile(
    r"\b1\b[^.]{0,30}?\b(?:if|when|where|for)\b|(?:binary|flag|indicator|dummy|boolean)\b|whether", re.IGNORECASE
)


def combined(phrase: Phrase) -> list[Step]:
    """The column that is made of two or more, or of one less its mean."""
    name = phrase.name()
    if not name or (
        not phrase.has("made") and not re.search(r"\bby\s+\w+ing\b|\bas\b|=|represents?|is the", phrase.text)
    ):
        return []
    places = [(at, c) for at, c in phrase.placed() if c.name != name and not _is_name(at, phrase, name)]
    columns = tuple({c.name: c for _, c in places}.values())
    if _CENTERED.search(phrase.text) and len(columns) == 1:
        return [Transform(columns, "center", name)]
    if len(columns) < 2:
        return []
    made = _infix(phrase, name, places) or _prefix(phrase, name, places)
    return [made] if made is not None else []


def _is_name(at: int, phrase: Phrase, name: str) -> bool:
    """Whether the mention only stands inside the new column's name."""
    start = phrase.text.find(name)
    return 0 <= start <= at < start + len(name)


def _infix(phrase: Phrase, name: str, places: list[tuple[int, ColumnCard]]) -> Combine | None:
    for (first, left), (second, right) in pairwise(places):
        between = phrase.text[first:second]
        for words, sign in _INFIX:
            found = re.search(words, between, re.IGNORECASE)
            if found and left.name != right.name and not re.search(r"\band\b", between[found.start() :]):
                every = [left, right]
                if sign in "+*":
                    every = list({c.name: c for at, c in places if at >= first}.values())
                return Combine(name, sign, tuple(every))
    return None


def _prefix(phrase: Phrase, name: str, places: list[tuple[int, ColumnCard]]) -> Combine | None:
    for words, sign in _PREFIX:
        for verb in re.finditer(words, phrase.text, re.IGNORECASE):
            following = [(at, c) for at, c in places if at >= verb.end()]
            columns = list({c.name: c for _, c in following}.values())
            if len(columns) < 2:
                continue
            if sign in "-/" and len(columns) != 2:
                return None
            second = next(at for at, c in following if c.name == columns[1].name)
            between = phrase.text[following[0][0] : second]
            if sign == "-" and re.search(r"\bfrom\b", between) and verb[0].casefold().startswith("subtract"):
                columns.reverse()
            return Combine(name, sign, tuple(columns))
    return None


def flagged(phrase: Phrase) -> list[Step]:
    """The column that tells whether a number lies beyond a bound."""
    name, limit = phrase.name(), _limit(phrase.scene.linked.tokens)
    columns = [c for c in phrase.numbers() if c.name != name]
    if not name or limit is None or len(columns) != 1 or not _BINARY.search(phrase.text) or not phrase.has("made"):
        return []
    return [Flag(name, columns[0], *limit)]


def _limit(tokens: Sequence[Token]) -> tuple[Range, Centre | None] | None:
    """The range that numbers lie in, or on which side of their own mean or median."""
    for at, token in enumerate(tokens):
        following = [t.word for t in tokens[at + 1 : at + 5] if t.word not in ("than", "the", "its", "overall")]
        centre = {"average": "mean", "mean": "mean", "median": "median"}.get(next(iter(following), ""))
        if OVER.get(token.word, "=") in "<>" and centre:
            return compared(OVER[token.word], 0.0), "median" if centre == "median" else "mean"
    told = find_bounds(tokens, frozenset())
    return (told[0].range, None) if told else None
