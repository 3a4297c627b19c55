"""A folder for one analysis' working files, which hold the whole table: its owner's alone, gone with its process.

A killed process leaves its folder behind; the name says whose it was, and the next analysis removes it.
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
    _sweep(kind)
    with TemporaryDirectory(
        prefix=f"{kind}-{os.getpid()}-{start_of(os.getpid()) or 0}-", ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def _sweep(kind: str) -> None:
    for folder in Path(gettempdir()).glob(f"{kind}-*-*-*"):
        with suppress(OSError):
            if folder.lstat().st_uid == os.getuid() and folder.is_dir() and _is_orphan(folder.name):
                shutil.rmtree(folder, ignore_errors=True)


def _is_orphan(name: str) -> bool:
    """Whether the process that `name` tells of is gone; where start times can't be read, none is known to be."""
    found = _NAME.fullmatch(name)
    if found is None or not start_of(os.getpid()):
        return False
    return start_of(int(found[1])) != found[2]
