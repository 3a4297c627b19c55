"""Numbers and dates that a text column holds: recognised in its distinct values, then counted over all of them."""

# Every name and value goes into SQL through tables.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import duckdb

from tables.quoting import literal

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
_UNIT = re.compile(r"[-+]?(?:" + _BODY + r")\s?([a-zA-Zµ°]{1,6}[²³23]?)")
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
    *("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y", "%a %d %b %Y"),
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
_MONTHS = ("%Y-%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%b-%Y", "%Y/%m")
DATE_FORMATS = tuple(day + clock for day in _DAYS for clock in _CLOCKS) + _MONTHS
"""The strptime formats that dates held as text are tried with."""


def number_pattern(connection: duckdb.DuckDBPyConnection, sample: Sequence[str], present: int) -> str | None:
    """The commonest pattern of numbers when at least ENOUGH of the cells in `groups` (v, n) hold numbers."""
    if _are_codes(sample):
        return None
    fitting: Counter[str] = Counter()
    compiled = {shown: re.compile(pattern) for shown, pattern in NUMBER_PATTERNS.items()}
    for value in sample:
        fitting.update({next((s for s, p in compiled.items() if p.fullmatch(value.strip())), "")})
    hits = sum(count for shown, count in fitting.items() if shown)
    if hits < 0.8 * len(sample) or not hits:
        return _unit(sample)
    pattern = "|".join(f"({NUMBER_PATTERNS[shown]})" for shown in fitting if shown)
    if weight(connection, f"regexp_full_match(trim(v), {literal(pattern)})") < ENOUGH * present:
        return None
    special = [shown for shown, _ in fitting.most_common() if shown and shown != "12"]
    return special[0] if special and fitting[special[0]] > 0.02 * hits else "12"


def _are_codes(sample: Sequence[str]) -> bool:
    """Codes such as '01234': digits of one length of 4 or more, some with a leading zero."""
    lengths = {len(value.strip()) for value in sample}
    return (
        len(lengths) == 1
        and min(lengths) > 3
        and all(v.strip().isdigit() for v in sample)
        and any(v.strip()[0] == "0" for v in sample)
    )


def _unit(sample: Sequence[str]) -> str | None:
    """An example such as '5 kg' when nearly all values are numbers with one and the same unit."""
    found = [_UNIT.fullmatch(value.strip()) for value in sample]
    units = Counter(match[match.lastindex or 0] for match in found if match)
    if not units or len(sample) < 3:
        return None
    unit, count = units.most_common(1)[0]
    return f"5 {unit}" if count >= 0.95 * len(sample) else None


def date_format(connection: duckdb.DuckDBPyConnection, sample: Sequence[str], present: int) -> str | None:
    """The strptime format that parses at least ENOUGH of the cells in `groups`, or None."""
    if not sample or sum(any(c.isdigit() for c in v) and 5 <= len(v.strip()) <= 32 for v in sample) < ENOUGH * len(
        sample
    ):
        return None
    few = list(sample[:60])
    full_years = sum(bool(re.search(r"\d{4}", value)) for value in few) >= 0.8 * len(few)
    short_years = sum(bool(re.search(r"\D\d{2}(\s|$)", value)) for value in few) >= 0.8 * len(few)
    counts = ", ".join(f"count(try_strptime(v, {literal(f)}))" for f in DATE_FORMATS)
    found = connection.execute(f"SELECT {counts} FROM (SELECT trim(unnest($1::VARCHAR[])) v)", [few]).fetchone() or ()
    fitting = [
        place
        for place, count in enumerate(found)
        if count >= 0.8 * len(few)
        and (full_years or "%Y" not in DATE_FORMATS[place])
        and (short_years or "%y" not in DATE_FORMATS[place])
    ]
    hopeful = sorted(fitting, key=lambda place: -found[place])
    parsed = {
        DATE_FORMATS[p]: weight(connection, f"try_strptime(trim(v), {literal(DATE_FORMATS[p])}) IS NOT NULL")
        for p in hopeful[:6]
    }
    best = max(parsed.values(), default=0)
    if best < ENOUGH * present:
        return None
    return _prefer([format_ for format_, count in parsed.items() if count == best], sample)


def ambiguous(format_: str | None) -> bool:
    """Whether day and month of a format could be swapped."""
    return format_ is not None and format_.startswith(("%d/%m", "%m/%d", "%d-%m", "%m-%d"))


def _prefer(formats: Sequence[str], sample: Sequence[str]) -> str:
    """Of formats that parse equally much: a four-digit year; the day constant (a monthly series); else month first."""
    full = [f for f in formats if "%Y" in f] if any(re.search(r"\d{4}", v) for v in sample) else list(formats)
    chosen = full or list(formats)
    if len(chosen) == 1:
        return chosen[0]
    firsts = {re.split(r"\D", value.strip())[0].lstrip("0") for value in sample}
    wanted = ("%d",) if firsts == {"1"} else ("%m",)
    return next((f for f in chosen if f.startswith(wanted)), chosen[0])


def weight(connection: duckdb.DuckDBPyConnection, condition: str) -> int:
    """How many cells of `groups` meet a condition on their value `v`."""
    found = connection.execute(f"SELECT coalesce(sum(n) FILTER ({condition}), 0) FROM groups").fetchone()
    return int(found[0]) if found else 0
