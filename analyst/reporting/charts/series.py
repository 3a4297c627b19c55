"""Charts over time: lines, what stands out on them, and what is expected next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.charts.bars import standing_out
from analyst.reporting.charts.choice import MAX_SERIES, NO_TITLE, Axis, ChartChoice, notes_line, source_name
from analyst.reporting.charts.columns import dimensions, is_number, measures, subject, told_kind
from analyst.reporting.charts.moments import Timeline, time_label, timeline
from analyst.reporting.charts.wish import Wish
from analyst.reporting.naming import full, in_one_title, labels, period, words
from analyst.reporting.numbers import show


def line(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    """A line a group, or a line a cited column, through the periods in the order of time."""
    if table.id.endswith("_history") and not table.parameters:
        parent = next((t for t in evidence.tables if t.id == table.id.removesuffix("_history")), table)
        table = replace(table, parameters=parent.parameters, method=parent.method)
    time = timeline(table)
    values = measures(table, wish, without=time.columns) if time else ()
    if time is None or not values:
        return None
    by = [name for name in dimensions(table) if name not in time.columns]
    groups, cut = _drawn(table, by, values, wish)
    points = _points(table, time, by, values, groups)
    order = tuple(dict.fromkeys(point["label"] for point in points))
    if len(order) < 2 or len({(p["label"], p["series"]) for p in points}) < len(points):
        return None
    fit = _fitted(table, evidence, points) if len(groups) == 1 else []
    notes = [
        cut,
        "hollow or dashed: incomplete period" if any(point["partial"] for point in points) else "",
        _fit_note(fit),
    ]
    what = in_one_title([subject(table, name) for name in values])
    of = f" and {words(by[0]).lower()}" if by else ""
    return ChartChoice(
        f"chart_{table.id}",
        "line",
        f"{what} by {_grain(time)}{of}",
        table.id,
        Axis("", "date"),
        Axis(what if len(values) == 1 else "", told_kind(table, values[0])),
        points,
        notes_line(notes),
        (words(by[0]) if by else NO_TITLE) if len(groups) > 1 else "",
        order,
        {"fit": fit} if fit else {},
    )


def _fit_note(fit: Sequence[dict[str, Any]]) -> str:
    if not fit:
        return ""
    return (
        "orange: fitted trend, with the 95 % interval of its slope"
        if "low" in fit[0]
        else "orange: fitted trend before and after its turn"
    )


def _drawn(
    table: EvidenceTable, by: Sequence[str], values: Sequence[str], wish: Wish
) -> tuple[dict[tuple[Any, ...], str], str]:
    """The series drawn with their names, and what is said of those left out.

    Of many groups those that the statement cites, if it cites several; else the largest, with the one cited. Several
    columns are drawn of a table without groups only.
    """
    if not by:
        names = [subject(table, name) for name in values]
        return {(name,): told for name, told in zip(values, labels(names), strict=True)}, ""
    totals: dict[tuple[Any, ...], float] = {}
    for record in table.records():
        if is_number(record[values[0]]):
            group = tuple(record[name] for name in by)
            totals[group] = totals.get(group, 0) + abs(record[values[0]])
    ordered = sorted(totals, key=lambda group: -totals[group])
    known = (tuple(row.get(name) for name in by) for row in wish.rows)
    cited = list(dict.fromkeys(group for group in known if group in totals))
    if len(ordered) > MAX_SERIES and len(cited) > 1:
        ordered = cited[:MAX_SERIES]
        cut = f"{len(ordered)} of {len(totals)} groups"
    else:
        ordered = [*cited, *(group for group in ordered if group not in cited)][:MAX_SERIES]
        cut = f"{'the' if not cited else ''} {MAX_SERIES} largest of {len(totals)} groups".strip()
    names = [" · ".join(map(full, group)) for group in ordered]
    return dict(zip(ordered, labels(names), strict=True)), cut if len(totals) > len(ordered) else ""


def _points(
    table: EvidenceTable,
    time: Timeline,
    by: Sequence[str],
    values: Sequence[str],
    groups: dict[tuple[Any, ...], str],
) -> tuple[dict[str, Any], ...]:
    """The points of every series, in the order of time."""
    found = []
    for record, moment, label in zip(table.records(), time.moments, time.labels, strict=True):
        for value in values if not by else values[:1]:
            series = tuple(record[name] for name in by) if by else (value,)
            if moment is None or label is None or not is_number(record[value]) or series not in groups:
                continue
            point = {
                "label": time_label(label, time),
                "value": record[value],
                "told": show(record[value], told_kind(table, value)),
                "series": groups[series] if len(groups) > 1 else "",
                "partial": bool(record.get("partial")),
                "marked": False,
            }
            found.append((moment, point))
    return tuple(point for _, point in sorted(found, key=lambda placed: placed[0]))


def _fitted(table: EvidenceTable, evidence: Evidence, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The trend's line through the middle of the whole periods, and where the ends of its slope's interval would lead.

    Of a series that turns, two lines that meet there. Nothing where there is no slope, or fewer periods are drawn than
    it was fitted to.
    """
    summary = next((t for t in evidence.tables if t.id == f"{table.id}_summary" and t.method == "trend"), None)
    found = summary.records()[0] if summary and len(summary.rows) == 1 else {}
    slopes = [found.get(name) for name in ("slope", "slope_low", "slope_high")]
    known = [(place, row) for place, row in enumerate(rows) if not row["partial"]]
    if not all(map(is_number, slopes)) or found.get("periods") != len(known):
        return []
    if found.get("turn") is not None:
        return _bent(found, known)
    middle = sum(place for place, _ in known) / len(known)
    level = sum(row["value"] for _, row in known) / len(known)
    fitted = []
    for place, row in known:
        line, one, other = (level + float(slope or 0) * (place - middle) for slope in slopes)
        fitted.append({"label": row["label"], "fit": line, "low": min(one, other), "high": max(one, other)})
    return fitted


