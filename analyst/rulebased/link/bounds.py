"""Bounds on numbers that a question sets: `over 100`, `at least 5`, `between 10 and 20`, `60 or older`, `5 minutes`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import name_words
from analyst.rulebased.link.tokens import Token

OVER = {
    "over": ">", "above": ">", "exceeding": ">", "exceed": ">", "exceeds": ">", "exceeded": ">", "beyond": ">",
    ">": ">", ">=": ">=", "≥": ">=", "under": "<", "below": "<", "<": "<", "<=": "<=", "≤": "<=", "older": ">",
    "longer": ">",
    "heavier": ">", "taller": ">", "higher": ">", "greater": ">", "larger": ">", "bigger": ">", "more": ">",
    "less": "<", "fewer": "<", "younger": "<", "shorter": "<", "lighter": "<", "lower": "<", "smaller": "<",
    "cheaper": "<",
    "faster": ">", "slower": "<", "hotter": ">", "colder": "<", "minimum": ">=", "later": ">", "earlier": "<",
    "within": "<=", "before": "<", "after": ">", "since": ">=", "until": "<=",
}  # fmt: skip
"""Words that begin a bound, and the sign that they stand for."""
NEEDS_THAN = frozenset(
    "older longer heavier taller higher greater larger bigger more less fewer younger shorter lighter lower smaller "
    "cheaper faster slower hotter colder later earlier".split()
)
YEARS_ONLY = frozenset(("before", "after", "since", "until"))
"""Words that bound a column of years; with anything else they speak of time."""
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""What a number before a sign says of what stands behind it: 18 <= age."""
_FACTORS: tuple[dict[str, float], ...] = (
    {"ms": 0.001, "millisecond": 0.001, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hr": 3600,
     "hour": 3600, "day": 86400, "week": 604800},
    {"mg": 0.001, "g": 1, "gram": 1, "kg": 1000, "kilo": 1000, "kilogram": 1000, "t": 1e6, "ton": 1e6, "tonne": 1e6},
    {"mm": 0.001, "cm": 0.01, "m": 1, "meter": 1, "metre": 1, "km": 1000, "kilometer": 1000, "kilometre": 1000},
    {"mth": 1, "mo": 1, "month": 1, "yr": 12, "year": 12},
)  # fmt: skip


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`; an open end leaves the bound itself out."""

    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False

    def times(self, factor: float) -> Range:
        """The range in another unit."""
        low, high = (None if end is None else end * factor for end in (self.low, self.high))
        return replace(self, low=low, high=high)


def compared(sign: str, value: float) -> Range:
    """The numbers that stand in `sign` to `value`."""
    if sign.startswith(">"):
        return Range(low=value, open_low=sign == ">")
    return Range(high=value, open_high=sign == "<")


@dataclass(frozen=True)
class Bound:
    """Tokens `start` to `end` (exclusive) say a `range`; `word` is its first word. `percent`: it was told in percent;
    `unit`: the stem of the unit that follows the number."""

    start: int
    end: int
    range: Range
    word: str
    percent: bool = False
    unit: str = ""


def find_bounds(tokens: Sequence[Token], taken: frozenset[int]) -> list[Bound]:
    """The bounds in `tokens`, in order; tokens in `taken` are no numbers."""
    found: list[Bound] = []
    at = 0
    while at < len(tokens):
        bound = _bound_at(tokens, at, taken) if at not in taken else None
        if bound is not None:
            found.append(_with_unit(bound, tokens))
        at = bound.end if bound is not None else at + 1
    return found


def _with_unit(bound: Bound, tokens: Sequence[Token]) -> Bound:
    following = tokens[bound.end].stem if bound.end < len(tokens) else ""
    return replace(bound, unit=following) if any(following in units for units in _FACTORS) else bound


def _bound_at(tokens: Sequence[Token], at: int, taken: frozenset[int]) -> Bound | None:
    word = tokens[at].word
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if tokens[at].number is not None and at + 1 < len(tokens) and tokens[at + 1].hyphened:
        return _hyphened(tokens, at)
    if tokens[at].number is not None and following in _FLIPPED:
        return Bound(at, at + 2, compared(_FLIPPED[following], float(tokens[at].number or 0)), following)
    if word in ("between", "from"):
        return _range_at(tokens, at, taken)
    if word == "at" and following in ("least", "most"):
        return _bound(tokens, at, at + 2, ">=" if following == "least" else "<=", taken)
    if word == "up" and following == "to":
        return _bound(tokens, at, at + 2, "<=", taken)
    if word in ("no", "not") and OVER.get(following, "=") in "<>" and tokens[at + 2 : at + 3]:
        place = at + 3 if tokens[at + 2].word == "than" else at + 2
        return _bound(tokens, at, place, "<=" if OVER[following] == ">" else ">=", taken)
    if word in OVER and (word not in NEEDS_THAN or following == "than"):
        sign = OVER[word]
        place = at + 2 if following == "than" else at + 1
        if sign in "<>" and place < len(tokens) and tokens[place].word == "=":
            sign, place = sign + "=", place + 1
        return _bound(tokens, at, place, sign, taken)
    return _bound_after(tokens, at)


def _bound(tokens: Sequence[Token], start: int, at: int, sign: str, taken: frozenset[int]) -> Bound | None:
    while at < len(tokens) and tokens[at].word in ("a", "an", "the", "equal", "to", "or", "of"):
        sign += "=" if tokens[at].word == "equal" and sign in "<>" else ""
        at += 1
    if at >= len(tokens) or at in taken:
        return None
    told = tokens[at].number
    number = told if told is not None else tokens[at].count
    if number is None and tokens[at - 1].word in ("a", "an") and any(tokens[at].stem in units for units in _FACTORS):
        return Bound(start, at, compared(sign, 1.0), tokens[start].word)
    if number is None:
        return None
    percent = "%" in tokens[at].raw
    end = at + 1
    if end < len(tokens) and tokens[end].word in ("%", "percent"):
        percent, end = True, end + 1
    return Bound(start, end, compared(sign, float(number)), tokens[start].word, percent=percent)


def _bound_after(tokens: Sequence[Token], at: int) -> Bound | None:
    """`60 or older`, `60 years old and above`, `5 or more`; `100+` is not told apart from 100."""
    number = tokens[at].number
    after = [token.word for token in tokens[at + 1 : at + 5]]
    units = after[:1] and any(tokens[at + 1].stem in units for units in _FACTORS)
    skipped = 1 if units or (len(after) > 2 and after[1] in ("or", "and") and after[0].isalpha()) else 0
    skipped = 0 if after[:1] in (["or"], ["and"]) else skipped + (after[1:2] == ["old"])
    after = after[skipped:]
    if number is None or len(after) < 2 or after[0] not in ("or", "and") or after[1] not in (*OVER, "up"):
        return None
    sign = ">=" if OVER.get(after[1], ">") == ">" else "<="
    return Bound(at, at + 3 + skipped, compared(sign, number), after[1])


def _hyphened(tokens: Sequence[Token], at: int) -> Bound | None:
    """`3-5`: a range written with a hyphen."""
    low, high = tokens[at].number, tokens[at + 1].number
    if low is None or high is None or low >= high:
        return None
    return Bound(at, at + 2, Range(low, high), "between")


def _range_at(tokens: Sequence[Token], at: int, taken: frozenset[int]) -> Bound | None:
    if at + 3 >= len(tokens) or tokens[at + 2].word not in ("and", "to") or {at + 1, at + 3} & taken:
        return None
    low, high = tokens[at + 1].number, tokens[at + 3].number
    if low is None or high is None or (tokens[at].word == "from" and low >= high):
        return None
    return Bound(at, at + 4, Range(low, high), "between")


def in_unit_of(bound: Bound, column: ColumnCard) -> Range:
    """The range in the unit that the column's name tells, where the question told another one of the same kind, and in
    parts of one, where the column holds such and the question spoke in percent."""
    if bound.percent and isinstance(column.max, (int, float)) and column.max <= 1:
        return bound.range.times(0.01)
    words = [word for word in name_words(column.name) if word != bound.unit]
    for units in _FACTORS:
        own = next((word for word in reversed(words) if word in units), None)
        if bound.unit in units and own is not None and bound.unit not in name_words(column.name):
            return bound.range.times(units[bound.unit] / units[own])
    return bound.range


def has_unit(column: ColumnCard) -> bool:
    """Whether the column's name tells the unit of its numbers."""
    return any(word in units for word in name_words(column.name) for units in _FACTORS)


def plain(number: float) -> str:
    """A number as SQL writes it."""
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
