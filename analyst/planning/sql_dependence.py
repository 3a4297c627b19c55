"""What a SELECT depends on beside what it selects: how many rows a plan makes, and what it compares them with.

A number that a plan counts up to (`range`), a limit, or a condition over rows of the plan's own can spell a cell that
no result column holds: `SELECT count(*) FROM range(1000000) t(i) WHERE i < (SELECT salary ...)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analyst.core.errors import PlanError
from analyst.engine.parsing import Node
from analyst.planning.sql_guard import nodes
from analyst.planning.sql_trees import arguments, function_name

_SIZED = {"range": 0, "generate_series": 0, "repeat": 1, "lpad": 1, "rpad": 1, "list_resize": 1, "array_resize": 1}
"""Functions that make so many rows or so long a value as an argument says → the first such argument."""
_EQUAL = ("COMPARE_EQUAL", "COMPARE_NOT_DISTINCT_FROM")
IN_SIZE = (
    "range(), repeat() and LIMIT may not depend on single cells of a table with personal data: write the number, or "
    "use an aggregate over at least 5 rows"
)
IN_CONDITION = (
    "rows made by range() or unnest() may not be compared with single cells of a table with personal data: GROUP BY in "
    "the same SELECT and add HAVING count(*) >= 5"
)


@dataclass(frozen=True)
class Dependence:
    """Reads the conditions of one SELECT. `is_private` says whether a column may hold a cell that is not shown,
    `is_generated` whether it is of the plan's own rows, `is_cell` whether a subquery stands for one cell.
    """

    is_private: Callable[[Node], bool]
    is_generated: Callable[[Node], bool]
    is_cell: Callable[[Node], bool]

    def check_sizes(self, select: Node) -> None:
        """PlanError where the number of rows, or a text's length, is taken from a cell."""
        own = [part for key, part in select.items() if key != "cte_map"]
        for node in nodes(own):
            start = _SIZED.get(function_name(node))
            sizes: list[Any] = arguments(node)[start:] if start is not None else []
            if str(node.get("type", "")).startswith("LIMIT"):
                sizes = [node.get("limit"), node.get("offset")]
            if any(self._reads_cells(size) for size in sizes):
                raise PlanError([IN_SIZE])

    def compared(self, select: Node, *, grouped: bool) -> bool:
        """Whether rows of the plan's own are compared with cells. PlanError where nothing groups what comes of it."""
        found = False
        for part in _atoms(conditions(select)):
            if not (self._reads_generated(part) and self._reads_cells(part)):
                continue
            found = True
            if self._searches(part) or (not grouped and not self._is_plain_match(part)):
                raise PlanError([IN_CONDITION])
        return found

    def spells(self, subquery: Node) -> bool:
        """Whether a subquery counts cells beside a row of the plan's own, which stands outside of it."""
        return self._reads_generated(subquery) and any(map(self.is_private, _columns(subquery)))

    def _is_plain_match(self, part: Node) -> bool:
        """Whether a condition finds equal values only, those of the plan on one side and cells on the other."""
        sides = [part.get("left"), part.get("right")]
        mixed = any(self._reads_generated(side) and self._reads_cells(side) for side in sides)
        return part.get("type") in _EQUAL and not mixed

    def _searches(self, part: Node) -> bool:
        """Whether rows of the plan's own are held against cells inside of a subquery, by more than equality: counting
        them spells the cell, whatever groups them outside."""
        for node in nodes(part):
            if node.get("class") != "SUBQUERY" or node.get("subquery_type") == "SCALAR":
                continue
            inner = (node.get("subquery") or {}).get("node") or {}
            for atom in _atoms(conditions(inner)):
                private = any(map(self.is_private, _columns(atom)))
                if private and self._reads_generated(atom) and not self._is_plain_match(atom):
                    return True
        return False

    def _reads_generated(self, tree: Any) -> bool:
        return any(map(self.is_generated, _columns(tree)))

    def _reads_cells(self, tree: Any) -> bool:
        outside = nodes(tree, lambda node: node.get("class") != "SUBQUERY")
        if any(node.get("class") == "COLUMN_REF" and self.is_private(node) for node in outside):
            return True
        subqueries = (node for node in nodes(tree) if node.get("class") == "SUBQUERY")
        return any(self._is_private_subquery(node) for node in subqueries)

    def _is_private_subquery(self, node: Node) -> bool:
        if node.get("subquery_type") == "SCALAR":
            return self.is_cell(node) or self.spells(node)
        return any(map(self.is_private, _columns(node)))


def _columns(tree: Any) -> Iterator[Node]:
    return (node for node in nodes(tree) if node.get("class") == "COLUMN_REF")


def conditions(select: Node) -> list[Node]:
    """What decides which rows a SELECT keeps: WHERE, HAVING, QUALIFY and the conditions of its joins."""
    own = [select.get("where_clause"), select.get("having"), select.get("qualify")]
    return [part for part in [*own, *_joining(select.get("from_table"))] if isinstance(part, Mapping)]


def _joining(table: Any) -> Iterator[Any]:
    if isinstance(table, Mapping) and table.get("type") == "JOIN":
        yield table.get("condition")
        yield from _joining(table.get("left"))
        yield from _joining(table.get("right"))


def _atoms(parts: list[Node]) -> Iterator[Node]:
    for part in parts:
        if part.get("class") == "CONJUNCTION":
            yield from _atoms([child for child in part.get("children") or [] if isinstance(child, Mapping)])
        else:
            yield part
