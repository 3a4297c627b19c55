"""Tables that describe the columns of another one (a sheet of variables and labels): nothing to join or to count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyst.protocol.relations import Relation
from analyst.protocol.table import ColumnProfile, TableProfile

_LEAST, _SHARE = 2, 0.6
"""Columns that one must name, and the share of a column's values that must be names of columns."""


def dictionaries(profiles: Mapping[str, TableProfile], relations: Sequence[Relation]) -> dict[str, str]:
    """The tables that describe the columns of another one, with that one's name."""
    joined = frozenset[str]().union(*(relation.tables for relation in relations))
    return {
        name: described
        for name, profile in profiles.items()
        if name not in joined
        for described, other in profiles.items()
        if other is not profile and any(_names(column, other) for column in profile.columns)
    }


def _names(column: ColumnProfile, table: TableProfile) -> bool:
    """Whether the values of a column are the names of a table's columns."""
    headers = {name.casefold() for name in table.table.columns}
    values = {str(value).strip().casefold() for value, _ in column.values} if column.kind == "text" else set()
    return len(values & headers) >= _LEAST and len(values & headers) >= _SHARE * len(values)
