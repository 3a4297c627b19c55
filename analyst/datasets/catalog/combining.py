"""Several opened tables as one, for one question: joined over keys that were checked, with all of it told.

Each row of the table that the question is about stays one row; the check after the join holds that.
"""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from analyst.core.errors import StoreError, TableError
from analyst.core.quoting import quoted
from analyst.core.text import counted, listed
from analyst.datasets.catalog.bridging import bridge
from analyst.datasets.catalog.choosing import Mention, choose, mentions
from analyst.datasets.catalog.dictionaries import dictionaries
from analyst.datasets.catalog.joining import Plan, Whole, plan_joins
from analyst.datasets.catalog.likeness import are_alike
from analyst.datasets.catalog.relations import Tables
from analyst.datasets.catalog.sameness import matched_the_same
from analyst.datasets.headers import unique
from analyst.engine.errors import EngineError
from analyst.engine.loading import open_loader
from analyst.protocol.relations import Join, KeyPair, Relation, Side
from analyst.protocol.table import ALIKE, IngestNote, OpenedTable, TableProfile

_DATA, _FILE = "data", "joined.duckdb"


@dataclass(frozen=True)
class Parts:
    """The tables of one question by name, and the columns that a person chose as their keys."""

    profiles: Mapping[str, TableProfile]
    on: tuple[KeyPair, ...] = ()

    @classmethod
    def of(cls, profiles: Sequence[TableProfile], on: tuple[KeyPair, ...] = ()) -> Parts:
        """The tables; of two that are called alike the second one's name gets a number."""
        named: dict[str, TableProfile] = {}
        for profile in profiles:
            name = unique(profile.table.name, {known.casefold() for known in named})
            named[name] = replace(profile, table=replace(profile.table, name=name))
        return cls(named, on)

    @property
    def fingerprint(self) -> str:
        """The same for the same tables under the same names, with the same keys chosen."""
        parts = [f"{name} {profile.table.fingerprint}" for name, profile in self.profiles.items()]
        return _digest(*parts, *map(str, self.on))


@dataclass(frozen=True)
class Joining:
    """How tables become one: the joins of `plan`; `shared` has keys in several rows of both its tables, and is replaced
    by a table with one row for each of them."""

    plan: Plan
    shared: Relation | None = None

    def fingerprint(self, parts: Parts) -> str:
        """The identity of the table that comes of it."""
        return _digest(parts.fingerprint, repr(self))


def find_relations(parts: Parts, workdir: Path, *, memory_mb: int = 2048) -> tuple[Relation, ...]:
    """The relations between the tables, whatever is asked of them. TableError: the keys that were chosen are none."""
    with _opened(parts, workdir, memory_mb) as tables:
        return tuple(tables.find(parts.on))


def tell_of_the_same(parts: Parts, relations: Sequence[Relation], workdir: Path, *, memory_mb: int = 2048) -> bool:
    """Whether rows of these tables, which have the same columns, tell of the same things."""
    with _opened(parts, workdir, memory_mb) as tables:
        return any(matched_the_same(tables, relation) for relation in relations)


def plan_joining(
    parts: Parts, relations: Sequence[Relation], question: str, workdir: Path, *, memory_mb: int = 2048
) -> Joining:
    """The joins for a question; two tables that it asks of and that both have several rows a key are added up by it.

    TableError: no table can be joined to the base, and the question is not about that one alone; or it asks for a
    category that adding up would lose.
    """
    described = dictionaries(parts.profiles, relations)
    profiles = {name: profile for name, profile in parts.profiles.items() if name not in described} or parts.profiles
    plan = choose(question, profiles, relations)
    mentioned = list(mentions(question, profiles))
    asked = {mention.table for mention in mentioned}
    for refused in plan.refused:
        if refused.tables <= asked:
            _require_no_category(refused, mentioned)
            shared = next(found for found in relations if found.tables == refused.tables)
            with _opened(parts, workdir, memory_mb) as tables:
                among = _bridged(tables, relations, shared)
                return Joining(choose(question, tables.profiles, among), shared)
    if len(profiles) > 1 and not plan.links and asked != {plan.base}:
        raise _unrelated(plan, profiles)
    return Joining(plan)


def repeat_joining(
    parts: Parts, relations: Sequence[Relation], fingerprint: str, workdir: Path, *, memory_mb: int = 2048
) -> Joining | None:
    """The joining whose table had that fingerprint, whatever was asked then; None: the tables or relations changed."""
    for joining in _possible(parts, relations, workdir, memory_mb):
        if joining.fingerprint(parts) == fingerprint:
            return joining
    return None


