"""Two tables that share keys which stand in several rows of both: one row for each key, to which both are added up."""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyst.core.quoting import quoted, quoted_names
from analyst.core.text import listed
from analyst.datasets.catalog.keys import canonical
from analyst.datasets.catalog.relations import Tables
from analyst.datasets.headers import ROW
from analyst.protocol.relations import Relation, Side
from analyst.protocol.table import ColumnProfile, Meaning, TableProfile

_MADE = "shared_keys"


def bridge(tables: Tables, relation: Relation, profiles: dict[str, TableProfile]) -> list[Relation]:
    """Put a table of the keys that `relation`'s tables share among `tables` and `profiles`; its relations to both."""
    sides = (relation.left, relation.right)
    columns = [tables.profiles[relation.left.table][name] for name in relation.left.columns]
    name = listed([column.name for column in columns])
    tables.engine.materialise(_MADE, _keys(tables, sides, columns, folded=relation.folded))
    rows = int(tables.engine.rows(f"SELECT count(*) FROM {quoted(_MADE)}")[0][0])
    key = tuple(
        replace(column, role="dimension", missing=0, meaning=Meaning(grain=column.meaning.grain)) for column in columns
    )
    left = profiles[relation.left.table].table
    made = replace(left, name=name, rows=rows, columns=tuple(column.name for column in columns), notes=())
    profiles[name] = TableProfile(made, key)
    tables.add(name, quoted(_MADE), key)
    return [
        tables.check(name, side.table, list(zip((column.name for column in columns), side.columns, strict=True)))
        for side in sides
    ]


def _keys(tables: Tables, sides: Sequence[Side], columns: Sequence[ColumnProfile], *, folded: bool) -> str:
    """One row for each key of either side, as it is written in one of its rows."""
    named = [column.name for column in columns]
    parts = []
    for side in sides:
        profiles = [tables.profiles[side.table][name] for name in side.columns]
        fields = ", ".join(
            f"{canonical(profile, 't', folded=folded)} AS k{place}, t.{quoted(profile.name)} AS {quoted(name)}"
            for place, (profile, name) in enumerate(zip(profiles, named, strict=True))
        )
        present = " AND ".join(f"t.{quoted(profile.name)} IS NOT NULL" for profile in profiles)
        parts.append(f"SELECT {fields} FROM {tables.relations[side.table]} AS t WHERE {present}")
    keys = ", ".join(f"k{place}" for place in range(len(named)))
    written = ", ".join(f"min({quoted(name)}) AS {quoted(name)}" for name in named)
    grouped = f"SELECT {written} FROM ({' UNION ALL '.join(parts)}) GROUP BY {keys}"
    return f"SELECT row_number() OVER (ORDER BY {quoted_names(named)}) - 1 AS {quoted(ROW)}, * FROM ({grouped})"
