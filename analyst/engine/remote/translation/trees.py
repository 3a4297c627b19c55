"""Reading DuckDB's syntax trees, of the versions that write arguments, literals and types in their own ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from analyst.engine.parsing import Node
from analyst.engine.remote.translation.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    HUGEINT,
    INTEGER,
    NULL,
    VARCHAR,
    SqlType,
    decimal,
    read_type,
)

Literal = str | int | float | bool | Decimal | None


def arguments(node: Node) -> list[Node]:
    """What a function is called with."""
    given = node.get("arguments")
    if given is not None:
        return [argument["expression"] for argument in given]
    return list(node.get("children") or [])


def argument_names(node: Node) -> list[str]:
    """The names that arguments are passed by (f(name := 1)), "" for none."""
    given = node.get("arguments")
    if given is not None:
        return [str(argument.get("name") or "") for argument in given]
    return [str(child.get("alias") or "") for child in node.get("children") or []]


def nodes(tree: object) -> Iterator[Node]:
    """Every node of a syntax tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def literal(node: Node) -> tuple[Literal, SqlType]:
    """The value of a constant and its type."""
    written = node.get("literal")
    if written is not None:
        return _written(str(written["kind"]), str(written.get("text") or ""))
    value = node["value"]
    if value.get("is_null"):
        return None, NULL
    return _stored(value)


def _written(kind: str, text: str) -> tuple[Literal, SqlType]:
    """A literal as DuckDB 2 keeps it: its text."""
    if kind == "NULL_LITERAL":
        return None, NULL
    if kind == "STRING":
        return text, SqlType("VARCHAR", written=True)
    if kind in ("TRUE_LITERAL", "FALSE_LITERAL", "BOOLEAN"):
        return kind == "TRUE_LITERAL" or text.casefold() == "true", BOOLEAN
    plain = text.replace("_", "")
    if kind == "INTEGER":
        return _whole(int(plain))
    if "e" in plain.casefold():
        return float(plain), DOUBLE
    return _fraction(Decimal(plain))


def _stored(value: Mapping[str, object]) -> tuple[Literal, SqlType]:
    """A literal as DuckDB 1 keeps it: a value of a type."""
    kind, held = value["type"], value["value"]
    name = str(kind["id"]) if isinstance(kind, Mapping) else str(kind)
    if name == "VARCHAR":
        return str(held), SqlType("VARCHAR", written=True)
    if name == "BOOLEAN":
        return bool(held), BOOLEAN
    if name == "DECIMAL" and isinstance(kind, Mapping):
        info = kind["type_info"]
        return Decimal(str(held)).scaleb(-int(info["scale"])), decimal(int(info["width"]), int(info["scale"]))
    if name == "DOUBLE":
        return float(str(held)), DOUBLE
    return _whole(int(str(held)))


def _whole(value: int) -> tuple[Literal, SqlType]:
    for type, bits in ((INTEGER, 31), (BIGINT, 63)):
        if -(2**bits) <= value < 2**bits:
            return value, SqlType(type.name, written=True)
    return value, HUGEINT


def _fraction(value: Decimal) -> tuple[Literal, SqlType]:
    _, digits, exponent = value.as_tuple()
    scale = max(-int(exponent), 0)
    return value, decimal(max(len(digits), scale), scale)


def cast_type(node: Node) -> SqlType:
    """The type that a CAST asks for."""
    asked = node.get("type_expr")
    return _named_type(asked) if asked is not None else _stored_type(node["cast_type"])


def _named_type(asked: Node) -> SqlType:
    """A type as DuckDB 2 keeps it: its name and its parameters."""
    if str(asked["type_name"]).casefold() == "list":
        return SqlType("LIST", item=_named_type(asked["children"][0]))
    sizes = [str(literal(size)[0]) for size in asked.get("children") or [] if size.get("class") == "CONSTANT"]
    return read_type(f"{asked['type_name']}({','.join(sizes)})" if sizes else str(asked["type_name"]))


def _stored_type(kind: Node) -> SqlType:
    """A type as DuckDB 1 keeps it: its id and what belongs to it."""
    info = kind.get("type_info") or {}
    if kind["id"] == "LIST":
        return SqlType("LIST", item=_stored_type(info["child_type"]))
    if kind["id"] == "DECIMAL":
        return decimal(int(info["width"]), int(info["scale"]))
    return VARCHAR if kind["id"] == "VARCHAR" else read_type(str(kind["id"]))
