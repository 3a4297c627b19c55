"""Folders for working files, which may hold the whole table: their owner's alone, gone with its process.

A killed process leaves its folders behind; a name says whose it was, and the next folder of the kind removes it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from analyst.core.process import start_of

_NAME = re.compile(r"\w+-(\d+)-(\d+)-\w+$")


@contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """A new folder (mode 700) while the block runs; what dead processes left of this `kind` is removed first."""
    with new_scratch(kind) as folder:
        yield Path(folder)


def new_scratch(kind: str, parent: Path | None = None) -> TemporaryDirectory[str]:
    """The same until its `cleanup`, in the system's folder for temporary files or in `parent`."""
    _sweep(kind, parent or Path(gettempdir()))
    prefix = f"{kind}-{os.getpid()}-{start_of(os.getpid()) or 0}-"
    return TemporaryDirectory(prefix=prefix, dir=parent, ignore_cleanup_errors=True)


def _sweep(kind: str, parent: Path) -> None:
    for folder in parent.glob(f"{kind}-*-*-*"):
        with suppress(OSError):
            if folder.lstat().st_uid == os.getuid() and folder.is_dir() and _is_orphan(folder.name):
                shutil.rmtree(folder, ignore_errors=True)


def _is_orphan(name: str) -> bool:
    """Whether the process that `name` tells of is gone; where start times can't be read, none is known to be."""
    found = _NAME.fullmatch(name)
    if found is None or not start_of(os.getpid()):
        return False
    return start_of(int(found[1])) != found[2]
