"""Folders: whether one can be written, found out before the work; and a process's own, which never outlive it for long.

A work folder may hold the whole table. Its name tells its owner, so that one whose owner was killed is removed by the
next process that starts.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from urllib.parse import quote, unquote

from analyst.core.errors import OutputError, StoreError
from analyst.core.processes import is_alive, this_process

PREFIX = "analyst-"
ROOM_BYTES = 4 * 2**20
"""What a run's folder takes, generously: a disk that has less is full."""


def check_folder(folder: Path, fix: str) -> None:
    """Refuse a folder that can't be made, or written to by as much as a run takes. OutputError ends with `fix`."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise OutputError(f"{str(there)!r} is a file, not a folder.", f"Choose another {fix}.")
    try:
        # Permissions alone don't tell: root may write everywhere but where the file system takes no files.
        with TemporaryFile(dir=there) as file:
            file.write(bytes(ROOM_BYTES))
            file.flush()
    except OSError as error:
        raise OutputError(
            f"{str(there)!r} can't be written to: {error.strerror}.", f"Free some space there, or choose another {fix}."
        ) from None


def check_file(path: Path, fix: str) -> None:
    """Refuse a file that can't be written. OutputError ends with `fix`."""
    if path.is_dir():
        raise OutputError(f"{str(path)!r} is a folder, not a file.", f"Choose another {fix}.")
    check_folder(path.parent, fix)


@contextmanager
def work_folder(place: Path | None = None) -> Iterator[Path]:
    """A folder in `place` (None: the system's for temporary files) that is this process's alone and gone afterwards.

    StoreError when it can't be made.
    """
    try:
        folder = TemporaryDirectory(prefix=owned_prefix(), dir=place, ignore_cleanup_errors=True)
    except OSError as error:
        raise StoreError(
            f"No temporary folder can be made: {error.strerror}.", "Free some space, or set TMPDIR to another folder."
        ) from None
    with folder as name:
        yield Path(name)


def owned_prefix() -> str:
    """How the name of a folder of this process begins."""
    return f"{PREFIX}{quote(this_process(), safe='').replace('-', '%2D')}-"


def sweep(place: Path | None = None) -> int:
    """Remove the work folders in `place` whose owners are gone; how many."""
    swept = 0
    for folder in (place or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        _, owner, *rest = folder.name.split("-")
        if rest and is_alive(unquote(owner)) is False and _ours(folder):
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept


def _ours(folder: Path) -> bool:
    return not folder.is_symlink() and folder.is_dir() and folder.stat().st_uid == os.getuid()
