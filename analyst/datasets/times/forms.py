"""The ways in which moments and periods are written, and the moment that a cell names by each of them, in SQL.

A cell is folded first (lower case, no accents, no blanks around). A form's pattern works in Python and in DuckDB
alike: Python finds the forms of a column in a sample, DuckDB reads all of its cells.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from analyst.core.quoting import literal
from analyst.datasets.times.vocabulary import ERAS, MONTH, MONTH_NUMBERS, WEEKDAY, ZONE, ZONES, choice

EPOCH = "1899-12-30"
"""The day from which Excel counts."""
CENTURY = 40
"""A year of two digits below this is of this century."""
_Y = r"(\d{4})"
_SURE_Y = r"((?:1[5-9]|2[01])\d{2})"
"""A year where nothing else tells that four digits are one."""
_YY = r"['’]?(\d{4}|\d{2})"
_D = r"(\d{1,2})(?:st|nd|rd|th|er|ste|de|e|o|a|\.|[ºª°])?"
_M = rf"({MONTH})\.?"
_OF = r"(?:of |de |del |d'|do )?"
_DAY_NAME = rf"(?:(?:le|el|am|den|il|op) )?(?:(?:{WEEKDAY})\.?,?\s+)?"
_OF_THE_YEAR = "г|года|р|року|r|roku"
_QUARTER = "q|t|qtr|quarter|quartal|trimestre|trim|kvartal|kwartaal"
_FIRST_QUARTER = r"q|(?:\.|er|e|eme|o|º|ro|do)?\s?(?:quartal|trimestre|kwartaal)|(?:st|nd|rd|th) quarter"
_WEEK = "w|kw|cw|wk|week|woche|semaine|semana|settimana|sem"
_FISCAL = "fy|gj|fiscal year|financial year"
_AT = r"(?:\s*[t,]\s*|\s+(?:-\s|at |um |a las |as |alle |om |kl\.? )?|:)"
_CLOCK = (
    rf"(?:{_AT}(\d{{1,2}})(?:[:.h](\d{{2}}))(?:[:.](\d{{2}})(?:[.,](\d{{1,9}}))?)?\s?(?:([ap])\.?m\.?)?"
    rf"\s?({ZONE})?(?:\s?(?:uhr|h))?(?:\s?\([^)]*\))?)?"
)
_CLOCK_FIELDS = ("hh", "mi", "ss", "fr", "ap", "zo")


@dataclass(frozen=True)
class Form:
    """A way of writing: a pattern, what its groups are, and the length of the period that it names (None: a day).

    The groups: y, m and d are digits, mon is a month's name, q, w, h the number of a quarter, week or half-year, a and
    b the day and the month in an order that the column must tell, n a serial number, era a Japanese era. `bare`: digits
    alone, which stand for other things too, so that a header may speak against it.
    """

    pattern: str
    groups: tuple[str, ...]
    grain: str | None = None
    clock: bool = False
    bare: bool = False

    @property
    def whole(self) -> str:
        """The pattern of a whole folded cell."""
        return f"^{self.pattern}{_CLOCK if self.clock else ''}$"

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all groups."""
        return self.groups + (_CLOCK_FIELDS if self.clock else ())


