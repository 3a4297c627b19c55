"""Units of time that a question groups by: `per month`, `weekly`, `which weekday`, `day of the week`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyst.protocol.lexicon import HIGHEST, LOWEST
from analyst.rulebased.link.tokens import Token

ARTICLES = frozenset("the a an all our individual single separate given respective various their its calendar".split())
_ADVERBS = {
    "weekday": "weekday", "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month",
    "quarterly": "quarter", "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
_LEADS = frozenset(
    "by per each every which what busiest best worst peak over quietest slowest strongest weakest same across".split()
)
_BEST = frozenset("peak best worst busiest quietest highest lowest".split())
_WEEKLY = frozenset("weekend weekday workday".split())
UNITS = frozenset(("hour", "day", "week", "month", "quarter", "year"))
PERIODS = ("day", "week", "month", "quarter", "year")
"""Units that follow each other, which weekdays and hours don't."""


@dataclass(frozen=True)
class Part:
    """Tokens `start` to `end` (exclusive) name a unit of time to group by; `rate`: as `per day`, `daily`."""

    unit: str
    start: int
    end: int
    rate: bool = False

    @property
    def at(self) -> frozenset[int]:
        """The places of its words."""
        return frozenset(range(self.start, self.end))


def find_parts(tokens: Sequence[Token], named: frozenset[int]) -> list[Part]:
    """The units of time that the question groups by; tokens in `named` name columns."""
    found = _weekends(tokens)
    for at in range(len(tokens)):
        if found and tokens[at].stem in _WEEKLY:
            continue
        clock = [token.word for token in tokens[at : at + 3]] == ["time", "of", "day"]
        part = _part_at(tokens, at) if clock or at not in named else None
        if part is not None and part.unit not in [p.unit for p in found]:
            found.append(part)
    return found


def _weekends(tokens: Sequence[Token]) -> list[Part]:
    """`weekends against weekdays`: both told make two groups of days."""
    places = {token.stem: at for at, token in enumerate(tokens) if token.stem in _WEEKLY}
    if "weekend" not in places or len(places) < 2:
        return []
    first, last = min(places.values()), max(places.values())
    return [Part("weekend", first, first + 1), Part("weekend", last, last + 1)]


def _part_at(tokens: Sequence[Token], at: int) -> Part | None:
    token, following = tokens[at], [t.word for t in tokens[at + 1 : at + 4]]
    lead = next((t.word for t in reversed(tokens[:at]) if t.word not in ARTICLES), "")
    if token.stem == "day" and following[:1] == ["of"] and "week" in following:
        return Part("weekday", at, at + 2 + following.index("week"))
    if token.stem == "time" and following[:2] == ["of", "day"]:
        return Part("hour", at, at + 3)
    if token.stem == "hour" and following[:1] == ["of"] and "day" in following:
        return Part("hour", at, at + 2 + following.index("day"))
    if following[:1] == ["of"] and following[1:2] not in (["the"], ["week"], ["year"], ["month"]) and lead == "per":
        return None
    if token.word == "weekdays" and lead in ("on", "during"):
        return None
    if token.stem in _ADVERBS:
        return Part(_ADVERBS[token.stem], at, at + 1, token.word.endswith("ly") or token.word == "annual")
    if token.word in UNITS and at > 1 and tokens[at - 2].word in _BEST and not following:
        return Part(token.word, at, at + 1)
    lasting = token.word != token.stem and following[:1] in (["to"], ["from"], ["between"])
    if token.stem not in UNITS or lasting or following[:1] == ["over"] or (lead == "over" and token.word == token.stem):
        return None
    joined = lead in ("and", "or") and any(t.word in ("by", "per", "each") for t in tokens[max(0, at - 5) : at])
    counted = at > 1 and tokens[at - 1].count is not None and tokens[at - 2].word in HIGHEST | LOWEST
    held = lead in ("many", "") and following[:1] in (["had"], ["have"], ["with"], ["saw"])
    if lead in _LEADS or lead == token.stem or lead in HIGHEST | LOWEST or joined or counted or held:
        return Part(token.stem, at, at + 1, lead in ("per", "each", "every"))
    return None
