"""Saying in words what an SQL step computes, from its syntax tree: the reader sees this beside every result."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from analyst.engine.parsing import Node
from analyst.planning.sql_guard import Statement, nodes, text_constant
from analyst.planning.sql_tokens import same_name

AGGREGATES = {
    "sum": "sum of {}",
    "avg": "mean of {}",
    "mean": "mean of {}",
    "median": "median of {}",
    "count": "count of {}",
    "count_star": "count of rows",
    "min": "minimum of {}",
    "max": "maximum of {}",
    "stddev": "standard deviation of {}",
    "stddev_samp": "standard deviation of {}",
    "stddev_pop": "population standard deviation of {}",
    "quantile_cont": "quantile of {}",
    "quantile_disc": "quantile of {}",
    "corr": "correlation of {}",
    "mode": "most frequent {}",
    "var_samp": "variance of {}",
}
MEASURED = frozenset(
    {*AGGREGATES, "round", "countif", "count_if", "list", "skewness", "kurtosis", "mad", "product", "num", "abs"}
    | {"any_value", "first", "last", "approx_quantile", "variance", "var_pop", "regr_slope", "entropy"}
)
"""Functions whose result is a measurement, not what identifies a row."""


def describe_select(statement: Statement) -> str:
    """A phrase such as "sum of revenue by product, first 5 by revenue descending"."""
    node: Any = statement.tree.get("node", {})
    if node.get("type") != "SELECT_NODE":
        return f"rows of {' and '.join(statement.reads)}" if statement.reads else "a result of SQL"
    items = list(node.get("select_list") or [])
    computed = list(dict.fromkeys(text for item in items if (text := _aggregated(item))))
    groups = [name for item in items if (name := _plain(item))] if computed else []
    parts = [", ".join(computed)] if computed else [_listed(items, statement)]
    if groups:
        parts.append(f"by {', '.join(groups)}")
    condition = _condition(statement, node.get("where_clause"))
    if condition:
        parts.append(f"where {condition}")
    return " ".join(parts) + _order(node)


def measures(statement: Statement) -> tuple[str, ...]:
    """The result columns that are measurements (aggregates, windows, arithmetic): they can't identify a row."""
    node: Any = statement.tree.get("node", {})
    found = []
    for item in node.get("select_list") or []:
        kind, function = item.get("class"), str(item.get("function_name", "")).casefold()
        arithmetic = bool(item.get("is_operator")) or function in MEASURED
        if kind == "WINDOW" or (kind == "FUNCTION" and arithmetic) or (kind == "CAST" and _aggregated(item)):
            found.append(str(item.get("alias") or f"{function}"))
    return tuple(found)


def order_of(statement: Statement) -> list[tuple[str, str]]:
    """The result columns by which a statement sorts, each with ascending or descending; those of an expression not."""
    node: Any = statement.tree.get("node", {})
    order: Any = next((m for m in node.get("modifiers") or [] if m.get("type") == "ORDER_MODIFIER"), {})
    items = node.get("select_list") or []
    found = []
    for entry in order.get("orders") or []:
        name = _result_name(entry.get("expression") or {}, items)
        if name:
            found.append((name, "descending" if "DESC" in str(entry.get("type")) else "ascending"))
    return found


def _result_name(expression: Node, items: Sequence[Node]) -> str | None:
    """The result column that an ORDER BY names, by its number too."""
    number = _number(expression)
    if number.isdigit() and 1 <= int(number) <= len(items):
        item = items[int(number) - 1]
        return str(item.get("alias") or _plain(item) or "") or None
    name = _plain(expression)
    given = [str(i["alias"]) for i in items if i.get("alias") and (i["alias"] == name or (name and _plain(i) == name))]
    return given[0] if given else name


def nearest(name: str, known: Sequence[str]) -> str:
    """The names of `known` most like `name`, quoted and joined by "or"; empty when none is near."""
    folded = {same_name(other): other for other in known}
    near = difflib.get_close_matches(same_name(name), list(folded), 3, 0.6)
    return " or ".join(repr(folded[match]) for match in near)


def _aggregated(item: Node) -> str:
    for node in nodes(item):
        function = str(node.get("function_name", "")).casefold()
        if function in AGGREGATES:
            named = [name for child in nodes(node) if (name := _plain(child)) is not None]
            distinct = "distinct " if node.get("distinct") else ""
            if not named:
                return str(item.get("alias") or "count of rows") if "count" not in function else "count of rows"
            text = AGGREGATES[function].format(distinct + " and ".join(dict.fromkeys(named)))
            alias = str(item.get("alias") or "")
            direct = node is item
            return text if direct or not alias else f"{alias} (from {text})"
    return ""


def _plain(item: Node) -> str | None:
    names = item.get("column_names")
    return str(names[-1]) if item.get("class") == "COLUMN_REF" and names else None


def _listed(items: Sequence[Node], statement: Statement) -> str:
    names = list(dict.fromkeys(str(item.get("alias") or _plain(item) or "") for item in items))
    shown = [name for name in names if name]
    where = " and ".join(statement.reads)
    if any(item.get("class") == "STAR" for item in items) or not shown:
        added = f" with {', '.join(shown)}" if shown else ""
        return f"rows of {where}{added}" if where else "a result of SQL"
    return f"{', '.join(shown)} of {where}" if where else ", ".join(shown)


def _condition(statement: Statement, where: Any) -> str:
    if not isinstance(where, dict):
        return ""
    told = []
    for node in nodes(where):
        if node.get("class") == "COMPARISON" and node.get("type") == "COMPARE_EQUAL":
            sides = [node.get("left") or {}, node.get("right") or {}]
            names = [name for side in sides if (name := _plain(side))]
            values = [value for side in sides if (value := text_constant(side)) is not None]
            if names and values:
                told.append(f"{names[0]} is {values[0]}")
    return " and ".join(told) or "a condition holds"


def _order(node: Node) -> str:
    limit = next((m for m in node.get("modifiers") or [] if m.get("type") == "LIMIT_MODIFIER"), None)
    order = next((m for m in node.get("modifiers") or [] if m.get("type") == "ORDER_MODIFIER"), None)
    told = list(_orders(order)) if order else []
    count = _number((limit or {}).get("limit"))
    if count and told:
        return f", first {count} by {', '.join(told)}"
    return f", first {count}" if count else f", ordered by {', '.join(told)}" if told else ""


def _orders(modifier: Node) -> Iterator[str]:
    for order in modifier.get("orders") or []:
        name = _plain(order.get("expression") or {})
        if name:
            yield name + (" descending" if "DESC" in str(order.get("type")) else "")


def _number(node: Any) -> str:
    if not isinstance(node, dict):
        return ""
    given = (node.get("literal") or {}).get("text") or (node.get("value") or {}).get("value")
    return str(given) if given is not None else ""
