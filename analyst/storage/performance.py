"""What recent calls show of the models: usage in the last minute, and how each does for each agent.

Each function works inside the caller's transaction; `since` is Unix seconds.
"""

from __future__ import annotations

from typing import Any

from analyst.storage.transaction import Transaction

RECENT_ROWS = 2000
"""Calls looked back at: enough for a p95 of each model, and read in milliseconds."""


def usage(transaction: Transaction, since: float) -> dict[str, tuple[int, int]]:
    """(requests, tokens) of each model's calls since `since`."""
    found = transaction.rows(
        "SELECT model_used, count(*), coalesce(sum(input_tokens + output_tokens), 0) FROM calls"
        " WHERE timestamp >= :since AND called GROUP BY model_used",
        {"since": since},
    )
    return {str(model): (int(requests), int(tokens)) for model, requests, tokens in found}


def recent_calls(transaction: Transaction, since: float) -> list[dict[str, Any]]:
    """The newest calls since `since`, at most RECENT_ROWS: what each was, cost and took, and how it ended."""
    return list(
        transaction.records(
            "SELECT agent_name, model_used, success, rejected, error_reason, latency_s, cost_micros, output_tokens,"
            " first_token_s FROM calls"
            " WHERE timestamp >= :since AND called ORDER BY timestamp DESC LIMIT :most",
            {"since": since, "most": RECENT_ROWS},
        )
    )
