"""What profiling, SQL steps and methods need of a table engine: Engine, and limits of time on what it does.

The text of a query is DuckDB's SQL on every engine: models write it, the guard reads it with DuckDB's own parser, and
our rooms write it too. An engine that speaks another dialect translates the tree of the text, and needs a rule for each
function that is not standard SQL: those that models may use are listed in planning.sql_functions, those that our rooms
use in FUNCTIONS below (a test holds it); beside them FILTER, GROUP BY ALL, UNPIVOT and casts by `::`. What no
query says, or differs in kind from engine to engine (samples, values that are not finite, making and dropping
relations), is a method here.
"""

# Every name built into SQL here passes `quoted`.
# ruff: noqa: S608

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from analyst.core.quoting import quoted, quoted_names

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[Any, ...]
"""A row's cells as Python values: int, float, str, bool, date, datetime, time, Decimal, list or None."""


class Engine(Protocol):
    """A session with one table, `data`, and the temporary relations made beside it.

    A relation's name is plain (it is quoted here); in a query's text names pass core.quoting. Types are DuckDB's names
    ("BIGINT", "VARCHAR"). Limits of memory and of time a query are set when an engine is opened. Every method raises
    EngineError, no library's own exception.
    """

    @property
    def bytes_read(self) -> int:
        """The size of the files that a server has read so far for this session; 0 where it does not tell."""

    def columns(self, relation: str) -> dict[str, str]:
        """The columns of a relation with their types, in order."""

    def describe(self, sql: str) -> list[tuple[str, str]]:
        """The columns of a SELECT with their types, in order, without running it; names may repeat."""

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a SELECT; `values` stand for its $1, $2, …, which a query of a server's table can't have."""

    def head(self, relation: str, columns: Sequence[str], limit: int) -> list[Row]:
        """These columns of the first rows of a relation; of one of a server, which has no order, of any rows."""

    def frame(self, sql: str) -> pd.DataFrame:
        """All rows of a SELECT as a data frame."""

    def sample(self, sql: str, key: str, limit: int) -> pd.DataFrame:
        """`limit` rows of a SELECT as a data frame without its column `key`, which tells its rows apart, in its order.

        They are picked by a hash of the key: the same rows each time, on every engine, with any number of threads.
        """

    def place(self, relation: str) -> str:
        """What tells the rows of a relation apart and orders them, as SQL: the same each time it is computed."""

    def materialise(self, name: str, sql: str, columns: Sequence[str] = ()) -> None:
        """Keep the rows of a SELECT as the temporary relation `name` (an older one goes), under its names or these."""

    def store(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]] = ()) -> None:
        """Keep `rows` as the temporary relation `name` with these columns and types; without rows it stays empty."""

    def store_frame(self, name: str, columns: Sequence[tuple[str, str]], frame: pd.DataFrame) -> None:
        """Keep a data frame as the temporary relation `name`; its columns by place, cast to these types."""

    def made(self) -> set[str]:
        """The names of the temporary relations that there are."""

    def drop(self, name: str) -> None:
        """Let go of a temporary relation, if it is there."""

    def drop_columns(self, name: str, columns: Sequence[str]) -> None:
        """Take columns out of a temporary relation."""

    def void_nonfinite(self, name: str) -> dict[str, int]:
        """Make NaN and infinity NULL in a temporary relation; how many there were in each column that had any."""

    def define_num(self) -> None:
        """Make `num(x)` known to queries: the number that a text holds, or NULL; and its steps (see engine.numbers)."""

    def cancel(self) -> None:
        """End the query that runs, from another thread: it raises InterruptedQueryError."""

    def close(self) -> None:
        """Let go of the table and of all that was made."""


FUNCTIONS = frozenset(
    {"%", "**", "any_value", "bool_and", "date_trunc", "ends_with", "epoch_us", "hash", "isfinite", "left", "list"}
    | {"list_contains", "list_value", "make_date", "make_timestamp", "median", "num_bare", "num_parts", "num_split"}
    | {
        "quantile_cont",
        "quantile_disc",
        "regexp_extract",
        "regexp_full_match",
        "regexp_replace",
        "split_part",
        "strlen",
    }
    | {"skewness", "starts_with", "strip_accents", "try_strptime", "unnest"}
)
"""Functions beyond the SQL standard that profiling, methods and probes use in their queries."""


def sample_of(sql: str, key: str, limit: int, columns: Sequence[str]) -> str:
    """The SELECT of a sample (see Engine.sample) of another one, which has these columns."""
    place = quoted(key)
    drawn = f"SELECT * FROM ({sql}) AS t ORDER BY md5(CAST({place} AS VARCHAR)), {place} LIMIT {limit}"
    return f"SELECT {quoted_names(name for name in columns if name != key)} FROM ({drawn}) AS t ORDER BY {place}"


def count_nonfinite(engine: Engine, relation: str) -> dict[str, int]:
    """How many values are NaN or infinite in each column of a relation that has any."""
    floats = [column for column, kind in engine.columns(relation).items() if kind in ("DOUBLE", "FLOAT")]
    if not floats:
        return {}
    counted = ", ".join(f"count(*) FILTER (WHERE NOT isfinite({quoted(column)}))" for column in floats)
    counts = engine.rows(f"SELECT {counted} FROM {quoted(relation)}")[0]
    return {column: int(count) for column, count in zip(floats, counts, strict=True) if count}


@contextmanager
def within(engine: Engine, seconds: float) -> Iterator[threading.Event]:
    """Cancel what `engine` does when `seconds` have passed; the event tells whether they have."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        engine.cancel()

    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
