"""Numbers and dates that a text column holds: recognised in its distinct values, then counted over all of them."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from analyst.core.quoting import literal, literals
from analyst.datasets.suspicion import LEFTOVERS
from analyst.engine.interface import Engine

ENOUGH = 0.9
"""The share of a column's cells that must be numbers or dates for the column to be called that."""
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
_SPLIT = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d-%m-%y",
    "%m-%d-%y",
)
_DAYS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", *_SPLIT),
    *("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y"),
    *("%a %d %b %Y", "%a, %d %b %Y", "%A, %d %B %Y", "%A, %B %d, %Y", "%a, %b %d, %Y", "%d. %B %Y", "%d. %b %Y"),
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S", ", %H:%M", ", %I:%M %p")
_OTHER: tuple[str, ...] = (
    "%Y-%m",
    "%m/%Y",
    "%b %Y",
    "%B %Y",
    "%b-%y",
    "%b-%Y",
    "%Y/%m",
    "%Y %B %d",
    "%Y %b %d",
    "%Y-%b-%d",
)
_OTHER += ("%d/%b/%Y:%H:%M:%S", "%a %b %d %H:%M:%S %Y", "%d.%m.%Y %H.%M", "%Y-%m-%d %H:%M:%S.%f", "%Y%m%d %H:%M:%S")
DATE_FORMATS = tuple(day + clock for day in _DAYS for clock in _CLOCKS) + _OTHER
"""The strptime formats that dates held as text are tried with."""
_DIGITS_ONLY = ("%Y%m%d", "%d%m%Y", "%m%d%Y")
"""Formats of values that are digits and nothing else."""
_FIELDS = {
    "%Y": r"\d{4}",
    "%y": r"\d\d",
    "%b": "[A-Za-z]{3}",
    "%a": "[A-Za-z]{3}",
    "%B": "[A-Za-z]+",
    "%A": "[A-Za-z]+",
}
_FIELDS |= {"%p": "[AaPp][Mm]", "%f": r"\d{1,9}"}
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


def date_format(engine: Engine, sample: Sequence[str], present: int) -> str | None:
    """The strptime format that parses at least ENOUGH of the cells in `groups`, or None.

    Words and signs for "nothing" don't count.
    """
    few = _meant(sample)[:60]
    counts = _parsed(engine, few)
    hopeful = sorted((f for f, count in counts.items() if count >= 0.8 * len(few)), key=lambda f: -counts[f])
    parsed = {f: weight(engine, f"{moment('v', f)} IS NOT NULL") for f in hopeful[:6]}
    best = max(parsed.values(), default=0)
    if not best or not _enough(engine, best, present):
        return None
    return _prefer([format_ for format_, count in parsed.items() if count == best], sample)


def mixed_dates(engine: Engine, sample: Sequence[str]) -> tuple[str, ...]:
    """The formats in which the dates of a column are written that has no format of its own; none for other text."""
    few = _meant(sample)[:60]
    counts = _parsed(engine, few)
    formats = sorted((f for f, count in counts.items() if count), key=lambda f: -counts[f])
    if len(formats) < 2:
        return ()
    any_of = " OR ".join(f"{moment('v', f)} IS NOT NULL" for f in formats)
    read = engine.rows(f"SELECT count(*) FILTER ({any_of}) FROM (SELECT unnest($1::VARCHAR[]) v)", [few])[0][0]
    return tuple(formats[:3]) if read >= ENOUGH * len(few) else ()


def _parsed(engine: Engine, few: Sequence[str]) -> dict[str, int]:
    """How many of a few values each format parses. Only formats that look like a value are asked for."""
    shapes = {re.sub(r"\d", "0", value.strip()) for value in few}
    formats = [f for f in (*DATE_FORMATS, *_DIGITS_ONLY) if any(map(_shape(f).fullmatch, shapes))]
    if not formats:
        return {}
    counts = ", ".join(f"count({moment('v', f)})" for f in formats)
    found = engine.rows(f"SELECT {counts} FROM (SELECT unnest($1::VARCHAR[]) v)", [list(few)])
    return dict(zip(formats, found[0], strict=True))


@cache
def _shape(format_: str) -> re.Pattern[str]:
    """What values in a format look like. strptime itself would take two digits for a year of four."""
    if format_ in _DIGITS_ONLY:
        return re.compile(r"\d{8}")
    parts = re.split("(%[A-Za-z])", format_)
    return re.compile("".join(_FIELDS.get(p, r"\d\d?") if p.startswith("%") else re.escape(p) for p in parts))


def moment(column: str, format_: str) -> str:
    """SQL for the moment that a cell names."""
    return f"try_strptime(trim({column}), {literal(format_)})"


def has_clock(format_: str) -> bool:
    """Whether a format tells the hour."""
    return "%H" in format_ or "%I" in format_


def ambiguous(engine: Engine, format_: str) -> bool:
    """Whether day and month of the dates in `groups` could be swapped: every date can be read so too."""
    if not format_.startswith(("%d/%m", "%m/%d", "%d-%m", "%m-%d")):
        return False
    swapped = format_[3:5] + format_[2] + format_[:2] + format_[5:]
    return weight(engine, f"{moment('v', format_)} IS NOT NULL AND {moment('v', swapped)} IS NULL") == 0


def _prefer(formats: Sequence[str], sample: Sequence[str]) -> str:
    """Of formats that parse equally much: a four-digit year; the day constant (a monthly series); else month first."""
    full = [f for f in formats if "%Y" in f] if any(re.search(r"\d{4}", v) for v in sample) else list(formats)
    chosen = full or list(formats)
    if len(chosen) == 1:
        return chosen[0]
    firsts = {re.split(r"\D", value.strip())[0].lstrip("0") for value in sample}
    wanted = ("%d",) if firsts == {"1"} else ("%m",)
    return next((f for f in chosen if f.startswith(wanted)), chosen[0])


def weight(engine: Engine, condition: str) -> int:
    """How many cells of `groups` meet a condition on their value `v`."""
    return int(engine.rows(f"SELECT coalesce(sum(n) FILTER ({condition}), 0) FROM groups")[0][0])