FORMS: dict[str, Form] = {
    "year-month-day": Form(
        rf"{_DAY_NAME}{_Y}(?:[-/]|\.\s?)(\d{{1,2}})(?:[-/]|\.\s?)(\d{{1,2}})\.?", ("y", "m", "d"), clock=True
    ),
    "day/month": Form(
        rf"{_DAY_NAME}(\d{{1,2}})\s?[-/.]\s?(\d{{1,2}})\s?[-/.]\s?(\d{{4}}|\d{{2}})",
        ("a", "b", "y"), clock=True, bare=True,
    ),
    "year/month/day": Form(
        r"['’]?(\d{2})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,2})", ("y", "m", "d"), clock=True, bare=True
    ),
    "day month year": Form(
        rf"{_DAY_NAME}{_D}[-/ .]*{_OF}{_M}[-/ .,]*{_OF}{_YY}(?:\s?(?:{_OF_THE_YEAR})\.?)?",
        ("d", "mon", "y"), clock=True,
    ),
    "month day year": Form(rf"{_DAY_NAME}{_M}[-/ ]*{_D}(?:,\s*|[-/ ]+){_YY}", ("mon", "d", "y"), clock=True),
    "year month day": Form(rf"{_Y}[-/ .,]*{_M}[-/ .]*{_D}", ("y", "mon", "d"), clock=True),
    "asctime": Form(
        rf"{_DAY_NAME}{_M}\s+(\d{{1,2}})\s+(\d{{1,2}}):(\d{{2}}):(\d{{2}})(?:\s+({ZONE}))?\s+{_Y}",
        ("mon", "d", "hh", "mi", "ss", "zo", "y"),
    ),
    "compact moment": Form(
        rf"{_SURE_Y}(\d{{2}})(\d{{2}})[ t]?(\d{{2}}):?(\d{{2}}):?(\d{{2}})(z)?", ("y", "m", "d", "hh", "mi", "ss", "zo")
    ),
    "compact day": Form(rf"{_SURE_Y}(\d{{2}})(\d{{2}})", ("y", "m", "d"), bare=True),
    "kanji": Form(r"(\d{4})[年년]\s?(\d{1,2})[月월]\s?(\d{1,2})[日일]", ("y", "m", "d"), clock=True),
    "era": Form(rf"({choice(list(ERAS))})(\d{{1,2}}|元)年\s?(\d{{1,2}})月\s?(\d{{1,2}})日", ("era", "y", "m", "d")),
    "kanji month": Form(r"(\d{4})[年년]\s?(\d{1,2})[月월]", ("y", "m"), "month"),
    "month year": Form(rf"{_M}[-/ ,.]*{_OF}{_YY}", ("mon", "y"), "month"),
    "year month": Form(rf"{_SURE_Y}[-/ .,]*{_M}", ("y", "mon"), "month"),
    "year, m": Form(rf"{_SURE_Y}\s?m\s?(\d{{1,2}})", ("y", "m"), "month"),
    "year-quarter": Form(rf"{_SURE_Y}[-/ _.:]*(?:{_QUARTER})\.?\s?([1-4])", ("y", "q"), "quarter"),
    "quarter year": Form(rf"(?:{_QUARTER})\.?\s?([1-4])[-/ _.,:]*(?:of |de |fy ?)?{_SURE_Y}", ("q", "y"), "quarter"),
    "q1 yy": Form(r"q([1-4])[-/ ]?(?:fy)?['’]?(\d{2})", ("q", "y"), "quarter"),
    "1q year": Form(rf"([1-4])(?:{_FIRST_QUARTER})[-/ ,]*(?:of |de |fy ?)?{_YY}", ("q", "y"), "quarter"),
    "year-week": Form(rf"{_SURE_Y}[-/ _.]*(?:{_WEEK})\.?\s?-?(\d{{1,2}})", ("y", "w"), "week"),
    "year-week-day": Form(rf"{_SURE_Y}-?w(\d{{2}})-?([1-7])", ("y", "w", "wd")),
    "week year": Form(rf"(?:{_WEEK})\.?\s?(\d{{1,2}})[-/ ,.]*(?:of |de )?{_SURE_Y}", ("w", "y"), "week"),
    "half year": Form(rf"[hs]([12])[-/ ]?{_SURE_Y}", ("h", "y"), "half-year"),
    "year half": Form(rf"{_SURE_Y}[-/ ]?[hs]([12])", ("y", "h"), "half-year"),
    "fiscal year": Form(rf"(?:{_FISCAL})\s?{_YY}(?:\s?[-/]\s?(?:\d{{4}}|\d{{2}}))?", ("y",), "year"),
    "season": Form(rf"{_SURE_Y}\s?[-/]\s?(\d{{4}}|\d{{2}})", ("y", "next"), "year", bare=True),
    "year-month": Form(rf"{_SURE_Y}[-/.](\d{{1,2}})", ("y", "m"), "month", bare=True),
    "month/year": Form(rf"(\d{{1,2}})[-/.]{_SURE_Y}", ("m", "y"), "month", bare=True),
    "serial": Form(r"([1-6]\d{4}(?:\.\d+)?)", ("n",), bare=True),
}  # fmt: skip
"""Every form, the likelier first. "serial" is only read beside other forms of the same column."""


def fold(cell: str) -> str:
    """A cell in lower case, without accents and blanks around, as `folded` makes it in SQL."""
    apart = unicodedata.normalize("NFD", cell.strip())
    return unicodedata.normalize("NFC", "".join(char for char in apart if not unicodedata.combining(char))).lower()


