"""The summary of a load test at the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def show_summary(console: Console, content: Mapping[str, Any], path: Path) -> None:
    """The figures that a person asks for first, what was simulated, and where the file lies."""
    summary, options = content["summary"], content["options"]
    told = {
        "requests": f"{summary['requests']} ({summary['succeeded']} succeeded, {_percent(summary['success_rate'])})",
        "degraded": f"{_percent(summary['degraded_rate'])} of analyses, "
        f"{_percent(summary['degraded_call_rate'])} of calls",
        "latency": f"mean {_seconds(summary['avg_latency_s'])}, p50 {_seconds(summary['p50_latency_s'])}, "
        f"p95 {_seconds(summary['p95_latency_s'])}; {_percent(summary['within_target_rate'])} within "
        f"{summary['target_s']:g} s",
        "throughput": f"{summary['throughput_per_s']} analyses per second, {options['concurrency']} at a time",
        "cost": f"${summary['cost_per_request_usd']:.6f} per analysis, ${summary['daily_cost_usd']:.2f} per day of 500",
        "saved": f"{_plain(summary['savings_vs_naive_pct'])}% compared with GPT-4's price for the same tokens, "
        f"{_plain(summary['savings_vs_strong_pct'])}% compared with a current strong model",
        "fallbacks": f"{_percent(summary['fallback_rate'])} of calls; "
        f"{_percent(summary['rejection_rate'])} of replies rejected by our check",
        "memory": f"{summary['max_rss_mb']:.0f} MB at most per process",
    }
    if summary.get("consensus"):
        told["consensus"] = ", ".join(f"{count} {name}" for name, count in summary["consensus"].items())
    if summary["errors"]:
        told["errors"] = ", ".join(f"{count} {name}" for name, count in summary["errors"].items())
    if "books" in content:
        told["books"] = (
            f"${content['books']['spent_usd']} booked, ${content['providers']['billed_usd']} billed (simulated)"
        )
    table = Table.grid(padding=(0, 2))
    for name, text in told.items():
        table.add_row(f"[bold]{name}[/]", text)
    console.print(table)
    kind = f"simulated providers, scenario {options['scenario']}" if options["scenario"] else "no simulated providers"
    console.print(f"{'Interrupted. ' if content['interrupted'] else ''}{kind}; written to {path}", highlight=False)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
