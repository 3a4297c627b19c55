"""Gateways as detached processes: started in sessions of their own, recognised by pid and birth, stopped whole.

Each configuration has a record and a log of its own, so that one process's settings never touch another's gateway.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from analyst.core.processes import is_alive as is_running
from analyst.core.processes import this_process
from analyst.llm.gateway.config import write_private

PATIENCE_S = 10.0
"""How long a process may take to end when asked to, before it is killed."""
IDLE_S = 3600.0
"""How long a gateway that nobody uses is kept for whoever comes back with its settings."""
BIRTH_TOLERANCE_S = 1.0
"""How far a birth may move when the clock is set: no other process gets the same id so soon."""


@dataclass(frozen=True)
class ProcessRecord:
    """A gateway that was started: `born` tells it from a later process with the same pid."""

    pid: int
    born: float
    url: str
    fingerprint: str
    models: tuple[str, ...]


def birth(pid: int) -> float | None:
    """When process `pid` was born, in Unix seconds; None when there is none, or its zombie only."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None


def is_alive(record: ProcessRecord) -> bool:
    """Whether that very process lives."""
    born = birth(record.pid)
    return born is not None and abs(born - record.born) < BIRTH_TOLERANCE_S


def record_file(state_dir: Path, made_of: str) -> Path:
    """Where the gateway of the configuration `made_of` is recorded."""
    return state_dir / f"gateway-{made_of[:12]}.json"


def log_file(state_dir: Path, made_of: str) -> Path:
    """Where that gateway's output goes."""
    return record_file(state_dir, made_of).with_suffix(".log")


def read_records(state_dir: Path) -> list[ProcessRecord]:
    """The gateways started from this `state_dir` that still live, the oldest first."""
    records = filter(None, map(_read, state_dir.glob("gateway-*.json")))
    return sorted((record for record in records if is_alive(record)), key=lambda record: record.born)


def _read(path: Path) -> ProcessRecord | None:
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        return ProcessRecord(
            int(given["pid"]),
            float(given["born"]),
            str(given["url"]),
            str(given["fingerprint"]),
            tuple(given["models"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


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
    log = log_file(state_dir, made_of)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
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
    record = ProcessRecord(process.pid, birth(process.pid) or 0.0, url, made_of, models)
    try:
        write_private(record_file(state_dir, made_of), json.dumps(asdict(record)))
    except BaseException:
        end(record)
        raise
    return record


def end(record: ProcessRecord) -> None:
    """End the process and all below it: asked first, killed after PATIENCE_S. Returns when they are gone."""
    left = _family(record)
    for request in (psutil.Process.terminate, psutil.Process.kill):
        for process in left:
            with suppress(psutil.Error):
                request(process)
        _, left = psutil.wait_procs(left, timeout=PATIENCE_S)


def _family(record: ProcessRecord) -> list[psutil.Process]:
    """The process and every process below it; empty when it lives no more."""
    try:
        if not is_alive(record):
            return []
        process = psutil.Process(record.pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def note_use(state_dir: Path, record: ProcessRecord) -> None:
    """Record that this process uses the gateway of `record`."""
    with os.fdopen(os.open(_users(state_dir, record), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write(f"{this_process()}\n")


def retire(state_dir: Path, idle_s: float = IDLE_S) -> None:
    """End the gateways that nobody has begun to use for `idle_s` seconds and no living process uses: every change of
    settings or code would leave one behind."""
    for record in read_records(state_dir):
        users = _users(state_dir, record)
        with suppress(OSError):
            unused_s = time.time() - users.stat().st_mtime
            if unused_s >= idle_s and not any(is_running(user) is not False for user in users.read_text().split()):
                end(record)
                users.unlink()
                record_file(state_dir, record.fingerprint).unlink()


def _users(state_dir: Path, record: ProcessRecord) -> Path:
    return record_file(state_dir, record.fingerprint).with_suffix(".users")


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a gateway's log, for an error message."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"(no log: {error.strerror})"
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-count:]) or "(the log is empty)"
