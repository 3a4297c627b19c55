"""The claim that an SQL step makes: one number by one group, SELECT group, sum(x) FROM table WHERE … GROUP BY group."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from analyst.core.quoting import quoted
from analyst.engine.parsing import Node
from analyst.planning.sql_guard import nodes, parse_tree
from analyst.planning.sql_lineage import written
from analyst.planning.sql_trees import Tree, arguments, children, filled, function_name, is_aggregate, last_name
from analyst.probes.claim import RowsOf
from analyst.protocol import facts

_MEANS = frozenset({"avg", "mean"})
_ADDS = frozenset({"sum", "count", "count_star"})
_PASSED_THROUGH = frozenset({"round", "nullif", "coalesce"})


@dataclass(frozen=True)
class _Measure:
    """What a row adds to the measure and to its weight."""

    y: Tree
    w: Tree
    additive: bool = False
    per: bool = False


@dataclass(frozen=True)
class Statement:
    """A SELECT that compares one number between groups: the names of both columns in its result, and its rows."""

    table: str
    group: str
    measure: str
    compared: facts.Measure
    used: tuple[str, ...]
    rows: RowsOf
    additive: bool
    per: bool
    rate: bool


def read_statement(sql: str) -> Statement | None:
    """The comparison that a SELECT makes; None when it makes none that is read here."""
    select = parse_tree(sql)["node"]
    found = _read(select)
    if found is None:
        return None
    group, item, made = found
    used = tuple(dict.fromkeys(name for tree in (group, made.y, made.w) for name in _columns(tree)))

    def rows(dims: Sequence[str]) -> str:
        splits = [_expression(f"CAST({quoted(name)} AS VARCHAR)") for name in dims]
        named = {"g": group, "y": made.y, "w": made.w} | {f"d{place}": tree for place, tree in enumerate(splits)}
        listed = [{**copy.deepcopy(dict(tree)), "alias": name} for name, tree in named.items()]
        return written(_row_level(select, listed))

    return Statement(
        table=str(select["from_table"]["table_name"]),
        group=_called(group),
        measure=_called(item),
        compared=_fact(made),
        used=used,
        rows=rows,
        additive=made.additive,
        per=made.per,
        rate=not made.additive and not made.per and made.y.get("class") == "CASE",
    )


def _fact(made: _Measure) -> facts.Measure:
    columns = tuple(_columns(made.y))
    if made.per:
        return facts.Measure(facts.RATIO, tuple((_columns(tree) or ["rows"])[0] for tree in (made.y, made.w)))
    if made.additive:
        return facts.Measure("sum" if columns else "count", columns)
    return facts.Measure("mean", columns or ("rows",))


def _called(item: Node) -> str:
    return str(item.get("alias") or last_name(item) or "")


def _read(select: Node) -> tuple[Node, Node, _Measure] | None:
    """The items of the group and of the measure, and what the latter is made of."""
    plain = select.get("type") == "SELECT_NODE" and (select.get("from_table") or {}).get("type") == "BASE_TABLE"
    if not plain or select.get("having") or select.get("qualify") or (select.get("cte_map") or {}).get("map"):
        return None
    items = list(select.get("select_list") or [])
    keys = [item for item in items if not _aggregates(item)]
    if len(keys) != 1 or len(select.get("group_expressions") or []) > 1 or any(_is_odd(n) for n in nodes(items)):
        return None
    for item in items:
        made = None if item is keys[0] else _measure(item)
        if made is not None and _called(item) and _called(keys[0]):
            return keys[0], item, made
    return None


def _is_odd(node: Node) -> bool:
    """What makes more of a row than its own cells."""
    return node.get("class") in ("WINDOW", "SUBQUERY", "STAR", "POSITIONAL_REFERENCE") or bool(node.get("filter"))


def _measure(item: Node) -> _Measure | None:
    """A sum, a count, an average, or a sum over a sum."""
    node = _bare(item)
    added = _added(node)
    if added is not None:
        return _Measure(added, _expression("1.0"), additive=True)
    if is_aggregate(node) and function_name(node) in _MEANS and not node.get("distinct"):
        y = dict(arguments(node)[0])
        return _Measure(y, _expression("CASE WHEN y IS NOT NULL THEN 1.0 END", {"y": y}))
    if function_name(node) == "/" and len(arguments(node)) == 2:
        over, under = (_added(_bare(part)) for part in arguments(node))
        return _Measure(over, under, per=True) if over is not None and under is not None else None
    return None


def _bare(node: Node) -> Node:
    """Without rounding, casts and guards against zero."""
    while function_name(node) in _PASSED_THROUGH or node.get("class") == "CAST":
        inner = [child for child in children(node) if child.get("class") not in ("CONSTANT", "TYPE")]
        if len(inner) != 1:
            break
        node = inner[0]
    return node


def _added(node: Node) -> Tree | None:
    """What a row adds to a sum or a count."""
    if not is_aggregate(node) or node.get("distinct") or function_name(node) not in _ADDS:
        return None
    given = arguments(node)
    if function_name(node) == "sum":
        return dict(given[0])
    if not given:
        return _expression("1.0")
    return _expression("CASE WHEN y IS NOT NULL THEN 1.0 ELSE 0.0 END", {"y": given[0]})


def _aggregates(item: Node) -> bool:
    return any(is_aggregate(node) for node in nodes(item))


def _columns(tree: Node) -> list[str]:
    return list(dict.fromkeys(name for node in nodes(tree) if (name := last_name(node))))


def _expression(sql: str, parts: dict[str, Node] | None = None) -> Tree:
    tree = parse_tree(f"SELECT {sql}")["node"]["select_list"][0]
    made: Tree = filled(tree, parts) if parts else dict(tree)
    return made


def _row_level(select: Node, items: list[Tree]) -> Tree:
    """The SELECT without its groups, order and limit: a row a row of its table."""
    return {
        **select,
        "select_list": items,
        "modifiers": [],
        "group_expressions": [],
        "group_sets": [],
        "aggregate_handling": "STANDARD_HANDLING",
    }
