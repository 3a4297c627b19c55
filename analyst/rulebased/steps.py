"""The steps of a plan as values: a query or a method, written in the plan language once the plan is whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from analyst.rulebased.select import DATA, Select


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
