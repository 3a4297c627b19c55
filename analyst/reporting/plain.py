"""A chart and a table as text: for a terminal, with or without Unicode."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.charts.choosing import ChartChoice
from analyst.reporting.naming import compact, shorten
from analyst.reporting.tables import shown

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "_.-=*#"
_DRAWN_ONLY = re.compile(r"(lines?|box|hollow|dots|diamonds|dashed|dark band|orange)\b", re.IGNORECASE)
"""Notes on what only the drawn chart shows."""
_MIN_WIDTH = 30
MAX_CELL = 36
"""Characters of a cell in a terminal."""


def as_text(choice: ChartChoice, width: int = 80, *, unicode: bool = True) -> str:
    """`choice` in at most `width` columns: bars, a sparkline for time, a table of cells for a heatmap."""
    width = max(width, _MIN_WIDTH)
    drawn = {"line": _sparklines, "forecast": _sparklines, "heatmap": _cells, "scatter": _scatter}
    lines = [shorten(choice.title, width), *drawn.get(choice.kind, _bars)(choice, width, unicode)]
    notes = [note for note in choice.subtitle.split("; ") if note and not _DRAWN_ONLY.match(note)]
    if notes:
        lines.append(f"({shorten('; '.join(notes), width - 2)})")
    text = "\n".join(line.rstrip() for line in lines)
    return text if unicode else plain_ascii(text)


def text_table(table: EvidenceTable, width: int = 80, *, max_rows: int = 10, unicode: bool = True) -> str:
    """The first rows of `table`, its columns as many as fit in `width`; what is left out is told."""
    told = shown(table, max_rows=max_rows, max_cell=MAX_CELL)
    columns = [[shorten(head, MAX_CELL), *cells] for head, *cells in zip(told.heads, *told.rows, strict=True)]
    sizes = [max(map(len, column)) for column in columns]
    fitting = max(1, next((n for n in range(len(sizes)) if sum(sizes[: n + 1]) + 2 * n > width), len(sizes)))
    lines = [
        "  ".join(
            cell.rjust(size) if right else cell.ljust(size)
            for cell, size, right in zip(row[:fitting], sizes, told.numeric, strict=False)
        )[:width]
        for row in zip(*columns, strict=True)
    ]
    rule = ("─" if unicode else "-") * min(width, max(map(len, lines)))
    left = [f"{told.left:,} more rows"] if told.left > 0 else []
    left += [f"{len(columns) - fitting} more columns"] if fitting < len(columns) else []
    body = [lines[0].rstrip(), rule, *(line.rstrip() for line in lines[1:])]
    text = "\n".join(body + ([f"({', '.join(left)})"] if left else []))
    return text if unicode else plain_ascii(text)


def plain_ascii(text: str) -> str:
    """`text` for a terminal that shows ASCII only; a letter that has no ASCII form becomes "?"."""
    known = {"…": "...", "·": "-", "×": "x", "–": "-", "—": "-", "−": "-", "’": "'", "²": "2", "η": "eta", "χ": "chi"}
    return "".join(known.get(char, char) for char in text).encode("ascii", "replace").decode("ascii")


def _bars(choice: ChartChoice, width: int, unicode: bool) -> list[str]:
    value = "median" if choice.kind == "box" else "value"
    rows = _without_gaps(choice.rows) if choice.kind == "histogram" else list(choice.rows)
    told = [row["told"] for row in rows]
    names = [row.get("label") or row.get("range", "") for row in rows]
    if choice.kind == "grouped":
        names = [f"{name} · {row['series']}" for name, row in zip(names, rows, strict=True)]
    label_size = min(max(map(len, names), default=0), max(10, width * 2 // 5))
    room = max(4, width - label_size - max(map(len, told), default=0) - 3)
    most = max((abs(row[value]) for row in rows), default=0) or 1
    lines = []
    for row, name, text in zip(rows, names, told, strict=True):
        bar = _bar(abs(row[value]) / most * room, unicode, negative=row[value] < 0)
        lines.append(f"{shorten(name, label_size).ljust(label_size)}  {bar} {text}")
    return lines


def _without_gaps(bins: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The bins of a histogram, those without rows that stand side by side as one: a gap is one line, however wide."""
    told: list[dict[str, Any]] = []
    for row in bins:
        if told and not row["value"] and not told[-1]["value"]:
            start, end = told[-1]["range"].split(" to ")[0], row["range"].split(" to ")[-1]
            told[-1] = told[-1] | {"end": row["end"], "range": f"{start} to {end}"}
        else:
            told.append(row)
    return told


