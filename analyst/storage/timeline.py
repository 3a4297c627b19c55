"""What happened when: calls in buckets of time, the latest failures, one run's calls, how many analyses are open.

Each function works inside the caller's transaction; times are Unix seconds; a simulation's calls are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analyst.storage.tables import to_usd
from analyst.storage.transaction import Transaction

_REAL = "scenario IS NULL"
_PLACE = "CAST(round((timestamp - :since) / :width - 0.4999999) AS INTEGER)"
"""The whole part, in words that both databases have and read alike: one casts by cutting off, the other by rounding."""
_OF_A_CALL = (
    "timestamp, run_id, agent_name, model_used, called, success, rejected, fallback_used, fallback_reason,"
    " error_reason, detail, latency_s, cost_micros, input_tokens, output_tokens"
)


@dataclass(frozen=True)
class Bucket:
    """The calls of a stretch of time: its place from 0, how many there were and failed, and what they cost."""

    place: int
    calls: int
    failed: int
    cost_usd: Decimal


def buckets(transaction: Transaction, since: float, width_s: float) -> list[Bucket]:
    """The calls from `since` on in stretches of `width_s` seconds, in order; those without a call are left out."""
    query = (
        f"SELECT {_PLACE}, count(*) FILTER (WHERE called),"  # noqa: S608 - conditions of ours
        " count(*) FILTER (WHERE called AND (NOT success OR rejected)), coalesce(sum(cost_micros), 0)"
        f" FROM calls WHERE timestamp >= :since AND {_REAL} GROUP BY 1 ORDER BY 1"
    )
    found = transaction.rows(query, {"since": since, "width": width_s})
    return [Bucket(int(place), int(calls), int(failed), to_usd(int(cost))) for place, calls, failed, cost in found]


def failures(transaction: Transaction, since: float, most: int) -> list[dict[str, Any]]:
    """The newest attempts that failed or whose reply was rejected, at most `most`."""
    query = (
        f"SELECT {_OF_A_CALL} FROM calls WHERE timestamp >= :since AND {_REAL}"  # noqa: S608
        " AND called AND (NOT success OR rejected) ORDER BY timestamp DESC LIMIT :most"
    )
    return [_call(row) for row in transaction.records(query, {"since": since, "most": most})]


def calls_of(transaction: Transaction, run_id: str) -> list[dict[str, Any]]:
    """Every attempt of a run, those that were passed over too, in the order in which they ended."""
    query = f"SELECT {_OF_A_CALL} FROM calls WHERE run_id = :run ORDER BY timestamp, request_id"  # noqa: S608
    return [_call(row) for row in transaction.records(query, {"run": run_id})]


def _call(row: dict[str, Any]) -> dict[str, Any]:
    cost = to_usd(int(row.pop("cost_micros")))
    return row | {"cost_usd": cost}


def open_analyses(transaction: Transaction) -> dict[str, int]:
    """How many analyses of the service wait and run."""
    found = transaction.rows("SELECT state, count(*) FROM jobs WHERE state IN ('waiting', 'running') GROUP BY state")
    return {"waiting": 0, "running": 0} | {str(state): int(count) for state, count in found}
