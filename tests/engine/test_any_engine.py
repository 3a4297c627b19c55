"""What every engine must do alike: one suite over all of them. A further engine joins by its line in ENGINES."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import psycopg
import pyarrow.parquet
import pytest
from psycopg.conninfo import conninfo_to_dict

from analyst.core.quoting import quoted
from analyst.engine.duckdb import open_locked
from analyst.engine.errors import (
    EngineError,
    InterruptedQueryError,
    OutOfMemoryError,
    OutOfRangeError,
    StoppedError,
)
from analyst.engine.interface import Engine, within
from analyst.engine.loading import open_loader
from analyst.engine.remote.access import Access
from analyst.engine.remote.postgres_opening import open_postgres
from analyst.engine.remote.session import RemoteEngine
from analyst.engine.remote.spark_opening import open_spark
from analyst.protocol.places import Url

COLUMNS = {"_row": "BIGINT", "city": "VARCHAR", 'the "price"': "DOUBLE", "day": "DATE", "sold": "BOOLEAN"}
ROWS = [
    (0, "Lyon", 1.5, date(2024, 1, 31), True),
    (1, "it's", None, date(2024, 2, 1), False),
    (2, None, -3.0, None, None),
]
MANY = [(place, f"c{place % 7}", place / 3, date(2024, 1, 1), place % 2 == 0) for place in range(5000)]
ENDLESS = "SELECT sum((a._row * b._row + c._row * d._row) % 7) FROM data a, data b, data c, data d"

Make = Callable[..., Engine]
"""An engine over rows of COLUMNS, with these limits."""


def on_duckdb(folder: Path, rows: Sequence[Sequence[Any]], limits: Mapping[str, Any]) -> Engine:
    with open_loader(folder / "table.duckdb", memory_mb=500, temp_directory=folder) as loader:
        loader.store("given", COLUMNS, rows)
        loader.save("data", "SELECT * FROM given")
    return open_locked(folder / "table.duckdb", temp_directory=folder, **({"memory_mb": 500} | dict(limits)))


def on_spark(folder: Path, rows: Sequence[Sequence[Any]], limits: Mapping[str, Any], url: str) -> Engine:
    """The same rows as a Parquet file that Spark reads; of the limits, the time is Spark's and the rest DuckDB's."""
    with open_loader(folder / "table.duckdb", memory_mb=500, temp_directory=folder) as loader:
        loader.store("given", COLUMNS, rows)
        pyarrow.parquet.write_table(loader.arrow("SELECT * FROM given"), folder / "table.parquet")
    access = Access(url, timeout_s=20 * limits.get("timeout_s", 3.0))
    server = open_spark(access, Url(f"spark:parquet:{folder / 'table.parquet'}"), lambda headers: headers)
    here = open_locked(None, temp_directory=folder, **({"memory_mb": 500} | dict(limits)))
    return RemoteEngine(server, here, access.timeout_s)


def on_postgres(folder: Path, rows: Sequence[Sequence[Any]], limits: Mapping[str, Any], url: str) -> Engine:
    """The same rows as a table of a database; of the limits, the time is the server's and the rest DuckDB's."""
    names = ", ".join(f"{quoted(name)} {_SERVED.get(kind, kind)}" for name, kind in COLUMNS.items())
    table = f"t{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE TABLE {table} ({names})".encode())
        with server.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
    access = Access(url, 20 * limits.get("timeout_s", 3.0), conninfo_to_dict(url))
    here = open_locked(None, temp_directory=folder, **({"memory_mb": 500} | dict(limits)))
    return RemoteEngine(open_postgres(access, table, lambda headers: headers), here, access.timeout_s)


_SERVED = {"DOUBLE": "float8", "VARCHAR": "text"}
ENGINES = ("duckdb", "spark", "postgres")


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    opened: list[Engine] = []
    if request.param != "duckdb" and request.node.get_closest_marker("local"):
        pytest.skip("memory is the server's own matter")
    build_on: Callable[..., Engine] = on_duckdb
    if request.param == "spark":
        build_on = partial(on_spark, url=request.getfixturevalue("spark_url"))
    elif request.param == "postgres":
        build_on = partial(on_postgres, url=request.getfixturevalue("postgres"))

    def build(rows: Sequence[Sequence[Any]] = ROWS, **limits: Any) -> Engine:
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        opened.append(build_on(folder, rows, limits))
        return opened[-1]

    yield build
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(make: Make) -> Engine:
    return make()


def test_the_table_tells_its_columns_in_order_with_their_types(engine: Engine) -> None:
    assert list(engine.columns("data").items()) == list(COLUMNS.items())


def test_a_select_is_described_without_being_run(engine: Engine) -> None:
    wrong = "CAST(city AS BIGINT) AS b"
    assert engine.describe(f"SELECT 1 AS a, city AS a, {wrong}, sum(_row) / 2 AS c FROM data GROUP BY city") == [
        ("a", "INTEGER"), ("a", "VARCHAR"), ("b", "BIGINT"), ("c", "DOUBLE"),
    ]  # fmt: skip


def test_rows_come_as_python_values(engine: Engine) -> None:
    assert engine.rows("SELECT * FROM data ORDER BY _row") == ROWS
    assert engine.rows('SELECT count(*), count(city), sum("the ""price""") FROM data') == [(3, 2, -1.5)]
    assert engine.rows("SELECT city FROM data WHERE _row > 9") == []


