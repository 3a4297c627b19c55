"""Open any file as a table: what it is, a clean text of it, the stage, `data` with types, and all that was done."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from analyst.core.errors import PlatformError, StoreError, TableError
from analyst.datasets.identity import name_of, with_sheet
from analyst.datasets.inference import Built, build_data
from analyst.datasets.sources.csv_reading import STAGE, Staged, count_stage, stage_csv
from analyst.datasets.sources.decoding import Scan, as_utf8, chunks, refuse_binary, scan
from analyst.datasets.sources.excel import epoch, write_sheet
from analyst.datasets.sources.formats import NO_ROWS, detect_format, reason, require_file, unpack
from analyst.datasets.sources.json_reading import stage_json
from analyst.datasets.sources.plain_text import check_text
from analyst.datasets.sources.sniffing import read_text
from analyst.datasets.sources.typed_reading import stage_parquet
from analyst.datasets.totals.groups import fill_groups
from analyst.datasets.totals.rows import take_totals
from analyst.engine.errors import DiskError, EngineError, OutOfMemoryError
from analyst.engine.loading import Loader, open_loader
from analyst.protocol.table import IngestNote, OpenedTable

DATABASE = "table.duckdb"
"""The file that a table is read into, in its folder."""


@dataclass(frozen=True)
class _Source:
    """What is read: the file, what it is called, where intermediate files go, and which sheet of it is asked for."""

    path: Path
    file: str
    workdir: Path
    sheet: str | None = None


def open_table(path: Path, workdir: Path, *, memory_mb: int = 2048, sheet: str | None = None) -> OpenedTable:
    """Read the file at `path` into a DuckDB file in `workdir`: relation `data` with `_row` from 0.

    `sheet` names the one of a workbook that is read; None: the best one. TableError says what is wrong with the file or
    the choice, StoreError what is wrong with the disk; nothing else escapes.
    """
    path = Path(path)
    require_file(path)
    database = workdir / DATABASE
    with translated(path):
        workdir.mkdir(parents=True, exist_ok=True)
        before = path.stat()
        scanned = scan(path, before.st_size)
        format_, built = _load(_Source(path, path.name, workdir, sheet), scanned, database, memory_mb)
        notes = built.notes
        if _changed(before, path.stat()):
            frozen = _snapshot(path, before.st_size, workdir, is_text=b"\0" not in scanned.head)
            scanned = scan(frozen)
            format_, built = _load(_Source(frozen, path.name, workdir, sheet), scanned, database, memory_mb)
            grown = IngestNote("changed", "The file changed while it was being read. Its earlier version was used.", 1)
            notes = (grown, *built.notes)
    name, print_ = name_of(path), with_sheet(scanned.fingerprint, sheet)
    return OpenedTable(database, path, name, format_, built.rows, built.columns, print_, notes, built.meanings)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of the disk, of the engine and of decoding as the user's or the disk's."""
    try:
        yield
    except (OutOfMemoryError, MemoryError) as error:
        raise TableError(f"{path.name!r} does not fit in the available memory.", "Raise SQL_MEMORY_MB.") from error
    except DiskError as error:
        raise StoreError(f"The table can't be written: {reason(error)}.", "Free up disk space.") from error
    except PermissionError as error:
        raise TableError(f"{str(path)!r} can't be read: {reason(error)}.", "Check its permissions.") from error
    except OSError as error:
        raise _disk_error(path, error) from error
    except (EngineError, ValueError, LookupError, RecursionError, OverflowError) as error:
        raise TableError(
            f"{path.name!r} can't be read as a table: {reason(error)}.", "Save it again as CSV."
        ) from error
    except PlatformError:
        raise


def _disk_error(path: Path, error: OSError) -> PlatformError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG):
        return StoreError(f"The table can't be written: {reason(error)}.", "Free up disk space.")
    return TableError(f"{str(path)!r} can't be read: {reason(error)}.", "Copy it to a local disk and try again.")


