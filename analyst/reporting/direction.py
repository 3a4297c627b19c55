"""Words of rise and fall beside a filled-in number: they must agree with its sign, and say it themselves."""

from __future__ import annotations

import re
from typing import Literal

Direction = Literal["rise", "fall"]

_FALLS = (
    r"f[ae]ll(?:s|en|ing)?|dropp?(?:s|ed|ing)?|declin(?:e[sd]?|ing)|decreas(?:e[sd]?|ing)|shr[aiu]nk(?:s|ing)?|"
    r"los(?:t|es?|ing)|loss(?:es)?|down|slipp?(?:s|ed|ing)|sl(?:id|ides?|iding)|plunge[sd]?|plummet(?:s|ed)?|contract(?:s|ed)|dipp(?:s|ed)|"
    r"reduced|reductions?|s[aiu]nk"
)
_RISES = (
    r"r[io]se[sn]?|rising|gr[eo]w(?:s|n|ing)?|increas(?:e[sd]?|ing)|climb(?:s|ed|ing)?|gain(?:s|ed|ing)?|up|jump(?:s|ed)?|"
    r"surge[sd]?|soar(?:s|ed)?|expand(?:s|ed)?"
)
_FALL = r"drop|fall|decline|decrease|dip|slump|downturn|slide|plunge|reduction|contraction|shrinkage|setback"
_RISE = r"rise|increase|growth|gain|jump|surge|climb|upturn|uptick|expansion"
_IS = (
    r"was|were|is|are|c[ao]mes? to|amount(?:s|ed) to|reach(?:es|ed)|total(?:s|ed)|measure[sd]|equal(?:s|ed|led)|"
    r"st(?:an|oo)ds? at"
)
_NOUNS = re.compile(
    rf"\b(?:(?P<fall>(?:{_FALL})s?)|(?P<rise>(?:{_RISE})s?))\b(?P<of>[^.;:!?\ufffc]{{0,60}}?)\s"
    rf"(?:{_IS})\s(?:(?:an?|about|around|roughly|nearly|almost|only|just|some|over|exactly)\s)*$",
    re.IGNORECASE,
)
"""The noun of a movement as the subject of a sentence that ends in its size: "The drop in the South was"."""
_OTHER = re.compile(
    r"\b(?:and|or|but|while|whereas|which|that|if|no|not|rate|share|level|before|after)\b", re.IGNORECASE
)
"""Words after which the noun is not the subject any more, or says no movement."""
_WORDS = re.compile(rf"\b(?:(?P<fall>{_FALLS})|(?P<rise>{_RISES}))\b", re.IGNORECASE)
_STOPS = re.compile(
    r"[.;:!?()\ufffc]|\b(?:to|from|at|than|between|while|but|and|or|whereas|when|with|since|after|until|before|below|above|"
    r"because|not|no|never|if|as)\b",
    re.IGNORECASE,
)
_HEDGES = r"(?:(?:an?|about|around|roughly|nearly|almost|only|just|another|average|some|over)\s+)*"
_LINKED = re.compile(rf"\b(?:by|of)\s+{_HEDGES}$", re.IGNORECASE)
_FROM = re.compile(rf"\bfrom\s+{_HEDGES}$", re.IGNORECASE)
_NEXT = re.compile(
    r"^\s*(?:%|percentage points?|(?!(?:and|or|to|is|was|were|are|with|then|but|while)\b)[^\W\d_]+)?\s*"
    r"(?:(?P<fall>lower|less|fewer|below|down|smaller|behind|declines?|drops?|decreases?|falls?|loss(?:es)?|reductions?)|"
    r"(?P<rise>higher|more|above|up|larger|ahead|increases?|rises?|gains?))\b"
    r"(?! (?:to|or|of|bound|limit|end|half|tail|quartile)\b)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    rf"\s*(?:\([^()]*\)\s*)?(?:(?:in|per|a|on|during)\s+[^,.;]{{1,40}}?\s+)?to\s+{_HEDGES}", re.IGNORECASE
)
_SIGNED = re.compile(
    r"(^|_|\s)(growth|change[ds]?|delta|yoy|mom|qoq|wow|slope|trend|pct_change|increase)(_|\s|$)", re.IGNORECASE
)
_SIZED = re.compile(r"(^|_|\s)(decline|decrease|drop|loss(es)?|fall|reduction|abs\w*)(_|\s|$)", re.IGNORECASE)
_PROFITS = re.compile(r"(^|_|\s)(profits?|earnings|net_income|margin|balance|surplus)(_|\s|$)", re.IGNORECASE)


def direction(before: str, after: str) -> Direction | None:
    """Whether the words around a number say that something rose or fell by it; None where they say neither.

    "fell to" and "rose from" tell of a level, not of a change.
    """
    found = list(_WORDS.finditer(before))
    if found:
        between = before[found[-1].end() :]
        near = len(between.split()) <= 2 or (_LINKED.search(between) and len(between.split()) <= 9)
        if near and not _STOPS.search(between):
            return "fall" if found[-1]["fall"] else "rise"
    noun = _NOUNS.search(before)
    if noun and not _OTHER.search(noun["of"]):
        return "fall" if noun["fall"] else "rise"
    following = _NEXT.match(after)
    if following is None:
        return None
    return "fall" if following["fall"] else "rise"


def moved(before: str, between: str) -> Direction | None:
    """Whether the words around two numbers say that something rose or fell from the first to the second."""
    start = _FROM.search(before)
    if start is None or not _BETWEEN.fullmatch(between):
        return None
    found = list(_WORDS.finditer(before[: start.start()]))
    if not found or _STOPS.search(before[found[-1].end() : start.start()]):
        return None
    return "fall" if found[-1]["fall"] else "rise"


def contradicts(way: Direction, value: float, field: str, words: str) -> bool:
    """Whether a number is of the other sign than its words: a rise by less than nothing, a fall by a growth.

    `field` tells whether the number has a sign of its own (growth), or is a size (decline); `words` stand before it. A
    noun that is the figure's own name ("growth was -5%") says which figure it is, and no direction.
    """
    if way == "rise":
        noun = _NOUNS.search(words)
        return value < 0 and not (noun and noun["rise"].casefold() in field.casefold())
    if re.search(r"\bloss(?:es)?\b|\blost\b", words[-40:], re.IGNORECASE) and _PROFITS.search(field):
        return value > 0
    return value > 0 and bool(_SIGNED.search(field)) and not _SIZED.search(field)
