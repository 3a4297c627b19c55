"""Relations between tables, found by their keys' sketches and then checked on every row."""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from analyst.core.errors import TableError
from analyst.core.quoting import quoted_names
from analyst.core.text import listed
from analyst.datasets.catalog.chosen import chosen_keys
from analyst.datasets.catalog.keys import NAMED, Candidate, KeyColumn, candidates, key, key_columns, present, selected
from analyst.engine.loading import Loader
from analyst.protocol.relations import KeyPair, Relation, Side
from analyst.protocol.table import ColumnProfile, TableProfile

_CHECKED = 6
"""Pairs of columns of two tables that are checked on every row."""
_MOST_COLUMNS, _LENGTHENED = 4, 3
"""Columns of a key; and how many sets of columns are tried with one more."""
_MATCHED = 0.5
"""Share of the many rows' keys that must be found on the other side."""


class Tables:
    """Tables that an engine has open, by name: what each is called in SQL, and its profile."""

    def __init__(self, engine: Loader, relations: Mapping[str, str], profiles: Mapping[str, TableProfile]) -> None:
        self.engine, self.relations, self.profiles = engine, dict(relations), dict(profiles)

    def add(self, relation: str, profile: TableProfile) -> None:
        """A further table, and what it is called in SQL."""
        self.relations[profile.table.name], self.profiles[profile.table.name] = relation, profile

    def columns(self, side: Side) -> list[ColumnProfile]:
        """The profiles of a side's key columns."""
        return [self.profiles[side.table].column(name) for name in side.columns]

    def find(self, on: Sequence[KeyPair] = ()) -> list[Relation]:
        """The best relation between each two tables that have one, as seen from either; single keys before several,
        and before all those `on` columns that a person chose. TableError: these have no value in common.

        A column that holds another table's keys by name holds those of no further one that only has the same values.
        """
        chosen = [self._chosen(*tables, pairs) for tables, pairs in chosen_keys(on, self.profiles).items()]
        joined = {one.tables for one in chosen}
        keys = {
            table: key_columns(self.engine, table, self.relations[table], profile.columns)
            for table, profile in self.profiles.items()
            if len(self.profiles) > 2 or not joined
        }
        pairs = [pair for pair in combinations(keys, 2) if frozenset(pair) not in joined]
        found = [*chosen, *(best for one, other in pairs if (best := self._best(keys[one], keys[other])))]
        taken = set[tuple[str, str]]().union(*(_columns(one) for one in found if one.named >= NAMED))
        return [one for one in found if one.named >= NAMED or not taken & _columns(one)]

    def check(self, left: str, right: str, pairs: Sequence[tuple[str, str]]) -> Relation:
        """What a join over these pairs of columns does to every row: with the values as they stand where all match, or
        where folding would make one of two rows that have a key each, else folded."""
        exact = self._checked(left, right, pairs, folded=False)
        if not exact.left.unmatched and not exact.right.unmatched:
            return exact
        folded = self._checked(left, right, pairs, folded=True)
        sides = ((exact.left, folded.left), (exact.right, folded.right))
        merged = any(as_it_stands.unique and not side.unique for as_it_stands, side in sides)
        better = any(side.unmatched < as_it_stands.unmatched for as_it_stands, side in sides)
        return folded if better and not merged else exact

    def _chosen(self, left: str, right: str, pairs: Sequence[tuple[str, str]]) -> Relation:
        """The relation over columns that a person chose."""
        found = self.check(left, right, pairs)
        if found.left.unmatched == found.left.rows:
            one, other = (
                listed([f"{side.table}.{name}" for name in side.columns]) for side in (found.left, found.right)
            )
            raise TableError(f"{one} and {other} have no value in common.", "Choose other columns.")
        return replace(found, named=1.0, held=_held(found), chosen=True)

    def _best(self, one: Sequence[KeyColumn], other: Sequence[KeyColumn]) -> Relation | None:
        both = [candidates(one, other), candidates(other, one)]
        proposed = sorted((pair for way in both for pair in way if pair.alone), key=lambda pair: -pair.score)
        found = [relation for pair in proposed[:_CHECKED] if (relation := self._verified([pair]))]
        for way in both:
            if not any(relation.kind != "n:m" for relation in found):
                found += self._composite(way[:_CHECKED])
        return max(found, key=_goodness, default=None)

    def _composite(self, proposed: Sequence[Candidate]) -> list[Relation]:
        """Relations over several columns together, of tables that no single one tells apart: no more than it takes.

        Of many columns only those sets are made longer that tell rows apart best.
        """
        found = list[Relation]()
        sets: list[tuple[Candidate, ...]] = [(pair,) for pair in proposed]
        for _ in range(_MOST_COLUMNS - 1):
            longer = {
                frozenset((one.left.name, one.right.name) for one in (*pairs, pair)): (*pairs, pair)
                for pairs in sets
                for pair in proposed
                if _apart(pairs, pair)
            }
            checked = [(relation, pairs) for pairs in longer.values() if (relation := self._verified(pairs))]
            found += [relation for relation, _ in checked]
            if any(relation.kind != "n:m" for relation in found):
                break
            checked.sort(key=lambda one: one[0].left.most * one[0].right.most)
            sets = [pairs for _, pairs in checked[:_LENGTHENED]]
        return found

    def _verified(self, pairs: Sequence[Candidate]) -> Relation | None:
        left, right = pairs[0].left.table, pairs[0].right.table
        named = min(pair.named / (1 + (pair.left.kind == "date")) for pair in pairs)
        found = self.check(left, right, [(pair.left.name, pair.right.name) for pair in pairs])
        return replace(found, named=named, held=_held(found)) if _held(found) >= _MATCHED else None

    def _checked(self, left: str, right: str, pairs: Sequence[tuple[str, str]], *, folded: bool) -> Relation:
        sides = (left, [one for one, _ in pairs]), (right, [other for _, other in pairs])
        counted = ", ".join(
            f"{side} AS ({self._counted(*of, f'{side}_n', folded=folded)})"
            for side, of in zip(("l", "r"), sides, strict=True)
        )
        using = ", ".join(map(key, range(len(pairs))))
        told = ", ".join(
            f"coalesce(sum({one}_n), 0)::BIGINT, count({one}_n), coalesce(max({one}_n), 0),"
            f" coalesce(sum({one}_n) FILTER (WHERE {other}_n IS NULL), 0)::BIGINT,"
            f" count({one}_n) FILTER (WHERE {other}_n IS NULL)"
            for one, other in (("l", "r"), ("r", "l"))
        )
        row = self.engine.rows(f"WITH {counted} SELECT {told} FROM l FULL JOIN r USING ({using})")[0]
        one, other = (
            self._side(name, columns, row[at : at + 5]) for (name, columns), at in zip(sides, (0, 5), strict=True)
        )
        return Relation(self._with_copies(one), self._with_copies(other), folded)

    def _counted(self, table: str, columns: Sequence[str], called: str, *, folded: bool) -> str:
        """The rows of each key of a table, as SQL."""
        keys = [self.profiles[table].column(name) for name in columns]
        return (
            f"SELECT {selected(keys, folded=folded)}, count(*) AS {called}"
            f" FROM {self.relations[table]} AS t WHERE {present(keys)} GROUP BY ALL"
        )

    def _with_copies(self, side: Side) -> Side:
        """The side, told whether only copies of rows repeat its keys."""
        profile = self.profiles[side.table]
        if side.unique or not profile.duplicate_rows or side.keys * 2 < side.rows:
            return side
        columns = quoted_names([column.name for column in profile.columns])
        rows = f"SELECT DISTINCT {columns} FROM {self.relations[side.table]} AS t WHERE {present(self.columns(side))}"
        return replace(side, copies=int(self.engine.rows(f"SELECT count(*) FROM ({rows})")[0][0]) == side.keys)

    def _side(self, table: str, columns: Sequence[str], counts: Sequence[int]) -> Side:
        rows, keys, most, unmatched, unmatched_keys = counts
        empty = self.profiles[table].table.rows - rows
        return Side(table, tuple(columns), rows, empty, keys, most, unmatched, unmatched_keys)


def _held(relation: Relation) -> float:
    """The share of the left side's keys that the right one has."""
    return 1 - relation.left.unmatched_keys / (relation.left.keys or 1)


def _apart(pairs: Sequence[Candidate], further: Candidate) -> bool:
    """Whether a pair is of other columns than those pairs are."""
    return all(one.left.name != further.left.name and one.right.name != further.right.name for one in pairs)


def _columns(relation: Relation) -> set[tuple[str, str]]:
    return {(side.table, name) for side in (relation.left, relation.right) for name in side.columns}


def _goodness(relation: Relation) -> tuple[bool, int, float]:
    """A key that tells rows apart before one that does not; of the latter the finer one; then what holds more keys and
    is named alike."""
    shared = 0 if relation.kind != "n:m" else len(relation.left.columns)
    return relation.kind != "n:m", shared, 0.45 * relation.held + 0.25 * relation.named + 0.1 * (relation.kind == "1:1")
