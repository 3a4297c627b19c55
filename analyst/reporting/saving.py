"""Writes a run's folder whole or not at all: everything goes to a folder beside it, which then takes its name."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyst.core.errors import StoreError
from analyst.protocol.results import AnalysisResult
from analyst.reporting.figures import CSV, XLSX, figure_tables, to_csv, to_xlsx
from analyst.reporting.html import to_html
from analyst.reporting.markdown import to_markdown
from analyst.reporting.pdf import to_pdf

if TYPE_CHECKING:
    from analyst.reporting.charts.drawing import Chart
    from analyst.reporting.report import Report


Maker = Callable[[], bytes]
REQUIRED = ("report.md", "result.json")
"""What was paid for: a run without one of these is an error, without any other file it is not."""
_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


class UnwrittenError(StoreError):
    """The file `name` of a run can't be made or written, for `reason`."""

    def __init__(self, name: str, reason: str, message: str = "", fix: str = "") -> None:
        super().__init__(message or f"{name} can't be made: {reason}.", fix)
        self.name, self.reason = name, reason


def write_run(
    result: AnalysisResult,
    report: Report,
    charts: Sequence[Chart],
    folder: Path,
    on_note: Callable[[str], None] = lambda text: None,
) -> AnalysisResult:
    """Write report.md, .html and .pdf, the figures as .xlsx and .csv, result.json, plan.json, evidence.json and charts/
    into `folder`.

    A file beside the REQUIRED ones that can't be made or written is left out, and `on_note` is told. Returned is what
    result.json holds: `result` with its files and its charts' files named. Files of the same names from an earlier run
    are replaced, others stay. StoreError names the path and the fix; nothing half-written is left.
    """
    apart, lost = _apart(report, charts), set[str]()
    while True:
        names = [name for name in (*REQUIRED, *apart, *_linking(charts)) if name not in lost]
        written = _with_files(result, {name: folder / name for name in names})
        makers = _makers(written, report, charts) | apart
        try:
            write_whole(folder, {name: _make(name, makers[name]) for name in names})
            return written
        except UnwrittenError as error:
            if error.name in REQUIRED:
                raise
            if not isinstance(error.__cause__, ModuleNotFoundError):  # Typst is not made for every machine
                on_note(f"{error.name} is left out: {error.reason}.")
            lost.add(error.name)


def _make(name: str, maker: Maker) -> bytes:
    """The content of a file. UnwrittenError: whatever fails costs this file alone, the answer has been paid for."""
    try:
        return maker()
    except Exception as error:
        raise UnwrittenError(name, getattr(error, "strerror", None) or str(error)) from error


def _apart(report: Report, charts: Sequence[Chart]) -> dict[str, Maker]:
    """The files that name no other, each made once: the PDF, and the computed figures where there are any."""
    tables = figure_tables(report)
    figures: dict[str, Maker] = {XLSX: lambda: to_xlsx(tables), CSV: lambda: to_csv(tables[0])} if tables else {}
    makers: dict[str, Maker] = {"report.pdf": lambda: to_pdf(report, charts), **figures}
    return {name: cache(make) for name, make in makers.items()}


def _linking(charts: Sequence[Chart]) -> list[str]:
    plain = ["report.html", "plan.json", "evidence.json"]
    return plain + [f"charts/{chart.id}.{kind}" for chart in charts for kind in ("svg", "png")]


def _makers(written: AnalysisResult, report: Report, charts: Sequence[Chart]) -> dict[str, Maker]:
    """The files that name others, those of `written`; and what lies beside them."""
    shown = [chart.id for chart in charts if f"charts/{chart.id}.png" in written.files]
    makers: dict[str, Maker] = {
        "report.md": lambda: to_markdown(report, charts=shown).encode(),
        "result.json": lambda: written.model_dump_json(indent=2).encode(),
        "report.html": lambda: to_html(report, charts, beside=written.files).encode(),
        "plan.json": lambda: _json(dict(report.plan)),
        "evidence.json": lambda: _json([_record(table) for table in report.tables]),
    }
    makers |= {f"charts/{chart.id}.svg": chart.svg.encode for chart in charts}
    return makers | {f"charts/{chart.id}.png": partial(bytes, chart.png) for chart in charts}


def write_whole(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Put the files (by relative path) into `folder`, all or none, for their owner alone.

    UnwrittenError names the file that met a full or read-only disk; the first one where the folder itself did.
    """
    beside = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.part"
    first = name = next(iter(contents))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside.mkdir(mode=0o700)
        for name, content in contents.items():
            _write_private(beside / name, content)
        name = first
        _take_place(beside, folder, contents)
    except OSError as error:
        fix = "Free some space" if error.errno in _NO_ROOM else "Make it writable"
        reason = error.strerror or str(error)
        raise UnwrittenError(
            name,
            reason,
            f"The run can't be written to {str(folder)!r}: {reason}.",
            f"{fix}, or choose another --out.",
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_private(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _take_place(beside: Path, folder: Path, contents: Mapping[str, bytes]) -> None:
    """Give the finished folder its name; into a folder that is there, move file by file (each rename is atomic).

    A link inside that folder is replaced, never followed: it may lead anywhere.
    """
    if not folder.exists():
        beside.rename(folder)
        return
    for name in contents:
        target = folder / name
        if target.parent != folder and target.parent.is_symlink():
            target.parent.unlink()
        target.parent.mkdir(mode=0o700, exist_ok=True)
        (beside / name).replace(target)


def _with_files(result: AnalysisResult, written: Mapping[str, Path]) -> AnalysisResult:
    records = tuple(
        record.model_copy(
            update={
                "files": tuple(name for kind in ("svg", "png") if (name := f"charts/{record.id}.{kind}") in written)
            }
        )
        for record in result.charts
    )
    return result.model_copy(update={"charts": records, "files": {name: str(path) for name, path in written.items()}})


def _record(table: Any) -> dict[str, Any]:
    return asdict(table)


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str, allow_nan=False).encode()