def _changed(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino)


def _snapshot(path: Path, size: int, workdir: Path, *, is_text: bool) -> Path:
    """A copy of the first `size` bytes, of a text without a line that is not finished."""
    target = workdir / f"snapshot{path.suffix}"
    with path.open("rb") as source, target.open("wb") as out:
        for piece in chunks(source, size):
            out.write(piece)
    content_end = _last_line_end(target) if is_text else 0
    if content_end:
        os.truncate(target, content_end)
    return target


def _last_line_end(path: Path) -> int:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - (1 << 20)))
        tail = file.read()
    place = tail.rfind(b"\n")
    return size - len(tail) + place + 1 if place >= 0 else 0


def _load(source: _Source, scanned: Scan, database: Path, memory_mb: int) -> tuple[str, Built]:
    """Make the database anew from `source`: its format and what it holds."""
    with new_database(database, source.workdir, memory_mb) as loader:
        format_, staged = _stage(loader, source, scanned)
        return format_, build(loader, staged, source.file)


@contextmanager
def new_database(database: Path, workdir: Path, memory_mb: int) -> Iterator[Loader]:
    """A session that fills `database`, which is made anew."""
    for leftover in (database, database.with_name(database.name + ".wal")):
        leftover.unlink(missing_ok=True)
    with open_loader(database, memory_mb=memory_mb, temp_directory=workdir / "spill") as loader:
        yield loader


def build(loader: Loader, staged: Staged, called: str) -> Built:
    """`data` of the stage that was filled from what is `called` so, and all that was done."""
    taken = take_totals(loader, STAGE, staged.columns)
    settled = taken.notes + fill_groups(loader, STAGE, staged.columns, taken.names)
    if count_stage(loader) == 0:
        raise TableError(f"{called!r} has a header but no rows.", NO_ROWS)
    built = build_data(loader, staged)
    loader.checkpoint()
    return replace(built, notes=staged.notes + settled + built.notes)


def stage_file(loader: Loader, path: Path, workdir: Path, sheet: str | None = None) -> Staged:
    """Fill the stage from one file of several; intermediate files go to `workdir`."""
    require_file(path)
    with translated(path):
        return _stage(loader, _Source(path, path.name, workdir, sheet), scan(path))[1]


def _stage(loader: Loader, source: _Source, scanned: Scan) -> tuple[str, Staged]:
    """Fill the stage by the file's format."""
    encoding = scanned.codec
    wide = encoding.startswith(("utf-16", "utf-32"))
    format_ = detect_format(source.path, scanned.head)
    if format_ in ("gzip", "zip"):
        inner = unpack(source.path, source.workdir, format_)
        inside, staged = _stage(loader, replace(source, path=inner), scan(inner))
        return inside, staged
    if source.sheet is not None and format_ != "excel":
        raise TableError(f"{source.file!r} is no Excel workbook and has no sheets.", "Leave out --sheet.")
    if format_ == "parquet":
        return format_, stage_parquet(loader, source.path, source.file)
    if format_ == "excel":
        sheet = source.workdir / "sheet.csv"
        notes = write_sheet(source.path, sheet, source.file, source.sheet)
        staged = stage_csv(loader, read_text(sheet), source.workdir, source.file)
        return format_, replace(staged, notes=notes + staged.notes, delimiter=",", epoch=epoch(source.path))
    if not wide:
        refuse_binary(source.path, scanned.head)
    text, notes = as_utf8(source.path, scanned, source.workdir)
    if wide:
        with text.open("rb") as start:
            format_ = detect_format(Path(text.name).with_suffix(source.path.suffix), start.read(1 << 20))
    if format_ == "json":
        staged = stage_json(loader, text, source.workdir, source.file)
    else:
        written = read_text(text)
        notes += check_text(written, source.file)
        staged = stage_csv(loader, written, source.workdir, source.file)
    return format_, replace(staged, notes=notes + staged.notes)
