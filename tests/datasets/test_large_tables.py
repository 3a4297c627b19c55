"""Tables of PostgreSQL that are too large to be read: they stay there, surveyed, planned on and answered there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest

from analyst.core.errors import PlanError, TableError
from analyst.core.settings import Settings, load_settings
from analyst.datasets import reaching, remote_tables
from analyst.datasets.opened_tables import OpenedTables
from analyst.datasets.preparing import prepare_question
from analyst.datasets.profiling import profile_table
from analyst.datasets.reaching import open_reached
from analyst.engine.opening import Bounds, open_engine
from analyst.engine.remote.access import Access
from analyst.execution.steps import StepRunner
from analyst.planning.binding import bind
from analyst.planning.language import parse_plan
from analyst.protocol.places import Url
from analyst.protocol.table import OpenedTable, TableProfile, TableSource, read_card
from analyst.rulebased.interpreter import plan_for
from tests.stores import fresh_database

ROWS, SAMPLED = 6000, 500
SCRIPT = f"""
CREATE TABLE sales (id bigint PRIMARY KEY, day date, region text, city text, price numeric(10, 2), qty int,
  discount float8, paid bool, sold_at timestamptz, code numeric(24, 0), tags text[]);
INSERT INTO sales SELECT i, date '2023-01-01' + (i * 7) % 700, (array['North', 'South', 'East', 'West'])[1 + (i * i) % 7 % 4],
  CASE WHEN i = 1234 THEN 'Zanzibar' ELSE 'City' || (i * 29) % 60 END, 5 + (i * 37 % 1000) / 8.0, 1 + i * 13 % 9,
  CASE WHEN i % 20 = 0 THEN NULL ELSE (i * 11 % 50) / 100.0 END, i * 17 % 3 = 0,
  timestamptz '2024-01-01 01:00+02' + i * interval '1 hour', 100000000000000000000000 + i % 5, array[(i % 3)::text]
  FROM generate_series(0, {ROWS - 1}) i;
