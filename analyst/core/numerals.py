"""How numbers are written: the signs, words and units around their digits, as patterns that every reader shares.

A text that holds a number is split into what leads, the digits, and the tail; each part has a pattern of its own. The
patterns are read by Python's `re` and by DuckDB's RE2 alike: no look-around, and letters beyond ASCII spelled out. One
pattern for the whole with groups for all of it takes RE2 thirty times as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analyst.core.currencies import SIGNS, WRITTEN_CODES, code_of

_ZEROS = "٠۰०০੦૦୦௦౦೦൦๐໐༠၀០０"
"""The zeros of the world's digits; nine more digits follow each."""
FOREIGN = "".join(chr(ord(zero) + place) for zero in _ZEROS for place in range(10)) + "٫٬٪．，％＋－（）＄￥￡−﹣‒–"
PLAIN = "0123456789" * len(_ZEROS) + ".,%.,%+-()$¥£----"
"""Digits and signs that are not ASCII, and those that stand for them, place by place."""
MARKS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that turn the direction of writing: nothing to read."""
GAP = " \u00a0\u2002\u2003\u2007\u2009\u202f"
"""Spaces that part thousands, or a number from its unit."""
BETWEEN = GAP + "'’"
"""Signs between digits that can only part thousands."""

SCALES: dict[str, float] = {
    **dict.fromkeys(("k", "thousand", "tsd", "thsd", "mille", "mil", "mila", "тыс", "千"), 1e3),
    **dict.fromkeys(("m", "mn", "mio", "mill", "mln", "million", "millions", "millionen", "млн", "百万"), 1e6),
    **dict.fromkeys(("millones", "milhões", "milioni"), 1e6),
    **dict.fromkeys(("b", "bn", "mrd", "billion", "billions", "milliarden", "milliards", "miliardi", "млрд"), 1e9),
    **dict.fromkeys(("milliarde", "milliard"), 1e9),
    **dict.fromkeys(("t", "tn", "trn", "trillion", "trillions", "billionen", "兆"), 1e12),
    **dict.fromkeys(("crore", "crores"), 1e7),
    **dict.fromkeys(("lakh", "lakhs", "lac", "lacs"), 1e5),
    **dict.fromkeys(("万", "萬", "만"), 1e4),
    **dict.fromkeys(("億", "亿", "억"), 1e8),
}  # fmt: skip
"""What the words and letters behind a number multiply it by; single Latin letters but k are capitals."""
LETTERS = ("k", "m", "b", "t")
"""Those that are one Latin letter: they mean other things as well (metres, tonnes)."""
NO_UNITS = frozenset(
    """
    jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september october
    november december mon tue wed thu fri sat sun am pm st nd rd th xs xl xxl xxxl st. bc ad dr
    """.split()  # noqa: SIM905
)
"""What stands behind numbers that count nothing: months, clock times, ordinals, sizes."""


def _any(words: Iterable[str]) -> str:
    """One of `words`, the longest first; a word that ends in a Latin letter ends there."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word) + (r"\b" if word[-1].isascii() and word[-1].isalpha() else "") for word in ordered)


_SIGN = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
_CODE = "|".join(sorted(WRITTEN_CODES))
_WORD = rf"(?i:{_any(word for word in SCALES if word not in LETTERS)})|[kKMBT]\b"
_LETTER = "A-Za-zµΩ℃℉À-ÖØ-öø-ɏΑ-ωЀ-ӿ\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7af"
_UNIT = (
    rf"(?:(?i:sq|cu)\.? ?)?[{_LETTER}°\"'′″²³]{{1,16}}[23²³]?(?:/[{_LETTER}0-9²³]{{1,12}})?\.?"
    rf"|/ ?(?:\d{{1,4}}|[{_LETTER}]{{1,12}})"
)
_DIGITS = rf"[.,]?[0-9](?:[0-9.,'’{GAP}]*[0-9])?[.,]?(?:[eE][-+]?[0-9]{{1,3}}\b)?"
SPLIT = rf"^\s*([^0-9]*?)\s*({_DIGITS})(?:/[-–=])?\s*([^0-9].*?)?\s*$"
"""What leads, the digits with the signs between them, and the tail. "/-" closes an amount of rupees."""
LEAD = rf"([<>≤≥~≈]=?|ca?\.)? ?(\()?([-+])? ?({_SIGN}|(?i:{_CODE}))? ?([-+(])?"
TAIL = (
    rf"(\+)? ?({_WORD})?\.? ?(%|‰|(?i:percent|prozent|pct)\b)? ?({_any(SIGNS)}|(?i:{_CODE})\b)? ?({_UNIT})? ?(\+)?"
    r"(\))? ?(-)?"
)
NOTE = r"\s*(?:[*†‡§#^]+|\[[^\]]*\]|\([^)]*\)|±.*)+$|^[¹²³]+$"
"""What may follow behind all that: a footnote's mark, an interval, an error."""
PLAIN_DIGITS = (
    rf"\d{{1,3}}(,\d{{3}})+(\.\d+)?|\d{{1,2}}(,\d{{2}})+,\d{{3}}(\.\d+)?|\d{{1,3}}(\.\d{{3}})+(,\d+)?"
    rf"|[1-9]\d{{0,2}}([{GAP}]\d{{3}})+([.,]\d+)?|[1-9]\d{{0,2}}(['’]\d{{3}})+([.,]\d+)?"
    r"|\d+([.,]\d*)?([eE][-+]?\d{1,3})?|[.,]\d+"
)
"""Digits that are one number, whatever the signs between them mean."""


@dataclass(frozen=True)
class Lead:
    """What stands before the digits; `currency` is a code or "kr"."""

    bound: str = ""
    negative: bool = False
    opened: bool = False
    currency: str = ""


@dataclass(frozen=True)
class Tail:
    """What stands behind the digits, without a note. `unit` may be a letter that is a scale behind money."""

    more: bool = False
    scale: str = ""
    percent: str = ""
    currency: str = ""
    unit: str = ""
    closed: bool = False
    negative: bool = False


_LEAD, _TAIL = re.compile(LEAD), re.compile(TAIL)


def read_lead(text: str) -> Lead | None:
    """The meaning of what leads; None when it does not belong to a number. South African rands are led by a bare R."""
    if text == "R":
        return Lead(currency="ZAR")
    found = _LEAD.fullmatch(text)
    if found is None:
        return None
    bound, opened, sign, money, inner = (group or "" for group in found.groups())
    return Lead(bound, "-" in (sign, inner), "(" in (opened, inner), code_of(money))


def read_tail(text: str) -> Tail | None:
    """The meaning of a tail; None when it does not belong to a number."""
    found = _TAIL.fullmatch(text)
    if found is None:
        return None
    more, scale, percent, money, unit, plus, closed, minus = (group or "" for group in found.groups())
    if unit.casefold() in NO_UNITS:
        return None
    return Tail(bool(more or plus), scale.casefold(), percent, code_of(money), unit, bool(closed), bool(minus))
