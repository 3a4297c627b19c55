"""The ways in which a text column can be read: a pattern that every cell must match, and the value of a cell in SQL."""

from __future__ import annotations

from dataclasses import dataclass

from analyst.core.quoting import literal

_TRIMMED = "trim({}, ' \t\r\n')"
_INTEGER = r"[-+]?\d{1,18}"
_DECIMAL = r"[-+]?(\d{1,18}|\d+\.\d*|\.\d+)([eE][-+]?\d{1,3})?"
_THOUSANDS = r"(\d{1,3}(,\d{3})+|\d{1,2}(,\d{2})+,\d{3}|\d{1,18})(\.\d+)?"
_COMMA = r"(\d{1,18}|\d{1,3}(\.\d{3})+)(,\d+)?"
_SPACED = r"(\d{1,3}( \d{3})+|\d{1,3})"
_APOSTROPHE = r"(\d{1,3}(['’]\d{3})+|\d{1,3})"
_DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_CLOCK = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
OFFSET = r"(Z|UTC|[-+]\d{2}(:?\d{2})?)"
"""A time's distance from UTC, as ISO 8601 writes it."""
_TIME = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_CLOCK_12 = r"(0?[1-9]|1[0-2]):[0-5]\d(:[0-5]\d)? ?([AaPp][Mm]|[AaPp]\.[Mm]\.)"
_SAME = "{v} = CAST({t} AS VARCHAR)"


@dataclass(frozen=True)
class Reading:
    """A way to read text as a type: every cell must match `pattern` and `value` must not be NULL.

    `plain` is a cheaper test that holds only for cells which need neither cleaning nor trimming and match `pattern`;
    `{v}` stands for the cell, `{t}` for its value. `form` is the pattern of such cells.
    """

    kind: str
    pattern: str
    value: str
    plain: str = ""
    note: str = ""
    form: str = ""

    def cast(self, column: str) -> str:
        """The cell as a value. Casts to numbers skip spaces by themselves; trimming costs more than the cast."""
        return self.bare(column if self.kind in ("BIGINT", "DOUBLE") else trimmed(column))

    def bare(self, column: str) -> str:
        """The value of a cell that has no blanks around it."""
        return self.value.replace("{}", column)

    def is_plain(self, cell: str, value: str | None = None) -> str:
        """The cheaper test of a cell, as SQL; `value` is its value where that is at hand."""
        return self.plain.replace("{t}", value or self.bare("{v}")).replace("{v}", cell)

    def holds(self) -> str:
        """The test of a cell `{v}`, as SQL."""
        pattern = literal(rf"\s*(?:{self.pattern})\s*")
        return f"regexp_full_match({{v}}, {pattern}) AND {self.cast('{v}')} IS NOT NULL"


def trimmed(column: str) -> str:
    """SQL for a cell without blanks around it."""
    return _TRIMMED.format(column)


_ISO = r"regexp_replace(replace({}, 'UTC', 'Z'), ' ([-+Z])', '\1')"
"""A time with its offset written as DuckDB's casts read it: no space before."""


_NOON = r"regexp_replace(upper({}), ' ?([AP])\.?M\.?$', ' \1M')"
_SIGNED = (
    r"CASE WHEN contains({}, '−') OR contains(right({}, 3), '-')"
    r" THEN regexp_replace(replace({}, '−', '-'), '^\s*(.*\d)\s*-\s*$', '-\1') ELSE {} END"
)
"""A number with its sign before it: a true minus (U+2212) and one after the number are made plain. Few have either, and
a look at the last characters costs a twentieth of the pattern."""


def _number(pattern: str, value: str, note: str) -> Reading:
    """A reading of numbers by a pattern without sign and by SQL that makes a signed number plain."""
    plain = value.replace("{}", _SIGNED)
    return Reading("DOUBLE", rf"[-+−]? ?{pattern}|{pattern} ?-", f"TRY_CAST({plain} AS DOUBLE)", note=note)


_NO_SPACES = "replace({}, ' ', '')"
_NO_APOSTROPHES = "regexp_replace({}, '[''’]', '', 'g')"
READINGS = {
    "boolean": Reading(
        "BOOLEAN",
        r"(?i)true|false",
        "TRY_CAST({} AS BOOLEAN)",
        "{v} IN ('true', 'false', 'True', 'False', 'TRUE', 'FALSE')",
        form="true|false|True|False|TRUE|FALSE",
    ),
    "integer": Reading(
        "BIGINT",
        _INTEGER,
        "TRY_CAST({} AS BIGINT)",
        "strlen({v}) <= 18 AND " + _SAME,
        form=r"0|(?=.{1,18}$)-?[1-9]\d*",
    ),
    "decimal": Reading(
        "DOUBLE",
        _DECIMAL,
        "TRY_CAST({} AS DOUBLE)",
        "strlen({v}) <= 18 AND NOT contains({v}, '_') AND NOT contains({v}, '+') AND isfinite({t})",
        form=r"(?=.{1,18}$)-?(\d+\.?\d*|\.\d+)([eE]-?\d{1,3})?",
    ),
    "date": Reading("DATE", _DATE, "TRY_CAST({} AS DATE)", "strlen({v}) = 10 AND " + _SAME, form=r"\d{4}-\d\d-\d\d"),
    "timestamp": Reading(
        "TIMESTAMP",
        f"{_DATE}({_CLOCK})?",
        "TRY_CAST({} AS TIMESTAMP)",
        "strlen({v}) = 19 AND " + _SAME,
        form=r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    ),
    "time with offset": Reading(
        "TIMESTAMP", f"{_DATE}({_CLOCK}( ?{OFFSET})?)?", f"CAST(TRY_CAST({_ISO} AS TIMESTAMPTZ) AS TIMESTAMP)"
    ),
    "local time": Reading("TIMESTAMP", f"{_DATE}{_CLOCK} ?{OFFSET}", f"TRY_CAST({_ISO} AS TIMESTAMP)"),
    "time": Reading("TIME", _TIME, "TRY_CAST({} AS TIME)"),
    "time of 12 hours": Reading(
        "TIME",
        _CLOCK_12,
        f"CAST(coalesce(try_strptime({_NOON}, '%I:%M %p'), try_strptime({_NOON}, '%I:%M:%S %p')) AS TIME)",
    ),
    "minus": _number(r"(\d{1,18}|\d+\.\d*|\.\d+)", "{}", "an unusual minus sign"),
    "thousands": _number(_THOUSANDS, "replace({}, ',', '')", "a comma between thousands"),
    "decimal comma": _number(_COMMA, "replace(replace({}, '.', ''), ',', '.')", "a comma before decimals"),
    "spaced": _number(rf"{_SPACED}(\.\d+)?", _NO_SPACES, "a space between thousands"),
    "spaced, comma": _number(rf"{_SPACED}(,\d+)?", f"replace({_NO_SPACES}, ',', '.')", "a space between thousands"),
    "apostrophe": _number(rf"{_APOSTROPHE}(\.\d+)?", _NO_APOSTROPHES, "an apostrophe between thousands"),
    "apostrophe, comma": _number(
        rf"{_APOSTROPHE}(,\d+)?", f"replace({_NO_APOSTROPHES}, ',', '.')", "an apostrophe between thousands"
    ),
}
"""Every way in which a text column can be read, simplest first. "local time" is chosen over "time with offset" when
all offsets of a column are the same: DuckDB's TIMESTAMP leaves an offset out, and so keeps the clock of the place.
Dates in other forms than ISO's, serial numbers and lengths of time are read in analyst.datasets.times."""
