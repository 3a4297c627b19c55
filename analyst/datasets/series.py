"""Names of files or sheets that say that these are parts of one table: months, years, numbers, places.

Tables with the same columns are not always that: orders and refunds, or plan and actual, must not be added up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from analyst.core.text import fold
from analyst.datasets.privacy.lexicon import places
from analyst.datasets.times.forms import CENTURY, FORMS, form_of
from analyst.datasets.times.forms import match as fields_of
from analyst.datasets.times.vocabulary import MONTH_NUMBERS, MONTH_PARTS, QUARTER_PARTS, WEEK_PARTS, WEEKDAY

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTH_OF_YEAR = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])")
_HALF = re.compile(r"\b([hs]) (\d)")
_NUMBER = re.compile(r"(?:(?:part|teil|parte|partie|file|batch|chunk|page|sheet|table|export|set) )?\d+|[a-z]")
_QUARTERS, _WEEKS = QUARTER_PARTS | {"q"}, WEEK_PARTS | {"w", "cw"}
_COUNTED = MONTH_PARTS | _QUARTERS | _WEEKS
_HEADS = _COUNTED | {"fy", "h"}
"""Words that say what a number behind them counts."""
_VERSIONS = frozenset("v ver version rev revision copy kopie draft final old new backup".split())  # noqa: SIM905
"""Words before a number of several states of one table, whose rows are the same ones again."""
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_REGIONS = frozenset(
    """
    north south east west central center centre northeast northwest southeast southwest northern southern eastern
    western midwest nord sud ost sued west norte sur este oeste est ouest europe asia africa oceania america americas
    emea apac latam amer anz dach benelux nordics international domestic export europa asien afrika amerika
    """.split()  # noqa: SIM905
)
_COUNTRIES = frozenset(
    """
    ae ar at au be bg bh br ca ch cl cn co cr cy cz de dk dz ec ee eg es fi fr gb gr hk hr hu id ie il in is it jp ke
    kr kw lt lu lv ma mt mx my ng nl no nz om pe ph pk pl pt qa ro rs ru sa se sg si sk th tn tr tw ua uk us uy ve vn za
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Series:
    """What the names of the parts of one table tell: of which of `periods` each is, under the `header` that a column of
    them would have; "" where they tell no period."""

    header: str = ""
    periods: tuple[str, ...] = ()


def series_of(names: Sequence[str]) -> Series | None:
    """The series that tables with these names are parts of; None where their names say no such thing."""
    parts = [[token for found in _TOKEN.findall(fold(name)) for token in _apart(found)] for name in names]
    start, end = _common(parts), _common([part[::-1] for part in parts])
    end = min(end, min(map(len, parts)) - start)
    bare = [part[start : len(part) - end] for part in parts]
    if len({tuple(label) for label in bare}) < len(bare):
        return None
    before = parts[0][start - 1] if start else ""
    start -= _of_time(parts[0][:start][::-1])
    end -= _of_time(parts[0][len(parts[0]) - end :])
    labels = [part[start : len(part) - end] for part in parts]
    return _periods(labels) or _parts([" ".join(label) for label in bare], before, [" ".join(part) for part in parts])


def series_groups(names: Sequence[str]) -> list[list[int]]:
    """The places of the names, those of one series together: of orders_jan, orders_feb and refunds the first two."""
    if series_of(names) is not None:
        return [list(range(len(names)))]
    by_rest: dict[tuple[str, ...], list[int]] = {}
    for place, name in enumerate(names):
        rest = tuple(token for token in _TOKEN.findall(fold(name)) if not _tells_part(token))
        by_rest.setdefault(rest, []).append(place)
    groups = list[list[int]]()
    for found in by_rest.values():
        together = len(found) > 1 and series_of([names[place] for place in found]) is not None
        groups += [found] if together else [[place] for place in found]
    return groups


def _tells_part(token: str) -> bool:
    """Whether a word of a name only tells which part of a table it is."""
    timed = token in MONTH_NUMBERS or token in _HEADS or bool(re.fullmatch(WEEKDAY, token))
    return token.isdigit() or timed or _is_place(token)


def _apart(token: str) -> tuple[str, ...]:
    """The year and the month of 202401; else the token."""
    found = _MONTH_OF_YEAR.fullmatch(token)
    return (found[1], found[2]) if found else (token,)