def _bar(length: float, unicode: bool, *, negative: bool) -> str:
    if not unicode:
        return ("-" if negative else "#") * max(round(length), 0)
    if negative:
        return "░" * max(round(length), 1)
    eighths = round(length * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _sparklines(choice: ChartChoice, width: int, unicode: bool) -> list[str]:
    series: dict[str, list[dict[str, Any]]] = {}
    for row in choice.rows:
        series.setdefault(row.get("series", ""), []).append(row)
    lines = []
    for name, rows in series.items():
        values = [row["past"] if row.get("past") is not None else row.get("value") for row in rows]
        known = [value for value in values if value is not None]
        label = f"{shorten(name, 18).ljust(18)} " if name else ""
        ends = f" {_ends(known, choice.y.kind)}"
        lines.append(label + _spark(known, max(4, width - len(label) - len(ends)), unicode) + ends)
    first, last = choice.order[0], choice.order[-1]
    partial = [label for label in choice.order if any(r.get("partial") and r["label"] == label for r in choice.rows)]
    told = [shorten(f"({' and '.join(partial)} not complete)", width)] if partial else []
    return [*lines, f"{first} to {last}", *told]


def _ends(values: list[float], kind: str | None) -> str:
    """The first and last value, and the highest and lowest where those lie between."""
    first, last, high, low = (compact(v, kind) for v in (values[0], values[-1], max(values), min(values)))
    peaks = [f"{word} {told}" for word, told in (("high", high), ("low", low)) if told not in (first, last)]
    return ", ".join([f"{first} to {last}", *peaks])


def _spark(values: list[float], room: int, unicode: bool) -> str:
    levels = _LEVELS if unicode else _ASCII_LEVELS
    if len(values) > room:
        values = [max(values[n * len(values) // room : (n + 1) * len(values) // room], key=abs) for n in range(room)]
    low, high = min(values), max(values)
    spread = high - low or 1
    return "".join(levels[round((value - low) / spread * (len(levels) - 1))] for value in values)


def _cells(choice: ChartChoice, width: int, unicode: bool) -> list[str]:
    columns: list[str] = choice.extra["columns"]
    told = {(row["x"], row["y"]): row["told"] for row in choice.rows}
    size = max(map(len, told.values()), default=4)
    side = min(max(map(len, choice.order)), max(8, width // 3))
    size = max(size, min(max(map(len, columns)), max(6, (width - side) // max(len(columns), 1) - 2)))
    fitting = columns[: max(1, (width - side) // (size + 2))]
    head = " " * side + "".join(f"  {shorten(name, size).rjust(size)}" for name in fitting)
    lines = [
        shorten(name, side).ljust(side) + "".join(f"  {told.get((column, name), '').rjust(size)}" for column in fitting)
        for name in choice.order
    ]
    more = [f"{len(columns) - len(fitting)} more columns"] if len(fitting) < len(columns) else []
    return [head, *lines, *more]


def _scatter(choice: ChartChoice, width: int, unicode: bool) -> list[str]:
    """Points on a small grid, a character each."""
    columns, height = min(width - 2, 60), 12
    xs, ys = [row["x"] for row in choice.rows], [row["y"] for row in choice.rows]
    grid = [[" "] * columns for _ in range(height)]
    for x, y in zip(xs, ys, strict=True):
        across = round((x - min(xs)) / ((max(xs) - min(xs)) or 1) * (columns - 1))
        down = round((y - min(ys)) / ((max(ys) - min(ys)) or 1) * (height - 1))
        grid[height - 1 - down][across] = "•" if unicode else "o"
    bar, corner = ("│", "└" + "─" * columns) if unicode else ("|", "+" + "-" * columns)
    ends = f"{choice.x.title}: {compact(min(xs), choice.x.kind)} to {compact(max(xs), choice.x.kind)}"
    sides = f"{choice.y.title}: {compact(min(ys), choice.y.kind)} to {compact(max(ys), choice.y.kind)}"
    return [*(bar + "".join(line) for line in grid), corner, shorten(f"{ends}; {sides}", width)]
