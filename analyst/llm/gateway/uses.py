"""Which gateways are in use: a process that works with one holds a shared lock on its file until it ends, however."""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import suppress
from io import FileIO
from pathlib import Path

_HELD: dict[Path, FileIO] = {}
_GUARD = threading.Lock()


def hold(path: Path) -> None:
    """Mark the gateway of `path` as used by this process, from now until its end or `release`. OSError."""
    with _GUARD:
        if path not in _HELD:
            file = _opened(path)
            fcntl.flock(file, fcntl.LOCK_SH)
            _HELD[path] = file
        os.utime(path)


def release(path: Path) -> None:
    """This process no longer uses the gateway of `path`."""
    with _GUARD:
        if (file := _HELD.pop(path, None)) is not None:
            file.close()


def used_by_others(path: Path) -> bool:
    """Whether a living process other than this one holds `path`."""
    release(path)
    try:
        with _opened(path) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def last_used(path: Path) -> float:
    """When a process last began to use the gateway of `path`, in Unix seconds; 0 for never."""
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _opened(path: Path) -> FileIO:
    return FileIO(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
