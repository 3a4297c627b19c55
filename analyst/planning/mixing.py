"""Doubts about the values that a step computes with: amounts in several currencies put together, cells read unsurely.

Whoever wrote the plan may have missed what the card says, so code holds every step against it: its result carries a
caution, and so does the answer that rests on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from analyst.planning.filtering import constants_of, filters_of
from analyst.planning.language import MethodStep
from analyst.planning.sql_guard import Statement, nodes
from analyst.planning.sql_trees import function_name, last_name
from analyst.planning.wording import AGGREGATES
from analyst.protocol.facts import Caution, Filter
from analyst.protocol.table import ColumnProfile, Suspicion, TableProfile
from analyst.stats.method import names_of

_PUT_TOGETHER = frozenset(AGGREGATES) - {"count", "count_star", "mode"} | {"arg_max", "arg_min", "max_by", "min_by"}
_AVERAGES = frozenset({"avg", "mean", "median"})
_UNSURE = (
    *("number_bounds", "mixed_percent", "mixed_units", "missing_unit", "missing_currency", "ambiguous_numbers"),
    *("durations_unsure", "digits_lost", "groups_doubtful"),
)
"""Notes of reading that leave a doubt on every result of their column."""
_MATERIAL = 0.01
"""The share of a mean by which codes for missing values must move it to be cautioned of."""


@dataclass(frozen=True)
class Mixed:
    """An amount column whose rows are in several currencies, and the columns that tell or mend it."""

    column: str
    currency: str
    converted: str | None

    @property
    def caution(self) -> Caution:
        """What a result that puts them together must say."""
        told = f"{self.column!r} is in several currencies (see {self.currency!r}), and this result mixes them"
        way = f"use {self.converted!r}, which is in one currency" if self.converted else f"group by {self.currency!r}"
        return Caution("mixed_currencies", f"{told}: {way}")


class Doubts:
    """What is doubtful in the tables of a plan: known of `data`, followed through its steps."""

    def __init__(self, profile: TableProfile) -> None:
        amounts = {c.name: Mixed(c.name, c.meaning.currency, c.meaning.converted) for c in profile.columns
                   if c.meaning.currency is not None}  # fmt: skip
        self._mixed: dict[str, dict[str, Mixed]] = {"data": amounts}
        doubts = [(column.name, found) for column in profile.columns for found in column.suspicious]
        self._signed_by = {name: found.example for name, found in doubts if found.kind == "signs_apart"}
        self._repeated_by = {column.name: column.meaning.per for column in profile.columns if column.meaning.per}
        self._distinct = frozenset(column.name for column in profile.columns if column.meaning.adds == "distinct")
        self._unsure = {column.name: tuple(_unsure(column, profile)) for column in profile.columns}
        self._codes = {column.name: found for column in profile.columns if (found := _codes(column, profile))}

    def of_sql(self, id: str, statement: Statement, columns: Iterable[str], used: Iterable[str]) -> tuple[Caution, ...]:
        """The cautions of an SQL step's result, the table `id` with `columns`; `used` are the data's columns in it."""
        read: dict[str, Mixed] = {}
        for table in statement.reads:
            read |= self._mixed.get(table, {})
        open_ = {name: mixed for name, mixed in read.items() if not _settled(statement, mixed)}
        self._mixed[id] = {name: open_[name] for name in columns if name in open_}
        together = {name.casefold() for name in _put_together(statement)}
        found = [mixed.caution for name, mixed in open_.items() if name.casefold() in together]
        return (*found, *self._of_sums(used, statement), *self._of_cells(used, statement))

    def _of_sums(self, used: Iterable[str], statement: Statement) -> Iterator[Caution]:
        """What is added up although the same amount, or the same people, stand in several rows."""
        used, summed = tuple(used), {name.casefold() for name in _given_to(statement, {"sum"})}
        averaged = {name.casefold() for name in _given_to(statement, _AVERAGES)}
        for name in used:
            key = self._repeated_by.get(name)
            if key is not None and key not in used and name.casefold() in summed:
                told = f"{name!r} belongs to each {key!r} and stands in each of its rows: this sum repeats it"
                yield Caution("unsure_values", told)
            elif key is not None and key not in used and name.casefold() in averaged:
                told = (
                    f"{name!r} belongs to each {key!r} and stands in each of its rows: this average counts it in each"
                )
                yield Caution("unsure_values", told)
            if name in self._distinct and name.casefold() in summed:
                told = f"{name!r} counts different people, and who is in several rows is counted in each of them"
                yield Caution("unsure_values", told)

    def of_method(self, step: MethodStep, used: Iterable[str]) -> tuple[Caution, ...]:
        """The cautions of a method's results."""
        texts = [value for value in step.parameters.values() if isinstance(value, (str, list, tuple))]
        given = {str(name) for value in texts for name in names_of(value, {})}
        mixed = [mixed for name, mixed in self._mixed.get(step.source, {}).items() if name in given]
        found = [one.caution for one in mixed if one.currency not in given]
        return (*found, *self._of_cells(used))

    def _of_cells(self, used: Iterable[str], statement: Statement | None = None) -> Iterator[Caution]:
        """What is unsure of the cells of the columns used; text counts as numbers only where num() reads it."""
        read = None if statement is None else {name.casefold() for name in _read_as_numbers(statement)}
        used = tuple(used)
        for name in used:
            if self._signed_by.get(name, name) not in used:
                told = f"{name!r} has no signs, as {self._signed_by[name]!r} tells which amounts come and which go"
                yield Caution("unsure_values", f"{told}: this result does not tell them apart")
            for caution in self._unsure.get(name, ()):
                if caution.code == "unsure_values" or read is None or name.casefold() in read:
                    yield caution
            found = self._codes.get(name)
            if found is not None and (statement is None or not _tells_apart(statement, found)):
                told = f"{found.count:,} values of {name!r} are {found.example}, which looks like a code for missing"
                yield Caution("unsure_values", f"{told}: this result counts them as values")


