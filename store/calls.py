"""Access to the recorded calls and runs: writing one at once, and the sums that reports are made of.

Aggregates run in the database, so a report over a year of calls costs what its few groups cost.
A row with `called` false is a candidate that was passed over before any call; it counts in reasons only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from store.database import Store
from store.process import is_alive
from store.tables import calls, routes, runs, to_usd

RUN_LIMIT_S = 3600.0
"""After this long an open run of another machine, whose processes we can't see, counts as interrupted."""
_QUESTION_LENGTH = 2000

_ANSWERED = sa.and_(calls.c.called, calls.c.success)
_ACCEPTED = sa.and_(_ANSWERED, sa.not_(calls.c.rejected))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _sum(value: ColumnElement[Any], condition: ColumnElement[bool] | None = None) -> ColumnElement[Any]:
    counted = value if condition is None else sa.case((condition, value), else_=0)
    return sa.func.coalesce(sa.func.sum(counted), 0)


_MEASURES: dict[str, ColumnElement[Any]] = {
    "attempts": sa.func.count(),
    "calls": _count(calls.c.called),
    "answered": _count(_ANSWERED),
    "accepted": _count(_ACCEPTED),
    "rejected": _count(calls.c.rejected),
    "primary_calls": _count(sa.and_(calls.c.called, calls.c.model_used == calls.c.primary_model)),
    "primary_accepted": _count(sa.and_(_ACCEPTED, calls.c.model_used == calls.c.primary_model)),
    "fallbacks": _count(sa.and_(_ANSWERED, calls.c.fallback_used)),
    "input_tokens": _sum(calls.c.input_tokens),
    "output_tokens": _sum(calls.c.output_tokens),
    "cached_tokens": _sum(calls.c.cached_tokens),
    "accepted_input_tokens": _sum(calls.c.input_tokens, _ACCEPTED),
    "accepted_output_tokens": _sum(calls.c.output_tokens, _ACCEPTED),
    "cost_micros": _sum(calls.c.cost_micros),
    "latency_sum_s": _sum(calls.c.latency_s, calls.c.called),
    "failover_sum_s": _sum(calls.c.failover_s, sa.and_(_ANSWERED, calls.c.fallback_used)),
}


def _since(table: sa.Table, since: float | None) -> ColumnElement[bool]:
    moment = table.c.timestamp if table is calls else table.c.started_at
    return sa.true() if since is None else moment >= since


def add_call(store: Store, row: Mapping[str, Any], tried: str = "") -> None:
    """Record one call (a value for every column of `calls`). A second record of the same request changes nothing.

    `tried` is the router's account of its request (JSON text), kept beside it when there is one.
    """
    with store.write() as connection:
        store.insert_new(connection, calls, {name: _storable(value) for name, value in row.items()})
        if tried:
            about = {name: row[name] for name in ("route_id", "run_id", "agent_name", "timestamp")}
            store.insert_new(connection, routes, about | {"tried": tried})


def routes_of(store: Store, run_id: str) -> list[dict[str, Any]]:
    """The accounts of a run's requests, oldest first: route_id, run_id, agent_name, timestamp, tried (JSON text)."""
    query = sa.select(routes).where(routes.c.run_id == run_id).order_by(routes.c.timestamp, routes.c.route_id)
    with store.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def mark_rejected(store: Store, request_id: str, detail: str) -> tuple[str, str] | None:
    """Note that the reply of call `request_id` failed a later check; its (agent, model), None for an unknown call."""
    change = calls.update().where(calls.c.request_id == request_id)
    change = change.values(rejected=True, error_reason="rejected", detail=_storable(detail))
    with store.write() as connection:
        row = connection.execute(change.returning(calls.c.agent_name, calls.c.model_used)).first()
        return None if row is None else (row[0], row[1])


def grouped(store: Store, by: Sequence[str], since: float | None = None) -> list[dict[str, Any]]:
    """Counts, rates (fractions) and sums of calls, a row for each combination of columns `by`, biggest cost first.

    Without `by` there is one row. `cost_usd` is Decimal, `mean_*_s` seconds; a rate of nothing counted is None.
    """
    keys = [calls.c[name] for name in by]
    measures = [value.label(name) for name, value in _MEASURES.items()]
    query = sa.select(*keys, *measures).where(_since(calls, since)).group_by(*keys)
    with store.read() as connection:
        rows = connection.execute(query.order_by(sa.desc("cost_micros"), sa.desc("calls"), *keys)).mappings()
        return [_with_rates(row, by) for row in rows]


