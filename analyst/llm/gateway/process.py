"""A gateway as a detached process: started in a session of its own, recognised by pid and birth, stopped whole.

A state folder holds one record for each gateway started from it, named by its port.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from analyst.llm.gateway.config import write_private

RECORDS = "gateway-*.json"
MAX_LOG_BYTES = 10 * 2**20
PATIENCE_S = 10.0
"""How long a process may take to end when asked to, before it is killed."""
BIRTH_TOLERANCE_S = 1.0
"""How far a birth may move when the clock is set: no other process gets the same id so soon."""


@dataclass(frozen=True)
class ProcessRecord:
    """A gateway that was started: `born` tells it from a later process with the same pid.

    `settings` tells whose it is, `fingerprint` also what it was made of: servers that were up, the program's files.
    """

    pid: int
    born: float
    url: str
    settings: str
    fingerprint: str
    models: tuple[str, ...]

    def file(self, state_dir: Path, kind: str) -> Path:
        """Its file in `state_dir`: kind "json" (this record), "log", "yaml" (its configuration) or "use"."""
        return file_of(self.url, state_dir, kind)


def file_of(url: str, state_dir: Path, kind: str) -> Path:
    """The file of that kind of the gateway at `url`."""
    return state_dir / f"gateway-{urlsplit(url).port}.{kind}"


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


def read_records(state_dir: Path) -> list[ProcessRecord]:
    """The gateways started from this `state_dir` that live, by port."""
    found = [_read(path) for path in state_dir.glob(RECORDS)]
    return sorted((one for one in found if one is not None and is_alive(one)), key=lambda one: one.url)


def _read(path: Path) -> ProcessRecord | None:
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        return ProcessRecord(
            int(given["pid"]),
            float(given["born"]),
            str(given["url"]),
            str(given["settings"]),
            str(given["fingerprint"]),
            tuple(given["models"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Launch:
    """What a process is started from: its command and environment, and what its record will say of it."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    url: str
    settings: str
    fingerprint: str
    models: tuple[str, ...]


def start(launch: Launch, state_dir: Path) -> ProcessRecord:
    """Start it detached, its output in the log, and record it. OSError when it or the log can't be made."""
    log = file_of(launch.url, state_dir, "log")
    if log.exists():
        log.replace(_earlier(log))
    # Appending: what is written after the log was cut goes to its new end.
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            launch.command,
            env=dict(launch.environment),
            cwd=state_dir,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Reaps it should it die while we live: a zombie would look like a live process.
    threading.Thread(target=process.wait, daemon=True).start()
    record = ProcessRecord(
        process.pid,
        birth(process.pid) or 0.0,
        launch.url,
        launch.settings,
        launch.fingerprint,
        launch.models,
    )
    try:
        write_private(record.file(state_dir, "json"), json.dumps(asdict(record)))
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


def cut_log(log: Path, most: int = MAX_LOG_BYTES) -> None:
    """Move a log of more than `most` bytes aside, over the one that was moved before; its writer writes on in `log`."""
    with suppress(OSError):
        if log.stat().st_size > most:
            shutil.copyfile(log, _earlier(log))
            os.truncate(log, 0)


def _earlier(log: Path) -> Path:
    return log.with_name(f"{log.name}.1")


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a gateway's log, for an error message."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"(no log: {error.strerror})"
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-count:]) or "(the log is empty)"
