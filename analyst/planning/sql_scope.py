"""The expressions of one SELECT: how private their values are, and what counts the rows of the data behind them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from analyst.core.quoting import quoted
from analyst.engine.parsing import Node
from analyst.planning.disclosure import ALWAYS, Kind, Relation
from analyst.planning.sql_functions import COMPUTING, CONDITIONS, COUNTING, PICKING
from analyst.planning.sql_guard import nodes
from analyst.planning.sql_trees import (
    FRAME,
    Tree,
    arguments,
    children,
    function_name,
    is_aggregate,
    is_plainly_read,
    last_name,
    with_first_argument,
    without_constants,
)

_ZERO = r"-?0*\.?0*"
_GAPS = ("OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL")
_TESTS = ("COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_NOT")


@dataclass(frozen=True)
class Source:
    """A table in FROM under the name that it goes by."""

    alias: str
    relation: Relation


@dataclass(frozen=True)
class Sources:
    """All tables in FROM, the columns that USING joins, and whether rows of one can stand beside several of another."""

    found: list[Source]
    using: set[str] = field(default_factory=set)
    joined: bool = False


class Scope:
    """The expressions of one SELECT over `sources`, whose result columns are `items`.

    `made` makes the tree of an expression, `scalar` judges a subquery that stands for one value.
    """

    def __init__(
        self, sources: Sources, items: Sequence[Node], made: Callable[..., Tree], scalar: Callable[[Node], Kind]
    ) -> None:
        self._sources, self._made, self._scalar = sources, made, scalar
        self.is_thin = any(source.relation.thin for source in sources.found)
        self.is_shared = all(source.relation.shared for source in sources.found if source.relation.thin)
        self._aliases = {str(item["alias"]).casefold(): item for item in items if item.get("alias")}
        self._items, self._open = items, set[str]()

    def listed(self) -> Iterator[tuple[str, Kind, Node | None]]:
        """Every result column as far as it can be told: name, kind, expression (None for those of a star)."""
        for item in self._items:
            if item.get("class") == "STAR":
                yield from self._starred(item)
            else:
                yield str(item.get("alias") or last_name(item) or ""), self.kind(item), item

    def _starred(self, item: Node) -> Iterator[tuple[str, Kind, Node | None]]:
        plain = not item.get("columns") and not item.get("expr")
        plain = plain and not item.get("qualified_exclude_list") and not item.get("rename_list")
        wanted = str(item.get("relation_name") or "").casefold()
        sources = [s for s in self._sources.found if not wanted or s.alias == wanted]
        if not plain or any(s.relation.rest is not None for s in sources):
            yield "*", max([s.relation.worst for s in sources], default=Kind.PICKED), None
            return
        left_out = {str(name).casefold() for name in item.get("exclude_list") or []}
        replaced = {str(e["key"]).casefold(): e["value"] for e in item.get("replace_list") or []}
        joined = {name.casefold() for name in self._sources.using}
        seen: set[str] = set()
        for source in sources:
            for name, kind in source.relation.columns.items():
                if name in left_out or (name in joined and name in seen):
                    continue
                seen.add(name)
                yield name, self.kind(replaced[name]) if name in replaced else kind, None

    def needs_count(self, column: tuple[str, Kind, Node | None]) -> bool:
        """Whether a cell may only be shown where several rows stand behind it, although single cells are shared."""
        _, kind, item = column
        if item is None or kind > Kind.VALUE:
            return kind > Kind.VALUE
        read = (node for node in nodes(item) if node.get("class") in ("COLUMN_REF", "STAR", "SUBQUERY"))
        return kind > Kind.COUNT and any(self.kind(node) > Kind.VALUE for node in read)

    def is_row(self, name: str, item: Node | None) -> bool:
        """Whether a result column numbers the data's rows."""
        read = last_name(item) if item is not None else name
        rows = {s.relation.row for s in self._sources.found if s.relation.thin}
        return read is not None and (item is None or item.get("class") == "COLUMN_REF") and read.casefold() in rows

    def row_count(self, *, multiplied: bool) -> Tree:
        """The expression that counts the rows of the data behind a row."""
        thin = [source for source in self._sources.found if source.relation.thin]
        if not multiplied and len(thin) == 1 and thin[0].relation.apart:
            return self._made("count(*)")
        place = self._row_column()
        return self._made(f"count(DISTINCT {place})" if place else "0")

    def _row_column(self) -> str | None:
        thin = [source for source in self._sources.found if source.relation.thin]
        if len(thin) != 1 or thin[0].relation.row is None:
            return None
        row = quoted(thin[0].relation.row)
        return f"{quoted(thin[0].alias)}.{row}" if thin[0].alias else row

    def support(self, item: Node, base: Tree, *, free: bool) -> Tree:
        """The expression that counts the rows of the data behind a cell of this result column; `free`: no need to."""
        if free:
            return self._made(str(ALWAYS))
        return self._least_of([base, *self._supports(item, base)])

    def _least_of(self, counts: Sequence[Tree]) -> Tree:
        different = [tree for place, tree in enumerate(counts) if tree not in counts[:place]]
        if len(different) == 1:
            return different[0]
        names = {f"part_{place}": tree for place, tree in enumerate(different)}
        return self._made(f"least({', '.join(names)})", **names)

    def _supports(self, node: Node, base: Tree) -> Iterator[Tree]:
        """The counts of rows behind each aggregate in an expression."""
        if node.get("class") == "WINDOW":
            yield self._behind_window(node, base)
        elif node.get("class") == "COLUMN_REF":
            with self._meaning(node) as meant:
                yield from self._supports(meant, base) if meant is not None else ()
        elif is_aggregate(node) and self._counts_some(node):
            behind = self._behind(next(iter(arguments(node)), None), node.get("filter"), base, function_name(node))
            yield self._made(f"CASE part WHEN 0 THEN {ALWAYS} ELSE part END", part=behind)
        elif is_aggregate(node):
            private = [child for child in arguments(node) if self.kind(child) >= Kind.COMPUTED]
            if private and function_name(node) not in COUNTING:
                yield self._behind(private[0], node.get("filter"), base)
        elif node.get("class") != "SUBQUERY":
            for child in children(node):
                yield from self._supports(child, base)

    def _behind_window(self, node: Node, base: Tree) -> Tree:
        """The rows behind a window's value: those behind the row that it takes, or behind all rows in its frame."""
        given = arguments(node)
        inner = self._least_of([base, *(count for part in given[:1] for count in self._supports(part, base))])
        if function_name(node) in PICKING and given:
            return with_first_argument(node, inner)
        made = self._made("sum(part) OVER ()", part=inner)
        return {**made, **{key: copy.deepcopy(node[key]) for key in FRAME if key in node}}

    def _behind(self, argument: Node | None, condition: Any, base: Tree, function: str = "") -> Tree:
        """How many rows give an aggregate something: known, not zero, and no constant of the plan's."""
        place = self._row_column() if base.get("distinct") else "1"
        if base.get("class") == "CONSTANT" or place is None:
            return base
        if argument is None:
            test = "TRUE"
        elif function in CONDITIONS:
            test = "value"
        elif function in COUNTING or is_plainly_read(argument):
            test = "value IS NOT NULL"
        else:
            test = f"NOT regexp_full_match(CAST(value AS VARCHAR), '{_ZERO}')"
            argument = without_constants(argument, self._made("NULL"))
        distinct = "DISTINCT " if base.get("distinct") else ""
        named = {} if argument is None else {"value": argument}
        counted = self._made(f"count({distinct}CASE WHEN {test} THEN {place} END)", **named)
        return {**counted, "filter": copy.deepcopy(condition)}

    def _counts_some(self, node: Node) -> bool:
        """Whether an aggregate counts those rows of a table of people that meet a condition of its own: a few of them
        are people. How many values are missing is no such condition."""
        name, given = function_name(node), arguments(node)
        if self.is_shared or not self.is_thin or name not in (*COUNTING, "sum"):
            return False
        if name == "sum" and max(map(self.kind, given), default=Kind.PICKED) > Kind.COUNT:
            return False
        told = [argument for argument in given if name in CONDITIONS or not is_plainly_read(argument)]
        held = nodes([*told, node.get("filter"), node.get("filter_expr")], lambda part: part.get("type") not in _GAPS)
        return any(part.get("class") == "COLUMN_REF" for part in held)

    def kind(self, node: Node) -> Kind:
        """How private the values of an expression are."""
        family = node.get("class")
        if family == "COLUMN_REF":
            return self._column_kind(node)
        if family in ("COMPARISON", "BETWEEN", "CONJUNCTION") or node.get("type") in _TESTS:
            return max(Kind.COUNT, self.compared(node))
        if family == "CASE":
            outcomes = [check["then_expr"] for check in node.get("case_checks") or []] + [node["else_expr"]]
            tests = [check["when_expr"] for check in node.get("case_checks") or []]
            return max(Kind.COUNT, *map(self.kind, outcomes), *map(self.compared, tests))
        if family == "SUBQUERY":
            scalar = node.get("subquery_type") == "SCALAR"
            return self._scalar(node) if scalar else Kind.COUNT
        if family in ("STAR", "POSITIONAL_REFERENCE", "LAMBDA_REF"):
            return Kind.PICKED
        name = function_name(node)
        if is_aggregate(node) or family == "WINDOW":
            if self.compared(node.get("filter") or node.get("filter_expr")) is Kind.PICKED:
                return Kind.PICKED
            if self._counts_some(node):
                return Kind.COMPUTED
            return self._aggregate_kind(name, arguments(node), window=family == "WINDOW")
        return max(map(self.kind, children(node)), default=Kind.LITERAL)

    def compared(self, tree: Any) -> Kind:
        """PICKED where a condition compares with one cell, which a subquery takes out of its rows; else LITERAL."""
        scalars = (node for node in nodes(tree) if node.get("subquery_type") == "SCALAR")
        return max((kind for node in scalars if (kind := self._scalar(node)) is Kind.PICKED), default=Kind.LITERAL)

    def _aggregate_kind(self, name: str, given: Sequence[Node], *, window: bool) -> Kind:
        if name in COUNTING:
            return Kind.COUNT
        kinds = [self.kind(argument) for argument in given] or [Kind.COUNT]
        several = name in ("min", "max") and len(given) > 1
        if name in PICKING or several or name not in COMPUTING:
            if (self.is_shared or not self.is_thin) and max(kinds) <= Kind.VALUE:
                return max(Kind.COUNT, *kinds)
            harmless = kinds[0] <= Kind.LABEL or (window and kinds[0] <= Kind.VALUE and not several)
            return max(Kind.COUNT, kinds[0]) if harmless else Kind.PICKED
        if name in ("min", "max", "median") or name.startswith("quantile"):
            if kinds[0] > Kind.VALUE:
                return Kind.PICKED
            return max(Kind.LABEL, Kind.COMPUTED if kinds[0] is Kind.VALUE else kinds[0])
        if max(kinds) <= Kind.COUNT and name == "sum":
            return Kind.COUNT
        return Kind.PICKED if max(kinds) is Kind.PICKED and not self.is_thin else Kind.COMPUTED

    def _column_kind(self, node: Node) -> Kind:
        path = [str(name) for name in node.get("column_names") or []]
        for source in self._sources.found:
            if len(path) > 1 and path[0].casefold() == source.alias:
                return source.relation.kind(path[1]) or Kind.PICKED
        found = [kind for s in self._sources.found if (kind := s.relation.kind(path[0])) is not None]
        if found:
            return max(found)
        with self._meaning(node) as meant:
            return self.kind(meant) if meant is not None else Kind.PICKED

    @contextmanager
    def _meaning(self, node: Node) -> Iterator[Node | None]:
        """The expression that a name stands for which another result column was given; None inside that itself."""
        path = [str(name).casefold() for name in node.get("column_names") or []]
        known = len(path) != 1 or any(s.relation.kind(path[0]) is not None for s in self._sources.found)
        if known or path[0] in self._open:
            yield None
            return
        self._open.add(path[0])
        try:
            yield self._aliases.get(path[0])
        finally:
            self._open.discard(path[0])
