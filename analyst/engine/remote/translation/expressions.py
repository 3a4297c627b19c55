"""One expression of DuckDB's tree in a server's dialect. What is not named here is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast

from analyst.engine.errors import TranslationError
from analyst.engine.parsing import Node
from analyst.engine.remote.translation.operands import Dialect, Operand, Rule, joined, recast
from analyst.engine.remote.translation.scopes import Scope
from analyst.engine.remote.translation.trees import Literal, argument_names, arguments, cast_type, literal
from analyst.engine.remote.translation.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    NULL,
    TIMESTAMP,
    VARCHAR,
    Family,
    SqlType,
)
from analyst.engine.remote.translation.windows import window

COMPARED = {
    "COMPARE_EQUAL": "=", "COMPARE_NOTEQUAL": "<>", "COMPARE_LESSTHAN": "<", "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=", "COMPARE_GREATERTHANOREQUALTO": ">=",
}  # fmt: skip
SAME, DIFFERENT = "COMPARE_NOT_DISTINCT_FROM", "COMPARE_DISTINCT_FROM"
UNNESTED, ELEMENT = "_unnested", "_element"
"""The relation and the column that unnest() in a list becomes."""
Subquery = Callable[[Node, Scope], "tuple[str, tuple[SqlType, ...]]"]
"""A subquery's text and its columns' types, read in the scope around it."""


@dataclass(frozen=True)
class Expressions:
    """Reads the expressions of one clause: names mean its scope's columns or, by `names_first`, its list's names."""

    dialect: Dialect
    scope: Scope
    subquery: Subquery
    names_first: bool = False
    values: Sequence[object] = ()
    """What $1, $2, … stand for."""
    rows: bool = False
    """Whether unnest() may stand here."""

    def read(self, node: Node) -> Operand:
        """The expression of a node. TranslationError when it has no equal."""
        reader = _READERS.get(str(node.get("class")))
        if reader is None:
            raise self._refused(node)
        return reader(self, node)

    def condition(self, node: Node) -> Operand:
        """A node as a condition."""
        return self.dialect.truth(self.read(node))

    def all(self, nodes: Sequence[Node]) -> list[Operand]:
        """The expressions of several nodes."""
        return [self.read(node) for node in nodes]

    def sort(self, order: Node) -> Operand:
        """A term of ORDER BY inside a call or a window."""
        part = self.read(order["expression"])
        return replace(part, text=f"{part.text}{direction(order)}")

    def _refused(self, node: Node) -> TranslationError:
        kind = str(node.get("type") or node.get("class"))
        if node.get("class") == "STAR":
            kind = "COLUMNS(*)" if node.get("columns") else "*"
        return self.dialect.refusal(kind, kind.replace("_", " ") if kind.isupper() else kind)

    def _column(self, node: Node) -> Operand:
        path = [str(name) for name in node["column_names"]]
        column, alias = self.scope.column(path), self.scope.alias(path)
        first, second = (alias, column) if self.names_first else (column, alias)
        found = first or second
        if found is None:
            raise TranslationError(
                f"No column {'.'.join(path)!r} is known here: name a column of the table, and name what is computed "
                f"with AS before it is read."
            )
        return found

    def _constant(self, node: Node) -> Operand:
        return self.constant(*literal(node))

    def _parameter(self, node: Node) -> Operand:
        place = str(node.get("identifier") or "")
        if not place.isdigit() or not 1 <= int(place) <= len(self.values):
            raise TranslationError(f"The query names a value ${place} that it is not given.")
        return self._given(self.values[int(place) - 1])

    def _given(self, value: object) -> Operand:
        """A value that a query is given beside its text, as a constant."""
        if isinstance(value, list):
            return self.call("list_value", [self._given(item) for item in value])
        if isinstance(value, datetime | date):
            return self.dialect.as_type(self._given(value.isoformat()), _MOMENTS[type(value)])
        type_ = next((known for kind, known in _GIVEN if isinstance(value, kind)), None)
        if type_ is None:
            raise TranslationError(f"A value of the kind {type(value).__name__} can't be given to a query.")
        return self.constant(cast("Literal", value), type_)

    def constant(self, value: Literal, type: SqlType) -> Operand:
        """A value as it stands in a query."""
        if value is None:
            text = "NULL"
        elif isinstance(value, str):
            text = self.dialect.text(value)
        elif isinstance(value, bool):
            text = "TRUE" if value else "FALSE"
        elif isinstance(value, float):
            text = f"CAST({self.dialect.text(repr(value))} AS {self.dialect.type_name(DOUBLE)})"
        else:
            text = f"{value:f}" if not isinstance(value, int) else str(value)
            text = f"({text})" if text.startswith("-") else text
        return Operand(text, type, constant=True, value=value)

    def _comparison(self, node: Node) -> Operand:
        return self.compared(str(node["type"]), self.read(node["left"]), self.read(node["right"]))

    def compared(self, kind: str, left: Operand, right: Operand) -> Operand:
        """A comparison of two expressions, of one type."""
        parts = self.dialect.unified(self._numeric(left, right))
        _comparable(parts, self.dialect)
        one, other = (part.text for part in parts)
        if kind in (SAME, DIFFERENT):
            text = f"({one} IS {'NOT ' if kind == SAME else ''}DISTINCT FROM {other})"
        elif kind in COMPARED:
            text = f"({one} {COMPARED[kind]} {other})"
        else:
            raise self.dialect.refusal(kind, kind)
        return joined(text, BOOLEAN, parts)

    def _numeric(self, left: Operand, right: Operand) -> list[Operand]:
        """A column of text that is compared with a number is cast to it, and fails where it can't be."""
        for one, other in ((left, right), (right, left)):
            if one.family is Family.TEXT and not one.type.written and other.family is not Family.TEXT:
                cast = self.dialect.as_type(one, replace(other.type, written=False))
                return [cast, right] if one is left else [left, cast]
        return [left, right]

    def _between(self, node: Node) -> Operand:
        value, low, high = (self.read(node[place]) for place in ("input", "lower", "upper"))
        above = self.compared("COMPARE_GREATERTHANOREQUALTO", value, low)
        below = self.compared("COMPARE_LESSTHANOREQUALTO", value, high)
        return joined(f"({above.text} AND {below.text})", BOOLEAN, [above, below])

    def _conjunction(self, node: Node) -> Operand:
        parts = [self.condition(child) for child in node["children"]]
        word = " AND " if node["type"] == "CONJUNCTION_AND" else " OR "
        return joined(f"({word.join(part.text for part in parts)})", BOOLEAN, parts)

    def _operator(self, node: Node) -> Operand:
        kind = str(node["type"])
        if kind == "OPERATOR_NOT":
            part = self.condition(node["children"][0])
            return joined(f"(NOT {part.text})", BOOLEAN, [part])
        parts = self.all(node["children"])
        if kind in ("OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL"):
            word = "IS NULL" if kind == "OPERATOR_IS_NULL" else "IS NOT NULL"
            return joined(f"({parts[0].text} {word})", BOOLEAN, parts)
        if kind == "OPERATOR_COALESCE":
            return self._together("coalesce", parts)
        if kind == "OPERATOR_NULLIF":
            return self.call("nullif", parts)
        if kind in ("COMPARE_IN", "COMPARE_NOT_IN"):
            return self._membership(parts, "NOT " if kind == "COMPARE_NOT_IN" else "")
        if kind == "GROUPING_FUNCTION" and len(parts) >= 1:
            called = "grouping" if len(parts) == 1 else self.dialect.grouping
            return replace(joined(f"{called}({_listed(parts)})", BIGINT, parts), aggregates=True)
        if kind == "ARRAY_EXTRACT":
            return self.call("list_extract", parts)
        raise self._refused(node)

    def _together(self, name: str, parts: Sequence[Operand]) -> Operand:
        same = self.dialect.unified(parts)
        return joined(f"{name}({_listed(same)})", same[0].type, same)

    def _membership(self, parts: Sequence[Operand], negated: str) -> Operand:
        value, *listed = parts
        if value.family is Family.TEXT and not value.type.written:
            return self._each_compared(value, listed, negated)
        same = self.dialect.unified(parts)
        _comparable(same, self.dialect)
        return joined(f"({same[0].text} {negated}IN ({_listed(same[1:])}))", BOOLEAN, same)

    def _each_compared(self, value: Operand, listed: Sequence[Operand], negated: str) -> Operand:
        found = [self.dialect.unified(self._numeric(value, item)) for item in listed]
        if any(pair[0].text != value.text for pair in found):
            raise TranslationError(f"Text can't be looked for among numbers on {self.dialect.name}: cast it first.")
        items = [pair[1] for pair in found]
        return joined(f"({value.text} {negated}IN ({_listed(items)}))", BOOLEAN, [value, *items])

    def _case(self, node: Node) -> Operand:
        whens = [self.condition(check["when_expr"]) for check in node["case_checks"]]
        thens = [self.read(check["then_expr"]) for check in node["case_checks"]]
        return self.chosen(whens, thens, self.read(node["else_expr"]))

    def chosen(self, whens: Sequence[Operand], thens: Sequence[Operand], other: Operand) -> Operand:
        """A CASE whose outcomes are of one type."""
        *outcomes, last = self.dialect.unified([*thens, other])
        cases = " ".join(f"WHEN {when.text} THEN {then.text}" for when, then in zip(whens, outcomes, strict=True))
        return joined(f"(CASE {cases} ELSE {last.text} END)", last.type, [*whens, *outcomes, last])

    def _cast(self, node: Node) -> Operand:
        part, type = self.read(node["child"]), cast_type(node)
        if type.name == "INTERVAL" and isinstance(part.value, str):
            return self._interval(part.value)
        if part.type.item and type.item and part.type.item.family is type.item.family:
            return part
        text = self.dialect.cast(part, type, bool(node.get("try_cast")))
        if text is None:
            raise self.dialect.refusal(f"cast to {type.name}", f"a cast of {part.type} to {type}")
        return recast(text, type, part)

    def _interval(self, text: str) -> Operand:
        """INTERVAL '3 days' as to_days(3)."""
        found = re.fullmatch(r"\s*(-?\d+)\s*([a-z]+?)s?\s*", text.casefold())
        if not found:
            raise TranslationError(f"INTERVAL {text!r} can't be run on {self.dialect.name}: write INTERVAL 3 DAY.")
        count = Operand(found[1], INTEGER, constant=True, value=int(found[1]))
        return self.call(f"to_{found[2]}s", [count])

    def _function(self, node: Node) -> Operand:
        name = str(node["function_name"]).casefold()
        if name == "if":
            when, then, other = (self.read(part) for part in arguments(node))
            return self.chosen([self.dialect.truth(when)], [then], other)
        if name == "unnest":
            return self._unnested(self.all(arguments(node)))
        if name in self.dialect.lambdas:
            return self._each(name, *arguments(node))
        if name in self.dialect.aggregates:
            return self._aggregate(node, name)
        if node.get("distinct") or node.get("filter") or any(argument_names(node)):
            raise self.dialect.refusal(name, f"{name}() called in this way")
        return self.call(name, self.all(arguments(node)))

    def _each(self, name: str, values: Node, function: Node) -> Operand:
        """A list made of another by a lambda of one element."""
        given, element = self.read(values), function.get("lhs") or {}
        if given.type.item is None or element.get("class") != "COLUMN_REF":
            raise self.dialect.refusal(name, f"{name}() of anything but a list and a lambda of one element")
        called = str(element["column_names"][-1])
        named = {called.casefold(): Operand(self.dialect.quote(called), given.type.item)}
        made = replace(self, scope=replace(self.scope, named=named), names_first=True).read(function["expr"])
        text = self.dialect.lambdas[name].format(given.text, self.dialect.quote(called), made.text)
        type = given.type if "filter" in name else SqlType("LIST", item=replace(made.type, written=False))
        return joined(text, type, [given, made])

    def _unnested(self, parts: Sequence[Operand]) -> Operand:
        """An element of a list, of which FROM makes rows."""
        if not self.rows or self.scope.unnested or len(parts) != 1 or not parts[0].type.item:
            raise self.dialect.refusal("unnest", "unnest() here")
        self.scope.unnested.append(parts[0])
        return Operand(f"{self.dialect.quote(UNNESTED)}.{self.dialect.quote(ELEMENT)}", parts[0].type.item)

    def call(self, name: str, parts: Sequence[Operand]) -> Operand:
        """A function of one row."""
        if name == "trunc" and len(parts) == 1 and isinstance(parts[0].value, int):
            return parts[0]  # the parser's way of writing INTERVAL 3 DAY
        rule, fitted = self.rule(self.dialect.functions, name, parts)
        made = joined(rule.write(fitted), rule.type_of(fitted), fitted)
        kept = name == "list_value" or made.family is Family.INTERVAL
        return replace(made, constant=kept and all(part.constant for part in fitted))

    def rule(
        self, rules: Mapping[str, tuple[Rule, ...]], name: str, parts: Sequence[Operand]
    ) -> tuple[Rule, list[Operand]]:
        """The first rule of a function that takes these arguments, and the arguments as it takes them."""
        for rule in rules.get(name, ()):
            fitted = self.dialect.fitted(rule.takes, parts)
            if fitted is not None:
                return rule, fitted
        if name not in rules:
            raise self.dialect.refusal(name, f"{name}()" if name.isidentifier() else f"the operator {name}")
        told = ", ".join(str(part.type) for part in parts)
        raise self.dialect.refusal(name, f"{name}({told})" if name.isidentifier() else f"{name} of {told}")

    def _aggregate(self, node: Node, name: str) -> Operand:
        parts = self.filtered(name, node.get("filter"), self.all(arguments(node)))
        rule, fitted = self.rule(self.dialect.aggregates, name, parts)
        orders = [self.sort(order) for order in (node.get("order_bys") or {}).get("orders") or []]
        if rule.ordered and not orders:
            raise TranslationError(f"{name}() depends on the order of the rows: write {name}(x ORDER BY y).")
        if node.get("distinct") and name not in ("min", "max"):
            if not rule.distinct:
                raise self.dialect.refusal(f"{name} distinct", f"{name}(DISTINCT …)")
            fitted[0] = replace(fitted[0], text=f"DISTINCT {fitted[0].text}")
        text = rule.write(fitted, over="", order=_listed(orders))
        return replace(joined(text, rule.type_of(fitted), [*fitted, *orders]), aggregates=True)

    def filtered(self, name: str, condition: Node | None, parts: Sequence[Operand]) -> list[Operand]:
        """The arguments of an aggregate, NULL where its FILTER does not hold: every aggregate here skips NULL."""
        if not condition:
            return list(parts)
        when = self.condition(condition)
        if name == "count_star" or not parts:
            return [joined(f"(CASE WHEN {when.text} THEN 1 END)", BIGINT, [when])]
        return [
            part
            if part.constant and place
            else joined(f"(CASE WHEN {when.text} THEN {part.text} END)", part.type, [when, part])
            for place, part in enumerate(parts)
        ]

    def _window(self, node: Node) -> Operand:
        return window(self, node)

    def _subquery(self, node: Node) -> Operand:
        kind = str(node["subquery_type"])
        text, types = self.subquery(node["subquery"]["node"], self.scope)
        if kind in ("EXISTS", "NOT_EXISTS"):
            return Operand(f"({'NOT ' if kind == 'NOT_EXISTS' else ''}EXISTS ({text}))", BOOLEAN)
        if len(types) != 1:
            raise TranslationError("A subquery that stands for a value needs one column.")
        if kind == "SCALAR":
            return Operand(f"({text})", types[0])
        if kind == "ANY" and node.get("comparison_type") == "COMPARE_EQUAL":
            value = self.read(node["child"])
            if value.family is not types[0].family:
                raise TranslationError(f"{value.type} IN (SELECT {types[0]}): cast one of them to the other's type.")
            return joined(f"({value.text} IN ({text}))", BOOLEAN, [value])
        raise self.dialect.refusal(f"subquery {kind}", f"a comparison with {kind} of a subquery")

    def _position(self, node: Node) -> Operand:
        raise TranslationError("#1 stands for no column here: write its name.")


