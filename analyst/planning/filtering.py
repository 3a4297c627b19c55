"""The conditions of an SQL statement as typed filters: which column, compared how, with what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from analyst.engine.parsing import Node
from analyst.planning.sql_guard import nodes
from analyst.planning.sql_trees import arguments, function_name, last_name
from analyst.protocol.facts import Filter, Relation, Value

_COMPARED: dict[str, Relation] = {
    "COMPARE_EQUAL": "is",
    "COMPARE_NOT_DISTINCT_FROM": "is",
    "COMPARE_NOTEQUAL": "is not",
    "COMPARE_DISTINCT_FROM": "is not",
    "COMPARE_GREATERTHAN": "above",
    "COMPARE_GREATERTHANOREQUALTO": "at least",
    "COMPARE_LESSTHAN": "below",
    "COMPARE_LESSTHANOREQUALTO": "at most",
}
_TURNED: dict[Relation, Relation] = {"above": "below", "below": "above", "at least": "at most", "at most": "at least"}
_LEVELS = frozenset(
    {"ntile", "quantile", "quantile_cont", "quantile_disc", "approx_quantile", "percentile_cont", "lag", "lead"}
    | {"to_years", "to_quarters", "to_months", "to_weeks", "to_days", "to_hours", "to_minutes", "to_seconds"}
)
"""Functions whose constants say which part of the rows is meant, or how far back (INTERVAL 12 MONTH is to_months)."""
_SPAN = re.compile(r"(\d{1,4}) (?:year|quarter|month|week|day|hour|minute)s?", re.IGNORECASE)
_READING = frozenset({"num", "trim", "lower", "try_strptime", "strptime"})
"""Functions that read a column as it is meant and leave what it says."""


def filters_of(tree: Any) -> tuple[Filter, ...]:
    """The filters that the rows of a statement passed: those of its WHERE clauses, from the top.

    A subquery that stands for a value has rows of its own, so its conditions say nothing of the statement's.
    """
    of_rows = nodes(tree, lambda node: node.get("class") != "SUBQUERY")
    clauses = [node["where_clause"] for node in of_rows if node.get("where_clause")]
    return tuple(dict.fromkeys(found for clause in clauses for found in _filters(clause)))


def constants_of(tree: Any) -> tuple[Value, ...]:
    """The numbers, texts and days that a statement compares with (WHERE, HAVING, CASE …), its quantiles and spans."""
    found = (value for node in nodes(tree) for inner in _operands(node) if (value := _value(inner)) is not None)
    return tuple(dict.fromkeys(_length(value) for value in found))


def _operands(node: Node) -> Iterator[Node]:
    kind = str(node.get("type"))
    if kind in _COMPARED or kind in ("COMPARE_BETWEEN", "COMPARE_IN", "COMPARE_NOT_IN"):
        yield from (node.get(side) or {} for side in ("left", "right", "lower", "upper"))
        yield from node.get("children") or []
    elif function_name(node) in _LEVELS:
        yield from (inner for argument in arguments(node) for inner in nodes(argument))
    elif node.get("class") == "CONSTANT" and isinstance(text := _value(node), str) and _SPAN.fullmatch(text):
        yield node


def _length(value: Value) -> Value:
    """The number in a span of time ("12 months"); any other value as it is."""
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else value


def _filters(node: Node) -> Iterator[Filter]:
    if node.get("type") == "CONJUNCTION_AND":
        for part in node.get("children") or []:
            yield from _filters(part)
        return
    found = _comparison(node) or _listing(node) or _between(node) or _null(node)
    if found is not None:
        yield found
        return
    names = dict.fromkeys(name for inner in nodes(node) if (name := last_name(inner)) is not None)
    yield from (Filter(name, "a condition") for name in names)


def _comparison(node: Node) -> Filter | None:
    relation = _COMPARED.get(str(node.get("type")))
    if relation is None:
        return None
    left, right = node.get("left") or {}, node.get("right") or {}
    if _column(left) is None:
        left, right, relation = right, left, _TURNED.get(relation, relation)
    return _filter(left, relation, [right])


def _listing(node: Node) -> Filter | None:
    negated = node.get("type") == "OPERATOR_NOT"
    inner = (node.get("children") or [{}])[0] if negated else node
    if inner.get("type") != "COMPARE_IN":
        return None
    first, *others = inner.get("children") or [{}]
    return _filter(first, "is not" if negated else "is", others)


def _between(node: Node) -> Filter | None:
    if node.get("type") != "COMPARE_BETWEEN":
        return None
    return _filter(node.get("input") or {}, "between", [node.get("lower") or {}, node.get("upper") or {}])


def _null(node: Node) -> Filter | None:
    relations: dict[str, Relation] = {"OPERATOR_IS_NULL": "missing", "OPERATOR_IS_NOT_NULL": "present"}
    relation = relations.get(str(node.get("type")))
    return None if relation is None else _filter((node.get("children") or [{}])[0], relation, [])


def _filter(column: Node, relation: Relation, others: Sequence[Node]) -> Filter | None:
    name, values = _column(column), [_value(other) for other in others]
    if name is None or None in values:
        return None
    return Filter(name, relation, tuple(value for value in values if value is not None))


def _column(node: Node) -> str | None:
    """The column that an expression is, as it stands or as it is read; None for any other."""
    if node.get("class") == "CAST":
        return _column(node.get("child") or {})
    if function_name(node) in _READING and not node.get("is_operator"):
        return _column((arguments(node) or [{}])[0])
    return last_name(node)


def _value(node: Node) -> Value:
    """What a constant says (a date as its text); None for any other expression."""
    if node.get("class") == "CAST":
        return _value(node.get("child") or {})
    given = node.get("literal") or {}
    if node.get("class") != "CONSTANT" or "text" not in given:
        return None
    text = str(given["text"])
    if given.get("kind") == "BOOLEAN":
        return text.casefold() == "true"
    return text if given.get("kind") == "STRING" else _number(text)


def _number(text: str) -> Value:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None