def _possible(parts: Parts, relations: Sequence[Relation], workdir: Path, memory_mb: int) -> Iterator[Joining]:
    """Every way in which the tables may become one."""
    yield from (Joining(plan_joins(base, relations)) for base in parts.profiles)
    for shared in [found for found in relations if found.kind == "n:m"]:
        with _opened(parts, workdir, memory_mb) as tables:
            among = _bridged(tables, relations, shared)
            bases = list(tables.profiles)
        yield from (Joining(plan_joins(base, among), shared) for base in bases)


def join(parts: Parts, joining: Joining, workdir: Path, *, memory_mb: int = 2048) -> OpenedTable:
    """One table of several profiled ones, in a DuckDB file in `workdir`: relation `data`, as that of any file.

    StoreError when the disk is full or a table is gone.
    """
    with _opened(parts, workdir, memory_mb) as tables:
        if joining.shared is not None:
            bridge(tables, joining.shared)
        whole = Whole(joining.plan, tables.relations, tables.profiles)
        tables.engine.save(_DATA, whole.sql)
        tables.engine.checkpoint()
        rows = int(tables.engine.rows(f"SELECT count(*) FROM {_DATA}")[0][0])
        return _described(joining, parts, whole, tables.profiles, rows, workdir / _FILE)


@contextmanager
def _opened(parts: Parts, workdir: Path, memory_mb: int) -> Iterator[Tables]:
    """The tables beside a file of their own, in `workdir`. StoreError."""
    workdir.mkdir(parents=True, exist_ok=True)
    (workdir / _FILE).unlink(missing_ok=True)
    files = dict.fromkeys(profile.table.database for profile in parts.profiles.values())
    called = {file: f"s{place}" for place, file in enumerate(files)}
    try:
        with open_loader(workdir / _FILE, memory_mb=memory_mb, temp_directory=workdir / "spill") as loader:
            for file, name in called.items():
                loader.attach(name, file)
            relations = {
                name: f"{quoted(called[profile.table.database])}.{quoted(_DATA)}"
                for name, profile in parts.profiles.items()
            }
            yield Tables(loader, relations, parts.profiles)
    except EngineError as error:
        raise StoreError(
            f"The tables can't be joined: {error}", "Free some disk space or raise SQL_MEMORY_MB."
        ) from error


def _bridged(tables: Tables, relations: Sequence[Relation], shared: Relation) -> list[Relation]:
    """The relations with `shared` replaced by those to the table of its keys."""
    rest = [found for found in relations if found.tables != shared.tables]
    return rest + bridge(tables, shared)


