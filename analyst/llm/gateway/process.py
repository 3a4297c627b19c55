"""The gateway as a detached process: started in a session of its own, recognised by pid and birth, stopped whole."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from analyst.llm.gateway.config import write_private

RECORD = "gateway.json"
LOG = "gateway.log"
PATIENCE_S = 10.0
"""How long a process may take to end when asked to, before it is killed."""
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


def read_record(state_dir: Path) -> ProcessRecord | None:
    """The gateway started from this `state_dir`, if that very process still lives."""
    try:
        given = json.loads((state_dir / RECORD).read_text(encoding="utf-8"))
        record = ProcessRecord(
            int(given["pid"]),
            float(given["born"]),
            str(given["url"]),
            str(given["fingerprint"]),
            tuple(given["models"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if is_alive(record) else None


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
    record = ProcessRecord(process.pid, birth(process.pid) or 0.0, url, made_of, models)
    try:
        write_private(state_dir / RECORD, json.dumps(asdict(record)))
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


def last_lines(state_dir: Path, count: int = 12) -> str:
    """The end of the gateway's log, for an error message."""
    try:
        text = (state_dir / LOG).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"(no log: {error.strerror})"
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-count:]) or "(the log is empty)"
