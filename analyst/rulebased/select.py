"""One SELECT in typed parts: rules add conditions, bounds and orders to it, and it is written as SQL once."""

from __future__ import annotations

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
