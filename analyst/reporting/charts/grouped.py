"""Bars side by side: two or more columns of the same groups, as a statement cites them ("before" and "after")."""

from __future__ import annotations

from collections.abc import Sequence

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.charts.bars import ordered_groups
from analyst.reporting.charts.choice import NO_TITLE, Axis, ChartChoice, notes_line
from analyst.reporting.charts.columns import dimensions, is_number, subject, told_kind
from analyst.reporting.charts.wish import Wish
from analyst.reporting.naming import compact, full, in_one_title, labels, words
from analyst.reporting.numbers import show

MAX_GROUPS, MAX_COLUMNS = 10, 4


def grouped(table: EvidenceTable, values: Sequence[str], wish: Wish) -> ChartChoice | None:
    """A bar a column for each group, the groups sorted by the first column; None without one column of groups."""
    by = [name for name in dimensions(table) if name not in values]
    names = list(values)[:MAX_COLUMNS]
    records = [r for r in table.records() if all(is_number(r[name]) for name in names)]
    if len(by) != 1 or len(records) < 2 or len(names) < 2:
        return None
    shown, cut = ordered_groups(records, by[0], names[0], wish, MAX_GROUPS)
    kind = told_kind(table, names[0])
    series = dict(zip(names, labels([subject(table, name) for name in names]), strict=True))
    told = labels(r[by[0]] for r in shown)
    rows = tuple(
        {
            "label": label,
            "full": full(r[by[0]]),
            "series": series[name],
            "value": r[name],
            "told": compact(r[name], kind),
            "exact": show(r[name], kind),
        }
        for r, label in zip(shown, told, strict=True)
        for name in names
    )
    title = f"{in_one_title(list(series.values()))} by {words(by[0]).lower()}"
    axes = Axis("", kind), Axis(words(by[0]))
    return ChartChoice(
        f"chart_{table.id}", "grouped", title, table.id, *axes, rows, notes_line([cut]), NO_TITLE, order=tuple(told)
    )
