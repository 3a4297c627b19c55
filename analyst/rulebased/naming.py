"""The names of columns in words: what a header says, the unit that it names, and what a rate over it is called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyst.core.text import plural
from analyst.protocol.personal import TOKEN as PSEUDONYM

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BRACKETED = re.compile(r"\s*[(\[]([^()\[\]]{1,12})[)\]]\s*$")
_UNITS = {
    "ms": "ms", "sec": "s", "kg": "kg", "km": "km", "cm": "cm", "mm": "mm", "lb": "lb", "lbs": "lb", "kwh": "kWh",
    "mwh": "MWh", "mb": "MB", "gb": "GB", "kb": "kB", "mph": "mph", "kmh": "km/h", "celsius": "°C",
}  # fmt: skip
_BRACKET_UNITS = _UNITS | {
    "m": "m", "g": "g", "t": "t", "l": "l", "s": "s", "h": "hours", "min": "minutes", "°c": "°C", "c": "°C", "°f": "°F",
    "hours": "hours", "minutes": "minutes", "days": "days", "seconds": "seconds", "months": "months", "years": "years",
}  # fmt: skip
CURRENCIES = frozenset("usd eur gbp chf jpy inr cad aud sek nok dkk pln $ € £ ¥ ₹".split())
_PERCENT = frozenset(("pct", "percent", "percentage", "%"))
_SPANS = frozenset(("seconds", "minutes", "hours", "days", "weeks", "months", "years"))
_LASTING = frozenset(
    ("tenure", "delay", "age", "stay", "duration", "overtime", "latency", "wait", "downtime", "uptime", "lag", "length")
)
"""What is measured in spans of time by itself: "tenure months" is the tenure, counted in months."""
_TAIL = re.compile(r"\s+(name|id|abbr|abbreviation|code)$", re.IGNORECASE)
_RATE_WORD = re.compile(r"(?<![\w-])([a-z]{4,})[\s-]+(rate|share|percentage|proportion)s?\b", re.IGNORECASE)


def human(name: str) -> str:
    """A column's name as words: "unit_price" → "unit price", "HouseAge" → "house age", "GDP" and "HT M" stay."""
    if PSEUDONYM.fullmatch(name):
        return name
    words = _CAMEL.sub(" ", re.sub(r"[_\s]+", " ", name)).strip().split(" ")
    short = any(word.isupper() and len(word) > 1 for word in words)
    return " ".join(_word(word, short) for word in words) or "value"


def _word(word: str, beside_capitals: bool) -> str:
    if re.fullmatch(r"[A-Z]{6,}", word):
        return word.lower()
    if word.isupper() and (len(word) > 1 or beside_capitals):
        return word
    return word.lower() if re.fullmatch(r"[A-Z][a-z]+(-[A-Z][a-z]+)+", word) else word[:1].lower() + word[1:]


def measured(words: str) -> tuple[str, str]:
    """A measure's name and the unit that its header names: "tenure months" → ("tenure", "months").

    A currency is left off without a unit: the renderer shows it with every number of the column.
    """
    bracket = _BRACKETED.search(words)
    if bracket:
        unit = bracket[1].strip().lower()
        known = unit in _BRACKET_UNITS or unit in _PERCENT or unit in CURRENCIES
        return (words[: bracket.start()].strip(), _unit(unit)) if known and bracket.start() else (words, "")
    lead, _, last = words.rpartition(" ")
    unit = last.lower()
    if not lead:
        return words, ""
    if unit in _UNITS or unit in _PERCENT or unit in CURRENCIES:
        return lead, _unit(unit)
    if unit in ("c", "f") and "temp" in lead.lower():
        return lead, f"°{unit.upper()}"
    return _span(words, lead, unit)


def _unit(unit: str) -> str:
    return "%" if unit in _PERCENT else "" if unit in CURRENCIES else _BRACKET_UNITS[unit]


def _span(words: str, lead: str, unit: str) -> tuple[str, str]:
    if unit not in _SPANS:
        return words, ""
    last = lead.rpartition(" ")[2].lower()
    if last in _LASTING:
        return lead, unit
    return (f"{lead} time", unit) if last.endswith("ing") and len(last) > 4 else (words, "")


def name_of(column: str, question: str, known: Sequence[str] = ()) -> str:
    """A column's name as prose may show it: its words, without digits that would pass for numbers; a pseudonym as it
    is, or it could not come back."""
    if PSEUDONYM.fullmatch(column):
        return column
    words = human(column)
    held = next((name for name in sorted(known, key=len, reverse=True) if name and _ends_in(column, name)), None)
    hidden = held is not None and PSEUDONYM.fullmatch(held) is not None
    if not hidden and all(d in question for d in re.findall(r"\d+", words)) and not re.search(r"[<>{}]", words):
        return words
    if held and not re.search(r"[<>{}]", column) and not re.search(r"\d", column[: -len(held)]):
        lead = column[: -len(held)]
        return f"{human(lead)} {held}" if lead else held
    return " ".join(re.sub(r"[\d<>{}]+", " ", words).split()) or "value"


def _ends_in(column: str, name: str) -> bool:
    """Whether a column is `name`, or a result's column that is called after it, which is in lower case."""
    return column.endswith(name) or column.endswith(name.lower())


def group_noun(words: str) -> str:
    """What the groups of a column are: "state abbr" → "state", "customer ID" → "customer"."""
    return _TAIL.sub("", words) or words


def rate_name(base: str, question: str) -> str:
    """What the share of rows with `base` is called: as the question says it, else "churn rate", "share cancelled"."""
    base = re.sub(r"^(is|has|was|had) ", "", base)
    last = base.rpartition(" ")[2].lower()
    for found in _RATE_WORD.finditer(question):
        if _same_stem(found[1].lower(), last):
            return f"{found[1].lower()} rate"
    if last.endswith("ed") and len(last) > 4:
        return f"share {base}"
    many = plural(base)
    if many != base and re.search(rf"\b{re.escape(many)}\b", question, re.IGNORECASE):
        return f"share of {many}"
    return f"{base} rate"


def _same_stem(word: str, other: str) -> bool:
    size = min(len(word), len(other), 6) - (1 if min(len(word), len(other)) > 5 else 0)
    return size >= 4 and word[:size] == other[:size]


def plain(name: str) -> bool:
    """Whether a name may stand in prose as words: letters only, a few words."""
    return bool(re.fullmatch(r"[^\W\d_]+( [^\W\d_]+){0,5}", human(name)))


WHOLE_TABLE = (None, "", "(table)")
"""What an issue's column says when it is the whole table's."""
_ISSUES = {
    "missing": "missing values",
    "near_duplicates": "categories spelled in several ways",
    "duplicate_rows": "duplicate rows",
    "constant": "the same value everywhere",
    "personal": "personal data",
    "sentinel": "codes for missing values",
    "leftover": "words for missing values",
    "padded": "stray spaces",
    "negative": "isolated negative values",
    "future": "dates in the future",
    "ancient": "implausibly old dates",
    "ambiguous_dates": "dates whose day and month could be swapped",
}


def issue_words(kind: str) -> str | None:
    """A data issue's kind as words, None when it is no plain name (then it must be cited)."""
    if kind in _ISSUES:
        return _ISSUES[kind]
    words = human(kind)
    return words if re.fullmatch(r"[A-Za-z]+([ -][A-Za-z]+){0,5}", words) else None
