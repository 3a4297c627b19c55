"""Window functions: what they are called with, and their OVER: its partitions, its order, its frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from analyst.engine.errors import TranslationError
from analyst.engine.parsing import Node
from analyst.engine.remote.translation.operands import Dialect, Operand, Rule, joined
from analyst.engine.remote.translation.trees import arguments
from analyst.engine.remote.translation.types import BIGINT, NULL, NUMBERS, Family

_BOUNDS = {
    "UNBOUNDED_PRECEDING": "UNBOUNDED PRECEDING",
    "UNBOUNDED_FOLLOWING": "UNBOUNDED FOLLOWING",
    "CURRENT_ROW_ROWS": "CURRENT ROW",
    "CURRENT_ROW_RANGE": "CURRENT ROW",
}
_DEFAULT = ("UNBOUNDED_PRECEDING", "CURRENT_ROW_RANGE")


class Reader(Protocol):
    """What a window asks of who reads the expressions in it."""

    @property
    def dialect(self) -> Dialect:
        """The dialect that is written."""

    def read(self, node: Node) -> Operand:
        """The expression of a node."""

    def all(self, nodes: Sequence[Node]) -> list[Operand]:
        """The expressions of several nodes."""

    def sort(self, order: Node) -> Operand:
        """A term of ORDER BY."""

    def filtered(self, name: str, condition: Node | None, parts: Sequence[Operand]) -> list[Operand]:
        """The arguments of an aggregate, NULL where its FILTER does not hold."""

    def rule(
        self, rules: Mapping[str, tuple[Rule, ...]], name: str, parts: Sequence[Operand]
    ) -> tuple[Rule, list[Operand]]:
        """The first rule of a function that takes these arguments, and the arguments as it takes them."""


def window(reader: Reader, node: Node) -> Operand:
    """A function over a window of rows."""
    name = str(node["function_name"]).casefold()
    if name in reader.dialect.windows:
        parts = _arguments(reader, node, name)
        rule, fitted = reader.rule(reader.dialect.windows, name, parts)
    else:
        parts = reader.filtered(name, node.get("filter_expr"), reader.all(arguments(node)))
        rule, fitted = reader.rule(reader.dialect.aggregates, name, parts)
    if node.get("distinct"):
        return _distinct(reader, node, name, fitted)
    if rule.ordered and not node.get("orders"):
        raise TranslationError(f"{name}() OVER needs ORDER BY: rows have no order of their own.")
    if node.get("arg_orders"):
        raise reader.dialect.refusal(f"{name} order by", f"ORDER BY inside {name}() OVER")
    if node.get("ignore_nulls") and not reader.dialect.skips_nulls:
        raise reader.dialect.refusal("ignore nulls", f"{name}(… IGNORE NULLS)")
    nulls = " IGNORE NULLS" if node.get("ignore_nulls") else ""
    frame = _over(reader.dialect, reader, node)
    text = rule.write(fitted, over=f"{nulls} OVER ({frame.text})", order="")
    return replace(joined(text, rule.type_of(fitted), [*fitted, frame]), windows=True)


def _arguments(reader: Reader, node: Node, name: str) -> list[Operand]:
    """The arguments of a window function; DuckDB 1 keeps the offset and the default of lag and lead apart."""
    if node.get("filter_expr"):
        raise reader.dialect.refusal(f"{name} filter", f"FILTER at {name}()")
    more = [node[place] for place in ("offset_expr", "default_expr") if node.get(place)]
    return reader.all([*arguments(node), *more])


def _distinct(reader: Reader, node: Node, name: str, parts: Sequence[Operand]) -> Operand:
    if name != "count":
        raise reader.dialect.refusal(f"{name} distinct over", f"{name}(DISTINCT …) OVER")
    rule, fitted = reader.rule(reader.dialect.windows, "count distinct", parts)
    frame = _over(reader.dialect, reader, node)
    text = rule.write(fitted, over=f" OVER ({frame.text})")
    return replace(joined(text, BIGINT, [*fitted, frame]), windows=True)


def _over(dialect: Dialect, expressions: Reader, node: Node) -> Operand:
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


def _frame(dialect: Dialect, expressions: Reader, node: Node, orders: Sequence[Operand]) -> str:
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


def _bound(dialect: Dialect, expressions: Reader, node: Node, place: str, orders: Sequence[Operand]) -> str:
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
