"""Binding one SQL step against empty tables: repairing what is plainly meant, telling what is not.

DuckDB's binder is the judge; names are compared first, so that one pass finds every unknown column and not just the
first. A repair changes the text, and the changed text is inspected and bound from the start.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analyst.core.errors import PlanError
from analyst.core.quoting import literal, quoted
from analyst.engine.errors import EngineError, StoppedError
from analyst.engine.interface import Engine
from analyst.engine.parsing import Node
from analyst.planning.row_numbers import ROW, without_row_numbers
from analyst.planning.sql_guard import Statement, first_line, inspect, nodes, text_constant
from analyst.planning.sql_tokens import join_words, rename, replace_at, rewrite_names, same_name, same_value, token_at
from analyst.planning.wording import nearest
from analyst.protocol.table import ColumnProfile, TableProfile
from analyst.stats.method import is_numeric

MAX_REPAIRS = 24
_COMPARED = ("COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_IN", "COMPARE_NOT_IN", "COMPARE_NOT_DISTINCT_FROM")
_DATE_FUNCTIONS = frozenset(
    {"year", "month", "day", "quarter", "week", "weekday", "dayofweek", "isodow", "dayname", "monthname", "hour"}
    | {"date_trunc", "datetrunc", "date_part", "datepart", "date_diff", "datediff", "date_add", "strftime", "last_day"}
    | {"yearweek", "dayofyear", "isoyear", "date_sub", "time_bucket", "minute", "epoch"}
)

Tables = Mapping[str, Mapping[str, str]]
"""Table → its columns with their types."""


@dataclass(frozen=True)
class BoundSql:
    """SQL that binds: its text after repairs, its columns, and the tables and columns of `data` that it reads."""

    sql: str
    columns: tuple[tuple[str, str], ...]
    statement: Statement
    used: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """Literals that no row has: refused once, accepted with a warning when the model insists."""


@dataclass
class SqlBinder:
    """Binds the SQL of one plan on `engine`, which holds `tables`, all empty."""

    engine: Engine
    profile: TableProfile
    tables: dict[str, dict[str, str]]
    repairs: list[str] = field(default_factory=list)

    def bind(self, sql: str) -> BoundSql:
        """The step bound; PlanError with every problem that its text shows."""
        self.repairs = []
        for _ in range(MAX_REPAIRS):
            try:
                statement = inspect(sql, self.tables)
            except PlanError as error:
                sql = self._repair_syntax(sql, error)
                continue
            changed = self._repair_names(statement) or self._repair_stars(statement)
            if changed is not None:
                sql = changed
                continue
            try:
                columns = self._describe(statement.text)
            except StoppedError:
                raise
            except EngineError as error:
                sql = self._repair_types(statement, error)
                continue
            changed, doubts = self._check_values(statement)
            if changed is None:
                used = tuple(_used(statement, self.tables))
                return BoundSql(statement.text, columns, statement, used, tuple(self.repairs), tuple(doubts))
            sql = changed
        raise PlanError(["the SQL could not be repaired: rewrite it with the columns' exact names"])

    def _describe(self, sql: str) -> tuple[tuple[str, str], ...]:
        given = {column for columns in self.tables.values() for column in columns}
        return result_columns(self.engine, sql, given)

    def _repair_syntax(self, sql: str, error: PlanError) -> str:
        """Quotes around a column's name that is no plain word (Unit Price, When); `error` when that is not it."""
        near = re.search(r'syntax error at or near "([^"]+)"', error.message)
        if near is None:
            raise error
        columns = list(dict.fromkeys(column for table in self.tables.values() for column in table))
        for column in sorted(columns, key=len, reverse=True):
            joined = join_words(sql, column) if re.search(r"\s", column) else sql
            if joined != sql:
                self.repairs.append(f"words joined as column {column!r}")
                return joined
        for column in columns:
            changed = rename(sql, column, column) if column.casefold() == near[1].casefold() else sql
            if changed != sql and not re.search(r"(?i)\bcase\b", sql):
                self.repairs.append(f"column {column!r} put in double quotes")
                return changed
        raise error

    def _repair_names(self, statement: Statement) -> str | None:
        known = self._visible(statement)
        spelled = {name.casefold() for name in known} | statement.names
        problems = []
        for name, qualifier in _column_names(statement.tree):
            if name.casefold() in spelled or (qualifier and qualifier.casefold() not in self._qualifiers(statement)):
                continue
            changed = self._repair_name(statement, name, known)
            if changed is not None:
                return changed
            problems.append(self._unknown(statement, name, known))
        if problems:
            raise PlanError(list(dict.fromkeys(problems)))
        return None

    def _repair_stars(self, statement: Statement) -> str | None:
        numbered = {table.casefold() for table, columns in self.tables.items() if ROW in columns}
        return without_row_numbers(statement.tree, numbered)

    def _repair_name(self, statement: Statement, name: str, known: Sequence[str]) -> str | None:
        same = [column for column in known if same_name(column) == same_name(name)]
        if len(same) == 1:
            self.repairs.append(f"column {name!r} read as {same[0]!r}")
            return rename(statement.text, name, same[0])
        for column in known:
            if re.match(rf"{re.escape(name)}[\s_]", column, re.IGNORECASE) or re.search(
                rf"[\s_]{re.escape(name)}$", column, re.IGNORECASE
            ):
                joined = join_words(statement.text, column)
                if joined != statement.text:
                    self.repairs.append(f"words joined as column {column!r}")
                    return joined
        if "data" in statement.reads and (holder := self._holder(name)):
            column, value = holder
            self.repairs.append(f"{name!r} is a value of {column}: written in single quotes")
            return rewrite_names(
                statement.text, lambda t: literal(value) if t.name == name and t.name != column else None
            )
        return None

    def _holder(self, name: str) -> tuple[str, str] | None:
        holders = [
            (column.name, str(value))
            for column in self.profile.columns
            if not column.personal
            for value, _ in column.values
            if isinstance(value, str) and value == name
        ]
        return holders[0] if holders else None

    def _unknown(self, statement: Statement, name: str, known: Sequence[str]) -> str:
        where = " and ".join(statement.reads) or "the step's tables"
        near = nearest(name, known)
        if near:
            return f"no column {name!r} in {where}; did you mean {near}?"
        shown = ", ".join(quoted(column) for column in known[:40])
        return f"no column {name!r} in {where}; it has {shown}. Text values go in 'single quotes'"

    def _visible(self, statement: Statement) -> list[str]:
        names = [name for table in statement.reads for name in self.tables[table]]
        return list(dict.fromkeys(names))

    def _qualifiers(self, statement: Statement) -> set[str]:
        return {table.casefold() for table in statement.reads} | statement.names

    def _repair_types(self, statement: Statement, error: EngineError) -> str:
        told = first_line(error)
        culprits = list(self._text_columns(statement, told))
        for node, name, function in culprits:
            new = self._converted(name, function)
            place, token = node.get("query_location"), None
            if new is not None and isinstance(place, int):
                token = token_at(statement.text, place)
            if token is not None and token.is_name and token.name.casefold() == name.casefold():
                self.repairs.append(f"{name!r} holds text: read as {new}")
                return replace_at(statement.text, int(place or 0), len(token.text.encode()), str(new))
        raise PlanError([self._type_problem(name) for _, name, _ in culprits] or [told])

    def _text_columns(self, statement: Statement, told: str) -> Iterator[tuple[Node, str, str]]:
        named = re.search(r"argument types '([^(']+)\(", told)
        compared = "Cannot compare" in told or "Cannot mix values" in told or "BETWEEN" in told
        types = self._types(statement)
        for node in nodes(statement.tree):
            function = str(node.get("function_name", ""))
            hit = named is not None and function.casefold() == named[1].casefold()
            if hit or (compared and node.get("class") in ("COMPARISON", "BETWEEN", "OPERATOR", "CASE")):
                for child in _direct(node):
                    name = _last(child)
                    if name and types.get(name.casefold(), "").startswith("VARCHAR"):
                        yield child, name, function

    def _types(self, statement: Statement) -> dict[str, str]:
        return {name.casefold(): kind for table in statement.reads for name, kind in self.tables[table].items()}

    def _converted(self, name: str, function: str) -> str | None:
        column = self._profiled(name)
        if column is None:
            return None
        if column.number_pattern and function not in _DATE_FUNCTIONS:
            return f"num({quoted(column.name)})"
        return None

    def _type_problem(self, name: str) -> str:
        column = self._profiled(name)
        sample = sample_of(column)
        return f"{name!r} is text (VARCHAR{sample}): use num({quoted(name)}) for numbers, strptime for dates"

    def _profiled(self, name: str) -> ColumnProfile | None:
        return next((c for c in self.profile.columns if c.name.casefold() == name.casefold()), None)

    def _check_values(self, statement: Statement) -> tuple[str | None, list[str]]:
        doubts = []
        for name, place, value in self._literals(statement):
            column = self._profiled(name)
            if (
                column is None
                or column.personal
                or not _lists_all(column)
                or value in (known := [str(v) for v, _ in column.values])
            ):
                continue
            same = [other for other in known if same_value(other) == same_value(value)]
            token = token_at(statement.text, place)
            if len(same) == 1 and token is not None and token.kind == "string":
                self.repairs.append(f"{value!r} read as {same[0]!r}, a value of {column.name}")
                return replace_at(statement.text, place, len(token.text.encode()), literal(same[0])), []
            near = nearest(value, known)
            hint = f"did you mean {near}?" if near else f"it has {', '.join(map(repr, known[:20]))}"
            doubts.append(f"{column.name} has no value {value!r}; {hint}")
        return None, doubts

    def _literals(self, statement: Statement) -> Iterator[tuple[str, int, str]]:
        if set(statement.reads) != {"data"}:
            return
        for node in nodes(statement.tree):
            if node.get("type") not in _COMPARED:
                continue
            sides = list(_direct(node))
            columns = [name for side in sides if (name := _last(side)) and name.casefold() not in statement.names]
            if len(columns) != 1:
                continue
            for side in sides:
                value = text_constant(side)
                if value is not None:
                    yield columns[0], int(side.get("query_location") or 0), value


