"""A whole query of DuckDB's tree in a server's dialect: SELECT, set operations, WITH; one text without stars."""

# Every name built into SQL here passes the dialect's `quote`, every text its `text`.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyst.engine.errors import TranslationError
from analyst.engine.parsing import Node
from analyst.engine.remote.translation.expressions import ELEMENT, UNNESTED, Expressions, direction
from analyst.engine.remote.translation.operands import Dialect, Operand
from analyst.engine.remote.translation.relations import Relations, Source
from analyst.engine.remote.translation.scopes import Column, Columns, Relation, Scope, Tables
from analyst.engine.remote.translation.trees import literal
from analyst.engine.remote.translation.types import Family, SqlType, common

KEPT = "_kept"
"""The column that says which rows stay, where a condition can only be said around a SELECT."""
_SET = {"UNION": "UNION", "EXCEPT": "EXCEPT", "INTERSECT": "INTERSECT", "UNION_BY_NAME": "UNION"}


@dataclass(frozen=True)
class Item:
    """A column of a SELECT's list."""

    name: str
    operand: Operand


@dataclass
class Select:
    """A SELECT being written: its parts, in the dialect already."""

    items: list[Item]
    source: Source
    where: str = ""
    groups: str = ""
    having: str = ""
    distinct: bool = False
    keep: str = ""
    """The condition of rows that stay, over values that the SELECT itself computes (QUALIFY, DISTINCT ON)."""
    orders: list[tuple[str, str]] = field(default_factory=list)
    """Expressions and how each sorts."""
    limit: str = ""


