"""What stands in FROM: tables, subqueries, joins, lists of values, lists made rows."""

# Every name built into SQL here passes the dialect's `quote`, every text its `text`.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from analyst.engine.errors import TranslationError
from analyst.engine.parsing import Node
from analyst.engine.remote.translation.expressions import Expressions
from analyst.engine.remote.translation.operands import Dialect, Operand, joined
from analyst.engine.remote.translation.scopes import Column, Columns, Relation, Scope, Tables
from analyst.engine.remote.translation.trees import arguments
from analyst.engine.remote.translation.types import BIGINT, BOOLEAN, common

LONGEST_RUN = 100_000
"""The most numbers that range() may make."""


@dataclass(frozen=True)
class Source:
    """The text of a FROM and the names that it offers."""

    text: str
    scope: Scope


Reader = Callable[[Node, Tables, "Scope | None"], "tuple[str, Columns]"]
"""The text and the columns of a query, which sees these tables and the scope around it."""


@dataclass(frozen=True)
class Relations:
    """Reads FROM: which tables may be read is all that it knows of the rest of the query."""

    dialect: Dialect
    tables: Tables
    query: Reader
    outer: Scope | None = None

    def read(self, node: Node) -> Source:
        """The FROM of a node; without a table its text is empty."""
        kind = str(node["type"])
        if kind in ("EMPTY", "EMPTY_FROM"):
            return Source("", Scope(outer=self.outer))
        if kind == "BASE_TABLE":
            return self._table(node)
        if kind == "SUBQUERY":
            return self._subquery(node)
        if kind == "JOIN":
            return self._join(node)
        if kind == "EXPRESSION_LIST":
            return self._values(node)
        if kind == "PIVOT" and not node.get("aggregates"):
            return self._unpivot(node)
        if kind == "TABLE_FUNCTION":
            return self._rows(node, Scope(outer=self.outer))
        raise self.dialect.refusal(kind, kind.replace("_", " "))

    def _table(self, node: Node) -> Source:
        name = str(node["table_name"])
        path = (node.get("qualified_name") or {}).get("path") or [name]
        columns = self.tables.get(name.casefold())
        if node.get("schema_name") or node.get("catalog_name") or len(path) > 1 or columns is None:
            known = ", ".join(self.tables)
            raise TranslationError(f"No table {'.'.join(map(str, path))!r} may be read here: read {known}.")
        if node.get("sample"):
            raise self.dialect.refusal("sample", "a sample of a table")
        called = str(node.get("alias") or name)
        return self._named(
            self.dialect.quote(name), called, _renamed(columns, node), bool(node.get("column_name_alias"))
        )

    def _subquery(self, node: Node) -> Source:
        text, columns = self.query(node["subquery"]["node"], self.tables, None)
        called = str(node.get("alias") or f"_q{crc32(text.encode())}")
        return self._named(f"({text})", called, _renamed(columns, node), bool(node.get("column_name_alias")))

    def _named(self, text: str, called: str, columns: Columns, listed: bool) -> Source:
        """A relation under its name, with the names of its columns where they are new."""
        quote = self.dialect.quote
        names = f"({', '.join(quote(name) for name, _ in columns)})" if listed else ""
        made = tuple(Column(name, Operand(f"{quote(called)}.{quote(name)}", type)) for name, type in columns)
        return Source(f"{text} AS {quote(called)}{names}", Scope((Relation(called, made),), outer=self.outer))

    def _values(self, node: Node) -> Source:
        reader = Expressions(self.dialect, Scope(outer=self.outer), self._no_subquery)
        rows = [reader.all(row) for row in node["values"]]
        columns = [self.dialect.unified(column) for column in zip(*rows, strict=True)]
        names = [*(node.get("column_name_alias") or node.get("expected_names") or [])]
        names += [f"col{place}" for place in range(len(names), len(columns))]
        listed = ", ".join(f"({', '.join(part.text for part in row)})" for row in zip(*columns, strict=True))
        types = tuple((str(name), column[0].type) for name, column in zip(names, columns, strict=True))
        firm = tuple((name, replace(type, written=False)) for name, type in types)
        return self._named(f"(VALUES {listed})", str(node.get("alias") or "valueslist"), firm, True)

    def _rows(self, node: Node, left: Scope) -> Source:
        """A list, or a run of whole numbers, as rows; its elements may name columns of what stands before it."""
        call = node["function"]
        name = str(call["function_name"]).casefold()
        parts = Expressions(self.dialect, left, self._no_subquery).all(arguments(call))
        if name == "unnest" and len(parts) == 1 and parts[0].type.item:
            text, type = parts[0].text, parts[0].type.item
        elif name in ("range", "generate_series"):
            text, type = self._run(name, parts), BIGINT
        else:
            raise self.dialect.refusal(f"from {name}", f"{name}() in FROM")
        column = str((node.get("column_name_alias") or [node.get("alias") or name])[0])
        rows = f"(SELECT {self.dialect.rows.format(text)} AS {self.dialect.quote(column)})"
        return self._named(rows, str(node.get("alias") or name), ((column, type),), False)

    def _run(self, name: str, parts: Sequence[Operand]) -> str:
        bounds = [part.value for part in parts if isinstance(part.value, int)]
        if len(bounds) != len(parts) or not 1 <= len(bounds) <= 2:
            raise self.dialect.refusal("range of values", f"{name}() of anything but one or two whole numbers")
        start, stop = bounds if len(bounds) == 2 else (0, bounds[0])
        numbers = range(start, stop + (name == "generate_series"))
        if not 0 < len(numbers) <= LONGEST_RUN:
            raise TranslationError(f"{name}() of {len(numbers):,} numbers: make 1 to {LONGEST_RUN:,} of them.")
        return self.dialect.run.format(numbers[0], numbers[-1])

    def _no_subquery(self, node: Node, scope: Scope) -> tuple[str, tuple[()]]:
        raise self.dialect.refusal("subquery in values", "a subquery in VALUES")

    def _unpivot(self, node: Node) -> Source:
        """UNPIVOT as one SELECT a column, without the rows whose value is NULL."""
        pivot = node["pivots"][0]
        names, values = pivot.get("unpivot_names") or [], node.get("unpivot_names") or []
        if len(node["pivots"]) != 1 or len(names) != 1 or len(values) != 1:
            raise self.dialect.refusal("unpivot", "an UNPIVOT of several values")
        source = self.read(node["source"])
        reader = Expressions(self.dialect, source.scope, self._no_subquery)
        melted = [(self._unpivoted(entry), reader.read(entry["star_expr"])) for entry in pivot["entries"]]
        type = common([value.type for _, value in melted])
        if type is None:
            raise TranslationError("UNPIVOT needs columns of one type: cast them in a subquery first.")
        gone = {name.casefold() for name, _ in melted}
        kept = [column for column in source.scope.stars() if column.name.casefold() not in gone]
        selects = [
            self._melted(source, kept, name, value, str(names[0]), str(values[0]), node) for name, value in melted
        ]
        columns = tuple((column.name, column.operand.type) for column in kept)
        columns += ((str(names[0]), reader.read(_VARCHAR).type), (str(values[0]), type))
        called = str(node.get("alias") or "_unpivoted")
        return self._named(f"({' UNION ALL '.join(selects)})", called, columns, False)

    def _unpivoted(self, entry: Node) -> str:
        found = entry.get("star_expr") or {}
        if found.get("class") != "COLUMN_REF":
            raise self.dialect.refusal("unpivot columns", "UNPIVOT of columns that are not named one by one")
        return str(found["column_names"][-1])

    def _melted(self, source: Source, kept: Sequence[Column], name: str, value: Operand, *more: object) -> str:
        names, values, node = more
        quote = self.dialect.quote
        listed = [f"{column.operand.text} AS {quote(column.name)}" for column in kept]
        listed += [f"{self.dialect.text(name)} AS {quote(str(names))}", f"{value.text} AS {quote(str(values))}"]
        nulls = isinstance(node, dict) and node.get("include_nulls")
        where = "" if nulls else f" WHERE {value.text} IS NOT NULL"
        return f"SELECT {', '.join(listed)} FROM {source.text}{where}"

    def _join(self, node: Node) -> Source:
        left = self.read(node["left"])
        lateral = node["right"]["type"] == "TABLE_FUNCTION"
        right = self._rows(node["right"], left.scope) if lateral else self.read(node["right"])
        kind, how = str(node["join_type"]), str(node["ref_type"])
        names = [one.name.casefold() for source in (left, right) for one in source.scope.relations]
        if len(names) != len(set(names)):
            raise TranslationError("A table is joined to itself: give each a name of its own with AS.")
        if kind not in self.dialect.joins or how not in ("REGULAR", "CROSS", "NATURAL"):
            raise self.dialect.refusal(
                f"{how} join" if how not in ("REGULAR",) else f"{kind} join", f"a {how} {kind} join"
            )
        if lateral and how != "CROSS":
            raise self.dialect.refusal("lateral join", "a function of rows joined by a condition")
        right_text = f"({right.text})" if node["right"]["type"] == "JOIN" else right.text
        if how == "CROSS":
            word = "CROSS JOIN LATERAL" if lateral else "CROSS JOIN"
            return Source(f"{left.text} {word} {right_text}", self._both(left, right, ()))
        return self._on(node, kind, left, right, right_text)

    def _on(self, node: Node, kind: str, left: Source, right: Source, right_text: str) -> Source:
        both = self._both(left, right, ())
        using = [str(name) for name in node.get("using_columns") or []]
        if str(node["ref_type"]) == "NATURAL":
            names = {column.name.casefold() for column in right.scope.stars()}
            using = [column.name for column in left.scope.stars() if column.name.casefold() in names]
        if using:
            pairs = list(self._pairs(using, left, right))
            condition = " AND ".join(self._equal(one, other).text for _, one, other in pairs)
            shared = tuple(Column(name, self._shared(kind, one, other)) for name, one, other in pairs)
            both = self._both(left, right, shared)
        else:
            reader = Expressions(self.dialect, both, lambda inner, scope: self._in_condition(inner, scope))
            condition = reader.condition(node["condition"]).text
        scope = replace(left.scope) if kind in ("SEMI", "ANTI") else both
        return Source(f"{left.text} {self.dialect.joins[kind]} {right_text} ON {condition}", scope)

    def _in_condition(self, node: Node, scope: Scope) -> tuple[str, tuple[()]]:
        raise self.dialect.refusal("subquery in join", "a subquery in the condition of a join")

    def _pairs(self, using: Sequence[str], left: Source, right: Source) -> Iterator[tuple[str, Operand, Operand]]:
        for name in using:
            one, other = left.scope.column([name]), right.scope.column([name])
            if one is None or other is None:
                raise TranslationError(f"USING ({name}) needs the column in both tables.")
            yield name, one, other

    def _equal(self, one: Operand, other: Operand) -> Operand:
        first, second = self.dialect.unified([one, other])
        return joined(f"({first.text} = {second.text})", BOOLEAN, [one, other])

    def _shared(self, kind: str, one: Operand, other: Operand) -> Operand:
        if kind == "FULL":
            first, second = self.dialect.unified([one, other])
            return joined(f"coalesce({first.text}, {second.text})", first.type, [one, other])
        return other if kind == "RIGHT" else one

    def _both(self, left: Source, right: Source, shared: tuple[Column, ...]) -> Scope:
        names = {column.name.casefold() for column in shared}
        before = (*left.scope.shared, *right.scope.shared)
        known = tuple(column for column in before if column.name.casefold() not in names)
        return Scope((*left.scope.relations, *right.scope.relations), (*known, *shared), outer=self.outer)


_VARCHAR: Node = {"class": "CONSTANT", "literal": {"kind": "STRING", "text": ""}}


def _renamed(columns: Columns, node: Node) -> Columns:
    """Columns under the names that an alias lists for the first of them."""
    names = [str(name) for name in node.get("column_name_alias") or []]
    kept = columns[len(names) :]
    return (*((name, type) for name, (_, type) in zip(names, columns, strict=False)), *kept)
