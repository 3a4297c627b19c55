"""The engine of a table: DuckDB over its file, or a session with the server that it stays on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analyst.engine.duckdb import open_locked
from analyst.engine.errors import EngineError
from analyst.engine.interface import Engine
from analyst.engine.remote.access import Access
from analyst.engine.remote.postgres_opening import open_postgres
from analyst.engine.remote.server import Server
from analyst.engine.remote.session import RemoteEngine
from analyst.engine.remote.spark_opening import open_spark
from analyst.protocol.table import OpenedTable


@dataclass(frozen=True)
class Bounds:
    """What a session may use here: memory, seconds a query, and a folder for what does not fit."""

    memory_mb: int
    timeout_s: float
    temp_directory: Path


def open_engine(table: OpenedTable, bounds: Bounds, access: Access | None = None) -> Engine:
    """A session for plans over the whole `table`. StoreError, SettingsError or EngineError: it can't be opened."""
    here = partial(
        open_locked,
        memory_mb=bounds.memory_mb,
        timeout_s=bounds.timeout_s,
        temp_directory=bounds.temp_directory,
    )
    if table.remote is None:
        return here(table.database)
    remote = table.remote
    assert access is not None

    def naming(headers: Sequence[str]) -> Sequence[str]:
        if tuple(headers) != remote.headers:
            raise EngineError(f"The columns of {remote.place.shown} have changed since it was opened")
        return table.columns

    server: Server = (
        open_postgres(access, remote.table, naming) if remote.table else open_spark(access, remote.place, naming)
    )
    return RemoteEngine(server, here(None), access.timeout_s)
