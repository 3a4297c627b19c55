"""Single rows ranked by a number, and the first few of each group."""

from __future__ import annotations

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.link.columns import is_key, is_measure, is_number, is_time, spoken
from analyst.rulebased.plans.draft import Asked, Draft, known, select
from analyst.rulebased.plans.expressions import key
from analyst.rulebased.steps import DATA, Select

_TOLD = 4
"""Columns beside the key and the measure that tell what a listed row is."""


def listing(asked: Asked) -> Draft:
    """Single rows, ranked by a number, with what tells which rows they are."""
    query, lead = asked.query, asked.values[0]
    column = lead.column
    if column is None:
        raise ValueError("rows are ranked by a column")
    read = sql.number(column)
    shown = list(dict.fromkeys([*query.columns, *_labels(asked), column, *_telling(asked, column)]))
    picked = tuple(dict.fromkeys(f"{_read(c)} AS {sql.quoted(sql.shown_as(c))}" for c in shown))
    tie = f", {sql.quoted(shown[0].name)}" if shown[0] is not column else ""
    where_known = (*asked.where, f"{read} IS NOT NULL")
    rows = Select(picked, DATA, where_known, order=f"{read} {asked.order}{tie}", limit=query.limit)
    side = "lowest" if query.order == "lowest" else "highest"
    told = "The single record" if query.limit == 1 else "The single records"
    return Draft(f"{told} with the {side} {spoken(column)}{asked.in_words}.", (select(rows),))


def _labels(asked: Asked) -> list[ColumnCard]:
    """The column that names a row: a person's name, a name of nearly as many values as rows, else its key."""
    free = [c for c in asked.card.columns if c.personal in (None, "person_name")]
    keys = [c for c in free if is_key(c, asked.card.rows)]
    names = [c for c in free if (c.distinct or 0) >= 0.9 * asked.card.rows and not is_number(c) and not is_time(c)]
    return sorted(names, key=lambda c: c.personal is None)[:1] or keys[:1]


def _telling(asked: Asked, measure: ColumnCard) -> list[ColumnCard]:
    fit = [c for c in asked.card.columns if c is not measure and c.personal is None and c.role in ("dimension", "time")]
    return [c for c in fit if not is_measure(c)][:_TOLD]


def _read(column: ColumnCard) -> str:
    if is_time(column):
        return sql.quoted(column.name)
    return sql.number(column) if is_number(column) else sql.grouping(column)


def sum_of_rows(asked: Asked) -> Draft:
    """`total cost of the 10 most expensive shipments`."""
    lead = asked.values[0]
    if lead.column is None:
        raise ValueError("rows are ranked by a column")
    read = sql.number(lead.column)
    told = (*asked.where, f"{read} IS NOT NULL")
    inner = Select((f"{read} AS amount",), DATA, told, order=f"1 {asked.order}", limit=asked.query.limit)
    function = {"sum": "sum", "mean": "avg"}.get(lead.kind, "median")
    side = "lowest" if asked.query.order == "lowest" else "highest"
    reading = f"The {lead.words} of the records with the {side} {spoken(lead.column)}{asked.in_words}."
    rows = Select((f"{function}(amount) AS {sql.quoted(lead.shown)}", "count(*) AS records"), inner)
    return Draft(reading, (select(rows),))


def first_of_groups(asked: Asked) -> Draft:
    """The first few of each group."""
    query, lead = asked.query, asked.values[0]
    if query.within is None:
        raise ValueError("a ranking within groups needs groups")
    keys = [key(query.within), *asked.keys]
    made = known(asked.grouped(keys, [lead], order="1"), keys).unordered()
    names = [sql.quoted(k.shown) for k in keys]
    order = f"{sql.quoted(lead.shown)} {asked.order} NULLS LAST, {names[-1]}"
    outer = ", ".join(names[:-1])
    placed = Select(("*", f"row_number() OVER (PARTITION BY {outer} ORDER BY {order}) AS place"), made)
    rows = Select(("*",), placed, (f"place <= {query.limit or 1}",), order=f"{outer}, place")
    side = "lowest" if query.order == "lowest" else "highest"
    each = listed([k.words for k in keys[:-1]])
    reading = f"Of each {each} the {keys[-1].words} with the {side} {lead.words}{asked.in_words}."
    return Draft(reading, (select(rows),))
