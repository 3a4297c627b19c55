"""How two tables hang together: the columns that hold the same keys, and what a join over them does to their rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from analyst.core.errors import SettingsError
from analyst.core.text import listed

_COLUMN = r'(?:"[^"]*"|[^=,"])+'
_PAIR = re.compile(rf"({_COLUMN})=({_COLUMN})(?:,|$)")


@dataclass(frozen=True)
class KeyPair:
    """Two columns that hold the same keys, as a person names them: each as TABLE.COLUMN."""

    left: str
    right: str

    def __str__(self) -> str:
        return f"{self.left}={self.right}"


def parse_key_pairs(typed: str) -> tuple[KeyPair, ...]:
    """The pairs of `orders.customer_id=customers.id`, several of them with commas between. SettingsError: it is none.

    A name that holds one of these signs stands in double quotes.
    """
    found, at = list[KeyPair](), 0
    while at < len(typed) and (pair := _PAIR.match(typed, at)):
        found.append(KeyPair(pair[1].strip(), pair[2].strip()))
        at = pair.end()
    if at < len(typed) or not found or not all(one.left and one.right for one in found):
        raise SettingsError(f"{typed!r} names no keys.", "Write TABLE.COLUMN=TABLE.COLUMN.")
    return tuple(found)


def parse_all_key_pairs(typed: Sequence[str]) -> tuple[KeyPair, ...]:
    """The pairs of all texts. SettingsError: one names none."""
    return tuple(pair for text in typed for pair in parse_key_pairs(text))


@dataclass(frozen=True)
class Side:
    """One table's side of a relation: its key `columns`, and its rows as the other side's keys find them.

    `rows` have a key and `empty` have none; `keys` are the distinct ones, `most` the rows of the most frequent one.
    `unmatched` rows, of `unmatched_keys` keys, have a key that the other side does not have. `copies`: keys stand in
    several rows only where these are the same in all columns.
    """

    table: str
    columns: tuple[str, ...]
    rows: int
    empty: int
    keys: int
    most: int
    unmatched: int
    unmatched_keys: int
    copies: bool = False

    @property
    def every(self) -> int:
        """All rows, with a key or without."""
        return self.rows + self.empty

    @property
    def without_match(self) -> int:
        """The rows that find none: their key is not on the other side, or they have none."""
        return self.unmatched + self.empty

    @property
    def unique(self) -> bool:
        """Whether no key stands in two rows."""
        return self.most <= 1

    @property
    def tells_one(self) -> bool:
        """Whether each key has one row, up to copies of it."""
        return self.unique or self.copies


@dataclass(frozen=True)
class Relation:
    """Two tables whose key columns hold the same values; `folded`: only without case, outer spaces and leading zeros.

    `named`: the columns' names say so too (0 to 1), `held`: the share of the left side's keys that the right one has.
    `chosen`: a person named the columns.
    """

    left: Side
    right: Side
    folded: bool
    named: float = 0.0
    held: float = 1.0
    chosen: bool = False

    @property
    def tables(self) -> frozenset[str]:
        """The names of both tables."""
        return frozenset((self.left.table, self.right.table))

    @property
    def keys(self) -> str:
        """The columns that hold the same keys, named once where both are called alike: "boat = boat_id and day"."""
        pairs = zip(self.left.columns, self.right.columns, strict=True)
        return listed([one if one == other else f"{one} = {other}" for one, other in pairs])

    @property
    def kind(self) -> str:
        """ "n:1" where many rows of the left table belong to one of the right one, "1:n", "1:1" or "n:m"."""
        one, other = self.left.tells_one, self.right.tells_one
        return "1:1" if one and other else "n:1" if other else "1:n" if one else "n:m"

    def seen_from(self, table: str) -> Relation:
        """The relation with `table` as its left side."""
        return self if self.left.table == table else replace(self, left=self.right, right=self.left)


How = Literal["lookup", "totals"]
"""How a table is joined to another one: `lookup` puts its one row with the key beside each row; `totals` first adds up
its rows of each key."""


@dataclass(frozen=True)
class Join:
    """A table that was joined, over `relation` (its left side is the table that it was joined to), `how`.

    `rows_before` and `rows_after` are those of the whole; `columns` the names of what it added, in the whole.
    """

    relation: Relation
    how: How
    rows_before: int
    rows_after: int
    columns: tuple[str, ...]
