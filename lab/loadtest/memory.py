"""Whether one process stays as large as it was: its memory after every hundred of a thousand analyses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import linear_regression, median
from typing import Any

from lab.loadtest.experiments import about
from lab.loadtest.options import Options

EVERY = 100
SETTLED = 100
"""Analyses after which everything that is loaded on first use has been: from here on memory has no reason to grow."""
FLAT_MB = 10.0
"""Growth per hundred analyses below which memory counts as flat."""


def memory(content: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """The section of a load test whose document is `content`: MB of the largest process, and its growth (MB / 100)."""
    by_process: dict[int, list[tuple[float, float]]] = {}
    for line in content["requests"]:
        if line["rss_mb"]:
            ended = line["started_s"] + line["latency_s"]
            by_process.setdefault(line["process"], []).append((ended, line["rss_mb"]))
    series = [[mb for _, mb in sorted(found)] for found in by_process.values()]
    longest = max(series, key=len, default=[])
    return {
        "processes": len(series),
        "analyses": sum(map(len, series)),
        "every": EVERY,
        "first_mb": next(iter(longest), None),
        "rss_mb": [round(median(longest[at : at + EVERY]), 1) for at in range(0, len(longest), EVERY)],
        "max_mb": max(longest, default=None),
        "growth_mb_per_100": growth(longest[SETTLED:]),
        "settled_after": SETTLED,
        "flat_below_mb": FLAT_MB,
        "about": about(options),
    }


def growth(mb: Sequence[float]) -> float | None:
    """MB per hundred analyses by least squares; None for fewer than a hundred."""
    return round(100 * linear_regression(range(len(mb)), mb).slope, 2) if len(mb) >= 100 else None