def _unsure(column: ColumnProfile, profile: TableProfile) -> Iterator[Caution]:
    for note in profile.table.notes:
        if note.column == column.name and note.kind in _UNSURE:
            yield Caution("unsure_values", note.message.rstrip("."))
    for found in column.suspicious:
        if found.kind == "unread_numbers":
            told = f"{found.count:,} values of {column.name!r} are no plain numbers, such as {found.example!r}"
            yield Caution("unread_numbers", f"{told}: they are left out or in another unit")


def _codes(column: ColumnProfile, profile: TableProfile) -> Suspicion | None:
    """The codes for missing values of a column, where its mean would be another without them."""
    found = next((one for one in column.suspicious if one.kind == "sentinel"), None)
    present = profile.table.rows - column.missing
    if found is None or column.mean is None or present <= found.count:
        return None
    furthest = max(map(float, found.example.split(", ")), key=abs)
    without = (column.mean * present - furthest * found.count) / (present - found.count)
    return found if abs(column.mean - without) > _MATERIAL * abs(without) else None


def _tells_apart(statement: Statement, found: Suspicion) -> bool:
    """Whether a statement compares with one of the codes, as those do that leave them out."""
    return not {str(value) for value in constants_of(statement.tree)}.isdisjoint(found.example.split(", "))


def _settled(statement: Statement, mixed: Mixed) -> bool:
    """Whether a statement keeps currencies apart: grouped, listed or told apart by them, or rows of one alone."""
    name = mixed.currency.casefold()
    if any(_is_one(found, name) for found in filters_of(statement.tree)):
        return True
    clauses = {id(node["where_clause"]) for node in nodes(statement.tree) if node.get("where_clause")}
    counted = {id(node) for node in nodes(statement.tree) if function_name(node) == "count"}
    outside = nodes(statement.tree, lambda node: id(node) not in clauses | counted)
    return any((last_name(node) or "").casefold() == name for node in outside)


def _is_one(found: Filter, name: str) -> bool:
    return found.column.casefold() == name and found.relation == "is" and len(found.values) == 1


def _put_together(statement: Statement) -> Iterator[str]:
    """The columns that a statement aggregates, or sorts its rows by."""
    for node in nodes(statement.tree):
        if function_name(node) in _PUT_TOGETHER or node.get("type") == "ORDER_MODIFIER":
            yield from (name for child in nodes(node) if (name := last_name(child)) is not None)


def _given_to(statement: Statement, functions: Collection[str]) -> Iterator[str]:
    """The columns that a statement gives to any of `functions`."""
    for node in nodes(statement.tree):
        if function_name(node) in functions:
            yield from (name for child in nodes(node) if (name := last_name(child)) is not None)


def _read_as_numbers(statement: Statement) -> Iterator[str]:
    for node in nodes(statement.tree):
        if function_name(node) == "num":
            yield from (name for child in nodes(node) if (name := last_name(child)) is not None)
