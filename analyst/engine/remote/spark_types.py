"""Spark's types as the plain ones that tables have here, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column
    from pyspark.sql.types import DataType

_PLAIN = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), "bigint"),
    **dict.fromkeys(("float", "double", "decimal"), "double"),
    **dict.fromkeys(("timestamp", "timestamp_ntz"), "timestamp"),
    **dict.fromkeys(("string", "char", "varchar"), "string"),
    "boolean": "boolean",
    "date": "date",
}
"""The names of Spark's types without their parameters, and the plain type that values become."""
_DUCKDB = {
    "bigint": "BIGINT", "double": "DOUBLE", "timestamp": "TIMESTAMP", "string": "VARCHAR",
    "boolean": "BOOLEAN", "date": "DATE",
}  # fmt: skip


def is_nested(kind: DataType) -> bool:
    """Whether values are lists, maps or objects, which become text."""
    return kind.typeName() in ("array", "map", "struct")


def column_of(name: str) -> Column:
    """The column `name`, whatever signs it holds."""
    from pyspark.sql import functions

    return functions.col(f"`{name.replace('`', '``')}`")


def as_plain(name: str, kind: DataType) -> Column:
    """The column `name` as a plain type: lists and objects as JSON, bytes as hex, what has no counterpart as text."""
    from pyspark.sql import functions

    column = column_of(name)
    if is_nested(kind):
        return functions.to_json(column)
    if kind.typeName() == "binary":
        return functions.hex(column)
    return column.cast(plain_type(kind))


def plain_type(kind: DataType) -> str:
    """The plain type of a Spark type, as Spark calls it."""
    return _PLAIN.get(kind.simpleString().partition("(")[0], "string")


def duckdb_type(kind: DataType) -> str:
    """What DuckDB calls the plain type of a Spark type."""
    return _DUCKDB[plain_type(kind)]
