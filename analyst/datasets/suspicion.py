"""Values that are hardly meant: codes for missing, lone negatives, dates to come, words for nothing, spaces around."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from analyst.protocol.table import Suspicion

SENTINELS = (-1, -9, -99, -999, -9999, -99999, 99, 999, 9999, 99999, 999999, 99999999)
"""Numbers that programs write for "missing"."""
DATE_CODES: tuple[str, ...] = (
    "0001-01-01",
    "1111-11-11",
    "1753-01-01",
    "1800-01-01",
    "1899-12-30",
    "1899-12-31",
    "1900-01-01",
)
DATE_CODES += ("1900-01-02", "1901-01-01", "1970-01-01", "2099-12-31", "2999-12-31", "9999-01-01", "9999-12-31")
"""Dates that programs write for "none": the first and last of their calendars."""
_FAR = timedelta(days=5 * 365)
_APART = 3
"""How many spans of the other values a code lies off them."""
LEFTOVERS = frozenset(
    {"-", "--", "---", "?", "??", ".", "..", "...", "*", "unknown", "unbekannt", "inconnu", "desconocido", "missing"}
    | {"none", "null", "nil", "n.a.", "n/d", "nd", "tbd", "undefined", "not available", "not applicable", "#ref!"}
    | {"#value!", "#div/0!", "#name?", "#num!", "k.a.", "keine angabe", "blank", "(blank)", "empty", "na", "n/a"}
)
"""Words for "missing" that are not on pandas' list and so stayed in the data."""
_POSITIVE = re.compile(
    r"age|price|prix|preis|precio|cost|amount|quantity|qty|count|duration|distance|weight|height|size|salary|income|"
    r"revenue|sales|units|tenure|hours|minutes|days|visits|clicks|impressions",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class NumberFacts:
    """What is known of a number column when its values are judged."""

    name: str
    present: int
    minimum: float
    maximum: float
    quantiles: Mapping[float, float]
    """By share."""
    negative: int
    sentinels: Mapping[int, int]


def judge_numbers(facts: NumberFacts) -> list[Suspicion]:
    """Codes far off the rest of the values, and the few negatives of a column that is otherwise positive."""
    codes = {
        code: count
        for code, count in facts.sentinels.items()
        if count and _stands_apart(code, facts) and count <= 0.3 * facts.present
    }
    found = [Suspicion("sentinel", sum(codes.values()), ", ".join(map(str, codes)))] if codes else []
    lone = facts.negative - sum(count for code, count in codes.items() if code < 0)
    share = lone / facts.present if facts.present else 0.0
    if lone > 0 and facts.quantiles[0.05] >= 0 and (share <= 0.01 or (share <= 0.05 and _POSITIVE.search(facts.name))):
        found.append(Suspicion("negative", lone, f"below zero, lowest {facts.minimum:g}"))
    return found


def _stands_apart(code: int, facts: NumberFacts) -> bool:
    """A code is an end of the range and lies far from where 90 % of the other values are."""
    share = facts.sentinels[code] / facts.present
    if facts.minimum == code and code < 0:
        rest = [value for at, value in facts.quantiles.items() if share < at <= 0.95]
        lone = min(rest) >= 0 and (code <= -9 or facts.negative == facts.sentinels[code])
        return lone or min(rest) - code > _APART * _span(rest)
    rest = [value for at, value in facts.quantiles.items() if 0.05 <= at < 1 - share]
    return facts.maximum == code > 98 and code - max(rest) > _APART * _span(rest)


def _span(values: Sequence[float]) -> float:
    return max(max(values) - min(values), 1e-9)


def judge_words(values: Iterable[tuple[str, int]], others: Sequence[str] = ()) -> list[Suspicion]:
    """Words for "missing" among (value, count) pairs, the commonest as example; `others` are values of the column."""
    hits = [(value, count) for value, count in values if value.strip().casefold() in LEFTOVERS]
    hits = [hit for hit in hits if not among_codes(hit[0], others)]
    if not hits:
        return []
    example = max(hits, key=lambda hit: hit[1])[0]
    return [Suspicion("leftover", sum(count for _, count in hits), repr(example.strip()))]


def among_codes(word: str, others: Sequence[str]) -> bool:
    """Whether a word such as 'ND' is a code like the column's other values: two or three letters all of them."""
    bare = word.strip()
    alike = sum(len(other.strip()) == len(bare) and other.strip().isalpha() for other in others)
    return bare.isalpha() and len(bare) <= 3 and len(others) >= 5 and alike > 0.8 * len(others)


def judge_padding(count: int) -> list[Suspicion]:
    """Values with spaces before or after."""
    return [Suspicion("padded", count, "spaces before or after the value")] if count else []


def judge_dates(future: int, latest: Any, ancient: int, earliest: Any) -> list[Suspicion]:
    """Dates after today and before 1900."""
    found = []
    if future:
        found.append(Suspicion("future", future, f"after today, latest {latest}"))
    if ancient:
        found.append(Suspicion("ancient", ancient, f"before 1900, earliest {earliest}"))
    return found


def judge_date_codes(found: Mapping[date, int]) -> list[Suspicion]:
    """Dates that stand for none, with their counts."""
    listed = ", ".join(day.isoformat() for day in found)
    return [Suspicion("date_code", sum(found.values()), listed)] if found else []


def far_off(found: Mapping[date, int], low: date, high: date, total: int) -> dict[date, int]:
    """Those of DATE_CODES that lie five years off the 5 % (`low`) to 95 % (`high`) of the dates."""
    few = {day: count for day, count in found.items() if count <= 0.3 * total}
    return {day: count for day, count in few.items() if low - day > _FAR or day - high > _FAR}
