"""The gateway as a detached process: started in a session of its own, recognised by pid and birth, stopped whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from analyst.llm.gateway.config import write_private

RECORD = "gateway.json"
LOG = "gateway.log"
PATIENCE_S = 10.0
"""How long a process may take to end when asked to, before it is killed."""


@dataclass(frozen=True)
class ProcessRecord:
    """A gateway that was started: `born` tells it from a later process with the same pid."""

    pid: int
    born: str
    url: str
    fingerprint: str
    models: tuple[str, ...]


def birth(pid: int) -> str | None:
    """When process `pid` was born, in a text that no other process has; None when there is none, or its zombie only."""
    proc = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _birth_by_ps(pid)
    try:
        fields = proc.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"


def _birth_by_ps(pid: int) -> str | None:
    told = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True)  # noqa: S603, S607
    state, _, born = told.stdout.strip().partition(" ")
    return born.strip() if born and not state.startswith("Z") else None


def read_record(state_dir: Path) -> ProcessRecord | None:
    """The gateway started from this `state_dir`, if that very process still lives."""
    try:
        given = json.loads((state_dir / RECORD).read_text(encoding="utf-8"))
        record = ProcessRecord(
            int(given["pid"]), str(given["born"]), str(given["url"]), str(given["fingerprint"]), tuple(given["models"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if birth(record.pid) == record.born else None


def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    state_dir: Path,
    *,
    url: str,
    made_of: str,
    models: tuple[str, ...],
) -> ProcessRecord:
    """Start `command` detached, its output in the log, and record it. OSError when it or the log can't be made."""
    log = state_dir / LOG
    if log.exists():
        log.replace(log.with_name(f"{LOG}.1"))
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=dict(environment),
            cwd=state_dir,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Reaps it should it die while we live: a zombie would look like a live process.
    threading.Thread(target=process.wait, daemon=True).start()
    record = ProcessRecord(process.pid, birth(process.pid) or "", url, made_of, models)
    try:
        write_private(state_dir / RECORD, json.dumps(asdict(record)))
    except BaseException:
        end(record)
        raise
    return record


def is_alive(record: ProcessRecord) -> bool:
    """Whether that very process lives."""
    return birth(record.pid) == record.born


def end(record: ProcessRecord, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """End the process and all of its group: asked first, killed after PATIENCE_S. Returns when it is gone."""
    for request, patience in ((signal.SIGTERM, PATIENCE_S), (signal.SIGKILL, PATIENCE_S)):
        if not is_alive(record):
            break
        _signal_group(record.pid, request)
        for _ in range(int(patience / 0.05)):
            if not is_alive(record):
                break
            sleep(0.05)
    # Workers whose parent ended before them are still in its group.
    _signal_group(record.pid, signal.SIGKILL)


def _signal_group(pid: int, request: signal.Signals) -> None:
    try:
        os.killpg(pid, request)
    except (ProcessLookupError, PermissionError):
        return


def last_lines(state_dir: Path, count: int = 12) -> str:
    """The end of the gateway's log, for an error message."""
    try:
        text = (state_dir / LOG).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"(no log: {error.strerror})"
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-count:]) or "(the log is empty)"
