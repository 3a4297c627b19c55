"""Saying in words what an SQL step computes, from its syntax tree: the reader sees this beside every result."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from analyst.engine.parsing import Node
from analyst.planning.filtering import constants_of, filters_of
from analyst.planning.sql_guard import Statement, nodes
from analyst.planning.sql_tokens import same_name
from analyst.planning.sql_trees import function_name, last_name
from analyst.protocol.facts import Facts, Filter, Measure

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
_NAMES = {"avg": "mean", "count_star": "count", "stddev": "std", "stddev_samp": "std", "stddev_pop": "std"}
"""Aggregates that a fact calls otherwise than SQL does."""
MEASURED = frozenset(
    {*AGGREGATES, "round", "countif", "count_if", "list", "skewness", "kurtosis", "mad", "product", "num", "abs"}
    | {"any_value", "first", "last", "approx_quantile", "variance", "var_pop", "regr_slope", "entropy"}
)
"""Functions whose result is a measurement, not what identifies a row."""


def describe_select(statement: Statement, facts: Facts) -> str:
    """A phrase such as "sum of revenue by product, first 5 by revenue descending"; `facts` are the statement's own."""
    node: Any = statement.tree.get("node", {})
    if node.get("type") != "SELECT_NODE":
        return f"rows from {' and '.join(statement.reads)}" if statement.reads else "a result of SQL"
    items = list(node.get("select_list") or [])
    computed = list(dict.fromkeys(text for item in items if (text := _computed(item))))
    parts = [", ".join(computed)] if computed else [_listed(items, statement)]
    if facts.groups:
        parts.append(f"by {', '.join(facts.groups)}")
    if node.get("where_clause"):
        parts.append(_condition(facts.filters))
    return " ".join(parts) + _order(node, facts.limit)


def facts_of_select(statement: Statement) -> Facts:
    """What a statement measures, by what, and over which rows (conditions inside its subqueries too)."""
    node: Any = statement.tree.get("node", {})
    items = list(node.get("select_list") or [])
    found = [measure for item in items if (measure := _measure(item))]
    groups = [name for item in items if (name := last_name(item))] if found else []
    return Facts(
        tuple(dict.fromkeys(found)),
        tuple(groups),
        filters=filters_of(statement.tree),
        limit=_limit(node),
        constants=constants_of(statement.tree),
    )


def _limit(node: Node) -> int:
    found: Node = next((m for m in node.get("modifiers") or [] if m.get("type") == "LIMIT_MODIFIER"), {})
    count = _number(found.get("limit"))
    return int(count) if count.isdigit() else 0


def measures(statement: Statement) -> tuple[str, ...]:
    """The result columns that are measurements (aggregates, windows, arithmetic): they can't identify a row."""
    node: Any = statement.tree.get("node", {})
    found = []
    for item in node.get("select_list") or []:
        kind, function = item.get("class"), str(item.get("function_name", "")).casefold()
        arithmetic = bool(item.get("is_operator")) or function in MEASURED
        if kind == "WINDOW" or (kind == "FUNCTION" and arithmetic) or (kind == "CAST" and _aggregate(item)):
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
        return str(item.get("alias") or last_name(item) or "") or None
    name = last_name(expression)
    given = [
        str(i["alias"]) for i in items if i.get("alias") and (i["alias"] == name or (name and last_name(i) == name))
    ]
    return given[0] if given else name


def nearest(name: str, known: Sequence[str]) -> str:
    """The names of `known` most like `name`, quoted and joined by "or"; empty when none is near."""
    folded = {same_name(other): other for other in known}
    near = difflib.get_close_matches(same_name(name), list(folded), 3, 0.6)
    return " or ".join(repr(folded[match]) for match in near)


def _measure(item: Node) -> Measure | None:
    """The aggregate that a result column is, or is made from; None for a column that aggregates nothing."""
    node = _aggregate(item)
    return None if node is None else Measure(_NAMES.get(function_name(node), function_name(node)), _columns(node))


def _aggregate(item: Node) -> Node | None:
    return next((node for node in nodes(item) if function_name(node) in AGGREGATES), None)


def _columns(node: Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for child in nodes(node) if (name := last_name(child)) is not None))


def _computed(item: Node) -> str:
    """A result column that aggregates, in words; "" for any other."""
    node, alias = _aggregate(item), str(item.get("alias") or "")
    if node is None:
        return ""
    names = _columns(node)
    if not names:
        return alias or "count of rows" if "count" not in function_name(node) else "count of rows"
    distinct = "distinct " if node.get("distinct") else ""
    text = AGGREGATES[function_name(node)].format(distinct + " and ".join(names))
    return text if node is item or not alias else f"{alias} (from {text})"


def _listed(items: Sequence[Node], statement: Statement) -> str:
    names = list(dict.fromkeys(str(item.get("alias") or last_name(item) or "") for item in items))
    shown = [name for name in names if name]
    where = " and ".join(statement.reads)
    if any(item.get("class") == "STAR" for item in items) or not shown:
        added = f" with {', '.join(shown)}" if shown else ""
        return f"rows from {where}{added}" if where else "a result of SQL"
    return f"{', '.join(shown)} from {where}" if where else ", ".join(shown)


def _condition(filters: Sequence[Filter]) -> str:
    """The values asked for, in words; other conditions stand in the SQL beside."""
    texts = [f for f in filters if f.relation == "is" and len(f.values) == 1 and isinstance(f.values[0], str)]
    told = " and ".join(f"{f.column} is {f.values[0]}" for f in texts)
    return f"where {told}" if told else "with a filter"


def _order(node: Node, limit: int) -> str:
    order = next((m for m in node.get("modifiers") or [] if m.get("type") == "ORDER_MODIFIER"), None)
    told = list(_orders(order)) if order else []
    if limit and told:
        return f", first {limit} by {', '.join(told)}"
    return f", first {limit}" if limit else f", ordered by {', '.join(told)}" if told else ""


def _orders(modifier: Node) -> Iterator[str]:
    for order in modifier.get("orders") or []:
        name = last_name(order.get("expression") or {})
        if name:
            yield name + (" descending" if "DESC" in str(order.get("type")) else "")


def _number(node: Any) -> str:
    if not isinstance(node, dict):
        return ""
    given = (node.get("literal") or {}).get("text") or (node.get("value") or {}).get("value")
    return str(given) if given is not None else ""
