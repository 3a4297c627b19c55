"""Tables of one question that are parts of one table, such as months as files: they are put together, not joined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from analyst.core.text import listed
from analyst.protocol.relations import KeyPair
from analyst.protocol.table import TableProfile

_ALIKE = 0.8
"""The share of the columns of the wider one that two tables of one kind have in common at least."""
_SHORT, _NAMED = 3, 3


def groups_of_like(profiles: Sequence[TableProfile], on: Sequence[KeyPair] = ()) -> list[list[int]]:
    """The places of the tables, those with the same columns together; one whose keys a person chose stays alone."""
    groups: list[list[int]] = []
    for place, profile in enumerate(profiles):
        like = (
            group
            for group in groups
            if not _is_chosen(profile, on) and not _is_chosen(profiles[group[0]], on)
            if are_alike(profiles[group[0]], profile)
        )
        group = next(like, None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    return groups


def union_name(names: Sequence[str]) -> str:
    """What several tables together are called: what their names begin with, or all of them."""
    alike = takewhile(lambda signs: len(set(signs)) == 1, zip(*(name.lower() for name in names), strict=False))
    common = names[0][: len(list(alike))].rstrip("0123456789 _-.")
    if len(common) >= _SHORT:
        return common
    return listed(names) if len(names) <= _NAMED else f"{names[0]} and {len(names) - 1} more"


def are_alike(one: TableProfile, other: TableProfile) -> bool:
    """Whether two tables have the same columns, but for a few."""
    left, right = ({column.casefold() for column in profile.table.columns} for profile in (one, other))
    return len(left & right) >= _ALIKE * max(len(left), len(right))


def _is_chosen(profile: TableProfile, on: Sequence[KeyPair]) -> bool:
    name = profile.table.name.casefold()
    sides = [side.casefold() for pair in on for side in (pair.left, pair.right)]
    return any(side.startswith((f"{name}.", f'"{name}".')) for side in sides)
