"""The operating system's limits on the worker, where it has them: address space and CPU time."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import resource

LIBRARIES_MB = 2304
"""Address space for the libraries that a method may load late, and their threads' stacks: reserved, hardly used."""
MEMORY_EXIT = 86
"""The exit code of a worker that passed its memory where the system can't refuse memory (macOS)."""


def limit_memory(memory_mb: int) -> None:
    """Refuse more memory than `memory_mb` beside the libraries; where that can't be done, exit when it is passed."""
    if sys.platform.startswith("linux"):
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = used + (memory_mb + LIBRARIES_MB) * 2**20
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    elif sys.platform != "win32":
        threading.Thread(target=_watch_memory, args=(memory_mb + LIBRARIES_MB,), daemon=True).start()


def limit_cpu(seconds: float, *, threads: int = 2) -> None:
    """Let the process use `seconds` of `threads` more CPUs and some to spare, then the system kills it."""
    if sys.platform == "win32":
        return

    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    wanted = int(time.process_time() + seconds * threads + 20)
    if hard == resource.RLIM_INFINITY or wanted < hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))


def _watch_memory(limit_mb: int) -> None:
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < limit_mb * 2**20:  # bytes on macOS
        time.sleep(0.1)
    os._exit(MEMORY_EXIT)
