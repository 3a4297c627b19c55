"""Spark's errors as ours, by what they are and not by the names in them."""

from __future__ import annotations

import pytest

from analyst.engine.errors import (
    BrokenEngineError,
    EngineError,
    InterruptedQueryError,
    MissingReaderError,
    OutOfMemoryError,
    OutOfRangeError,
)
from analyst.engine.remote.spark import translated

pytest.importorskip("pyspark", reason="pyspark is not installed")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("[PATH_NOT_FOUND] Path does not exist: file:/lake/canceled_orders. SQLSTATE: 42K03", EngineError),
        ("[DELTA_TABLE_NOT_FOUND] `lake`.`canceled` is not a Delta table.", EngineError),
        ("[CAST_INVALID_INPUT] The value 'cancelled' of the type \"STRING\" can't be cast", EngineError),
        ('[DATATYPE_MISMATCH] Cannot resolve "(overflow + 1)" due to data type mismatch', EngineError),
        ("[OPERATION_CANCELED] Operation has been canceled. SQLSTATE: HY008", InterruptedQueryError),
        ('<RPC that terminated with:\n\tstatus = StatusCode.UNAVAILABLE\n\tdetails = "gone">', BrokenEngineError),
        ('<RPC that terminated with:\n\tdetails = "Resources exhausted: no memory">', OutOfMemoryError),
        ("[ARITHMETIC_OVERFLOW] long overflow. Use 'try_add' to tolerate it", OutOfRangeError),
        ("[DATA_SOURCE_NOT_FOUND] Failed to find the data source: delta.", MissingReaderError),
        ("[FAILED_JDBC.LOAD] (java.lang.ClassNotFoundException) org.postgresql.Driver", MissingReaderError),
    ],
)
def test_an_error_is_what_its_own_words_say(told: str, kind: type[EngineError]) -> None:
    from pyspark.errors import PySparkException

    with pytest.raises(EngineError) as raised, translated():
        raise PySparkException(told)
    assert type(raised.value) is kind
