"""The report as PDF, set by Typst: text comes in as data, charts as vector pictures, fonts with the package.

No request is made and no font of the system is needed for Latin, Greek, Cyrillic and Hebrew text; where a report holds
other letters, the system's fonts are looked through for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyst.core.scratch import scratch
from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.key_figures import key_figures
from analyst.reporting.markdown import MAX_ROWS
from analyst.reporting.naming import words
from analyst.reporting.page import (
    alternatives_line,
    calls_line,
    carried_line,
    closing_lines,
    confidence_line,
    data_notes,
    eyebrow,
    layout,
    lead_charts,
    next_heading,
    open_note,
    shown_tables,
    spoken,
    stand_in_note,
    step_title,
)
from analyst.reporting.report import Report
from analyst.reporting.tables import Shown, shown

if TYPE_CHECKING:
    from analyst.reporting.charts.drawing import Chart

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
MAX_COLUMNS = 7
"""Columns of a table that tells of the data, as many as fit on a page."""
_COVERED = re.compile("[\u0000-\u05ff\u1e00-\u1fff\u2000-\u2bff\ufb00-\ufb4f]*")
"""What the fonts of the package can write."""


def to_pdf(report: Report, charts: Sequence[Chart] = ()) -> bytes:
    """The report as PDF (about 0.1 s). ModuleNotFoundError where Typst has no package for this machine."""
    import typst

    data = json.dumps(_data(report, charts), ensure_ascii=False, default=str)
    with scratch("report") as root:
        (root / "report.typ").write_bytes(TEMPLATE.read_bytes())
        for chart in charts:
            (root / f"{chart.id}.pdf").write_bytes(_picture(chart))
        made = typst.compile(
            root / "report.typ",
            root=root,
            font_paths=_fonts(system=_COVERED.fullmatch(data) is None),
            sys_inputs={"report": data},
            timestamp=report.created.replace(microsecond=0) if report.created else None,
        )
    return bytes(made)


def _picture(chart: Chart) -> bytes:
    import vl_convert

    drawn: bytes = vl_convert.svg_to_pdf(chart.svg)
    return drawn


@cache
def _fonts(*, system: bool) -> Any:
    """The fonts that come with Typst; `system`: and those of the machine (slower, and not the same everywhere)."""
    import typst

    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=True)


def _data(report: Report, charts: Sequence[Chart]) -> dict[str, Any]:
    """What the template sets: plain texts, numbers and names of files."""
    told, key = layout(report), key_figures(report)
    drawn = [chart.id for chart in charts]
    return {
        "eyebrow": eyebrow(report),
        "title": report.title,
        "question": report.question,
        "answer": report.answer,
        "open": report.unanswered is not None,
        "note": open_note(report),
        "scope": report.scope,
        "summary": [line for line in report.summary.splitlines() if line.strip()],
        "fields": [[words(name), value] for name, value in report.fields.items()],
        "findings": [
            {
                "title": finding.title,
                "statement": finding.statement,
                "basis": confidence_line(finding),
                "caveat": finding.caveat,
                "level": finding.confidence,
                "chart": finding.chart if finding.chart in drawn else None,
            }
            for finding in told.findings
        ],
        "titles": {chart.id: chart.choice.title for chart in charts},
        "lead": lead_charts(report, drawn),
        "key": _table(shown(key.first, max_rows=len(key.first.rows), max_cell=60)) if key else None,
        "actions": [{"text": text, "finding": number} for text, number in told.actions],
        "caveats": list(report.caveats),
        "next": {"heading": next_heading(report), "questions": list(report.suggestions)},
        "reading": spoken(report.reading),
        "alternatives": alternatives_line(report.alternatives),
        "carried": carried_line(report),
        "degraded": stand_in_note(report),
        "notes": data_notes(report),
        "steps": [
            {"id": table.id, "what": step_title(table, 200), "sql": table.sql, "rows": _rows(table)}
            for table in shown_tables(report)
        ],
        "closing": [*closing_lines(report), *calls_line(report)],
        "run": f"Run {report.id}",
    }


def _rows(table: EvidenceTable) -> dict[str, Any] | None:
    """The rows of a table that tells of the data, as joins; None of a step, whose heading and SQL say what it did."""
    if table.sql or table.method:
        return None
    return _table(shown(table, max_rows=MAX_ROWS, max_cell=60, columns=table.columns[:MAX_COLUMNS]))


def _table(table: Shown) -> dict[str, Any]:
    return asdict(table) | {"left-told": f"{table.left:,}"}
