"""Two tables that share keys which stand in several rows of both: one row for each key, to which both are added up."""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyst.core.quoting import quoted, quoted_names
from analyst.core.text import listed
from analyst.datasets.catalog.keys import key, present, selected
from analyst.datasets.catalog.relations import Tables
from analyst.datasets.headers import ROW, unique
from analyst.protocol.relations import Relation, Side
from analyst.protocol.table import Meaning, TableProfile

_MADE = "shared_keys"


def bridge(tables: Tables, relation: Relation) -> list[Relation]:
    """Put a table of the keys that `relation`'s tables share among `tables`; its relations to both."""
    sides, names = (relation.left, relation.right), relation.left.columns
    tables.engine.materialise(_MADE, _keys(tables, sides, names, folded=relation.folded))
    rows = int(tables.engine.rows(f"SELECT count(*) FROM {quoted(_MADE)}")[0][0])
    columns = tuple(
        replace(column, role="dimension", missing=0, meaning=Meaning(grain=column.meaning.grain))
        for column in tables.columns(relation.left)
    )
    left = tables.profiles[relation.left.table].table
    called = unique(listed(names), {table.casefold() for table in tables.profiles})
    made = replace(left, name=called, rows=rows, columns=names, notes=())
    tables.add(quoted(_MADE), TableProfile(made, columns))
    return [tables.check(made.name, side.table, list(zip(names, side.columns, strict=True))) for side in sides]


def _keys(tables: Tables, sides: Sequence[Side], names: Sequence[str], *, folded: bool) -> str:
    """One row for each key of either side, called by `names`, as it is written in one of its rows."""
    parts = []
    for side in sides:
        columns = tables.columns(side)
        written = ", ".join(f"t.{quoted(own)} AS {quoted(name)}" for own, name in zip(side.columns, names, strict=True))
        parts.append(
            f"SELECT {selected(columns, folded=folded)}, {written} FROM {tables.relations[side.table]} AS t"
            f" WHERE {present(columns)}"
        )
    keys = ", ".join(map(key, range(len(names))))
    one = ", ".join(f"min({quoted(name)}) AS {quoted(name)}" for name in names)
    grouped = f"SELECT {one} FROM ({' UNION ALL '.join(parts)}) GROUP BY {keys}"
    return f"SELECT row_number() OVER (ORDER BY {quoted_names(names)}) - 1 AS {quoted(ROW)}, * FROM ({grouped})"