def folded(column: str) -> str:
    """SQL for a cell in lower case, without accents and blanks around."""
    return f"lower(strip_accents(trim({column}, ' \t\r\n')))"


@cache
def _compiled(name: str) -> re.Pattern[str]:
    return re.compile(FORMS[name].whole)


def match(name: str, cell: str) -> dict[str, str] | None:
    """The fields of a folded cell that is written so; None when it is not. Digits may still name no day."""
    found = _compiled(name).match(cell)
    return dict(zip(FORMS[name].fields, (group or "" for group in found.groups()), strict=True)) if found else None


def form_of(cell: str, tried: Sequence[str] = tuple(FORMS)) -> str | None:
    """The first of the forms in which a folded cell is written."""
    return next((name for name in tried if (found := match(name, cell)) and _is_season(found)), None)


def _is_season(found: dict[str, str]) -> bool:
    """Whether 2023/24 names two years in a row, where it names two at all."""
    return "next" not in found or int(found["next"][-2:]) == (int(found["y"]) + 1) % 100


_PLAIN_DAY = re.compile(r"(?:(\d{1,2})([-/.])\d{1,2}\2\d{4}|\d{4}([-/.])\d{1,2}\3\d{1,2})(?:([ t])\d\d?:\d\d(:\d\d)?)?")
_USUAL = 0.8
"""The share of a sample that must be written in one way for that way to be tried first."""


def usual_format(sample: Sequence[str]) -> str | None:
    """How most of the folded cells are written, if in digits alone: a strptime format whose day and month are %1 and
    %2. Such cells are read many times faster by it."""
    found = Counter(format_ for cell in sample if (format_ := _plain_format(cell)))
    format_, count = found.most_common(1)[0] if found else ("", 0)
    return format_ if count >= _USUAL * len(sample) else None


def _plain_format(cell: str) -> str | None:
    found = _PLAIN_DAY.fullmatch(cell)
    if not found:
        return None
    part, year_part, between, seconds = found[2], found[3], found[4], found[5]
    day = f"%1{part}%2{part}%Y" if part else f"%Y{year_part}%m{year_part}%d"
    clock = f"{between.upper()}%H:%M{':%S' if seconds else ''}" if between else ""
    return day + clock


def moment_sql(
    names: Sequence[str], cell: str, usual: str | None = None, *, order: str, to_utc: bool = False, epoch: str = EPOCH
) -> str:
    """SQL for the TIMESTAMP that `cell` names by any of the forms, NULL for none.

    `usual` is what usual_format tells of the cells; `order` is one of ORDERS; `to_utc` takes the distance of a zone
    off, else clocks stay as written.
    """
    tried = ", ".join(_by_form(FORMS[name], order, to_utc, epoch) for name in names)
    slow = f"list_transform([{folded(cell)}], lambda f: coalesce({tried}))[1]"
    if usual is None or (order == "each" and "%1" in usual):
        return slow
    day, month = ("%d", "%m") if order == "day first" else ("%m", "%d")
    fast = f"try_strptime({cell}, {literal(usual.replace('%1', day).replace('%2', month))})"
    # strptime takes two digits for a year of four: these are left to the forms.
    sure = f"list_transform([{fast}], lambda m: CASE WHEN m >= TIMESTAMP '1000-01-01' THEN m END)[1]"
    return f"coalesce({sure}, {slow})"


ORDERS = ("day first", "month first", "each")
"""The order of day and month in "03/04/2024". "each": what only one order allows by that, all other cells by none."""


def _by_form(form: Form, order: str, to_utc: bool, epoch: str) -> str:
    names = "[" + ", ".join(map(literal, form.fields)) + "]"
    parts = f"regexp_extract(f, {literal(form.whole)}, {names})"
    value = _serial(epoch) if "n" in form.groups else _with_clock(form, _day(form, order), to_utc)
    return f"list_transform([{parts}], lambda x: {value})[1]"


def _serial(epoch: str) -> str:
    """The day so many days after the epoch, with its clock to the second."""
    return f"(TIMESTAMP {literal(epoch)} + to_seconds(round(TRY_CAST(x.n AS DOUBLE) * 86400)))"


