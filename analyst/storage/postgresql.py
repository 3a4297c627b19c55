"""PostgreSQL by psycopg, imported only when a server is named: many machines, one budget."""

from __future__ import annotations

from typing import Any

from analyst.core.errors import StoreError
from analyst.storage.transaction import ServerTransaction, Transaction

_SETUP_LOCK = 0x62756467
"""Any constant of our own: processes that make the tables at once wait for each other on it."""
_FORM = "Use postgresql://user:password@host:5432/name, or leave it empty to use SQLite."


class PostgreSQL:
    """The database at `url`; a statement waits at most `patience_s` for a lock."""

    transaction = ServerTransaction
    writers, readers = 2, 2
    """Connections a process: a server allows about 100 in all, and a transaction takes a millisecond."""
    setup_lock = f"SELECT pg_advisory_xact_lock({_SETUP_LOCK})"

    def __init__(self, url: str, patience_s: float) -> None:
        scheme, _, rest = url.partition("://")
        if scheme not in ("postgres", "postgresql") or not rest:
            raise StoreError("DATABASE_URL is not the address of a PostgreSQL database.", _FORM)
        self._url, self._patience_s = f"postgresql://{rest}", patience_s
        try:
            import psycopg
        except ImportError as error:
            raise StoreError(
                f"The PostgreSQL driver is not available: {error}.", "Install `psycopg[binary]`."
            ) from None
        try:
            told = psycopg.conninfo.conninfo_to_dict(self._url)
        except psycopg.Error:
            raise StoreError("DATABASE_URL is not a valid address.", _FORM) from None
        # Shown in messages: every part that is no secret.
        self.place = f"postgresql://{told.get('host', 'localhost')}:{told.get('port', 5432)}/{told.get('dbname', '')}"
        self._psycopg = psycopg
        self.errors: tuple[type[Exception], ...] = (psycopg.Error,)

    def connect(self) -> Any:
        """A connection that waits for nothing without end: a lock, a dead server, a stopped process of ours."""
        connection = self._psycopg.connect(self._url, autocommit=True, connect_timeout=max(int(self._patience_s), 2))
        connection.execute(
            f"SET lock_timeout = '{int(self._patience_s * 1000)}ms'; SET idle_in_transaction_session_timeout = '60s'"
        )
        return connection

    def begin(self, connection: Any, *, writes: bool) -> None:
        """Start a transaction; a read sees one state of the database throughout."""
        connection.execute("BEGIN" if writes else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def is_live(self, connection: Any) -> bool:
        """Whether `connection` was good when last used."""
        return not (connection.closed or connection.broken)

    def in_place(self) -> bool:
        """Always: a server's database is not deleted under its users."""
        return True

    def rescue(self) -> None:
        """Nothing to do: the server keeps what it has."""

    def close(self) -> None:
        """Nothing to do: no connection is kept here."""

    def forget(self) -> None:
        """Nothing to do: no connection is kept here."""

    def tables(self, transaction: Transaction) -> set[str]:
        """The names of all tables that a plain name finds."""
        found = "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false))"
        return {row[0] for row in transaction.rows(found)}
