"""Tables that stay on Spark: surveyed there, judged by a sample here, planned on as any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analyst.core.errors import PlatformError, SettingsError, TableError
from analyst.core.settings import Settings, load_settings
from analyst.datasets import remote_tables
from analyst.datasets.kept_tables import KeptTables
from analyst.datasets.opened_tables import OpenedTables
from analyst.datasets.opening import open_table
from analyst.datasets.preparing import prepare_question
from analyst.datasets.profiling import profile_table
from analyst.datasets.reaching import list_tables, open_reached
from analyst.datasets.remote_tables import remote_version
from analyst.engine.errors import BrokenEngineError, EngineError, InterruptedQueryError, MissingReaderError
from analyst.engine.remote.access import Access
from analyst.engine.remote.spark import SparkServer
from analyst.engine.remote.spark_opening import SESSION, new_session
from analyst.engine.remote.spark_survey import survey
from analyst.execution.runner import PlanRunner
from analyst.protocol.places import Url, parse_place
from analyst.protocol.remote import WholeColumn
from analyst.protocol.table import OpenedTable, TableProfile, TableSource, read_card
from tests.spark_server import spark_url

__all__ = ["spark_url"]
ROWS = 3000
REGIONS = ("North", "South", "East", "West")


def orders() -> pa.Table:
    """Orders with every plain type, gaps, one rare city and a column of lists."""
    numbers = range(ROWS)
    return pa.table(
        {
            "order_id": pa.array(numbers, pa.int32()),
            "day": [date(2023, 1, 1) + timedelta(days=(n * 7) % 700) for n in numbers],
            "region": [REGIONS[(n * n) % 7 % 4] for n in numbers],
            "price": [5 + (n * 37 % 1000) / 8 for n in numbers],
            "qty": pa.array([1 + n * 13 % 9 for n in numbers], pa.int16()),
            "discount": [None if n % 20 == 0 else n * 11 % 50 / 100 for n in numbers],
            "returned": [n * 17 % 3 == 0 for n in numbers],
            "city": ["Zanzibar" if n == 1234 else f"City{n * 29 % 60}" for n in numbers],
            "tags": [[n % 3] for n in numbers],
        }
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spark") / "orders.parquet"
    pq.write_table(orders(), path)
    return path


@pytest.fixture(scope="module")
def settings(spark_url: str) -> Settings:
    return load_settings(engine_url=spark_url)


def opened(typed: str, folder: Path, settings: Settings) -> OpenedTable:
    return open_reached(TableSource(*parse_place(typed)), folder, settings)


@pytest.fixture(scope="module")
def remote(file: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> TableProfile:
    return profile_table(opened(f"spark:parquet:{file}", tmp_path_factory.mktemp("w"), settings))


@pytest.fixture(scope="module")
def local(file: Path, tmp_path_factory: pytest.TempPathFactory) -> TableProfile:
    return profile_table(open_table(file, tmp_path_factory.mktemp("l")))


def test_a_table_on_spark_is_profiled_as_its_file_is(remote: TableProfile, local: TableProfile) -> None:
    assert (remote.table.rows, remote.table.columns, remote.table.name) == (ROWS, local.table.columns, "orders")
    for column in local.columns:
        other = remote.column(column.name)
        assert (other.type, other.kind, other.role, other.missing) == (
            column.type, column.kind, column.role, column.missing,
        )  # fmt: skip
        assert (other.distinct, other.minimum, other.maximum) == (column.distinct, column.minimum, column.maximum)
        assert other.mean == pytest.approx(column.mean)


def test_of_a_larger_table_the_whole_is_counted_and_a_sample_judged(
    file: Path, settings: Settings, local: TableProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_tables, "SAMPLED", 500)
    profile = profile_table(opened(f"spark:parquet:{file}", tmp_path, settings))
    assert profile.table.rows == ROWS and profile.table.remote is not None and profile.table.remote.sampled == 500
    for name in ("price", "qty", "discount", "order_id"):
        column, whole = profile.column(name), local.column(name)
        assert (column.missing, column.minimum, column.maximum) == (whole.missing, whole.minimum, whole.maximum)
        assert column.mean == pytest.approx(whole.mean) and column.std == pytest.approx(whole.std)
        assert column.skew == pytest.approx(whole.skew)
    assert (
        profile.column("order_id").distinct == ROWS
        and profile.column("region").distinct == local.column("region").distinct
    )
    assert dict(profile.column("region").values) == dict(local.column("region").values)
    assert any("sample of 500 rows" in note.message for note in profile.table.notes)


def test_a_value_that_no_sampled_row_has_is_found_in_the_question(
    file: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_tables, "SAMPLED", 100)
    profile = profile_table(opened(f"spark:parquet:{file}", tmp_path, settings))
    prepared = prepare_question(profile, "What is the revenue in Zanzibar?", tmp_path / "spill", settings)
    assert prepared.mentioned["city"] == ["Zanzibar"]
    assert not read_card(prepared.card).numbered


def test_a_table_is_surveyed_once_until_its_files_change(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(orders(), tmp_path / "orders.parquet")
    source = TableSource(*parse_place(f"spark:parquet:{tmp_path / 'orders.parquet'}"))
    surveyed: list[SparkServer] = []

    def noted(server: SparkServer) -> Mapping[str, WholeColumn]:
        surveyed.append(server)
        return survey(server)

    monkeypatch.setattr(remote_tables, "survey", noted)
    tables = OpenedTables(KeptTables(tmp_path / "kept", 10**9))
    found = []
    for _ in range(2):
        with tables.open(source, settings, lambda event: None) as table:
            found.append(table.profiled(lambda event: None))
    assert found[0].columns == found[1].columns and found[0].table.remote == found[1].table.remote
    assert len(surveyed) == 1
    pq.write_table(orders().slice(0, 2000), tmp_path / "orders.parquet")
    with tables.open(source, settings, lambda event: None) as table:
        assert table.opened.rows == 2000
    tables.close()


def test_a_file_that_was_written_again_in_its_place_is_surveyed_anew_though_it_has_as_many_rows(
    settings: Settings, tmp_path: Path
) -> None:
    path, some = tmp_path / "orders.parquet", orders().slice(0, 40)
    dearer = some.set_column(3, "price", pa.array([1000.5] * 40))
    found: list[TableProfile] = []
    for rows in (some, dearer):
        pq.write_table(rows, path)
        found.append(profile_table(opened(f"spark:parquet:{path}", tmp_path / f"w{len(found)}", settings)))
    assert [profile.table.rows for profile in found] == [40, 40]
    assert found[0].table.fingerprint != found[1].table.fingerprint
    place = TableSource(*parse_place(f"spark:parquet:{path}")).place
    assert isinstance(place, Url)
    before = remote_version(place, settings)
    assert before == remote_version(place, settings) == found[1].table.fingerprint


PLANS = [
    [{"id": "s1", "sql": "SELECT region, sum(price * qty) AS revenue, count(*) AS n FROM data GROUP BY region"}],
    [{"id": "s1", "sql": "SELECT date_trunc('month', day) AS month, avg(price) AS p FROM data GROUP BY ALL"}],
    [{"id": "s1", "sql": "SELECT city, median(price) AS m FROM data WHERE NOT returned GROUP BY city ORDER BY m, city LIMIT 5"},
     {"id": "s2", "sql": "SELECT count(*) AS n, max(m) AS most FROM s1"}],
    [{"id": "s1", "sql": "SELECT region, price FROM data WHERE qty > 7"},
     {"id": "s2", "sql": "SELECT d.region, count(*) AS n FROM data d JOIN (SELECT region, max(price) AS p FROM s1 GROUP BY region) t ON d.region = t.region AND d.price = t.p GROUP BY d.region"}],
    [{"id": "s1", "method": "describe", "columns": ["price", "qty", "discount"]}],
    [{"id": "s1", "method": "correlation", "columns": ["price", "qty", "discount"]}],
    [{"id": "s1", "method": "trend", "time": "day", "value": "price", "grain": "month"}],
    [{"id": "s1", "method": "share", "by": "region", "value": "price"}],
    [{"id": "s1", "method": "compare_groups", "value": "price", "group": "region", "test": "anova"}],
]  # fmt: skip


@pytest.fixture(scope="module")
def runners(remote: TableProfile, local: TableProfile, settings: Settings) -> Iterator[tuple[PlanRunner, PlanRunner]]:
    with PlanRunner(local) as here, PlanRunner(remote, access=Access.of(settings)) as there:
        yield here, there


@pytest.mark.parametrize("steps", PLANS, ids=lambda steps: str(steps[-1].get("method", steps[-1].get("sql")))[:40])
def test_a_plan_gives_the_same_on_spark(steps: list[dict[str, object]], runners: tuple[PlanRunner, PlanRunner]) -> None:
    here, there = (runner.execute(runner.bind({"steps": steps})) for runner in runners)
    assert [table.id for table in here.tables] == [table.id for table in there.tables]
    for one, other in zip(here.tables, there.tables, strict=True):
        assert one.columns == other.columns and len(one.rows) == len(other.rows)
        for row, twin in zip(sorted(one.rows, key=str), sorted(other.rows, key=str), strict=True):
            assert row == tuple(pytest.approx(cell) if isinstance(cell, float) else cell for cell in twin)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT _row FROM data", "_row"),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
        ("SELECT first(price) FROM data", r"arg_min\(x, y\)"),
    ],
)
def test_what_spark_can_not_be_asked_is_refused_with_a_reason(
    sql: str, told: str, runners: tuple[PlanRunner, PlanRunner]
) -> None:
    with pytest.raises(PlatformError, match=told):
        runners[1].execute(runners[1].bind({"steps": [{"id": "s1", "sql": sql}]}))


@pytest.mark.parametrize(
    ("typed", "told"), [("spark:nowhere.orders", "nowhere"), ("spark:parquet:/no/such/file", "no/such/file")]
)
def test_a_table_that_is_not_there_is_told(typed: str, told: str, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=told):
        opened(typed, tmp_path, settings)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (MissingReaderError("(java.lang.ClassNotFoundException) org.postgresql.Driver"), "Give Spark the driver"),
        (BrokenEngineError("Connection refused"), "connection to Spark was lost .*ENGINE_URL"),
        (EngineError("[PATH_NOT_FOUND] Path does not exist"), "Check its name"),
        (InterruptedQueryError("OPERATION_CANCELED"), "ENGINE_TIMEOUT_S"),
    ],
)
def test_what_keeps_a_table_from_being_read_is_told_with_what_to_do(
    fault: EngineError, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(remote_tables, "spark_version", fail)
    with pytest.raises(TableError, match=told):
        opened("spark:parquet:/lake/orders", tmp_path, load_settings(engine_url="sc://127.0.0.1:1"))


def test_without_an_address_the_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ENGINE_URL is not set"):
        opened("spark:sales.orders", tmp_path, load_settings(engine_url=None))


@pytest.mark.parametrize(
    ("url", "told"),
    [("sc://127.0.0.1:9", "Nothing answers"), ("sc://example.invalid:15002", "unencrypted")],
)
def test_a_server_that_can_not_be_used_is_told(url: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=told):
        opened("spark:sales.orders", tmp_path, load_settings(engine_url=url))


def test_every_session_has_the_settings_that_decide_about_values(settings: Settings) -> None:
    session = new_session(Access.of(settings))
    assert {name: session.conf.get(name) for name in SESSION} == dict(SESSION)
    session.stop()


def test_the_tables_of_a_catalog_are_listed(settings: Settings) -> None:
    assert isinstance(list_tables(TableSource(*parse_place("spark:")), settings), list)
