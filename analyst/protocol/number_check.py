"""Which numbers prose may hold outside references: the question's, the plan's own, labels of rows, usual levels.

Everything else is a number that nobody computed. Each word with digits is read once (protocol.numerals) and then held
against what is known; numbers in words are looked at in protocol.claims.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from analyst.protocol.claims import Claim, Support
from analyst.protocol.moments import Period, ends
from analyst.protocol.numerals import Token, is_number, negative, plain_digits, tokens

RULE = "use a reference {{table.field}}, or leave the number out"
_ALPHA = r"(?:0?\.(?:10?|05|01|001)|(?:1|5|10)\s?%)"
_LEVELS = re.compile(
    r"(?<![\w.,])(?:80|90|95|99|99\.9)(?:\s?%|[\s-]percent)[\s-]+"
    r"(?:confidence|prediction|forecast|credible|interval|CI\b|range|band|level|certain)|"
    r"(?<![\w.,])(?:0?\.1|1|5|10)(?:\s?%|[\s-]percent)[\s-]+(?:significance|level|threshold|alpha)|"
    rf"(?:significance|alpha|α|level|threshold)\s*(?:level)?\s*(?:of|=|at|:|is|was)?\s*{_ALPHA}(?!\w|[.,]\d)|"
    rf"(?:signifi\w+|confiden\w+|certain)\s+at\s+(?:the\s+)?(?:{_ALPHA}|(?:90|95|99)\s?%)(?!\w|[.,]\d)|"
    r"\bout of (?:5|10|100)\b(?! \w)|\bout of (?:5|10|100) (?=stars|points|possible)|"
    r"\bon an? [01]\s?(?:-|–|to)\s?(?:5|7|10|100)\b|\bper (?:100|1,?000|10,?000|100,?000)\b|"
    r"\b(?:one|two|1|2)-(?:sided|tailed|way|sample)\b|\b(?:24/7|COVID-19)\b",
    re.IGNORECASE,
)
"""Levels of confidence and significance as everybody writes them, and idioms that hold digits."""
_P_LEVEL = re.compile(
    r"\bp\s?(?:-?\s?values?)?\s?(?:is|was|are|all|both)?\s*"
    r"(<|≤|<=|>|≥|below|under|above|less than)\s?0?\.(\d{1,4})(?![\d%])",
    re.IGNORECASE,
)
_COUNT_BEFORE = re.compile(
    r"\b(?:all|the|of|first|last|top|bottom|these|those|across|over|only|just)\s$", re.IGNORECASE
)
_QUOTED = re.compile('["“]([^"“”]{1,80})["”]')
_FAR = 25


@dataclass(frozen=True)
class Known:
    """What prose may say without a reference, beside what the question says.

    `names` finds names that hold digits; `periods` are labels of rows and dates of the plan's filters, `bounds` their
    ends; `constants` the numbers that the plan itself wrote into conditions; `keys` the keys of the rows that the text
    cites; `counts` how many rows results have; `p_values` those that were computed; `sentences` what code says of the
    results.
    """

    names: re.Pattern[str] | None = None
    periods: frozenset[Period] = frozenset()
    bounds: frozenset[Period] = frozenset()
    constants: frozenset[Decimal] = frozenset()
    keys: frozenset[Decimal] = frozenset()
    counts: frozenset[Decimal] = frozenset()
    p_values: tuple[float, ...] = ()
    sentences: tuple[str, ...] = ()

    @cached_property
    def told(self) -> tuple[Token, ...]:
        """The numbers in what code says of the results."""
        return tuple(token for text in self.sentences for token in tokens(text))


NOTHING_KNOWN = Known()


class Question:
    """The numbers, dates and enumerations that a question holds, which prose may repeat."""

    def __init__(self, question: str) -> None:
        self._tokens = tokens(question)
        self._text = " ".join(question.casefold().split())
        self._periods = frozenset(p for one in self._tokens for reading in one.readings for p in reading)
        self._ends = ends(self._periods)
        self._enumerated = list(_enumerations(question, self._tokens))

    def holds(self, token: Token) -> bool:
        """Whether the question holds this number, or a period of this name."""
        return (
            any(token.same(own) for own in self._tokens)
            or named_by(token, self._periods, self._ends)
            or any(_within(token, *listed) for listed in self._enumerated)
        )

    def says(self, phrase: str) -> bool:
        """Whether the question holds this phrase."""
        return " ".join(phrase.casefold().split()) in self._text


def named_by(token: Token, periods: Collection[Period], bounds: Collection[Period]) -> bool:
    """Whether the token, read as a date, names only what `periods` name, or `bounds`; a year may come from another."""
    known = tuple(periods)
    return any(all(period in bounds or _named(period, known) for period in reading) for reading in token.readings)


def _named(period: Period, known: Sequence[Period]) -> bool:
    if any(one.covers(period) for one in known):
        return True
    year = Period(period.year)
    return period not in (year, Period()) and all(
        any(one.covers(part) for one in known) for part in (year, period.without_year)
    )


_LISTED = re.compile(r"\s*(?:\.\.\.?|…|,\s*(?:\.\.\.|…)\s*,?|to|through|until|-|–|—|bis|up to)\s*", re.IGNORECASE)
_STEM = re.compile(r"(.*?)(\d+)", re.DOTALL)


def _enumerations(question: str, own: Sequence[Token]) -> Iterator[tuple[str, str, int, int]]:
    """(word before, stem, first, last) of lists that are not written out: month_1 … month_12, week 1 to week 52."""
    for first, last in pairwise(own):
        low, high = _STEM.fullmatch(first.text), _STEM.fullmatch(last.text)
        if not low or not high or low[1] != high[1] or len(high[2]) > 6 or int(low[2]) >= int(high[2]):
            continue
        between, word = question[first.end : last.start], first.last.rstrip("s")
        repeated = re.compile(rf"{_LISTED.pattern}(?:{re.escape(word)}s?\s)?", re.IGNORECASE)
        if (low[1] or word) and repeated.fullmatch(between):
            yield ("" if low[1] else word), low[1], int(low[2]), int(high[2])


def _within(token: Token, word: str, stem: str, low: int, high: int) -> bool:
    found = _STEM.fullmatch(token.text)
    if found is None or len(found[2]) > 6 or not low <= int(found[2]) <= high:
        return False
    before = token.last.rstrip("s") if found[1] == stem else found[1].strip()
    return before == word if word else found[1] == stem


@dataclass(frozen=True)
class Checked:
    """What became of the numbers in a text: `problems` of those that nobody knows; how many are known, from where."""

    problems: tuple[str, ...] = ()
    asked: int = 0
    named: int = 0


def stray_numbers(text: str, question: Question, known: Known = NOTHING_KNOWN) -> Checked:
    """The numbers in prose without references: a problem for each that neither the question nor `known` holds."""
    levels = [found.span() for found in _LEVELS.finditer(text)] + list(_p_levels(text, known))
    names = [found.span() for found in known.names.finditer(text)] if known.names else []
    quoted = [found.span() for found in _QUOTED.finditer(text) if question.says(found[1])]
    problems, asked, named = [], 0, 0
    for token in filter(is_number, tokens(text)):
        if _inside(token, levels):
            continue
        if question.holds(token) or _inside(token, quoted):
            asked += 1
        elif _inside(token, names) or is_known(token, text, known):
            named += 1
        else:
            problems.append(_stray(text, token))
    return Checked(tuple(problems), asked, named)


def _inside(token: Token, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= token.start and token.end <= end for start, end in spans)


def is_known(token: Token, text: str, known: Known) -> bool:
    """Whether the evidence has the number: as a label, a key, a constant of the plan, a count of rows, in a warning."""
    if named_by(token, known.periods, known.bounds):
        return True
    if any(token.same(told) and token.next == told.next for told in known.told):
        return True
    value = token.values[0] if token.values else None
    if value is None or token.kind not in ("number", "date"):
        return False
    if token.unit == "%":
        return bool({value, value / 100} & known.constants)
    if value in known.constants or (not token.unit and value in known.keys):
        return True
    counts = _COUNT_BEFORE.search(text[: token.start]) or token.next
    return not token.unit and value in known.counts and bool(counts)


def _p_levels(text: str, known: Known) -> Iterator[tuple[int, int]]:
    """Where a bound on a p-value stands that one of those computed keeps."""
    for found in _P_LEVEL.finditer(text):
        bound, above = float(f"0.{found[2]}"), found[1].casefold() in (">", "≥", "above")
        if any((p > bound) if above else (p <= bound) for p in known.p_values):
            yield found.span()


_FIXES = {
    "share": "cite the share, or both values, beside it",
    "times": "cite both values beside it",
    "count": "it is no number of rows or groups of a result; cite the number",
}


def unsupported(
    text: str, claimed: Iterable[Claim], question: Question, known: Known, support: Support
) -> Iterator[str]:
    """A problem for each of the claims in `text` that neither the question nor `known` says nor `support` bears out."""
    names = [found.span() for found in known.names.finditer(text)] if known.names else []
    for claim in claimed:
        told = any(claim.text.casefold() in sentence.casefold() for sentence in known.sentences)
        if told or question.says(claim.text) or any(a < claim.end and claim.start < b for a, b in names):
            continue
        if claim.kind == "amount":
            yield f"number {claim.text!r} is written in words: use a reference {{{{table.field}}}}"
        elif not support.bears(claim):
            place = around(text, claim.start, claim.end)
            yield f"{claim.text!r} (in {place!r}) is borne out by no cited value: {_FIXES[claim.kind]}, or leave it out"


def _stray(text: str, token: Token) -> str:
    written = text[token.start : token.end]
    braces = re.search(rf"(?<!\{{)\{{[^{{}}]*{re.escape(written)}[^{{}}]*\}}(?!\}})", text)
    if braces:
        return f"{braces[0][:80]!r} is not a reference: write it between double braces, {{{braces[0][:80]}}}"
    place = around(text, token.start, token.end)
    return f"number {written} (in {place!r}) is neither evidence nor in the question: {RULE}"


def around(text: str, start: int, end: int) -> str:
    """The words about a place in a text, on one line."""
    return " ".join(text[max(0, start - _FAR) : end + _FAR].split())


def joins(before: str, shown: str, after: str, following: str) -> Iterable[str]:
    """Problems where what stands around a filled-in number changes it: joined digits, a sign, a scale.

    `before` and `after`: the prose on both sides; `following`: what the next reference shows if nothing but `after`
    stands between.
    """
    return list(_joins(plain_digits(before), shown, plain_digits(after), following))


def _joins(before: str, shown: str, after: str, following: str) -> Iterator[str]:
    starts, ends = shown[:1].isdigit(), shown[-1:].isdigit()
    if (starts and re.search(r"\d[.,]?$", before)) or (ends and re.match(r"[.,]?\d", after)):
        yield "digits are joined to the number of a reference: put words between"
    if starts and negative(before) is not None:
        yield "a sign stands before a reference: the number brings its own"
    if ends and after in ("", ".", ",", "/", ":", "e", "E") and following[:1].isdigit():
        yield "two references are joined into one number: put words between"
