"""The tables of the store, portable between SQLite and PostgreSQL.

Money is integer micro-dollars and a day is the integer yyyymmdd: neither database rounds or casts those differently.
Times are Unix seconds (UTC). The budget table holds no `spent + reserved <= cap` constraint: the cap is guarded where a
reservation is made, while a call that cost more than was reserved must still be booked truthfully.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

SCHEMA_VERSION = 2
"""Raised whenever a table changes shape, with a step in store/migrations.py; a higher number in a store is refused."""
MICROS = 1_000_000
"""Micro-dollars in a dollar."""

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

calls = Table(
    "calls",
    metadata,
    Column("request_id", String(64), primary_key=True),
    Column("route_id", String(64), nullable=False),
    Column("run_id", String(64)),
    Column("timestamp", Double, nullable=False),
    Column("day", Integer, nullable=False),
    Column("agent_name", String(64), nullable=False),
    Column("primary_model", String(128), nullable=False),
    Column("model_used", String(128), nullable=False),
    Column("fallback_used", Boolean, nullable=False),
    Column("fallback_reason", String(32)),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("cost_micros", BigInteger, nullable=False),
    Column("cost_source", String(32), nullable=False),
    Column("latency_s", Double, nullable=False),
    Column("success", Boolean, nullable=False),
    Column("error_reason", String(32)),
    Column("rejected", Boolean, nullable=False),
    Column("called", Boolean, nullable=False),
    Column("failover_s", Double, nullable=False),
    Column("detail", Text, nullable=False),
    Column("escalated", Boolean, nullable=False, server_default=false()),
    Column("hedged", Boolean, nullable=False, server_default=false()),
    Column("cache_write_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("scenario", String(64)),
    Index("calls_by_day", "day"),
    Index("calls_by_run", "run_id"),
    Index("calls_by_time", "timestamp"),
)

routes = Table(
    "routes",
    metadata,
    Column("route_id", String(64), primary_key=True),
    Column("run_id", String(64)),
    Column("agent_name", String(64), nullable=False),
    Column("timestamp", Double, nullable=False),
    Column("tried", Text, nullable=False),
    Index("routes_by_run", "run_id"),
)
"""Why a request went the way it did (`tried` is the router's JSON); apart from `calls`, which reports read whole."""

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("question", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("day", Integer, nullable=False),
    Column("owner", String(255), nullable=False),
    Column("status", String(32), nullable=False),
    Column("latency_s", Double),
    Column("scenario", String(64)),
    Index("runs_by_day", "day"),
)

budget = Table(
    "budget",
    metadata,
    Column("scope", String(64), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("spent_micros", BigInteger, CheckConstraint("spent_micros >= 0"), nullable=False),
    Column("reserved_micros", BigInteger, CheckConstraint("reserved_micros >= 0"), nullable=False),
)

agent_budget = Table(
    "agent_budget",
    metadata,
    Column("scope", String(64), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("agent", String(64), primary_key=True),
    Column("spent_micros", BigInteger, CheckConstraint("spent_micros >= 0"), nullable=False),
    Column("reserved_micros", BigInteger, CheckConstraint("reserved_micros >= 0"), nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("scope", String(64), nullable=False),
    Column("day", Integer, nullable=False),
    Column("amount_micros", BigInteger, CheckConstraint("amount_micros >= 0"), nullable=False),
    Column("actual_micros", BigInteger),
    Column("agent", String(64), nullable=False),
    Column("model", String(128), nullable=False),
    Column("owner", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("reservations_by_state", "state", "expires_at"),
)

model_state = Table(
    "model_state",
    metadata,
    Column("model", String(128), primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("updated_at", Double, nullable=False),
)

answers_kept = Table(
    "answers_kept",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("origin", String(64), nullable=False),
    Column("scope", String(64), nullable=False),
    Column("models", String(64), nullable=False),
    Column("dataset", Text, nullable=False),
    Column("words_key", String(64), nullable=False),
    Column("meaning_key", String(64), nullable=False),
    Column("plan_key", String(64), nullable=False),
    Column("demand_key", String(64), nullable=False),
    Column("folder", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("cost_micros", BigInteger, nullable=False),
    Column("latency_s", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("used_at", Double, nullable=False),
    Index("answers_kept_by_scope", "scope"),
)
"""Where kept answers lie (the runs' folders) and by which digests they are found; no question, no answer."""

answer_lookups = Table(
    "answer_lookups",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("timestamp", Double, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("saved_micros", BigInteger, nullable=False),
    Column("saved_s", Double, nullable=False),
    Index("answer_lookups_by_time", "timestamp"),
)


def to_micros(usd: Decimal) -> int:
    """`usd` in whole micro-dollars, rounded up: a cost is never rounded away."""
    return int((usd * MICROS).to_integral_value(rounding=ROUND_CEILING))


def to_usd(micros: int | Decimal | None) -> Decimal:
    """Micro-dollars (None counts as none) in dollars, exact."""
    return Decimal(micros or 0) / MICROS
