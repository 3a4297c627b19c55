"""The report as Markdown. Every text is escaped: a cell can't become a link, an image, HTML or another table row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.key_figures import key_figures
from analyst.reporting.numbers import clean_text
from analyst.reporting.page import (
    Layout,
    alternatives_line,
    calls_line,
    carried_line,
    closing_lines,
    confidence_line,
    data_notes,
    layout,
    lead_charts,
    next_heading,
    open_note,
    shown_tables,
    spoken,
    step_title,
)
from analyst.reporting.report import Report
from analyst.reporting.tables import shown

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
    told = layout(report)
    parts = [f"# {escape(report.title)}", f"*{escape(report.question)}*", _open(report)]
    parts += [
        f"**{escape(report.answer)}**",
        escape(report.scope),
        _reading(report),
        _fields(report),
        _paragraphs(report.summary),
    ]
    parts += [f"![Chart](charts/{id}.png)" for id in lead_charts(report, charts)]
    parts += [_findings(told, charts), _key_figures(report)]
    parts += [_list("Recommendations", _actions(told)), _list("Caveats", map(escape, report.caveats))]
    parts += [_list(next_heading(report), map(escape, report.suggestions)), _method(report), _footer(report)]
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


def _open(report: Report) -> str:
    note = open_note(report)
    return f"> **Not answered:** {escape(note)}" if note else ""


def _reading(report: Report) -> str:
    reading = f"**Understood as:** {escape(spoken(report.reading))}" if report.reading else ""
    beside = (alternatives_line(report.alternatives), carried_line(report))
    return "  \n".join(filter(None, (reading, *map(escape, beside))))


def _key_figures(report: Report) -> str:
    found = key_figures(report)
    return f"## Key figures\n\n{_rows(found.first, len(found.first.rows))}" if found else ""


def _findings(told: Layout, charts: Sequence[str]) -> str:
    if not told.findings:
        return ""
    parts = ["## Findings"]
    for place, finding in enumerate(told.findings, 1):
        parts.append(f"### {place}. {escape(finding.title)}")
        parts.append(escape(finding.statement))
        parts.append(f"*{escape(confidence_line(finding))}*" + (f" {escape(finding.caveat)}" if finding.caveat else ""))
        if finding.chart in charts:
            parts.append(f"![{escape(finding.title)}](charts/{finding.chart}.png)")
    return "\n\n".join(parts)


def _actions(told: Layout) -> Iterable[str]:
    for action, finding in told.actions:
        yield escape(action) + (f" *(finding {finding})*" if finding else "")


def _method(report: Report) -> str:
    parts = ["## Method and data"]
    if notes := data_notes(report):
        parts.append("\n".join(f"- {escape(note)}" for note in notes))
    if report.plan:
        parts.append("### Plan\n\n" + _code(json.dumps(report.plan, indent=2, ensure_ascii=False, default=str), "json"))
    for table in shown_tables(report):
        parts.append(f"### {escape(step_title(table, 120))} ({escape(table.id)})\n\n{_table(table)}")
    return "\n\n".join(parts)


def _code(text: str, language: str) -> str:
    """A fenced block whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _table(table: EvidenceTable) -> str:
    return _rows(table, MAX_ROWS) + (f"\n\n{_code(table.sql, 'sql')}" if table.sql else "")


def _rows(table: EvidenceTable, most: int) -> str:
    told = shown(table, max_rows=most, max_cell=120)
    rule = "|" + "".join("--:|" if right else "---|" for right in told.numeric)
    lines = ["| " + " | ".join(map(escape, told.heads)) + " |", rule]
    lines += ["| " + " | ".join(map(escape, row)) + " |" for row in told.rows]
    return "\n".join(lines) + (
        f"\n\n*{told.left:,} more {'row' if told.left == 1 else 'rows'} in evidence.json.*" if told.left > 0 else ""
    )


def _footer(report: Report) -> str:
    return "---\n\n" + "  \n".join(escape(line) for line in [*closing_lines(report), *calls_line(report)])
