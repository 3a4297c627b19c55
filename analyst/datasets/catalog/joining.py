"""Which tables are joined to which, and the SQL of the one table that comes of it: each row of the base stays one row.

A table with one row a key is looked up (LEFT JOIN); one with several is added up by key first. Where both sides have
several rows a key, no join keeps the sums right: it is refused.
"""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analyst.core.quoting import literal, quoted
from analyst.core.text import singular
from analyst.datasets.catalog.keys import canonical, key, selected
from analyst.datasets.catalog.rates import Rate, exchange_rate
from analyst.datasets.headers import ROW, unique, words
from analyst.protocol.relations import How, Relation
from analyst.protocol.table import ColumnProfile, Meaning, TableProfile

_GENERAL = frozenset("name names group type kind class label title description status code level note notes".split())  # noqa: SIM905
"""Headers that say nothing alone: whose they are, only the table's name tells."""


@dataclass(frozen=True)
class Link:
    """A table that is joined: over `relation`, from the table that is in already, `how`."""

    relation: Relation
    how: How

    @property
    def table(self) -> str:
        """The table that is joined."""
        return self.relation.right.table


@dataclass(frozen=True)
class Plan:
    """The joins to `base`, in order, and the relations to tables that can't be joined without counting rows twice."""

    base: str
    links: tuple[Link, ...]
    refused: tuple[Relation, ...]

    def how(self, table: str) -> str:
        """How a table is in: base, lookup, totals, spread (totals that stand in several rows) or refused."""
        if table == self.base:
            return "base"
        link = next((link for link in self.links if link.table == table), None)
        if link is None:
            return "refused"
        return "spread" if link.how == "totals" and link.relation.left.table != self.base else link.how


def plan_joins(base: str, relations: Sequence[Relation]) -> Plan:
    """Reach every table from `base`: first what can be looked up, then what must be added up first."""
    reached, links = [base], list[Link]()
    while (link := next(_next_links(reached, links, relations), None)) is not None:
        links.append(link)
        reached.append(link.table)
    refused = [found for found in relations if len(found.tables & set(reached)) == 1]
    return Plan(base, tuple(links), tuple(_towards(found, reached) for found in refused))


def _next_links(reached: Sequence[str], links: Sequence[Link], relations: Sequence[Relation]) -> Iterator[Link]:
    """The tables that can be joined next, the best first; a table that was added up leads nowhere."""
    ends = {link.table for link in links if link.how == "totals"}
    open_ = [
        found.seen_from(table)
        for table in reached
        if table not in ends
        for found in relations
        if table in found.tables and len(found.tables & set(reached)) == 1
    ]
    yield from (Link(found, "lookup") for found in open_ if found.right.tells_one)
    yield from (Link(found, "totals") for found in open_ if found.left.unique)


def _towards(relation: Relation, reached: Sequence[str]) -> Relation:
    return relation.seen_from(next(iter(relation.tables & set(reached))))


@dataclass(frozen=True)
class Column:
    """A column of the whole: its value in SQL, the profile of the column it comes from (None: a count of rows), and
    what is known of its values."""

    name: str
    value: str
    table: str
    profile: ColumnProfile | None
    meaning: Meaning


