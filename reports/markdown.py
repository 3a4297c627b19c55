"""The report as Markdown. Every text is escaped: a cell can't become a link, an image, HTML or another table row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from contracts.evidence import EvidenceTable
from reports.naming import shorten, words
from reports.numbers import clean_text, kind_of, show
from reports.page import calls_line, closing_lines, data_notes, shown_tables
from reports.report import Report

MAX_ROWS = 20
"""Rows of an evidence table in the report; the whole table is in evidence.json."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#!$])")
_LINE_START = re.compile(r"^(\d*)([-+=.)])(?=\s|[-+=]|$)")
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|javascript|data)(?=:)|\b(www)(?=\.)|@")


def escape(text: str) -> str:
    """`text` on one line such that Markdown shows it as it is."""
    line = clean_text(text).replace("&", "&amp;")
    line = _SPECIAL.sub(r"\\\1", line)
    line = _ADDRESS.sub(lambda found: found[0] + "&#8203;" if found[0] != "@" else "&#64;", line)
    return _LINE_START.sub(r"\1\\\2", line.strip())


def to_markdown(report: Report, *, charts: Sequence[str] = ()) -> str:
    """The report as Markdown. `charts` are the ids of charts that lie beside it as charts/<id>.png."""
    parts = [f"# {escape(report.title)}", f"**{escape(report.answer)}**", _paragraphs(report.summary)]
    parts += [_fields(report), _findings(report, charts), _list("Recommendations", _actions(report))]
    parts += [_list("Caveats", map(escape, report.caveats)), _method(report), _footer(report)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _paragraphs(text: str) -> str:
    return "\n\n".join(escape(line) for line in text.splitlines() if line.strip())


def _list(heading: str, items: Iterable[str]) -> str:
    told = [f"- {item}" for item in items]
    return f"## {heading}\n\n" + "\n".join(told) if told else ""


def _fields(report: Report) -> str:
    if not report.fields:
        return ""
    rows = [f"| {escape(name)} | {escape(value)} |" for name, value in report.fields.items()]
    return "\n".join(["| Key figure | Value |", "|---|---|", *rows])


def _findings(report: Report, charts: Sequence[str]) -> str:
    if not report.findings:
        return ""
    parts = ["## Findings"]
    for place, finding in enumerate(report.findings, 1):
        parts.append(f"### {place}. {escape(finding.title)}")
        parts.append(f"{escape(finding.statement)} *(confidence: {escape(finding.confidence)})*")
        if finding.caveat:
            parts.append(f"*{escape(finding.caveat)}*")
        if finding.chart in charts:
            parts.append(f"![{escape(finding.title)}](charts/{finding.chart}.png)")
    return "\n\n".join(parts)


def _actions(report: Report) -> Iterable[str]:
    for item in report.recommendations:
        yield escape(item.action) + (f" *(finding {item.finding})*" if item.finding else "")


def _method(report: Report) -> str:
    parts = ["## Method and data", f"**Question:** {escape(report.question)}"]
    if report.reading:
        parts.append(f"**Understood as:** {escape(report.reading)}")
    if report.unanswered:
        parts.append(f"**Not answered:** {escape(report.unanswered)}")
    if notes := data_notes(report):
        parts.append("\n".join(f"- {escape(note)}" for note in notes))
    if report.plan:
        parts.append("### Plan\n\n" + _code(json.dumps(report.plan, indent=2, ensure_ascii=False, default=str), "json"))
    for table in shown_tables(report):
        parts.append(f"### {escape(shorten(table.what or table.id, 120))} ({escape(table.id)})\n\n{_table(table)}")
    return "\n\n".join(parts)


def _code(text: str, language: str) -> str:
    """A fenced block whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _table(table: EvidenceTable) -> str:
    kinds = [kind_of(name, table.formats.get(name)) for name in table.columns]
    lines = ["| " + " | ".join(escape(words(name)) for name in table.columns) + " |", "|" + "---|" * len(table.columns)]
    for row in table.rows[:MAX_ROWS]:
        cells = ("" if v is None else escape(shorten(show(v, kind), 120)) for v, kind in zip(row, kinds, strict=True))
        lines.append("| " + " | ".join(cells) + " |")
    left = table.row_count - min(len(table.rows), MAX_ROWS)
    more = f"\n\n*{left:,} more rows in evidence.json.*" if left > 0 else ""
    sql = f"\n\n{_code(table.sql, 'sql')}" if table.sql else ""
    return "\n".join(lines) + more + sql


def _footer(report: Report) -> str:
    return "---\n\n" + "  \n".join(escape(line) for line in [*closing_lines(report), *calls_line(report)])
