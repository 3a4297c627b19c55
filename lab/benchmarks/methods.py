"""Seconds of every method of the plan language on 10k, 100k and 1M rows: `python main.py bench methods [--write]`.

Each runs as in an analysis: bound, in the worker process, its results sent back. The first run, which imports
libraries, is not counted; then the median of ROUNDS.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from analyst.core.scratch import scratch
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.execution.runner import PlanRunner
from lab.benchmarks.tables import markdown, write_section

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 3
SQL = {
    "SQL: group by": "SELECT region, sum(revenue) AS total, avg(price) AS mean, count(*) AS n FROM data GROUP BY region",
    "SQL: group by with a WITH table": "WITH m AS (SELECT date_trunc('month', day) AS month, sum(revenue) AS total "
    "FROM data GROUP BY 1) SELECT month, total, total - lag(total) OVER (ORDER BY month) AS change FROM m",
    "SQL: all rows": "SELECT *, revenue / quantity AS each FROM data",
}
"""SQL steps; the same statements are timed in DuckDB alone, to show what judging their cells costs."""
FEATURES = ["quantity", "price", "age", "tenure", "region"]
CALLS: dict[str, dict[str, Any]] = {
    "describe": {"method": "describe", "columns": ["revenue", "price", "age"]},
    "describe by region": {"method": "describe", "columns": ["revenue"], "by": "region"},
    "trend by month": {"method": "trend", "time": "day", "value": "revenue", "grain": "month"},
    "trend by day and region": {"method": "trend", "time": "day", "value": "revenue", "grain": "day", "by": "region"},
    "change": {"method": "change", "time": "day", "value": "revenue", "by": "region", "grain": "quarter"},
    "share of 300 products": {"method": "share", "value": "revenue", "by": "product"},
    "correlation, pearson": {"method": "correlation", "columns": ["quantity", "price", "revenue", "age", "tenure"]},
    "correlation, spearman": {"method": "correlation", "columns": ["price", "revenue", "age"], "kind": "spearman"},
    "correlation, kendall": {"method": "correlation", "columns": ["price", "revenue"], "kind": "kendall"},
    "compare_groups, welch_t": {"method": "compare_groups", "value": "revenue", "group": "churn"},
    "compare_groups, mann_whitney": {
        "method": "compare_groups",
        "value": "revenue",
        "group": "churn",
        "test": "mann_whitney",
    },
    "compare_groups, anova": {"method": "compare_groups", "value": "revenue", "group": "region", "test": "anova"},
    "compare_groups, kruskal": {"method": "compare_groups", "value": "revenue", "group": "region", "test": "kruskal"},
    "chi_square": {"method": "chi_square", "x": "region", "y": "churn"},
    "drivers of a yes/no": {"method": "drivers", "target": "churn", "features": FEATURES},
    "drivers of a number": {"method": "drivers", "target": "revenue", "features": FEATURES},
    "segments": {"method": "segments", "features": FEATURES},
    "anomalies, rows": {"method": "anomalies", "value": "revenue"},
    "anomalies, days": {"method": "anomalies", "time": "day", "value": "revenue", "grain": "day"},
    "forecast, months": {"method": "forecast", "time": "day", "value": "revenue", "grain": "month"},
    "forecast, days": {"method": "forecast", "time": "day", "value": "revenue", "grain": "day"},
    "quality": {"method": "quality"},
    "outliers, iqr": {"method": "outliers", "column": "revenue"},
    "normality_test, shapiro": {"method": "normality_test", "columns": ["revenue"]},
    "normality_test, ks": {"method": "normality_test", "columns": ["revenue"], "test": "ks"},
    "location_test, t": {"method": "location_test", "value": "revenue", "against": 100},
    "location_test, wilcoxon": {
        "method": "location_test",
        "value": "revenue",
        "paired_with": "price",
        "test": "wilcoxon",
    },
    "linear_regression": {"method": "linear_regression", "target": "revenue", "features": FEATURES},
    "train_model, logistic": {"method": "train_model", "model": "logistic", "target": "churn", "features": FEATURES},
    "train_model, random forest": {
        "method": "train_model",
        "model": "random_forest_classifier",
        "target": "churn",
        "features": FEATURES,
    },
    "impute, median": {"method": "impute", "column": "age", "strategy": "median"},
    "impute, knn": {
        "method": "impute",
        "column": "age",
        "strategy": "knn_regressor",
        "features": ["price", "quantity"],
    },
}


def write_table(path: Path, rows: int) -> None:
    """A seeded table of a business: keys, 1,500 days, categories, measures that hang together, gaps, an outcome."""
    duckdb.connect().execute(
        f"""COPY (SELECT i AS id, DATE '2020-01-01' + (hash(i * 23) % 1500)::INTEGER AS day,
            'region ' || (hash(i) % 12) AS region, 'product ' || (hash(i * 7) % 300) AS product,
            1 + hash(i * 3) % 20 AS quantity, round((hash(i * 5) % 100000) / 100.0, 2) AS price,
            round((1 + hash(i * 3) % 20) * (hash(i * 5) % 100000) / 100.0 + hash(i * 11) % 3000, 2) AS revenue,
            CASE WHEN hash(i * 13) % 10 > 0 THEN 18 + hash(i * 13) % 60 END AS age,
            hash(i * 29) % 80 AS tenure,
            CASE WHEN hash(i * 17) % 100 < 10 + hash(i * 29) % 80 / 2 THEN 'yes' ELSE 'no' END AS churn,
            'C' || (hash(i * 19) % 200000) AS customer FROM range({rows}) t(i)) TO '{path}' (HEADER)"""
    )


def seconds(runner: PlanRunner, step: dict[str, Any], rounds: int) -> float:
    """The median seconds of a step, the first run apart."""
    times = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        runner.execute(runner.bind({"steps": [{"id": "s1"} | step]}))
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def alone(database: Path, sql: str, rounds: int) -> float:
    """The median seconds of a statement in DuckDB alone, into a table as a step is."""
    with duckdb.connect(str(database), read_only=True, config={"threads": 2}) as connection:
        times = []
        for _ in range(rounds + 1):
            started = time.perf_counter()
            connection.execute(f"CREATE OR REPLACE TEMP TABLE kept AS {sql}")
            times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def measure(rows: int, rounds: int) -> Iterator[tuple[str, float]]:
    """Name and seconds of every call on a table of `rows` rows."""
    with scratch("methods") as folder:
        path = folder / "table.csv"
        write_table(path, rows)
        profile = profile_table(open_table(path, folder))
        with PlanRunner(profile, timeout_s=120) as runner:
            for name, sql in SQL.items():
                yield name, seconds(runner, {"sql": sql}, rounds)
                yield f"{name}, DuckDB alone", alone(profile.table.database, sql, rounds)
            for name, step in CALLS.items():
                yield name, seconds(runner, step, rounds)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="rows of the tables")
    parser.add_argument("--rounds", type=int, default=ROUNDS)


def run(given: argparse.Namespace) -> int:
    """Measure, print, and write the section of lab/benchmarks/README.md if asked to."""
    found: dict[str, list[float]] = {}
    for rows in given.sizes:
        for name, taken in measure(rows, given.rounds):
            print(f"{rows:>9,} {name:45} {taken:7.3f} s", flush=True)
            found.setdefault(name, []).append(taken)
    columns = ["method", *(f"{rows:,} rows (s)" for rows in given.sizes)]
    body = markdown(columns, [[name, *(f"{taken:.2f}" for taken in times)] for name, times in found.items()])
    print(body)
    if given.write:
        about = (
            "`python main.py bench methods --write`: each step as in an analysis (bound, run in the worker, sent back), "
            f"median of {given.rounds} runs after a warm-up run. 11 columns, two cores. Statistics that DuckDB can't "
            "aggregate use a seeded sample and say so: rank correlations 200,000 rows, drivers and segments 20,000 (every "
            "row then gets its segment), Hodges-Lehmann's shift 1,500 per group, regression 500,000, models 100,000 (forests 40,000)."
        )
        write_section("methods", "Speed of the plan methods", about, body)
    return 0
