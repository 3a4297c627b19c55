"""Worker processes of the service, some of which are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from analyst.core.settings import ROOT


class Workers:
    """A worker process for each of `environments`, by process id; each runs `at_once` analyses at once."""

    def __init__(self, environments: Sequence[Mapping[str, str]], at_once: int = 1) -> None:
        self._at_once = at_once
        self._processes: dict[int, tuple[subprocess.Popen[bytes], Mapping[str, str]]] = {}
        for environment in environments:
            self._start(environment)

    def kill(self, owner: str) -> Mapping[str, str]:
        """Kill the process that calls itself `owner` (host/pid/…); its environment."""
        process, environment = self._processes.pop(int(owner.split("/")[1]))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return environment

    def replace(self, owner: str) -> None:
        """Kill the process that calls itself `owner`, and start another one in its place."""
        self._start(self.kill(owner))

    def end(self) -> None:
        """End what still runs."""
        for process, _ in self._processes.values():
            process.kill()
            process.wait()

    def _start(self, environment: Mapping[str, str]) -> None:
        process = subprocess.Popen(
            [sys.executable, "main.py", "worker", "--at-once", f"{self._at_once}"],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        self._processes[process.pid] = (process, environment)
