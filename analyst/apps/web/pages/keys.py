"""The keys between the tables of a question, as menus: what was found, how many rows match, what else may be chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyst.core.errors import TableError
from analyst.datasets.opened_tables import Related
from analyst.protocol.relations import Relation, Side
from analyst.protocol.table import TableProfile

_BLANK = ("", "")


@dataclass(frozen=True)
class Joined:
    """Two tables' key as menus show it: each pair of columns that is chosen now, and what it does to their rows."""

    heading: str
    pairs: Sequence[tuple[str, str]]
    told: Sequence[str]


@dataclass(frozen=True)
class KeyMenus:
    """All keys of a question's tables; `columns` are those that can be chosen, by table: what a form sends, and the
    name. `found` is how a form says that nothing was changed."""

    joined: Sequence[Joined]
    columns: Mapping[str, Sequence[tuple[str, str]]]
    found: str
    united: bool = False


def key_menus(related: Related, tables: int, *, chosen: bool) -> KeyMenus:
    """The menus of so many named `tables`; `chosen`: a person chose the keys already."""
    names = list(related.tables)
    shown = [_joined(one.seen_from(min(one.tables, key=names.index))) for one in related.relations]
    bound = {name for relation in related.relations for name in relation.tables}
    loose = [name for name in names[0 if bound else 1 :] if name not in bound]
    shown += [
        Joined(name, [_BLANK], [f"No key was found for {name}. Choose one, or it is left out."]) for name in loose
    ]
    pairs = [pair for one in shown for pair in one.pairs if pair != _BLANK]
    further = [Joined("Another pair of columns", [_BLANK], [])] if len(names) > 1 else []
    columns = {name: list(_columns(name, profile)) for name, profile in related.tables.items()}
    return KeyMenus([*shown, *further], columns, "" if chosen else json.dumps(pairs), len(names) < tables)


def _columns(table: str, profile: TableProfile) -> Iterator[tuple[str, str]]:
    return ((f"{table}.{column.name}", column.name) for column in profile.columns)


def _joined(relation: Relation) -> Joined:
    left, right = relation.left, relation.right
    pairs = [
        (f"{left.table}.{one}", f"{right.table}.{other}")
        for one, other in zip(left.columns, right.columns, strict=True)
    ]
    return Joined(f"{left.table} and {right.table}", pairs, list(_told(relation)))


def _told(relation: Relation) -> Iterator[str]:
    """How many rows match, and what stands in several rows."""
    yield f"{_share(relation.left)}, {_share(relation.right)}."
    if relation.kind == "n:m":
        yield "The key stands in several rows of both tables, so amounts are added up by it before they are joined."
    if relation.folded:
        yield "Keys are compared ignoring case, surrounding spaces and leading zeros."


def _share(side: Side) -> str:
    matched = side.rows - side.unmatched
    if matched == side.every:
        return f"every row of {side.table} has a match"
    return f"{matched:,} of {side.every:,} rows of {side.table} ({matched / (side.every or 1):.1%}) have a match"


KeysShown = KeyMenus | TableError | None
"""The menus, why there are none, or that nobody asked for them."""
