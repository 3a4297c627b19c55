"""What a reference stands for: the table, the row and the field, or a problem that names the nearest ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.references import Body, conditions, normal, readings, unquoted
from analyst.reporting.labels import as_period, dated, grain_of, in_words, is_day, kind_in, part_of
from analyst.reporting.numbers import (
    as_list,
    as_value,
    clean_text,
    has_digit,
    is_unit,
    kept,
    listed,
    percent_digits,
    show,
)

Row = tuple[Any, ...]
_TOLD = 6


class UnresolvedError(Exception):
    """A reading of a reference that the evidence does not bear out; the message tells a model what to write."""


@dataclass(frozen=True)
class Resolved:
    """What one reference stands for. `value` is a tuple when the reference is a list; `numbers`: how many it shows;
    `rows` are the rows that it selects, all of them for a list."""

    body: Body
    table: EvidenceTable
    field: str
    value: Any
    shown: str
    numbers: int
    kind: str | None
    rows: tuple[Row, ...]

    @property
    def row(self) -> Row | None:
        """The row of a single value; None for a list."""
        return None if isinstance(self.value, tuple) else self.rows[0]


def resolve(body: str, evidence: Evidence, *, prose: bool = True) -> Resolved:
    """The first reading of `body` that the evidence bears out. UnresolvedError: what ails the likeliest.

    `prose`: written as in a sentence (dates and large numbers in words, currencies); else as a value by itself.
    """
    first: UnresolvedError | None = None
    for reading in readings(body):
        try:
            return _resolve(reading, evidence, prose)
        except UnresolvedError as error:
            first = first or error
    raise first or UnresolvedError("is not a reference: write {{table.field}} or {{table[key=value].field|2}}")


def _resolve(body: Body, evidence: Evidence, prose: bool) -> Resolved:
    table = _table(body.table, evidence)
    column = _column(body.field, table)
    place = table.columns.index(column)
    kind = _kind(table, column, prose)
    if body.selector is not None and unquoted(body.selector) == "*":
        return _listed(body, table, column, prose)
    row = _row(body.selector, table)
    value = row[place]
    if value is None:
        raise UnresolvedError(f"has no value: {column} is empty (null) in that row of {table.id}")
    suited = percent_digits(table.column(column)) if prose and kind == "percent" and table.key else None
    shown = _written(value, kind, body, prose, grain_of(table, column), suited)
    if not shown:
        raise UnresolvedError(f"has no value: {column} is an empty text in that row of {table.id}")
    return Resolved(body, table, column, value, shown, int(has_digit(shown)), kind, (row,))


def _listed(body: Body, table: EvidenceTable, column: str, prose: bool) -> Resolved:
    """A whole column: in prose its first values and how many more, else every one, between commas."""
    place, kind = table.columns.index(column), _kind(table, column, prose)
    values = tuple(row[place] for row in table.rows)
    if not values and prose:
        raise UnresolvedError(f"lists {table.id}, which has no rows: say so in words")
    total = max(table.row_count, len(values))
    if not prose and total > len(values):
        raise UnresolvedError(f"lists {total} rows of {table.id}, of which only the first {len(values)} are kept")
    grain = grain_of(table, column)
    items = [_written(value, kind, body, prose, grain) for value in values]
    if not prose:
        return Resolved(body, table, column, values, as_list(items), sum(map(has_digit, items)), kind, table.rows)
    told = kept(items, total)
    numbers = sum(map(has_digit, told)) + (total > len(told))
    return Resolved(body, table, column, values, listed(items, total), numbers, kind, table.rows)


def _kind(table: EvidenceTable, column: str, prose: bool) -> str | None:
    kind = kind_in(table, column)
    if is_unit(kind) and not prose:
        return None
    return "date" if kind in (None, "text", "date") and prose and dated(table, column) else kind


def _written(value: Any, kind: str | None, body: Body, prose: bool, grain: str, suited: int | None = None) -> str:
    """A value in its shape; `suited` are the decimals of its column where the shape asks for none."""
    shape = body.shape
    digits = suited if shape.digits is None else shape.digits
    percent = shape.percent or (shape.digits is None and suited is not None)
    if shape.part is not None:
        return _part(value, shape.part, body)
    if shape.absolute and isinstance(value, (int, float)) and not isinstance(value, bool):
        value = abs(value)
    if prose and isinstance(value, str) and (kind == "date" or is_day(value)):
        return in_words(as_period(clean_text(value).strip(), grain))
    try:
        if not prose:
            return as_value(value, kind, digits=shape.digits, percent=shape.percent, sign=shape.sign)
        return show(value, kind, digits=digits, percent=percent, sign=shape.sign, prose=prose)
    except (ValueError, InvalidOperation):
        raise UnresolvedError(f"has no value: {body.field} is not a finite number there") from None


def _part(value: Any, part: Literal["year", "month"], body: Body) -> str:
    found = part_of(value, part)
    if found is None:
        raise UnresolvedError(f"asks for the {part} of {clean_text(str(value))[:40]!r}, which is no date: drop |{part}")
    return found


def _table(name: str, evidence: Evidence) -> EvidenceTable:
    for same in (str, normal):
        found = [table for table in evidence.tables if same(table.id) == same(name)]
        if found:
            return found[0]
    ids = [table.id for table in evidence.tables]
    raise UnresolvedError(f"names no table {name!r}: {nearest(name, ids, 'the tables are')}")


def _column(name: str, table: EvidenceTable) -> str:
    for same in (str, normal):
        found = [column for column in table.columns if same(column) == same(name)]
        if len(found) == 1 or (found and same is str):
            return found[0]
    raise UnresolvedError(f"names no field {name!r} of {table.id}: {nearest(name, table.columns, 'its fields are')}")


def _row(selector: str | None, table: EvidenceTable) -> Row:
    if selector is None:
        if len(table.rows) == 1 and table.row_count <= 1:
            return table.rows[0]
        raise UnresolvedError(_which_row(table))
    if selector.isascii() and selector.isdigit():
        return _numbered(int(selector), table)
    problem: UnresolvedError | None = None
    for pairs in conditions(selector, list(table.columns)):
        try:
            return _only(table, pairs)
        except UnresolvedError as error:
            problem = problem or error
    if problem:
        raise problem
    if len(table.key) == 1 and "=" not in selector:
        return _only(table, ((table.key[0], unquoted(selector)),))
    key = selector.partition("=")[0].strip()
    raise UnresolvedError(
        f"selects by {key!r}, which is not a column of {table.id}: {nearest(key, table.columns, 'they are')}"
    )


def _numbered(number: int, table: EvidenceTable) -> Row:
    if 1 <= number <= len(table.rows):
        return table.rows[number - 1]
    held = f"{table.id} has {len(table.rows)} rows, counted from 1"
    if len(table.rows) < table.row_count:
        held = f"only the first {len(table.rows)} of {table.row_count} rows of {table.id} are kept, counted from 1"
    hint = f"; to select by value write [{table.key[0]}={number}]" if table.key else ""
    raise UnresolvedError(f"asks for row {number}: {held}{hint}")


def _only(table: EvidenceTable, pairs: Sequence[tuple[str, str]]) -> Row:
    """The one row in which every pair holds: exactly as written, else with case and spaces forgiven."""
    told = ", ".join(f"{column}={clean_text(value)[:80]}" for column, value in pairs)
    for same in (_equal, _alike):
        found = [row for row in table.rows if all(same(row[table.columns.index(c)], v) for c, v in pairs)]
        if len(found) == 1:
            return found[0]
        if found:
            more = [column for column in table.key if column not in dict(pairs)]
            fix = f"give {' and '.join(more)} too" if more else _by_number(table)
            raise UnresolvedError(f"matches {len(found)} rows of {table.id} by {told}: {fix}")
    cut = f" among the first {len(table.rows)} of {table.row_count} rows" if len(table.rows) < table.row_count else ""
    column, value = _missing(table, pairs)
    if column in table.withheld:
        raise UnresolvedError(f"matches no row of {table.id} by {told}{cut}: {_by_number(table)}")
    near = nearest(value, [clean_text(str(v)) for v in table.column(column)], f"values of {column} are")
    raise UnresolvedError(f"matches no row of {table.id} by {told}{cut}: {near}")


def _by_number(table: EvidenceTable) -> str:
    """How to cite rows whose cells the writer must not see."""
    return f"use a row number, [1] to [{len(table.rows)}]"


def _missing(table: EvidenceTable, pairs: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The first pair that no row satisfies by itself, else the last."""
    for column, value in pairs:
        if not any(_alike(cell, value) for cell in table.column(column)):
            return column, value
    return pairs[-1]


