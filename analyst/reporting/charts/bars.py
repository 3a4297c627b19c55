"""Charts of groups: bars, sorted, with their values and intervals; changes to both sides of zero."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.charts.choice import MAX_BARS, Axis, ChartChoice, notes_line, source_name
from analyst.reporting.charts.columns import dimensions, interval, is_number, subject, told_kind
from analyst.reporting.charts.moments import in_order, timeline
from analyst.reporting.charts.wish import Wish
from analyst.reporting.naming import compact, full, labels, period, words
from analyst.reporting.numbers import listed, show

METHODS_LEVEL = 95
"""Percent of the intervals that methods give where they say nothing else."""
_INTERCEPTS = ("intercept", "const", "(Intercept)")
_EFFECTS = {"coef": "Change per unit of the column", "beta": "Change per standard deviation of the column"}
"""What a model's terms can be drawn by."""
_CHANGES = re.compile(r"growth|grew|grow|rate|percent|%|fast|slow|relative", re.IGNORECASE)


def change(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    column = _told_of_change(table, wish)
    source = source_name(table)
    verb = "Growth of" if column == "growth" else "Change in"
    what = f"{verb} {source.lower() or 'the value'}"
    groups = [words(name).lower() for name in dimensions(table) if name != column]
    title = f"{what} by {listed(groups)}" if groups else what
    ends = next((t for t in evidence.tables if t.id == f"{table.id}_total" and t.rows), None)
    if ends and {"from", "to"} <= set(ends.columns):
        first = ends.records()[0]
        title += f", {period(str(first['from']))} to {period(str(first['to']))}"
    found = bars(table, column, wish, title=title, diverging=True)
    return replace(found, x=Axis(what, found.x.kind)) if found else None


def _told_of_change(table: EvidenceTable, wish: Wish) -> str:
    """Growth or change: the one that is cited, or what the question asks for where both are or neither is."""
    cited = [name for name in ("growth", "change") if name in wish.columns and name in table.columns]
    if len(cited) == 1:
        return cited[0]
    return "growth" if _CHANGES.search(wish.question) and "growth" in table.columns else "change"


def share(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    alone = "value" not in table.columns or ("share" in wish.columns and "value" not in wish.columns)
    return bars(table, "share" if alone else "value", wish, beside="share")


def drivers(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    target = words(str(table.parameters.get("target", "the target")))
    title = f"What is linked to {target.lower()}: strength of association"
    found = bars(table, "association", wish, title=title, label="feature")
    return (
        replace(found, x=Axis("Association (0: none, 1: perfect)", found.x.kind), y=Axis("Column")) if found else None
    )


def means(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """Averages of groups with their intervals; medians where a test of ranks compared them."""
    named = _parameters(table, evidence)
    value, group = (
        (words(str(named[name])) for name in ("value", "group")) if {"value", "group"} <= set(named) else ("", "")
    )
    ranks = str(named.get("test")) in ("mann_whitney", "kruskal")
    field = "median" if (ranks or "median" in wish.columns) and "mean" not in wish.columns else "mean"
    what = f"{'Median' if field == 'median' else 'Average'} {value[:1].lower() + value[1:]}" if value else ""
    if table.formats.get("mean") == "percent":
        what = f"Share of {value.lower()}"
    return _of_levels(table, field, what, group, wish)


def rates(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """The rate of an outcome in each group, with its interval."""
    named = _parameters(table, evidence)
    group, outcome = words(str(named.get("x") or "")), words(str(named.get("y") or ""))
    known = {r.get("outcome") for r in table.records()}
    level = next(iter(known)) if len(known) == 1 else None
    yes = str(level).casefold() in ("yes", "y", "true", "1")
    share = f"Share with {outcome.lower()}: {full(level)}" if outcome else "Rate"
    return _of_levels(table, "rate", f"{outcome} rate" if yes and outcome else share, group, wish)


def _of_levels(table: EvidenceTable, field: str, what: str, group: str, wish: Wish) -> ChartChoice | None:
    title = f"{what} by {group.lower()}" if what and group else ""
    found = bars(table, field, wish, title=title, label="level") if "level" in table.columns else None
    if found is None or not what:
        return found
    return replace(found, x=Axis(what, found.x.kind), y=Axis(group))


def _parameters(table: EvidenceTable, evidence: Evidence) -> dict[str, Any]:
    """The parameters of the step that made the table."""
    step = [t for t in evidence.tables if table.id == t.id or table.id.startswith(f"{t.id}_")]
    return dict(next((t.parameters for t in [table, *step] if t.parameters), {}))


def coefficients(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """What each term of a model adds, with its interval; the intercept is no effect of anything."""
    terms = replace(table, rows=tuple(row for row in table.rows if str(row[0]) not in _INTERCEPTS))
    value = next((name for name in wish.columns if name in _EFFECTS and name in table.columns), "coef")
    target = words(str(_parameters(table, evidence).get("target") or "the target")).lower()
    found = bars(terms, value, wish, title=f"What goes with {target}, all columns together", label="term")
    effect = _EFFECTS[value] if interval(table, "coef") else "Weight in the model"
    return replace(found, x=Axis(effect, found.x.kind), y=Axis("Column")) if found else None


def quality(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """How many rows each problem touches."""
    field = "percent" if "percent" in table.columns else "count"
    found = bars(table, field, wish, title="Rows affected by each data problem")
    return replace(found, x=Axis("Rows touched", found.x.kind)) if found else None


def standing_out(table: EvidenceTable, wish: Wish, what: str) -> ChartChoice | None:
    """Rows that stand out, by their number in the table."""
    named = replace(table, rows=tuple((f"Row {row[0]}", *row[1:]) if is_number(row[0]) else row for row in table.rows))
    found = bars(named, "value", wish, title=f"{what} of the unusual rows", label="label")
    return replace(found, x=Axis(what, found.x.kind), y=Axis("Row")) if found else None


def bars(
    table: EvidenceTable,
    value: str,
    wish: Wish,
    *,
    title: str = "",
    label: str = "",
    beside: str = "",
    diverging: bool = False,
) -> ChartChoice | None:
    """Bars of `value`, sorted, the largest MAX_BARS and those cited; `beside`: a column told behind the value."""
    if value not in table.columns:
        return None
    by = [label] if label else [name for name in _groups(table) if name != value]
    records = [r for r in table.records() if is_number(r[value])]
    if len(records) < 2 or not by:
        return None
    ordered = _natural(records, by[0]) if len(by) == 1 and len(records) <= MAX_BARS else None
    shown = ordered or _chosen(records, value, wish, MAX_BARS, diverging=diverging)
    kind = told_kind(table, value)
    names = [" · ".join(_group(name, r[name]) for name in by) for r in shown]
    told = labels(names)
    ends = interval(table, value)
    rows = tuple(
        _bar(r, value, kind, short, whole, ends, beside, table)
        for r, short, whole in zip(shown, told, names, strict=True)
    )
    diverging = diverging or any(row["value"] < 0 for row in rows)
    total = max(table.row_count, len(records))
    notes = [_cut(total, len(rows), diverging=diverging), _interval_note(ends, table)]
    what = listed([words(name).lower() for name in by])
    title = title or f"{subject(table, value)} by {what}"
    axes = Axis(subject(table, value), kind), Axis(words(by[0]) if len(by) == 1 else "")
    kind_of_chart = "diverging" if diverging else "bar"
    return ChartChoice(
        f"chart_{table.id}", kind_of_chart, title, table.id, *axes, rows, notes_line(notes), order=tuple(told)
    )


def _group(column: str, value: Any) -> str:
    """A group's label; names of columns are put in words."""
    named = column in ("feature", "variable", "column", "issue", "term") and isinstance(value, str)
    return words(value) if named and value.isidentifier() else full(value)


def _bar(
    record: dict[str, Any],
    value: str,
    kind: str | None,
    short: str,
    whole: str,
    ends: tuple[str, str] | None,
    beside: str,
    table: EvidenceTable,
) -> dict[str, Any]:
    told = compact(record[value], kind)
    if beside and beside != value and is_number(record.get(beside)):
        told += f" ({show(record[beside], told_kind(table, beside))})"
    row = {"label": short, "full": whole, "value": record[value], "told": told, "exact": show(record[value], kind)}
    if ends and is_number(record[ends[0]]) and is_number(record[ends[1]]):
        row |= {"low": record[ends[0]], "high": record[ends[1]]}
    return row


def _groups(table: EvidenceTable) -> list[str]:
    """The columns whose values name a bar: groups, or else periods."""
    time = timeline(table)
    return dimensions(table) or list(time.columns[:1] if time else ())


def ordered_groups(
    records: list[dict[str, Any]], by: str, value: str, wish: Wish, most: int
) -> tuple[list[dict[str, Any]], str]:
    """At most so many records, in the order of their labels or else of `value`, and what is said of those left out."""
    ordered = _natural(records, by) if len(records) <= most else None
    shown = ordered or _chosen(records, value, wish, most, diverging=False)
    return shown, _cut(len(records), len(shown), diverging=False)


def _chosen(
    records: list[dict[str, Any]], value: str, wish: Wish, most: int, *, diverging: bool
) -> list[dict[str, Any]]:
    """The largest (on either side of zero: the strongest) and those that the statement cites, sorted."""
    size = (lambda r: abs(r[value])) if diverging else (lambda r: r[value])
    ordered = sorted(records, key=size, reverse=True)
    cited = [r for r in ordered if r in wish.rows][:most]
    others = [r for r in ordered if r not in cited][: most - len(cited)]
    return sorted([*cited, *others], key=lambda r: -r[value])


def _natural(records: list[dict[str, Any]], by: str) -> list[dict[str, Any]] | None:
    """The records in the order that their labels have by nature (weekdays, months, periods, steps of a number)."""
    values = [r[by] for r in records]
    if all(is_number(value) for value in values):
        return sorted(records, key=lambda r: r[by])
    order = in_order(values)
    return sorted(records, key=lambda r: order(r[by])) if order else None


def _cut(total: int, shown: int, *, diverging: bool) -> str:
    if total <= shown:
        return ""
    return (
        f"the {shown} {'strongest' if diverging else 'highest'} of {total:,}; the other {total - shown:,} are left out"
    )


def _interval_note(ends: tuple[str, str] | None, table: EvidenceTable) -> str:
    if ends is None:
        return ""
    level = re.search(r"(80|90|95|99)", ends[0])
    if level is None and not table.method:
        return "lines: interval"
    return f"lines: {level[1] if level else METHODS_LEVEL} % interval"
