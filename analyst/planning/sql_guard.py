"""What SQL of a plan may be: one SELECT over the plan's own tables, made of known parts only.

DuckDB's own parser gives the syntax tree, so nothing is guarded that is not what runs. Everything is refused that is
not on a list of allowed node types, tables and functions: a SELECT can hide writing statements in a CTE, read files by
a table's name, and reach settings through functions and system views.
"""

# ruff: noqa: SIM905 - a list of words reads better without 500 quotes

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from analyst.core.errors import PlanError
from analyst.engine.errors import EngineError
from analyst.engine.parsing import Node, parse, statement_kinds
from analyst.planning.sql_functions import ALLOWED, INSTEAD, TABLE_FUNCTIONS

EXPRESSIONS = frozenset(
    "BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT DEFAULT FUNCTION LAMBDA LAMBDA_REF OPERATOR "
    "POSITIONAL_REFERENCE STAR SUBQUERY TYPE WINDOW".split()
)
"""Classes of expressions that may occur."""
CLAUSES = frozenset(
    "SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE BASE_TABLE EMPTY EMPTY_FROM JOIN SUBQUERY "
    "TABLE_FUNCTION EXPRESSION_LIST PIVOT ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER "
    "ORDER_DEFAULT ASCENDING DESCENDING".split()
)
"""Types of everything else in a tree."""
REFUSED = {
    "SHOW_REF": "DESCRIBE, SHOW and SUMMARIZE are not allowed: use the method describe",
    "INSERT_QUERY_NODE": "INSERT is not allowed: a step only reads",
    "UPDATE_QUERY_NODE": "UPDATE is not allowed: a step only reads; SELECT the changed columns instead",
    "DELETE_QUERY_NODE": "DELETE is not allowed: a step only reads; SELECT ... WHERE what should stay",
    "MERGE_QUERY_NODE": "MERGE is not allowed: a step only reads",
    "COPY_QUERY_NODE": "COPY is not allowed: a step only reads",
    "PARAMETER": "parameters such as ? or $1 are not allowed: write the value",
}


@dataclass(frozen=True)
class Statement:
    """An allowed statement: its text without a closing semicolon, its tree, and the tables that it reads."""

    text: str
    tree: Node
    reads: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    """Every name that the statement itself gives: aliases, CTEs, their columns, parameters of lambdas (lower case)."""
    functions: frozenset[str] = frozenset()
    """The functions that it calls (lower case)."""


@dataclass
class _Found:
    problems: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)


def inspect(sql: str, tables: Collection[str]) -> Statement:
    """The statement in `sql`, reading none but `tables`. PlanError holds every problem found."""
    text = _one_select(sql)
    tree = parse_tree(text)
    found = _Found()
    try:
        _Walk({name.casefold(): name for name in tables}, found).visit(tree, frozenset())
    except RecursionError:
        raise PlanError(["the SQL is nested too deeply: split it into two steps"]) from None
    if found.problems:
        raise PlanError(list(dict.fromkeys(found.problems)))
    reads = tuple(dict.fromkeys(found.reads))
    return Statement(text, tree, reads, frozenset(found.names), frozenset(found.functions))


def nodes(tree: Any, enter: Callable[[Node], bool] = lambda node: True) -> Iterator[Node]:
    """Every node of a syntax tree, from the top; one that `enter` refuses is left out with all that is in it."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):  # a tree is JSON, and to ask for a Mapping takes ten times as long
            if enter(node):
                yield node
                waiting.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            waiting.extend(reversed(node))


def text_constant(node: Node) -> str | None:
    """The text of a string literal, or None for any other node."""
    if node.get("class") != "CONSTANT":
        return None
    given = node.get("literal") or {}
    if given:
        return str(given["text"]) if given.get("kind") == "STRING" else None
    value = node.get("value") or {}
    return str(value.get("value")) if (value.get("type") or {}).get("id") == "VARCHAR" else None


def _one_select(sql: str) -> str:
    if "\0" in sql:
        raise PlanError(["the SQL contains a NUL character: remove it"])
    try:
        kinds = statement_kinds(sql)
    except EngineError as error:
        raise PlanError([f"the SQL does not parse: {first_line(error)}"]) from None
    if kinds == ["MULTI"] or (kinds == ["CREATE", "SELECT"] and sql.lstrip().lower().startswith("pivot")):
        raise PlanError(["PIVOT needs its values: PIVOT data ON column IN ('a','b') USING sum(x)"])
    if len(kinds) != 1:
        raise PlanError([f"the SQL contains {len(kinds)} statements: write one SELECT per step"])
    kind = kinds[0]
    if kind != "SELECT":
        raise PlanError([f"{kind} is not allowed: a step is one SELECT"])
    return sql.strip().rstrip(";").rstrip()


def parse_tree(text: str) -> Node:
    """The tree of a text that is one SELECT. PlanError when it is not."""
    try:
        statements = parse(text)
    except RecursionError:
        raise PlanError(["the SQL is nested too deeply: split it into two steps"]) from None
    except EngineError as error:
        raise PlanError([f"the SQL does not parse: {first_line(error)}"]) from None
    if len(statements) != 1:
        raise PlanError([f"the SQL contains {len(statements)} statements: write one SELECT per step"])
    return statements[0]


def first_line(error: Exception) -> str:
    """An engine's error in one line, without the excerpt of the SQL."""
    told = str(error).split("\n\nLINE")[0].split("\nLINE ")[0].strip()
    told = re.sub(r"^[\w ]+ Error: ", "", told.split("\tCandidate functions")[0])
    return " ".join(told.split())[:300]


