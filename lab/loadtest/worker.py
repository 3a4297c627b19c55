"""One worker process of a load test: takes requests as JSON lines, analyses them on threads, tells each as a JSON line.

It is handed the very function that `python main.py` analyses with; nothing of the platform is done another way here.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from analyst.core.errors import PlatformError
from analyst.core.events import Progress
from analyst.core.json_lines import heard, send
from analyst.protocol.results import AnalysisResult
from lab.loadtest.records import RequestLine, StageWatch, call_lines

Analyse = Callable[[Path, str, Callable[[Progress], None], Path], AnalysisResult]
"""(table, question, on_event, folder to write to) → result."""


def serve(analyse: Analyse, *, threads: int, folder: Path, output: IO[str], given: IO[str] = sys.stdin) -> None:
    """Analyse what comes on `given` until it ends, `threads` at once, below `folder`; each result on `output`."""
    lock = threading.Lock()

    def tell(line: Mapping[str, Any]) -> None:
        with lock:
            send(output, line)

    with ThreadPoolExecutor(threads, thread_name_prefix="request") as pool:
        tell({"ready": os.getpid()})
        for request in heard(given):
            pool.submit(lambda asked: tell(run_one(analyse, asked, folder).plain()), request)


def run_one(analyse: Analyse, asked: Mapping[str, Any], folder: Path) -> RequestLine:
    """One request, whatever becomes of it: a failure is a result too and stops no other."""
    began = time.perf_counter()
    watch = StageWatch(began)
    told: dict[str, Any] = {"id": asked["id"], "case": asked["case"], "process": os.getpid()}
    try:
        result = analyse(
            Path(asked["table"]),
            asked["question"],
            lambda event: watch.note(event, time.perf_counter()),
            folder / f"request-{asked['id']}",
        )
        told |= _of(result)
    except PlatformError as error:
        told |= {"success": False, "error": f"{type(error).__name__}: {error}"}
    except BaseException as error:
        # Whatever it was, whoever handed the request over waits for a line: an executor's threads lose what is raised.
        told |= {"success": False, "error": f"{type(error).__name__}: {error!r}"}
    now = time.perf_counter()
    return RequestLine(**told, latency_s=round(now - began, 4), stages=watch.seconds(now), rss_mb=resident_mb())


def _of(result: AnalysisResult) -> dict[str, Any]:
    """What a finished analysis came to."""
    return {
        "success": bool(result.answer),
        "degraded": result.degraded,
        "consensus": result.consensus.outcome if result.consensus else "",
        "cached": result.cached,
        "cost_usd": float(result.cost_usd),
        "numbers": result.grounding.numbers,
        "calls": call_lines(result),
    }


def resident_mb() -> float:
    """Memory that this process holds now (MB); its highest so far where there is no /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
    except (OSError, IndexError, ValueError):
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, 1)
