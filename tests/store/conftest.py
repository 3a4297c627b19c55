from __future__ import annotations

from typing import Any

import pytest


def call_row(request_id: str, **given: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "request_id": request_id,
        "route_id": request_id,
        "run_id": None,
        "timestamp": 1000.0,
        "day": 20261124,
        "agent_name": "data_profiler",
        "primary_model": "ollama-llama3.1",
        "model_used": "ollama-llama3.1",
        "fallback_used": False,
        "fallback_reason": None,
        "input_tokens": 100,
        "output_tokens": 10,
        "cached_tokens": 0,
        "cost_micros": 0,
        "cost_source": "pinned",
        "latency_s": 1.0,
        "success": True,
        "error_reason": None,
        "rejected": False,
        "called": True,
        "failover_s": 0.0,
        "detail": "",
        "escalated": False,
        "hedged": False,
        "cache_write_tokens": 0,
        "scenario": None,
    }
    return row | given


@pytest.fixture(name="call_row")
def _call_row() -> Any:
    return call_row
