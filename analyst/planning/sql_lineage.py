"""Where the columns of a SELECT come from: how private each is, and how many rows of the data stand behind a cell.

DuckDB's own syntax tree is read from the inside out. What it can't settle by reading is counted: an aggregating SELECT
gets more columns, the number of rows behind each row and behind each aggregate. What is not understood is PICKED.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from analyst.core.errors import PlanError
from analyst.core.quoting import quoted
from analyst.engine.errors import EngineError
from analyst.engine.parsing import Node, write
from analyst.planning.disclosure import ALWAYS, FEWEST_ROWS, UNKNOWN, Kind, Relation
from analyst.planning.sql_dependence import IN_CONDITION, Dependence, conditions
from analyst.planning.sql_guard import nodes, parse_tree, pivoted_names
from analyst.planning.sql_scope import Scope, Source, Sources
from analyst.planning.sql_trees import (
    Tree,
    bare,
    filled,
    grouped_by_all,
    has_distinct,
    is_aggregated,
    is_all_of_it,
    is_distinct_on,
    last_name,
    multiplies,
    operands,
    widened,
    with_operands,
)

Least = Callable[[str, int], "list[int | None] | None"]
"""The least value of each of the last so many columns of a SELECT (its text); None when that can't be counted."""

SUPPORT = "rows behind "
"""How the columns are called that are counted beside a SELECT's own, with their number."""


@dataclass(frozen=True)
class Output:
    """What is known of a SELECT's columns, by place; `names` None: there are others whose number is not known.

    `counted` is the SELECT with more columns behind its own: the rows behind each row, then behind each column.
    `open` says of each column whether its cells may be shown whatever stands behind them. `compared`: rows of the
    plan's own were compared with cells, so that how many there are tells of them.
    """

    relation: Relation
    names: tuple[str, ...] | None = None
    kinds: tuple[Kind, ...] = ()
    counted: Tree | None = None
    aggregated: bool = False
    open: tuple[bool, ...] = ()
    compared: bool = False


def written(tree: Tree) -> str:
    """The SQL of a SELECT's tree. PlanError when DuckDB does not write it so that it reads the same again."""
    sql = write(tree)
    if bare(parse_tree(sql)["node"]) != bare(tree):
        raise PlanError(["the statement can't be written again as it is"])
    return sql


