"""Ranges held as text ("18-25", "3 to 5", "65+"): categories with an order, never one number."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from analyst.core.quoting import literal
from analyst.datasets.cells import ASCII
from analyst.datasets.headers import words
from analyst.datasets.marks import CODE_WORDS
from analyst.datasets.suspicion import LEFTOVERS
from analyst.engine.interface import Engine
from analyst.protocol.table import Suspicion

_NUMBER = r"(?:[$€£¥₹]|US\$|R\$)?\s?\d[\d.,' ]*(?:[kKmM]\b|%|[A-Za-z°²/.]{1,12})?"
_BETWEEN = r"\s*(?:-|–|—|−|~|〜|\.\.\.?|…)\s*|\s+(?:to|bis|until|through|and|a|à|até|hasta|al|do|до)\s+"
_TWO = rf"\s*(?:between |from |von |de |entre )?({_NUMBER})(?:{_BETWEEN})({_NUMBER})\s*[A-Za-z.²]*\s*"
_END = rf"\s*(?:[<>≤≥]=?|under|over|up to|below|above|less than|more than|unter|über|bis|ab)\s*({_NUMBER})\s*"
_OPEN = rf"({_NUMBER})\s*(?:\+|and (?:over|above|older|more|up)|or (?:over|more|older)|und (?:älter|mehr))\s*[A-Za-z]*"
_BAND = rf"(?i){_TWO}|{_END}|{_OPEN}"
_PATTERN, _SIDES = re.compile(_BAND), re.compile(rf"(?i){_TWO}")
_WORDS = frozenset(
    """
    range ranges band bands bracket brackets group bucket tier interval spanne klasse gruppe tranche rango faixa fascia
    age ages alter edad idade salary income size
    """.split()  # noqa: SIM905
)
"""Words of a header that speak of ranges."""
_LONGEST = 40
"""Characters of a range."""
_SHARE, _ORDERED, _ALIKE = 0.7, 0.95, 0.5
"""The shares of cells that are ranges, of ranges that begin below their end, and of ranges that are alike in width or
begin where another ends."""
_SPACED = re.compile(r"\d\s+(-|–|—)\s+|\d\s*(–|—)\s*|\s(to|bis|à|until|through|hasta|até)\s", re.IGNORECASE)


def is_band(value: str) -> bool:
    """Whether a text is a range."""
    return len(value) <= _LONGEST and _PATTERN.fullmatch(value) is not None


def bands_in(engine: Engine, header: str, sample: Sequence[str]) -> Suspicion | None:
    """Told of a column of ranges whose values and counts are in `groups` (v, n), with one as example; else None.

    Codes, dates and telephone numbers look alike ("10-20", "555-1234"): ranges begin below their end, and their header,
    their spaces, or their likeness among each other says what they are.
    """
    meant = [value for value in sample if value.strip().casefold() not in LEFTOVERS]
    found = [value for value in meant if is_band(value)]
    if not found or len(found) < _SHARE * len(meant) or set(words(header)) & CODE_WORDS:
        return None
    sides = [(_value(m[1]), _value(m[2])) for value in found if (m := _SIDES.fullmatch(value))]
    if not sides or any(low is None or high is None for low, high in sides):
        return None
    ends = [(low, high) for low, high in sides if low is not None and high is not None]
    if sum(low < high for low, high in ends) < _ORDERED * len(ends) or _are_years(ends):
        return None
    if not (set(words(header)) & _WORDS or _spaced(found) or _alike(ends)):
        return None
    example = next(value for value in found if _SIDES.fullmatch(value))
    counted = f"SELECT coalesce(sum(n) FILTER (regexp_full_match(v, {literal(_BAND)})), 0) FROM groups"
    return Suspicion("ranges", int(engine.rows(counted)[0][0]), example.strip())


def band_start(value: str) -> tuple[float, float]:
    """Where a range begins and ends, as the order of ranges: what is below a number before all that begins there."""
    numbers = [number for text in re.findall(_NUMBER, value) if (number := _value(text)) is not None]
    if not numbers:
        return (float("inf"), float("inf"))
    below = re.match(r"\s*(?:[<≤]|under|up to|below|less|unter|bis)", value, re.IGNORECASE)
    return (float("-inf") if below else numbers[0], numbers[-1])


def _value(text: str) -> float | None:
    """The number of one end; None for one that begins with a zero as codes and days do."""
    digits = re.sub(r"[^\d.,]", "", text.translate(ASCII)).rstrip(".,")
    if re.match(r"0\d", digits):
        return None
    grouped = re.fullmatch(r"\d{1,3}([.,]\d{3})+", digits)
    plain = re.sub(r"[.,]", "", digits) if grouped else digits.replace(",", ".")
    scale = 1e3 if re.search(r"[kK]\s*$", text) else 1e6 if re.search(r"[mM]\s*$", text) else 1.0
    try:
        return float(plain) * scale
    except ValueError:
        return None


def _are_years(ends: Sequence[tuple[float, float]]) -> bool:
    return all(1800 <= low <= 2200 and 1800 <= high <= 2200 for low, high in ends)


def _spaced(found: Sequence[str]) -> bool:
    return sum(bool(_SPACED.search(value)) for value in found) > 0.5 * len(found)


def _alike(ends: Sequence[tuple[float, float]]) -> bool:
    """Whether most ranges have one width, or begin where another ends or one above."""
    different = sorted(set(ends))
    if len(different) < 2:
        return False
    widths = Counter(round(high - low, 6) for low, high in different)
    stops = {high for _, high in different}
    joined = sum(low in stops or low - 1 in stops for low, _ in different[1:])
    return max(widths.most_common(1)[0][1], joined + 1) >= _ALIKE * len(different) and len(different) >= 3
