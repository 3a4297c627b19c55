"""Charts of how values lie: scatter, boxes, histogram, and tables of two ways as heatmaps."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.charts.bars import bars
from analyst.reporting.charts.choice import MAX_BARS, MAX_CELLS, Axis, ChartChoice, notes_line
from analyst.reporting.charts.columns import is_number, measure, number_columns, subject, told_kind
from analyst.reporting.charts.wish import Wish
from analyst.reporting.naming import compact, full, labels, words
from analyst.reporting.numbers import show

MAX_DOTS = 300
"""Outlying values that are drawn one by one."""


def correlation(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    records = [r for r in table.records() if is_number(r.get("r"))]
    xs, ys = {r["x"] for r in records}, {r["y"] for r in records}
    if len(records) < 2 or set(table.columns) & set(table.parameters.get("by") or ()):
        return None
    if len(xs) == 1 or len(ys) == 1:
        label, target = ("y", *xs) if len(xs) == 1 else ("x", *ys)
        title = f"Correlation with {words(str(target)).lower()}"
        found = bars(table, "r", wish, title=title, label=label, diverging=True)
        return replace(found, y=Axis("Column")) if found else None
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


def points(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """Two numbers against each other with their line; a few far-off points do not squeeze the others together."""
    numbers = [*(name for name in wish.columns if name in number_columns(table)), *number_columns(table)]
    x, y = ("x", "y") if {"x", "y"} <= set(table.columns) else list(dict.fromkeys(numbers))[:2]
    rows = [{"x": r[x], "y": r[y]} for r in table.records() if is_number(r[x]) and is_number(r[y])]
    if len(rows) < 3:
        return None
    parent = next((t for t in evidence.tables if f"{t.id}_points" == table.id and t.rows), None)
    pair = (parent.records()[0] if parent else {}) | dict(table.parameters)
    names = [words(str(pair.get(name) or name)) for name in (x, y)]
    frame = {name: _frame([row[name] for row in rows]) for name in ("x", "y")}
    inside = [row for row in rows if all(low <= row[name] <= high for name, (low, high) in frame.items())]
    extra: dict[str, Any] = {"fit": _fit(rows, frame["x"])}
    if len(inside) < len(rows):
        extra |= {"frame": frame}
    left = len(rows) - len(inside)
    notes = [
        f"{len(rows)} of {table.row_count:,} points" if table.row_count > len(rows) else "",
        "line: least squares",
        f"{left} far-off {'point lies' if left == 1 else 'points lie'} outside the chart" if left else "",
    ]
    title = f"{names[1]} against {names[0].lower()}"
    axes = Axis(names[0], told_kind(table, x)), Axis(names[1], told_kind(table, y))
    id = f"chart_{table.id}"
    return ChartChoice(id, "scatter", title, table.id, *axes, tuple(inside), notes_line(notes), extra=extra)


def _frame(values: list[float]) -> tuple[float, float]:
    """The range to draw: all of it, or the middle 98 % where the ends reach more than twice as far."""
    ordered = sorted(values)
    cut = len(ordered) // 100
    low, high = ordered[cut], ordered[-1 - cut]
    whole, middle = ordered[-1] - ordered[0], high - low
    if not cut or middle <= 0 or whole <= 2 * middle:
        return ordered[0], ordered[-1]
    return max(ordered[0], low - 0.15 * middle), min(ordered[-1], high + 0.15 * middle)


def _fit(rows: list[dict[str, Any]], ends: tuple[float, float]) -> list[dict[str, float]]:
    """The least-squares line of all points between `ends`; none where x does not vary."""
    n = len(rows)
    mean_x, mean_y = sum(r["x"] for r in rows) / n, sum(r["y"] for r in rows) / n
    spread = sum((r["x"] - mean_x) ** 2 for r in rows)
    if spread <= 0:
        return []
    slope = sum((r["x"] - mean_x) * (r["y"] - mean_y) for r in rows) / spread
    return [{"x": x, "y": mean_y + slope * (x - mean_x)} for x in ends]


def box(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
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


def outlying(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """A box with the outlying values beside it, for outliers by the rule of the quartiles."""
    parent = next((t for t in evidence.tables if f"{t.id}_rows" == table.id and t.rows), None)
    found = parent.records()[0] if parent else {}
    column = str((parent.parameters if parent else {}).get("column") or "")
    ends = [found.get(name) for name in ("lower", "upper", "median_kept")]
    known = column in table.columns and "is_outlier" in table.columns and all(map(is_number, ends))
    if parent is None or not known:
        return None
    outside = [r[column] for r in table.records() if r["is_outlier"] and is_number(r[column])]
    inside = [r[column] for r in table.records() if not r["is_outlier"] and is_number(r[column])]
    if not outside or not inside or (parent.parameters.get("rule") or "iqr") != "iqr":
        return None
    lower, upper, median = (float(end) for end in ends if end is not None)
    threshold = float(parent.parameters.get("threshold") or 1.5)
    spread = (upper - lower) / (1 + 2 * threshold)
    name, kind = words(column), told_kind(parent, "mean_kept")
    row = {
        "label": name,
        "full": name,
        "low": min(inside),
        "q1": lower + threshold * spread,
        "median": median,
        "q3": upper - threshold * spread,
        "high": max(inside),
        "told": show(median, kind),
    }
    reach = max(upper - median, median - lower) * 3
    near = sorted({value for value in outside if abs(value - median) <= reach})
    dots = [{"label": name, "value": value, "told": show(value, kind)} for value in near[-MAX_DOTS:]]
    far = sum(abs(value - median) > reach for value in outside)
    notes = ["box: middle half, line: median, dots: outliers", f"{far} more outside the chart" if far else ""]
    title, axes = f"{name}: what counts as an outlier", (Axis(name, kind), Axis(""))
    extra = {"dots": dots}
    id = f"chart_{table.id}"
    return ChartChoice(id, "box", title, table.id, *axes, (row,), notes_line(notes), order=(name,), extra=extra)


def histogram(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    if not {"bin_start", "bin_end", "count"} <= set(table.columns):
        return None
    records = [
        r for r in table.records() if is_number(r["bin_start"]) and is_number(r["bin_end"]) and is_number(r["count"])
    ]
    names = list(dict.fromkeys(r.get("variable") for r in records))
    cited = [name for name in wish.cited("variable") if name in names]
    asked = [name for name in names if name and str(name).replace("_", " ").casefold() in wish.question.casefold()]
    chosen = (cited or asked or names or [None])[0]
    bins = [r for r in records if r.get("variable") == chosen]
    if len(bins) < 2:
        return None
    kind = told_kind(table, "bin_start")
    shown = _without_tail(bins)
    left = sum(r["count"] for r in bins) - sum(r["count"] for r in shown)
    rows = tuple(
        {
            "start": r["bin_start"],
            "end": r["bin_end"],
            "value": r["count"],
            "told": show(r["count"], "integer"),
            "range": _range(r["bin_start"], r["bin_end"], kind),
        }
        for r in shown
    )
    note = f"{show(left, 'integer')} more {'lies' if left == 1 else 'lie'} further out" if left else ""
    name = words(str(chosen)) if chosen else "Value"
    x, y = Axis(name, kind), Axis("Number of rows", "integer")
    return ChartChoice(
        f"chart_{table.id}", "histogram", f"How {name.lower()} is distributed", table.id, x, y, rows, note
    )


def _range(start: float, end: float, kind: str | None) -> str:
    """The ends of a bin, in short where that tells them apart; of a bin around whole numbers its first and last one."""
    if start % 1 == end % 1 == 0.5:
        first, last = start + 0.5, end - 0.5
        return show(first, "plain") if first == last else f"{show(first, kind)} to {show(last, kind)}"
    ends = [compact(value, kind) for value in (start, end)]
    return " to ".join(ends if ends[0] != ends[1] else [show(value, kind) for value in (start, end)])


def _without_tail(bins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The bins without a thin far end: under 1 % of the rows, spread over half of the width or more."""
    total, seen = sum(r["count"] for r in bins), 0
    for place, r in enumerate(bins):
        seen += r["count"]
        if total - seen < 0.01 * total:
            rest = bins[place + 1 :]
            return bins[: place + 1] if len(rest) * 2 >= len(bins) else bins
    return bins


