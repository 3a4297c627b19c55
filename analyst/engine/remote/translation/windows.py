"""The OVER of a window function: its partitions, its order, its frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyst.engine.parsing import Node
from analyst.engine.remote.translation.operands import Dialect, Operand, joined
from analyst.engine.remote.translation.types import NULL, NUMBERS, Family

if TYPE_CHECKING:
    from analyst.engine.remote.translation.expressions import Expressions

_BOUNDS = {
    "UNBOUNDED_PRECEDING": "UNBOUNDED PRECEDING",
    "UNBOUNDED_FOLLOWING": "UNBOUNDED FOLLOWING",
    "CURRENT_ROW_ROWS": "CURRENT ROW",
    "CURRENT_ROW_RANGE": "CURRENT ROW",
}
_DEFAULT = ("UNBOUNDED_PRECEDING", "CURRENT_ROW_RANGE")


def over(dialect: Dialect, expressions: Expressions, node: Node) -> Operand:
    """What stands in the parentheses of OVER."""
    if str(node.get("exclude_clause") or "NO_OTHER") != "NO_OTHER":
        raise dialect.refusal("exclude", "EXCLUDE in a window frame")
    partitions = [expressions.read(part) for part in node.get("partitions") or []]
    orders = [expressions.sort(order) for order in node.get("orders") or []]
    pieces = [
        f"PARTITION BY {_listed(partitions)}" if partitions else "",
        f"ORDER BY {_listed(orders)}" if orders else "",
        _frame(dialect, expressions, node, orders),
    ]
    return joined(" ".join(filter(None, pieces)), NULL, [*partitions, *orders])


def _frame(dialect: Dialect, expressions: Expressions, node: Node, orders: Sequence[Operand]) -> str:
    bounds = str(node["start"]), str(node["end"])
    if bounds == _DEFAULT or (bounds[0] == "UNBOUNDED_PRECEDING" and not orders and bounds[1].endswith("RANGE")):
        return ""
    if any(bound.endswith("GROUPS") for bound in bounds):
        raise dialect.refusal("groups", "a frame of GROUPS")
    by_rows = any(bound.endswith("ROWS") for bound in bounds)
    if not orders and by_rows:
        raise dialect.refusal("rows without order", "a frame of ROWS without ORDER BY")
    start, end = (_bound(dialect, expressions, node, place, orders) for place in ("start", "end"))
    return f"{'ROWS' if by_rows else 'RANGE'} BETWEEN {start} AND {end}"


def _bound(dialect: Dialect, expressions: Expressions, node: Node, place: str, orders: Sequence[Operand]) -> str:
    kind = str(node[place])
    if kind in _BOUNDS:
        return _BOUNDS[kind]
    distance = expressions.read(node[f"{place}_expr"])
    if not distance.constant or (kind.endswith("RANGE") and not _fits(distance, orders)):
        raise dialect.refusal("frame distance", "a frame whose distance is not a number or an interval as written")
    side = "PRECEDING" if "PRECEDING" in kind else "FOLLOWING"
    return f"{distance.text} {side}"


def _fits(distance: Operand, orders: Sequence[Operand]) -> bool:
    """Whether the distance of a frame of RANGE is of the kind of what it is ordered by."""
    if len(orders) != 1:
        return False
    if distance.family is Family.INTERVAL:
        return orders[0].family in (Family.DATE, Family.TIMESTAMP)
    return distance.family in NUMBERS and orders[0].family in NUMBERS


def _listed(parts: Sequence[Operand]) -> str:
    return ", ".join(part.text for part in parts)
