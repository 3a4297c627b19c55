"""The child process that binds and runs plans: `python -m analyst.execution.worker`, JSON lines in and out.

SQL that a model wrote can eat memory in ways that DuckDB's own limits don't stop, so the process that holds the
analysis never runs any. This one opens the table read-only and locked, with limits of the operating system on memory
and CPU time, and may be killed at any moment. It ends when its standard input closes.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analyst.core.errors import PlanError, PlatformError, Problem
from analyst.core.json_lines import Message, encode, heard
from analyst.engine.errors import (
    BrokenEngineError,
    DiskError,
    EngineError,
    InterruptedQueryError,
    OutOfMemoryError,
)
from analyst.engine.remote.access import Access
from analyst.execution.handover import read_profile
from analyst.execution.limits import limit_cpu, limit_memory
from analyst.planning.data_errors import without_cells
from analyst.planning.language import Plan


class Worker:
    """Answers one request at a time; `answer` yields the replies, of which the last ends the request.

    Memory is limited once: the limit can't be raised again, and a worker is only reused within the same limits.
    """

    def __init__(self) -> None:
        self._opened: Message | None = None
        self._limited = False
        self._profile: Any = None
        self._runner: Any = None

    def answer(self, request: Message) -> Iterator[Message]:
        """The replies to `request`, whose `op` is open, close, warm, bind, run or unasked."""
        if request["op"] == "open":
            if self._opened is None and not self._limited:
                limit_memory(request["memory_mb"])
            self._opened, self._limited = request, True
        elif request["op"] == "close":
            self._close()
            yield {"closed": True}
        elif request["op"] == "warm":
            _preload()
        else:
            limit_cpu((self._opened or {}).get("timeout_s", 30.0))
            yield from self._guarded(request)

    def _close(self) -> None:
        """Let go of the table, so that another analysis can open its own."""
        if self._runner is not None:
            self._runner.engine.close()
        self._opened = self._profile = self._runner = None

    def _guarded(self, request: Message) -> Iterator[Message]:
        try:
            answers = {"bind": self._bind, "run": self._run, "unasked": self._unasked}
            yield from answers[request["op"]](request)
        except PlanError as error:
            yield {"problems": [asdict(problem) for problem in error.problems]}
        except (OutOfMemoryError, MemoryError):
            yield {"limit": "needs more memory than a plan may use"}
        except BrokenEngineError:
            # The engine refuses all that follows; a limit makes the runner replace this process.
            yield {
                "limit": "crashed the database engine, most likely because it needed more memory than a plan may use"
            }
        except DiskError:
            yield {"limit": "needs more disk space than is available"}
        except InterruptedQueryError:
            yield {"limit": "took longer than a plan may run"}
        except (EngineError, RecursionError) as error:
            told = f"the plan can't be computed: {without_cells(str(error)[:300], '')}"
            yield {"problems": [asdict(Problem(told))]}
        except PlatformError as error:
            yield {"failed": str(error)}
        except Exception as error:
            # Whatever a library raises on odd data: the traceback goes to the run's log, its kind to the reader.
            yield {"fault": type(error).__name__, "trace": traceback.format_exc()}

    def _bind(self, request: Message) -> Iterator[Message]:
        from analyst.planning.binding import bind

        plan = Plan.model_validate(request["plan"])
        bound = bind(plan, self._known(), earlier=request["earlier"], accepted=request["accepted"])
        yield {"bound": bound.model_dump(mode="json")}

    def _run(self, request: Message) -> Iterator[Message]:
        from analyst.planning.binding import BoundStep

        runner = self._steps()
        runner.forget(request["keep"])
        for given in request["steps"]:
            step = BoundStep.model_validate(given)
            yield {"step": step.id}
            limit_cpu((self._opened or {}).get("timeout_s", 30.0))
            try:
                for table in runner.run(step):
                    yield {"table": table}
            except PlanError as error:
                raise PlanError([problem.at(step.id) for problem in error.problems]) from None
        yield {"done": True, "bytes_read": runner.engine.bytes_read}

    def _unasked(self, request: Message) -> Iterator[Message]:
        from analyst.planning.binding import BoundStep

        for table in self._steps().unasked([BoundStep.model_validate(given) for given in request["steps"]]):
            yield {"table": table}
        yield {"done": True}

    def _known(self) -> Any:
        if self._profile is None:
            self._profile = read_profile((self._opened or {})["profile"])
        return self._profile

    def _steps(self) -> Any:
        if self._runner is None:
            from analyst.engine.opening import Bounds, open_engine
            from analyst.execution.steps import StepRunner

            opened, profile = self._opened or {}, self._known()
            bounds = Bounds(opened["memory_mb"], opened["timeout_s"], Path(opened["temp_directory"]))
            access = Access(**opened["access"]) if opened["access"] else None
            self._runner = StepRunner(open_engine(profile.table, bounds, access), profile)
        return self._runner


def _preload() -> None:
    """Import what every plan needs; a method imports its libraries when it runs, in this same thread.

    Imports side by side are a race of the libraries' own, and most plans need none of them.
    """
    import analyst.execution.steps
    import analyst.planning.binding

    _ = (analyst.execution.steps, analyst.planning.binding)


def _read_requests(requests: queue.Queue[Message]) -> None:
    for request in heard(sys.stdin):
        requests.put(request)
    os._exit(0)


def main() -> None:
    """Answer requests until standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not reach the answers
    requests: queue.Queue[Message] = queue.Queue()
    threading.Thread(target=_read_requests, args=(requests,), daemon=True).start()
    worker = Worker()
    while True:
        for message in worker.answer(requests.get()):
            _send(answers, message)


def _send(answers: Any, message: Message) -> None:
    from analyst.execution.steps import trimmed

    line = encode(message)
    while "table" in message and message["table"]["rows"]:
        shorter = trimmed(message["table"], len(line))
        if shorter is message["table"]:
            break
        message = {"table": shorter}
        line = encode(message)
    answers.write(line)
    answers.flush()


if __name__ == "__main__":
    main()
