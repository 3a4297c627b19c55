"""Names as a reader wants them: column names in words, formats as units, labels of a length that fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from analyst.core.text import MONTHS, listed
from analyst.reporting.numbers import FRACTION, PERCENT, clean_text, is_money, show

MAX_LABEL = 42
"""Characters of a category's label on a chart."""
MAX_FULL = 200
"""Characters of the same label in a tooltip."""
_WORDS = {
    "n": "rows",
    "n_before": "rows before",
    "n_after": "rows after",
    "n_outliers": "outliers",
    "records": "records",
    "r": "correlation r",
    "p": "p-value",
    "pct": "percent",
    "avg": "average",
    "std": "standard deviation",
    "std_sample": "standard deviation",
    "missing_pct": "missing, share",
    "n_unique": "distinct values",
    "std_pop": "standard deviation (population)",
    "iqr": "interquartile range",
    "skew_sample": "skewness",
    "skew_pop": "skewness (population)",
    "kurt_sample": "kurtosis",
    "kurt_pop": "kurtosis (population)",
    "within_1_std": "within one standard deviation",
    "gini": "Gini coefficient",
    "hhi": "Herfindahl index",
    "cagr": "compound annual growth",
    "p_adjusted": "p-value, adjusted",
    "cumulative_share": "cumulative share",
    "robust_z": "robust z-score",
}
_ENDS = re.compile(r"(\w*[a-z])_(low|high)$")
"""The ends of an interval: "Mean, from" and "Mean, to"."""
_UNITS = {
    "usd": "USD",
    "eur": "EUR",
    "gbp": "GBP",
    "kg": "kg",
    "km": "km",
    "pct": "%",
    "id": "ID",
    "ms": "ms",
    "kwh": "kWh",
}


def words(name: str) -> str:
    """A column's name in words: `revenue_usd` is "Revenue (USD)", `avgPrice` "Avg price"."""
    if name in _WORDS:
        return _WORDS[name][0].upper() + _WORDS[name][1:]
    if ends := _ENDS.match(name):
        return f"{words(ends[1])}, {'from' if ends[2] == 'low' else 'to'}"
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", clean_text(name)[:80]).replace("_", " ")
    parts = spaced.split()
    unit = _UNITS.get(parts[-1].casefold()) if len(parts) > 1 else None
    parts = [part for at, part in enumerate(parts) if at == 0 or part.casefold() != parts[at - 1].casefold()]
    told = [part if part.isupper() and len(part) > 1 else part.lower() for part in (parts[:-1] if unit else parts)]
    text = " ".join(told)
    return (text[:1].upper() + text[1:] + (f" ({unit})" if unit and unit != "ID" else " ID" if unit else "")) or "Value"


def lower_first(text: str) -> str:
    """`text` with a small first letter, unless its first word is an acronym."""
    return text if text[1:2].isupper() or not text[1:2].islower() else text[:1].lower() + text[1:]


def in_one_title(names: Sequence[str]) -> str:
    """Several names as one title: "Sales and costs"."""
    return listed([*names[:1], *map(lower_first, names[1:])])


def shorten(text: str, limit: int = MAX_LABEL) -> str:
    """`text` on one line and at most `limit` characters long."""
    line = " ".join(clean_text(text[: limit * 8]).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def labels(values: Iterable[object]) -> list[str]:
    """Short labels, each of its own: what would look alike after shortening gets a number."""
    seen: dict[str, int] = {}
    told = []
    for value in values:
        text = shorten(show(value, "plain")) if value is not None else "(missing)"
        text = text or "(empty)"
        seen[text] = seen.get(text, 0) + 1
        told.append(text if seen[text] == 1 else f"{shorten(text, MAX_LABEL - 5)} ({seen[text]})")
    return told


def full(value: object) -> str:
    """A label as shown in a tooltip."""
    return "(missing)" if value is None else shorten(show(value, "plain"), MAX_FULL) or "(empty)"


def period(label: str) -> str:
    """A period's label for people: 2024-11 is "Nov 2024", 2024-Q4 "Q4 2024", 2024-11-05 "Nov 5, 2024"."""
    found = re.match(r"(\d{4})-(?:(Q\d)|(W\d\d)|(\d\d)(?:-(\d\d))?)", label)
    if not found:
        return shorten(label, 20)
    year, quarter, week, month, day = found.groups()
    if quarter or week:
        return f"{quarter or week} {year}"
    if not 1 <= int(month) <= 12:
        return label
    name = MONTHS[int(month) - 1][:3]
    return f"{name} {int(day)}, {year}" if day else f"{name} {year}"


def compact(value: float, kind: str | None) -> str:
    """A number as a chart's label: 1.2M, 34.5k, 12.3%."""
    if kind in ("percent", "p_value", "plain", "coefficient", "duration", FRACTION, PERCENT):
        return show(value, kind)
    if kind is not None and is_money(kind):
        return show(0, kind).replace("0", compact(abs(value), None)) if value >= 0 else f"-{compact(-value, kind)}"
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            scaled = value / (1e3 if letter == "k" else size)
            return f"{show(scaled, digits=0 if abs(scaled) >= 100 else 1).removesuffix('.0')}{letter}"
    return show(value, kind)
