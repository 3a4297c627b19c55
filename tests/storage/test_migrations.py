"""A store of an older version is brought up to date when it is opened, and loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import StoreError
from analyst.storage.calls import all_calls
from analyst.storage.database import Store
from analyst.storage.migrations import SCHEMA_VERSION, STEPS
from analyst.storage.runs import all_runs
from analyst.storage.tables import COLUMNS
from tests.stores import fresh_database, open_store, open_together, run_plain

HERE = Path(__file__).parent


def make_version_1(address: str) -> None:
    """What the first release left behind: its tables, a call, a run, four reservations."""
    kind = "postgresql" if "://" in address else "sqlite"
    run_plain(address, (HERE / f"version_1.{kind}.sql").read_text())


def shape(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every table's columns with their types, and every index."""
    with store.read() as transaction:
        if "://" in store.place:
            columns = (
                "SELECT table_name, column_name, data_type, is_nullable, character_maximum_length"
                " FROM information_schema.columns WHERE table_schema = 'public'"
            )
            indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
        else:
            columns = (
                "SELECT m.name, c.name, replace(upper(c.type), 'DOUBLE PRECISION', 'DOUBLE'), c.\"notnull\", c.pk"
                " FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
            )
            indexes = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        return {"columns": sorted(transaction.rows(columns)), "indexes": sorted(transaction.rows(indexes))}


def test_there_is_a_step_to_every_version() -> None:
    assert sorted(STEPS) == list(range(1, SCHEMA_VERSION + 1))


def test_an_upgraded_store_keeps_its_records_and_its_money(address: str) -> None:
    make_version_1(address)
    store = open_store(address)
    [call] = all_calls(store)
    assert (call["request_id"], call["cost_micros"], call["escalated"], call["hedged"]) == ("c1", 3000, False, False)
    assert (call["scenario"], call["cache_write_tokens"]) == (None, 0)
    with store.read() as transaction:
        rows = transaction.rows("SELECT * FROM agent_budget ORDER BY agent")
        [run] = all_runs(transaction, now=1_795_435_300.0)
    assert (run["run_id"], run["status"], run["scenario"]) == ("r1", "done", None)
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
    assert {row[0] for row in upgraded["columns"]} == set(COLUMNS)


def test_processes_that_open_an_old_store_at_once_upgrade_it_once(address: str) -> None:
    make_version_1(address)
    assert open_together(address, 6) == [""] * 6
    assert len(list(all_calls(open_store(address)))) == 1


def test_an_upgrade_that_breaks_half_way_changes_nothing(address: str) -> None:
    make_version_1(address)
    run_plain(address, "CREATE TABLE model_state (mine TEXT)")
    with pytest.raises(StoreError, match="model_state"):
        open_store(address)
    assert run_plain(address, "SELECT version FROM schema_version") == [(1,)]
    assert [len(row) for row in run_plain(address, "SELECT * FROM calls")] == [22]