class Lineage:
    """Reads statements over `tables`. `least` counts what only data can tell of a SELECT inside the statement."""

    def __init__(self, tables: Mapping[str, Relation], least: Least) -> None:
        self._least = least
        self._tables = {name.casefold(): relation for name, relation in tables.items()}

    def of(self, tree: Node) -> Output:
        """The output of a statement (its tree as analyst.planning.sql_guard gives it)."""
        return self._output(tree["node"], _Names())

    def text(self, tree: Tree) -> str | None:
        """The SQL of a tree, or None when DuckDB does not write it so that it reads the same again."""
        try:
            return written(tree)
        except (EngineError, PlanError):
            return None

    def _output(self, node: Node, names: _Names) -> Output:
        if node.get("type") not in ("SELECT_NODE", "SET_OPERATION_NODE"):
            return Output(self._other(node, names))
        for entry in (node.get("cte_map") or {}).get("map", []):
            names = self._with_table(entry, names)
        return self._select(node, names) if node["type"] == "SELECT_NODE" else self._combined(node, names)

    def _other(self, node: Node, names: _Names) -> Relation:
        """A recursive query: harmless when it reads no table."""
        read = {str(n.get("table_name", "")).casefold() for n in nodes(node) if n.get("type") == "BASE_TABLE"}
        touched = read & (set(self._tables) | set(names.tables))
        return UNKNOWN if touched else Relation(rest=Kind.LABEL, generated=True)

    def _with_table(self, entry: Node, names: _Names) -> _Names:
        name, body = str(entry["key"]).casefold(), entry["value"]
        query = body.get("query_node") or (body.get("query") or {}).get("node") or body.get("query") or {}
        if any(str(n.get("table_name", "")).casefold() == name for n in nodes(query) if n.get("type") == "BASE_TABLE"):
            relation = self._other(query, names) if query.get("type") == "RECURSIVE_CTE_NODE" else UNKNOWN
        else:
            relation = renamed(self._relation(query, names), body.get("aliases") or [])
        return _Names({**names.tables, name: relation}, [*names.entries, entry])

    def _relation(self, node: Node, names: _Names) -> Relation:
        """The table that a SELECT inside the statement makes; what it must count is counted now."""
        out = self._output(node, names)
        if out.counted is None:
            return out.relation
        tree = copy.deepcopy(out.counted)
        own = (tree.get("cte_map") or {}).get("map", [])
        tree["cte_map"] = {"map": [*names.entries, *(entry for entry in own if entry not in names.entries)]}
        sql = self.text(tree)
        least = self._least(sql, 1 + len(out.kinds)) if sql is not None else None
        if least is None:
            return replace(out.relation, thin=True)
        refuse_thin(out, least)
        return settled(out, least)

    def _combined(self, node: Node, names: _Names) -> Output:
        parts = [self._output(part, names) for part in operands(node)]
        widths = {len(part.names) if part.names is not None else -1 for part in parts}
        if len(widths) != 1 or -1 in widths:
            return Output(UNKNOWN)
        kinds = tuple(max(part.kinds[place] for part in parts) for place in range(widths.pop()))
        first = parts[0].names or ()
        thin = any(part.relation.thin for part in parts)
        shared = all(part.relation.shared for part in parts if part.relation.thin)
        columns = dict(zip(map(str.casefold, first), kinds, strict=False))
        relation = Relation(columns, thin=thin, apart=False, shared=shared)
        if not any(part.counted for part in parts):
            return Output(relation, first, kinds)
        if not node.get("setop_all") or node.get("setop_type") != "UNION":
            return Output(replace(relation, thin=True), first, kinds)
        trees = [part.counted or self._as_counted(own, part) for own, part in zip(operands(node), parts, strict=True)]
        return Output(relation, first, kinds, with_operands(node, trees), aggregated=True)

    def _as_counted(self, node: Node, part: Output) -> Tree:
        """A part without anything to count, with the columns that the counted parts have."""
        enough = [0 if part.relation.thin and kind > Kind.LITERAL else ALWAYS for kind in (Kind.VALUE, *part.kinds)]
        return widened(node, [self.made(str(value)) for value in enough], SUPPORT)

    def _select(self, node: Node, names: _Names) -> Output:
        table = node.get("from_table") or {}
        if table.get("type") == "PIVOT" and is_all_of_it(node) and (made := self._pivoted(table, names)):
            return self._select({**made, "modifiers": node.get("modifiers") or []}, names)
        sources = self._sources(node.get("from_table"), names)
        items = list(node.get("select_list") or [])
        depends = self._dependence(sources, names)
        depends.check_sizes(node)
        grouped, distinct = is_aggregated(node), has_distinct(node)
        compared = depends.compared(node, grouped=grouped or distinct)
        scope = Scope(sources, items, self.made, lambda found: self._cell(found, depends, names))
        least = scope.compared(conditions(node))
        cell = Kind.TEXT if scope.is_shared else Kind.VALUE
        raised = max(least, cell if compared else Kind.LITERAL)
        listed = [(name, max(kind, raised), item) for name, kind, item in scope.listed()]
        output = replace(_named(listed), compared=compared)
        thin, shared = scope.is_thin, scope.is_shared
        if distinct and (grouped or is_distinct_on(node)):
            return replace(output, relation=replace(output.relation, thin=thin, apart=False, shared=shared))
        bare = tuple(shared and not scope.needs_count(column) for column in listed)
        starred = any(item is None for _, _, item in listed)
        if not (thin and (grouped or distinct)) or (all(bare) and starred):
            multiplied = sources.joined or multiplies(items)
            apart = grouped or (not multiplied and all(s.relation.apart for s in sources.found))
            row = None if grouped else next((n for n, _, item in listed if scope.is_row(n, item)), None)
            own = all(s.relation.generated for s in sources.found) and (bool(sources.found) or multiplies(items))
            still = thin and (not grouped or (shared and output.relation.worst > Kind.VALUE))
            relation = replace(output.relation, thin=still, apart=apart, row=row, shared=shared, generated=own)
            return replace(output, relation=relation)
        if starred:
            return replace(output, relation=UNKNOWN, names=None)
        base = scope.row_count(multiplied=sources.joined or multiplies(items))
        keys = [kind for _, kind, _ in listed if kind > Kind.COUNT and kind is not Kind.COMPUTED]
        free = Kind.LISTED if len(keys) == 1 else Kind.COUNT
        counts = [scope.support(item, base, free=kind <= free) for _, kind, item in listed if item is not None]
        counted = widened(node if grouped else grouped_by_all(node), [base, *counts], SUPPORT)
        apart = len(node.get("group_sets") or []) < 2 and all(s.relation.apart for s in sources.found)
        relation = replace(output.relation, apart=apart, shared=shared)
        return replace(output, relation=relation, counted=counted, aggregated=True, open=bare)

    def _dependence(self, sources: Sources, names: _Names) -> Dependence:
        """What the conditions of a SELECT over `sources` may not read."""
        known = {**self._tables, **names.tables}
        private = {
            name
            for relation in known.values()
            if relation.thin
            for name, kind in relation.columns.items()
            if kind > relation.harmless
        }
        made = {s.alias for s in sources.found if s.relation.generated}
        data = {name for relation in known.values() if not relation.generated for name in relation.columns}

        def is_generated(node: Node) -> bool:
            path = [str(name).casefold() for name in node.get("column_names") or []]
            return bool(made) and (path[0] in made if len(path) > 1 else path[-1] not in data)

        return Dependence(
            is_private=lambda node: str((node.get("column_names") or [""])[-1]).casefold() in private,
            is_generated=is_generated,
            is_cell=lambda node: self._scalar(node, names) is Kind.PICKED,
        )

    def _cell(self, node: Node, depends: Dependence, names: _Names) -> Kind:
        """The kind of a subquery that stands for one value, beside rows of the plan's own too."""
        return Kind.PICKED if depends.spells(node) else self._scalar(node, names)

    def _sources(self, node: Any, names: _Names) -> Sources:
        if not isinstance(node, Mapping) or node.get("type") in ("EMPTY", "EMPTY_FROM"):
            return Sources([])
        kind, alias = node.get("type"), str(node.get("alias") or "")
        if kind == "JOIN":
            left = self._sources(node.get("left"), names)
            if node.get("join_type") in ("SEMI", "ANTI"):
                return left
            right = self._sources(node.get("right"), names)
            return Sources(
                [*left.found, *right.found], {*left.using, *right.using, *node.get("using_columns", [])}, True
            )
        relation, alias = self._source(node, kind, alias, names)
        return Sources([Source(alias.casefold(), renamed(relation, node.get("column_name_alias") or []))])

    def _source(self, node: Node, kind: Any, alias: str, names: _Names) -> tuple[Relation, str]:
        if kind == "BASE_TABLE":
            name = str(node.get("table_name", ""))
            known = names.tables.get(name.casefold()) or self._tables.get(name.casefold(), UNKNOWN)
            return known, alias or name
        if kind == "SUBQUERY":
            return self._relation((node.get("subquery") or {}).get("node") or {}, names), alias
        if kind == "PIVOT":
            grouped = self._pivoted(node, names)
            return self._unpivoted(node, names) if grouped is None else self._relation(grouped, names), alias
        given = node.get("values") if kind == "EXPRESSION_LIST" else node.get("function")
        reads = any(n.get("class") in ("COLUMN_REF", "SUBQUERY", "STAR") for n in nodes(given))
        if kind in ("EXPRESSION_LIST", "TABLE_FUNCTION") and not reads:
            return Relation(rest=Kind.LABEL, apart=False, generated=True), alias
        return UNKNOWN, alias

    def _pivoted(self, node: Node, names: _Names) -> Tree | None:
        """The SELECT that computes what PIVOT makes: each of its columns an aggregate with a filter. None where the
        columns can't be told from the statement."""
        aggregates, pivots = node.get("aggregates") or [], node.get("pivots") or []
        sources = self._sources(node.get("source"), names).found
        entries = [entry.get("star_expr") or {} for pivot in pivots for entry in pivot.get("entries") or []]
        told = all(entry.get("class") == "CONSTANT" for entry in entries)
        called = len(aggregates) == 1 or all(aggregate.get("alias") for aggregate in aggregates)
        if not (aggregates and told and called and len(pivots) == 1 and len(pivots[0]["pivot_expressions"]) == 1):
            return None
        if any(source.relation.rest is not None for source in sources):
            return None
        on = pivots[0]["pivot_expressions"][0]
        read = {str(last_name(part) or "").casefold() for part in nodes([aggregates, on])}
        known = [name for source in sources for name in source.relation.columns if name not in (*read, "_row")]
        items = [self.made(quoted(key)) for key in node.get("groups") or known]
        made = iter(pivoted_names(node))
        for entry in entries:
            met = self.made("turned = member", turned=on, member=entry)
            items += [{**copy.deepcopy(one), "filter": met, "alias": next(made)} for one in aggregates]
        tree: Tree = parse_tree("SELECT 1 FROM data GROUP BY ALL")["node"]
        return {**tree, "select_list": items, "from_table": node["source"]}

    def _unpivoted(self, node: Node, names: _Names) -> Relation:
        """A table with some of its columns turned into rows."""
        source = self._sources(node.get("source"), names).found[0].relation
        turned = [
            str(name).casefold()
            for pivot in node.get("pivots") or []
            for entry in pivot.get("entries") or []
            for name in ((entry.get("star_expr") or {}).get("column_names") or [])[-1:]
        ]
        if not node.get("unpivot_names") or not turned or node.get("aggregates") or source.rest is not None:
            return UNKNOWN
        kept = {name: kind for name, kind in source.columns.items() if name not in turned}
        kinds = [source.kind(name) or Kind.PICKED for name in turned]
        labels = [str(name).casefold() for pivot in node["pivots"] for name in pivot.get("unpivot_names") or []]
        values = dict.fromkeys((str(name).casefold() for name in node["unpivot_names"]), max(kinds))
        columns = {**kept, **dict.fromkeys(labels, Kind.LISTED), **values}
        return replace(source, columns=columns, apart=False, row=source.row if source.row in kept else None)

    def _scalar(self, node: Node, names: _Names) -> Kind:
        """The kind of a subquery that stands for one value."""
        relation = self._relation((node.get("subquery") or {}).get("node") or {}, names)
        most = Kind.VALUE if relation.shared else Kind.COUNT
        return Kind.PICKED if relation.thin and relation.worst > most else relation.worst

    def made(self, expression: str, **parts: Node) -> Tree:
        """The tree of an expression in which the columns named as in `parts` stand for these trees."""
        tree = parse_tree(f"SELECT {expression}")["node"]["select_list"][0]
        made: Tree = filled(tree, parts)
        return made


