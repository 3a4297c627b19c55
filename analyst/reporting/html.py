"""The report as one self-contained HTML file, which nobody but this code can make run or fetch anything.

The page holds the charts' library, data and pictures. Its content-security policy names the scripts by their hash and
allows no request at all, so that a text that slipped through every escape could still do nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.charts.drawing import Chart
from analyst.reporting.charts.library import library
from analyst.reporting.figures import CSV, XLSX
from analyst.reporting.key_figures import KeyFigures, key_figures
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
from analyst.reporting.tables import shown

TEMPLATES = Path(__file__).parent / "templates"


def to_html(
    report: Report, charts: Sequence[Chart] = (), *, beside: Collection[str] = (), kept_in: Path | None = None
) -> str:
    """The report as HTML; `charts` that no finding shown names come first. 1 MB with charts, 20 kB without.

    `beside` names the files that lie in its folder, which it links to; `kept_in` is where the charts' script is kept.
    """
    scripts = [library(kept_in), asset("charts.js")] if charts else []
    policy = " ".join(f"'{digest(script)}'" for script in scripts) or "'none'"
    by_id, told = {chart.id: chart for chart in charts}, layout(report)
    page: str = _template().render(
        report=report,
        eyebrow=eyebrow(report),
        findings=told.findings,
        actions=told.actions,
        caveats=report.caveats,
        open_note=open_note(report),
        next_heading=next_heading(report),
        key=_key_figures(key_figures(report)),
        downloads=[name for name in (XLSX, CSV) if name in beside],
        beside=beside,
        style=asset("report.css"),
        scripts=scripts,
        policy=policy,
        charts=by_id,
        lead=[by_id[id] for id in lead_charts(report, list(by_id))],
        specs=_data_block({chart.id: chart.page_spec for chart in charts}),
        data_notes=data_notes(report),
        stand_in=stand_in_note(report),
        tables=[_table(table) for table in shown_tables(report)],
        plan=json.dumps(report.plan, indent=2, ensure_ascii=False, default=str) if report.plan else "",
        closing=[*closing_lines(report), *calls_line(report)],
    )
    return page


def digest(script: str) -> str:
    """The script's hash as a content-security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def picture(chart: Chart) -> str:
    """The chart as a picture inside the page: scripts in an SVG picture never run."""
    return "data:image/svg+xml;base64," + base64.b64encode(chart.svg.encode()).decode()


@cache
def asset(name: str) -> str:
    """A file that the page is made with, such as report.css: the service's own pages are set in the same style."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["picture"] = picture
    environment.filters["words"] = words
    environment.filters["spoken"] = spoken
    environment.filters["alternatives"] = alternatives_line
    environment.filters["carried"] = carried_line
    environment.filters["confidence"] = confidence_line
    return environment.get_template("report.html.j2")


def _data_block(value: Any) -> str:
    """JSON that can stand inside a script tag: no tag can begin or end in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _key_figures(found: KeyFigures | None) -> dict[str, Any] | None:
    """What the template sets of the key figures."""
    if found is None:
        return None
    first = shown(found.first, max_rows=len(found.first.rows))
    whole = shown(found.whole, max_rows=len(found.whole.rows)) if found.whole else None
    return {"first": replace(first, left=0), "whole": whole, "total": found.first.row_count}


def _table(table: EvidenceTable, most: int = MAX_ROWS) -> dict[str, Any]:
    """What the template sets of a table."""
    told = shown(table, max_rows=most)
    return {
        "id": table.id,
        "what": step_title(table),
        "table": told,
        "sql": table.sql,
        "warnings": table.warned,
    }
