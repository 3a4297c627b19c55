"""What recent calls show of the models: usage in the last minute, and how each does for each agent."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from store.database import Store
from store.tables import calls

RECENT_ROWS = 2000
"""Calls looked back at: enough for a p95 of each model, and read in milliseconds."""


def usage(store: Store, since: float) -> dict[str, tuple[int, int]]:
    """(requests, tokens) of each model's calls since `since` (Unix seconds)."""
    tokens = sa.func.coalesce(sa.func.sum(calls.c.input_tokens + calls.c.output_tokens), 0)
    query = sa.select(calls.c.model_used, sa.func.count(), tokens)
    query = query.where(calls.c.timestamp >= since, calls.c.called).group_by(calls.c.model_used)
    with store.read() as connection:
        return {str(row[0]): (int(row[1]), int(row[2])) for row in connection.execute(query)}


def recent_calls(store: Store, since: float) -> list[dict[str, Any]]:
    """The newest calls since `since`, at most RECENT_ROWS: what each was, cost and took, and how it ended."""
    names = ("agent_name", "model_used", "success", "rejected", "error_reason", "latency_s", "cost_micros")
    query = sa.select(*(calls.c[name] for name in names)).where(calls.c.timestamp >= since, calls.c.called)
    with store.read() as connection:
        rows = connection.execute(query.order_by(calls.c.timestamp.desc()).limit(RECENT_ROWS)).mappings()
        return [dict(row) for row in rows]
