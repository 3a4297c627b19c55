"""Access to the recorded calls, row by row. All but `all_calls` work inside the caller's transaction.

A row with `called` false is a candidate that was passed over before any call; it counts in reasons only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analyst.storage.database import Store
from analyst.storage.slices import EVERYTHING, Slice, within
from analyst.storage.tables import COLUMNS, storable
from analyst.storage.transaction import Transaction


def add_call(transaction: Transaction, row: Mapping[str, Any], tried: str = "") -> None:
    """Record one call (a value for every column of `calls`). A second record of the same request changes nothing.

    `tried` is the router's account of its request (JSON text), kept beside it when there is one.
    """
    transaction.insert_new("calls", {name: storable(name, row[name]) for name in COLUMNS["calls"]})
    if tried:
        about = dict(row) | {"tried": tried}
        transaction.insert_new("routes", {name: storable(name, about[name]) for name in COLUMNS["routes"]})


def mark_rejected(transaction: Transaction, request_id: str, detail: str) -> tuple[str, str] | None:
    """Note that the reply of call `request_id` failed a later check; its (agent, model), None for an unknown call."""
    row = transaction.row(
        "UPDATE calls SET rejected = true, error_reason = 'rejected', detail = :detail WHERE request_id = :id"
        " RETURNING agent_name, model_used",
        {"id": request_id, "detail": storable("detail", detail)},
    )
    return None if row is None else (row[0], row[1])


def routes_of(transaction: Transaction, run_id: str) -> list[dict[str, Any]]:
    """The accounts of a run's requests, oldest first: route_id, run_id, agent_name, timestamp, tried (JSON text)."""
    return list(
        transaction.records("SELECT * FROM routes WHERE run_id = :run ORDER BY timestamp, route_id", {"run": run_id})
    )


def all_calls(store: Store, of: Slice = EVERYTHING) -> Iterator[dict[str, Any]]:
    """Every recorded call of a slice, oldest first, without holding all of them in memory."""
    with store.read() as transaction:
        yield from transaction.records(
            f"SELECT * FROM calls WHERE {within('timestamp')} ORDER BY timestamp, request_id",  # noqa: S608
            of.values,
        )
