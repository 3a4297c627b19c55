"""Questions that judge without naming a number: what loses money, what to worry about, when the season is."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.lexicon import BAD
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.bounds import compared
from analyst.rulebased.link.columns import is_key, is_measure, is_time, meanings, spoken, yes_no
from analyst.rulebased.query.changes import change
from analyst.rulebased.query.computed import YES, Values
from analyst.rulebased.query.model import Bounds, Direction, Having, Key, Measure, Members, Query, places
from analyst.rulebased.query.slots import Slots, features_of

_CUES = ("loss", "worry", "by", "list", "between", "much", "count")


def losing(slots: Slots) -> Query | None:
    """`which branches lose money`: groups whose profits add up to less than nothing; else what lost rows come to."""
    profit = _profit(slots)
    if profit is None:
        return None
    key = _group(slots)
    at = frozenset(i for n in slots.numbers for i in n.at if n.column is profit) | slots.ordered_at
    if len(slots.periods) > 1 and slots.scene.has("versus", "difference", "yearly"):
        total = Measure("sum", profit, at | slots.scene.at("loss"))
        return change(replace(slots, read=Values(found=[(0, total)])))
    below = Bounds(profit, compared("<", 0.0))
    others = tuple(v for v in slots.values if v.column is not profit and v.at - slots.scene.at("loss"))
    rows = (*slots.conditions, below)
    if others:  # average discount of orders that lost money
        return slots.query("aggregate", "loss", "by", "list", values=others, keys=slots.keys, conditions=rows)
    if key is None:
        lost = Measure("count" if slots.scene.has("count") else "sum", profit)
        return slots.query("aggregate", *_CUES, values=(lost,), conditions=rows, at=at | slots.scene.linked.rows)
    total = Measure("sum", profit)
    return slots.query(
        "aggregate", *_CUES, values=(total,), keys=(key,), having=(Having(total, below),), order="lowest", at=at,
        options={"counted": slots.scene.has("count")},
    )  # fmt: skip


def worrying(slots: Slots) -> Query | None:
    """`which departments should we worry about`: by the rate of a bad outcome, else by profit."""
    key, bad = _group(slots), _outcome(slots)
    profit = _profit(slots)
    at = places((*slots.roles.flags, *slots.roles.subjects)) | slots.scene.linked.rows
    if bad is not None and key is None:
        features = features_of(slots.scene.card, bad)
        told = slots.query("drivers", *_CUES, columns=(bad, *features), at=at) if features else None
        return told
    if key is None or (bad is None and profit is None):
        return None
    order: Direction
    if bad is not None:
        value, order = Measure("rate", bad, condition=Members(bad, YES)), "highest"
        slots.read.said.append(f"I read this as the highest rate of {spoken(bad)}.")
    else:
        value, order = Measure("sum", profit), "lowest"
        slots.read.said.append("I read this as the lowest profit.")
    return slots.query("aggregate", *_CUES, values=(value,), keys=(key,), order=order, at=at | slots.ordered_at)


def seasons(slots: Slots) -> Query | None:
    """`any seasonality in sales`: the value by month of the year, or by weekday or hour where that is named."""
    if slots.time is None:
        return None
    part = next((k for k in slots.part_keys if k.unit in ("weekday", "hour")), None)
    key = part or Key(slots.time, "month_name", slots.parts_at)
    lead = slots.lead
    added = isinstance(lead, Measure) and lead.aggregate in ("sum", "count")
    return slots.query(
        "aggregate", "seasons", "trend", "usual", "list", values=(lead,), keys=(key,), order="highest", limit=24,
        options={"per_day": added}, at=slots.ordered_at,
    )  # fmt: skip


def _group(slots: Slots) -> Key | None:
    """What is judged: the first column named whose values rows share."""
    named = [*slots.roles.keys, *slots.roles.asked, *slots.roles.entities, *slots.roles.subjects]
    fit = [n for n in named if not is_time(n.column) and not is_key(n.column, slots.scene.card.rows)]
    fit = [n for n in fit if not yes_no(n.column) and n.column.role in ("dimension", "identifier", "text")]
    return next((Key(n.column, at=n.at, asked=True) for n in fit), None)


def _outcome(slots: Slots) -> ColumnCard | None:
    """The yes/no column in which a yes is bad: named, else the only one."""
    named = [n.column for n in slots.roles.flags]
    bad = [c for c in slots.scene.card.columns if yes_no(c) and meanings(c.name) & BAD]
    return next((c for c in named if c in bad), bad[0] if len(bad) == 1 else None)


def _profit(slots: Slots) -> ColumnCard | None:
    """The column of profits, which may be below nothing."""
    for column in slots.scene.card.columns:
        words = meanings(column.name)
        low = isinstance(column.min, (int, float)) and column.min < 0
        if is_measure(column) and low and words & {"profit", "earning", "loss", "result"} and column.adds != "never":
            return column
    return None
