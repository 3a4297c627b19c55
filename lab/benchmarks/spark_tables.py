"""One large Parquet table read by DuckDB and left on Spark: the same questions, seconds and memory side by side.

    python main.py bench spark-tables [--rows 10000000] [--on sc://host:port] [--write]

Without --on a Spark of this machine is started, which shares its cores with what measures.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

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
from lab.benchmarks.tables import markdown, write_section

_STEPS = (
    {
        "id": "s1",
        "sql": "SELECT region, product, sum(revenue) AS total, count(*) AS n FROM data GROUP BY region, product",
    },
    {"id": "s2", "sql": "SELECT region, max(total) AS most, sum(n) AS n FROM s1 GROUP BY region ORDER BY region"},
)
_ABOUT = (
    "`python main.py bench spark-tables --write`: one Parquet file of {rows:,} rows and 11 columns, opened (read, or "
    "surveyed and sampled), profiled, and asked one plan of two SQL steps; each engine alone, on the same machine. Peak "
    "memory is that of the process that opens the table; Spark's own (a JVM with 2 GB) comes to it."
)


@dataclass(frozen=True)
class Asked:
    """Seconds of opening with profiling and of the plan, peak memory, bytes that Spark read, and the plan's last rows."""

    opening_s: float
    plan_s: float
    peak_mb: int
    told: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How large a table, and which Spark."""
    parser.add_argument("--rows", type=int, default=10_000_000, metavar="N", help="rows of the table (10,000,000)")
    parser.add_argument("--on", default=LOCAL, metavar="URL", help=f"address of Spark Connect ({LOCAL})")
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Ask both, print; the exit code says whether they differ."""
    with scratch("spark-tables") as folder:
        path = folder / "table.parquet"
        duckdb.connect().execute(f"COPY (SELECT {TABLES[11]} FROM range({arguments.rows}) t(i)) TO '{path}'")
        found = {
            name: _alone(place, arguments.on)
            for name, place in (("DuckDB", str(path)), ("Spark", f"spark:parquet:{path}"))
        }
    rows = [
        [name, f"{one.opening_s:.1f}", f"{one.plan_s:.1f}", f"{one.peak_mb:,}", "; ".join(one.told) or "-"]
        for name, one in found.items()
    ]
    body = markdown(["engine", "open and profile, s", "plan, s", "peak memory here, MB", "told"], rows)
    print(body)
    if arguments.write:
        write_section("spark-tables", "A large table on DuckDB and on Spark", _ABOUT.format(rows=arguments.rows), body)
    return 0 if _equal(found["DuckDB"], found["Spark"]) else 1


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
    return Asked(opened - started, done - opened, _peak_mb(), told, evidence.table("s2").rows)


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)


def _equal(one: Asked, other: Asked) -> bool:
    """Whether both engines gave the same rows, within rounding."""
    return len(one.rows) == len(other.rows) and all(
        a == b or (isinstance(a, float) and isinstance(b, float) and abs(a - b) <= 1e-9 * max(1.0, abs(a)))
        for row, twin in zip(one.rows, other.rows, strict=True)
        for a, b in zip(row, twin, strict=True)
    )