def test_values_stand_for_their_places_whatever_they_hold(engine: Engine) -> None:
    engine.materialise("s1", "SELECT _row, city FROM data")
    found = engine.rows("SELECT _row FROM s1 WHERE city = $1 OR list_contains($2, city)", ["it's", ["Lyon", "x'"]])
    assert sorted(found) == [(0,), (1,)]


def test_a_frame_holds_the_rows_in_order(engine: Engine) -> None:
    frame = engine.frame('SELECT _row, "the ""price""" AS price FROM data ORDER BY _row DESC')
    assert list(frame["_row"]) == [2, 1, 0]
    assert frame["price"].isna().tolist() == [False, True, False]


def test_a_sample_is_the_same_each_time_and_from_all_over_the_table(make: Make) -> None:
    first, again = (make(MANY, threads=threads).sample("SELECT _row AS k, * FROM data", "k", 200) for threads in (1, 2))
    pd.testing.assert_frame_equal(first, again)
    rows = list(first["_row"])
    assert rows == sorted(set(rows)) and len(rows) == 200
    assert 1500 < sum(rows) / len(rows) < 3500
    assert list(first.columns) == list(COLUMNS)


def test_a_sample_of_fewer_rows_than_asked_for_is_all_of_them(engine: Engine) -> None:
    assert list(engine.sample("SELECT _row AS k, city FROM data", "k", 10)["city"].fillna("")) == ["Lyon", "it's", ""]


def test_a_step_is_kept_under_its_name_and_read_by_the_next(engine: Engine) -> None:
    engine.materialise("s 1", "SELECT city AS c, _row FROM data WHERE sold -- the end", ["who", "which"])
    engine.materialise("s2", 'SELECT upper(who) AS loud FROM "s 1"')
    assert engine.columns("s 1") == {"who": "VARCHAR", "which": "BIGINT"}
    assert engine.rows("SELECT * FROM s2") == [("LYON",)]
    assert engine.made() == {"s 1", "s2"}


def test_a_step_of_an_older_ones_name_takes_its_place_and_may_read_it(engine: Engine) -> None:
    engine.materialise("s1", "SELECT _row AS n FROM data")
    engine.materialise("s1", "SELECT sum(n) AS total FROM s1")
    assert engine.rows("SELECT total FROM s1") == [(3,)]
    assert engine.made() == {"s1"}


def test_given_rows_are_stored_in_their_types(engine: Engine) -> None:
    engine.store("r", {"who": "VARCHAR", "p": "DOUBLE"}, [("a", 1), ("b", None)])
    assert engine.rows("SELECT who, p, p / 2 FROM r ORDER BY who") == [("a", 1.0, 0.5), ("b", None, None)]