def _with_rates(row: Mapping[Any, Any], by: Sequence[str]) -> dict[str, Any]:
    """PostgreSQL sums integers as Decimal, SQLite sums no rows of floats as 0: the types are made equal here."""
    told = {str(name): row[name] for name in by}
    sums = {name: row[name] for name in _MEASURES}
    seconds = {name: float(sums.pop(name)) for name in ("latency_sum_s", "failover_sum_s")}
    counts = {name: int(value) for name, value in sums.items()}
    return (
        told
        | {"cost_usd": to_usd(counts.pop("cost_micros"))}
        | counts
        | {
            "mean_latency_s": _rate(seconds["latency_sum_s"], counts["calls"]),
            "mean_failover_s": _rate(seconds["failover_sum_s"], counts["fallbacks"]),
            "success_rate": _rate(counts["answered"], counts["calls"]),
            "fallback_rate": _rate(counts["fallbacks"], counts["answered"]),
            "rejection_rate": _rate(counts["rejected"], counts["calls"]),
            "primary_success_rate": _rate(counts["primary_accepted"], counts["primary_calls"]),
        }
    )


def _rate(part: float, whole: int) -> float | None:
    return part / whole if whole else None


def reasons(store: Store, column: str, since: float | None = None) -> list[tuple[str, str, str, int]]:
    """(agent, model, reason, count) for `column`: "error_reason" of any row or "fallback_reason" of answered ones."""
    reason = calls.c[column]
    keys = (calls.c.agent_name, calls.c.model_used, reason)
    wanted = sa.and_(reason.is_not(None), _since(calls, since))
    if column == "fallback_reason":
        wanted = sa.and_(wanted, _ANSWERED, calls.c.fallback_used)
    query = sa.select(*keys, sa.func.count()).where(wanted).group_by(*keys).order_by(*keys)
    with store.read() as connection:
        return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def latencies(store: Store, shares: Sequence[float], since: float | None = None, **equal: str) -> dict[float, float]:
    """Nearest-rank percentiles of the calls' latency in seconds; empty when there are no calls.

    `shares` are fractions (0.95); `equal` restricts columns to values.
    """
    wanted = [calls.c.called, _since(calls, since), *(calls.c[name] == value for name, value in equal.items())]
    chosen = sa.select(calls.c.latency_s).where(*wanted)
    with store.read() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(chosen.subquery())).scalar_one()
        if not count:
            return {}
        ordered = chosen.order_by(calls.c.latency_s)
        places = {share: max(math.ceil(share * count), 1) - 1 for share in shares}
        return {s: connection.execute(ordered.limit(1).offset(at)).scalar_one() for s, at in places.items()}


def cost_on(store: Store, day: int) -> int:
    """Micro-dollars of all calls recorded on `day` (yyyymmdd)."""
    with store.read() as connection:
        return int(connection.execute(sa.select(_sum(calls.c.cost_micros)).where(calls.c.day == day)).scalar_one())


def run_totals(store: Store, model: str, since: float | None = None) -> dict[str, Any]:
    """Over runs that made calls: `runs`, their `cost_micros`, and `with_model`: runs with an accepted answer of it."""
    belongs = sa.and_(calls.c.run_id.is_not(None), _since(calls, since))
    whole = sa.select(sa.func.count(sa.distinct(calls.c.run_id)), _sum(calls.c.cost_micros)).where(belongs)
    of_model = sa.select(sa.func.count(sa.distinct(calls.c.run_id)))
    with store.read() as connection:
        count, cost = connection.execute(whole).one()
        with_model = connection.execute(of_model.where(belongs, _ACCEPTED, calls.c.model_used == model)).scalar_one()
        return {"runs": count, "cost_micros": int(cost), "with_model": with_model}


def all_calls(store: Store, since: float | None = None) -> Iterator[dict[str, Any]]:
    """Every recorded call, oldest first, without holding all of them in memory."""
    query = sa.select(calls).where(_since(calls, since)).order_by(calls.c.timestamp, calls.c.request_id)
    with store.read() as connection:
        for row in connection.execution_options(yield_per=1000).execute(query).mappings():
            yield dict(row)


def open_run(store: Store, row: Mapping[str, Any]) -> None:
    """Record that a run began (a value for every column of `runs`)."""
    with store.write() as connection:
        store.insert_new(connection, runs, {name: _storable(value) for name, value in row.items()})


def close_run(store: Store, run_id: str, status: str, latency_s: float) -> bool:
    """Record how a run ended; whether there is such a run."""
    with store.write() as connection:
        change = runs.update().where(runs.c.run_id == run_id).values(status=status, latency_s=latency_s)
        return connection.execute(change).rowcount == 1


def all_runs(store: Store, now: float, since: float | None = None) -> list[dict[str, Any]]:
    """Every run, newest first. One left open by a process that is gone has status "interrupted"."""
    query = sa.select(runs).where(_since(runs, since)).order_by(runs.c.started_at.desc(), runs.c.run_id)
    with store.read() as connection:
        return [dict(row) | {"status": _status(row, now)} for row in connection.execute(query).mappings()]


def _status(run: Any, now: float) -> str:
    if run["status"] != "running":
        return str(run["status"])
    alive = is_alive(run["owner"])
    if alive is None:
        alive = now - run["started_at"] < RUN_LIMIT_S
    return "running" if alive else "interrupted"


def _storable(value: Any) -> Any:
    """Text as both databases take it: no NUL (PostgreSQL), no lone surrogate (both), no endless question."""
    if not isinstance(value, str):
        return value
    return value[:_QUESTION_LENGTH].replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