def direction(order: Node) -> str:
    """How a term of ORDER BY sorts: NULL stands last where nothing is said, whatever the direction."""
    down = " DESC" if order["type"] == "DESCENDING" else " ASC"
    first = str(order["null_order"]).replace("_", " ").endswith("NULLS FIRST")
    return f"{down} NULLS {'FIRST' if first else 'LAST'}"


def _comparable(parts: Sequence[Operand], dialect: Dialect) -> None:
    for part in parts:
        if part.family in (Family.OTHER, Family.INTERVAL, Family.LIST):
            raise TranslationError(f"{part.type} can't be compared on {dialect.name}: cast it.")


def _listed(parts: Sequence[Operand]) -> str:
    return ", ".join(part.text for part in parts)


_MOMENTS = {date: DATE, datetime: TIMESTAMP}
_GIVEN: tuple[tuple[type, SqlType], ...] = (
    (bool, BOOLEAN),
    (int, BIGINT),
    (float, DOUBLE),
    (str, VARCHAR),
    (type(None), NULL),
)
"""Kinds of given values, the narrowest first."""

_READERS: Mapping[str, Callable[[Expressions, Node], Operand]] = {
    "COLUMN_REF": Expressions._column,
    "CONSTANT": Expressions._constant,
    "COMPARISON": Expressions._comparison,
    "BETWEEN": Expressions._between,
    "CONJUNCTION": Expressions._conjunction,
    "OPERATOR": Expressions._operator,
    "CASE": Expressions._case,
    "CAST": Expressions._cast,
    "FUNCTION": Expressions._function,
    "WINDOW": Expressions._window,
    "SUBQUERY": Expressions._subquery,
    "PARAMETER": Expressions._parameter,
    "POSITIONAL_REFERENCE": Expressions._position,
}
