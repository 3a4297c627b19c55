"""Keys that a person chose: which tables and columns their names stand for."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from analyst.core.errors import TableError
from analyst.core.text import listed
from analyst.protocol.relations import KeyPair
from analyst.protocol.table import TableProfile

Columns = list[tuple[str, str]]
"""Pairs of columns that hold the same keys together."""
_SHOWN = 5


def chosen_keys(on: Sequence[KeyPair], profiles: Mapping[str, TableProfile]) -> Mapping[tuple[str, str], Columns]:
    """The pairs of columns by the two tables that they join. TableError: a name is no column's, or both are of one."""
    found: dict[tuple[str, str], Columns] = {}
    for pair in on:
        (left, one), (right, other) = _column(pair.left, profiles), _column(pair.right, profiles)
        if left == right:
            raise TableError(f"{str(pair)!r} names two columns of {left}.", "Name one column of each table.")
        if (right, left) in found:
            (left, one), (right, other) = (right, other), (left, one)
        found.setdefault((left, right), []).append((one, other))
    return found


def _column(named: str, profiles: Mapping[str, TableProfile]) -> tuple[str, str]:
    """The table and the column that a person means."""
    exact = [place for place, spellings in _every(profiles) if named in spellings]
    loose = [place for place, spellings in _every(profiles) if named.casefold() in {s.casefold() for s in spellings}]
    known = exact or loose
    if len(known) == 1:
        return known[0]
    names = [spellings[0] for _, spellings in _every(profiles)]
    near = difflib.get_close_matches(named, names, _SHOWN, cutoff=0.5) or names[:_SHOWN]
    raise TableError(
        f"There is no column {named!r} in {listed(list(profiles))}.", f"Use one such as {listed(near, 'or')}."
    )


def _every(profiles: Mapping[str, TableProfile]) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """Every table and column, with the ways to name them."""
    for table, profile in profiles.items():
        for column in profile.columns:
            tables, columns = (table, f'"{table}"'), (column.name, f'"{column.name}"')
            yield (table, column.name), tuple(f"{one}.{other}" for one in tables for other in columns)