CREATE VIEW recent AS SELECT * FROM sales WHERE day >= date '2024-01-01';
CREATE ROLE clerk LOGIN;
GRANT SELECT ON sales, recent TO clerk;
ANALYZE sales;
"""
"""Sales with every plain type, gaps, a rare city, whole numbers too long for 64 bits and a column of lists."""


@pytest.fixture(scope="module")
def url(postgres: str) -> Iterator[Url]:
    with fresh_database(postgres) as address:
        with psycopg.connect(address, autocommit=True) as server:
            server.execute(SCRIPT.encode())
        parts = urlsplit(address)
        yield Url(f"postgresql://clerk@/{parts.path.strip('/')}?host={dict(parse_qsl(parts.query))['host']}")
        with psycopg.connect(address, autocommit=True) as server:
            server.execute(b"DROP OWNED BY clerk; DROP ROLE clerk")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(tmp_path_factory.mktemp("settings") / "none.env", source_limit_rows=1000)


def opened(url: Url, folder: Path, settings: Settings, table: str = "sales") -> OpenedTable:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(remote_tables, "SAMPLED", SAMPLED)
        return open_reached(TableSource(url, table), folder, settings)


@pytest.fixture(scope="module")
def large(url: Url, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> TableProfile:
    return profile_table(opened(url, tmp_path_factory.mktemp("large"), settings))


@pytest.fixture(scope="module")
def whole(url: Url, tmp_path_factory: pytest.TempPathFactory) -> TableProfile:
    folder = tmp_path_factory.mktemp("whole")
    return profile_table(opened(url, folder, load_settings(folder / "none.env")))


def test_a_table_above_the_bound_stays_on_its_server_which_its_notes_say(large: TableProfile) -> None:
    table = large.table
    assert (table.rows, table.name, table.format) == (ROWS, "sales", "postgresql")
    assert (
        table.remote is not None and table.remote.label.startswith("PostgreSQL 1") and table.remote.sampled <= SAMPLED
    )
    told = {note.kind: note.message for note in table.notes}
    assert "The table stays on PostgreSQL" in told["remote"] and f"all {ROWS:,} rows" in told["remote"]
    assert f"sample of {table.remote.sampled:,} rows" in told["remote"]
    assert told["time_zone"] == "Times with a time zone were converted to UTC: sold_at."
    assert "sample" not in told


def test_the_whole_is_measured_there(large: TableProfile, whole: TableProfile) -> None:
    assert whole.table.remote is None and large.table.columns == whole.table.columns
    for column in whole.columns:
        other = large.column(column.name)
        assert (other.type, other.missing) == (column.type, column.missing)
        assert (other.minimum, other.maximum) == (column.minimum, column.maximum) or column.type == "VARCHAR"
        assert other.mean == pytest.approx(column.mean) and other.std == pytest.approx(column.std)
    for name in ("region", "city", "qty", "paid", "code"):
        assert large.column(name).distinct == whole.column(name).distinct
    assert dict(large.column("region").values) == dict(whole.column("region").values)


def test_below_the_bound_nothing_stays_there(url: Url, tmp_path: Path) -> None:
    table = opened(url, tmp_path, load_settings(tmp_path / "none.env", source_limit_rows=ROWS))
    assert table.remote is None and table.rows == ROWS


@dataclass
class Answering:
    """Runs plans on both kinds of the table."""

    profile: TableProfile
    runner: StepRunner

    def tables(self, steps: list[dict[str, object]]) -> list[Mapping[str, Any]]:
        bound = bind(parse_plan({"steps": steps}), self.profile)
        return [dict(message) for step in bound.steps for message in self.runner.run(step)]


def answering(profile: TableProfile, settings: Settings, folder: Path) -> Answering:
    access = Access.to(profile.table.remote.place, settings) if profile.table.remote else None
    return Answering(profile, StepRunner(open_engine(profile.table, Bounds(500, 60.0, folder), access), profile))


@pytest.fixture(scope="module")
def both(
    large: TableProfile, whole: TableProfile, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Answering, Answering]]:
    made = tuple(answering(profile, settings, tmp_path_factory.mktemp("spill")) for profile in (whole, large))
    with closing(made[0].runner.engine), closing(made[1].runner.engine):
        yield made[0], made[1]


PLANS = [
    [{"id": "a1", "sql": "SELECT region, sum(price * qty) AS revenue, count(*) AS n FROM data GROUP BY region"}],
    [{"id": "b1", "sql": "SELECT date_trunc('month', day) AS month, avg(price) AS p FROM data GROUP BY ALL"}],
    [{"id": "c1", "sql": "SELECT city, median(price) AS m FROM data WHERE NOT paid GROUP BY city ORDER BY m, city LIMIT 5"},
     {"id": "c2", "sql": "SELECT count(*) AS n, max(m) AS most FROM c1"}],
    [{"id": "d1", "sql": "SELECT region, max(price) AS p FROM data GROUP BY region"},
     {"id": "d2", "sql": "SELECT d.region, count(*) AS n FROM data d JOIN d1 t ON d.region = t.region AND d.price = t.p GROUP BY d.region"}],
    [{"id": "e1", "sql": "SELECT code, count(*) AS n, min(sold_at) AS earliest, max(sold_at) AS latest FROM data GROUP BY code ORDER BY code DESC"}],
    [{"id": "f1", "sql": "SELECT lower(city) AS c, count(*) FILTER (WHERE discount IS NULL) AS n FROM data WHERE city ILIKE 'z%' OR city < 'City11' GROUP BY 1"}],
    [{"id": "g1", "method": "describe", "columns": ["price", "qty", "discount"]}],
    [{"id": "h1", "method": "correlation", "columns": ["price", "qty", "discount"]}],
    [{"id": "i1", "method": "trend", "time": "day", "value": "price", "grain": "month"}],
    [{"id": "j1", "method": "share", "by": "region", "value": "price"}],
    [{"id": "k1", "method": "compare_groups", "value": "price", "group": "paid"}],
    [{"id": "l1", "method": "change", "time": "day", "value": "price", "grain": "month"}],
]  # fmt: skip


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two messages tell the same table."""
    if (one["id"], one["columns"], one["row_count"]) != (other["id"], other["columns"], other["row_count"]):
        return False
    pairs = zip(sorted(one["rows"], key=str), sorted(other["rows"], key=str), strict=True)
    return all(
        list(row) == [pytest.approx(cell) if isinstance(cell, float) else cell for cell in twin] for row, twin in pairs
    )