@pytest.mark.parametrize(
    ("kind", "cells", "stored"),
    [
        ("VARCHAR", [1, 2.5, "x", None, date(2024, 1, 1), True], ["1", "2.5", "x", None, "2024-01-01", "true"]),
        ("VARCHAR", [None, None], [None, None]),
        ("DOUBLE", [1, 2.5, None, 2**70], [1.0, 2.5, None, float(2**70)]),
        ("BIGINT", [2**62, 3.0, None], [2**62, 3, None]),
        ("DATE", [date(2024, 1, 1), None, "2024-02-01"], [date(2024, 1, 1), None, date(2024, 2, 1)]),
        ("BIGINT", list(range(5000)), list(range(5000))),
    ],
)
def test_stored_cells_are_cast_one_by_one_and_keep_their_order(
    kind: str, cells: list[object], stored: list[object], engine: Engine
) -> None:
    engine.store("r", {"x": kind, "place": "BIGINT"}, [(cell, place) for place, cell in enumerate(cells)])
    assert engine.rows("SELECT x, place FROM r") == [(cell, place) for place, cell in enumerate(stored)]


def test_an_empty_copy_of_a_table_is_enough_to_bind_against(engine: Engine) -> None:
    engine.store("copy", engine.columns("data"))
    assert engine.columns("copy") == engine.columns("data")
    assert engine.describe("SELECT year(day) AS y FROM copy") == [("y", "BIGINT")]
    assert engine.rows("SELECT count(*) FROM copy") == [(0,)]
    with pytest.raises(EngineError, match="nowhere"):
        engine.describe("SELECT nowhere FROM copy")


def test_a_frame_is_stored_by_place_in_the_types_told(engine: Engine) -> None:
    frame = pd.DataFrame([[1, "2024-01-05", 2.0]], columns=["x", "x", "y"])
    engine.store_frame("f", [("n", "BIGINT"), ('d"', "DATE"), ("z", "BIGINT")], frame)
    assert engine.columns("f") == {"n": "BIGINT", 'd"': "DATE", "z": "BIGINT"}
    assert engine.rows("SELECT * FROM f") == [(1, date(2024, 1, 5), 2)]


def test_what_was_made_can_be_dropped_and_dropping_it_twice_is_no_error(engine: Engine) -> None:
    engine.store("r", {"a": "BIGINT"})
    engine.drop("r")
    engine.drop("r")
    assert engine.made() == set()
    with pytest.raises(EngineError):
        engine.rows("SELECT * FROM r")


def test_the_table_itself_can_not_be_dropped(engine: Engine) -> None:
    engine.drop("data")
    assert engine.rows("SELECT count(*) FROM data") == [(3,)]


def test_columns_can_be_taken_out_of_a_step(engine: Engine) -> None:
    engine.materialise("s1", 'SELECT city, _row AS "rows behind 0", 1 AS "rows behind 1" FROM data')
    engine.drop_columns("s1", ["rows behind 0", "rows behind 1"])
    assert engine.columns("s1") == {"city": "VARCHAR"}


def test_numbers_that_are_not_finite_become_missing_and_are_counted(engine: Engine) -> None:
    engine.store(
        "r", {"a": "DOUBLE", "b": "DOUBLE", "c": "VARCHAR"}, [(float("inf"), 1.0, "x"), (float("nan"), None, "y")]
    )
    assert engine.void_nonfinite("r") == {"a": 2}
    assert engine.rows("SELECT a, b, c FROM r ORDER BY c") == [(None, 1.0, "x"), (None, None, "y")]
    assert engine.void_nonfinite("r") == {}


@pytest.mark.parametrize(
    "sql", ["SELEC 1", "SELECT nowhere FROM data", "SELECT * FROM nothing", "SELECT CAST(city AS BIGINT) FROM data"]
)
def test_a_wrong_query_is_an_error_of_ours_that_says_what_is_wrong(sql: str, engine: Engine) -> None:
    with pytest.raises(EngineError, match=r"\w+ \w+") as caught:
        engine.rows(sql)
    assert not isinstance(caught.value, StoppedError)
    with pytest.raises(EngineError):
        engine.materialise("s1", sql)
    assert engine.rows("SELECT count(*) FROM data") == [(3,)] and engine.made() == set()


