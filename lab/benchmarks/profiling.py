"""Time of open_table + profile_table beside DuckDB's typed read + SUMMARIZE: `python main.py bench profiling`."""

# The paths in the SQL are this script's own.

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

from analyst.core.scratch import scratch
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.protocol.table import OpenedTable

ROUNDS = 5
_NARROW = """i AS id, DATE '2020-01-01' + (i % 1500)::INTEGER AS day, 'region ' || (hash(i) % 12) AS region,
    'product ' || (hash(i * 7) % 300) AS product, 1 + hash(i * 3) % 20 AS quantity,
    round((hash(i * 5) % 100000) / 100.0, 2) AS price, round((hash(i * 11) % 1000000) / 37.0, 4) AS revenue,
    CASE WHEN hash(i * 13) % 10 > 0 THEN hash(i * 13) % 100 END AS age,
    CASE WHEN hash(i * 17) % 5 = 0 THEN 'yes' ELSE 'no' END AS churn, 'C' || (hash(i * 19) % 200000) AS customer,
    'note ' || hash(i) AS note"""
"""11 columns: keys, dates, categories, measures, gaps, free text."""
_WIDE = ", ".join(
    [
        "i AS id",
        *(f"hash(i * {k}) % {10 ** (1 + k % 6)} AS n{k}" for k in range(1, 16)),
        *(f"round((hash(i * {k}) % 1000000) / 37.0, 2) AS f{k}" for k in range(20, 35)),
        *(f"'category ' || (hash(i * {k}) % {5 + k}) AS t{k}" for k in range(40, 50)),
        *(f"DATE '2020-01-01' + (hash(i * {k}) % 1500)::INTEGER AS d{k}" for k in range(50, 55)),
        *(f"CASE WHEN hash(i * {k}) % 10 > 0 THEN hash(i * {k}) % 1000 END AS g{k}" for k in range(60, 70)),
        *(f"'note ' || hash(i * {k}) AS x{k}" for k in range(70, 72)),
        *(f"hash(i * {k}) % 2 = 0 AS b{k}" for k in range(80, 82)),
    ]
)
TABLES = {11: _NARROW, 60: _WIDE}
"""The seeded tables by their number of columns."""


def write_table(path: Path, rows: int, columns: int = 11) -> None:
    """A seeded table of `columns` columns, a key of TABLES."""
    duckdb.connect().execute(f"COPY (SELECT {TABLES[columns]} FROM range({rows}) t(i)) TO '{path}' (HEADER)")


def types_in(path: Path) -> str:
    """The types of the file's columns, as read_csv takes them."""
    described = duckdb.connect().execute(f"DESCRIBE SELECT * FROM read_csv('{path}', sample_size=20480)").fetchall()
    return "{" + ", ".join(f"'{name}': '{kind}'" for name, kind, *_ in described) + "}"


def summarize(path: Path, types: str, folder: Path) -> None:
    """What DuckDB offers: read into a file by types that are known, then SUMMARIZE."""
    with duckdb.connect(str(folder / "own.duckdb")) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"CREATE TABLE data AS SELECT * FROM read_csv('{path}', columns={types}, header=true)")
        connection.execute("SUMMARIZE data").fetchall()


def time_in_turn(works: dict[str, Callable[[Path], object]]) -> dict[str, tuple[float, float]]:
    """Median seconds (elapsed, of CPU) of each work: they take turns, so that a busy machine slows all of them alike."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            with scratch("profiling") as folder:
                started, used = time.perf_counter(), time.process_time()
                work(folder)
                times[name].append((time.perf_counter() - started, time.process_time() - used))
    return {
        name: (statistics.median(wall for wall, _ in taken), statistics.median(cpu for _, cpu in taken))
        for name, taken in times.items()
    }


def open_and_profile(path: Path, folder: Path) -> None:
    """What an analysis does with a file before the first question to a model."""
    profile_table(open_table(path, folder))


def works_on(path: Path, opened: OpenedTable) -> dict[str, Callable[[Path], object]]:
    """Everything that is timed, by the name that is printed."""
    return {
        "typed read + SUMMARIZE": partial(summarize, path, types_in(path)),
        "open_table": partial(open_table, path),
        "profile_table": lambda folder: profile_table(opened),
        "open_table + profile_table": partial(open_and_profile, path),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How large a table."""
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="rows of the table (1,000,000)")
    parser.add_argument("--columns", type=int, default=11, choices=tuple(TABLES), help="columns of the table (11)")


def run(arguments: argparse.Namespace) -> int:
    """Print the medians and their ratios to DuckDB's own."""
    with scratch("profiling") as kept:
        path = kept / "table.csv"
        write_table(path, arguments.rows, arguments.columns)
        medians = time_in_turn(works_on(path, open_table(path, kept / "opened")))
        size = f"{path.stat().st_size / 1e6:.0f} MB"
    print(f"{arguments.rows:,} rows × {arguments.columns} columns, {size}; medians of {ROUNDS}, taken in turn")
    bare, bare_cpu = next(iter(medians.values()))
    print(f"{'':30}{'seconds':>9}{'ratio':>8}{'CPU s':>9}{'ratio':>8}")
    for name, (seconds, cpu) in medians.items():
        print(f"{name:30}{seconds:9.2f}{seconds / bare:8.2f}{cpu:9.2f}{cpu / bare_cpu:8.2f}")
    return 0
