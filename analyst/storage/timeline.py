"""What happened when: calls in buckets of time, latest failures, costliest runs, one run's calls, open analyses.

Each function works inside the caller's transaction; times are Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analyst.storage.slices import Slice, within
from analyst.storage.tables import to_usd
from analyst.storage.transaction import Transaction

_PLACE = "CAST(round((timestamp - :begin) / :width - 0.4999999) AS INTEGER)"
"""The whole part, in words that both databases have and read alike: one casts by cutting off, the other by rounding."""
_FAILED = "called AND (NOT success OR rejected)"
_OF_A_CALL = (
    "timestamp, run_id, agent_name, model_used, called, success, rejected, fallback_used, fallback_reason,"
    " error_reason, detail, latency_s, cost_micros, input_tokens, output_tokens"
)


@dataclass(frozen=True)
class Bucket:
    """The calls of a model in a stretch of time: its place from 0, their number, those that failed, their cost."""

    place: int
    model: str
    calls: int
    failed: int
    cost_usd: Decimal


def buckets(transaction: Transaction, of: Slice, begin: float, width_s: float) -> list[Bucket]:
    """The calls of a slice in stretches of `width_s` seconds from `begin` on, in order, without those of no call."""
    query = (
        f"SELECT {_PLACE}, model_used, count(*) FILTER (WHERE called),"  # noqa: S608 - conditions of ours
        f" count(*) FILTER (WHERE {_FAILED}), coalesce(sum(cost_micros), 0)"
        f" FROM calls WHERE {within('timestamp')} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    found = transaction.rows(query, {**of.values, "begin": begin, "width": width_s})
    return [Bucket(int(row[0]), row[1], int(row[2]), int(row[3]), to_usd(int(row[4]))) for row in found]


def calls_and_failed(transaction: Transaction, of: Slice) -> tuple[int, int]:
    """How many calls a slice has, and how many of them failed or had their reply rejected."""
    query = f"SELECT count(*), count(*) FILTER (WHERE {_FAILED}) FROM calls WHERE {within('timestamp')} AND called"  # noqa: S608
    [(calls, failed)] = transaction.rows(query, of.values)
    return int(calls), int(failed)


def spent_since_first(transaction: Transaction, of: Slice) -> tuple[Decimal, float | None]:
    """USD that a slice's calls cost, and when the first of them was recorded (None: there is none)."""
    query = f"SELECT coalesce(sum(cost_micros), 0), min(timestamp) FROM calls WHERE {within('timestamp')}"  # noqa: S608
    [(cost, first)] = transaction.rows(query, of.values)
    return to_usd(int(cost)), first


def failures(transaction: Transaction, of: Slice, most: int) -> list[dict[str, Any]]:
    """A slice's newest attempts that failed or whose reply was rejected, at most `most`."""
    query = (
        f"SELECT {_OF_A_CALL} FROM calls WHERE {within('timestamp')} AND {_FAILED}"  # noqa: S608
        " ORDER BY timestamp DESC LIMIT :most"
    )
    return [_call(row) for row in transaction.records(query, {**of.values, "most": most})]


def costliest_runs(transaction: Transaction, of: Slice, most: int) -> list[dict[str, Any]]:
    """The runs whose calls in a slice cost most, at most `most`: run_id, calls, failed, begun, ended, cost_usd."""
    query = (
        "SELECT run_id, count(*) FILTER (WHERE called) AS calls,"  # noqa: S608
        f" count(*) FILTER (WHERE {_FAILED}) AS failed, min(timestamp - latency_s) AS begun, max(timestamp) AS ended,"
        f" sum(cost_micros) AS cost_micros FROM calls WHERE {within('timestamp')} AND run_id IS NOT NULL"
        " GROUP BY run_id HAVING sum(cost_micros) > 0 ORDER BY 6 DESC, run_id LIMIT :most"
    )
    return [_call(row) for row in transaction.records(query, {**of.values, "most": most})]


def unanswered_runs(transaction: Transaction, of: Slice, most: int) -> list[dict[str, Any]]:
    """The newest runs that began in a slice and ended without an answer, at most `most`: run_id, started_at, status,
    and the failure (JSON) where the service made them."""
    query = (
        "SELECT r.run_id, r.started_at, r.status, j.failure FROM runs r LEFT JOIN jobs j ON j.id = r.run_id"  # noqa: S608
        f" WHERE {within('r.started_at')} AND r.scenario IS NULL AND r.status IN ('failed', 'interrupted')"
        " ORDER BY r.started_at DESC LIMIT :most"
    )
    return list(transaction.records(query, {**of.values, "most": most}))


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
