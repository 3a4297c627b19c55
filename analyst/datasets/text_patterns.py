"""Numbers that a text column holds: recognised in its distinct values, then counted over all of them."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from analyst.core.quoting import literal, literals
from analyst.datasets.suspicion import LEFTOVERS
from analyst.engine.interface import Engine

ENOUGH = 0.9
"""The share of a column's cells that must be numbers for the column to be called that."""
_BODY = r"(\d{1,3}(,\d{3})+|\d+)(\.\d+)?|\.\d+"
NUMBER_PATTERNS = {
    "12%": r"[-+]?\s?(" + _BODY + r"|\d+,\d+)\s?%",
    "$5": r"[-+(]?\s?([$€£¥₹]|USD|EUR|GBP|CHF)\s?-?(" + _BODY + r"|\d+,\d+|\d{1,3}(\.\d{3})+(,\d+)?)\)?",
    "5 €": r"[-+]?(" + _BODY + r"|\d+,\d+|\d{1,3}([. ]\d{3})+(,\d+)?)\s?([$€£¥₹]|USD|EUR|GBP|CHF)",
    "1,234": r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?",
    "1.234,5": r"[-+]?(\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d+)",
    "12": r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?",
    "(5)": r"\((" + _BODY + r")\)",
    "630[495-801]": r"[-+]?(" + _BODY + r")\s?[\[(][^\])]*[\])]",
    "<5": r"[<>≤≥~]\s?=?\s?(" + _BODY + r")",
}
"""Numbers as text: an example that stands for the pattern, and the pattern (whole value, trimmed)."""
_UNIT = re.compile(r"[-+]?(?:" + _BODY + r"|\d+,\d+|\d{1,3}(?:[ .]\d{3})+(?:,\d+)?)\s?([kKM]|[a-zA-Zµ°/]{2,6}[²³]?)")
_VOID = f"lower(trim(v)) IN ({literals(sorted(LEFTOVERS))})"


def number_pattern(engine: Engine, sample: Sequence[str], present: int) -> str | None:
    """The commonest pattern of numbers when at least ENOUGH of the cells in `groups` (v, n) hold numbers.

    Words and signs for "nothing" don't count.
    """
    sample = _meant(sample)
    if not sample or _are_codes(sample):
        return None
    fitting: Counter[str] = Counter()
    compiled = {shown: re.compile(pattern) for shown, pattern in NUMBER_PATTERNS.items()}
    for value in sample:
        fitting.update({next((s for s, p in compiled.items() if p.fullmatch(value.strip())), "")})
    hits = sum(count for shown, count in fitting.items() if shown)
    if hits < 0.8 * len(sample) or not hits:
        return _unit(sample)
    pattern = "|".join(f"({NUMBER_PATTERNS[shown]})" for shown in fitting if shown)
    fits = f"regexp_full_match(trim(v), {literal(pattern)})"
    if not _enough(engine, weight(engine, fits), present):
        return None
    special = [shown for shown, _ in fitting.most_common() if shown and shown != "12"]
    return special[0] if special and fitting[special[0]] > 0.02 * hits else "12"


def _enough(engine: Engine, hits: int, present: int) -> bool:
    return hits >= ENOUGH * present or hits >= ENOUGH * (present - weight(engine, _VOID))


def _meant(sample: Sequence[str]) -> list[str]:
    return [value for value in sample if value.strip().casefold() not in LEFTOVERS]


def _are_codes(sample: Sequence[str]) -> bool:
    """Codes such as '01234': digits of over three places with a leading zero, or of 16 places and more."""
    digits = [value.strip() for value in sample if value.strip().isdigit()]
    if len(digits) < ENOUGH * len(sample):
        return False
    return any(len(value) > 3 and value[0] == "0" for value in digits) or min(map(len, digits)) >= 16


def _unit(sample: Sequence[str]) -> str | None:
    """An example such as '5 kg' when nearly all values are numbers with one and the same unit."""
    found = [_UNIT.fullmatch(value.strip()) for value in sample]
    units = Counter(match[match.lastindex or 0] for match in found if match)
    if not units or len(sample) < 3:
        return None
    unit, count = units.most_common(1)[0]
    return f"5 {unit}" if count >= 0.95 * len(sample) else None


def weight(engine: Engine, condition: str) -> int:
    """How many cells of `groups` meet a condition on their value `v`."""
    return int(engine.rows(f"SELECT coalesce(sum(n) FILTER ({condition}), 0) FROM groups")[0][0])