def _described(
    joining: Joining, parts: Parts, whole: Whole, named: Mapping[str, TableProfile], rows: int, database: Path
) -> OpenedTable:
    """What is known of the whole, which has so many `rows`. StoreError: they are not those of the base."""
    plan = joining.plan
    before = named[plan.base].table.rows
    if rows != before:
        raise StoreError(
            f"Joining the tables changed {before:,} rows of {plan.base!r} into {rows:,}.",
            "Ask about one table at a time.",
        )
    base, joined = named[plan.base].table, [link.table for link in plan.links]
    joins = tuple(Join(link.relation, link.how, before, rows, whole.added_by(link.table)) for link in plan.links)
    told = [note for name in (plan.base, *joined) for note in _of_table(named[name].table, whole)]
    return OpenedTable(
        database=database,
        source=base.source,
        name=" with ".join([plan.base, *([listed(joined)] if joined else [])]),
        format=base.format,
        rows=rows,
        columns=tuple(column.name for column in whole.columns),
        fingerprint=joining.fingerprint(parts),
        notes=(*_notes(plan, joins, named), *told),
        meanings={column.name: column.meaning for column in whole.columns},
        joins=joins,
        others=tuple(place for profile in parts.profiles.values() for place in profile.table.places),
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _require_no_category(refused: Relation, mentioned: Sequence[Mention]) -> None:
    """TableError: the question asks for a category of a table that would be added up by its key."""
    for side, other in ((refused.left, refused.right), (refused.right, refused.left)):
        asked = (one.column for one in mentioned if one.table == side.table and one.what == "category" and one.column)
        lost = next((column for column in asked if column not in side.columns), None)
        if lost is not None:
            raise TableError(f"{_many(refused)}.", _one_row_a_key(refused) or _same_column(side, other, lost))


def _one_row_a_key(relation: Relation) -> str:
    """How the keys of one table could tell its rows apart: of the one that comes nearer to that. Empty where most rows
    of both repeat a key, as they are meant to."""
    side = min((relation.left, relation.right), key=lambda side: (side.rows - side.keys) / (side.keys or 1))
    if side.rows > 2 * side.keys:
        return ""
    surplus = counted(side.rows - side.keys, "row")
    return f"Remove the {surplus} of {side.table} that repeat a key, or ask about one table."


def _same_column(side: Side, other: Side, column: str) -> str:
    """How a category that only one of two tables has could be asked of both."""
    return (
        f"Ask by {listed(side.columns)} alone, or add the column {column!r} to {other.table},"
        f" with the same values as in {side.table}."
    )


def _unrelated(plan: Plan, named: Mapping[str, TableProfile]) -> TableError:
    shown = listed(list(named))
    if plan.refused:
        return TableError(f"{_many(plan.refused[0])}.", _one_row_a_key(plan.refused[0]) or "Ask about one table.")
    one, other = list(named)[:2]
    return TableError(
        f"{shown} have no column in common whose values tell rows apart.",
        f"Choose the columns that join them, as {one}.COLUMN={other}.COLUMN, or ask about one of them.",
    )


def _many(relation: Relation) -> str:
    one, other = relation.left, relation.right
    return (
        f"{one.table} and {other.table} can't be joined: {listed(one.columns)} stands in "
        f"up to {one.most:,} rows of {one.table} and {other.most:,} of {other.table}, so every sum would count rows"
        " several times"
    )


def _of_table(table: OpenedTable, whole: Whole) -> Iterator[IngestNote]:
    """What reading a table found, with its name."""
    for note in table.notes:
        column = whole.name_of(table.name, note.column) if note.column else None
        yield IngestNote(note.kind, f"{table.name}: {note.message}", note.count, column)


def _notes(plan: Plan, joins: Sequence[Join], named: Mapping[str, TableProfile]) -> Iterator[IngestNote]:
    """How the tables were joined, what found no match, and what was left out."""
    for join in joins:
        yield IngestNote("joined", _told(join), join.relation.left.unmatched)
    for join in joins:
        yield from _alike(join, named)
    for relation in plan.refused:
        reason = _many(relation) if relation.kind == "n:m" else f"The rows of {relation.left.table} were added up"
        told = f"{reason}. {relation.right.table} was left out."
        yield IngestNote("join_refused", told, relation.right.rows)
    out = {plan.base, *(link.table for link in plan.links), *(found.right.table for found in plan.refused)}
    described = dictionaries(named, [*(join.relation for join in joins), *plan.refused])
    for name in named.keys() - out:
        told = f"{name} was left out: it has no key in common with the other tables."
        if name in described:
            told = f"{name} was left out: it describes the columns of {described[name]}."
        yield IngestNote("join_refused", told, named[name].table.rows)


def _alike(join: Join, named: Mapping[str, TableProfile]) -> Iterator[IngestNote]:
    """That a column of a table that was joined is called as one of the other, where all of them are."""
    one, other = (named[side.table] for side in (join.relation.left, join.relation.right))
    if not are_alike(one, other):
        return
    told = f"{one.table.name} and {other.table.name} have the same columns, so their rows were matched and not added up"
    added = [name for name in join.columns if name.casefold().startswith(f"{other.table.name} ".casefold())]
    if added:
        told += f": {listed([repr(name) for name in added])} {'is' if len(added) == 1 else 'are'} of {other.table.name}"
    yield IngestNote(ALIKE, f"{told}.", len(join.columns))


def _told(join: Join) -> str:
    left, right = join.relation.left, join.relation.right
    keys = join.relation.keys + (" (chosen by you)" if join.relation.chosen else "")
    first = f"{right.table} was joined to {left.table} by {keys}"
    if join.how == "totals":
        rows = counted(right.rows, "row")
        first = f"{right.table} ({rows}) was added up by key, and joined to {left.table} by {keys}"
    if join.how == "lookup" and right.copies:
        first += f" ({counted(right.rows - right.keys, 'repeated row')} left out)"
    folded = ", ignoring case, surrounding spaces and leading zeros" if join.relation.folded else ""
    return f"{first}{folded}. {' '.join(_unmatched(join))}"


def _unmatched(join: Join) -> Iterator[str]:
    left, right = join.relation.left, join.relation.right
    every, lost = left.every, left.without_match
    if lost:
        yield f"{counted(lost, 'row')} of {every:,} in {left.table} ({lost / every:.1%}) have no match."
    else:
        yield f"Every row of {left.table} has a match."
    if right.unmatched:
        many = right.unmatched != 1
        told = "match nothing and are" if many else "matches nothing and is"
        yield f"{counted(right.unmatched, 'row')} of {right.table} {told} not in the result."
