"""One large Parquet table read by DuckDB and left on Spark: the same questions, seconds and memory side by side.

    python main.py bench spark-tables [--rows 10000000] [--on sc://host:port] [--write]

Without --on or ENGINE_URL a Spark of this machine is started, which shares its cores with what measures. The files lie
in the system's temporary folder (TMPDIR): about 35 MB a million rows, and twice as much again while DuckDB reads them.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import duckdb

from analyst.core.scratch import scratch
from analyst.core.settings import load_settings
from analyst.datasets.profiling import profile_table
from analyst.datasets.reaching import open_reached
from analyst.engine.remote.access import LOCAL, Access
from analyst.execution.runner import PlanRunner
from analyst.protocol.places import parse_place
from analyst.protocol.table import TableSource
from lab.benchmarks.profiling import TABLES
from lab.benchmarks.spark import spark_here, spark_peak_mb
from lab.benchmarks.tables import markdown, write_section

_STEPS = (
    {
        "id": "s1",
        "sql": "SELECT region, product, sum(revenue) AS total, count(*) AS n FROM data GROUP BY region, product",
    },
    {"id": "s2", "sql": "SELECT region, max(total) AS most, sum(n) AS n FROM s1 GROUP BY region ORDER BY region"},
)
_PER_FILE = 10_000_000
_ABOUT = (
    "`python main.py bench spark-tables --rows {rows} --write`: Parquet files of {rows:,} rows and 11 columns ({size:,} MB), "
    "opened (read, or surveyed and sampled), profiled, and asked one plan of two SQL steps; each engine alone, on the same "
    "machine. Peak memory is that of the largest process here, and that of this machine's own Spark beside it."
)


@dataclass(frozen=True)
class Asked:
    """Seconds of opening with profiling and of the plan, peak memory here and of Spark, what was told of reading, and the
    plan's last rows."""

    opening_s: float
    plan_s: float
    peak_mb: int
    spark_mb: int | None
    told: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How large a table, and which Spark."""
    parser.add_argument("--rows", type=int, default=10_000_000, metavar="N", help="rows of the table (10,000,000)")
    parser.add_argument("--on", metavar="URL", help=f"address of Spark Connect (ENGINE_URL, or {LOCAL})")
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Ask both, print; the exit code says whether they differ."""
    with scratch("spark-tables") as folder:
        size = _write_files(folder, arguments.rows)
        places = {"DuckDB": str(folder), "Spark": f"spark:parquet:{folder}"}
        found = {name: _alone(place, arguments.on or spark_here() or LOCAL) for name, place in places.items()}
    columns = ["engine", "open and profile, s", "plan, s", "peak memory, MB", "of Spark, MB", "told"]
    body = markdown(columns, [_row(name, one) for name, one in found.items()])
    print(body)
    if arguments.write:
        about = _ABOUT.format(rows=arguments.rows, size=size)
        write_section("spark-tables", "A large table on DuckDB and on Spark", about, body)
    return 0 if _equal(found["DuckDB"], found["Spark"]) else 1


def _write_files(folder: Path, rows: int) -> int:
    """The seeded table as Parquet files; their size in MB."""
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for start in range(0, rows, _PER_FILE):
            part, end = folder / f"part-{start // _PER_FILE:03}.parquet", min(start + _PER_FILE, rows)
            connection.execute(f"COPY (SELECT {TABLES[11]} FROM range({start}, {end}) t(i)) TO '{part}'")
    return sum(file.stat().st_size for file in folder.iterdir()) // 1_000_000


def _row(name: str, one: Asked) -> list[str]:
    told = "; ".join(one.told) or "-"
    spark = "-" if one.spark_mb is None else f"{one.spark_mb:,}"
    return [name, f"{one.opening_s:.1f}", f"{one.plan_s:.1f}", f"{one.peak_mb:,}", spark, told]


def _alone(place: str, url: str) -> Asked:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(ask, place, url).result()


def ask(typed: str, url: str) -> Asked:
    """Open a table, profile it, run the plan."""
    settings = load_settings(engine_url=url)
    with scratch("spark-tables") as folder:
        started = time.perf_counter()
        profile = profile_table(open_reached(TableSource(*parse_place(typed)), folder, settings))
        opened = time.perf_counter()
        access = Access.of(settings) if profile.table.remote else None
        with PlanRunner(profile, timeout_s=settings.engine_timeout_s, access=access) as runner:
            evidence = runner.execute(runner.bind({"steps": list(_STEPS)}))
        done = time.perf_counter()
    told = tuple(warning for warning in evidence.warnings if "read files" in warning)
    spark_mb = spark_peak_mb() if profile.table.remote else None
    return Asked(opened - started, done - opened, _peak_mb(), spark_mb, told, evidence.table("s2").rows)


def _peak_mb() -> int:
    """Of this process, or of the one that ran the plan for it."""
    peaks = (resource.getrusage(whose).ru_maxrss for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(peaks) >> (20 if sys.platform == "darwin" else 10)


def _equal(one: Asked, other: Asked) -> bool:
    """Whether both engines gave the same rows, within rounding."""
    return len(one.rows) == len(other.rows) and all(
        a == b or (isinstance(a, float) and isinstance(b, float) and abs(a - b) <= 1e-9 * max(1.0, abs(a)))
        for row, twin in zip(one.rows, other.rows, strict=True)
        for a, b in zip(row, twin, strict=True)
    )