@pytest.mark.spark
def test_a_number_too_large_for_its_type_is_told_apart(engine: Engine) -> None:
    with pytest.raises(OutOfRangeError):
        engine.rows("SELECT _row + 9223372036854775807 FROM data")


def patiently(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a SELECT, asked for again while a busy machine is too slow for the engine's limit of time."""
    until = time.monotonic() + 60
    while True:
        try:
            return engine.rows(sql)
        except InterruptedQueryError:
            if time.monotonic() > until:
                raise


@pytest.mark.spark
def test_a_query_that_takes_too_long_is_ended_and_the_engine_goes_on(make: Make) -> None:
    engine = make(MANY, timeout_s=0.3)
    with pytest.raises(InterruptedQueryError):
        engine.rows(ENDLESS)
    assert patiently(engine, "SELECT count(*) FROM data") == [(5000,)]


@pytest.mark.local
def test_a_query_that_wants_too_much_memory_is_ended(make: Make) -> None:
    with pytest.raises(OutOfMemoryError):
        make(MANY, memory_mb=50).rows("SELECT list(a._row + b._row) FROM data a, data b, data c WHERE c._row < 10")


@pytest.mark.spark
def test_a_query_is_cancelled_from_another_thread(make: Make) -> None:
    engine = make(MANY)
    threading.Timer(0.2, engine.cancel).start()
    with pytest.raises(InterruptedQueryError):
        engine.frame(ENDLESS)


@pytest.mark.spark
def test_a_limit_of_time_on_several_queries_tells_that_it_has_passed(make: Make) -> None:
    engine = make(MANY)
    with pytest.raises(InterruptedQueryError), within(engine, 0.2) as late:
        engine.rows(ENDLESS)
    assert late.is_set()
    with within(engine, 60) as late:
        engine.rows("SELECT 1")
    assert not late.is_set()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234", 1234), ("$5", 5), ("12%", 0.12), ("630[495-801]", 630), ("(3.50)", -3.5), ("1.234,5", 1234.5),
        ("1 234,5", 1234.5), ("2.5k", 2500), ("3M", 3e6), ("5 kg", 5), ("-$1,234.50", -1234.5), ("€ 7", 7),
        ("1e3", 1000), ("−4", -4), ("1'234.5", 1234.5), ("1,5", 1.5), (".5", 0.5), ("2024-01-05", None), ("about 5", None),
        ("", None), ("nan", None), ("inf", None), ("10-20", None), ("12:30", None), ("1,2,3", None), ("abc", None),
        ("R$ 1.234,56", 1234.56), ("Rs. 1,234", 1234), ("₹1,23,456", 123456), ("CHF 1’234.50", 1234.5), ("٥٩٣", 593),
        ("१२٫५", 12.5), ("８２", 82), ("1.234.567 €", 1234567), ("($1,234.50)", -1234.5), ("12*", 12), ("12 [1]", 12),
        ("1.2 crore", 1.2e7), ("3,5 Mio. €", 3.5e6), ("$5m", 5e6), ("5 m", 5), ("1,000+", 1000), ("<0.01", 0.01),
        ("~5", 5), ("15°C", 15), ("3.2 km/h", 3.2), ("0,125", 0.125), ("10 m²", 10), ("12 000 kr", 12000),
        ("1.2.3", None), ("192.168.1.1", None), ("555-1234", None), ("12-34", None), ("5 to 10", None), ("12 Jan", None),
        ("5th", None), ("2XL", None), ("A12", None), ("(030) 1234", None), ("3–5", None), ("10:30 pm", None),
    ],
)  # fmt: skip
def test_num_reads_numbers_in_text(text: str, number: float | None, engine: Engine) -> None:
    engine.define_num()
    assert engine.rows("SELECT num($1)", [text]) == [(number,)]
