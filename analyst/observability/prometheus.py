"""The monitor's figures in Prometheus' text format, for node_exporter's textfile collector.

Format: prometheus.io/docs/instrumenting/exposition_formats. Everything is of all time, as Prometheus wants it of
counters: rates over a while are its own business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from analyst.observability.summary import SHARES

Labels = Mapping[str, object]
Sample = tuple[str, Labels, float | int | Decimal | None]
"""A suffix of the metric's name, labels, and the value (None: nothing to tell)."""
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def exposition(
    summary: Mapping[str, Any], budget: Mapping[str, Any], pairs: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """The lines of the file; `pairs` are the monitor's groups by agent and model."""
    named = [({"agent": row["agent_name"], "model": row["model_used"]}, row) for row in pairs]
    yield from _metric(
        "calls_total",
        "counter",
        "Model calls by outcome.",
        [("", labels | {"outcome": name}, count) for labels, row in named for name, count in _outcomes(row).items()],
    )
    yield from _metric(
        "rejections_total",
        "counter",
        "Replies that failed our check.",
        [("", labels, row["rejected"]) for labels, row in named],
    )
    tokens = ("input", "output", "cached")
    yield from _metric(
        "tokens_total",
        "counter",
        "Tokens as counted by the providers; input tokens include cached ones.",
        [("", labels | {"kind": kind}, row[f"{kind}_tokens"]) for labels, row in named for kind in tokens],
    )
    yield from _metric(
        "cost_usd_total", "counter", "Cost of model calls.", [("", labels, row["cost_usd"]) for labels, row in named]
    )
    for name, of, help in (
        ("refusals_total", "failures", "Attempts that failed or were rejected, by reason."),
        ("fallbacks_total", "fallback_reasons", "Answers from a fallback model, by reason."),
    ):
        yield from _metric(name, "counter", help, [("", {"reason": key}, n) for key, n in summary[of].items()])
    yield from _durations(summary)
    states = [(name, count) for name, count in summary["runs"].items() if name != "total"]
    yield from _metric("runs", "gauge", "Analyses by state.", [("", {"status": name}, n) for name, n in states])
    for part, of in (("limit", "budget"), ("spent", "spent"), ("reserved", "reserved"), ("remaining", "remaining")):
        help = f"Today's budget: {part}."
        yield from _metric(f"budget_{part}_usd", "gauge", help, [("", {}, budget[f"{of}_usd"])])


def _durations(summary: Mapping[str, Any]) -> Iterator[str]:
    calls = [
        sample
        for row in summary["models"]
        for sample in _quantiles({"model": row["model_used"]}, row, row["calls"], row["mean_latency_s"])
    ]
    yield from _metric("call_duration_seconds", "summary", "Duration of model calls.", calls)
    latency = summary["latency"]
    runs = _quantiles({}, latency, latency["finished_runs"], latency["mean_s"])
    yield from _metric("run_duration_seconds", "summary", "Duration of finished analyses.", runs)
    total = summary["totals"]
    lost = _quantiles({}, summary["failover"], total["fallbacks"], total["mean_failover_s"])
    yield from _metric("failover_duration_seconds", "summary", "Time lost to failed attempts before an answer.", lost)


def _outcomes(row: Mapping[str, Any]) -> dict[str, int]:
    """Only counts that never go down: a reply is rejected after it was counted as an answer."""
    return {"answered": row["answered"], "failed": row["calls"] - row["answered"]}


def _quantiles(labels: Labels, row: Mapping[str, Any], count: int, mean: float | None) -> list[Sample]:
    ranks: list[Sample] = [("", {**labels, "quantile": share}, row[name]) for name, share in SHARES.items()]
    return [*ranks, ("_sum", labels, (mean or 0.0) * count), ("_count", labels, count)]


def _metric(name: str, kind: str, help: str, samples: Sequence[Sample]) -> Iterator[str]:
    yield f"# HELP analyst_{name} {help}\n# TYPE analyst_{name} {kind}\n"
    for suffix, labels, value in samples:
        if value is not None:
            told = ",".join(f'{key}="{str(label).translate(_ESCAPES)}"' for key, label in labels.items())
            yield f"analyst_{name}{suffix}{f'{{{told}}}' if told else ''} {value}\n"
