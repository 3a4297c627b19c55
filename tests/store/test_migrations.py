"""A store of an older version is brought up to date when it is opened, and loses nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from contracts.errors import StoreError
from contracts.settings import ROOT
from store.calls import all_calls, all_runs
from store.database import Store
from store.migrations import STEPS
from store.tables import SCHEMA_VERSION, agent_budget, metadata
from tests.stores import fresh_database, open_store

HERE = Path(__file__).parent
_SAME = {"DOUBLE": "REAL"}
"""Names of one type in SQLite."""


def make_version_1(address: str) -> None:
    """What the first release left behind: its tables, a call, a run, four reservations."""
    if "://" in address:
        with psycopg.connect(address) as server:
            server.execute((HERE / "version_1.postgresql.sql").read_bytes())
    else:
        Path(address).parent.mkdir(exist_ok=True)
        with sqlite3.connect(address) as file:
            file.executescript((HERE / "version_1.sqlite.sql").read_text())


def shape(store: Store) -> dict[str, Any]:
    """Every table's columns, key, checks and indexes, in an order of their own."""
    with store.read() as connection:
        look = sa.inspect(connection)
        return {
            table: {
                "columns": {
                    c["name"]: (_SAME.get(str(c["type"]), str(c["type"])), c["nullable"])
                    for c in look.get_columns(table)
                },
                "key": look.get_pk_constraint(table)["constrained_columns"],
                "indexes": sorted((i["name"] or "", tuple(i["column_names"])) for i in look.get_indexes(table)),
                "checks": len(look.get_check_constraints(table)),
            }
            for table in look.get_table_names()
        }


def test_there_is_a_step_to_every_version_after_the_first() -> None:
    assert sorted(STEPS) == list(range(2, SCHEMA_VERSION + 1))


def test_an_upgraded_store_keeps_its_records_and_its_money(address: str) -> None:
    make_version_1(address)
    store = open_store(address)
    [call] = all_calls(store)
    assert (call["request_id"], call["cost_micros"], call["escalated"], call["hedged"]) == ("c1", 3000, False, False)
    assert (call["scenario"], call["cache_write_tokens"]) == (None, 0)
    [run] = all_runs(store, now=1_795_435_300.0)
    assert (run["run_id"], run["status"], run["scenario"]) == ("r1", "done", None)
    with store.read() as connection:
        rows = connection.execute(sa.select(agent_budget).order_by(agent_budget.c.agent)).all()
    assert [tuple(row) for row in rows] == [
        ("platform", 20261123, "insight_generator", 0, 500),
        ("platform", 20261123, "report_writer", 7000, 0),
    ]


def test_an_upgraded_store_has_the_shape_of_a_new_one(address: str, request: pytest.FixtureRequest) -> None:
    make_version_1(address)
    upgraded = shape(open_store(address))
    if "://" in address:
        with fresh_database(request.getfixturevalue("postgres")) as other:
            fresh = open_store(other)
            assert upgraded == shape(fresh)
            fresh.close()
    else:
        assert upgraded == shape(open_store(f"{address}.new"))
    assert set(upgraded) == set(metadata.tables)


OPENS = """
import sys
from pathlib import Path
from store.database import Store
sys.stdin.readline()
store = Store.on_server(sys.argv[1]) if "://" in sys.argv[1] else Store.at(Path(sys.argv[1]))
"""


def test_processes_that_open_an_old_store_at_once_upgrade_it_once(address: str) -> None:
    make_version_1(address)
    command = [sys.executable, "-c", OPENS, address]
    children = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    told = [child.communicate(timeout=120)[1] for child in children]
    assert [child.returncode for child in children] == [0] * 6, told
    assert len(list(all_calls(open_store(address)))) == 1


def test_an_upgrade_that_breaks_half_way_changes_nothing(address: str) -> None:
    make_version_1(address)
    clash = "CREATE TABLE model_state (mine TEXT)"
    if "://" in address:
        with psycopg.connect(address) as server:
            server.execute(clash)
    else:
        with sqlite3.connect(address) as file:
            file.execute(clash)
    with pytest.raises(StoreError, match="model_state"):
        open_store(address)
    if "://" in address:
        with psycopg.connect(address) as server:
            assert server.execute("SELECT version FROM schema_version").fetchall() == [(1,)]
            assert len(server.execute("SELECT * FROM calls").fetchone() or ()) == 22
    else:
        with sqlite3.connect(address) as file:
            assert file.execute("SELECT version FROM schema_version").fetchall() == [(1,)]
            assert len(file.execute("SELECT * FROM calls").fetchone()) == 22
