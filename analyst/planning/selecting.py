"""Reading a SELECT as a selection: measures of groups of the table's rows, and nothing that a selection can't say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, get_args

from analyst.engine.parsing import Node
from analyst.planning.filtering import filters_of
from analyst.planning.sql_guard import Statement, nodes
from analyst.planning.sql_trees import arguments, function_name, has_distinct, last_name
from analyst.planning.wording import order_of
from analyst.protocol.facts import Filter
from analyst.protocol.selection import (
    MOST_ROWS,
    Aggregate,
    Compared,
    SelectedGroup,
    SelectedMeasure,
    SelectedPeriod,
    SelectedRows,
    Selection,
    Unit,
)
from analyst.protocol.table import ColumnProfile, TableProfile

_AGGREGATES: Mapping[str, Aggregate] = {
    "sum": "sum", "avg": "mean", "mean": "mean", "median": "median", "min": "min", "max": "max", "count": "count",
    "count_star": "count", "stddev": "std", "stddev_samp": "std",
}  # fmt: skip
_PATTERNS: Mapping[str, Unit] = {
    "%Y-%m-%d": "day", "%G-W%V": "week", "%Y-%m": "month", "%Y": "year",
}  # fmt: skip
"""How a moment is written where its rows are put together by a unit of time."""
_ELSEWHERE = ("having", "qualify", "sample")
_DATED = ("date", "timestamp")


class _OtherError(Exception):
    """The SELECT says something that a selection can't."""


Rows = tuple[tuple[SelectedRows, ...], SelectedPeriod | None]
"""Which of the table's rows a step reads: the conditions on them, and the period."""
ALL_ROWS: Rows = ((), None)


def selection_of(statement: Statement, profile: TableProfile) -> Selection | None:
    """What `statement` computes of the table's own rows; None where menus can't say all of it."""
    node: Any = statement.tree.get("node", {})
    try:
        return _Reader({column.name: column for column in profile.columns}).read(node, statement)
    except _OtherError:
        return None


def rows_of(statement: Statement, profile: TableProfile) -> Rows | None:
    """The rows that `statement` picks of the table, whose columns keep their names and values; None where it does
    something else."""
    node: Any = statement.tree.get("node", {})
    try:
        return _Reader({column.name: column for column in profile.columns}).picked(node, statement)
    except _OtherError:
        return None


def selection_of_trend(parameters: Mapping[str, Any], rows: Rows, profile: TableProfile) -> Selection | None:
    """What the method trend computes of `rows`; None where it chooses its unit of time or aggregate by itself."""
    kinds = {column.name: column.kind for column in profile.columns}
    value, aggregate, grain = (parameters.get(name) for name in ("value", "agg", "grain"))
    by = parameters.get("by") or ()
    named = (by,) if isinstance(by, str) else tuple(by)
    known = {parameters.get("time"), value or parameters.get("time"), *named} <= set(kinds)
    if not known or grain not in get_args(Unit) or (value and aggregate not in ("sum", "mean", "median", "min", "max")):
        return None
    measure = SelectedMeasure(aggregate=aggregate or "count", column=value)
    groups = (SelectedGroup(column=parameters["time"], unit=grain), *(SelectedGroup(column=name) for name in named))
    conditions, period = rows
    return Selection(measures=(measure,), groups=groups, rows=conditions, period=period) if len(groups) < 3 else None