def _common(parts: Sequence[Sequence[str]]) -> int:
    """How many tokens all names begin with."""
    return len(list(takewhile(lambda tokens: len(set(tokens)) == 1, zip(*parts, strict=False))))


def _of_time(tokens: Sequence[str]) -> int:
    """How many of the tokens that all names have in common beside what differs belong to a date: of 2024-01-15 and
    2024-01-16 the year and the month."""
    known = [bool(_YEAR.fullmatch(token)) or token in MONTH_NUMBERS or token in _HEADS for token in tokens]
    if known[1:2] == [True] and tokens[0].isdigit() and len(tokens[0]) <= 2:
        known[0] = True
    return len(list(takewhile(bool, known)))


def _periods(labels: Sequence[Sequence[str]]) -> Series | None:
    """The series of periods that the labels name, all of them of one length."""
    found = [_period(label) for label in labels]
    headers = {one[0] for one in found if one}
    if None in found or len(headers) != 1:
        return None
    periods = tuple(one[1] for one in found if one)
    return Series(headers.pop(), periods) if all(periods) else Series()


def _period(label: Sequence[str]) -> tuple[str, str] | None:
    """What length of time a label names, and which one."""
    match list(label):
        case [year] if _YEAR.fullmatch(year):
            return "year", year
        case [month] if month in MONTH_NUMBERS:
            return "month", _MONTHS[MONTH_NUMBERS[month] - 1]
        case [day] if re.fullmatch(WEEKDAY, day):
            return "weekday", day.capitalize()
        case [head, number] if number.isdigit() and head in _COUNTED:
            return _counted(head, int(number))
    return _dated(label)


def _counted(head: str, number: int) -> tuple[str, str] | None:
    """The period of no particular year that a number behind a word such as "week" names."""
    if head in MONTH_PARTS and 1 <= number <= len(_MONTHS):
        return "month", _MONTHS[number - 1]
    if head in _QUARTERS and 1 <= number <= 4:
        return "quarter", f"Q{number}"
    return ("week", str(number)) if head in _WEEKS and 1 <= number <= 53 else None


def _dated(label: Sequence[str]) -> tuple[str, str] | None:
    """The period of a year that a label names, by the forms in which dates are written; of a day "" where it is open
    which of its numbers is the month."""
    spaced = " ".join(label)
    for text in ("-".join(label), spaced, _HALF.sub(r"\1\2", spaced)):
        form = form_of(text)
        fields = fields_of(form, text) if form else None
        if form and fields and fields.get("y", "").isdigit():
            return _written(FORMS[form].grain or "date", fields)
    return None


def _written(grain: str, fields: Mapping[str, str]) -> tuple[str, str] | None:
    """A period as its length and as tables write it; None where there is none such, as a 13th month."""
    year = int(fields["y"])
    year += (2000 if year < CENTURY else 1900) if len(fields["y"]) == 2 else 0
    one, other = int(fields.get("a") or 0), int(fields.get("b") or 0)
    day_first = one > len(_MONTHS)
    month = MONTH_NUMBERS.get(fields.get("mon", "")) or int(fields.get("m") or (other if day_first else one))
    day = int(fields.get("d") or (one if day_first else other))
    if month > len(_MONTHS):
        return None
    if one and max(one, other) <= len(_MONTHS):
        return grain, ""
    return grain, {
        "year": f"{year}",
        "half-year": f"{year}-H{fields.get('h')}",
        "quarter": f"{year}-Q{fields.get('q')}",
        "month": f"{year}-{month:02}",
        "week": f"{year}-W{int(fields.get('w') or 0):02}",
        "date": f"{year}-{month:02}-{day:02}",
    }[grain]


def _parts(labels: Sequence[str], before: str, names: Sequence[str]) -> Series | None:
    """The series of numbered parts, or of places."""
    numbered = sum(bool(_NUMBER.fullmatch(label)) for label in labels)
    unnumbered = [label for label in labels if not _NUMBER.fullmatch(label)]
    if numbered and unnumbered in ([], [""]) and before not in _VERSIONS:
        return Series()
    placed = any(all(map(_is_place, told)) for told in (labels, names))
    return Series() if placed else None


def _is_place(label: str) -> bool:
    return label in places() or label in _COUNTRIES or (bool(label) and set(label.split()) <= _REGIONS)
