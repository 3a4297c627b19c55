"""What a new column is made of: sums, differences, ratios, products, formulas as written, parts of texts and dates.

Each rule reads a marked clause (analyst.rulebased.clauses) and gives SQL over the columns, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.clauses import COLUMN, QUOTED, Clause
from analyst.rulebased.link.columns import is_number, is_time, spoken

_LIST = r"<\d+>(?:(?:\s*,\s*|\s*,?\s*and(?: by)?\s+|\s*\+\s*|\s*&\s*|\s+plus\s+|\s+to\s+)<\d+>)+"
_LOOSELY = r"<\d+>(?:[^<>\[\];]{1,50}<\d+>)+"
"""Columns with words between them, as in `the sum of Alpha Ltd. (ALP) and Beta Corp. (BET)`."""
_OPERAND = rf"[(\s]*(?:{COLUMN}|\d+(?:\.\d+)?)[)\s]*"
_WRITTEN = re.compile(rf"{_OPERAND}(?:[-+*/]{_OPERAND})+")
_PARTS = {"hour": "hour", "month": "month", "year": "year", "quarter": "quarter", "day of week": "isodow",
          "weekday": "isodow", "day of month": "day", "day": "day", "minute": "minute", "week": "week"}  # fmt: skip
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M")


@dataclass(frozen=True)
class Formula:
    """SQL of one row's value, the columns that it rests on, whether it is a number, and in words."""

    sql: str
    columns: tuple[ColumnCard, ...]
    words: str
    type: str = "DOUBLE"


def formula(clause: Clause) -> Formula | None:
    """The value that the clause says how to compute, or None."""
    for rule in (_centred, _written, _difference, _ratio, _listed, _taken_from_text, _moment, _function):
        made = rule(clause)
        if made is not None:
            return made
    return None


def _number(column: ColumnCard) -> str:
    return sql.number(column)


def _numbers(clause: Clause, part: str) -> tuple[ColumnCard, ...] | None:
    """The columns of a part of the clause, when all of them are numbers."""
    found = clause.all_in(part)
    return found if found and all(is_number(column) for column in found) else None


def _two(clause: Clause, pattern: str) -> tuple[ColumnCard, ColumnCard] | None:
    found = re.search(pattern, clause.text)
    numbers = None if found is None else _numbers(clause, f"<{found[1]}> <{found[2]}>")
    return (numbers[0], numbers[1]) if numbers and len(numbers) == 2 else None


def _centred(clause: Clause) -> Formula | None:
    """A value less the mean or median of its column."""
    pattern = rf"(?:subtract\w*|minus|less|difference from|deviation from) (mean|average|median)\b[^<]*(?:{COLUMN})?"
    found = re.search(pattern, clause.text)
    numbers = clause.numbers
    if found is None or len(numbers) != 1:
        return None
    name = _number(numbers[0])
    told = "median" if found[1] == "median" else "avg"
    return Formula(f"{name} - {told}({name}) OVER ()", numbers, f"{spoken(numbers[0])} minus its {found[1]}")


def _written(clause: Clause) -> Formula | None:
    """A formula as written: `(High + Low) / 2`."""
    found = max(_WRITTEN.finditer(clause.text), key=lambda match: len(match[0]), default=None)
    if found is None or not re.search(COLUMN, found[0]) or found[0].count("(") != found[0].count(")"):
        return None
    numbers = _numbers(clause, found[0])
    if numbers is None:
        return None
    divided = re.sub(rf"/\s*({COLUMN})", r"/ nullif(\1, 0)", found[0])
    read = re.sub(COLUMN, lambda match: _number(clause.column(match[1])), divided)
    return Formula(read.strip(), numbers, re.sub(COLUMN, lambda m: clause.column(m[1]).name, found[0]).strip())


