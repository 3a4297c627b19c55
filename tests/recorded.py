"""A monitor's day for tests: calls and runs as the router and the crew record them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from monitoring import PerformanceMonitor, RequestMetrics

NOON = 1_795_435_200.0  # 2026-11-23 12:00 UTC


class Clock:
    """Seconds that pass when told to, from noon on."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def place(address: str) -> dict[str, Any]:
    """The settings that name the store at `address`."""
    return {"database_url": address} if "://" in address else {"metrics_export_path": Path(address)}


def metrics(request_id: str, **given: Any) -> RequestMetrics:
    """A call of the report writer's primary that went well, but for what is `given`."""
    told: dict[str, Any] = {
        "run_id": "r1",
        "timestamp": NOON,
        "agent_name": "report_writer",
        "primary_model": "claude-sonnet-5-5",
        "model_used": "claude-sonnet-5-5",
        "fallback_used": False,
        "fallback_reason": None,
        "input_tokens": 1000,
        "output_tokens": 100,
        "cached_tokens": 0,
        "cost_usd": Decimal("0.003"),
        "cost_source": "pinned",
        "latency_s": 2.0,
        "success": True,
    }
    return RequestMetrics(request_id=request_id, **(told | given))


def record_a_day(watched: PerformanceMonitor) -> None:
    """Three runs: one good, one degraded, one that failed; 0.006 USD in all."""
    for run_id, status, latency in (("r1", "done", 6.0), ("r2", "degraded", 10.0), ("r3", "failed", 99.0)):
        watched.start_run(run_id, "Which products grew?", "sales.csv")
        watched.finish_run(run_id, status, latency)
    watched.record_request(metrics("a"))
    watched.record_request(metrics("b", run_id="r2", success=False, error_reason="timeout", latency_s=4.0))
    embedded = {"model_used": "embedded-analyst", "fallback_used": True, "fallback_reason": "timeout"}
    watched.record_request(metrics("c", run_id="r2", **embedded, cost_usd=Decimal(0), latency_s=0.5))
