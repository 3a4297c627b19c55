"""`_row` numbers the rows of `data` and goes along with `*`, so that results keep the rows' order.

Where rows are compared with each other or grouped by all columns, a number that makes each of them unique would change
the answer: there `*` is written without it.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any

from analyst.engine.parsing import Node, write
from analyst.planning.sql_guard import nodes, parse_tree
from analyst.planning.sql_trees import has_distinct, is_distinct_on, last_name, operands

ROW = "_row"


def without_row_numbers(tree: Node, numbered: Collection[str]) -> str | None:
    """The text of a statement's tree whose rows are compared without `_row`; None when nothing has to change.

    `numbered` are the tables (lower case) that have the column.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(tree["node"]))
    edits = sum([_compare_bare(node, numbered) for node in list(nodes(changed))])
    return write(changed) if edits else None


def _compare_bare(node: Node, numbered: Collection[str]) -> int:
    """Take the number out of the rows that this part of a tree compares; how many places changed."""
    if node.get("type") == "PIVOT":
        return _pivot_bare(node, numbered)
    if node.get("type") == "SET_OPERATION_NODE" and not (node.get("setop_type") == "UNION" and node.get("setop_all")):
        return sum(_drop(part, numbered) for part in operands(node) if part.get("type") == "SELECT_NODE")
    if node.get("type") != "SELECT_NODE":
        return 0
    grouped_by_all = node.get("aggregate_handling") == "FORCE_AGGREGATES"
    return _drop(node, numbered) if grouped_by_all or (has_distinct(node) and not is_distinct_on(node)) else 0


def _drop(select: Node, numbered: Collection[str]) -> int:
    edits = 0
    for item in select.get("select_list") or []:
        if item.get("class") == "STAR" and not item.get("columns") and _reads_row(select.get("from_table"), numbered):
            dropped: list[str] = item["exclude_list"]
            if ROW not in map(str.casefold, dropped):
                dropped.append(ROW)
                edits += 1
    return edits


def _pivot_bare(node: Node, numbered: Collection[str]) -> int:
    """PIVOT groups by every column that it does not name, unless it says by which."""
    if not node.get("aggregates") or node.get("groups") or not isinstance(node, dict):
        return 0
    source = node.get("source")
    if not _reads_row(source, numbered):
        return 0
    wrapped = parse_tree("SELECT * FROM (SELECT * EXCLUDE (_row) FROM data)")["node"]["from_table"]
    wrapped["subquery"]["node"]["from_table"] = source
    node["source"] = wrapped
    return 1


def _reads_row(table: Any, numbered: Collection[str]) -> bool:
    """Whether `*` over a part of FROM holds the number."""
    if not isinstance(table, Mapping):
        return False
    if table.get("type") == "BASE_TABLE":
        return str(table.get("table_name", "")).casefold() in numbered
    if table.get("type") == "JOIN":
        return any(_reads_row(table.get(side), numbered) for side in ("left", "right"))
    if table.get("type") != "SUBQUERY":
        return False
    select = (table.get("subquery") or {}).get("node") or {}
    items = select.get("select_list") or []
    starred = any(i.get("class") == "STAR" and ROW not in (i.get("exclude_list") or []) for i in items)
    named = any(ROW in (i.get("alias"), last_name(i)) for i in items)
    return named or (starred and _reads_row(select.get("from_table"), numbered))