def _equal(cell: Any, text: str) -> bool:
    if isinstance(cell, str):
        return cell == text
    return _alike(cell, text)


def _alike(cell: Any, text: str) -> bool:
    if cell is None:
        return text.casefold() in ("null", "none", "missing", "")
    if isinstance(cell, bool):
        return text.casefold() in (("true", "yes", "1") if cell else ("false", "no", "0"))
    if isinstance(cell, (int, float)):
        return _number(text) == Decimal(repr(cell))
    return normal(clean_text(str(cell))) == normal(clean_text(text))


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "").replace("_", "").strip())
    except InvalidOperation:
        return None


def nearest(name: str, known: Iterable[str], introduction: str) -> str:
    """What a writer who wrote `name` may have meant: the nearest of `known`, else the first ones."""
    names = list(dict.fromkeys(known))
    by_normal = {normal(item): item for item in reversed(names)}
    close = difflib.get_close_matches(normal(name), list(by_normal)[:2000], n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(repr(by_normal[item][:60]) for item in close) + "?"
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return f"{introduction} {', '.join(item[:60] for item in names[:_TOLD])}{more}" if names else "there are none"


def _which_row(table: EvidenceTable) -> str:
    if not table.rows:
        return f"cites {table.id}, which has no rows: say so in words"
    key = table.key[0] if table.key else table.columns[0]
    if key in table.withheld:
        return f"matches {table.row_count} rows of {table.id}: {_by_number(table)}, or list all with {table.id}[*]"
    example = clean_text(str(table.column(key)[0]))[:40]
    return (
        f"matches {table.row_count} rows of {table.id}: select one, as {table.id}[{key}={example}] or {table.id}[1], "
        f"or list all with {table.id}[*]"
    )