def _difference(clause: Clause) -> Formula | None:
    words = r"(?: [a-z]+){0,3}?"
    pair = _two(clause, rf"subtract\w*{words} {COLUMN} from{words} {COLUMN}")
    reverse = pair is not None
    for pattern in (
        rf"(?:difference|gap|distance|change|spread)\w*{words} (?:between|of|in)?{words} ?{COLUMN}{words} "
        rf"(?:and|minus){words} {COLUMN}",
        rf"{COLUMN} (?:minus|less) {COLUMN}",
    ):
        pair = pair or _two(clause, pattern)
    if pair is None:
        pair = _two(clause, rf"(?:change|difference|days|hours) from {COLUMN} to {COLUMN}")
        reverse = pair is not None
    if pair is None:
        return None
    first, second = (pair[1], pair[0]) if reverse else pair
    return Formula(f"{_number(first)} - {_number(second)}", pair, f"{spoken(first)} minus {spoken(second)}")


def _ratio(clause: Clause) -> Formula | None:
    words = r"(?: [a-z]+){0,3}?"
    pair = next(
        (
            found
            for pattern in (
                rf"divid\w*{words} {COLUMN}{words} by{words} {COLUMN}",
                rf"{COLUMN}{words} divided by{words} {COLUMN}",
                rf"(?:ratio|quotient|share|proportion|fraction)\w* (?:of|between){words} {COLUMN}{words} "
                rf"(?:to|and|over|by|in){words} {COLUMN}",
                rf"{COLUMN} (?:to|over) {COLUMN} ratio",
                rf"{COLUMN} (?:per|as (?:share|percentage|percent|fraction|proportion) of) {COLUMN}",
            )
            if (found := _two(clause, pattern))
        ),
        None,
    )
    if pair is None:
        return None
    first, second = pair
    times = " * 100" if re.search(r"percent(age)?\b", clause.text) else ""
    text = f"CAST({_number(first)} AS DOUBLE) / nullif({_number(second)}, 0){times}"
    return Formula(text, pair, f"{spoken(first)} divided by {spoken(second)}")


def _listed(clause: Clause) -> Formula | None:
    """Several columns added, multiplied or averaged."""
    found = re.search(_LIST, clause.text) or re.search(_LOOSELY, clause.text)
    numbers = tuple(c for c in clause.all_in(found[0]) if is_number(c)) if found else ()
    if found is None or not numbers or len(numbers) < 2:
        return None
    before, names = clause.text, [_number(column) for column in numbers]
    told = " and ".join(spoken(column) for column in numbers)
    if re.search(r"\bmultipl\w*|\bproduct of\b|\btimes\b", before):
        return Formula(" * ".join(names), numbers, f"the product of {told}")
    if re.search(
        r"\b(?:average|mean) (?:\w+ ){0,4}(?:of|for|across|between)\b|\baverag\w+ <", before[: found.start() + 1]
    ):
        return Formula(f"({' + '.join(names)}) / {len(names)}", numbers, f"the mean of {told}")
    if re.search(r"\bsum\w*|\badd\w*|\btotal\w*|\bcombin\w*|\bplus\b|\btogether\b", before):
        return Formula(" + ".join(names), numbers, f"the sum of {told}")
    return None


def _taken_from_text(clause: Clause) -> Formula | None:
    """A part or the length of a text."""
    texts = [column for column in clause.columns if not is_number(column) and not is_time(column)]
    if not texts:
        return None
    name, told = sql.quoted(texts[0].name), spoken(texts[0])
    rules: Sequence[tuple[str, str, str]] = (
        (
            r"number of words|word count|count\w* " r"(?:of )?words",
            f"len(string_split_regex(trim({name}), '\\s+'))",
            "BIGINT",
        ),
        (r"\blength\b|number of (?:characters|letters)|character count|how long", f"length({name})", "BIGINT"),
        (
            r"\btitle|honorific|salutation",
            f"nullif(regexp_extract({name}, '(?:^|[\\s,])([^\\s,.]+)\\.', 1), '')",
            "VARCHAR",
        ),
        (r"\bfirst word|first name before", f"nullif(regexp_extract({name}, '^\\s*(\\S+)', 1), '')", "VARCHAR"),
        (r"\blast word", f"nullif(regexp_extract({name}, '(\\S+)\\s*$', 1), '')", "VARCHAR"),
        (r"\bfirst (?:letter|character)|\binitial\b", f"left(trim({name}), 1)", "VARCHAR"),
        (r"\bdomain\b", f"nullif(regexp_extract({name}, '@(.+)$', 1), '')", "VARCHAR"),
        (r"\bupper ?case", f"upper({name})", "VARCHAR"),
        (r"\blower ?case", f"lower({name})", "VARCHAR"),
    )
    for pattern, expression, kind in rules:
        if re.search(pattern, clause.text):
            said = re.search(pattern, clause.text)
            return Formula(expression, (texts[0],), f"{said[0] if said else ''} of {told}".strip(), kind)
    return None