@dataclass(frozen=True)
class _Names:
    """The WITH tables in force, and their definitions."""

    tables: Mapping[str, Relation] = field(default_factory=dict)
    entries: Sequence[Node] = ()


def _named(listed: Sequence[tuple[str, Kind, Node | None]]) -> Output:
    """The output of result columns: those without a name of their own can't be told apart by one."""
    kinds = tuple(kind for _, kind, _ in listed)
    columns: dict[str, Kind] = {}
    for name, kind, _ in listed:
        columns[name.casefold()] = max(kind, columns.get(name.casefold(), kind))
    rest = columns.pop("*", None) if any(name == "*" for name, _, _ in listed) else columns.pop("", None)
    names = None if any(name == "*" for name, _, _ in listed) else tuple(name for name, _, _ in listed)
    return Output(Relation(columns, rest=rest), names, kinds)


def renamed(relation: Relation, names: Sequence[str]) -> Relation:
    """`relation` with its first columns called `names`."""
    if not names:
        return relation
    if relation.rest is not None:
        return replace(relation, row=None, columns={}, rest=relation.worst)
    old = list(relation.columns)
    new = [*(name.casefold() for name in names), *old[len(names) :]]
    columns = dict(zip(new, relation.columns.values(), strict=False))
    row = new[old.index(relation.row)] if relation.row in old else None
    return replace(relation, columns=columns, row=row)


def refuse_thin(out: Output, least: Sequence[int | None]) -> None:
    """PlanError when the number of a result's rows tells of cells that few rows of the data share."""
    if out.compared and least[0] is not None and least[0] < FEWEST_ROWS:
        raise PlanError([IN_CONDITION])


def settled(out: Output, least: Sequence[int | None]) -> Relation:
    """The relation of a counted output, when the least counts are known (None: there are no rows)."""
    rows, *behind = [ALWAYS if count is None else count for count in least]
    kinds = dict(out.relation.columns)
    shown = out.open or (False,) * len(behind)
    for name, count, is_open in zip(out.names or (), behind, shown, strict=True):
        if count < FEWEST_ROWS <= rows and not is_open:
            kinds[name.casefold()] = Kind.PICKED
    thin = rows < FEWEST_ROWS and (not out.relation.shared or out.relation.worst > Kind.VALUE)
    return replace(out.relation, columns=kinds, thin=thin)
