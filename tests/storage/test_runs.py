"""Recorded analyses and who left them open."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import Any

from analyst.core.process import is_alive, this_process
from analyst.core.settings import ROOT
from analyst.storage.database import Store
from analyst.storage.runs import all_runs, close_run, open_run, run_latencies
from analyst.storage.slices import Slice


def run_row(run_id: str, owner: str, started_at: float = 0.0, **given: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"run_id": run_id, "question": "Which?", "dataset": "sales.csv", "started_at": started_at}
    row |= {"day": 20261124, "owner": owner, "status": "running", "latency_s": None, "scenario": None}
    return row | given


def record(store: Store, *rows: dict[str, Any]) -> None:
    with store.write() as transaction:
        for row in rows:
            open_run(transaction, row)


def runs_of(store: Store, now: float, **given: Any) -> list[dict[str, Any]]:
    with store.read() as transaction:
        return all_runs(transaction, now, **given)


def test_a_run_is_open_until_it_is_closed(store: Store) -> None:
    record(store, run_row("r", this_process()))
    assert [run["status"] for run in runs_of(store, now=1e9)] == ["running"]
    with store.write() as transaction:
        assert close_run(transaction, "r", "done", 4.5)
        assert not close_run(transaction, "nobody", "done", 1.0)
    [run] = runs_of(store, now=1e9)
    assert (run["status"], run["latency_s"]) == ("done", 4.5)


def test_a_run_whose_process_died_is_shown_as_interrupted(store: Store) -> None:
    child = subprocess.run(
        [sys.executable, "-c", "from analyst.core.process import this_process; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    host, pid = socket.gethostname(), os.getpid()
    record(
        store,
        run_row("dead", child.stdout.strip()),
        run_row("reused number", f"{host}/{pid}/1"),
        run_row("elsewhere, lately", "another-host/1/1", started_at=9000.0),
        run_row("elsewhere, long ago", "another-host/1/1", started_at=0.0),
    )
    told = {run["run_id"]: run["status"] for run in runs_of(store, now=10_000.0)}
    with store.read() as transaction:
        assert sorted(status for status, _ in run_latencies(transaction, 10_000.0)) == sorted(told.values())
    assert told.pop("elsewhere, lately") == "running"
    assert set(told.values()) == {"interrupted"}
    assert len(told) == 3


def test_a_run_that_another_process_goes_on_with_is_open_again(store: Store) -> None:
    record(store, run_row("r", f"{socket.gethostname()}/{os.getpid()}/1"))
    assert [run["status"] for run in runs_of(store, now=1e9)] == ["interrupted"]
    record(store, run_row("r", this_process(), started_at=50.0))
    [run] = runs_of(store, now=1e9)
    assert (run["status"], run["started_at"]) == ("running", 0.0)


def test_simulated_runs_are_told_apart(store: Store) -> None:
    record(store, run_row("real", this_process()), run_row("played", this_process(), scenario="calm"))
    assert [run["run_id"] for run in runs_of(store, now=1.0)] == ["real"]
    assert [run["run_id"] for run in runs_of(store, now=1.0, of=Slice(scenario="calm"))] == ["played"]


def test_this_process_is_alive_and_one_elsewhere_is_unknown() -> None:
    assert is_alive(this_process()) is True
    assert is_alive("another-host/1/1") is None
    assert is_alive("") is None
