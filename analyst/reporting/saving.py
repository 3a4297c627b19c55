"""Writes a run's folder whole or not at all: everything goes to a folder beside it, which then takes its name."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from analyst.core.errors import StoreError
from analyst.protocol.results import AnalysisResult
from analyst.reporting.charts.drawing import Chart
from analyst.reporting.figures import CSV, XLSX, figure_tables, to_csv, to_xlsx
from analyst.reporting.html import to_html
from analyst.reporting.markdown import to_markdown
from analyst.reporting.pdf import to_pdf
from analyst.reporting.report import Report


@dataclass(frozen=True)
class Attachments:
    """What comes with a report and says nothing of its run: charts as drawn, figures as files by name."""

    charts: tuple[Chart, ...] = ()
    figures: Mapping[str, bytes] = field(default_factory=dict)


def attach(report: Report, charts: Sequence[Chart]) -> Attachments:
    """The attachments of `report` with these charts; no files of figures where nothing was computed."""
    tables = figure_tables(report)
    return Attachments(tuple(charts), {XLSX: to_xlsx(tables), CSV: to_csv(tables[0])} if tables else {})


_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


def write_run(
    result: AnalysisResult, report: Report, attached: Attachments, folder: Path, kept_in: Path | None = None
) -> AnalysisResult:
    """Write report.md, .html and .pdf, the figures as .xlsx and .csv, result.json, plan.json, evidence.json and charts/
    into `folder`. `kept_in` is where the charts' script is kept.

    Returned is what result.json holds: `result` with its files and its charts' files named. Files of the same names
    from an earlier run are replaced, others stay. StoreError names the path and the fix; nothing half-written is left.
    """
    charts = attached.charts
    made = _pdf(report, charts) | dict(attached.figures)
    written = _with_files(result, {name: folder / name for name in [*made, *_names(charts)]}, charts)
    texts: dict[str, Callable[[], bytes]] = {
        "report.md": lambda: to_markdown(report, charts=[chart.id for chart in charts]).encode(),
        "report.html": lambda: to_html(report, charts, beside=written.files, kept_in=kept_in).encode(),
        "result.json": lambda: written.model_dump_json(indent=2).encode(),
        "plan.json": lambda: _json(dict(report.plan)),
        "evidence.json": lambda: _json([_record(table) for table in report.tables]),
    }
    contents = made | {name: make() for name, make in texts.items()}
    contents |= {f"charts/{chart.id}.svg": chart.svg.encode() for chart in charts}
    contents |= {f"charts/{chart.id}.png": chart.png for chart in charts}
    write_whole(folder, contents)
    return written


def _pdf(report: Report, charts: Sequence[Chart]) -> dict[str, bytes]:
    """The PDF by its name; nothing on a machine for which Typst has no package: the other formats say the same."""
    try:
        return {"report.pdf": to_pdf(report, charts)}
    except ModuleNotFoundError:
        return {}


def write_whole(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Put the files (by relative path) into `folder`, all or none. StoreError when the disk is full or read-only."""
    beside = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.part"
    try:
        for name, content in contents.items():
            path = beside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        _take_place(beside, folder, contents)
    except OSError as error:
        fix = "Free some space" if error.errno in _NO_ROOM else "Make it writable"
        raise StoreError(
            f"The run can't be written to {str(folder)!r}: {error.strerror or error}.",
            f"{fix}, or choose another --out.",
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _take_place(beside: Path, folder: Path, contents: Mapping[str, bytes]) -> None:
    """Give the finished folder its name; into a folder that is there, move file by file (each rename is atomic)."""
    if not folder.exists():
        beside.rename(folder)
        return
    for name in contents:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (beside / name).replace(target)


def _names(charts: Sequence[Chart]) -> list[str]:
    plain = ["report.md", "report.html", "result.json", "plan.json", "evidence.json"]
    return plain + [f"charts/{chart.id}.{kind}" for chart in charts for kind in ("svg", "png")]


def _with_files(result: AnalysisResult, written: Mapping[str, Path], charts: Sequence[Chart]) -> AnalysisResult:
    drawn = {chart.id for chart in charts}
    records = tuple(
        record.model_copy(update={"files": tuple(f"charts/{record.id}.{kind}" for kind in ("svg", "png"))})
        if record.id in drawn
        else record
        for record in result.charts
    )
    return result.model_copy(update={"charts": records, "files": {name: str(path) for name, path in written.items()}})


def _record(table: Any) -> dict[str, Any]:
    return asdict(table)


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str, allow_nan=False).encode()