def _direct(node: Node) -> Iterator[Node]:
    for key in ("left", "right", "child", "children", "arguments", "input", "lower", "upper", "case_checks"):
        given = node.get(key)
        for item in given if isinstance(given, list) else [given]:
            if isinstance(item, Mapping):
                inner = item.get("expression")
                yield inner if isinstance(inner, Mapping) else item


def _last(node: Node) -> str | None:
    names = node.get("column_names")
    return str(names[-1]) if node.get("class") == "COLUMN_REF" and names else None


def _column_names(tree: Node) -> Iterator[tuple[str, str | None]]:
    """Every column named in a tree, with its table when given."""
    for node in nodes(tree):
        names = node.get("column_names")
        if node.get("class") == "COLUMN_REF" and names:
            yield str(names[-1]), str(names[-2]) if len(names) > 1 else None


def _used(statement: Statement, tables: Tables) -> Iterator[str]:
    if "data" not in statement.reads:
        return
    named = {name.casefold() for name, _ in _column_names(statement.tree)}
    for column in tables["data"]:
        if column.casefold() in named and column != ROW:
            yield column


def _lists_all(column: ColumnProfile) -> bool:
    return bool(column.values) and column.kind == "text" and column.distinct == len(column.values)


def result_columns(engine: Engine, sql: str, given: Collection[str]) -> tuple[tuple[str, str], ...]:
    """The result columns of a SELECT in their order, each with a name of its own that can be cited, and their types.

    `given` are the columns of the tables that it may read: such a name stays as it is.
    """
    taken: dict[str, str] = {}
    for name, kind in engine.describe(sql):
        free, number = citable(name, given), 0
        name = free
        while free.casefold() in {other.casefold() for other in taken}:
            number += 1
            free = f"{name}_{number}"
        taken[free] = "INTEGER" if kind in ('"NULL"', "NULL") else kind
    return tuple(taken.items())


def citable(name: str, columns: Collection[str]) -> str:
    """The result column `name`, made a plain word when it is the text of an expression that nobody named."""
    if name in columns or not re.search(r"[()*/+\"]", name):
        return name
    plain = re.sub(r"\W+", "_", name.replace("count_star()", "count")).strip("_").lower()
    return plain[:60] or name


def sample_of(column: ColumnProfile | None) -> str:
    """A value of a text column, as an example that its card gives too; nothing for personal data."""
    if column is None or column.personal or not column.values:
        return ""
    return f", e.g. {str(column.values[0][0])[:40]!r}"


def numeric_text(column: ColumnProfile | None) -> bool:
    """Whether a text column holds numbers."""
    return column is not None and bool(column.number_pattern) and not is_numeric(column.type)
