"""Which relations a query reads, by DuckDB's own parser."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from analyst.engine.errors import EngineError
from analyst.engine.parsing import parse


def relations_read(sql: str, known: Collection[str]) -> set[str]:
    """Those of the `known` relations that a SELECT reads, whatever the case of their letters.

    Of a text that has no tree (PIVOT), every relation that it names counts.
    """
    try:
        read = _tables(sql)
    except EngineError:
        return {name for name in known if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql, re.IGNORECASE)}
    return {name for name in known if name.casefold() in read}


@lru_cache(maxsize=256)
def _tables(sql: str) -> frozenset[str]:
    """The tables in a SELECT, in small letters, without those that it defines itself by WITH."""
    return frozenset(name for statement in parse(sql) for name in _read(statement, frozenset()))


def _read(node: Any, defined: frozenset[str]) -> Iterator[str]:
    if isinstance(node, list):
        for value in node:
            yield from _read(value, defined)
    if not isinstance(node, Mapping):
        return
    if node.get("type") == "RECURSIVE_CTE_NODE":
        defined |= {str(node.get("cte_name", "")).casefold()}
    for name, query in _definitions(node):
        yield from _read(query, defined)
        defined |= {name}
    if node.get("type") == "BASE_TABLE" and (name := str(node.get("table_name", "")).casefold()) not in defined:
        yield name
    for key, value in node.items():
        if key != "cte_map":
            yield from _read(value, defined)


def _definitions(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The names and queries of a WITH, in order: each sees those before it."""
    entries = node.get("cte_map")
    for entry in entries.get("map", ()) if isinstance(entries, Mapping) else ():
        yield str(entry["key"]).casefold(), entry["value"]
