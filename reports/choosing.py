"""Which chart shows a result best, by the kind of result: the method that made it, else the shape of its columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.evidence import Evidence, EvidenceTable
from reports.columns import (
    dimensions,
    interval,
    is_number,
    measure,
    number_columns,
    period_column,
    subject,
    told_kind,
)
from reports.naming import compact, full, labels, period, shorten, words
from reports.numbers import listed, show

MAX_BARS = 15
MAX_SERIES = 6
MAX_CELLS = 20
KINDS = ("bar", "diverging", "line", "forecast", "scatter", "box", "histogram", "heatmap")
"""Every kind of chart."""
_CHANGES = re.compile(r"growth|grew|grow|rate|percent|%|fast|slow|relative", re.IGNORECASE)
_ORDERED = (
    tuple("monday tuesday wednesday thursday friday saturday sunday".split()),  # noqa: SIM905
    tuple("january february march april may june july august september october november december".split()),  # noqa: SIM905
)


@dataclass(frozen=True)
class Axis:
    """An axis: its title in words and how its values are written (contracts.evidence.FORMATS or None)."""

    title: str
    kind: str | None = None


@dataclass(frozen=True)
class ChartChoice:
    """A chart, chosen and with its points ready. `rows` have the fixed names that reports.specs draws by kind:

    bar, diverging: label, full, value, told, [low, high]; line: label, value, told, series, partial, marked;
    forecast: label, past | value, low80, high80, low95, high95; scatter: x, y and one `fit` pair in `extra`;
    box: label, low, q1, median, q3, high; histogram: start, end, value; heatmap: x, y, value, told.
    `order` is the order of labels, `table` the id of the evidence table.
    """

    id: str
    kind: str
    title: str
    table: str
    x: Axis
    y: Axis
    rows: tuple[dict[str, Any], ...]
    subtitle: str = ""
    legend: str = ""
    order: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


Chooser = Callable[[EvidenceTable, Evidence, str], "ChartChoice | None"]


def choose(table: EvidenceTable, evidence: Evidence, *, question: str = "") -> ChartChoice | None:
    """The chart for `table`, or None where a chart says no more than a number or words (one value, no rows).

    A table of one row (a summary, a total, a test) is shown by the chart of what it sums up.
    """
    for candidate in _candidates(table, evidence):
        for suffix, chooser in _BY_SUFFIX.items():
            if candidate.id.endswith(suffix) and (chosen := _tried(chooser, candidate, evidence, question)):
                return chosen
        chooser = _BY_METHOD.get(candidate.method or "", _by_shape)
        own = set(candidate.columns) >= _NEEDS.get(candidate.method or "", frozenset())
        if chosen := _tried(chooser if own else _by_shape, candidate, evidence, question):
            return chosen
    return None


def _tried(chooser: Chooser, table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    return chooser(table, evidence, question) if table.rows else None


def _candidates(table: EvidenceTable, evidence: Evidence) -> list[EvidenceTable]:
    """The table itself and, if it is one row, the tables of the same step that can be drawn."""
    if len(table.rows) == 0 or table.id in ("table", "profile"):
        return []
    told = {other.id: other for other in evidence.tables}
    stem = next((i for i in sorted(told, key=len) if table.id == i or table.id.startswith(f"{i}_")), table.id)
    points = [told[f"{table.id}{suffix}"] for suffix in _BY_SUFFIX if f"{table.id}{suffix}" in told]
    if table.method in ("forecast", "trend", "anomalies", "change"):
        points = []
    if len(table.rows) > 1:
        return [*points, table] if table.method in ("describe", "compare_groups") or len(points) else [table]
    return [*points, *(other for name, other in told.items() if name.startswith(stem) and len(other.rows) > 1)]


def _line(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
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
    notes = [cut, "hollow, dashed: period not complete" if any(r["partial"] for r in rows) else ""]
    y = Axis(subject(table, value), kind)
    return ChartChoice(
        f"chart_{table.id}",
        "line",
        title,
        table.id,
        Axis("", "date"),
        y,
        rows,
        _told(notes),
        words(by) if by else "",
        order,
    )


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


def _anomalies(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    history = next((t for t in evidence.tables if t.id == f"{table.id}_history"), None)
    line = _line(history, evidence, question) if history and history.rows else None
    if line is None or "label" not in table.columns:
        return _by_shape(table, evidence, question)
    marked = {period(str(label)) for label in table.column("label")}
    rows = tuple(row | {"marked": row["label"] in marked} for row in line.rows)
    title = f"{line.y.title} over time, with what stands out"
    return ChartChoice(
        f"chart_{table.id}",
        "line",
        title,
        table.id,
        line.x,
        line.y,
        rows,
        "Diamonds: periods that stand out",
        "",
        line.order,
    )


def _forecast(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
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
    what = _source_name(table) or "Value"
    x, y = Axis("", "date"), Axis(what, kind)
    order = tuple(dict.fromkeys(row["label"] for row in rows))
    note = "Dashed: forecast; dark band: 80 % interval, light band: 95 %"
    return ChartChoice(
        f"chart_{table.id}", "forecast", f"{what}: past and forecast", table.id, x, y, tuple(rows), note, "", order
    )


def _source_name(table: EvidenceTable) -> str:
    value = table.parameters.get("value")
    return words(str(value)) if value else "Number of rows" if "time" in table.parameters else ""


def _change(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    column = "growth" if _CHANGES.search(question) and "growth" in table.columns else "change"
    source = _source_name(table)
    verb = "Growth of" if column == "growth" else "Change in"
    title = f"{verb} {source.lower() or 'the value'}"
    ends = next((t for t in evidence.tables if t.id == f"{table.id}_total" and t.rows), None)
    if ends and {"from", "to"} <= set(ends.columns):
        first = ends.records()[0]
        title += f", {period(str(first['from']))} to {period(str(first['to']))}"
    return _bars(table, column, question, title=title, diverging=True)


def _share(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    return _bars(table, "value" if "value" in table.columns else "share", question, beside="share")


def _drivers(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    target = words(str(table.parameters.get("target", "the target")))
    title = f"What goes with {target.lower()}: strength of association"
    return _bars(table, "association", question, title=title, label="feature")


def _correlation(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    records = [r for r in table.records() if is_number(r.get("r"))]
    xs, ys = {r["x"] for r in records}, {r["y"] for r in records}
    if len(records) < 2 or set(table.columns) & set(table.parameters.get("by") or ()):
        return None
    if len(xs) == 1 or len(ys) == 1:
        label, target = ("y", *xs) if len(xs) == 1 else ("x", *ys)
        return _bars(
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


def _points(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
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


def _box(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
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
        _told(notes),
        order=tuple(told),
    )


def _histogram(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
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


def _by_shape(table: EvidenceTable, evidence: Evidence, question: str) -> ChartChoice | None:
    """For a table that SQL made: by what its columns hold."""
    if len(table.rows) < 2:
        return None
    time = period_column(table)
    groups = [name for name in dimensions(table) if name != time]
    if time and len({r for r in table.column(time) if r is not None}) >= 3 and len(groups) <= 1:
        return _line(table, evidence, question)
    if len(groups) + bool(time) == 2 and (grid := _grid(table, [*([time] if time else []), *groups], question)):
        return grid
    value = measure(table, question, without=(time or "",))
    if value and (groups or time):
        return _bars(table, value, question)
    if len(number_columns(table)) >= 2 and len(table.rows) >= 8:
        return _points(table, evidence, question)
    return None


def _grid(table: EvidenceTable, by: list[str], question: str) -> ChartChoice | None:
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


def _bars(
    table: EvidenceTable,
    value: str,
    question: str,
    *,
    title: str = "",
    label: str = "",
    beside: str = "",
    diverging: bool = False,
) -> ChartChoice | None:
    """Bars of `value`, sorted, the largest MAX_BARS; `beside`: a column told behind the value."""
    if value not in table.columns:
        return None
    by = [label] if label else [n for n in dimensions(table) if n != value] or [n for n in (period_column(table),) if n]
    records = [r for r in table.records() if is_number(r[value])]
    if len(records) < 2 or not by:
        return None
    ordered = _natural(records, by[0]) if len(by) == 1 else None
    shown = (ordered or sorted(records, key=lambda r: -abs(r[value]) if diverging else -r[value]))[:MAX_BARS]
    if diverging and not ordered:
        shown.sort(key=lambda r: -r[value])
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
    notes = [_cut(total, len(rows), diverging), _interval_note(ends)]
    what = listed([words(name).lower() for name in by])
    title = title or f"{subject(table, value)} by {what}"
    axes = Axis(subject(table, value), kind), Axis(words(by[0]) if len(by) == 1 else "")
    kind_of_chart = "diverging" if diverging else "bar"
    return ChartChoice(
        f"chart_{table.id}", kind_of_chart, title, table.id, *axes, rows, _told(notes), order=tuple(told)
    )


def _group(column: str, value: Any) -> str:
    """A group's label; names of columns are put in words."""
    return words(value) if column in ("feature", "variable", "column") and isinstance(value, str) else full(value)


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


