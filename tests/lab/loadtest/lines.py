"""Request lines for tests, with round figures."""

from __future__ import annotations

from typing import Any

from lab.loadtest.records import CallLine, RequestLine


def call(agent: str, model: str = "groq-gpt-oss-120b", **given: Any) -> CallLine:
    """A call of 1,000 tokens in and 100 out that took a second and cost a fifth of a cent."""
    told: dict[str, Any] = {
        "agent": agent, "model": model, "primary": "groq-gpt-oss-120b", "fallback": model != "groq-gpt-oss-120b",
        "reason": None if model == "groq-gpt-oss-120b" else "unavailable", "rejected": False, "input_tokens": 1000,
        "output_tokens": 100, "cost_usd": 0.002, "latency_s": 1.0,
    }  # fmt: skip
    return CallLine(**(told | given))


def line(id: int, **given: Any) -> RequestLine:
    """A request of four calls that took `id` seconds."""
    calls = (
        call("data_profiler", latency_s=3.0),
        call("query_interpreter", latency_s=1.0),
        call("insight_generator"),
        call("report_writer", model="claude-haiku-5-5"),
    )
    told: dict[str, Any] = {
        "case": "growth", "success": True, "latency_s": float(id), "cost_usd": 0.008, "calls": calls, "rss_mb": 100.0 + id,
        "stages": {"prepare": 1.0, "agents": float(id) - 1.5, "compose": 0.5},
    }  # fmt: skip
    return RequestLine(id, **(told | given))
