"""Delta and Iceberg tables on Spark: their rows as they are now, and none that they lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analyst.core.errors import TableError
from analyst.core.settings import Settings, load_settings
from analyst.datasets.kept_tables import KeptTables
from analyst.datasets.opened_tables import OpenedTables
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.datasets.reaching import open_reached
from analyst.engine.remote.access import Access
from analyst.engine.remote.spark_opening import new_session
from analyst.execution.runner import PlanRunner
from analyst.protocol.places import parse_place
from analyst.protocol.table import OpenedTable, TableSource
from tests.spark_server import real_spark, spark_url

__all__ = ["spark_url"]
ROWS = 60


def orders() -> pa.Table:
    numbers = range(ROWS)
    return pa.table(
        {
            "order_id": list(numbers),
            "region": [("North", "South", "East")[n % 3] for n in numbers],
            "price": [None if n % 10 == 9 else 5 + n / 4 for n in numbers],
        }
    )


@dataclass(frozen=True)
class Lake:
    """A table of the format `kind` at `path`, which the server itself writes."""

    kind: str
    path: Path
    settings: Settings

    @property
    def source(self) -> TableSource:
        return TableSource(*parse_place(f"spark:{self.kind}:{self.path}"))

    def write(self, rows: pa.Table, mode: str = "append", *parts: str) -> None:
        session = new_session(Access.of(self.settings))
        try:
            session.createDataFrame(rows).write.format(self.kind).mode(mode).partitionBy(*parts).save(str(self.path))
        finally:
            session.stop()

    def change(self, statement: str) -> None:
        """Run a statement on the table, which it calls {t}."""
        session, name = new_session(Access.of(self.settings)), f"t_{uuid4().hex}"
        try:
            session.sql(f"CREATE TABLE {name} USING {self.kind} LOCATION '{self.path}'").collect()
            session.sql(statement.format(t=name)).collect()
            session.sql(f"DROP TABLE {name}").collect()
        finally:
            session.stop()


@pytest.fixture(scope="module")
def settings(spark_url: str) -> Settings:
    return load_settings(engine_url=spark_url)


@pytest.fixture(params=["delta", "iceberg"])
def lake(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Lake:
    if real_spark():
        pytest.skip("needs the packages of Delta and Iceberg, which a Spark has only if it is given them")
    return Lake(request.param, tmp_path / "orders", settings)


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[OpenedTables]:
    found = OpenedTables(KeptTables(tmp_path / "kept", 10**9))
    yield found
    found.close()


def opened(typed: str, folder: Path, settings: Settings) -> OpenedTable:
    return open_reached(TableSource(*parse_place(typed)), folder, settings)


STEPS = [
    {"id": "s1", "sql": "SELECT region, sum(price) AS revenue, count(*) AS n FROM data GROUP BY region"},
    {"id": "s2", "sql": "SELECT max(revenue) AS most, sum(n) AS n FROM s1"},
]


@pytest.mark.parametrize("parts", [(), ("region",)], ids=["whole", "partitioned"])
def test_a_table_has_the_profile_and_the_answers_of_its_rows_in_a_file(
    parts: tuple[str, ...], lake: Lake, tmp_path: Path
) -> None:
    pq.write_table(orders(), tmp_path / "orders.parquet")
    local = profile_table(open_table(tmp_path / "orders.parquet", tmp_path / "l"))
    lake.write(orders(), "overwrite", *parts)
    there = profile_table(open_reached(lake.source, tmp_path / "w", lake.settings))
    assert there.table.rows == ROWS and there.table.name == "orders"
    for column in local.columns:
        other = there.column(column.name)
        assert (other.type, other.kind, other.missing, other.distinct, other.minimum, other.maximum) == (
            column.type, column.kind, column.missing, column.distinct, column.minimum, column.maximum,
        )  # fmt: skip
    with PlanRunner(local) as one, PlanRunner(there, access=Access.of(lake.settings)) as other_one:
        here, remote = (runner.execute(runner.bind({"steps": STEPS})) for runner in (one, other_one))
    assert [sorted(table.rows, key=str) for table in here.tables] == [
        sorted(table.rows, key=str) for table in remote.tables
    ]


@pytest.mark.parametrize(
    ("statement", "rows", "most"),
    [
        ("DELETE FROM {t} WHERE order_id = 58", ROWS - 1, 19.25),
        ("UPDATE {t} SET price = 99 WHERE order_id = 0", ROWS, 99),
        ("INSERT INTO {t} SELECT order_id + 100, region, price FROM {t} WHERE order_id = 0", ROWS + 1, 19.5),
    ],
    ids=["deleted", "updated", "inserted"],
)
def test_what_was_changed_is_read_anew_and_what_was_removed_no_more(
    statement: str, rows: int, most: float, lake: Lake, tables: OpenedTables
) -> None:
    lake.write(orders())
    found = []
    for done in (None, statement):
        if done:
            lake.change(done)
        with tables.open(lake.source, lake.settings, lambda event: None) as table:
            found.append(table.profiled(lambda event: None))
    assert [profile.table.rows for profile in found] == [ROWS, rows]
    assert [profile.column("price").maximum for profile in found] == [19.5, most]
    assert found[0].table.fingerprint != found[1].table.fingerprint


def test_files_of_a_table_with_a_log_are_not_read_as_plain_ones(lake: Lake, tmp_path: Path) -> None:
    lake.write(orders())
    with pytest.raises(TableError, match=f"format {lake.kind}: its files also hold rows") as told:
        opened(f"spark:parquet:{lake.path}", tmp_path / "w", lake.settings)
    assert told.value.fix == f"Write spark:{lake.kind}: in place of spark:parquet:."


def test_a_folder_that_is_no_such_table_is_told(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "canceled_orders"
    folder.mkdir()
    pq.write_table(orders(), folder / "a.parquet")
    with pytest.raises(TableError, match="can't be read") as told:
        opened(f"spark:{lake.kind}:{folder}", tmp_path / "w", lake.settings)
    assert "Check its name" in str(told.value.fix)