def _natural(records: list[dict[str, Any]], by: str) -> list[dict[str, Any]] | None:
    """The records in the order that their labels have by nature (weekdays, months, periods, steps of a number)."""
    values = [r[by] for r in records]
    if len(records) > MAX_BARS:
        return None
    if all(is_number(value) for value in values):
        return sorted(records, key=lambda r: r[by])
    texts = [str(value).casefold() for value in values]
    for names in _ORDERED:
        places = [next((i for i, name in enumerate(names) if text in (name, name[:3])), -1) for text in texts]
        if min(places) >= 0:
            return [record for _, record in sorted(zip(places, records, strict=True), key=lambda pair: pair[0])]
    if all(re.match(r"\d{4}(-|$)", text) for text in texts):
        return sorted(records, key=lambda r: str(r[by]))
    return None


def _cut(total: int, shown: int, diverging: bool) -> str:
    if total <= shown:
        return ""
    return (
        f"the {shown} {'strongest' if diverging else 'highest'} of {total:,}; the other {total - shown:,} are left out"
    )


def _interval_note(ends: tuple[str, str] | None) -> str:
    if ends is None:
        return ""
    level = re.search(r"(80|90|95|99)", ends[0])
    return f"lines: {level[1]} % interval" if level else "lines: interval"


def _told(notes: list[str]) -> str:
    text = "; ".join(filter(None, notes))
    return shorten(text[:1].upper() + text[1:], 200)


_BY_SUFFIX: dict[str, Chooser] = {"_points": _points, "_box": _box, "_hist": _histogram}
"""Tables of points for a chart, by the end of their id."""
_BY_METHOD: dict[str, Chooser] = {
    "trend": _line,
    "change": _change,
    "share": _share,
    "drivers": _drivers,
    "correlation": _correlation,
    "anomalies": _anomalies,
    "forecast": _forecast,
}
_NEEDS: dict[str, frozenset[str]] = {
    "trend": frozenset({"period", "value"}),
    "change": frozenset({"change"}),
    "share": frozenset({"value", "share"}),
    "drivers": frozenset({"feature", "association"}),
    "correlation": frozenset({"x", "y", "r"}),
    "anomalies": frozenset({"label"}),
    "forecast": frozenset({"period", "mean"}),
}