def described(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """Boxes of a column described in each group: the middle half, the median, and the whole range."""
    fields = {"min": "low", "q1": "q1", "median": "median", "q3": "q3", "max": "high"}
    by = [name for name in table.key if name != "variable"]
    if len(by) != 1 or not {*fields, "variable"} <= set(table.columns):
        return None
    first = next(iter(wish.cited("variable")), table.records()[0]["variable"])
    spread = replace(
        table,
        columns=("level", *fields.values()),
        rows=tuple((r[by[0]], *(r[name] for name in fields)) for r in table.records() if r["variable"] == first),
        formats={"median": table.formats.get("median") or "number"},
        parameters={"value": first, "group": by[0]},
    )
    found = box(spread, evidence, wish)
    return replace(found, subtitle="Box: middle half, line: median, whiskers: full range") if found else None


def segments(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """What sets segments apart: their averages and shares, coloured by the distance to all rows."""
    stem = re.sub(r"_(profile|summary|map|rows)$", "", table.id)
    told = {t.id: t for t in evidence.tables}
    profile, sizes = told.get(f"{stem}_profile"), told.get(stem)
    if profile is None or sizes is None or "difference" not in profile.columns:
        return None
    shares = {r["segment"]: show(r.get("share"), "percent") for r in sizes.records()}
    records = [r for r in profile.records() if is_number(r["difference"]) and r["segment"] in shares]
    if not records or len(shares) > MAX_CELLS:
        return None
    heads = {segment: f"Segment {segment} ({share})" for segment, share in shares.items()}
    rows = tuple(
        {
            "x": heads[r["segment"]],
            "y": words(str(r["feature"])) + (f": {full(r['level'])}" if r["level"] is not None else ""),
            "value": r["difference"],
            "told": compact(r["value"], "percent" if r["level"] is not None else None),
        }
        for r in records
    )
    features = list(dict.fromkeys(r["feature"] for r in records))
    placed = {row["y"]: features.index(r["feature"]) for row, r in zip(rows, records, strict=True)}
    order = tuple(sorted(placed, key=lambda label: (placed[label], label)))[:MAX_CELLS]
    note = "Numbers: average, or share of rows; color: how far below (orange) or above (blue) the figure for all rows"
    return ChartChoice(
        f"chart_{stem}", "heatmap", "What sets the segments apart", stem, Axis(""), Axis(""),
        tuple(row for row in rows if row["y"] in order), note, "Value", order,
        {"columns": list(heads.values()), "diverging": True},
    )  # fmt: skip


def grid(table: EvidenceTable, by: list[str], wish: Wish) -> ChartChoice | None:
    """A heatmap for a two-way table whose cells are mostly there, each once."""
    value = measure(table, wish, without=tuple(by))
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
