from __future__ import annotations

from pathlib import Path

from analyst.answers.doubts import doubts
from analyst.protocol.evidence import UNASKED, Evidence, EvidenceTable
from analyst.protocol.table import ColumnProfile, Meaning, OpenedTable, TableProfile

TABLE = OpenedTable(Path(), Path(), "t", "csv", 3, ("when", "took", "n"), "")
PROFILE = TableProfile(
    TABLE,
    (
        ColumnProfile("when", "DATE", "date", "time", meaning=Meaning(unsure="month first")),
        ColumnProfile("took", "BIGINT", "number", "measure", meaning=Meaning(unsure="minutes and seconds")),
        ColumnProfile("n", "BIGINT", "number", "measure"),
    ),
)


def resting_on(*columns: str, method: str | None = None) -> Evidence:
    return Evidence((EvidenceTable("s1", "", ("n",), ((1,),), 1, source=columns, method=method),))


def test_a_column_that_may_be_read_otherwise_is_told_where_a_result_rests_on_it() -> None:
    told = doubts(PROFILE, resting_on("when", "n"))
    assert "'when'" in told and "month first" in told and "'took'" not in told
    assert "'took' was read as minutes and seconds" in doubts(PROFILE, resting_on("took"))


def test_nothing_is_told_of_columns_that_no_asked_result_uses() -> None:
    assert doubts(PROFILE, resting_on("n")) == ""
    assert doubts(PROFILE, resting_on("when", method=UNASKED)) == ""
