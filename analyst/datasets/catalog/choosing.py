"""Whose rows a question is about: the base of the join, so that what it asks to add up or to count counts once.

The question's words are held against the tables' names, their columns and their categories; each table that could be
the base is charged for what it would repeat, add up too early or leave out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyst.core.text import fold, singular
from analyst.datasets.catalog.joining import Plan, plan_joins
from analyst.datasets.headers import ID_WORDS, words
from analyst.protocol.relations import Relation
from analyst.protocol.table import ColumnProfile, TableProfile

_COUNTING = (("how", "many"), ("number", "of"), ("count", "of"), ("count",), ("which",), ("list",))
"""What stands before the name of the things that are counted or listed."""
_LACKING = frozenset("never without no not zero".split())  # noqa: SIM905
"""Words that ask for what has no match: it is looked for among all, also where each has one."""
_WHOLE = _LACKING | frozenset("rate share percent percentage proportion".split())  # noqa: SIM905
"""Words that ask for what has no match, or for a part of all."""
_LOST = 1.5
"""What it costs then that rows of a table that the question is about find no place in the result."""
_SHORT = 3
_COSTS = {
    "amount": {"base": 0.0, "lookup": 3.0, "totals": 0.5, "spread": 3.5, "refused": 6.0},
    "category": {"base": 0.0, "lookup": 0.0, "totals": 3.0, "spread": 3.0, "refused": 6.0},
    "rows": {"base": 0.0, "lookup": 2.0, "totals": 0.6, "spread": 2.5, "refused": 4.0},
    "named": {"base": 0.0, "lookup": 0.0, "totals": 0.1, "spread": 0.2, "refused": 2.0},
}
"""What it costs to ask an amount, a category, the number of rows or only something of a table that is in so: an amount
that is looked up stands in several rows, a category of a table that was added up is gone."""


@dataclass(frozen=True)
class Mention:
    """What a question asks of a table: one of _COSTS; of which `column`, where it is of one."""

    table: str
    what: str
    column: str | None = None


def choose(question: str, profiles: Mapping[str, TableProfile], relations: Sequence[Relation]) -> Plan:
    """The plan whose base serves the question best: of those that serve it alike one that it names, where it asks for
    an amount; without a hint the table that reaches most others as look-ups, of those the longest."""
    asked = list(mentions(question, profiles))
    tables, amounts = {mention.table for mention in asked}, any(mention.what == "amount" for mention in asked)
    asking = set(words(fold(question)))
    whole, lacking = bool(_WHOLE & asking) or "%" in question, bool(_LACKING & asking)
    plans = [plan_joins(base, relations) for base in profiles]

    def rank(plan: Plan) -> tuple[float, bool, int, int]:
        cost = sum(_COSTS[mention.what][plan.how(mention.table)] for mention in asked)
        looked_up = [link for link in plan.links if link.how == "lookup"]
        if whole:
            found = [link.relation.right for link in looked_up if link.table in tables]
            cost += _LOST * sum(lacking or side.unmatched > 0 for side in found)
        aside = amounts and plan.base not in tables
        return cost, aside, -len(looked_up), -profiles[plan.base].table.rows

    return min(plans, key=rank)


def mentions(question: str, profiles: Mapping[str, TableProfile]) -> Iterator[Mention]:
    """What the question asks of each table. A word that several tables could mean counts for none of them."""
    asked = [singular(word) for word in words(fold(question))]
    named = {table: _named(asked, table) for table in profiles}
    things = {singular(word) for table in profiles for word in words(fold(table))}
    headers = {
        table: {fold(name) for other in profiles.values() if other is not profile for name in other.table.columns}
        for table, profile in profiles.items()
    }
    for table, profile in profiles.items():
        if named[table]:
            yield Mention(table, "rows" if any(_counted(asked, at) for at in named[table]) else "named")
        for column in profile.columns:
            if _only(column, table, profiles) and _asks(asked, column, things, headers[table]):
                yield Mention(table, "amount" if _adds(column) else "category", column.name)


def _named(asked: Sequence[str], table: str) -> list[int]:
    """Where a question names a table."""
    called = {singular(word) for word in words(fold(table)) if len(word) >= _SHORT}
    return [place for place, word in enumerate(asked) if word in called]


def _counted(asked: Sequence[str], at: int) -> bool:
    return any(tuple(asked[max(0, at - len(before)) : at]) == before for before in _COUNTING)


def _asks(asked: Sequence[str], column: ColumnProfile, things: Collection[str], headers: Collection[str]) -> bool:
    """Whether a question names a column, or one of its values that is no header of another table; a column without
    amounts that is called as a table is holds that one's keys."""
    name = [singular(word) for word in words(fold(column.name)) if word not in ID_WORDS]
    if (_adds(column) or not set(name) <= set(things)) and _stands_in(name, asked):
        return True
    values = [value for value, _ in column.values if isinstance(value, str)] if column.role == "dimension" else []
    return any(
        len(value) >= _SHORT
        and fold(value) not in headers
        and _stands_in([singular(w) for w in words(fold(value))], asked)
        for value in values
    )


def _stands_in(name: Sequence[str], asked: Sequence[str]) -> bool:
    size = len(name)
    return bool(size) and any(list(asked[at : at + size]) == list(name) for at in range(len(asked) - size + 1))


def _only(column: ColumnProfile, table: str, profiles: Mapping[str, TableProfile]) -> bool:
    """Whether no other table has a column of the same name."""
    name = column.name.casefold()
    return not any(
        other != table and any(one.name.casefold() == name for one in profile.columns)
        for other, profile in profiles.items()
    )


def _adds(column: ColumnProfile) -> bool:
    return column.role in ("measure", "constant") and column.kind == "number"
