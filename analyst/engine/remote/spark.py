"""A session of Spark Connect as the server of a remote engine: the thin client, no Java on this machine."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from analyst.core.text import counted
from analyst.engine.errors import (
    BrokenEngineError,
    DiskError,
    EngineError,
    InterruptedQueryError,
    MissingReaderError,
    OutOfMemoryError,
    OutOfRangeError,
)
from analyst.engine.remote.spark_types import as_plain, duckdb_type, is_nested
from analyst.engine.remote.translation.operands import Dialect
from analyst.engine.remote.translation.spark import SPARK
from analyst.engine.remote.translation.spark.num import NUM_FUNCTIONS
from analyst.protocol.table import IngestNote

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructField

_TAG = "analyst"
_KINDS: tuple[tuple[tuple[str, ...], type[EngineError]], ...] = (
    (("ClassNotFoundException", "No suitable driver", "DATA_SOURCE_NOT_FOUND"), MissingReaderError),
    (("FAILED_JDBC",), EngineError),
    (("OPERATION_CANCELED", "CANCELLED", "cancelled", "canceled"), InterruptedQueryError),
    (("ARITHMETIC_OVERFLOW", "CAST_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE", "overflow"), OutOfRangeError),
    (("OutOfMemory", "Java heap space", "exceeded memory", "Resources exhausted"), OutOfMemoryError),
    (("No space left",), DiskError),
    (("UNAVAILABLE", "Connection refused", "SESSION_CLOSED", "SESSION_NOT_FOUND", "HANDLE_SESSION"), BrokenEngineError),
)
"""Words of Spark's errors, each with what it means; the first that fits: a database is gone, not Spark."""
_NAMED = re.compile(r"""`[^`]*`|(?<!\w)'[^']*'(?!\w)|(?<!= )"[^"]*"|\S*/\S*""")
"""Names, values and paths in an error: their words (of a table of canceled orders) tell nothing of its kind."""


class SparkServer:
    """A Server over a session of Spark; `data` is `table`, its columns called `names`, each a plain type.

    Use open_spark.
    """

    dialect: Dialect = SPARK

    def __init__(self, session: SparkSession, table: DataFrame, names: Sequence[str]) -> None:
        self._session = session
        session.addTag(_TAG)
        with translated():
            self.label = f"Spark {session.version}"
            fields = table.schema.fields
            self.headers = tuple(table.columns)
            self.data = plain_table(table, names)
            self.data.createOrReplaceTempView("data")
        self._columns = {name: duckdb_type(field.dataType) for name, field in zip(names, fields, strict=True)}
        self.notes = _notes(fields)
        self._knows_num = False
        self.bytes_read = 0
        self._kept: dict[str, DataFrame] = {}

    def columns(self) -> Mapping[str, str]:
        """The columns of `data`."""
        return self._columns

    def select(self, sql: str, limit: int) -> pa.Table:
        """At most `limit` rows of a SELECT."""
        with translated():
            asked = self._session.sql(sql).limit(limit)
            found = asked.toArrow()
            self.bytes_read += _bytes_read(asked)
            return found

    def show(self, name: str, sql: str, columns: Sequence[str]) -> None:
        """Keep a SELECT as a view of this session, whose rows Spark keeps once it has them: they are read again."""
        with translated():
            shown = self._session.sql(sql).toDF(*columns).persist()
            shown.createOrReplaceTempView(name)
        self._release(name)
        self._kept[name] = shown

    def upload(self, name: str, table: pa.Table) -> None:
        """Make a small table a view of this session."""
        with translated():
            self._session.createDataFrame(table).createOrReplaceTempView(name)

    def forget(self, name: str) -> None:
        """Let go of a view."""
        with translated():
            self._session.catalog.dropTempView(name)
        self._release(name)

    def define_num(self) -> None:
        """Make `num(x)` known in this session."""
        if not self._knows_num:
            with translated():
                for statement in NUM_FUNCTIONS:
                    self._session.sql(statement).collect()
            self._knows_num = True

    def cancel(self) -> None:
        """End what runs in this session now; what was just sent may not run there yet."""
        with suppress(EngineError), translated():
            self._session.interruptTag(_TAG)

    def close(self) -> None:
        """End the session, and with it what Spark keeps for it."""
        for name in list(self._kept):
            self._release(name)
        with suppress(EngineError), translated():
            self._session.stop()

    def _release(self, name: str) -> None:
        """Let Spark forget the rows of a view; other sessions would keep them."""
        if (older := self._kept.pop(name, None)) is not None:
            with suppress(EngineError), translated():
                older.unpersist()


