"""What a column is for, from its header and its measures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from analyst.core.yes_no import yes_of
from analyst.datasets.headers import ID_WORDS, words
from analyst.datasets.measuring import Measured
from analyst.datasets.privacy.headers import heads_free_text
from analyst.datasets.times.calendar import calendar_part
from analyst.datasets.times.vocabulary import QUANTITY_WORDS, YEAR_PARTS

_CODE_WORDS = {"code", "zip", "zipcode", "postal", "postcode", "plz", "fips", "phone", "telephone", "tel", "mobile"}
_CODE_WORDS |= {"account", "iban", "card", "ssn", "ean", "sku", "isbn", "id", "ids", "uuid", "guid"}
_FIRST_WORDS = {"code", "id", "ids", "uuid", "guid", "zip", "postal"}
"""Those of the words for codes that make one of what follows: "code postal", but not "account balance"."""
_NUMBERED = frozenset(
    """
    buyer seller user customer client employee member patient player driver agent vendor supplier store shop student
    donor owner borrower reader courier rider subscriber guest tenant teacher author kunde mitarbeiter cliente
    """.split()  # noqa: SIM905
)
"""Names of columns, in the singular, under which whole numbers tell who or which: 17 is no number of buyers."""
_ROW_WORDS = {"row", "rows", "line", "seq", "sequence", "obs", "observation", "record", "entry", "zeile", "ligne"}
_YEAR_WORDS = YEAR_PARTS | {
    "date",
    "time",
    "years",
    "jahre",
    "annees",
    "années",
    "años",
    "anos",
    "fy",
    "rok",
    "år",
    "год",
}
_YEAR_WORDS |= {"period", "periode", "période", "periodo", "período", "season", "saison", "temporada"}
_TOO_LONG = 10**15
"""Whole numbers from here on have too many digits for a measure: they tell things apart."""


def is_outcome(column: Measured) -> bool:
    """Whether the column is a yes/no, true/false or 0/1 one with both values."""
    if column.distinct != 2:
        return False
    if column.kind == "boolean":
        return True
    if column.kind == "number":
        return {float(value) for value, _ in column.values} == {0.0, 1.0}
    return column.kind == "text" and yes_of(str(value) for value, _ in column.values) is not None


def role(column: Measured, *, number_pattern: str | None) -> str:
    """One of analyst.protocol.table.ROLES."""
    if column.distinct == 0 or (column.distinct == 1 and column.rows > 1):
        return "constant"
    if is_outcome(column):
        return "target"
    if column.kind in ("date", "timestamp"):
        return "time"
    if column.kind == "number":
        return _number_role(column)
    if column.kind != "text":
        return "dimension"
    if number_pattern:
        return "measure"
    return _text_role(column)


def _number_role(column: Measured) -> str:
    header = words(column.name)
    whole = column.type == "BIGINT"
    dated = _YEAR_WORDS & set(header) and not QUANTITY_WORDS & set(header)
    if whole and dated and column.minimum >= 1800 and column.maximum <= 2200:
        return "time"
    if calendar_part(column):
        return "dimension"
    unique = column.distinct == column.present == column.rows
    named = ID_WORDS & set(header) and not _counts_others(header)
    if whole and unique and column.rows > 2 and (named or _in_sequence(column) or _nameless(column)):
        return "identifier"
    if whole and header and (header[-1] in _CODE_WORDS or header[0] in _FIRST_WORDS):
        return "dimension"
    if whole and len(header) == 1 and header[0] in _NUMBERED and column.minimum >= 0:
        return "dimension"
    if whole and column.minimum >= _TOO_LONG:
        return "identifier" if unique else "dimension"
    return "measure"


def _counts_others(header: Sequence[str]) -> bool:
    """Whether a word for an id stands before what is counted: "number of visits", "key events", "ticket price"."""
    of = any(one in ID_WORDS and two == "of" for one, two in pairwise(header))
    last = header[-1]
    amount = last in QUANTITY_WORDS or (len(last) > 3 and last.endswith("s"))
    return of or (amount and last not in ID_WORDS)


def _nameless(column: Measured) -> bool:
    """Whether the first column has no name: then it holds the places that rows had in another table."""
    return column.name == "column_1"


def _in_sequence(column: Measured) -> bool:
    """Whether the values are n whole numbers in a row, from 100 and more; from 0 or 1 in the first column only, or
    where the header speaks of rows: behind a name "trips" of 1, 2, 3, … are trips."""
    start = int(column.minimum)
    numbered = column.place == 0 or not words(column.name) or bool(_ROW_WORDS & set(words(column.name)))
    in_a_row = int(column.maximum) - start + 1 == column.rows and column.rows >= 20
    return in_a_row and (start >= 100 or (start in (0, 1) and numbered))


def _text_role(column: Measured) -> str:
    lengths = [len(value) for value in column.sample]
    average = sum(lengths) / len(lengths) if lengths else 0.0
    unique = column.distinct == column.present == column.rows
    if unique and column.rows > 2 and _code_like(column):
        return "identifier"
    written = heads_free_text(column.name) and any(" " in value.strip() for value in column.sample)
    if written and (column.distinct > 0.5 * column.present or average > 30):
        return "text"
    long_words = sum(value.count(" ") >= 5 for value in column.sample)
    if average > 60 or long_words > 0.5 * max(1, len(lengths)):
        return "text"
    if column.distinct > 50 and column.distinct > 0.5 * column.present and average > 30:
        return "text"
    return "dimension"


def _code_like(column: Measured) -> bool:
    """Whether the header speaks of an id, or nearly all values are one word with digits in it."""
    if set(words(column.name)) & ID_WORDS:
        return True
    coded = sum(any(c.isdigit() for c in v) and " " not in v.strip() for v in column.sample)
    return coded > 0.9 * max(1, len(column.sample))