class _Reader:
    """Reads one SELECT over the table whose columns are given."""

    def __init__(self, columns: Mapping[str, ColumnProfile]) -> None:
        self._columns = columns

    def read(self, node: Node, statement: Statement) -> Selection:
        if statement.reads != ("data",) or not _is_plain(node):
            raise _OtherError
        measures, groups, names = list[SelectedMeasure](), list[SelectedGroup](), list[str]()
        for item in node.get("select_list") or []:
            if (measure := self._measure(item)) is not None:
                measures.append(measure)
                names.append(str(item.get("alias") or ""))
            else:
                groups.append(self._group(item))
        by = node.get("group_expressions") or []
        by_all = not by and node.get("aggregate_handling") == "FORCE_AGGREGATES"
        if not measures or len(groups) > 2 or not (by_all or len(groups) == len(by)):
            raise _OtherError
        counted = SelectedMeasure(aggregate="count")
        shown = [m for m in measures if m != counted] or [counted]
        rows, period = self._conditions(filters_of(statement.tree), {group.column for group in groups})
        limit = _limit(node)
        return Selection(
            measures=tuple(shown[:4]),
            groups=tuple(groups),
            rows=rows,
            period=period,
            order=_order(statement, names[measures.index(shown[0])]) if groups else None,
            limit=limit if groups and limit < MOST_ROWS else None,
        )

    def picked(self, node: Node, statement: Statement) -> Rows:
        if statement.reads != ("data",) or not _is_plain(node) or node.get("group_expressions"):
            raise _OtherError
        for item in node.get("select_list") or []:
            name = self._folded(item) if item.get("class") == "CASE" else last_name(item) or self._column(item)
            if name != (item.get("alias") or name) or (name not in self._columns and name != "_row"):
                raise _OtherError
        if _limit(node) != MOST_ROWS or node.get("aggregate_handling") == "FORCE_AGGREGATES":
            raise _OtherError
        return self._conditions(filters_of(statement.tree), set())

    def _measure(self, item: Node) -> SelectedMeasure | None:
        """The aggregate that a result column is, at most rounded; None where it is none."""
        if function_name(item) == "round" and arguments(item):
            return self._measure(arguments(item)[0])
        aggregate = _AGGREGATES.get(function_name(item))
        if item.get("class") != "FUNCTION" or item.get("is_operator") or aggregate is None:
            return None
        if item.get("filter") or len(arguments(item)) > 1:
            raise _OtherError
        if not arguments(item):
            return SelectedMeasure(aggregate="count")
        column = self._value(arguments(item)[0])
        if item.get("distinct"):
            aggregate = "distinct" if aggregate == "count" else None
        if aggregate is None or aggregate == "count":
            raise _OtherError  # a count of a column's values is no count of rows
        return SelectedMeasure(aggregate=aggregate, column=column)

    def _value(self, node: Node) -> str:
        return self._folded(node) if node.get("class") == "CASE" else self._column(node)

    def _group(self, item: Node) -> SelectedGroup:
        """What a result column that is no measure groups the rows by."""
        if item.get("class") == "COLUMN_REF":
            return SelectedGroup(column=self._column(item))
        if item.get("class") == "CASE":
            return SelectedGroup(column=self._folded(item))
        name, given = function_name(item), arguments(item)
        if item.get("class") == "CAST":
            return self._by_unit(item, "day")
        if name == "strftime" and len(given) == 2 and (unit := _PATTERNS.get(_text(given[1]))):
            return self._by_unit(given[0], unit)
        if name == "date_trunc" and len(given) == 2 and _text(given[0]).casefold() in get_args(Unit):
            unit_name: Any = _text(given[0]).casefold()
            return self._by_unit(given[1], unit_name)
        if name == "year" and len(given) == 1:
            return self._by_unit(given[0], "year")
        return self._quarter(item)

    def _quarter(self, item: Node) -> SelectedGroup:
        """`strftime(d, '%Y') || '-Q' || quarter(d)`."""
        called = {function_name(node) for node in nodes(item)} - {""}
        dated = {name for node in nodes(item) if (name := last_name(node))}
        texts = {text for node in nodes(item) if (text := _text(node))}
        if called != {"||", "strftime", "quarter"} or texts != {"%Y", "-Q"} or len(dated) != 1:
            raise _OtherError
        return self._dated(dated.pop(), "quarter")

    def _by_unit(self, node: Node, unit: Unit) -> SelectedGroup:
        return self._dated(self._column(node), unit)

    def _dated(self, column: str, unit: Unit) -> SelectedGroup:
        if column not in self._columns or self._columns[column].kind not in _DATED:
            raise _OtherError
        return SelectedGroup(column=column, unit=unit)

    def _folded(self, item: Node) -> str:
        """The column whose spellings a CASE makes one: each test is on it, and all else stays as it is."""
        otherwise = item.get("else_expr") or {}
        tests = [check.get("when_expr") or {} for check in item.get("case_checks") or []]
        of = {name for node in nodes(tests) if (name := last_name(node))}
        outcomes = [check.get("then_expr") or {} for check in item.get("case_checks") or []]
        spellings = all(outcome.get("class") == "CONSTANT" for outcome in outcomes)
        read = {function_name(node) for node in nodes(tests)} - {""}
        if not spellings or of != {last_name(otherwise)} or not read or not read <= {"lower", "trim"}:
            raise _OtherError
        return self._column(otherwise)

    def _column(self, node: Node) -> str:
        """The table's column that an expression is, at most cast or read as a number."""
        if node.get("class") == "CAST":
            return self._column(node.get("child") or {})
        if function_name(node) == "num" and len(arguments(node)) == 1:
            return self._column(arguments(node)[0])
        name = last_name(node)
        if name is None or name not in self._columns:
            raise _OtherError
        return name

    def _conditions(
        self, filters: Sequence[Filter], grouped: set[str]
    ) -> tuple[tuple[SelectedRows, ...], SelectedPeriod | None]:
        """The conditions on rows, and the period; that a group must have a name is none."""
        dated = [f for f in filters if f.column in self._columns and self._columns[f.column].kind in _DATED]
        plain = [f for f in filters if f not in dated and not (f.relation == "present" and f.column in grouped)]
        ends = [f for f in dated if f.relation != "present" or f.column not in grouped]
        return tuple(row for f in plain for row in self._rows(f)), _period(ends)

    def _rows(self, given: Filter) -> Iterator[SelectedRows]:
        known = [value for value in given.values if value is not None]
        if given.column not in self._columns:
            raise _OtherError
        if given.relation == "between" and len(known) == 2:
            yield SelectedRows(column=given.column, relation="at least", values=(known[0],))
            yield SelectedRows(column=given.column, relation="at most", values=(known[1],))
            return
        if given.relation not in get_args(Compared):
            raise _OtherError
        relation: Any = given.relation
        yield SelectedRows(column=given.column, relation=relation, values=tuple(known))


