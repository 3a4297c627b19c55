"""What reading a table costs by where it lies: rows a second, peak memory, types kept.

    python main.py bench sources [--rows 1000000] [--url URL] [--write]

Each is read in a process of its own. Servers are started here; one that is not installed has a row that says so.
"""

# The SQL and paths are this script's own.

from __future__ import annotations

import argparse
import sqlite3
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import duckdb

from analyst.core.errors import SettingsError
from analyst.core.scratch import scratch
from analyst.core.settings import load_settings
from analyst.datasets.reaching import open_reached
from analyst.protocol.places import parse_place
from analyst.protocol.table import TableSource
from lab.benchmarks.peak_memory import peak_mb
from lab.benchmarks.profiling import write_table
from lab.benchmarks.source_servers import SERVERS
from lab.benchmarks.spark import spark_here
from lab.benchmarks.tables import markdown, write_section
from lab.benchmarks.workbook import write_workbook

_FILES = 12
_TYPES = (
    "BIGINT",
    "DATE",
    "VARCHAR",
    "VARCHAR",
    "BIGINT",
    "DOUBLE",
    "DOUBLE",
    "BIGINT",
    "VARCHAR",
    "VARCHAR",
    "VARCHAR",
)
"""The types of the seeded table's columns, as an analysis has them."""
_ABOUT = (
    "`python main.py bench sources --write`: a table of 11 columns, read in a process of its own that has imported what it "
    "needs; servers are on the same machine. *Types kept*: columns that have the type they were written with. A table "
    "left on Spark is not read: it is measured there and a sample comes here, which is what its seconds are; the memory "
    "of Spark and of the database servers is not counted."
)


@dataclass(frozen=True)
class Read:
    """How one source was read: seconds, MB of memory at the peak and before, rows, and columns of the type they have."""

    seconds: float
    peak_mb: int
    idle_mb: int
    rows: int
    kept: int


def write_sources(folder: Path, rows: int) -> Mapping[str, str]:
    """The seeded table as every kind of file; where each lies."""
    table = folder / "table.csv"
    write_table(table, rows)
    with duckdb.connect(str(folder / "table.duckdb")) as connection:
        connection.execute(
            f"CREATE TABLE data AS SELECT * FROM read_csv('{table}', types={{'churn': 'VARCHAR'}}, sample_size=20480)"
        )
        for kind in ("csv", "parquet"):
            (folder / kind).mkdir()
            for part in range(_FILES):
                target = folder / kind / f"part-{part:02}.{kind}"
                connection.execute(
                    f"COPY (SELECT * FROM data WHERE id % {_FILES} = {part}) TO '{target}' (FORMAT {kind})"
                )
        _write_sqlite(connection, folder / "table.db")
        write_workbook(connection, folder / "table.xlsx")
    return {
        "CSV file": str(table),
        f"{_FILES} CSV files": str(folder / "csv"),
        f"{_FILES} Parquet files": str(folder / "parquet"),
        "Excel workbook": str(folder / "table.xlsx"),
        "SQLite file": str(folder / "table.db"),
        "DuckDB file": str(folder / "table.duckdb"),
    }


def _write_sqlite(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    found = connection.execute("SELECT * REPLACE (CAST(day AS VARCHAR) AS day) FROM data")
    names = ", ".join(f'"{column[0]}"' for column in found.description)
    marks = ", ".join("?" * len(found.description))
    with closing(sqlite3.connect(path)) as target:
        target.execute(f"CREATE TABLE data ({names})")
        while rows := found.fetchmany(50_000):
            target.executemany(f"INSERT INTO data VALUES ({marks})", rows)
        target.commit()


def read(typed: str) -> Read:
    """Read what lies at a place that a person typed; of a table left on Spark, measure it there and read a sample."""
    place, part = parse_place(typed)
    settings, idle = load_settings(engine_url=spark_here()), peak_mb()
    with scratch("sources") as folder:
        started = time.perf_counter()
        opened = open_reached(TableSource(place, part), folder, settings)
        seconds = time.perf_counter() - started
        with duckdb.connect(str(opened.database), read_only=True) as connection:
            types = [str(row[1]) for row in connection.execute("DESCRIBE data").fetchall()][1 : len(_TYPES) + 1]
    kept = sum(one == other for one, other in zip(types, _TYPES, strict=False))
    return Read(seconds, peak_mb(), idle, opened.rows, kept)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How large a table, and which others."""
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="rows of the table (1,000,000)")
    parser.add_argument(
        "--url", action="append", default=[], metavar="URL", help="also read this table of a database (repeatable)"
    )
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Print a row for each source, and write the section of lab/benchmarks/README.md if asked to."""
    with scratch("sources") as folder:
        rows = [_row(name, place) for name, place in write_sources(folder, arguments.rows).items()]
        rows += [_served_row(name, serve, folder) for name, serve in SERVERS.items()]
    rows += [_row(str(parse_place(url)[0]), url) for url in arguments.url]
    body = markdown(["source", "rows", "seconds", "rows/s", "peak MB", "MB before reading", "types kept"], rows)
    print(body)
    if arguments.write:
        write_section("sources", "Reading a table by where it lies", _ABOUT, body)
    return 0


def _served_row(name: str, serve: Callable[[Path], AbstractContextManager[str]], folder: Path) -> list[str]:
    try:
        with serve(folder) as place:
            return _row(name, place)
    except SettingsError as missing:
        return [name, f"not measured: {missing.message}", *[""] * 5]


def _row(name: str, place: str) -> list[str]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        found = alone.submit(read, place).result()
    speed = f"{found.rows / found.seconds:,.0f}"
    kept = f"{found.kept} of {len(_TYPES)}"
    return [name, f"{found.rows:,}", f"{found.seconds:.1f}", speed, f"{found.peak_mb}", f"{found.idle_mb}", kept]
