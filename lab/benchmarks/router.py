"""What the router itself costs a call: router + ledger + monitor, beside a bare call of the same gateway, in one run.

    python main.py bench router [--calls 300] [--write]

Two tables. In process: a client that answers at once, so that what is left is the router's own time (admission,
reservation, settling, recording). Through the gateway: the same calls to the real gateway's embedded analyst, bare and
routed, alternately. Threads share one process, as agents do. All figures are measured, in milliseconds.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.budget.prices import load_prices
from analyst.core.scratch import scratch
from analyst.llm.chains import load_chains
from analyst.llm.client import GatewayClient
from analyst.llm.listening import Patience
from analyst.llm.resilience.health import Health
from analyst.llm.resilience.signals import Signals
from analyst.llm.resources import Books, Client, Gateway, Models, RoutingOptions
from analyst.protocol.calls import CallRequest, GatewayReply
from analyst.storage.sums import percentile
from lab.benchmarks.tables import markdown, write_section
from monitoring import PerformanceMonitor
from routing import SmartRouter
from tests.gateway_process import gateway_settings, running_gateway

CONCURRENT = (1, 10, 100)
MESSAGES = [{"role": "system", "content": "You review."}, {"role": "user", "content": "<task>\nreview\n</task>"}]


class InstantClient:
    """Answers at once with a priced reply."""

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        return GatewayReply("{}", model, model, input_tokens=1500, output_tokens=300, latency_s=0.0)


def build(folder: Path, client: Client, available: Sequence[str]) -> SmartRouter:
    """A router as build_router makes it, on a store of its own."""
    settings = gateway_settings(folder)
    monitor = PerformanceMonitor(settings)
    health = Health(monitor.store)
    models = Models(load_chains(), available, health, Signals(monitor.store, health))
    books = Books(load_prices(), Ledger(monitor.store, DailyBudget(Decimal(1000), "UTC")), monitor)
    return SmartRouter(models, Gateway(client), books, RoutingOptions(policy="dynamic"))


def timed(call: Callable[[], Any], calls: int, threads: int) -> list[float]:
    """Milliseconds of each of `calls` calls made by `threads` threads at once."""
    taken: list[float] = []
    lock = threading.Lock()

    def one(_: int) -> None:
        began = time.perf_counter()
        call()
        spent = (time.perf_counter() - began) * 1000
        with lock:
            taken.append(spent)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, range(max(threads, 4))))
        taken.clear()
        list(pool.map(one, range(calls)))
    return taken


def row(name: str, threads: int, taken: list[float]) -> list[str]:
    """A line of the table: p50 and p99."""
    return [name, str(threads), f"{statistics.median(taken):.2f}", f"{percentile(taken, 0.99):.2f}"]


def in_process(calls: int) -> list[list[str]]:
    """Router + ledger + monitor on a client that answers at once; each call is paid, so money is reserved and settled."""
    rows = []
    for threads in CONCURRENT:
        with scratch("router") as folder:
            router = build(folder, InstantClient(), ["claude-sonnet-5-5"])
            call = lambda router=router: router.route_with_fallback(CallRequest("report_writer", MESSAGES, 600))  # noqa: E731
            rows.append(row("router, in process", threads, timed(call, calls, threads)))
    return rows


def through_gateway(calls: int) -> list[list[str]]:
    """The same through the real gateway, bare and routed."""
    rows = []
    with scratch("router") as folder, running_gateway(folder) as gateway:
        client = GatewayClient(gateway.info.url, gateway.info.key)
        router = build(folder / "router", client, [])
        request = CallRequest("data_profiler", MESSAGES, 400)
        for threads in CONCURRENT:
            bare = timed(lambda: client.complete("embedded-analyst", request, Patience(60)), calls, threads)
            routed = timed(lambda: router.route_with_fallback(request), calls, threads)
            rows += [row("gateway, bare call", threads, bare), row("gateway, routed call", threads, routed)]
        client.close()
    return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and write the section of lab/benchmarks/README.md if asked to."""
    rows = in_process(arguments.calls) + through_gateway(arguments.calls)
    table = markdown(["what", "at once", "p50 ms", "p99 ms"], rows)
    print(table)
    if arguments.write:
        write_section(
            "router",
            "What the router adds to a call",
            f"`python main.py bench router --calls {arguments.calls}`; measured.",
            table,
        )
    return 0