@pytest.mark.parametrize("steps", PLANS, ids=lambda steps: str(steps[-1].get("method", steps[-1].get("sql")))[:40])
def test_a_plan_gives_the_same_as_on_the_table_read_here(
    steps: list[dict[str, object]], both: tuple[Answering, Answering]
) -> None:
    here, there = (one.tables(steps) for one in both)
    assert len(here) == len(there) and all(map(alike, here, there))


@pytest.mark.parametrize(
    ("question", "column"),
    [("Total price by region", "region"), ("How many sales were there per city?", "city")],
)
def test_a_question_is_answered_of_all_rows(
    question: str, column: str, both: tuple[Answering, Answering], settings: Settings, tmp_path: Path
) -> None:
    prepared = prepare_question(both[1].profile, question, tmp_path, settings)
    plan = plan_for(prepared.question, read_card(prepared.card), [])
    assert plan.unanswered is None
    here, there = (one.tables(list(plan.steps)) for one in both)
    assert column in here[0]["columns"] and alike(here[0], there[0])


def test_a_value_that_no_sampled_row_has_is_found_in_the_question(
    large: TableProfile, settings: Settings, tmp_path: Path
) -> None:
    prepared = prepare_question(large, "What is the total price in Zanzibar?", tmp_path / "spill", settings)
    assert prepared.mentioned["city"] == ["Zanzibar"]
    assert not read_card(prepared.card).numbered


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT _row FROM data", "_row"),
        ("SELECT pg_read_file('/etc/passwd') AS x FROM data", "pg_read_file"),
        ("SELECT * FROM sales", "sales"),
        ("SELECT first(price) AS p FROM data", r"arg_min\(x, y\)"),
        ("SELECT median(price) OVER () AS m FROM data", "GROUP BY"),
    ],
)
def test_what_can_not_be_asked_there_is_refused_with_a_reason(
    sql: str, told: str, both: tuple[Answering, Answering]
) -> None:
    with pytest.raises(PlanError, match=told):
        both[1].tables([{"id": "x1", "sql": sql}])


def test_a_view_stays_there_too(url: Url, settings: Settings, tmp_path: Path) -> None:
    table = opened(url, tmp_path, settings, "recent")
    assert table.remote is not None and table.remote.table == "recent" and 0 < table.rows < ROWS


def test_where_the_server_has_no_time_to_measure_the_whole_a_sample_is_read_and_said(
    url: Url, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(url.text.replace("clerk", "postgres"), autocommit=True) as server:
        server.execute("CREATE OR REPLACE VIEW slow AS SELECT s.* FROM sales s WHERE id < 4000")
        server.execute("GRANT SELECT ON slow TO clerk")
    monkeypatch.setattr(reaching, "open_large", lambda *given: None)
    table = opened(url, tmp_path, settings, "slow")
    assert table.remote is None and any(note.kind == "sample" for note in table.notes)


def test_a_table_that_stays_there_is_not_joined_by_its_sample(url: Url, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "regions.csv").write_text("region,manager\nNorth,Ann\nSouth,Bob\nEast,Cat\nWest,Dan\n")
    source = TableSource(url, "sales", (TableSource(tmp_path / "regions.csv"),))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(remote_tables, "SAMPLED", SAMPLED)
        with (
            pytest.raises(TableError, match="stays on PostgreSQL"),
            OpenedTables().open(source, settings, lambda event: None, "Total price by manager"),
        ):
            pass
