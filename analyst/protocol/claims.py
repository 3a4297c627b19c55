"""Numbers that prose says in words: "half", "twice", "one in six", "a twelfth", "six memberships".

Such a word is a claim like any number, so it is held against what the text cites: shares and ratios of cited values,
and how many rows or groups there are. Amounts in words ("five million", "twenty percent") are no way to write a figure
and are refused outright. Durations ("six months") and words that only order a text ("two reasons") are no claims.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

_ONES = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_TEENS = ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
CARDINALS = {word: number for number, word in enumerate([*_ONES, *_TEENS], 2)}
CARDINALS |= {ten: 10 * number for number, ten in enumerate(_TENS, 2)}
CARDINALS |= {
    f"{ten}-{one}": 10 * tens + ones
    for tens, ten in enumerate(_TENS, 2)
    for ones, one in enumerate(["one", *_ONES[:8]], 1)
}
_PARTS = ["half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"]
_PART = {word: number for number, word in enumerate(_PARTS, 2)} | {"twentieth": 20}
_NUMBER = "(?:" + "|".join(sorted(CARDINALS, key=len, reverse=True)) + ")"
_COUNT = rf"(?:one|{_NUMBER}|hundred|thousand|million|billion|half|dozen)"
_NTH = f"(?P<part>{'|'.join([*_PARTS[1:], 'twentieth'])})"
_MORE = ("more than", "over", "above", "at least", "well over", "well above")
_LESS = ("less than", "under", "below", "fewer than", "up to")
_ONLY = ("only", "just")
_NEAR = (
    "about",
    "around",
    "roughly",
    "approximately",
    "nearly",
    "almost",
    "close to",
    "just over",
    "just under",
    "some",
)
_HEDGES = sorted((*_MORE, *_LESS, *_ONLY, *_NEAR), key=len, reverse=True)
_HEDGE = rf"(?P<hedge>{'|'.join(_HEDGES)})?\s*(?:an?\s+)?"
_TIME = r"(?:year|month|day|week|period|century|decade|quarter)"
_NO_TIME = rf"(?!\s+(?:of\s+)?(?:the\s+|an?\s+)?(?:\w+\s+)?(?:{_TIME}|(?:1[5-9]|20)\d\d))"
_ORDERED = ("first", "second", "last", "other", "best", "worst", "top", "bottom", "upper", "lower", "either", "each")
_NO_ORDER = "".join(f"(?<!{word} )" for word in _ORDERED)
_NO_RATE = r"(?!\s+(?:an?|per|each|every)\b)"
_PATTERNS: dict[str, str] = {
    "ratio": rf"\b{_HEDGE}(?P<above>one|{_NUMBER})\s+(?:in|out of|of every)\s+(?:every\s+)?(?P<below>{_NUMBER})\b",
    "amount": rf"\b{_COUNT}(?:[\s-]+(?:and[\s-]+)?(?:a[\s-]+)?{_COUNT})*"
    r"(?:[\s-]*(?:%|percent(?:age)?\b|per[\s-]cent\b)|"
    r"[\s-]+(?:a[\s-]+)?(?:hundred|thousand|million|billion|dollars?|euros?|pounds?|cents?|basis points?)\b)",
    "part": rf"\b{_HEDGE}(?P<many>one|{_NUMBER})[\s-]{_NTH}s?\b(?!\s+quarter)",
    "single": rf"\b{_HEDGE}\ba\s+{_NTH}\s+of\b{_NO_TIME}",
    "half": rf"\b{_HEDGE}{_NO_ORDER}\bhalf\b(?:\s+(?:of|the|as|all)\b|(?=[\s.,;]|$)){_NO_TIME}"
    r"(?!\s+(?:hour|price|time|a\s+million))",
    "times": rf"\b{_HEDGE}\b(?P<many>{_NUMBER})[\s-]+times\b{_NO_RATE}",
    "fold": rf"\b{_HEDGE}\b(?P<fold>{'|'.join(_ONES)}|twenty|hundred)-?fold\b",
    "twice": rf"\b{_HEDGE}\b(?P<twice>twice|doubled|doubles|tripled|trebled|triples|quadrupled|halved|"
    rf"double the|triple the)\b{_NO_RATE}",
    "count": rf"\b(?P<lead>(?:first|last|top|bottom|next|other|remaining)\s+)?{_HEDGE}\b(?P<count>{_NUMBER}|dozen)\b"
    r"(?![\s-]+(?:sided|tailed|way|sample|digit|factor|thirds?|in|out|or|and|to|%)\b)"
    r"\s+(?:of\s+(?:the|our|its|their)\s+)?(?P<noun>[^\W\d_]+)",
}
_NO_CLAIM = re.compile(
    r"(?:second|minute|hour|day|night|week|month|quarter|year|decade|time|way|reason|thing|point|side|step|part|half|"
    r"halve|question|option|kind|sort|aspect|caveat|conclusion|finding|insight|measure|figure|number|value|result|test|"
    r"variable|direction|extreme|end|decimal|case|chart|place|standard|hundred|thousand|million|percent)s?"
)
_TWICE = {"twice": 2.0, "doubled": 2.0, "doubles": 2.0, "double the": 2.0, "halved": 0.5}
_FOLDS = {"hundred": 100}
_CLOSE, _HEDGED, _BEYOND = 0.075, 0.125, 1.6


@dataclass(frozen=True)
class Claim:
    """A number said in words: where it stands, what it says (`value`), of what (`noun`, for counts), and how sure.

    `leading`: it only says that there are at least so many ("the top five").
    """

    kind: Literal["share", "times", "count", "amount"]
    text: str
    start: int
    end: int
    value: float = 0.0
    hedge: str = ""
    leading: bool = False

    def fits(self, value: float) -> bool:
        """Whether a computed value bears the claim out: within a few percent, or beyond it where it says so."""
        if self.kind == "count":
            return value >= self.value if self.leading else self._whole(value)
        if self.hedge in _MORE:
            return self.value * 0.999 <= value <= self.value * _BEYOND
        if self.hedge in _LESS:
            return self.value / _BEYOND <= value <= self.value * 1.001
        return abs(value - self.value) <= self.value * (_HEDGED if self.hedge else _CLOSE)

    def _whole(self, value: float) -> bool:
        if self.hedge in _MORE:
            return self.value <= value <= self.value * _BEYOND + 1
        if self.hedge in _LESS:
            return self.value / _BEYOND - 1 <= value <= self.value
        return abs(value - self.value) <= (self.value * _HEDGED if self.hedge not in ("", *_ONLY) else 0)


@dataclass(frozen=True)
class Support:
    """What a claim in words may rest on: shares and ratios of cited values, and how many rows or groups there are."""

    shares: tuple[float, ...] = ()
    ratios: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()

    def bears(self, claim: Claim) -> bool:
        """Whether one of its values bears the claim out."""
        values = {"share": self.shares, "times": self.ratios, "count": self.counts}.get(claim.kind, ())
        return any(claim.fits(value) for value in values)


def claims(text: str) -> list[Claim]:
    """Every number that `text` says in words, in no order; none overlaps another."""
    found: list[Claim] = []
    for name, pattern in _COMPILED.items():
        for match in pattern.finditer(text):
            claim = _READ[name](match)
            if claim and not any(one.start < claim.end and claim.start < one.end for one in found):
                found.append(claim)
    return found


def _claim(kind: Literal["share", "times", "count", "amount"], found: re.Match[str], value: float) -> Claim:
    groups = found.groupdict()
    hedge = (groups.get("hedge") or "").casefold()
    return Claim(kind, " ".join(found[0].split()), found.start(), found.end(), value, hedge, bool(groups.get("lead")))


def _cardinal(word: str) -> int:
    return CARDINALS.get(word.casefold(), 1)


def _of_count(found: re.Match[str]) -> Claim | None:
    if _NO_CLAIM.fullmatch(found["noun"].casefold()) or found["count"].casefold() == "two":
        return None  # "the two periods", "two columns": whatever is compared makes two
    return _claim("count", found, 12 if found["count"].casefold() == "dozen" else _cardinal(found["count"]))


def _of_twice(found: re.Match[str]) -> Claim:
    word = " ".join(found["twice"].casefold().split())
    return _claim("times", found, _TWICE.get(word, 4.0 if word.startswith("quad") else 3.0))


_READ: dict[str, Callable[[re.Match[str]], Claim | None]] = {
    "amount": lambda found: _claim("amount", found, 0.0),
    "ratio": lambda found: _claim("share", found, _cardinal(found["above"]) / _cardinal(found["below"])),
    "part": lambda found: _claim("share", found, _cardinal(found["many"]) / _PART[found["part"].casefold()]),
    "single": lambda found: _claim("share", found, 1 / _PART[found["part"].casefold()]),
    "half": lambda found: _claim("share", found, 0.5),
    "times": lambda found: _claim("times", found, _cardinal(found["many"])),
    "fold": lambda found: _claim("times", found, _FOLDS.get(found["fold"].casefold()) or _cardinal(found["fold"])),
    "twice": _of_twice,
    "count": _of_count,
}
_COMPILED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PATTERNS.items()}


def pairs(values: Iterable[float]) -> tuple[float, ...]:
    """The ratios between any two of `values`, both ways."""
    own = [value for value in values if value]
    return tuple({a / b for a in own for b in own if a != b and a / b > 0})
