"""Charts over time: lines, what stands out on them, and what is expected next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.charts.bars import standing_out
from analyst.reporting.charts.choice import MAX_SERIES, Axis, ChartChoice, notes_line, source_name
from analyst.reporting.charts.columns import dimensions, is_number, measure, period_column, subject, told_kind
from analyst.reporting.naming import labels, period, words
from analyst.reporting.numbers import show


def line(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    time = period_column(table)
    value = measure(table, question, without=(time or "",))
    if time is None or value is None:
        return None
    if table.id.endswith("_history") and not table.parameters:
        parent = next((t for t in evidence.tables if t.id == table.id.removesuffix("_history")), table)
        table = replace(table, parameters=parent.parameters, method=parent.method)
    by = next((name for name in dimensions(table) if name != time), None)
    records = [r for r in table.records() if r[time] is not None and is_number(r[value])]
    names, cut = _series(records, by, value)
    records = sorted((r for r in records if by is None or r[by] in names), key=lambda r: str(r[time]))
    order = tuple(dict.fromkeys(period(str(r[time])) for r in records))
    if len(order) < 2:
        return None
    kind, told = told_kind(table, value), dict(zip(names, labels(names), strict=True))
    rows = tuple(
        {
            "label": period(str(r[time])),
            "value": r[value],
            "told": show(r[value], kind),
            "series": told[r[by]] if by else "",
            "partial": bool(r.get("partial")),
            "marked": False,
        }
        for r in records
    )
    title = f"{subject(table, value)} by {_grain(records[0][time], time)}" + (f" and {words(by).lower()}" if by else "")
    fit = [] if by else _fitted(table, evidence, rows)
    notes = [
        cut,
        "hollow or dashed: incomplete period" if any(r["partial"] for r in rows) else "",
        "orange: fitted trend, with the 95 % interval of its slope" if fit else "",
    ]
    y = Axis(subject(table, value), kind)
    return ChartChoice(
        f"chart_{table.id}",
        "line",
        title,
        table.id,
        Axis("", "date"),
        y,
        rows,
        notes_line(notes),
        words(by) if by else "",
        order,
        {"fit": fit} if fit else {},
    )


def _fitted(table: EvidenceTable, evidence: Evidence, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The trend's line through the middle of the whole periods, and where the ends of its slope's interval would lead.

    Nothing where there is no slope, or fewer periods are drawn than it was fitted to.
    """
    summary = next((t for t in evidence.tables if t.id == f"{table.id}_summary" and t.method == "trend"), None)
    found = summary.records()[0] if summary and len(summary.rows) == 1 else {}
    slopes = [found.get(name) for name in ("slope", "slope_low", "slope_high")]
    known = [(place, row) for place, row in enumerate(rows) if not row["partial"]]
    if not all(map(is_number, slopes)) or found.get("periods") != len(known):
        return []
    middle = sum(place for place, _ in known) / len(known)
    level = sum(row["value"] for _, row in known) / len(known)
    fitted = []
    for place, row in known:
        line, one, other = (level + float(slope or 0) * (place - middle) for slope in slopes)
        fitted.append({"label": row["label"], "fit": line, "low": min(one, other), "high": max(one, other)})
    return fitted


def _series(records: list[dict[str, Any]], by: str | None, value: str) -> tuple[list[Any], str]:
    """The groups drawn, the largest first, and what is said of the rest."""
    if by is None:
        return [], ""
    totals: dict[Any, float] = {}
    for record in records:
        totals[record[by]] = totals.get(record[by], 0) + abs(record[value])
    names = sorted(totals, key=lambda name: -totals[name])
    cut = f"the {MAX_SERIES} largest of {len(names)} groups" if len(names) > MAX_SERIES else ""
    return names[:MAX_SERIES], cut


def _grain(label: Any, column: str) -> str:
    text = str(label)
    for pattern, word in (
        (r"\d{4}-Q", "quarter"),
        (r"\d{4}-W", "week"),
        (r"\d{4}-\d\d-\d\d", "day"),
        (r"\d{4}-\d\d$", "month"),
    ):
        if re.match(pattern, text):
            return word
    return "year" if re.fullmatch(r"\d{4}", text) else words(column).lower()


def anomalies(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    history = next((t for t in evidence.tables if t.id == f"{table.id}_history"), None)
    drawn = line(history, evidence, question) if history and history.rows else None
    if "label" not in table.columns:
        return None
    if drawn is None:
        return standing_out(table, question, subject(table, "value"))
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


def forecast(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
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
