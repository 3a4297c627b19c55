"""The rows that a result is about, in words, from the conditions that it was computed under."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from analyst.core.text import listed
from analyst.core.yes_no import YES_NO
from analyst.protocol.facts import Filter
from analyst.protocol.replies import Limit
from analyst.rulebased.findings.checking import may_say
from analyst.rulebased.naming import human
from analyst.rulebased.wording import month_name

_SPOKEN = [pair for pair in YES_NO if pair == ("y", "n") or (len(pair[0]) > 1 and pair[0].isalpha())]
_YES, _NO = (frozenset(words) for words in zip(*_SPOKEN, strict=True))
"""Words that mean nothing else as the only value of a condition."""
_ONE = ("1", "0")
_LOWEST, _HIGHEST = ("at least", "above"), ("below", "at most")
MOST_VALUES = 4
"""Values of one condition that are named; beyond, a sentence would not be read."""


def scope_of(filters: Iterable[Filter], limits: Iterable[Limit], question: str) -> str:
    """ " for contract two years with tenure above 12 in 2024", or nothing.

    A condition that has no name of its own is told in the plan's words for its column; one that holds other
    numbers is left to the reading that stands under the answer.
    """
    planned = {limit.column: f"{'in' if limit.period else 'for'} {limit.words}" for limit in limits}
    by_column: dict[str, list[Filter]] = {}
    for found in dict.fromkeys(filters):
        by_column.setdefault(found.column, []).append(found)
    told = [
        words
        for column, found in by_column.items()
        for words in _column_words(column, found, question)
        or ([planned[column]] if _unnamed(found, column, planned) else [])
    ]
    conditions = [found for own in by_column.values() for found in own]
    said = [words for words in told if not re.search(r"[{}<>]", words) and may_say(words, conditions, question)]
    kinds = {kind: [w.partition(" ")[2] for w in said if w.startswith(f"{kind} ")] for kind in _KINDS}
    return "".join(f" {kind} {listed(words)}" for kind, words in kinds.items() if words)


_KINDS = ("for", "where", "with", "excluding", "in", "on", "from", "since", "until", "before")
"""How a condition begins, in the order said; several of one kind are joined."""


def _unnamed(found: Sequence[Filter], column: str, planned: Mapping[str, str]) -> bool:
    return column in planned and any(one.relation == "a condition" for one in found)


def _column_words(column: str, found: Sequence[Filter], question: str) -> list[str]:
    """The words of all conditions on one column: a span of time as one."""
    span = _span(found, question)
    if span:
        return [span]
    name = re.sub(r"\s*\([^()]*\)", "", human(column))
    return [words for one in found if (words := _words(name, one, question))]


def _words(name: str, found: Filter, question: str) -> str:
    """One condition; nothing for one that only leaves gaps out, or that has no name."""
    values = [_value(value) for value in found.values]
    only = values[0].casefold() if len(values) == 1 else ""
    if len(values) > MOST_VALUES:
        return ""
    flag = only in _ONE and not re.search(rf"\b{only}\b", question)  # "how many are canceled": the plan's code for yes
    name = re.sub("^(is|has|was) ", "", name) if flag else name
    if found.relation == "is" and (flag or only in _YES | _NO):
        return f"where {name} is {'no' if only in _NO or only == '0' else 'yes'}"
    if found.relation == "is":
        return f"for {name} {listed(values, 'or')}"
    if found.relation == "is not":
        return f"excluding {name} {listed(values)}"
    if found.relation == "missing":
        return f"where {name} is missing"
    if found.relation == "between":
        return f"with {name} between {listed(values)}"
    return f"with {name} {found.relation} {values[0]}" if found.relation in _LOWEST + _HIGHEST else ""


def _value(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value)


def _span(found: Sequence[Filter], question: str) -> str:
    """ "in Q2 2018" for the days between two bounds; "since …", "before …" for one; nothing where these are no days."""
    first = _bound(found, _LOWEST, 0, {"above": 1})
    last = _bound(found, _HIGHEST, 1, {"below": -1})
    if first and last:
        named = _between(first, last)
        return named if may_say(named, found, question) else _days(first, last)
    if first:
        return f"since {_day(first)}"
    return f"until {_day(last)}" if last else ""


def _bound(found: Sequence[Filter], relations: Sequence[str], place: int, shifted: dict[str, int]) -> date | None:
    """The day that bounds a span on one side, itself within it."""
    for one in found:
        if one.relation in relations and len(one.values) == 1 and (day := _as_day(one.values[0])):
            return day + timedelta(days=shifted.get(one.relation, 0))
        if one.relation == "between" and len(one.values) == 2:
            return _as_day(one.values[place])
    return None


def _as_day(value: object) -> date | None:
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00)?)?", str(value))
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _between(first: date, last: date) -> str:
    after, same = last + timedelta(days=1), first.year == last.year
    if first.day == 1 and after.day == 1:
        months = (after.year - first.year) * 12 + after.month - first.month
        if months == 12 and first.month == 1:
            return f"in {first.year}"
        if months == 3 and first.month % 3 == 1:
            return f"in Q{first.month // 3 + 1} {first.year}"
        if months == 1:
            return f"in {month_name(first.month)} {first.year}"
        if first.month == 1 and after.month == 1:
            return f"from {first.year} to {last.year}"
        start = month_name(first.month) + ("" if same else f" {first.year}")
        return f"from {start} to {month_name(last.month)} {last.year}"
    return _days(first, last)


def _days(first: date, last: date) -> str:
    return f"on {_day(first)}" if first == last else f"from {_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return f"{month_name(day.month)} {day.day}, {day.year}"
