"""Access to the recorded analyses. Each function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analyst.core.process import is_alive
from analyst.storage.slices import EVERYTHING, Slice, within
from analyst.storage.tables import COLUMNS, storable
from analyst.storage.transaction import Transaction

RUN_LIMIT_S = 3600.0
"""After this long an open run of another machine, whose processes we can't see, counts as interrupted."""


def open_run(transaction: Transaction, row: Mapping[str, Any]) -> None:
    """Record that a run began (a value for every column of `runs`), or that this process goes on with it."""
    stored = {name: storable(name, row[name]) for name in COLUMNS["runs"]}
    if not transaction.insert_new("runs", stored):
        again = "UPDATE runs SET owner = :owner, status = :status WHERE run_id = :run_id"
        transaction.run(again, {name: stored[name] for name in ("owner", "status", "run_id")})


def close_run(transaction: Transaction, run_id: str, status: str, latency_s: float) -> bool:
    """Record how a run ended; whether there is such a run."""
    values = {"id": run_id, "status": status, "latency": storable("latency_s", latency_s)}
    return transaction.run("UPDATE runs SET status = :status, latency_s = :latency WHERE run_id = :id", values) == 1


def without_job(transaction: Transaction, moment: float) -> list[str]:
    """The analyses that began before that time and were no jobs; not those of load tests, which hold nobody's words."""
    none = "NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = r.run_id)"
    query = (
        "SELECT run_id FROM runs r WHERE started_at < :moment AND coalesce(scenario, '') = '' AND "  # noqa: S608
        f"{none} UNION SELECT run_id FROM turns r WHERE created_at < :moment AND {none} ORDER BY run_id"
    )
    return [str(run_id) for (run_id,) in transaction.rows(query, {"moment": moment})]


def remove(transaction: Transaction, run_id: str) -> None:
    """Forget an analysis; what its calls cost stays."""
    transaction.run("DELETE FROM runs WHERE run_id = :id", {"id": run_id})


def all_runs(transaction: Transaction, now: float, of: Slice = EVERYTHING) -> list[dict[str, Any]]:
    """Every run, newest first. One left open by a process that is gone has status "interrupted"."""
    found = transaction.records(
        f"SELECT * FROM runs WHERE {within('started_at')} ORDER BY started_at DESC, run_id",  # noqa: S608
        of.values,
    )
    return [run | {"status": _status(run, now)} for run in found]


def run_of(transaction: Transaction, run_id: str, now: float) -> dict[str, Any] | None:
    """A run as `all_runs` tells it; None: nothing of it is recorded."""
    found = transaction.records("SELECT * FROM runs WHERE run_id = :id", {"id": run_id})
    return next((run | {"status": _status(run, now)} for run in found), None)


def run_latencies(transaction: Transaction, now: float, of: Slice = EVERYTHING) -> list[tuple[str, float | None]]:
    """(status, seconds) of every run, as `all_runs` tells them and without their texts."""
    found = transaction.rows(
        f"SELECT status, latency_s, owner, started_at FROM runs WHERE {within('started_at')}",  # noqa: S608
        of.values,
    )
    return [
        (row[0] if row[0] != "running" else _status({"status": row[0], "owner": row[2], "started_at": row[3]}, now),
         row[1])
        for row in found
    ]  # fmt: skip


def _status(run: Mapping[str, Any], now: float) -> str:
    if run["status"] != "running":
        return str(run["status"])
    alive = is_alive(run["owner"])
    if alive is None:
        alive = now - run["started_at"] < RUN_LIMIT_S
    return "running" if alive else "interrupted"