@dataclass(frozen=True)
class Queries:
    """Reads queries. What a query may read is an argument of each method: WITH adds to it."""

    dialect: Dialect
    values: Sequence[object] = ()
    """What $1, $2, … stand for."""

    def read(self, node: Node, tables: Tables, outer: Scope | None = None) -> tuple[str, Columns]:
        """The text of a query and its columns."""
        with_text, known = self._common_tables(node, tables)
        if node["type"] == "SELECT_NODE":
            text, columns = self._select(node, known, outer)
        elif node["type"] == "SET_OPERATION_NODE":
            text, columns = self._set_operation(node, known, outer)
        else:
            raise self.dialect.refusal(str(node["type"]), str(node["type"]).replace("_NODE", "").replace("_", " "))
        return f"{with_text}{text}", columns

    def _common_tables(self, node: Node, tables: Tables) -> tuple[str, Tables]:
        known, texts = dict(tables), []
        for entry in (node.get("cte_map") or {}).get("map") or []:
            name, body = str(entry["key"]), entry["value"]
            inner = body.get("query_node") or body["query"]["node"]
            text, columns = self.read(inner, known)
            names = [str(alias) for alias in body.get("aliases") or []]
            columns = (*zip(names, (type for _, type in columns), strict=False), *columns[len(names) :])
            listed = ", ".join(self.dialect.quote(column) for column, _ in columns)
            texts.append(f"{self.dialect.quote(name)} ({listed}) AS ({text})")
            known[name.casefold()] = columns
        return (f"WITH {', '.join(texts)} " if texts else ""), known

    def _select(self, node: Node, tables: Tables, outer: Scope | None) -> tuple[str, Columns]:
        if node.get("sample"):
            raise self.dialect.refusal("sample", "USING SAMPLE")
        relations = Relations(self.dialect, tables, self.read, outer)
        source = relations.read(node["from_table"])
        reader = Expressions(self.dialect, source.scope, self._subqueries(tables), values=self.values)
        made = Select(list(self._items(node["select_list"], replace(reader, rows=True))), source)
        if node.get("where_clause"):
            made.where = reader.condition(node["where_clause"]).text
        self._group(node, made, reader)
        if node.get("having"):
            made.having = replace(reader, names_first=True).condition(node["having"]).text
        if node.get("qualify"):
            made.keep = reader.condition(node["qualify"]).text
        self._modify(node, made, reader)
        _check(made, self.dialect)
        return self._write(made), tuple((item.name, item.operand.type) for item in made.items)

    def _subqueries(self, tables: Tables) -> _Subqueries:
        return _Subqueries(self, tables)

    def _items(self, listed: Sequence[Node], reader: Expressions) -> Iterator[Item]:
        for place, node in enumerate(listed):
            if node.get("class") == "STAR" and not node.get("columns"):
                yield from self._starred(node, reader)
                continue
            operand = reader.read(node)
            name = str(node.get("alias") or "")
            if name:
                reader.scope.named[name.casefold()] = operand
            elif node.get("class") == "COLUMN_REF":
                name = str(node["column_names"][-1])
            yield Item(name or f"_c{place}", operand)

    def _starred(self, node: Node, reader: Expressions) -> Iterator[Item]:
        excluded = {_last(name).casefold() for name in [*(node.get("exclude_list") or []), *_excluded(node)]}
        replaced = {str(entry["key"]).casefold(): entry["value"] for entry in node.get("replace_list") or []}
        if node.get("rename_list") or node.get("expr"):
            raise self.dialect.refusal("* rename", "* with RENAME or LIKE")
        for column in reader.scope.stars(str(node["relation_name"]) if node.get("relation_name") else None):
            key = column.name.casefold()
            if key not in excluded:
                yield Item(column.name, reader.read(replaced[key]) if key in replaced else column.operand)

    def _group(self, node: Node, made: Select, reader: Expressions) -> None:
        expressions = node.get("group_expressions") or []
        sets = node.get("group_sets") or []
        if str(node.get("aggregate_handling")) == "FORCE_AGGREGATES":
            parts = [item.operand for item in made.items if not item.operand.aggregates]
            sets = []
        else:
            parts = [self._grouped(expression, made, reader) for expression in expressions]
        texts = list(dict.fromkeys(part.text for part in parts if not part.constant))
        if len(sets) > 1:
            places = ", ".join(f"({', '.join(parts[place].text for place in one)})" for one in sets)
            made.groups = f"GROUPING SETS ({places})"
        elif texts:
            made.groups = ", ".join(texts)
        elif parts and not made.having and not any(item.operand.aggregates for item in made.items):
            raise self.dialect.refusal("group by constants", "GROUP BY constants only")

    def _grouped(self, node: Node, made: Select, reader: Expressions) -> Operand:
        place = _place(node)
        return reader.read(node) if place is None else self._item(place, made).operand

    def _item(self, place: int, made: Select) -> Item:
        if not 1 <= place <= len(made.items):
            raise TranslationError(f"There is no column {place}: the list has {len(made.items)}.")
        return made.items[place - 1]

    def _modify(self, node: Node, made: Select, reader: Expressions) -> None:
        for modifier in node.get("modifiers") or []:
            kind = str(modifier["type"])
            if kind == "ORDER_MODIFIER":
                made.orders = [term for order in modifier["orders"] for term in self._ordered(order, made, reader)]
            elif kind == "LIMIT_MODIFIER" and str(modifier.get("limit_type") or "ROW_COUNT") == "ROW_COUNT":
                made.limit = self._limit(modifier, reader)
            elif kind == "DISTINCT_MODIFIER":
                self._distinct(modifier, node, made, reader)
            else:
                raise self.dialect.refusal("limit percent", "LIMIT as a percentage")

    def _distinct(self, modifier: Node, node: Node, made: Select, reader: Expressions) -> None:
        targets = modifier.get("distinct_on_targets") or []
        if not targets:
            made.distinct = True
            return
        orders = [
            order for other in node["modifiers"] if other["type"] == "ORDER_MODIFIER" for order in other["orders"]
        ]
        if not orders or made.keep:
            raise self.dialect.refusal("distinct on", "DISTINCT ON without ORDER BY")
        parts = ", ".join(self._grouped(target, made, reader).text for target in targets)
        terms = ", ".join(f"{self._sorted(order, made, reader).text}{direction(order)}" for order in orders)
        made.keep = f"(row_number() OVER (PARTITION BY {parts} ORDER BY {terms}) = 1)"

    def _sorted(self, order: Node, made: Select, reader: Expressions) -> Operand:
        node = order["expression"]
        place = _place(node)
        if place is not None:
            return self._item(place, made).operand
        return replace(reader, names_first=node.get("class") == "COLUMN_REF").read(node)

    def _ordered(self, order: Node, made: Select, reader: Expressions) -> Iterator[tuple[str, str]]:
        """The terms of an ORDER BY: a column of the list by its name, else its expression."""
        node = order["expression"]
        if node.get("class") == "STAR":
            yield from ((self._written(item.operand, made), direction(order)) for item in made.items)
            return
        part = self._sorted(order, made, reader)
        if not part.constant:
            yield self._written(part, made), direction(order)

    def _written(self, part: Operand, made: Select) -> str:
        names = [item.name.casefold() for item in made.items]
        for item in made.items:
            if item.operand.text == part.text and names.count(item.name.casefold()) == 1:
                return self.dialect.quote(item.name)
        return part.text

    def _limit(self, modifier: Node, reader: Expressions) -> str:
        text = ""
        for word in ("limit", "offset"):
            if modifier.get(word):
                value = reader.read(modifier[word])
                if not isinstance(value.value, int):
                    raise self.dialect.refusal("limit", f"{word.upper()} by anything but a whole number")
                text += f" {word.upper()} {value.value}"
        return text

    def _write(self, made: Select) -> str:
        quote = self.dialect.quote
        listed = ", ".join(f"{item.operand.text} AS {quote(item.name)}" for item in made.items)
        clauses = (
            self._from(made),
            f" WHERE {made.where}" if made.where else "",
            f" GROUP BY {made.groups}" if made.groups else "",
            f" HAVING {made.having}" if made.having else "",
        )
        word = "SELECT DISTINCT " if made.distinct else "SELECT "
        if not made.keep:
            return f"{word}{listed}{''.join(clauses)}{_order_by(made.orders)}{made.limit}"
        return self._wrapped(made, word, listed, "".join(clauses))

    def _from(self, made: Select) -> str:
        text, lists = made.source.text, made.source.scope.unnested
        if not lists:
            return f" FROM {text}" if text else ""
        quote = self.dialect.quote
        view = self.dialect.lateral.format(lists[0].text, quote(UNNESTED), quote(ELEMENT))
        return f" FROM {text or f'(SELECT 1 AS {quote(ELEMENT)})'} {view}"

    def _wrapped(self, made: Select, word: str, listed: str, clauses: str) -> str:
        """A SELECT whose rows stay by what it computes itself: the condition as a column, and a SELECT around it."""
        quote = self.dialect.quote
        if len({item.name.casefold() for item in made.items}) < len(made.items):
            raise TranslationError("QUALIFY and DISTINCT ON need columns of different names: rename one with AS.")
        hidden = [f"{made.keep} AS {quote(KEPT)}"]
        terms: list[tuple[str, str]] = []
        own = [quote(item.name) for item in made.items]
        for place, (text, way) in enumerate(made.orders):
            if text not in own:
                hidden.append(f"{text} AS {quote(f'_o{place}')}")
                text = quote(f"_o{place}")
            terms.append((text, way))
        if made.distinct and len(hidden) > 1:
            raise TranslationError("QUALIFY with DISTINCT can be ordered by columns of its list only.")
        inner = f"SELECT {', '.join([listed, *hidden])}{clauses}"
        outer = f"{word}{', '.join(own)} FROM ({inner}) AS {quote('_rows')} WHERE {quote(KEPT)}"
        return f"{outer}{_order_by(terms)}{made.limit}"

    def _set_operation(self, node: Node, tables: Tables, outer: Scope | None) -> tuple[str, Columns]:
        kind = str(node["setop_type"])
        children = node.get("children") or [node["left"], node["right"]]
        parts = [self.read(child, tables, outer) for child in children]
        if kind not in _SET:
            raise self.dialect.refusal(kind, kind)
        if kind == "UNION_BY_NAME":
            parts = self._by_name(parts)
        columns = self._aligned([columns for _, columns in parts])
        texts = [self._converted(text, own, columns) for text, own in parts]
        word = f" {_SET[kind]}{' ALL' if node.get('setop_all') else ''} "
        made = Select([], Source("", Scope()))
        made.items = [Item(name, Operand(self.dialect.quote(name), type)) for name, type in columns]
        scope = Scope((Relation("", tuple(Column(item.name, item.operand) for item in made.items)),))
        reader = Expressions(self.dialect, scope, self._subqueries(tables), values=self.values)
        for modifier in node.get("modifiers") or []:
            if modifier["type"] == "DISTINCT_MODIFIER":
                raise self.dialect.refusal("distinct on", "DISTINCT ON over a set operation")
        self._modify(node, made, reader)
        joined = word.join(f"({text})" for text in texts)
        return f"{joined}{_order_by(made.orders)}{made.limit}", columns

    def _by_name(self, parts: Sequence[tuple[str, Columns]]) -> list[tuple[str, Columns]]:
        """Queries whose columns are put in one order by their names, NULL where one has none."""
        names: dict[str, str] = {}
        for _, columns in parts:
            for name, _type in columns:
                names.setdefault(name.casefold(), name)
        made = []
        for text, columns in parts:
            own = {name.casefold(): (name, type) for name, type in columns}
            listed = [own.get(key, (None, SqlType("NULL"))) for key in names]
            written = ", ".join(
                f"{self.dialect.quote(found) if found else 'NULL'} AS {self.dialect.quote(name)}"
                for (found, _), name in zip(listed, names.values(), strict=True)
            )
            types = tuple((name, type) for (_, type), name in zip(listed, names.values(), strict=True))
            made.append((f"SELECT {written} FROM ({text}) AS {self.dialect.quote('_part')}", types))
        return made

    def _aligned(self, listed: Sequence[Columns]) -> Columns:
        if len({len(columns) for columns in listed}) != 1:
            raise TranslationError("The queries of a UNION, EXCEPT or INTERSECT need the same number of columns.")
        made = []
        for column in zip(*listed, strict=True):
            type = common([type for _, type in column])
            if type is None:
                told = " and ".join(dict.fromkeys(str(type) for _, type in column))
                raise TranslationError(f"{column[0][0]} is {told}: cast it to one type in both queries.")
            made.append((column[0][0], replace(type, written=False)))
        return tuple(made)

    def _converted(self, text: str, own: Columns, columns: Columns) -> str:
        """A query whose columns are cast to the types of the whole, where their kinds differ."""
        pairs = list(zip(own, columns, strict=True))
        if all(mine.family in (type.family, Family.NULL) for (_, mine), (_, type) in pairs):
            return text
        quote = self.dialect.quote
        listed = ", ".join(
            f"{self.dialect.as_type(Operand(quote(name), mine), type).text} AS {quote(called)}"
            for (name, mine), (called, type) in pairs
        )
        return f"SELECT {listed} FROM ({text}) AS {quote('_part')}"


