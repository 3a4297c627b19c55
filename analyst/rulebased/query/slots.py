"""All that a question's words filled, before it is known what kind of question it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypedDict, Unpack

from analyst.core.text import plural
from analyst.protocol.lexicon import DEALS
from analyst.protocol.personal import GROUPING
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import is_key, is_measure, is_nameless, is_time, spoken, yes_no
from analyst.rulebased.link.periods import Period
from analyst.rulebased.link.units import PERIODS
from analyst.rulebased.query.computed import TOLD, Values, usual
from analyst.rulebased.query.conditions import find_rows
from analyst.rulebased.query.currencies import by_currency
from analyst.rulebased.query.defaults import deals, speaking_measure
from analyst.rulebased.query.model import (
    NOWHERE,
    At,
    Condition,
    Direction,
    During,
    Having,
    Key,
    Measure,
    Members,
    Query,
    Ratio,
    Rows,
    Test,
    Value,
    Window,
    measures_of,
    places,
)
from analyst.rulebased.query.roles import Named, Roles, find_roles
from analyst.rulebased.query.scene import Scene
from analyst.rulebased.query.values import find_values

_NOW = frozenset("current currently now today latest closing final".split())
"""Words for the last moment, which is what a stock is told of."""
_MOST_KEYS = 3


class Filled(TypedDict, total=False):
    """Slots of a query that an intent fills."""

    values: tuple[Value, ...]
    keys: tuple[Key, ...]
    conditions: tuple[Condition, ...]
    having: tuple[Having, ...]
    order: Direction | None
    limit: int | None
    within: Key | None
    window: Window | None
    compared: tuple[Period, Period] | None
    columns: tuple[ColumnCard, ...]
    test: Test | None
    options: Mapping[str, object]
    at: At


@dataclass(frozen=True)
class Slots:
    """A question's slots."""

    scene: Scene
    rows: Rows
    roles: Roles
    read: Values

    @property
    def time(self) -> ColumnCard | None:
        """The column of dates."""
        return self.scene.time

    @property
    def values(self) -> tuple[Value, ...]:
        """What is computed."""
        return self.read.values

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The rows that are asked about; those that went into a rate, and members that are sums of others, are out."""
        return tuple(c for c in self.rows.conditions if c not in self.read.spent)

    @property
    def periods(self) -> tuple[Period, ...]:
        """The periods named, the earlier first."""
        found = [p for c in self.conditions if isinstance(c, During) for p in c.periods]
        return tuple(sorted(found, key=lambda p: (p.start, p.end)))

    @property
    def undated(self) -> tuple[Condition, ...]:
        """The conditions without the periods."""
        return tuple(c for c in self.conditions if not isinstance(c, During))

    @property
    def dated_at(self) -> At:
        """The places of the words of the periods."""
        return places(c for c in self.conditions if isinstance(c, During))

    @property
    def direction(self) -> Direction | None:
        """Whether the highest or the lowest are asked for; "highest first" orders without ranking."""
        for kind, direction, other in (("ascending", "lowest", "highest"), ("descending", "highest", "lowest")):
            cues = self.scene.all(kind)
            if cues:
                judged = self.scene.linked.word(cues[0].first) in ("worst", "best") and self.scene.is_bad
                return other if judged else direction  # type: ignore[return-value]
        return self.scene.direction  # type: ignore[return-value]

    @property
    def ordered_at(self) -> At:
        """The places of the words that ask for an order and a number of rows."""
        at = self.scene.at("ascending", "descending")
        best = self.scene.superlative[0] if self.scene.superlative else None
        listed = best is not None and self.scene.linked.word(best + 1) == "first"  # the order of a list: hottest first
        at |= NOWHERE if best is None else {best, best + 1} if listed else {best}
        return at | (frozenset([self.scene.counted[1]]) if self.scene.counted else NOWHERE)

    @property
    def limit(self) -> int | None:
        """The n of "top n"."""
        return self.scene.counted[0] if self.scene.counted else None

    @property
    def part_keys(self) -> tuple[Key, ...]:
        """The units of time that rows are grouped by."""
        parts: dict[str, At] = {}
        for part in self.scene.linked.parts:
            lead = self.scene.before(part.start, "by")
            parts[part.unit] = parts.get(part.unit, NOWHERE) | part.at | (lead.at if lead else NOWHERE)
        return tuple(Key(held, unit, at) for unit, at in parts.items() if (held := self.holding(unit)))

    @property
    def grain(self) -> str | None:
        """The first of those units that follow each other, which weekdays and hours don't."""
        return next((key.unit for key in self.part_keys if key.unit in PERIODS), None)

    @property
    def parts_at(self) -> At:
        """The places of the words of those units."""
        return places(self.part_keys)

    @property
    def subjects_at(self) -> At:
        """The places of the words that name rows by their key."""
        return places(self.roles.subjects)

    def holding(self, unit: str) -> ColumnCard | None:
        """The column that tells the unit of time of a row: dates tell no hour, times of day nothing else."""
        if unit != "hour" or (self.time is not None and not self.time.type.upper().startswith("DATE")):
            return self.time
        return next((c for c in self.scene.card.columns if c.type.upper().startswith("TIME")), None)

    @property
    def column_keys(self) -> tuple[Key, ...]:
        """The columns that rows are grouped by, in the question's order: named after "by", asked for, or compared."""
        named = sorted([*self.roles.keys, *self.roles.asked], key=lambda n: n.first)
        named = [n for n in named if n in self.roles.keys or not self._is_single(n.column)]
        keys = [Key(n.column, at=n.at | (n.at and NOWHERE), asked=n in self.roles.asked) for n in named]
        if not keys and (self.direction or self.rows.having or self.ranks_entities):
            keys = [
                Key(n.column, at=n.at, asked=True) for n in self.roles.entities[:1] if not self._is_single(n.column)
            ]
        compared = self.rows.compared
        if compared is not None and compared not in self.read.spent and compared.column not in [k.column for k in keys]:
            keys.append(Key(compared.column, at=compared.at))
        return tuple({key.column.name: key for key in keys}.values())[:_MOST_KEYS]

    def _is_single(self, column: ColumnCard) -> bool:
        """Whether rows hardly share the column's values, or these are not to be shown."""
        return column.personal not in (None, *GROUPING) or is_key(column, self.scene.card.rows)

    @property
    def ranks_entities(self) -> bool:
        """Whether the words ask for a row for each thing named."""
        word = self.scene.linked.word
        copulas = ("is", "are", "was", "were", "the", "s", "about")
        asks = any(word(at + 1) not in copulas for at in self.scene.asks_which)
        which = asks and not self.scene.has("count")
        return which or self.scene.has("list", "popular", "difference") or self.scene.has("by")

    @property
    def keys(self) -> tuple[Key, ...]:
        """All that there is a row for."""
        return tuple([*self.column_keys, *self.part_keys])[:_MOST_KEYS]

    @property
    def numbers(self) -> list[Named]:
        """The numbers named, outcomes of yes/no apart."""
        return [n for n in self.roles.measures if not yes_no(n.column)]

    @property
    def main(self) -> ColumnCard | None:
        """The measure named first; else the one that speaks for the table."""
        return self.roles.measures[0].column if self.roles.measures else speaking_measure(self.scene.card)

    @property
    def lead(self) -> Value:
        """The value whose course is asked for: the first that is computed; else the one that speaks for the table."""
        if self.values:
            return self.values[0]
        main = self.main
        if main is None or main.role != "measure" or self.counts_events:
            rows = self.scene.linked.rows
            return Measure("count", at=rows | self.events | self.subjects_at)
        return usual(main)

    @property
    def counts_events(self) -> bool:
        """Whether rows themselves are what is spoken of."""
        return bool(self.scene.linked.rows or self.roles.subjects or self.events)

    @property
    def events(self) -> At:
        """The places of words that name what happens at the column of dates: signups, of signup_date."""
        named = [n for n in self.roles.times if n.column is self.time]
        plain = ("date", "dates", "time", "day", "when")
        at = frozenset(i for n in named for i in n.at if self.scene.linked.word(i) not in plain)
        return at | frozenset(i - 1 for i in at if self.scene.linked.word(i - 1) == "new")

    def query(self, intent: str, *kinds: str, **filled: Unpack[Filled]) -> Query:
        """A query of this intent with the question's conditions, said and refused readings; `kinds`: its cues."""
        said = (*self.rows.said, *self.read.said)
        made = Query(intent, conditions=self.conditions, said=said, refused=tuple(self.read.refused))
        made = replace(made, alternatives=tuple(self.read.alternatives))
        made = replace(made, **filled)
        now = any(isinstance(value, Measure) and value.last for value in made.values)
        at = made.at | self.scene.at(*kinds) | self.rows.included
        return careful(replace(made, at=at | self.scene.linked.words_at(_NOW) if now else at), self)


