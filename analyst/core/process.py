"""Who wrote a record: a process, named so that a later one with the same number is not taken for it."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_process() -> str:
    """`host/pid/start` of this process; `start` is the kernel's start tick, empty where there is no /proc."""
    return owner_of(os.getpid())


def owner_of(pid: int) -> str:
    """`host/pid/start` of process `pid` of this machine."""
    return f"{socket.gethostname()}/{pid}/{start_of(pid)}"


def is_alive(owner: str) -> bool | None:
    """Whether the process `owner` (as `this_process` wrote it) still runs; None when it is on another machine."""
    host, _, rest = owner.partition("/")
    pid, _, start = rest.partition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return None
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not start or start_of(int(pid)) == start


def start_of(pid: int) -> str:
    """When process `pid` started, as the kernel's tick; empty where there is none or no /proc.

    Field 22 of /proc/<pid>/stat; the name in field 2 may hold blanks and brackets, so count from its end.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