def plain_table(table: DataFrame, names: Sequence[str]) -> DataFrame:
    """A table whose columns are called `names`, each of a plain type."""
    kinds = [field.dataType for field in table.schema.fields]
    given = table.toDF(*names)
    plain = given.select(*(as_plain(name, kind) for name, kind in zip(names, kinds, strict=True)))
    return plain.toDF(*names)


def version_of(table: DataFrame, *, by_rows: bool) -> str | None:
    """What changes with a table: its columns, and the sizes, times and numbers of rows of its files; where no times are
    told, what its rows hold, if they may all be read for it (`by_rows`) or lie in files. None where that is not so."""
    with translated():
        if not table.columns:
            return None
        told = _files(table)
        if told is None and (by_rows or table.inputFiles()):
            told = _rows(table)
    return hashlib.sha256(repr((table.dtypes, told)).encode()).hexdigest() if told else None


def _files(table: DataFrame) -> Sequence[Any] | None:
    """The files with rows of a table, as Spark tells them; None where it does not."""
    from pyspark.errors import AnalysisException
    from pyspark.sql import functions

    if "_metadata" in (name.casefold() for name in table.columns):
        return None  # a column of the table's own hides them
    told = [functions.col(f"_metadata.{name}") for name in ("file_path", "file_size", "file_modification_time")]
    try:
        found = table.groupBy(*told).agg(functions.count(functions.lit(1)).alias("rows")).toArrow()
    except AnalysisException:
        return None
    return sorted(zip(*(column.to_pylist() for column in found.columns), strict=True))


def _rows(table: DataFrame) -> Sequence[Any]:
    """How many rows a table has, and the sum of the hashes of all of them."""
    from pyspark.sql import functions

    plain = plain_table(table, [f"c{place}" for place in range(len(table.columns))])
    hashed = functions.xxhash64(functions.to_json(functions.struct(*plain.columns)))
    rows = functions.count(functions.lit(1)).alias("rows")
    found = plain.agg(rows, functions.sum(hashed.cast("decimal(38,0)")).alias("all")).toArrow()
    return list(found.to_pylist())


def _notes(fields: Sequence[StructField]) -> tuple[IngestNote, ...]:
    nested = [field.name for field in fields if is_nested(field.dataType)]
    if not nested:
        return ()
    told = f"{counted(len(nested), 'column')} with lists or objects became text."
    return (IngestNote("nested", told, len(nested)),)


def _bytes_read(done: DataFrame) -> int:
    """The size of the files that a query read, as Spark tells it; 0 where it does not."""
    metrics = done.executionInfo.metrics if done.executionInfo else None
    if metrics is None:
        return 0
    _, nodes = metrics.extract_graph()
    return sum(int(metric.value) for node in nodes.values() for metric in node.metrics if metric.name == "filesSize")


@contextmanager
def translated() -> Iterator[None]:
    """Spark's errors, and those of the connection to it, as ours."""
    from grpc import RpcError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, RpcError) as error:
        told = str(error)
        own = _NAMED.sub("", told)
        kind = next((ours for words, ours in _KINDS if any(word in own for word in words)), EngineError)
        raise kind(told.strip().splitlines()[0][:500]) from error