def fill(scene: Scene) -> Slots:
    """The slots that the words of a question fill."""
    rows = find_rows(scene)
    roles = find_roles(scene, rows)
    return Slots(scene, rows, roles, find_values(scene, roles, rows))


def careful(query: Query, slots: Slots) -> Query:
    """The query with members that are sums of others left out, and amounts in several currencies kept apart."""
    query = _without_wholes(_of_deals(query, slots), slots)
    return by_currency(query, slots.scene.card, slots.time)


def _of_deals(query: Query, slots: Slots) -> Query:
    """The query that counts orders by their numbers, where an order's lines are the rows and its numbers are only
    called `Name`."""
    deal, time, rows = deals(slots.scene.card), slots.time, slots.scene.card.rows
    dated_once = time is not None and deal is not None and (time.missing or 0) == rows - (deal.distinct or 0)
    by_rows = query.intent in ("trend", "forecast", "anomalies")  # methods that count the rows that have a date
    if deal is None or not is_nameless(deal) or (by_rows and dated_once):
        return query
    values = tuple(_counting(value, deal, slots) for value in query.values)
    if values == query.values:
        return query
    if query.intent == "trend" and time is not None:
        key = Key(time, str(query.options.get("grain") or "month"))
        return replace(query, intent="aggregate", values=values, keys=(*query.keys, key), options={"in_time": True})
    if by_rows:
        told = f"Rows are counted here, and several rows may have the same {spoken(deal)}."
        return replace(query, refused=(*query.refused, told))
    return replace(query, values=values)


