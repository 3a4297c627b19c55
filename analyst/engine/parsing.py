"""The text of a query as a syntax tree and back, by DuckDB's own parser, whatever engine runs it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import duckdb

from analyst.engine.duckdb import in_memory, translated
from analyst.engine.errors import EngineError, StoppedError

Node = Mapping[str, Any]
"""A node of a syntax tree: DuckDB's JSON, whose fields differ by `type` and `class`."""
MAX_BYTES = 2_000_000
"""The largest tree that is read."""
KEPT = 64
"""Texts whose trees are kept: a step is looked at by binding, guard, lineage and probes, each from its text."""
_lock = threading.Lock()


def statement_kinds(sql: str) -> list[str]:
    """What kind each statement of a text is ("SELECT", "COPY"); EngineError when it does not parse."""
    with _parser() as connection:
        return [_kind(statement) for statement in connection.extract_statements(sql)]


def parse(sql: str) -> list[Node]:
    """The trees of the SELECTs in a text. EngineError when it does not parse, RecursionError when it is too deep."""
    tree: dict[str, Any] = json.loads(_serialized(sql))
    if tree.get("error"):
        raise EngineError(str(tree.get("error_message")))
    statements: list[Node] = tree["statements"]
    return statements


@lru_cache(KEPT)
def _serialized(sql: str) -> str:
    """The trees as JSON text."""
    with _parser() as connection:
        text = str(connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0][0])
    if len(text) > MAX_BYTES:
        raise EngineError("too large")
    return text


def write(node: Node) -> str:
    """The text of a SELECT's tree (`node` of a statement)."""
    wrapped = {"error": False, "statements": [{"node": node, "named_param_map": []}]}
    with _parser() as connection:
        found = connection.execute("SELECT json_deserialize_sql(?::JSON)", [json.dumps(wrapped)]).fetchall()
    return str(found[0][0])


def _kind(statement: duckdb.Statement) -> str:
    try:
        return str(statement.type.name)
    except ValueError:  # a kind that DuckDB parses and its Python module has no name for
        return "this statement"


@contextmanager
def _parser() -> Iterator[duckdb.DuckDBPyConnection]:
    """The process's one connection for parsing, used by one thread at a time; a new one after it broke."""
    with _lock:
        try:
            with translated():
                yield _connection()
        except StoppedError:
            _connection.cache_clear()
            raise


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return in_memory()
