"""Joins of made schemas with known truths: is any amount counted twice, or lost?

    python main.py bench joins [--schemas 50] [--write]

Each question's tables are joined for it, and the sums of its amount by its group are compared with the truth.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from analyst.core.quoting import quoted
from analyst.core.scratch import scratch
from analyst.datasets.catalog.combining import Parts, find_relations, join, plan_joining
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.engine.duckdb import open_locked
from analyst.protocol.table import OpenedTable, TableProfile
from lab.benchmarks.join_schemas import Asked, Schema, make_schema
from lab.benchmarks.tables import markdown, write_section

RIGHT, REPEATED, LOST, WRONG = "right", "repeated, and said", "column missing", "silently wrong"
"""What becomes of a question: its amount sums to the truth; stands in several rows, which the profile says; is not in
the joined table; or sums to something else without a word."""
VERDICTS = (RIGHT, REPEATED, LOST, WRONG)
_ABOUT = (
    "`python main.py bench joins --schemas {schemas} --write`: made tables that hang together by keys (numbers, codes, "
    "padded, spelled otherwise, some without a match; n:1, 1:n and two tables of events), joined for each question; the "
    "sums of its amount by its group against the truth. An amount that no single join gives once is not summed: its "
    "report says that it stands in several rows, or that its table was left out."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many schemas."""
    parser.add_argument("--schemas", type=int, default=50, metavar="N", help="how many are made (50)")
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Join, compare, print; the exit code says whether anything is silently wrong."""
    counts: Counter[str] = Counter()
    for seed in range(arguments.schemas):
        for asked, verdict in judged(make_schema(seed)):
            counts[verdict] += 1
            if verdict != RIGHT:
                print(f"schema {seed}: {asked.question} ({asked.amount}): {verdict}")
    sums = [f"{counts[verdict]}" for verdict in VERDICTS]
    body = markdown(["schemas", "sums", *VERDICTS], [[f"{arguments.schemas}", f"{sum(counts.values())}", *sums]])
    print(body)
    if arguments.write:
        write_section("joins", "Sums over several tables", _ABOUT.format(schemas=arguments.schemas), body)
    return 1 if counts[WRONG] else 0


def judged(schema: Schema) -> Iterator[tuple[Asked, str]]:
    """Every question of a schema and what became of it."""
    with scratch("joins") as folder:
        parts = Parts.of([profile_table(open_table(path, folder / path.stem)) for path in schema.write(folder)])
        relations = find_relations(parts, folder / "plan")
        for place, asked in enumerate(schema.asked):
            joining = plan_joining(parts, relations, asked.question, folder / "plan")
            yield asked, verdict(asked, join(parts, joining, folder / f"joined{place}"))


def verdict(asked: Asked, joined: OpenedTable) -> str:
    """Whether the amount of a question, added up by its group, is the truth in the joined table."""
    profile = profile_table(joined)
    if not {asked.group, asked.amount} <= set(joined.columns):
        return LOST
    if _sums(joined.database, asked) == asked.truth:
        return RIGHT
    return REPEATED if _repeated(profile, asked.amount) else WRONG


def _repeated(profile: TableProfile, amount: str) -> bool:
    return profile.column(amount).meaning.per is not None


def _sums(database: Path, asked: Asked) -> dict[object, int]:
    group, amount = quoted(asked.group), quoted(asked.amount)
    engine = open_locked(database, memory_mb=512)
    try:
        found = engine.rows(f"SELECT {group}, sum({amount})::BIGINT FROM data GROUP BY 1")
        return {key: int(value) for key, value in found if value is not None}
    finally:
        engine.close()