def _bent(found: dict[str, Any], known: Sequence[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The line before the turn of a series and the one after it."""
    label = period(str(found["turn"]))
    turn = next((place for place, row in known if row["label"] == label), None)
    slopes = found.get("slope_before"), found.get("slope_after")
    if turn is None or not all(map(is_number, slopes)):
        return []
    before, after = (float(slope or 0) for slope in slopes)
    shape = [(row["label"], (before if place < turn else after) * (place - turn)) for place, row in known]
    level = sum(row["value"] - height for (_, row), (_, height) in zip(known, shape, strict=True)) / len(known)
    return [{"label": label, "fit": level + height} for label, height in shape]


def _grain(time: Timeline) -> str:
    """What a period is: "month" for 2024-03; else as its column calls it."""
    label = next(label for label in time.labels if label is not None)
    for pattern, word in (
        (r"\d{4}-Q", "quarter"),
        (r"\d{4}-W", "week"),
        (r"\d{4}-\d\d-\d\d", "day"),
        (r"\d{4}-\d\d$", "month"),
    ):
        if re.match(pattern, label):
            return word
    return "year" if re.fullmatch(r"\d{4}", label) else words(time.columns[0]).lower()


def anomalies(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    history = next((t for t in evidence.tables if t.id == f"{table.id}_history"), None)
    drawn = line(history, evidence, wish) if history and history.rows else None
    if "label" not in table.columns:
        return None
    if drawn is None:
        return standing_out(table, wish, subject(table, "value"))
    marked = {period(str(label)) for label in table.column("label")}
    rows = tuple(row | {"marked": row["label"] in marked} for row in drawn.rows)
    title = f"{drawn.y.title} over time, with unusual periods"
    return ChartChoice(
        f"chart_{table.id}",
        "line",
        title,
        table.id,
        drawn.x,
        drawn.y,
        rows,
        "Diamonds: unusual periods",
        "",
        drawn.order,
    )


def forecast(table: EvidenceTable, evidence: Evidence, wish: Wish) -> ChartChoice | None:
    history = next((t for t in evidence.tables if t.id == f"{table.id}_history"), None)
    kind = told_kind(table, "mean")
    past = [(r["period"], r["value"]) for r in (history.records() if history else []) if is_number(r["value"])]
    rows: list[dict[str, Any]] = [
        {"label": period(str(at)), "past": value, "told": show(value, kind), "range": ""} for at, value in past[-60:]
    ]
    if past:
        rows[-1] |= dict.fromkeys(("value", "low80", "high80", "low95", "high95"), past[-1][1])
    for r in table.records():
        if not is_number(r["mean"]):
            continue
        bounds = {f"{end}{level}": r.get(f"{end}_{level}") for end in ("low", "high") for level in (80, 95)}
        between = f"{show(r.get('low_95'), kind)} to {show(r.get('high_95'), kind)}"
        rows.append(
            {"label": period(str(r["period"])), "value": r["mean"], "told": show(r["mean"], kind), "range": between}
            | bounds
        )
    what = source_name(table) or "Value"
    x, y = Axis("", "date"), Axis(what, kind)
    order = tuple(dict.fromkeys(row["label"] for row in rows))
    note = "Dashed: forecast; dark band: 80 % interval, light band: 95 %"
    return ChartChoice(
        f"chart_{table.id}", "forecast", f"{what}: past and forecast", table.id, x, y, tuple(rows), note, "", order
    )