def _counting(value: Value, deal: ColumnCard, slots: Slots) -> Value:
    """A count of rows that the question calls orders as a count of orders."""
    nouns = [token for at, token in enumerate(slots.scene.linked.tokens) if at in value.at and token.stem in DEALS]
    if not nouns or isinstance(value, Ratio) or value.aggregate != "count" or value.condition is not None:
        return value
    return Measure("distinct", deal, value.at, noun=plural(nouns[0].stem))


def _without_wholes(query: Query, slots: Slots) -> Query:
    named = {c.column.name for c in query.conditions if isinstance(c, Members) and not c.negated}
    adds = query.intent not in ("quality", "overview") and any(_adds(value) for value in query.values)
    measured = any(not isinstance(value, Ratio) and value.aggregate in TOLD for value in query.values)
    grouped = {key.column.name for key in query.keys}
    for column in slots.scene.card.columns:
        if column.wholes and column.name not in named and (adds or measured or column.name in grouped):
            told = ", ".join(str(item) for item in column.wholes[:3])
            kept = Members(column, tuple(column.wholes), negated=True)
            if kept in query.conditions:
                continue
            said = f"{told} of {spoken(column)} is the sum of others and is left out."
            query = replace(query, conditions=(*query.conditions, kept), said=(*query.said, said))
    return query


def _adds(value: Value) -> bool:
    return any(m.aggregate in ("sum", "count") for m in measures_of(value))


def features_of(card: TableCard, target: ColumnCard | None) -> tuple[ColumnCard, ...]:
    """The columns that may be linked to an outcome."""
    return tuple(column for column in card.columns if column is not target and _may_drive(column))[:30]


def _may_drive(column: ColumnCard) -> bool:
    """Whether it is no identifier, no time, no person's data."""
    if column.role in ("identifier", "constant", "time") or column.personal is not None or is_time(column):
        return False
    return is_measure(column) or yes_no(column) or (column.distinct or 99) <= 50