class _Walk:
    """Visits a tree with the CTE names in force, so that a system view can't hide behind one used elsewhere."""

    def __init__(self, tables: Mapping[str, str], found: _Found) -> None:
        self._tables, self._found = tables, found

    def visit(self, node: Any, ctes: frozenset[str]) -> None:
        if isinstance(node, list):
            for item in node:
                self.visit(item, ctes)
        elif isinstance(node, Mapping):
            self._allowed(node)
            self._named(node)
            scope = self._common_tables(node, ctes)
            if node.get("type") == "BASE_TABLE":
                self._table(node, scope)
            if "function_name" in node:
                self._function(node)
            if node.get("type") == "TABLE_FUNCTION":
                self._table_function(node)
            for key, value in node.items():
                if key != "cte_map":
                    self.visit(value, scope)

    def _allowed(self, node: Node) -> None:
        kind, family = node.get("type"), node.get("class")
        if not isinstance(kind, str):
            return
        if family is not None and family not in EXPRESSIONS:
            self._problem(REFUSED.get(str(family), f"{family} is not allowed in a step"))
        if family is None and kind not in CLAUSES and not kind.endswith("_TYPE_INFO"):
            self._problem(REFUSED.get(kind, f"{kind} is not allowed in a step"))

    def _named(self, node: Node) -> None:
        given: list[Any] = [node.get("alias"), *(node.get("column_name_alias") or []), *(node.get("aliases") or [])]
        if node.get("class") == "LAMBDA":
            given += [name for ref in nodes(node.get("lhs")) for name in ref.get("column_names", [])]
        if node.get("type") == "PIVOT":
            given += [*(node.get("unpivot_names") or []), *pivoted_names(node)]
        if node.get("class") == "FUNCTION" or "struct_pack" in str(node.get("function_name")):
            given += [a.get("name") for a in node.get("arguments") or [] if isinstance(a, Mapping)]
        self._found.names.update(name.casefold() for name in given if isinstance(name, str) and name)

    def _common_tables(self, node: Node, ctes: frozenset[str]) -> frozenset[str]:
        scope = ctes
        if isinstance(node.get("cte_name"), str):
            scope |= {node["cte_name"].casefold()}
        if isinstance(node.get("ctename"), str):
            scope |= {node["ctename"].casefold()}
        for entry in (node.get("cte_map") or {}).get("map", []):
            name = str(entry["key"]).casefold()
            body = entry["value"]
            self._found.names.add(name)
            self.visit(body, scope | {name} if _is_recursive(body) else scope)
            scope |= {name}
        return scope

    def _table(self, node: Node, ctes: frozenset[str]) -> None:
        name = str(node.get("table_name", ""))
        path = (node.get("qualified_name") or {}).get("path", [name])
        if node.get("schema_name") or node.get("catalog_name") or len(path) > 1:
            self._problem(f"table {'.'.join(map(str, path))!r} is not allowed: read {self._known()}")
        elif name.casefold() in ctes:
            return
        elif name.casefold() in self._tables:
            self._found.reads.append(self._tables[name.casefold()])
        else:
            near = difflib.get_close_matches(name.casefold(), [*self._tables, *ctes], 1, 0.6)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            self._problem(f"no table {name!r}: a step may read {self._known()}{hint}")

    def _function(self, node: Node) -> None:
        name = str(node["function_name"]).casefold()
        self._found.functions.add(name)
        # DuckDB 1.5 writes the schema main itself; the name alone decides, so a schema opens nothing.
        if node.get("schema") not in (None, "", "main") or node.get("catalog"):
            self._problem(f"function {node['schema']}.{name} is not allowed: call it without a schema")
        if name in ALLOWED or name in TABLE_FUNCTIONS or not re.match(r"^\w+$", name):
            return
        if name in INSTEAD:
            hint = f": write {INSTEAD[name]}"
        else:
            near = difflib.get_close_matches(name, ALLOWED, 1, 0.75)
            hint = f"; did you mean {near[0]!r}?" if near else ""
        self._problem(f"function {name!r} is not allowed or unknown{hint}")

    def _table_function(self, node: Node) -> None:
        name = str((node.get("function") or {}).get("function_name", "")).casefold()
        if name not in TABLE_FUNCTIONS:
            self._problem(f"{name}(...) in FROM is not allowed: read {self._known()}")

    def _known(self) -> str:
        return ", ".join(self._tables.values())

    def _problem(self, text: str) -> None:
        self._found.problems.append(text)


def _is_recursive(body: Node) -> bool:
    return any(node.get("type") == "RECURSIVE_CTE_NODE" for node in nodes(body.get("query_node") or body.get("query")))


def pivoted_names(node: Node) -> list[str]:
    """The columns that PIVOT makes of its values, in order: each value, and by which aggregate where that has a name;
    and the columns that UNPIVOT names."""
    ends = [f"_{alias}" if (alias := aggregate.get("alias")) else "" for aggregate in node.get("aggregates") or [{}]]
    pivots = node.get("pivots") or []
    entries = [entry for pivot in pivots for entry in pivot.get("entries") or []]
    called = [str(entry.get("alias") or _constant_text(entry.get("star_expr") or {})) for entry in entries]
    return [
        *(f"{name}{end}" for name in called for end in ends if name),
        *(str(name) for pivot in pivots for name in pivot.get("unpivot_names") or []),
    ]


def _constant_text(node: Node) -> str:
    """How a constant is written without quotes; "" for any other node."""
    literal = (node.get("literal") or node.get("value") or {}) if node.get("class") == "CONSTANT" else {}
    return str(literal.get("text", literal.get("value", "")))