def _is_plain(node: Node) -> bool:
    """Whether a SELECT is of one table's rows, without what a selection can't say."""
    source = node.get("from_table") or {}
    if node.get("type") != "SELECT_NODE" or source.get("type") != "BASE_TABLE" or source.get("sample"):
        return False
    if any(node.get(clause) for clause in _ELSEWHERE) or has_distinct(node) or (node.get("cte_map") or {}).get("map"):
        return False
    return not {inner.get("class") for inner in nodes(node)} & {"WINDOW", "SUBQUERY", "STAR"}


def _period(filters: Sequence[Filter]) -> SelectedPeriod | None:
    """The days from which and up to which the rows are, of one column."""
    if not filters:
        return None
    start, end = None, None
    for given in filters:
        days = [_day(value) for value in given.values]
        match given.relation, days:
            case ("at least", [low]):
                start = low
            case ("at most", [high]):
                end = high
            case ("below", [after]):
                end = after - timedelta(days=1)
            case ("between", [low, high]):
                start, end = low, high
            case _:
                raise _OtherError
    if len({given.column for given in filters}) > 1 or (start and end and start > end):
        raise _OtherError
    return SelectedPeriod(column=filters[0].column, start=start, end=end)


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _OtherError from None


def _order(statement: Statement, measure: str) -> Any:
    """Which rows come first by the first measure; None where the order is another one."""
    first = next(iter(order_of(statement)), None)
    if first is None or first[0] != measure:
        return None
    return "highest" if first[1] == "descending" else "lowest"


def _limit(node: Node) -> int:
    found: Node = next((m for m in node.get("modifiers") or [] if m.get("type") == "LIMIT_MODIFIER"), {})
    text = str(((found.get("limit") or {}).get("literal") or {}).get("text", ""))
    if found and (found.get("offset") or not text.isdigit()):
        raise _OtherError
    return int(text) if found else MOST_ROWS


def _text(node: Node) -> str:
    """The text of a constant; "" for any other expression."""
    given = node.get("literal") or {}
    return str(given.get("text", "")) if given.get("kind") == "STRING" else ""
