"""Writes a run's folder whole or not at all: everything goes to a folder beside it, which then takes its name.

The result and the report are what was paid for: they are written first, and a file beside them that finds no room is
left out.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
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


RECORD = ("report.md", "result.json")
"""What a run can't do without."""
FURTHER = (XLSX, CSV, "plan.json", "evidence.json", "report.pdf", "report.html")
Make = Callable[[], bytes]
Tell = Callable[[str], None]
_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


def attach(report: Report, charts: Sequence[Chart], tell: Tell = lambda text: None) -> Attachments:
    """The attachments of `report` with these charts; no files of figures where nothing was computed. `tell` hears of
    those that could not be made."""
    tables, figures = figure_tables(report), dict[str, bytes]()
    makers: dict[str, Make] = {XLSX: lambda: to_xlsx(tables), CSV: lambda: to_csv(tables[0])} if tables else {}
    for name, make in makers.items():
        try:
            figures[name] = make()
        except OSError as error:
            tell(f"{name} could not be made: {error.strerror or error}.")
    return Attachments(tuple(charts), figures)


def write_run(
    result: AnalysisResult,
    report: Report,
    attached: Attachments,
    folder: Path,
    kept_in: Path | None = None,
    tell: Tell = lambda text: None,
) -> AnalysisResult:
    """Write report.md and result.json into `folder`, and what there is room for: charts/, the figures as .xlsx and
    .csv, plan.json, evidence.json, report.pdf and report.html. `kept_in` is where the charts' script is kept.

    Returned is what result.json holds: `result` with its files and its charts' files named. `tell` hears of the files
    that could not be made. Files of the same names from an earlier run are replaced, others stay. StoreError names the
    path and the fix when not even the two can be written; nothing half-written is left.
    """
    charts = attached.charts
    drawn, written = _drawn(charts), list[str]()
    lost = [name for name in (XLSX, CSV) if name not in attached.figures]
    with _beside(folder) as place:
        # The two come first, and claim their room.
        _put(place, _record(result, report, charts, [*drawn, *FURTHER], folder)[1])
        for name, make in (drawn | _further(report, attached, written, kept_in)).items():
            (written if _made(place, name, make, tell) else lost).append(name)
        saved = [chart for chart in charts if all(name in written for name in _drawn([chart]))]
        told, files = _record(result, report, saved, written, folder)
        _put(place, files)
        _take_place(place, folder, [*RECORD, *written], lost)
    return told


def _record(
    result: AnalysisResult, report: Report, charts: Sequence[Chart], written: Sequence[str], folder: Path
) -> tuple[AnalysisResult, dict[str, bytes]]:
    """What a run can't do without, when it has the files `written` beside it: its result, and the files of both."""
    told = _with_files(result, {name: folder / name for name in [*RECORD, *written]}, charts)
    text = to_markdown(report, charts=[chart.id for chart in charts])
    return told, {"report.md": text.encode(), "result.json": told.model_dump_json(indent=2).encode()}


def _drawn(charts: Sequence[Chart]) -> dict[str, Make]:
    """The pictures of `charts` by the names of their files."""
    made: dict[str, Make] = {}
    for chart in charts:
        made |= {f"charts/{chart.id}.svg": chart.svg.encode, f"charts/{chart.id}.png": partial(bytes, chart.png)}
    return made


def _further(report: Report, attached: Attachments, written: Sequence[str], kept_in: Path | None) -> dict[str, Make]:
    """The other files that are made where there is room; the page is last, and links those `written` before it."""
    charts = attached.charts

    def page() -> bytes:
        return to_html(report, charts, beside=[*RECORD, *written, "report.html"], kept_in=kept_in).encode()

    return {
        **{name: partial(bytes, content) for name, content in attached.figures.items()},
        "plan.json": lambda: _json(dict(report.plan)),
        "evidence.json": lambda: _json([asdict(table) for table in report.tables]),
        "report.pdf": lambda: to_pdf(report, charts),
        "report.html": page,
    }


def _made(place: Path, name: str, make: Make, tell: Tell) -> bool:
    """Make one file that a run can do without; False, and told, when it can't be made or written."""
    try:
        _put(place, {name: make()})
    except ModuleNotFoundError:
        return False  # a machine for which Typst has no package: the other formats say the same
    except (OSError, RuntimeError) as error:
        with suppress(OSError):
            (place / name).unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        tell(f"{name} could not be written: {reason}. The rest of the report is complete.")
        return False
    return True


def write_whole(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Put the files (by relative path) into `folder`, all or none. StoreError when the disk is full or read-only."""
    with _beside(folder) as place:
        _put(place, contents)
        _take_place(place, folder, list(contents), [])


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` to write to, gone when the block ends. StoreError for what the disk refuses in it."""
    beside = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.part"
    try:
        # A report may show what its table holds: only its owner reads it.
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.mkdir(mode=0o700)
        yield beside
    except OSError as error:
        fix = "Free some space" if error.errno in _NO_ROOM else "Make it writable"
        raise StoreError(
            f"The run can't be written to {str(folder)!r}: {error.strerror or error}.",
            f"{fix}, or choose another --out.",
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put(place: Path, contents: Mapping[str, bytes]) -> None:
    for name, content in contents.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _take_place(beside: Path, folder: Path, names: Sequence[str], lost: Sequence[str]) -> None:
    """Give the finished folder its name; into a folder that is there, move file by file (each rename is atomic).

    What was lost is not left there from an earlier run. Nothing goes through a link to another place.
    """
    if not folder.exists():
        beside.rename(folder)
        return
    for target in {(folder / name).parent for name in names} - {folder}:
        if target.is_symlink():
            raise OSError(errno.ELOOP, "a link leads out of the folder", str(target))
        target.mkdir(parents=True, exist_ok=True)
    for name in names:
        (beside / name).replace(folder / name)
    for name in lost:
        (folder / name).unlink(missing_ok=True)


def _with_files(result: AnalysisResult, written: Mapping[str, Path], charts: Sequence[Chart]) -> AnalysisResult:
    drawn = {chart.id for chart in charts}
    records = tuple(
        record.model_copy(update={"files": tuple(f"charts/{record.id}.{kind}" for kind in ("svg", "png"))})
        if record.id in drawn
        else record
        for record in result.charts
    )
    return result.model_copy(update={"charts": records, "files": {name: str(path) for name, path in written.items()}})


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str, allow_nan=False).encode()