@dataclass(frozen=True)
class _Subqueries:
    """Reads the subqueries of one SELECT, which see its tables."""

    queries: Queries
    tables: Tables

    def __call__(self, node: Node, scope: Scope) -> tuple[str, tuple[SqlType, ...]]:
        text, columns = self.queries.read(node, self.tables, scope)
        return text, tuple(type for _, type in columns)


def _place(node: Node) -> int | None:
    """The column of the list that a whole number stands for."""
    if node.get("class") != "CONSTANT":
        return None
    value, _ = literal(node)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _excluded(node: Node) -> list[object]:
    """The names of * EXCLUDE, as DuckDB 2 may keep them with their table."""
    return list(node.get("qualified_exclude_list") or [])


def _last(name: object) -> str:
    if isinstance(name, Mapping):
        return str(name.get("column") or name.get("name") or name)
    return str(name)


def _order_by(terms: Sequence[tuple[str, str]]) -> str:
    return f" ORDER BY {', '.join(text + way for text, way in terms)}" if terms else ""


def _check(made: Select, dialect: Dialect) -> None:
    """Rows without an order have no first ones; unnest() makes rows after a SELECT has grouped them."""
    if made.limit and not made.orders and not _is_one_row(made):
        raise dialect.refusal("limit without order", "LIMIT without ORDER BY")
    if made.source.scope.unnested and (
        made.groups or made.keep or any(item.operand.aggregates or item.operand.windows for item in made.items)
    ):
        raise dialect.refusal("unnest", "unnest() beside an aggregate or a window")


def _is_one_row(made: Select) -> bool:
    return not made.groups and any(item.operand.aggregates for item in made.items)
