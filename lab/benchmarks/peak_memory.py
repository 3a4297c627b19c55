"""The most memory that a process has taken. Linux tells it of the program itself; getrusage counts what forked it, too."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_mb(pid: int | str = "self") -> int:
    """MB of a process at its peak. OSError, ProcessLookupError: it has ended."""
    status = Path(f"/proc/{pid}/status")
    if sys.platform != "linux" and pid == "self":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)
    lines = status.read_text(encoding="utf-8").splitlines()
    return next((int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM:")), 0)
