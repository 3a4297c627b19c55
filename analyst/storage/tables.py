"""The columns of the store's tables, as they are read and written; storage/migrations.py holds how they are made.

Money is integer micro-dollars and a day is the integer yyyymmdd: neither database rounds or casts those differently.
Times are Unix seconds (UTC). The budget tables hold no `spent + reserved <= cap` constraint: the cap is guarded where a
reservation is made, while a call that cost more than was reserved must still be booked truthfully.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "calls": (
        "request_id", "route_id", "run_id", "timestamp", "day", "agent_name", "primary_model", "model_used",
        "fallback_used", "fallback_reason", "input_tokens", "output_tokens", "cached_tokens", "cost_micros",
        "cost_source", "latency_s", "success", "error_reason", "rejected", "called", "failover_s", "detail",
        "escalated", "hedged", "cache_write_tokens", "scenario", "claimed_micros",
        "first_token_s",
    ),
    "routes": ("route_id", "run_id", "agent_name", "timestamp", "tried"),
    "runs": ("run_id", "question", "dataset", "started_at", "day", "owner", "status", "latency_s", "scenario"),
    "budget": ("scope", "day", "spent_micros", "reserved_micros"),
    "agent_budget": ("scope", "day", "agent", "spent_micros", "reserved_micros"),
    "reservations": (
        "id", "scope", "day", "amount_micros", "actual_micros", "agent", "model", "owner", "state", "created_at",
        "expires_at", "asker",
    ),
    "model_state": ("model", "state", "version", "updated_at"),
    "answers_kept": (
        "id", "origin", "scope", "models", "dataset", "words_key", "meaning_key", "plan_key", "demand_key", "folder",
        "digest", "cost_micros", "latency_s", "created_at", "used_at",
    ),
    "answer_lookups": ("run_id", "timestamp", "tier", "saved_micros", "saved_s"),
    "consensus": (
        "run_id", "timestamp", "outcome", "asked", "planned", "judged", "extra_micros", "extra_s", "scenario",
    ),
    "jobs": (
        "id", "asker", "priority", "state", "request", "idempotency_key", "owner", "attempt", "deaths", "lease_until",
        "cancelled", "failure", "created_at", "started_at", "ended_at", "program",
    ),
    "job_events": ("run_id", "seq", "timestamp", "event"),
    "job_replies": ("run_id", "agent", "asked", "turn", "record"),
    "job_drafts": ("run_id", "text"),
    "access_keys": ("digest", "asker", "created_at", "role"),
    "asker_limits": ("asker", "running", "waiting", "daily_micros"),
    "workers": ("owner", "program", "slots", "seen_at"),
    "turns": (
        "run_id", "asker", "parent", "thread", "question", "table_path", "sheet", "folder", "created_at", "others",
        "joined_on",
    ),
    "feedback": ("run_id", "asker", "verdict", "because", "created_at"),
    "thread_names": ("thread", "name"),
    "uploads": ("id", "asker", "name", "sha256", "bytes", "path", "created_at"),
    "alerts": (
        "kind", "subject", "day", "receiver", "text", "raised_at", "next_try_at", "tries", "sent_at", "problem",
    ),
    "schema_version": ("version",),
}  # fmt: skip
"""By table. `routes` holds why a request went the way it did, apart from `calls`, which reports read whole."""
YES_OR_NO = frozenset({"fallback_used", "success", "rejected", "called", "escalated", "hedged", "judged", "cancelled"})
"""Columns of true and false; SQLite gives them back as 1 and 0."""
_WIDTHS = {
    **dict.fromkeys(("request_id", "route_id", "run_id", "agent_name", "scenario"), 64),
    **dict.fromkeys(("primary_model", "model_used", "subject"), 128),
    **dict.fromkeys(("fallback_reason", "error_reason", "cost_source", "status", "outcome"), 32),
    "owner": 255,
    "tried": 100_000,
}
_WIDTH = 2000
_MOST = 2**63 - 1
MICROS = 1_000_000
"""Micro-dollars in a dollar."""


def to_micros(usd: Decimal) -> int:
    """`usd` in whole micro-dollars, rounded up: a cost is never rounded away."""
    return int((usd * MICROS).to_integral_value(rounding=ROUND_CEILING))


def to_usd(micros: int | Decimal | None) -> Decimal:
    """Micro-dollars (None counts as none) in dollars, exact."""
    return Decimal(micros or 0) / MICROS


def storable(column: str, value: Any) -> Any:
    """`value` as both databases take it, so that no record is ever refused for what a provider wrote in it.

    Text has no NUL (PostgreSQL), no lone surrogate (both) and the column's width; numbers are finite and fit.
    """
    if isinstance(value, str):
        return value[: _WIDTHS.get(column, _WIDTH)].replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float):
        return value if math.isfinite(value) else 0.0
    return min(value, _MOST) if isinstance(value, int) and not isinstance(value, bool) else value
