"""Reading and rewriting DuckDB's syntax trees, of the versions that write arguments and literals in their own ways."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from analyst.engine.parsing import Node
from analyst.planning.sql_functions import COMPUTING, COUNTING, PICKING
from analyst.planning.sql_guard import nodes

Tree = dict[str, Any]

AGGREGATES = COUNTING | COMPUTING | PICKING
_COSMETIC = ("query_location", "query_location_length")
FRAME = ("partitions", "orders", "start", "end", "start_expr", "end_expr", "filter_expr", "exclude_clause")
"""What says which rows a window function sees."""
_PASSED = ("type_expr", "order_bys", "filter", "filter_expr", "subquery")
_PLAIN = frozenset({"num", "round", "abs", "floor", "ceil", "try_strptime", "strptime", "date_trunc"})
_MULTIPLIES = frozenset({"unnest", "generate_subscripts"})


def children(node: Node) -> Iterator[Node]:
    """The expressions directly below an expression, without filters, types and subqueries."""
    waiting = [value for key, value in node.items() if key not in _PASSED]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, list):
            waiting[:0] = item
        elif isinstance(item, Mapping):
            if "class" in item:
                yield item
            else:
                waiting[:0] = list(item.values())


def arguments(node: Node) -> list[Node]:
    """What a function is called with."""
    given = node.get("arguments")
    return [argument["expression"] for argument in given] if given is not None else list(node.get("children") or [])


def with_first_argument(node: Node, argument: Tree) -> Tree:
    """A function called with another first argument."""
    if node.get("arguments") is not None:
        first, *others = node["arguments"]
        return {**node, "arguments": [{**first, "expression": argument}, *others], "alias": ""}
    return {**node, "children": [argument, *node["children"][1:]], "alias": ""}


def function_name(node: Node) -> str:
    """The function that a node calls, in lower case; "" for none."""
    return str(node.get("function_name") or "").casefold()


def last_name(node: Node) -> str | None:
    """The name that a column reference ends in; None for any other expression."""
    names = node.get("column_names")
    return str(names[-1]) if node.get("class") == "COLUMN_REF" and names else None


def is_aggregate(node: Node) -> bool:
    """Whether a node itself makes one value of many rows (not as a window)."""
    return node.get("class") == "FUNCTION" and not node.get("is_operator") and function_name(node) in AGGREGATES


def is_aggregated(select: Node) -> bool:
    """Whether a SELECT makes one row of many."""
    if select.get("group_expressions") or select.get("group_sets") or select.get("having"):
        return True
    return select.get("aggregate_handling") == "FORCE_AGGREGATES" or any(
        _holds(item, is_aggregate) for item in select.get("select_list") or []
    )


def multiplies(items: Sequence[Node]) -> bool:
    """Whether a SELECT's own columns make several rows of one."""
    return any(_holds(item, lambda node: function_name(node) in _MULTIPLIES) for item in items)


def _holds(node: Node, test: Callable[[Node], bool]) -> bool:
    return test(node) or any(_holds(child, test) for child in children(node))


def has_distinct(node: Node) -> bool:
    """Whether a SELECT drops repeated rows."""
    return any(modifier.get("type") == "DISTINCT_MODIFIER" for modifier in node.get("modifiers") or [])


def is_distinct_on(node: Node) -> bool:
    """Whether it keeps one row for each value of some expressions."""
    return any(modifier.get("distinct_on_targets") for modifier in node.get("modifiers") or [])


def is_all_of_it(select: Node) -> bool:
    """Whether a SELECT is `SELECT *` of one table, at most ordered and cut."""
    items = select.get("select_list") or []
    starred = len(items) == 1 and items[0].get("class") == "STAR" and not items[0].get("columns")
    changed = starred and any(items[0].get(key) for key in ("expr", "exclude_list", "replace_list", "rename_list"))
    clauses = ("where_clause", "group_expressions", "group_sets", "having", "qualify", "sample")
    return starred and not changed and not any(map(select.get, clauses))