class Whole:
    """The one table that a plan makes of several: its columns and its SELECT."""

    def __init__(self, plan: Plan, relations: Mapping[str, str], profiles: Mapping[str, TableProfile]) -> None:
        self._plan, self._relations, self._profiles = plan, relations, profiles
        self._alias = {table: f"t{place}" for place, table in enumerate([plan.base, *(x.table for x in plan.links)])}
        self._taken = {ROW}
        self._named: dict[tuple[str, str], str] = {}
        self._joins = ""
        self.columns = [self._kept(plan.base, column, "") for column in profiles[plan.base].columns]
        for link in plan.links:
            self._add(link)
        self.columns = [self._renamed(column) for column in self.columns]

    @property
    def sql(self) -> str:
        """The rows of the base in their order, with what was joined."""
        alias = self._alias[self._plan.base]
        fields = ", ".join(f"{column.value} AS {quoted(column.name)}" for column in self.columns)
        tables = f"{self._relations[self._plan.base]} AS {alias}{self._joins}"
        return f"SELECT {alias}.{quoted(ROW)}, {fields} FROM {tables} ORDER BY {alias}.{quoted(ROW)}"

    def added_by(self, table: str) -> tuple[str, ...]:
        """The names of the columns that a table brought."""
        return tuple(column.name for column in self.columns if column.table == table)

    def name_of(self, table: str, column: str) -> str | None:
        """What a table's column is called in the whole; None where it is not in it."""
        return self._named.get((table, column))

    def _add(self, link: Link) -> None:
        relation, table = link.relation, link.table
        alias = self._alias[table]
        source = self._looked_up(relation) if link.how == "lookup" else f"({self._totals(relation)})"
        pairs = zip(relation.left.columns, relation.right.columns, strict=True)
        on = " AND ".join(self._same(link, left, right, place) for place, (left, right) in enumerate(pairs))
        self._joins += f" LEFT JOIN {source} AS {alias} ON {on}"
        per = self._per(relation)
        if link.how == "lookup":
            keys = set(relation.right.columns)
            kept = [c for c in self._profiles[table].columns if c.name not in keys and (per != "" or not _adds(c))]
            self._named |= {
                (table, right): self._named[relation.left.table, left]
                for left, right in zip(relation.left.columns, relation.right.columns, strict=True)
                if (relation.left.table, left) in self._named
            }
            self.columns += [self._found(table)] if relation.kind == "1:1" and relation.left.unmatched else []
            self.columns += [self._kept(table, column, per) for column in kept]
            self.columns += self._exchanged(relation)
        elif per != "":
            self.columns += [self._counted(table, per), *(self._summed(table, c, per) for c in self._amounts(table))]

    def _per(self, relation: Relation) -> str | None:
        """The column of the whole whose value each amount of a joined table belongs to; None: of one row of the base.

        Empty where only several columns together tell: an amount could not be counted once then, and is left out.
        """
        if relation.left.table == self._plan.base and relation.left.unique:
            return None
        if len(relation.left.columns) > 1:
            return ""
        if relation.left.unique:
            inner = next(link.relation for link in self._plan.links if link.table == relation.left.table)
            return self._per(inner)
        return self._named.get((relation.left.table, relation.left.columns[0]), "")

    def _same(self, link: Link, left: str, right: str, place: int) -> str:
        """That a key of both sides is the same, as SQL."""
        before, table, folded = link.relation.left.table, link.table, link.relation.folded
        one, alias = canonical(self._column(before, left), self._alias[before], folded=folded), self._alias[table]
        if link.how == "totals":
            return f"{one} = {alias}.{key(place)}"
        return f"{one} = {canonical(self._column(table, right), alias, folded=folded)}"

    def _looked_up(self, relation: Relation) -> str:
        """A table with one row a key: of copies the first one."""
        right = relation.right
        if right.unique:
            return self._relations[right.table]
        keys = selected([self._column(right.table, name) for name in right.columns], folded=relation.folded)
        parted = ", ".join(map(key, range(len(right.columns))))
        numbered = f"SELECT t.*, {keys} FROM {self._relations[right.table]} AS t"
        return (
            f"(SELECT * FROM ({numbered}) QUALIFY row_number() OVER (PARTITION BY {parted} ORDER BY {quoted(ROW)}) = 1)"
        )

    def _totals(self, relation: Relation) -> str:
        table = relation.right.table
        keys = selected([self._column(table, name) for name in relation.right.columns], folded=relation.folded)
        sums = "".join(f", CAST(sum(t.{quoted(c.name)}) AS {c.type}) AS {quoted(c.name)}" for c in self._amounts(table))
        return f"SELECT {keys}, count(*) AS {quoted(ROW)}{sums} FROM {self._relations[table]} AS t GROUP BY ALL"

    def _amounts(self, table: str) -> list[ColumnProfile]:
        return [column for column in self._profiles[table].columns if _adds(column)]

    def _column(self, table: str, name: str) -> ColumnProfile:
        return self._profiles[table].column(name)

    def _kept(self, table: str, column: ColumnProfile, per: str | None) -> Column:
        meaning = column.meaning
        if per and _adds(column):
            meaning = replace(meaning, per=per)
        return Column(
            self._name(table, column.name), f"{self._alias[table]}.{quoted(column.name)}", table, column, meaning
        )

    def _exchanged(self, relation: Relation) -> list[Column]:
        """The base's amounts in the one currency that the rates beside them lead to."""
        base, rate = self._plan.base, exchange_rate(self._profiles[relation.right.table])
        if relation.left.table != base or rate is None:
            return []
        factor = f"{self._alias[relation.right.table]}.{quoted(rate.column)}"
        return [
            Column(
                self._name(relation.right.table, f"{column.name} in {rate.currency}"),
                f"{self._alias[base]}.{quoted(column.name)} * {_or_one(factor, self._alias[base], column, rate)}",
                relation.right.table,
                column,
                Meaning(adds=column.meaning.adds, unit=rate.currency),
            )
            for column in self._profiles[base].columns
            if column.meaning.currency in relation.left.columns
        ]

    def _counted(self, table: str, per: str | None) -> Column:
        """The rows of a table that was added up, called as the table is, where no column is called so."""
        value = f"coalesce({self._alias[table]}.{quoted(ROW)}, 0)"
        beside = [*self._taken, *(column.name.casefold() for column in self._amounts(table))]
        alike = singular(table.casefold()) in map(singular, beside)
        name = self._name(table, f"number of {table}" if alike else table)
        return Column(name, value, table, None, Meaning(adds="rows", per=per))

    def _found(self, table: str) -> Column:
        """Whether a row has its one row in a table that not all have one in, as 1 or 0."""
        value = f"CAST({self._alias[table]}.{quoted(ROW)} IS NOT NULL AS BIGINT)"
        return Column(self._name(table, table), value, table, None, Meaning(adds="rows"))

    def _summed(self, table: str, column: ColumnProfile, per: str | None) -> Column:
        value = f"coalesce({self._alias[table]}.{quoted(column.name)}, 0)"
        return Column(self._name(table, column.name), value, table, column, replace(column.meaning, per=per))

    def _name(self, table: str, column: str) -> str:
        """What a column is called in the whole: with its table's name before it where another one has its name, or
        where it says nothing without that."""
        general = table not in (self._plan.base, column) and set(words(column)) <= _GENERAL
        bare = column.casefold() not in self._taken and not general
        free = column if bare else unique(f"{table} {column}", self._taken)
        self._taken.add(free.casefold())
        self._named[table, column] = free
        return free

    def _renamed(self, column: Column) -> Column:
        """The column with the names of the whole in its meaning; what refers to a column that is not in it goes."""
        meaning = column.meaning

        def name(told: str | None) -> str | None:
            return self.name_of(column.table, told) if told else None

        ratio = tuple(found for told in meaning.ratio_of or () if (found := name(told)))
        return replace(
            column,
            meaning=replace(
                meaning,
                currency=name(meaning.currency),
                converted=name(meaning.converted),
                weight=name(meaning.weight),
                per=name(meaning.per) if column.profile and meaning.per == column.profile.meaning.per else meaning.per,
                ratio_of=ratio if meaning.ratio_of and len(ratio) == len(meaning.ratio_of) else None,
            ),
        )


def _or_one(factor: str, alias: str, column: ColumnProfile, rate: Rate) -> str:
    """A rate, as SQL: tables of rates may leave out the currency that they lead to."""
    currency = f"upper(trim({alias}.{quoted(column.meaning.currency or '')}))"
    return f"coalesce({factor}, CASE WHEN {currency} = {literal(rate.currency)} THEN 1 END)"


def _adds(column: ColumnProfile) -> bool:
    """Whether a column holds amounts that add up over rows, in one currency."""
    meaning = column.meaning
    plain = meaning.currency is None and meaning.per is None
    return column.role == "measure" and column.kind == "number" and meaning.adds == "rows" and plain