def _moment(clause: Clause) -> Formula | None:
    """A part of a date or of a time of day."""
    part = next((p for p in _PARTS if re.search(rf"\b{p}s?\b", clause.text)), None)
    if part is None or not re.search(
        r"\bextract\w*|\bfrom\b|\bof\b|\brepresent\w*|\bbased on\b|\busing\b", clause.text
    ):
        return None
    times = [column for column in clause.columns if is_time(column) or column.type.upper() == "TIME"]
    texts = [c for c in clause.columns if not is_number(c) and c.type.upper().startswith("VARCHAR")]
    if times:
        return Formula(
            f"{_PARTS[part]}({sql.moment(times[0])})", (times[0],), f"the {part} of {spoken(times[0])}", "BIGINT"
        )
    if texts and part in ("hour", "minute"):
        formats = ", ".join(f"'{clock}'" for clock in _CLOCKS)
        read = f"try_strptime({sql.quoted(texts[0].name)}, [{formats}])"
        return Formula(f"{part}({read})", (texts[0],), f"the {part} of {spoken(texts[0])}", "BIGINT")
    return None


_FUNCTIONS: Sequence[tuple[str, Callable[[str], str], str]] = (
    (
        r"log(?:arithm\w*)? ?\(? ?(?:base " r")?10|base-?10|log10",
        lambda n: f"log10(CASE WHEN {n} > 0 THEN {n} END)",
        "base-ten logarithm",
    ),
    (
        r"log1p|log ?\( ?1 ?\+|log " r"?\(<\d+> ?\+ ?1",
        lambda n: f"ln(1 + CASE WHEN {n} > -1 THEN {n} END)",
        "logarithm of one plus",
    ),
    (r"\blog|\bnatural log|\bln\b", lambda n: f"ln(CASE WHEN {n} > 0 THEN {n} END)", "natural logarithm"),
    (r"square root|\bsqrt", lambda n: f"sqrt(CASE WHEN {n} >= 0 THEN {n} END)", "square root"),
    (r"\bsquar(?:e|ed|ing)\b", lambda n: f"{n} * {n}", "square"),
    (r"\babsolute\b", lambda n: f"abs({n})", "absolute value"),
    (
        r"z-?scores?|standardi[sz]",
        lambda n: f"({n} - avg({n}) OVER ()) / nullif(stddev_pop({n}) OVER (), 0)",
        "z-score",
    ),
    (
        r"min-?max|normali[sz]|between 0 and 1|range (?:of )?0 (?:to|and|-) 1|rescal|\bscal(?:e|ing|ed)\b",
        lambda n: f"({n} - min({n}) OVER ()) / nullif(max({n}) OVER () - min({n}) OVER (), 0)",
        "value scaled to between its minimum and maximum",
    ),
)


def function(clause: Clause, column: ColumnCard) -> Formula | None:
    """The function of one column that the clause asks for: a logarithm, a root, a scaling."""
    if not is_number(column):
        return None
    for pattern, build, words in _FUNCTIONS:
        if re.search(pattern, clause.text):
            return Formula(build(_number(column)), (column,), f"{words} of {spoken(column)}")
    return None


def _function(clause: Clause) -> Formula | None:
    return function(clause, clause.numbers[0]) if len(clause.numbers) == 1 else None


def literal_codes(clause: Clause) -> dict[str, int]:
    """The whole numbers that the clause gives to texts: `[0] is coded as 1 and [1] as 0`."""
    pattern = (
        rf"{QUOTED}(?:\s*(?:is|are|as|to|=|:|with|becomes|coded|encoded|mapped|represented|labell?ed|by))*\s*\(?(\d+)\b"
    )
    return {clause.quoted[int(at)]: int(code) for at, code in re.findall(pattern, clause.text)}
