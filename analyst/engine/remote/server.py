"""What a remote engine needs of the server that holds its table: Server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from analyst.engine.remote.translation.operands import Dialect


class Server(Protocol):
    """A session on a server with the relation `data`, and with the relations that are shown beside it.

    Queries are in the server's own dialect, translated and checked before (see translation). Every method raises
    EngineError, no library's own exception.
    """

    @property
    def dialect(self) -> Dialect:
        """What queries are translated to."""

    @property
    def label(self) -> str:
        """What the engine is called and its version: "Spark 4.2.0"."""

    @property
    def bytes_read(self) -> int:
        """The size of the files that its queries have read so far; 0 where it does not tell."""

    def columns(self) -> Mapping[str, str]:
        """The columns of `data` with their types as DuckDB calls them, in order."""

    def select(self, sql: str, limit: int) -> pa.Table:
        """At most `limit` rows of a SELECT."""

    def show(self, name: str, sql: str, columns: Sequence[str]) -> None:
        """Keep a SELECT as the relation `name` with these columns; it is computed when it is read."""

    def upload(self, name: str, table: pa.Table) -> None:
        """Make a small table readable as the relation `name`."""

    def forget(self, name: str) -> None:
        """Let go of a relation that was shown or uploaded."""

    def define_num(self) -> None:
        """Make `num(x)` known to queries."""

    def cancel(self) -> None:
        """End the query that runs there now, from another thread: it raises InterruptedQueryError."""

    def close(self) -> None:
        """Let go of the session."""
