"""Names that may stand in prose though they hold digits: labels of periods, column names, names of things."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from analyst.core.text import MONTHS
from analyst.protocol.evidence import Evidence, EvidenceTable

MAX_LABEL = 80
"""Characters; a longer text is no name."""
_PERIOD = re.compile(
    r"(\d{4})(?:-(?:Q(?P<quarter>[1-4])|W(?P<week>\d\d)|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?(?:[T ]00:00(?::00)?)?$"
)
_MOMENT = re.compile(
    r"(?P<year>\d{4})-(?:Q(?P<quarter>[1-4])|W(?P<week>\d\d)|(?P<month>\d\d)(?:-(?P<day>\d\d))?)"
    r"(?:[T ](?P<clock>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?)?$"
)
PERIODS = re.compile(r"\b\d{4}-(?:Q[1-4]|W\d\d|\d\d(?:-\d\d)?)\b(?![-\d:T])")
"""Labels of periods within a text."""
_PERIOD_COLUMNS = re.compile(r"(^|_)(period|from|to|year|quarter|month|week|day|date|label)$", re.IGNORECASE)


def dated(table: EvidenceTable, column: str) -> bool:
    """Whether the column holds periods or days: declared so, named so, or nothing else in it."""
    if table.formats.get(column) == "date" or _PERIOD_COLUMNS.search(column):
        return True
    known = [value for value in table.column(column) if value is not None]
    return bool(known) and all(isinstance(value, str) and "-" in value and _MOMENT.match(value) for value in known)


def is_day(text: str) -> bool:
    """Whether a text is a day or a moment: "2024-11-05" is nothing else, wherever it stands."""
    found = _MOMENT.match(text)
    return found is not None and found["day"] is not None


def in_words(label: str) -> str:
    """A period or a moment as people write it: 2024-11 is "November 2024", 2024-11-05 "November 5, 2024"."""
    found = _MOMENT.match(label)
    if found is None or "-" not in label:
        return label
    year, day, clock = found["year"], found["day"], found["clock"]
    if found["quarter"]:
        return f"Q{found['quarter']} {year}"
    if found["week"]:
        return f"week {int(found['week'])} of {year}"
    if not 1 <= int(found["month"]) <= 12:
        return label
    month = MONTHS[int(found["month"]) - 1]
    told = f"{month} {int(day)}, {year}" if day else f"{month} {year}"
    return f"{told}, {clock}" if clock and clock != "00:00" else told


def evidence_names(evidence: Evidence) -> Iterator[str]:
    """Every label and name with a digit that the evidence holds: column names, periods, texts with letters."""
    for table in evidence.tables:
        yield from (name for name in table.columns if _holds_digit(name) and _holds_letter(name))
        for place, column in enumerate(table.columns):
            dated = table.formats.get(column) == "date" or bool(_PERIOD_COLUMNS.search(column))
            yield from _cell_names((row[place] for row in table.rows), dated)
        yield from _parameter_names(table)


def _cell_names(cells: Iterable[object], dated: bool) -> Iterator[str]:
    for cell in cells:
        if isinstance(cell, int) and not isinstance(cell, bool) and dated and 1500 <= cell <= 2200:
            yield str(cell)
        if not isinstance(cell, str) or len(cell) > MAX_LABEL or not _holds_digit(cell):
            continue
        if _PERIOD.match(cell) and (dated or "-" in cell):
            yield from period_forms(cell)
        elif _holds_letter(cell):
            yield cell


def _parameter_names(table: EvidenceTable) -> Iterator[str]:
    """The ends of a period comparison: what the plan asked for is no finding."""
    for name in ("from", "to"):
        for label in str(table.parameters.get(name) or "").split(".."):
            if _PERIOD.match(label):
                yield from period_forms(label)


def period_forms(label: str) -> Iterator[str]:
    """The ways to write a period: 2024-11 is November 2024, Nov 2024, November; 2024-Q4 is Q4 2024, Q4."""
    found = _PERIOD.match(label)
    if found is None:
        return
    year = found[1]
    yield from (label, year)
    if quarter := found["quarter"]:
        ordinal = ("first", "second", "third", "fourth")[int(quarter) - 1]
        yield from (f"Q{quarter}", f"Q{quarter} {year}", f"{year} Q{quarter}", f"{ordinal} quarter of {year}")
        yield from (f"quarter {quarter}", f"{year}Q{quarter}")
    if week := found["week"]:
        yield from (f"W{week}", f"week {int(week)}", f"week {week}", f"{year} W{week}")
    if (month := found["month"]) and 1 <= int(month) <= 12:
        yield from _month_forms(year, MONTHS[int(month) - 1], month, found["day"])


def _month_forms(year: str, name: str, month: str, day: str | None) -> Iterator[str]:
    yield f"{year}-{month}"
    if day:
        yield label if (label := f"{year}-{month}-{day}") else ""
        for written in (name, name[:3]):
            yield from (f"{int(day)} {written}", f"{written} {int(day)}", f"{int(day)} {written} {year}")


def names_pattern(names: Collection[str]) -> re.Pattern[str] | None:
    """A pattern that finds any of `names` (those with a digit) as whole words, the longest first; None without any."""
    useful = {name.strip() for name in names if 0 < len(name.strip()) <= MAX_LABEL and _holds_digit(name)}
    if not useful:
        return None
    ordered = sorted(useful, key=lambda name: (-len(name), name))
    choices = "|".join(re.sub(r"(\\ |_)+", r"[\\s_]+", re.escape(name)) for name in ordered)
    return re.compile(rf"(?<![\w.,])(?<![+−-](?=\d))(?:{choices})(?![\w%‰]|[.,]\d|\s?%)", re.IGNORECASE)


def _holds_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _holds_letter(text: str) -> bool:
    return any(char.isalpha() for char in text)
