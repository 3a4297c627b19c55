"""Availability: many analyses while 30% of all requests fail everywhere and one provider is dead.

    python main.py bench availability [--requests 500] [--write]

The platform, the gateway and its adapters are real; the providers are simulated. Beside the scenario itself, smaller runs
with every provider well, with only one dead, and with rate limits that ask for long pauses.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from analyst.core.scratch import scratch
from lab.benchmarks.tables import markdown, write_section
from lab.loadtest.options import Options
from lab.loadtest.running import WORKER, run_load_test

SCENARIO = "chaos-30-groq-down"
BESIDE = (("calm", 60), ("groq-down", 60), ("chaos-30-long-pauses", 60))
"""Smaller runs, at most so many analyses each."""


def row(content: Mapping[str, Any]) -> list[str]:
    """The figures of one load test."""
    summary, books = content["summary"], content["books"]
    waited = books["waited_s"]
    return [
        str(content["options"]["scenario"]),
        str(summary["requests"]),
        f"{summary['success_rate']:.2%}",
        f"{summary['degraded_rate']:.1%} ({summary['degraded_call_rate']:.1%} of calls)",
        f"${summary['cost_per_request_usd']:.6f}",
        f"{summary['avg_latency_s']:.1f} / {summary['p95_latency_s']:.1f} s",
        _quantiles(books["failover_s"]),
        _quantiles(books["failover_faults_s"]),
        f"{waited['count']}, {waited['mean']:.1f} s each" if waited["count"] else "none",
        f"${float(books['spent_usd']):.4f} / ${float(content['providers']['billed_usd']):.4f}",
    ]


def _quantiles(spread: Mapping[str, Any]) -> str:
    return f"{spread['p50']:.2f} / {spread['p95']:.2f} s" if spread["count"] else "no fallback"


COLUMNS = [
    "scenario", "analyses", "complete", "degraded", "cost per analysis", "latency mean / p95",
    "failover p50 / p95", "of those after a fault", "calls that waited", "booked / billed",
]  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--write", action="store_true")


def run(given: argparse.Namespace) -> int:
    """Run calm and chaos, print, and write the section if asked to."""
    rows = []
    with scratch("availability") as folder:
        runs = [*((scenario, min(most, given.requests)) for scenario, most in BESIDE), (SCENARIO, given.requests)]
        for scenario, requests in runs:
            options = Options(
                requests=requests, concurrency=given.concurrency, scenario=scenario, out=folder / "out.json"
            )
            rows.append(row(run_load_test(options, WORKER, Console(stderr=True))))
    table = markdown(COLUMNS, rows)
    print(table)
    if given.write:
        about = (
            f"`python main.py bench availability --requests {given.requests} --concurrency {given.concurrency}`; providers "
            "simulated, the rest real. Failover: from the start of a fault (a silence, a refusal, a break) to the next "
            "model's being asked, without the pauses that were waited for."
        )
        write_section("availability", "Availability while providers fail", about, table)
    return 0
