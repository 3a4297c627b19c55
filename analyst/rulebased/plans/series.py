"""Values over the order of time: running totals, moving averages, growth by period, first dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyst.rulebased import sql
from analyst.rulebased.link.columns import spoken
from analyst.rulebased.link.periods import label
from analyst.rulebased.plans.conditions import where
from analyst.rulebased.plans.draft import Asked, Draft, course, known, select
from analyst.rulebased.plans.expressions import Keyed, Valued, of_unit
from analyst.rulebased.query.model import During
from analyst.rulebased.steps import DATA, Select


def window(asked: Asked) -> Draft:
    """A value over the order of time: running total, moving average, growth, or the mean of its periods' totals."""
    given, lead = asked.query.window, asked.values[0]
    if given is not None and given.kind == "average":
        return _mean_of_periods(asked, lead, _by_period(asked)[0], given.unit)
    rows, told = _series(asked)
    return Draft(f"{told}{asked.in_words}.", (select(rows),))


def _by_period(asked: Asked) -> tuple[Select, list[Keyed]]:
    """A value by the keys and by period, and those."""
    given, lead, time = asked.query.window, asked.values[0], asked.time
    if given is None or time is None:
        raise ValueError("a window needs a time column")
    moment = f"CAST({sql.quoted(time.name)} AS TIMESTAMP)"
    keys = [*asked.keys, Keyed(of_unit(moment, given.unit), given.unit, given.unit, time, given.unit)]
    inner = known(replace(asked.grouped(keys, [lead]), limit=None), keys)
    return (inner if lead.sql == "count(*)" else replace(inner, picked=inner.picked[:-1])), keys


def _series(asked: Asked) -> tuple[Select, str]:
    """The periods in order with what the window adds, and what that is in words."""
    given, lead = asked.query.window, asked.values[0]
    within: tuple[str, ...] = ()
    if given is not None and given.kind == "growth":
        asked, within = _with_the_period_before(asked)
    inner, keys = _by_period(asked)
    unit = keys[-1].shown
    shown, name = sql.quoted(lead.shown), sql.quoted(unit)
    over = along(names_of(asked), name)
    if given is not None and given.kind == "running":
        picked: tuple[str, ...] = (f"sum({shown}) OVER ({over}) AS running_total",)
        told = f"The running total of {lead.words} by {unit}"
    elif given is not None and given.kind == "moving":
        frame = f"OVER ({over} ROWS BETWEEN {given.size - 1} PRECEDING AND CURRENT ROW)"
        picked = (f"CASE WHEN count(*) {frame} = {given.size} THEN avg({shown}) {frame} END AS moving_average",)
        told = f"The moving average of {lead.words} over several {unit}s"
    else:
        picked = grown(shown, over)
        told = f"The growth of {lead.words} from each {unit} to the next"
        if within:
            every = Select(("*", *picked), inner)
            return Select(("*",), every, within, order=", ".join(sql.quoted(k.shown) for k in keys)), told
    return Select(("*", *picked), inner, order=", ".join(sql.quoted(k.shown) for k in keys)), told


def along(names: Sequence[str], period: str) -> str:
    """The rows of each group in the order of their periods, as SQL of a window."""
    apart = f"PARTITION BY {', '.join(names)} " if names else ""
    return f"{apart}ORDER BY {period}"


def grown(shown: str, over: str) -> tuple[str, str]:
    """The change and the growth of a value from one period to the next, as SQL."""
    earlier = f"lag({shown}) OVER ({over})"
    return f"{shown} - {earlier} AS change", f"({shown} - {earlier}) / nullif({earlier}, 0) AS growth"


def _with_the_period_before(asked: Asked) -> tuple[Asked, tuple[str, ...]]:
    """The query over the whole time, and the periods asked for as a condition on their labels: the first of them, too,
    has one before to grow from."""
    dated = [c for c in asked.query.conditions if isinstance(c, During) and not c.negated]
    unit = asked.query.window.unit if asked.query.window is not None else ""
    if len(dated) != 1 or len(dated[0].periods) != 1 or unit not in ("day", "month", "quarter", "year"):
        return asked, ()
    period = dated[0].periods[0]
    low, high = label(unit, period.start, period.start), label(unit, period.end, period.end)
    rest = tuple(c for c in asked.query.conditions if c is not dated[0])
    return replace(asked, query=replace(asked.query, conditions=rest)), (
        f"{sql.quoted(unit)} BETWEEN {sql.value(low)} AND {sql.value(high)}",
    )


def names_of(asked: Asked) -> tuple[str, ...]:
    """The groups of which each has a row of its own."""
    return tuple(sql.quoted(k.shown) for k in asked.keys)


def mean_growth(asked: Asked) -> Draft:
    """The mean growth from each period to the next, and the compound one that leads from the first to the last."""
    rows, told = _series(asked)
    unit = asked.query.window.unit if asked.query.window is not None else "period"
    picked = ("exp(avg(ln(1 + growth))) - 1 AS compound_growth", "avg(growth) AS average_growth")
    names = names_of(asked)
    mean = Select(
        (*names, *picked, f"count(growth) AS {unit}s"),
        rows.unordered(),
        ("growth > -1",),
        len(names),
        order="1" if names else "",
    )
    return Draft(f"{told}, on average{asked.in_words}.", (select(mean), select(rows)))


def _mean_of_periods(asked: Asked, lead: Valued, inner: Select, unit: str) -> Draft:
    shown = sql.alias("average", lead.shown, "per", unit)
    names = names_of(asked)
    picked = (f"avg({sql.quoted(lead.shown)}) AS {sql.quoted(shown)}", f"count(*) AS {sql.quoted(unit + 's')}")
    rows = Select((*names, *picked), inner, keys=len(names), order="1" if names else "")
    steps, columns = course(asked, lead, unit) if not names else ([], {})
    return Draft(f"The average of the {lead.words} of each {unit}{asked.in_words}.", (select(rows), *steps), columns)


def cohort(asked: Asked) -> Draft:
    """Things by their first date."""
    entity, time = asked.query.values[0].column, asked.time
    if entity is None or time is None:
        raise ValueError("first dates need things and a time column")
    name = sql.quoted(entity.name)
    rows_where = [c for c in asked.query.conditions if not isinstance(c, During)]
    first = Select(
        (name, f"CAST(min({sql.quoted(time.name)}) AS TIMESTAMP) AS first_date"),
        DATA,
        (*where(rows_where), f"{name} IS NOT NULL"),
        1,
    )
    periods = [p for c in asked.query.conditions if isinstance(c, During) for p in c.periods]
    within = tuple(
        f"first_date >= DATE '{p.start.isoformat()}' AND first_date < DATE '{p.end.isoformat()}' + 1"
        for p in periods[:1]
    )
    counted = f"count(*) AS {sql.quoted(sql.alias('new', entity.name))}"
    unit = asked.query.keys[0].unit if asked.query.keys else None
    rows = Select((counted,), first, within)
    if unit:
        rows = replace(
            rows, picked=(f"{of_unit('first_date', unit)} AS {sql.quoted(unit)}", counted), keys=1, order="1"
        )
    told = f" by {unit}" if unit else ""
    return Draft(f"The number of {spoken(entity)} by first date{told}{asked.in_words}.", (select(rows),))