def _day(form: Form, order: str) -> str:
    """The day as text: year-month-day."""
    groups = form.groups
    year = _year(form)
    if "w" in groups:
        day = "x.wd" if "wd" in groups else "'1'"
        return f"CAST(try_strptime(concat({year}, '-', lpad(x.w, 2, '0'), '-', {day}), '%G-%V-%u') AS DATE)"
    if "a" in groups:
        return _either(year, order)
    month = "1"
    if "mon" in groups:
        month = month_number("x.mon")
    elif "q" in groups:
        month = "3 * TRY_CAST(x.q AS INTEGER) - 2"
    elif "h" in groups:
        month = "6 * TRY_CAST(x.h AS INTEGER) - 5"
    elif "m" in groups:
        month = "x.m"
    written = f"concat({year}, '-', {month}, '-', {'x.d' if 'd' in groups else '1'})"
    if "next" in groups:
        follows = "TRY_CAST(right(x.next, 2) AS INTEGER) = (TRY_CAST(x.y AS INTEGER) + 1) % 100"
        written = f"CASE WHEN {follows} THEN {written} END"
    return written


def month_number(name: str) -> str:
    """SQL for the number of a month by its folded name, NULL for none."""
    return f"MAP {{{', '.join(f'{literal(known)}: {month}' for known, month in MONTH_NUMBERS.items())}}}[{name}]"


def _year(form: Form) -> str:
    if "era" in form.groups:
        before = f"MAP {{{', '.join(f'{literal(era)}: {year}' for era, year in ERAS.items())}}}[x.era]"
        return f"{before} + TRY_CAST(replace(x.y, '元', '1') AS INTEGER)"
    century = f"CASE WHEN x.y < '{CENTURY}' THEN '20' ELSE '19' END || x.y"
    return f"CASE WHEN strlen(x.y) = 2 THEN {century} ELSE x.y END"


def _either(year: str, order: str) -> str:
    day_first, month_first = f"concat({year}, '-', x.b, '-', x.a)", f"concat({year}, '-', x.a, '-', x.b)"
    if order == "day first":
        return day_first
    if order == "month first":
        return month_first
    first, second = "TRY_CAST(x.a AS INTEGER)", "TRY_CAST(x.b AS INTEGER)"
    one = f"{first} > 12 OR {first} = {second}"
    return f"CASE WHEN {one} THEN {day_first} WHEN {second} > 12 THEN {month_first} END"


def _with_clock(form: Form, day: str, to_utc: bool) -> str:
    if "hh" not in form.fields:
        return f"TRY_CAST({day} AS TIMESTAMP)"
    hour = "x.hh"
    if "ap" in form.fields:
        twelve = "TRY_CAST(x.hh AS INTEGER) % 12 + CASE x.ap WHEN 'p' THEN 12 ELSE 0 END"
        hour = f"CASE WHEN x.ap = '' THEN x.hh ELSE CAST({twelve} AS VARCHAR) END"
    fraction = "CASE WHEN x.fr = '' THEN '' ELSE '.' || x.fr END" if "fr" in form.fields else "''"
    second = "CASE WHEN x.ss = '' THEN '00' ELSE x.ss END"
    clock = f"CASE WHEN x.hh = '' THEN '' ELSE concat(' ', {hour}, ':', x.mi, ':', {second}, {fraction}) END"
    moment = f"TRY_CAST(concat({day}, {clock}) AS TIMESTAMP)"
    return f"({moment} - to_minutes({_offset()}))" if to_utc and "zo" in form.fields else moment


def _offset() -> str:
    """The minutes east of Greenwich that a zone stands for, as a whole number."""
    digits = "regexp_replace(x.zo, '[^0-9]', '', 'g')"
    hours = f"TRY_CAST(CASE WHEN strlen({digits}) % 2 = 1 THEN left({digits}, 1) ELSE left({digits}, 2) END AS INTEGER)"
    minutes = f"CASE WHEN strlen({digits}) >= 3 THEN TRY_CAST(right({digits}, 2) AS INTEGER) ELSE 0 END"
    sign = "CASE WHEN contains(x.zo, '-') THEN -1 ELSE 1 END"
    named = f"MAP {{{', '.join(f'{literal(zone)}: {minutes}' for zone, minutes in ZONES.items())}}}[x.zo]"
    counted = f"{sign} * ({hours} * 60 + {minutes})"
    return f"CAST(CASE WHEN x.zo = '' THEN 0 WHEN {digits} = '' THEN {named} ELSE {counted} END AS BIGINT)"
