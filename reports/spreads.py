"""Charts of how values lie: scatter, boxes, histogram, and tables of two ways as heatmaps."""

from __future__ import annotations

from typing import Any

from contracts.evidence import Evidence, EvidenceTable
from reports.bars import bars
from reports.choice import MAX_BARS, MAX_CELLS, Axis, ChartChoice, notes_line
from reports.columns import is_number, measure, number_columns, subject, told_kind
from reports.naming import compact, full, labels, words
from reports.numbers import show


def correlation(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    records = [r for r in table.records() if is_number(r.get("r"))]
    xs, ys = {r["x"] for r in records}, {r["y"] for r in records}
    if len(records) < 2 or set(table.columns) & set(table.parameters.get("by") or ()):
        return None
    if len(xs) == 1 or len(ys) == 1:
        label, target = ("y", *xs) if len(xs) == 1 else ("x", *ys)
        return bars(
            table, "r", question, title=f"Correlation with {words(str(target)).lower()}", label=label, diverging=True
        )
    names = list(dict.fromkeys([r["x"] for r in records] + [r["y"] for r in records]))[:MAX_CELLS]
    told = dict(zip(names, labels(map(words, map(str, names))), strict=True))
    both = {(r["x"], r["y"]): r["r"] for r in records}
    pairs = {pair: value for (a, b), value in both.items() for pair in ((a, b), (b, a))} | {(n, n): 1.0 for n in names}
    rows = tuple(
        {"x": told[a], "y": told[b], "value": v, "told": show(v, digits=2)}
        for (a, b), v in pairs.items()
        if a in told and b in told
    )
    order = tuple(told.values())
    extra = {"columns": list(order), "diverging": True}
    blank = Axis("")
    return ChartChoice(
        f"chart_{table.id}",
        "heatmap",
        "Correlation between columns",
        table.id,
        blank,
        blank,
        rows,
        "",
        "Correlation",
        order,
        extra,
    )


def points(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    x, y = ("x", "y") if {"x", "y"} <= set(table.columns) else tuple(number_columns(table)[:2])
    rows = [{"x": r[x], "y": r[y]} for r in table.records() if is_number(r[x]) and is_number(r[y])]
    if len(rows) < 3:
        return None
    parent = next((t for t in evidence.tables if f"{t.id}_points" == table.id and t.rows), None)
    pair = (parent.records()[0] if parent else {}) | dict(table.parameters)
    names = [words(str(pair.get(name) or name)) for name in (x, y)]
    extra: dict[str, Any] = {"fit": _fit(rows)}
    note = (
        f"{len(rows)} of {table.row_count:,} points; line: least squares"
        if table.row_count > len(rows)
        else "line: least squares"
    )
    title = f"{names[1]} against {names[0].lower()}"
    axes = Axis(names[0], told_kind(table, x)), Axis(names[1], told_kind(table, y))
    return ChartChoice(f"chart_{table.id}", "scatter", title, table.id, *axes, tuple(rows), note, extra=extra)


def _fit(rows: list[dict[str, Any]]) -> list[dict[str, float]]:
    """The ends of the least-squares line; none where x does not vary."""
    n = len(rows)
    mean_x, mean_y = sum(r["x"] for r in rows) / n, sum(r["y"] for r in rows) / n
    spread = sum((r["x"] - mean_x) ** 2 for r in rows)
    if spread <= 0:
        return []
    slope = sum((r["x"] - mean_x) * (r["y"] - mean_y) for r in rows) / spread
    ends = min(r["x"] for r in rows), max(r["x"] for r in rows)
    return [{"x": x, "y": mean_y + slope * (x - mean_x)} for x in ends]


def box(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    fields = ("low", "q1", "median", "q3", "high")
    if not {"level", *fields} <= set(table.columns):
        return None
    records = [r for r in table.records() if all(is_number(r[name]) for name in fields)]
    shown = sorted(records, key=lambda r: -r["median"])[:MAX_BARS]
    kind = told_kind(table, "median")
    told = labels(r["level"] for r in shown)
    rows = tuple(
        {name: r[name] for name in fields} | {"label": label, "told": show(r["median"], kind), "full": full(r["level"])}
        for r, label in zip(shown, told, strict=True)
    )
    if not rows:
        return None
    parent = next((t for t in evidence.tables if f"{t.id}_box" == table.id), table)
    value, group = (words(str(parent.parameters.get(name, name))) for name in ("value", "group"))
    notes = [
        "box: middle half, line: median",
        f"the {MAX_BARS} highest of {len(records)}" if len(records) > MAX_BARS else "",
    ]
    title = f"{value} by {group.lower()}"
    return ChartChoice(
        f"chart_{table.id}",
        "box",
        title,
        table.id,
        Axis(value, kind),
        Axis(group),
        rows,
        notes_line(notes),
        order=tuple(told),
    )


def histogram(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    if not {"bin_start", "bin_end", "count"} <= set(table.columns):
        return None
    records = [
        r for r in table.records() if is_number(r["bin_start"]) and is_number(r["bin_end"]) and is_number(r["count"])
    ]
    names = list(dict.fromkeys(r.get("variable") for r in records))
    asked = [name for name in names if name and str(name).replace("_", " ").casefold() in question.casefold()]
    chosen = (asked or names or [None])[0]
    bins = [r for r in records if r.get("variable") == chosen]
    if len(bins) < 2:
        return None
    kind = told_kind(table, "bin_start")
    rows = tuple(
        {
            "start": r["bin_start"],
            "end": r["bin_end"],
            "value": r["count"],
            "told": show(r["count"], "integer"),
            "range": f"{compact(r['bin_start'], kind)} to {compact(r['bin_end'], kind)}",
        }
        for r in bins
    )
    name = words(str(chosen)) if chosen else "Value"
    x, y = Axis(name, kind), Axis("Number of rows", "integer")
    return ChartChoice(f"chart_{table.id}", "histogram", f"How {name.lower()} is spread", table.id, x, y, rows)


def grid(table: EvidenceTable, by: list[str], question: str) -> ChartChoice | None:
    """A heatmap for a two-way table whose cells are mostly there, each once."""
    value = measure(table, question, without=tuple(by))
    across, down = by
    records = [r for r in table.records() if value and is_number(r[value])]
    cells = {(r[across], r[down]): r for r in records}
    xs, ys = (list(dict.fromkeys(r[name] for r in records)) for name in (across, down))
    sizes = len(xs), len(ys)
    if (
        value is None
        or len(cells) < len(records)
        or min(sizes) < 2
        or max(sizes) > MAX_CELLS
        or len(cells) * 2 < len(xs) * len(ys)
    ):
        return None
    kind = told_kind(table, value)
    names = {name: dict(zip(found, labels(found), strict=True)) for name, found in ((across, xs), (down, ys))}
    rows = tuple(
        {"x": names[across][x], "y": names[down][y], "value": r[value], "told": compact(r[value], kind)}
        for (x, y), r in cells.items()
    )
    title = f"{subject(table, value)} by {words(down).lower()} and {words(across).lower()}"
    diverging = min(row["value"] for row in rows) < 0 < max(row["value"] for row in rows)
    extra = {"columns": list(names[across].values()), "diverging": diverging, "kind": kind}
    axes = Axis(words(across)), Axis(words(down))
    order = tuple(names[down].values())
    return ChartChoice(
        f"chart_{table.id}", "heatmap", title, table.id, *axes, rows, "", subject(table, value), order, extra
    )
