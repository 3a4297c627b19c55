"""Time of open_table + profile_table beside DuckDB's own read + SUMMARIZE: `python -m benchmarks.profiling [rows]`."""

# The paths in the SQL are this script's own.

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from tables.opening import open_table
from tables.profiling import profile_table

ROUNDS = 3


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


def summarize(path: Path, folder: Path) -> None:
    """What DuckDB offers: read into a file, then SUMMARIZE (approximate distinct counts and quantiles)."""
    with duckdb.connect(str(folder / "own.duckdb")) as connection:
        connection.execute(f"CREATE TABLE data AS SELECT * FROM read_csv('{path}', sample_size=-1)")
        connection.execute("SUMMARIZE data").fetchall()


def median_time(work: Callable[[Path], object]) -> float:
    """Median seconds of ROUNDS runs of `work`, each in a fresh folder."""
    times = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            work(Path(folder))
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def main(rows: int = 1_000_000) -> None:
    """Print the medians and their ratios."""
    with tempfile.TemporaryDirectory() as kept:
        path = Path(kept) / "table.csv"
        write_table(path, rows)
        own = median_time(lambda folder: summarize(path, folder))
        opening = median_time(lambda folder: open_table(path, folder))
        opened = open_table(path, Path(kept) / "opened")
        profiling = median_time(lambda folder: profile_table(opened))
        print(f"{rows:,} rows × 11 columns, {path.stat().st_size / 1e6:.0f} MB; medians of {ROUNDS}")
    print(f"DuckDB read + SUMMARIZE (approximate)  {own:6.2f} s")
    print(f"open_table                             {opening:6.2f} s")
    print(f"profile_table (exact)                  {profiling:6.2f} s   {profiling / own:.2f} × read + SUMMARIZE")
    print(f"open_table + profile_table             {opening + profiling:6.2f} s   {(opening + profiling) / own:.2f} ×")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
