"""Several opened tables as one, for one question: joined over keys that were checked, with all of it told.

Each row of the table that the question is about stays one row; the check after the join holds that.
"""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from analyst.core.errors import StoreError, TableError
from analyst.core.quoting import quoted
from analyst.core.text import counted, listed
from analyst.datasets.catalog.bridging import bridge
from analyst.datasets.catalog.choosing import choose, mentions
from analyst.datasets.catalog.joining import Plan, Whole
from analyst.datasets.catalog.relations import Tables
from analyst.engine.errors import EngineError
from analyst.engine.loading import Loader, open_loader
from analyst.protocol.relations import Join, Relation
from analyst.protocol.table import IngestNote, OpenedTable, TableProfile

_DATA = "data"


def combine(profiles: Sequence[TableProfile], question: str, workdir: Path, *, memory_mb: int = 2048) -> OpenedTable:
    """One table of several profiled ones, in a DuckDB file in `workdir`: relation `data`, as that of any file.

    TableError when the table that the question is about can't be joined to any of the others; StoreError when the disk
    is full or a table is gone.
    """
    named = {profile.table.name: profile for profile in profiles}
    if len(named) < len(profiles):
        raise TableError("Two of the tables have the same name.", "Rename one of the files.")
    workdir.mkdir(parents=True, exist_ok=True)
    database = workdir / "joined.duckdb"
    try:
        with open_loader(database, memory_mb=memory_mb, temp_directory=workdir / "spill") as loader:
            relations = {name: _attached(loader, place, profile) for place, (name, profile) in enumerate(named.items())}
            tables = Tables(loader, relations, named)
            plan = _planned(question, tables)
            whole = Whole(plan, tables.relations, tables.profiles)
            loader.save(_DATA, whole.sql)
            loader.checkpoint()
            rows = int(loader.rows(f"SELECT count(*) FROM {_DATA}")[0][0])
    except EngineError as error:
        raise StoreError(
            f"The tables can't be joined: {error}", "Free some disk space or raise SQL_MEMORY_MB."
        ) from error
    return _described(plan, whole, tables.profiles, rows, database)


def _planned(question: str, tables: Tables) -> Plan:
    """The joins for a question; two tables that it asks of and that both have several rows a key are added up by it.

    TableError: no table can be joined to the base, and the question is not about that one alone.
    """
    relations = tables.find()
    plan = choose(question, tables.profiles, relations)
    asked = {mention.table for mention in mentions(question, tables.profiles)}
    for refused in plan.refused:
        if refused.tables <= asked:
            relations = [found for found in relations if found is not refused and found.tables != refused.tables]
            relations += bridge(tables, refused)
            return choose(question, tables.profiles, relations)
    if not plan.links and asked != {plan.base}:
        raise _unrelated(plan, tables.profiles)
    return plan


def _attached(loader: Loader, place: int, profile: TableProfile) -> str:
    """Make a table's file readable; what its rows are called in SQL."""
    loader.attach(f"s{place}", profile.table.database)
    return f"{quoted(f's{place}')}.{quoted(_DATA)}"


def _described(plan: Plan, whole: Whole, named: Mapping[str, TableProfile], rows: int, database: Path) -> OpenedTable:
    """What is known of the whole, which has so many `rows`. StoreError: they are not those of the base."""
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
        fingerprint=_fingerprint(named, plan.base),
        notes=(*_notes(plan, joins, named), *told),
        meanings={column.name: column.meaning for column in whole.columns},
        joins=joins,
    )


def _fingerprint(named: Mapping[str, TableProfile], base: str) -> str:
    """The identity of several tables together, with one of them as the base."""
    parts = [profile.table.fingerprint for profile in named.values()]
    return hashlib.sha256(" ".join([*parts, base]).encode()).hexdigest()


def _unrelated(plan: Plan, named: Mapping[str, TableProfile]) -> TableError:
    shown = listed(list(named))
    if plan.refused:
        return TableError(_many(plan.refused[0]), "Ask about one of them, or give a table with one row a key.")
    return TableError(
        f"{shown} have no column in common whose values tell rows apart.",
        "Give both tables a key, such as customer_id, or ask about one of them.",
    )


def _many(relation: Relation) -> str:
    one, other = relation.left, relation.right
    return (
        f"{one.table} and {other.table} can't be joined: {listed(one.columns)} stands in "
        f"up to {one.most:,} and {other.most:,} rows, so every sum would count rows several times"
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
    for relation in plan.refused:
        reason = _many(relation) if relation.kind == "n:m" else f"The rows of {relation.left.table} were added up"
        told = f"{reason}. {relation.right.table} was left out."
        yield IngestNote("join_refused", told, relation.right.rows)
    out = {plan.base, *(link.table for link in plan.links), *(found.right.table for found in plan.refused)}
    for name in named.keys() - out:
        told = f"{name} was left out: it has no key in common with the other tables."
        yield IngestNote("join_refused", told, named[name].table.rows)


def _told(join: Join) -> str:
    left, right = join.relation.left, join.relation.right
    keys = listed([f"{one} = {other}" for one, other in zip(left.columns, right.columns, strict=True)])
    first = f"{right.table} was joined to {left.table} by {keys}"
    if join.how == "totals":
        rows = counted(right.rows, "row")
        first = f"{right.table} ({rows}) was added up by key, and joined to {left.table} by {keys}"
    folded = ", compared without case, outer spaces and leading zeros" if join.relation.folded else ""
    return f"{first}{folded}. {' '.join(_unmatched(join))}"


def _unmatched(join: Join) -> Iterator[str]:
    left, right = join.relation.left, join.relation.right
    every, lost = left.every, left.unmatched + left.empty
    if lost:
        yield f"{counted(lost, 'row')} of {every:,} in {left.table} ({lost / every:.1%}) have no match."
    else:
        yield f"Every row of {left.table} has a match."
    if right.unmatched:
        many = right.unmatched != 1
        told = "match nothing and are" if many else "matches nothing and is"
        yield f"{counted(right.unmatched, 'row')} of {right.table} {told} not in the result."
