"""The worker as a child process: started from a fresh interpreter, spoken to by JSON lines, killed when it must be."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from analyst.core.json_lines import Message, heard, send
from analyst.core.settings import ROOT
from analyst.execution.limits import MEMORY_EXIT

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "VIRTUAL_ENV", "PYTHONHASHSEED")
"""What the worker sees of the environment: no keys."""


_LAST_LINES = 60
"""Lines of the worker's standard error that are kept."""


CHECKED_S = 0.25
"""How often who waits for an answer looks whether it is still wanted."""


class WorkerDied(Exception):
    """The worker ended before it answered; `said` is the end of what it wrote to its standard error."""

    def __init__(self, ending: str, said: str = "") -> None:
        super().__init__(ending)
        self.said = said


class WorkerSilent(Exception):
    """The worker did not answer in time."""


class WorkerProcess:
    """A running worker. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._answers: queue.Queue[Message | None] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "analyst.execution.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            cwd=ROOT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._said: deque[str] = deque(maxlen=_LAST_LINES)
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        self._listener = threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def send(self, request: Message) -> None:
        """Send a request. WorkerDied if the process is gone."""
        stream = self._process.stdin
        try:
            if stream is None:
                raise BrokenPipeError
            send(stream, request)
        except (OSError, ValueError):
            raise self._death() from None

    def receive(self, timeout_s: float, check: Callable[[], None] = lambda: None) -> Message:
        """The next answer. WorkerSilent after `timeout_s` seconds, WorkerDied at once when the process ends; and what
        `check` raises, which is asked often meanwhile."""
        until = self._clock() + timeout_s
        while True:
            try:
                message = self._answers.get(timeout=max(0.01, min(CHECKED_S, until - self._clock())))
            except queue.Empty:
                check()
                if self._clock() >= until:
                    raise WorkerSilent from None
                continue
            if message is None:
                raise self._death()
            return message

    def kill(self) -> None:
        """End it now; calling it twice does no harm."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(OSError, ValueError):
                    stream.close()

    def _read(self, stream: IO[str]) -> None:
        for message in heard(stream):
            self._answers.put(message)
        self._answers.put(None)

    def _listen(self, stream: IO[str]) -> None:
        with suppress(OSError, ValueError):
            self._said.extend(stream)

    def _death(self) -> WorkerDied:
        ending = self._ending()
        self._listener.join(timeout=1)
        return WorkerDied(ending, "".join(self._said))

    def _ending(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        code = self._process.returncode
        if code == MEMORY_EXIT or code in (-6, -9, -11, 134, 137, 139):
            return "most likely it needs more memory than a plan may use"
        if code in (-24, 152):
            return "it used more CPU time than a plan may use"
        return f"the worker exited (exit code {code})"


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # A second thread waits in a loop for the first, and methods' matrices are small: it costs time and gives none.
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    return kept | threads | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
