"""Amounts in several currencies: they are computed in one where the table gives that, else for each currency apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import spoken
from analyst.rulebased.query.model import Aggregate, Key, Measure, Members, Query, Ratio, Value, Window, measures_of

_MOST_IN_EACH = 10
"""Groups that are shown of each currency."""
_COUNTING = ("count", "distinct", "rate", "missing", "missing_share", "outliers")
"""Aggregates that put no amounts together."""
_DIVIDED = ("describe", "outliers", "window", "mean growth", "first of groups", "trend", "change")
"""Intents that are answered for each group of their keys."""
_SHARING = ("share", "share of first")
_IN_TIME = {
    "trend": (), "forecast": ("Nothing is forecast: ask for one currency.",),
    "anomalies": ("Unusual periods are not searched for: ask for one currency.",),
}  # fmt: skip
"""Intents that are then shown by period, and what is not done."""
_MIXING = ("drivers", "named fields", "sum of rows")
"""Intents that are answered for all rows together."""


def by_currency(query: Query, card: TableCard, time: ColumnCard | None) -> Query:
    """The query whose amounts are all in one currency, or apart for each; what it can't keep apart it says."""
    every = {c.name: c for c in card.columns}
    for column in dict.fromkeys(_amounts(query)):
        money = every.get(column.currency or "")
        fixed = [c for c in query.conditions if isinstance(c, Members) and c.column is money and len(c.values) == 1]
        if money is None or fixed or (query.within is not None and query.within.column is money):
            continue
        if column.converted in every and query.values:
            other = every[str(column.converted)]
            said = f"{spoken(column)} is in several currencies, so {spoken(other)} is used."
            values = tuple(_converted(value, column, other) for value in query.values)
            return replace(query, values=values, said=(*query.said, said))
        return _apart(query, column, Key(money), time)
    return query


def _amounts(query: Query) -> Iterator[ColumnCard]:
    """The columns of which the query puts values together."""
    for value in (*query.values, *(bound.value for bound in query.having)):
        yield from (m.column for m in measures_of(value) if m.column is not None and m.aggregate not in _COUNTING)
    yield from query.columns[: {"drivers": 1, "describe": None, "test": None}.get(query.intent, 0)]


def _converted(value: Value, column: ColumnCard, other: ColumnCard) -> Value:
    if isinstance(value, Ratio):
        top, bottom = (replace(m, column=other) if m.column is column else m for m in measures_of(value))
        return replace(value, top=top, bottom=bottom)
    return replace(value, column=other) if value.column is column else value


def _apart(query: Query, column: ColumnCard, money: Key, time: ColumnCard | None) -> Query:
    """The query for each currency of its own: what it ranks, divides or follows over time it does within each."""
    told = f"{spoken(column)} is in several currencies"
    divided = query.intent in _DIVIDED or (query.test is not None and query.test.method == "correlation")
    if query.intent in _MIXING or (query.test is not None and not divided):
        said = f"{told}, and this result mixes them: ask for one {spoken(money.column)}."
        return replace(query, refused=(*query.refused, said))
    groups = tuple(key for key in query.keys if key.column is not money.column) or _things_bounded(query)
    if groups == query.keys or query.order or query.having or query.intent != "aggregate":
        said = f"{told}, so amounts are shown for each {spoken(money.column)}, not compared."
        query = replace(query, refused=(*query.refused, said))
    keys = (money, *groups)
    if query.intent in ("describe", "outliers", "test"):
        return replace(query, keys=keys[:1])
    if query.intent == "change" and query.compared is None:
        return replace(query, intent="window", keys=keys, window=Window("growth", "month"))
    if divided and not (query.intent == "trend" and groups):
        return replace(query, keys=keys)
    return _ranked_apart(query, money, groups) or _listed_apart(query, keys, time)


def _things_bounded(query: Query) -> tuple[Key, ...]:
    """The things that a bound on their amounts counts, where no groups are named."""
    counted = [v.column for v in query.values if isinstance(v, Measure) and v.aggregate == "distinct" and v.column]
    return tuple(map(Key, counted[:1])) if query.having else ()


def _ranked_apart(query: Query, money: Key, groups: tuple[Key, ...]) -> Query | None:
    """Groups of one kind ranked within each currency."""
    if query.intent != "aggregate" or len(groups) != 1 or query.having or groups != query.keys:
        return None
    if query.options.get("in_time"):
        return None
    order, limit = query.order or "highest", query.limit or _MOST_IN_EACH
    return replace(query, intent="first of groups", within=money, order=order, limit=limit)


def _listed_apart(query: Query, keys: tuple[Key, ...], time: ColumnCard | None) -> Query:
    """A row for each currency and group, none before another by its amount; a share is one of its currency's total."""
    values, options = query.values, {**query.options, "why": False, "shared": query.intent in _SHARING}
    if query.intent == "listing":
        kind: Aggregate = "min" if query.order == "lowest" else "max"
        values = tuple(Measure(kind, value.column, value.at) for value in query.values)
    if query.intent in _IN_TIME and time is not None:
        query = replace(query, refused=(*query.refused, *_IN_TIME[query.intent]))
        keys = (*keys, Key(time, str(query.options.get("grain") or "month")))
    return replace(query, intent="aggregate", values=values, keys=keys, order=None, limit=None, options=options)
