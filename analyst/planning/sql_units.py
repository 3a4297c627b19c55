"""Which columns of an SQL result are lengths of time: those whose expression keeps the unit of what it reads.

`avg(call_duration)` is a length of time; `avg(call_duration) / 60` is a number of minutes, and so a plain number.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from analyst.engine.parsing import Node
from analyst.planning.sql_guard import nodes
from analyst.planning.sql_trees import arguments, function_name, last_name

_KEEPING = frozenset(
    """
    sum avg mean median min max quantile_cont quantile_disc approx_quantile mode any_value first last arg_max arg_min
    max_by min_by stddev stddev_samp stddev_pop mad abs round ceil floor coalesce greatest least lag lead first_value
    last_value nullif trunc
    """.split()  # noqa: SIM905
)
"""Functions whose result is in the unit of their first argument."""


def durations_of(tree: Node, names: Sequence[str], known: Collection[str]) -> set[str]:
    """Those of the result's columns `names` that are lengths of time, where the columns `known` of its tables are."""
    lengths = {name.casefold() for name in known}
    if not lengths:
        return set()
    query: Any = tree.get("node", {})
    selects = [node for node in nodes(query) if node.get("type") == "SELECT_NODE" and node is not query]
    for select in reversed(selects):
        for item in select.get("select_list") or []:
            alias = str(item.get("alias") or "").casefold()
            if alias and _keeps(item, lengths):
                lengths.add(alias)
            elif alias:
                lengths.discard(alias)
    items = list(query.get("select_list") or [])
    if len(items) != len(names):
        made = {str(item.get("alias") or "").casefold(): item for item in items}
        plain = {name for name in names if name.casefold() in lengths and name.casefold() not in made}
        return plain | {name for name in names if _keeps(made.get(name.casefold(), {}), lengths)}
    return {name for name, item in zip(names, items, strict=True) if _keeps(item, lengths)}


def _keeps(item: Node, lengths: Collection[str]) -> bool:
    """Whether an expression is a length of time."""
    if not item:
        return False
    kind, given = item.get("class"), arguments(item)
    if kind == "COLUMN_REF":
        name = last_name(item)
        return name is not None and name.casefold() in lengths
    if kind == "CAST":
        return _keeps(item.get("child") or {}, lengths)
    if kind == "CASE":
        results = [check.get("then_expr") or {} for check in item.get("case_checks") or []]
        return _all_keep([*results, item.get("else_expr") or {}], lengths)
    if item.get("type") == "OPERATOR_COALESCE":
        return _all_keep(given, lengths)
    name = function_name(item)
    if name in ("+", "-") and len(given) == 2:
        return all(_keeps(each, lengths) for each in given)
    return name in _KEEPING and bool(given) and _keeps(given[0], lengths)


def _all_keep(items: Sequence[Node], lengths: Collection[str]) -> bool:
    """Whether some of the expressions are lengths of time and the others constants."""
    kept = [_keeps(item, lengths) for item in items]
    return any(kept) and all(keeps or item.get("class") == "CONSTANT" for keeps, item in zip(kept, items, strict=True))
