"""Availability: many analyses while 30 % of all requests fail everywhere and one provider is dead.

    python -m benchmarks.availability [--requests 500] [--write]

The platform, the gateway and its adapters are real; the providers are simulated (scenario chaos-30-groq-down).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.tables import markdown, write_section
from contracts.settings import ROOT
from loadtest.running import Options, run_load_test

SCENARIO = "chaos-30-groq-down"
WORKER = [sys.executable, str(ROOT / "main.py"), "--worker"]


def row(content: Mapping[str, Any]) -> list[str]:
    """The figures of one load test."""
    summary, books = content["summary"], content["books"]
    failover = books["failover_s"]
    return [
        str(content["options"]["scenario"]),
        str(summary["requests"]),
        f"{summary['success_rate']:.2%}",
        f"{summary['degraded_rate']:.1%} ({summary['degraded_call_rate']:.1%} of calls)",
        f"${summary['cost_per_request_usd']:.6f}",
        f"{summary['avg_latency_s']:.1f} / {summary['p95_latency_s']:.1f} s",
        f"{failover['p50']:.2f} / {failover['p95']:.2f} s" if failover["count"] else "no fallback",
        f"${float(books['spent_usd']):.4f} / ${float(content['providers']['billed_usd']):.4f}",
    ]


COLUMNS = [
    "scenario", "analyses", "complete", "degraded", "cost an analysis", "latency mean / p95", "fail over p50 / p95",
    "booked / billed",
]  # fmt: skip


def main() -> int:
    """Run calm and chaos, print, and write the section if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for scenario, requests in (("calm", min(given.requests, 60)), (SCENARIO, given.requests)):
            options = Options(
                requests=requests, concurrency=given.concurrency, scenario=scenario, out=Path(folder) / "out.json"
            )
            rows.append(row(run_load_test(options, WORKER, Console(stderr=True))))
    table = markdown(COLUMNS, rows)
    print(table)
    if given.write:
        about = f"`python -m benchmarks.availability --requests {given.requests}`; providers simulated, the rest real."
        write_section("availability", "Availability while providers fail", about, table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
