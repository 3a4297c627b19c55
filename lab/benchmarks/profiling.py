"""Time of open_table + profile_table beside DuckDB's own read + SUMMARIZE: `python main.py bench profiling [--rows N]`."""

# The paths in the SQL are this script's own.

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.protocol.table import OpenedTable

ROUNDS = 5


def write_table(path: Path, rows: int) -> None:
    """A seeded table of 11 columns: keys, dates, categories, measures, gaps, free text."""
    duckdb.connect().execute(
        f"""COPY (SELECT i AS id, DATE '2020-01-01' + (i % 1500)::INTEGER AS day, 'region ' || (hash(i) % 12) AS region,
            'product ' || (hash(i * 7) % 300) AS product, 1 + hash(i * 3) % 20 AS quantity,
            round((hash(i * 5) % 100000) / 100.0, 2) AS price, round((hash(i * 11) % 1000000) / 37.0, 4) AS revenue,
            CASE WHEN hash(i * 13) % 10 > 0 THEN hash(i * 13) % 100 END AS age,
            CASE WHEN hash(i * 17) % 5 = 0 THEN 'yes' ELSE 'no' END AS churn,
            'C' || (hash(i * 19) % 200000) AS customer,
            'note ' || hash(i) AS note FROM range({rows}) t(i)) TO '{path}' (HEADER)"""
    )


def summarize(path: Path, folder: Path, sample: int) -> None:
    """What DuckDB offers: read into a file by types guessed from `sample` rows (-1: all), then SUMMARIZE."""
    with duckdb.connect(str(folder / "own.duckdb")) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"CREATE TABLE data AS SELECT * FROM read_csv('{path}', sample_size={sample})")
        connection.execute("SUMMARIZE data").fetchall()


def time_in_turn(works: dict[str, Callable[[Path], object]]) -> dict[str, float]:
    """Median seconds of each work: they take turns, so that a busy machine slows all of them alike."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            with tempfile.TemporaryDirectory() as folder:
                started = time.perf_counter()
                work(Path(folder))
                times[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) for name, taken in times.items()}


def open_and_profile(path: Path, folder: Path) -> None:
    """What an analysis does with a file before the first question to a model."""
    profile_table(open_table(path, folder))


def works_on(path: Path, opened: OpenedTable) -> dict[str, Callable[[Path], object]]:
    """Everything that is timed, by the name that is printed."""
    return {
        "read + SUMMARIZE, 20,480 rows sampled": partial(summarize, path, sample=20_480),
        "read + SUMMARIZE, all rows sampled": partial(summarize, path, sample=-1),
        "open_table": partial(open_table, path),
        "profile_table": lambda folder: profile_table(opened),
        "open_table + profile_table": partial(open_and_profile, path),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How large a table."""
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="rows of the table (1,000,000)")


def run(arguments: argparse.Namespace) -> int:
    """Print the medians and their ratios to DuckDB's own, both ways of guessing types."""
    with tempfile.TemporaryDirectory() as kept:
        path = Path(kept) / "table.csv"
        write_table(path, arguments.rows)
        medians = time_in_turn(works_on(path, open_table(path, Path(kept) / "opened")))
        print(
            f"{arguments.rows:,} rows × 11 columns, {path.stat().st_size / 1e6:.0f} MB; medians of {ROUNDS}, taken in turn"
        )
    fast, careful = list(medians.values())[:2]
    print(f"{'':40}{'seconds':>9}{'× sampled':>11}{'× all rows':>12}")
    for name, seconds in medians.items():
        print(f"{name:40}{seconds:9.3f}{seconds / fast:11.2f}{seconds / careful:12.2f}")
    return 0