def operands(node: Node) -> list[Node]:
    """The SELECTs that a set operation puts together."""
    return list(node.get("children") or [part for part in (node.get("left"), node.get("right")) if part])


def with_operands(node: Node, parts: Sequence[Tree]) -> Tree:
    """A set operation of other SELECTs."""
    if node.get("children"):
        return {**node, "children": list(parts)}
    return {**node, "left": parts[0], "right": parts[1]}


def widened(node: Node, more: Sequence[Tree], name: str) -> Tree:
    """A SELECT or a set operation with further columns, called `name` and their number."""
    if node.get("type") == "SET_OPERATION_NODE":
        return with_operands(node, [widened(part, more, name) for part in operands(node)])
    added = [{**copy.deepcopy(tree), "alias": f"{name}{place}"} for place, tree in enumerate(more)]
    return {**node, "select_list": [*node.get("select_list", []), *added]}


def grouped_by_all(node: Node) -> Tree:
    """SELECT DISTINCT as a SELECT grouped by all its columns."""
    kept = [modifier for modifier in node.get("modifiers") or [] if modifier.get("type") != "DISTINCT_MODIFIER"]
    return {**node, "modifiers": kept, "aggregate_handling": "FORCE_AGGREGATES"}


def filled(tree: Any, parts: Mapping[str, Node]) -> Any:
    """`tree` with the columns named as in `parts` replaced by these expressions."""
    if isinstance(tree, list):
        return [filled(item, parts) for item in tree]
    if not isinstance(tree, Mapping):
        return tree
    names = tree.get("column_names")
    if tree.get("class") == "COLUMN_REF" and names and len(names) == 1 and names[0] in parts:
        return {**copy.deepcopy(parts[names[0]]), "alias": ""}
    return {key: filled(value, parts) for key, value in tree.items()}


def is_plainly_read(node: Node) -> bool:
    """Whether an expression is a column, at most cast, read as a number or rounded."""
    if node.get("class") == "COLUMN_REF":
        return True
    simple = node.get("class") == "CAST" or (function_name(node) in _PLAIN and not node.get("is_operator"))
    inner = [child for child in children(node) if child.get("class") not in ("CONSTANT", "TYPE")]
    return simple and len(inner) == 1 and is_plainly_read(inner[0])


def without_constants(node: Any, null: Tree) -> Any:
    """An expression in which the constants that CASE and coalesce give instead of a column's value are NULL."""
    if isinstance(node, list):
        return [without_constants(item, null) for item in node]
    if not isinstance(node, Mapping):
        return node
    tree = {key: without_constants(value, null) for key, value in node.items()}
    if tree.get("class") == "CASE":
        outcomes = [*(check["then_expr"] for check in tree["case_checks"]), tree["else_expr"]]
        if not all(map(_is_constant, outcomes)):
            checks = [{**check, "then_expr": _or_null(check["then_expr"], null)} for check in tree["case_checks"]]
            tree |= {"case_checks": checks, "else_expr": _or_null(tree["else_expr"], null)}
    elif tree.get("type") == "OPERATOR_COALESCE":
        tree["children"] = [_or_null(child, null) for child in tree["children"]]
    return tree


def _or_null(node: Node, null: Tree) -> Node:
    return null if _is_constant(node) else node


def _is_constant(node: Node) -> bool:
    return not any(inner.get("class") in ("COLUMN_REF", "SUBQUERY", "STAR") for inner in nodes(node))


def bare(tree: Any) -> Any:
    """A tree without what depends on how it was written: places, empty names."""
    if isinstance(tree, list):
        return [bare(item) for item in tree]
    if not isinstance(tree, Mapping):
        return tree
    return {
        key: bare(value) for key, value in tree.items() if key not in _COSMETIC and not (key == "alias" and not value)
    }
