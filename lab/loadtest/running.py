"""A load test from its options to its result file: surroundings, workers, requests, the document."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from analyst.core.interruption import INTERRUPTION
from analyst.core.scratch import scratch
from analyst.core.settings import ROOT
from analyst.llm.gateway.launcher import status
from lab.loadtest.books import at_booked_cost, books
from lab.loadtest.cases import arrivals, mix, write_tables
from lab.loadtest.cpu import CpuWatch
from lab.loadtest.dispatch import Dispatcher, Request
from lab.loadtest.options import Options
from lab.loadtest.progress import LiveProgress
from lab.loadtest.records import RequestLine
from lab.loadtest.results import carried, document, write
from lab.loadtest.surroundings import Surroundings, surroundings
from lab.simulator.scenarios import load_scenario

WORKER = (sys.executable, str(ROOT / "main.py"), "--worker")
"""The command of the processes that make the analyses: the platform as its user starts it."""


def run_load_test(options: Options, worker: Sequence[str], console: Console) -> dict[str, Any]:
    """Run the test and write its file; the document.

    `worker` starts a worker process (its folder and its number of threads are appended). KeyboardInterrupt ends it
    cleanly: what was done until then is written, marked as interrupted.
    """
    options = options.checked()
    if options.scenario is not None:
        load_scenario(options.scenario)
    lines: list[RequestLine] = []
    with scratch("loadtest") as folder:
        console.print("Generating the full-size sample tables.", highlight=False)
        tables = write_tables(folder / "tables")
        overrides = _overrides(options, folder)
        with surroundings(
            options.scenario,
            seed=options.seed,
            speed=options.speed,
            folder=folder,
            overrides=overrides,
            on_note=lambda text: console.print(text, highlight=False, markup=False),
        ) as found:
            console.print(f"Models: {', '.join(found.gateway.models)}", highlight=False)
            made = _make(options, worker, found, tables, lines, console)
            extra = {"cpu": made.cpu, **_extra(found)}
            lines = at_booked_cost(lines, found.settings)
        content = document(
            lines,
            options=options.told(),
            wall_s=made.wall_s,
            target_s=found.settings.target_latency_s,
            models=found.gateway.models,
            extra=extra | carried(options.out),
            interrupted=made.interrupted,
        )
    write(options.out, content)
    return content


@dataclass(frozen=True)
class _Made:
    """How the requests were made: whether Ctrl-C ended them, in how many seconds, with how much of the processors."""

    interrupted: bool
    wall_s: float
    cpu: Mapping[str, Any] | None


def _make(
    options: Options,
    worker: Sequence[str],
    found: Surroundings,
    tables: Mapping[str, Path],
    lines: list[RequestLine],
    console: Console,
) -> _Made:
    """Make the requests; each result is added to `lines` as it comes."""
    interrupted, began, watch = False, time.monotonic(), None
    with LiveProgress(options.requests, found.settings.daily_budget_usd, console) as progress:
        dispatcher = Dispatcher(
            [*worker, found.environment["RUNS_DIR"]],
            found.environment,
            processes=options.processes,
            concurrency=options.concurrency,
            cwd=ROOT,
        )

        def note(line: RequestLine) -> None:
            lines.append(line)
            progress(line)

        try:
            dispatcher.wait_until_ready()
            _warm_up(options, dispatcher, found, tables)
            watch, began = CpuWatch(dispatcher.pids, status(found.settings).pid), time.monotonic()
            dispatcher.run(_requests(options, tables), note)
        except KeyboardInterrupt:
            interrupted = True
            INTERRUPTION.take()
        finally:
            wall_s = time.monotonic() - began
            cpu = watch.used(wall_s, len(lines)) if watch else None
            dispatcher.stop()
    return _Made(interrupted, wall_s, cpu)


def _warm_up(options: Options, dispatcher: Dispatcher, found: Surroundings, tables: Mapping[str, Path]) -> None:
    """Let every worker load and start what is needed once; what providers were asked for that is forgotten."""
    if options.warm_up:
        dispatcher.run(_requests(replace(options, requests=options.warm_up, rate=0.0), tables), lambda line: None)
        if found.providers is not None:
            found.providers.clear()


def _requests(options: Options, tables: Mapping[str, Path]) -> list[Request]:
    cases = mix(options.requests, options.seed)
    moments = arrivals(options.requests, options.rate, options.seed)
    return [
        Request(number, case.name, tables[case.sample], case.question, due)
        for number, (case, due) in enumerate(zip(cases, moments, strict=True), 1)
    ]


def _overrides(options: Options, folder: Path) -> dict[str, str]:
    # Its few tables would be read once; a day's are mostly new.
    told = {"RUNS_DIR": str(folder / "runs"), "OPEN_TABLES_MB": "0", **(options.settings or {})}
    if options.budget is not None:
        told["DAILY_BUDGET_USD"] = str(options.budget)
    if options.consensus:
        told["CONSENSUS"] = "always"
    if not options.cache:
        told["CACHE_SIZE"] = "0"
    return told


def _extra(found: Surroundings) -> dict[str, Any]:
    """What the books say of a simulated test, and what the providers would really have billed."""
    if found.providers is None:
        return {}
    return {"books": books(found.settings), "providers": found.providers.stats()}
