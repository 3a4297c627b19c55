"""Connecting to a PostgreSQL server for one table that stays there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analyst.engine.remote.access import Access
from analyst.engine.remote.postgres import PostgresServer, translated
from analyst.engine.remote.postgres_catalog import columns_of, relation_named
from analyst.engine.remote.postgres_connecting import begin

_FIRST = 120_000
"""The first version whose WITH can be told not to be computed apart."""


def open_postgres(access: Access, table: str, naming: Callable[[Sequence[str]], Sequence[str]]) -> PostgresServer:
    """The table or view of this name, its columns called as `naming` calls them. EngineError: it can't be read."""
    import psycopg

    with translated():
        connection = psycopg.connect(**dict(access.login))  # type: ignore[arg-type]
        try:
            begin(connection, access.timeout_s)
            relation = relation_named(connection, table)
            columns = columns_of(connection, relation)
            connection.rollback()
            names = naming([column.name for column in columns])
            return PostgresServer(connection, relation, columns, names, access.timeout_s)
        except BaseException:
            connection.close()
            raise


def can_answer(version: int, encoding: str) -> bool:
    """Whether queries mean there what they mean here, by the server's version and the encoding of its database."""
    return version >= _FIRST and encoding == "UTF8"
