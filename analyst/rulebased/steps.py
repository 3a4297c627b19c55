"""The steps of a plan as values, written in the plan language once the plan is whole: a method, or a SELECT in typed
parts, to which rules add conditions, bounds and orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from analyst.rulebased import sql

DATA = "data"
"""The table that is asked about, as plans name it."""


@dataclass(frozen=True)
class Select:
    """`picked`: expressions with their names, of which the first `keys` divide the rows into groups; `source`: a
    table's name (empty: it reads none), or the select whose rows are read; `where` and `having` hold conditions that
    must all be met; `qualify` is one on a window."""

    picked: tuple[str, ...]
    source: str | Select = DATA
    where: tuple[str, ...] = ()
    keys: int = 0
    having: tuple[str, ...] = ()
    qualify: str = ""
    order: str = ""
    limit: int | None = None

    @property
    def sql(self) -> str:
        """The statement."""
        source = self.source if isinstance(self.source, str) else f"({self.source.sql})"
        text = f"SELECT {', '.join(self.picked)}{f' FROM {source}' if source else ''}{sql.all_of(self.where)}"
        if self.keys:
            text += f" GROUP BY {', '.join(str(at + 1) for at in range(self.keys))}"
        if self.having:
            text += f" HAVING {' AND '.join(self.having)}"
        if self.qualify:
            text += f" QUALIFY {self.qualify}"
        if self.order:
            text += f" ORDER BY {self.order}"
        return text if self.limit is None else f"{text} LIMIT {self.limit}"

    @property
    def table(self) -> str:
        """The name of the table whose rows are read in the end."""
        return self.source if isinstance(self.source, str) else self.source.table

    def over(self, table: str) -> Select:
        """The select on `table` where it reads the table that is asked about."""
        if isinstance(self.source, Select):
            return replace(self, source=self.source.over(table))
        return replace(self, source=table) if self.source == DATA else self

    def where_also(self, *conditions: str) -> Select:
        """The select of those rows that meet `conditions` too."""
        return replace(self, where=(*self.where, *conditions))

    def unordered(self) -> Select:
        """The select without an order, as another one reads it."""
        return replace(self, order="", limit=None)


@dataclass(frozen=True)
class Query:
    """A step of SQL; `also`: further steps that its expressions read."""

    id: str
    statement: Select
    also: frozenset[str] = frozenset()

    def written(self) -> dict[str, object]:
        """The step in the plan language."""
        return {"id": self.id, "sql": self.statement.sql}


@dataclass(frozen=True)
class Method:
    """A step that runs the method `name` on the table or step `source`."""

    id: str
    name: str
    source: str
    parameters: Mapping[str, object]

    def columns(self, parameter: str) -> list[str]:
        """The columns that a parameter names: one, several or none."""
        given = self.parameters.get(parameter)
        return [given] if isinstance(given, str) else [str(name) for name in given] if isinstance(given, list) else []

    def written(self) -> dict[str, object]:
        """The step in the plan language, in which `data` is what is read when no source is named."""
        source = {} if self.source == DATA else {"source": self.source}
        return {"id": self.id, "method": self.name, **self.parameters, **source}


Step = Query | Method


def query(id: str, statement: Select) -> Query:
    """A step of SQL."""
    return Query(id, statement)


def sources(step: Step) -> set[str]:
    """The tables or steps that a step reads."""
    return {step.source} if isinstance(step, Method) else {step.statement.table, *step.also} - {""}


def over(step: Step, table: str) -> Step:
    """The step on `table` (a step's rows) where it reads the table that is asked about."""
    if isinstance(step, Method):
        return replace(step, source=table) if step.source == DATA else step
    return replace(step, statement=step.statement.over(table))


def method(id: str, name: str, source: str = DATA, **parameters: object) -> Method:
    """A method step; parameters that are None are left out."""
    return Method(id, name, source, {key: value for key, value in parameters.items() if value is not None})
