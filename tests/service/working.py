"""A worker process for tests: `python -m tests.service.working STORE LEDGER`.

Its analyses ask four things of a router that notes each paid call in the file LEDGER; a question "slow" lets the third
one wait for LEDGER.go the first time, "deadly" ends the process. It says "ready", and "lost" when an analysis of its own
went to another process; it ends with its stdin.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from analyst.core.errors import LeaseLostError
from analyst.core.events import Progress
from analyst.protocol.calls import CallRecord, CallRequest, GatewayReply, Listener
from analyst.service.queue import JobQueue, Limits
from analyst.service.worker import Claimed, Worker
from tests.stores import open_store

AGENTS = ("data_profiler", "query_interpreter", "insight_generator", "report_writer")


class PaidRouter:
    """Answers every agent at once, and writes down that it was paid to."""

    def __init__(self, ledger: Path, hangs_at: str | None = None) -> None:
        self._ledger, self._hangs_at = ledger, hangs_at

    def candidates(self, agent: str) -> list[str]:
        return ["model"]

    def voices(self, agent: str) -> list[tuple[str, ...]]:
        return [("model",)]

    def reject(self, record: CallRecord, problems: Sequence[str], on_event: Listener | None = None) -> bool:
        return True

    def route_with_fallback(self, request: CallRequest) -> CallRecord:
        seen = self._ledger.read_text().split() if self._ledger.exists() else []
        with self._ledger.open("a") as ledger:
            ledger.write(f"{request.agent}\n")
        if request.agent == self._hangs_at and request.agent not in seen:
            while not self._ledger.with_suffix(".go").exists():
                time.sleep(0.02)
        text = f"{request.agent} answers {request.messages[0]['content']}"
        reply = GatewayReply(text, "model", "model", input_tokens=1, output_tokens=1, latency_s=0.0)
        return CallRecord(
            request.agent, request.run_id, 0.0, request.agent, "model", "model", False, None, 1, 1, 0,
            Decimal("0.01"), "pinned", 0.0, True, reply=reply,
        )  # fmt: skip


def asking_four(ledger: Path, claimed: Claimed, paid: PaidRouter | None = None) -> list[str]:
    """An analysis of four calls, each of which reads the one before; `paid` answers them."""
    if claimed.request.question == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    hangs_at = AGENTS[2] if claimed.request.question == "slow" else None
    router, said = claimed.asking(paid or PaidRouter(ledger, hangs_at)), [claimed.request.question]
    claimed.tell(Progress("stage", "Asking", stage="agents"))
    for agent in AGENTS:
        request = CallRequest(
            agent, [{"role": "user", "content": said[-1]}], 10, run_id=claimed.id, on_event=claimed.tell
        )
        said.append(router.route_with_fallback(request).text)
    return said


def main() -> None:
    store, ledger = open_store(sys.argv[1]), Path(sys.argv[2])

    def analyse(claimed: Claimed) -> None:
        try:
            asking_four(ledger, claimed)
        except LeaseLostError:
            print("lost", flush=True)
            raise

    worker = Worker(JobQueue(store, Limits()), analyse, at_once=2)
    print("ready", flush=True)
    worker.start()
    sys.stdin.read()
    worker.stop()


if __name__ == "__main__":
    main()
