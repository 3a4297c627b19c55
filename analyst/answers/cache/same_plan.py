"""A plan's canonical form: two plans have one key only when they compute the same from the same columns.

Formatting, the names that a plan gives (aliases, step ids) and defaults left out change nothing. SQL is compared as
DuckDB's own syntax tree, so nothing is guessed; whatever the tree holds that is not known here stays as it is and is a
difference. The order of columns and conditions stays too: a plan that is merely written otherwise is asked anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from analyst.planning.language import SqlStep, Step, catalogue
from analyst.planning.sql_guard import inspect

_PLACES = frozenset(("query_location", "query_location_length", "qualified_name"))
"""Where something stands in the text, and a second copy of names."""
_NAMES = frozenset(("alias", "column_names", "table_name", "column_name_alias", "aliases", "key", "relation_name"))
"""Keys of a tree under which names stand."""


_CHANGING = re.compile(
    r"(?i)\b(?:current_(?:date|time|timestamp|localtime\w*)|localtime(?:stamp)?\b"
    r"|(?:now|today|random|age|uuid|gen_random_uuid|get_current_\w+|transaction_timestamp)\s*\()"
)


def changes_by_itself(sql: str) -> bool:
    """Whether `sql` may give something else tomorrow from the same data: it reads the clock, or draws lots.

    Said too often rather than too seldom: a text that only looks like it counts too.
    """
    return _CHANGING.search(sql) is not None


def plan_key(steps: Sequence[Step], columns: Collection[str]) -> str:
    """A digest of bound `steps` over `data` with these columns, which only equal plans share."""
    form = _Form(columns)
    told = [form.sql(step) if isinstance(step, SqlStep) else form.method(step) for step in steps]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:32]


class _Form:
    """Names given so far, each with its number: the same number means the same name throughout the plan."""

    def __init__(self, columns: Collection[str]) -> None:
        self._columns = {column.casefold() for column in columns}
        self._steps: dict[str, str] = {}
        self._given: dict[str, str] = {}

    def method(self, step: Any) -> dict[str, Any]:
        parameters = step.typed().model_dump(mode="json")
        told = parameters | {"source": self._step(str(parameters.get("source", "data")))}
        self._steps[step.id] = f"step {len(self._steps)}"
        named = catalogue()[step.method].columns_in
        told |= {key: self._column(told[key]) for key in named if key in told}
        return {"method": step.method, "parameters": told}

    def sql(self, step: SqlStep) -> Any:
        tables = ["data", *self._steps]
        found = inspect(step.sql, [*tables, *_further(step.sql, self._steps)])
        self._number(found.tree, found.names - self._columns)
        told = self._told(found.tree)
        self._steps[step.id] = f"step {len(self._steps)}"
        return told

    def _step(self, name: str) -> str:
        """The table `name` under its step's number; a step's further table keeps its suffix."""
        for id in sorted(self._steps, key=len, reverse=True):
            if name.casefold() == id.casefold() or name.casefold().startswith(f"{id.casefold()}_"):
                return self._steps[id] + name[len(id) :].casefold()
        return name.casefold()

    def _column(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._given.get(value.casefold(), value)
        return [self._column(item) for item in value] if isinstance(value, list) else value

    def _number(self, tree: Any, names: Collection[str]) -> None:
        """Give every name that the statement itself makes a number, in the order in which it first stands."""
        if isinstance(tree, Mapping):
            for key, value in tree.items():
                for name in (value if isinstance(value, list) else [value]) if key in _NAMES else ():
                    if isinstance(name, str) and name.casefold() in names:
                        self._given.setdefault(name.casefold(), f"name {len(self._given)}")
                self._number(value, names)
        elif isinstance(tree, list):
            for item in tree:
                self._number(item, names)

    def _told(self, tree: Any, key: str = "") -> Any:
        if isinstance(tree, Mapping):
            return {name: self._told(value, name) for name, value in tree.items() if name not in _PLACES}
        if isinstance(tree, list):
            return [self._told(item, key) for item in tree]
        if isinstance(tree, str) and key in _NAMES:
            return self._given.get(tree.casefold()) or self._step(tree)
        return tree.casefold() if isinstance(tree, str) and key == "function_name" else tree


def _further(sql: str, steps: Collection[str]) -> list[str]:
    """Further tables of methods (`s1_groups`) that `sql` names."""
    words = {word.strip('"(),;') for word in sql.replace(".", " ").split()}
    return [word for word in words if any(word.casefold().startswith(f"{id.casefold()}_") for id in steps)]
