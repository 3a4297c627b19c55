"""What names mean in a query: the columns of its FROM, the names that its SELECT gives, the queries around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.operands import Operand
from analyst.engine.remote.translation.types import SqlType

Columns = tuple[tuple[str, SqlType], ...]
"""The names and types of a relation's columns, in order."""


@dataclass(frozen=True)
class Column:
    """A column that FROM offers."""

    name: str
    operand: Operand


@dataclass(frozen=True)
class Relation:
    """A table of FROM under its name there."""

    name: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """The column of this name, however it is written."""
        return next((column for column in self.columns if column.name.casefold() == name.casefold()), None)


@dataclass
class Scope:
    """The names of one SELECT.

    `shared` are the columns that a join by USING made one. `named` are its own names, which grow as its list is read.
    """

    relations: tuple[Relation, ...] = ()
    shared: tuple[Column, ...] = ()
    named: dict[str, Operand] = field(default_factory=dict)
    outer: Scope | None = None
    unnested: list[Operand] = field(default_factory=list)
    """The lists that its own list makes rows of."""

    def stars(self, relation: str | None = None) -> Iterator[Column]:
        """The columns that * stands for, or those of one relation."""
        if relation is not None:
            found = self._relation(relation)
            if found is None:
                raise TranslationError(f"{relation}.* names no table of this FROM.")
            yield from found.columns
            return
        shared = {column.name.casefold(): column for column in self.shared}
        for table in self.relations:
            for column in table.columns:
                key = column.name.casefold()
                if key in shared or not any(key == one.name.casefold() for one in self.shared):
                    yield shared.pop(key, column)

    def column(self, path: Sequence[str]) -> Operand | None:
        """The column of FROM that a name means, here or in a query around; None where there is none."""
        found = self._own(path)
        if found is not None or self.outer is None:
            return found
        return self.outer.column(path)

    def _own(self, path: Sequence[str]) -> Operand | None:
        if len(path) == 2:
            relation = self._relation(path[0])
            column = relation.column(path[1]) if relation else None
            return column.operand if column else None
        if len(path) > 2:
            raise TranslationError(f"{'.'.join(path)} has too many parts: name a column, or table.column.")
        named = [column for column in self.shared if column.name.casefold() == path[0].casefold()]
        named = named or [column for table in self.relations if (column := table.column(path[0]))]
        if len(named) > 1:
            raise TranslationError(f"{path[0]} is in several tables: name the table too.")
        return named[0].operand if named else None

    def _relation(self, name: str) -> Relation | None:
        return next((table for table in self.relations if table.name.casefold() == name.casefold()), None)

    def alias(self, path: Sequence[str]) -> Operand | None:
        """What a name of the SELECT's own list stands for."""
        return self.named.get(path[0].casefold()) if len(path) == 1 else None


Tables = Mapping[str, Columns]
"""The relations that may be read, by their names in lower case."""
