"""Hands requests to worker processes and gathers what they tell; a worker that dies costs its own requests only."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analyst.core.errors import AnalysisError
from analyst.core.json_lines import Message, heard, send
from lab.loadtest.records import RequestLine, read_line

READY_TIMEOUT_S = 180.0
POLL_S = 0.1


@dataclass(frozen=True)
class Request:
    """One request to be made: when it comes (seconds from the start), and what it asks of which table."""

    id: int
    case: str
    table: Path
    question: str
    due_s: float = 0.0

    def told(self) -> Message:
        """As a worker is sent it."""
        return {"id": self.id, "case": self.case, "table": str(self.table), "question": self.question}


@dataclass
class _Worker:
    process: subprocess.Popen[str]
    slots: int
    ready: bool = False
    gone: bool = False
    """Its output has ended: nothing that it is sent will be answered, also before its process counts as ended."""
    under_way: dict[int, tuple[Request, float]] = field(default_factory=dict)

    @property
    def free(self) -> bool:
        return self.ready and not self.gone and len(self.under_way) < self.slots


class Dispatcher:
    """`processes` workers started by `command`, `concurrency` requests at once over all of them."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        processes: int,
        concurrency: int,
        cwd: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._said: queue.Queue[tuple[_Worker, Message | None]] = queue.Queue()
        shares = [concurrency // processes + (place < concurrency % processes) for place in range(processes)]
        self._workers = [_Worker(_start([*command, str(share)], environment, cwd), share) for share in shares if share]
        for worker in self._workers:
            threading.Thread(target=self._listen, args=(worker,), daemon=True).start()

    @property
    def pids(self) -> list[int]:
        """The workers' processes."""
        return [worker.process.pid for worker in self._workers]

    def wait_until_ready(self) -> None:
        """Wait until every worker has imported all it needs. AnalysisError when one does not start."""
        until = self._clock() + READY_TIMEOUT_S
        while not all(worker.ready for worker in self._workers):
            if self._clock() > until or any(worker.process.poll() is not None for worker in self._workers):
                self.stop()
                raise AnalysisError("The load test's workers can't be started.", "See their messages on stderr.")
            self._heard()

    def run(self, requests: Sequence[Request], on_line: Callable[[RequestLine], None]) -> None:
        """Make all `requests` and tell each result. KeyboardInterrupt ends it; what was done has been told."""
        began, left, open_count = self._clock(), list(requests), len(requests)
        while open_count:
            now = self._clock() - began
            while left and left[0].due_s <= now and (worker := self._free_worker()) is not None:
                self._send(worker, left.pop(0), now)
            for line in self._heard():
                on_line(line)
                open_count -= 1
            if left and all(worker.gone for worker in self._workers):
                raise AnalysisError("All of the load test's workers have exited.", "See their messages on stderr.")

    def stop(self) -> None:
        """End the workers: those that are idle end by themselves."""
        for worker in self._workers:
            if worker.process.stdin is not None and not worker.process.stdin.closed:
                with contextlib.suppress(OSError):
                    worker.process.stdin.close()
            if worker.under_way:
                worker.process.terminate()
        for worker in self._workers:
            try:
                worker.process.wait(10)
            except subprocess.TimeoutExpired:
                worker.process.kill()

    def _listen(self, worker: _Worker) -> None:
        assert worker.process.stdout is not None
        for message in heard(worker.process.stdout):
            self._said.put((worker, message))
        self._said.put((worker, None))

    def _free_worker(self) -> _Worker | None:
        free = [worker for worker in self._workers if worker.free]
        return min(free, key=lambda worker: len(worker.under_way) / worker.slots, default=None)

    def _send(self, worker: _Worker, request: Request, now: float) -> None:
        worker.under_way[request.id] = (request, now)
        try:
            assert worker.process.stdin is not None
            send(worker.process.stdin, request.told())
        except OSError:
            return  # its end is heard of, and its requests are counted as failed, in _heard

    def _heard(self) -> list[RequestLine]:
        try:
            worker, message = self._said.get(timeout=POLL_S)
        except queue.Empty:
            return []
        if message is None:
            worker.gone = True
            lost, worker.under_way = worker.under_way, {}
            return [self._lost(request, since) for request, since in lost.values()]
        if "ready" in message:
            worker.ready = True
            return []
        told = read_line(message)
        request, since = worker.under_way.pop(told.id)
        return [replace(told, started_s=round(since, 4), queued_s=round(max(since - request.due_s, 0.0), 4))]

    def _lost(self, request: Request, since: float) -> RequestLine:
        return RequestLine(
            request.id, request.case, False, 0.0, round(since, 4), round(max(since - request.due_s, 0.0), 4),
            error="its worker process died",
        )  # fmt: skip


def _start(command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command
        list(command), env=dict(environment), cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
