"""How often the probes of analyst.probes.probing raise a false alarm, and how often they find what is planted: `--write`.

Seeded tables, read and profiled as any file. Plain worlds hold noise, skew, effects of groups, trend, season and
autocorrelation, values missing at random, but nothing that a probe looks for; each planted world holds one such thing.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analyst.core.scratch import scratch
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.engine.duckdb import open_locked
from analyst.execution.steps import StepRunner
from analyst.planning.binding import bind
from analyst.planning.language import parse_plan
from lab.benchmarks.tables import markdown, write_section

Random = np.random.Generator
GROUPS, REGIONS, CHANNELS = (
    ("Ash", "Birch", "Cedar", "Elm"),
    ("East", "North", "South", "West"),
    ("shop", "web", "post"),
)

PLANS: Mapping[str, dict[str, Any]] = {
    "mean by group": {"id": "s1", "sql": "SELECT product, avg(amount) AS mean FROM data GROUP BY 1 ORDER BY 2 DESC"},
    "sum by group": {"id": "s1", "sql": "SELECT product, sum(amount) AS total FROM data GROUP BY 1 ORDER BY 2 DESC"},
    "compare_groups": {
        "id": "s1", "method": "compare_groups", "value": "amount", "group": "product", "test": "kruskal",
    },
    "trend of the sum": {"id": "s1", "method": "trend", "time": "day", "value": "amount", "agg": "sum", "grain": "month"},
    "trend of the mean": {
        "id": "s1", "method": "trend", "time": "day", "value": "amount", "agg": "mean", "grain": "month",
    },
    "change": {
        "id": "s1", "method": "change", "time": "day", "value": "amount", "agg": "sum", "from": "2023", "to": "2024",
    },
    "correlation": {"id": "s1", "method": "correlation", "columns": ["spend", "amount"]},
}  # fmt: skip


def _plain(random: Random, rows: int = 1500, years: int = 3) -> pd.DataFrame:
    """Nothing goes together."""
    day = pd.Timestamp("2022-01-01") + pd.to_timedelta(np.sort(random.integers(0, 365 * years + 1, rows)), unit="D")
    return pd.DataFrame(
        {
            "day": day.strftime("%Y-%m-%d"),
            "product": random.choice(GROUPS, rows, p=[0.4, 0.3, 0.2, 0.1]),
            "region": random.choice(REGIONS, rows, p=[0.4, 0.3, 0.2, 0.1]),
            "channel": random.choice(CHANNELS, rows),
            "spend": random.normal(50, 10, rows).round(3),
            "amount": random.normal(100, 20, rows).round(3),
        }
    )


def _skewed(random: Random) -> pd.DataFrame:
    """Amounts as orders have them: lognormal, some very large."""
    made = _plain(random)
    made["amount"] = random.lognormal(4, 1, len(made)).round(3)
    return made


def _effects(random: Random) -> pd.DataFrame:
    """Products, regions and channels each have their own level, none depends on another."""
    made = _plain(random)
    for column in ("product", "region", "channel"):
        levels = {name: random.uniform(0.6, 1.6) for name in made[column].unique()}
        made["amount"] *= made[column].map(levels)
    made["amount"] += float(random.choice([-0.5, 0.5])) * made["spend"]
    return made.round(3)


def _seasonal(random: Random, years: int = 3, memory: float = 0.5) -> pd.DataFrame:
    """A trend, a season and months that remember the month before."""
    made, months = _plain(random, 1000 * years, years), np.arange(12 * years + 1)
    month = (pd.to_datetime(made["day"]).dt.year - 2022) * 12 + pd.to_datetime(made["day"]).dt.month - 1
    shocks = random.normal(0, 0.08, len(months))
    for place in months[1:]:
        shocks[place] += memory * shocks[place - 1]
    level = 1 + random.uniform(-0.008, 0.02) * months + 0.25 * np.sin(2 * np.pi * months / 12) + shocks
    made["amount"] *= np.maximum(level, 0.1)[month.to_numpy()]
    return made.round(3)


def _gappy(random: Random) -> pd.DataFrame:
    """One amount in six is missing, wherever."""
    made = _effects(random)
    made.loc[random.random(len(made)) < 1 / 6, "amount"] = None
    return made


PLAIN: Mapping[str, Callable[[Random], pd.DataFrame]] = {
    "noise": _plain, "skewed amounts": _skewed, "effects of groups": _effects, "trend and season": _seasonal,
    "missing at random": _gappy,
}  # fmt: skip


def _turning(random: Random) -> pd.DataFrame:
    """Ash is the cheaper product in every region, but sells mostly where all is dear."""
    made = _plain(random)
    dear = np.where(made["product"] == "Ash", 0.8, 0.2)
    made["region"] = np.where(random.random(len(made)) < dear, "East", random.choice(REGIONS[1:], len(made)))
    made["amount"] += 40 * (made["region"] == "East") - 12 * (made["product"] == "Ash")
    return made.round(3)


def _turning_relation(random: Random) -> pd.DataFrame:
    """Spend lowers the amount in every region, but goes where amounts are high."""
    made = _plain(random)
    level = made["region"].map({name: place for place, name in enumerate(REGIONS)})
    made["spend"] += 20 * level
    made["amount"] += 40 * level - (made["spend"] - 20 * level)
    return made.round(3)


def _one_group(random: Random, lift: float = 1.6) -> pd.DataFrame:
    """Ash sells for more in the South only; elsewhere all products are alike."""
    made = _plain(random)
    made["product"] = random.choice(GROUPS[:2], len(made))
    made.loc[(made["product"] == "Ash") & (made["region"] == "South"), "amount"] *= lift
    return made.round(3)


def _large_group(random: Random) -> pd.DataFrame:
    """The same, five times as much: a total varies with the number of its rows, so less does not show."""
    return _one_group(random, 5.0)


def _one_row(random: Random) -> pd.DataFrame:
    """Elm leads for one order of many times the usual amount."""
    made = _plain(random)
    made["product"] = random.choice(GROUPS, len(made))
    place = random.choice(np.flatnonzero(made["product"] == "Elm"))
    made.loc[place, "amount"] = 300 * 100 * random.uniform(0.8, 1.2)
    return made.round(3)


def _broken(random: Random, memory: float = 0.0) -> pd.DataFrame:
    """From one month of five years on three fifths more, beside trend and season."""
    made = _seasonal(random, 5, memory)
    at = pd.Timestamp("2022-01-01") + pd.DateOffset(months=int(random.integers(18, 43)))
    made.loc[pd.to_datetime(made["day"]) >= at, "amount"] *= 1.6
    return made.round(3)


def _broken_with_memory(random: Random) -> pd.DataFrame:
    """The same in a series whose months remember the month before, so that it wanders by itself."""
    return _broken(random, 0.5)


def _biased(random: Random) -> pd.DataFrame:
    """Amounts of Birch are missing three times as often."""
    made = _effects(random)
    missing = np.where(made["product"] == "Birch", 0.3, 0.1)
    made.loc[random.random(len(made)) < missing, "amount"] = None
    return made


@dataclass(frozen=True)
class Planted:
    """A world with one thing to find: `kind` by the plan that compares it."""

    make: Callable[[Random], pd.DataFrame]
    plan: str
    kind: str


PLANTED: Mapping[str, Planted] = {
    "a difference that turns within regions": Planted(_turning, "mean by group", "reversal"),
    "a correlation that turns within regions": Planted(_turning_relation, "correlation", "reversal"),
    "one region carries a difference of totals": Planted(_large_group, "sum by group", "group"),
    "one region carries a difference of means": Planted(_one_group, "mean by group", "group"),
    "one row carries a lead in the total": Planted(_one_row, "sum by group", "rows"),
    "one row carries a lead in the mean": Planted(_one_row, "mean by group", "rows"),
    "a break in the monthly sum": Planted(_broken, "trend of the sum", "break"),
    "a break in the monthly mean": Planted(_broken, "trend of the mean", "break"),
    "the same, months remembering the last": Planted(_broken_with_memory, "trend of the mean", "break"),
    "values missing more often in one group": Planted(_biased, "compare_groups", "missing"),
}


def found_in(frame: pd.DataFrame, plans: Sequence[str], seconds: list[float] | None = None) -> dict[str, set[str]]:
    """The kinds that the probes find, by plan; `seconds` collects what each search took."""
    with scratch("unasked") as made:
        folder = made
        frame.to_csv(folder / "table.csv", index=False)
        profile = profile_table(open_table(folder / "table.csv", folder))
        connection = open_locked(profile.table.database, memory_mb=2048, temp_directory=folder)
        try:
            return {name: _kinds(StepRunner(connection, profile), profile, name, seconds) for name in plans}
        finally:
            connection.close()


def _kinds(runner: StepRunner, profile: Any, name: str, seconds: list[float] | None) -> set[str]:
    bound = bind(parse_plan({"steps": [PLANS[name]]}), profile)
    for step in bound.steps:
        list(runner.run(step))
    started = time.perf_counter()
    found = {str(message["id"]).removeprefix("check_") for message in runner.unasked(bound.steps)}
    if seconds is not None:
        seconds.append(time.perf_counter() - started)
    runner.forget()
    return found


def alarms(world: str, tables: int, *, first: int = 0) -> dict[str, int]:
    """In how many of `tables` plain tables each plan's result raises an alarm."""
    counted = dict.fromkeys(PLANS, 0)
    for seed in range(first, first + tables):
        for name, kinds in found_in(PLAIN[world](np.random.default_rng(seed)), list(PLANS)).items():
            counted[name] += bool(kinds)
            if kinds:
                print(f"{world}, table {seed}, {name}: {', '.join(sorted(kinds))}", file=sys.stderr)
    return counted


def detections(world: str, tables: int, *, first: int = 0) -> int:
    """In how many of `tables` tables what is planted is found."""
    planted = PLANTED[world]
    made = (planted.make(np.random.default_rng(seed)) for seed in range(first, first + tables))
    return sum(planted.kind in found_in(frame, [planted.plan])[planted.plan] for frame in made)


def speed(rows: int) -> dict[str, float]:
    """Seconds that the search takes on a table of `rows` rows, by plan."""
    frame = _plain(np.random.default_rng(1), rows)
    taken: list[float] = []
    found_in(frame, list(PLANS), taken)
    return dict(zip(PLANS, taken, strict=True))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--tables", type=int, default=100, help="seeded tables per world")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the table for the speed")
    parser.add_argument("--write", action="store_true", help="write the tables into lab/benchmarks/README.md")


def run(given: argparse.Namespace) -> int:
    """Measure, print, and write the section of lab/benchmarks/README.md if asked to."""
    tables = given.tables
    by_world = {world: alarms(world, tables) for world in PLAIN}
    rows = [[world, *(f"{counted[name] / tables:.1%}" for name in PLANS)] for world, counted in by_world.items()]
    means = [statistics.fmean(counted[name] for counted in by_world.values()) / tables for name in PLANS]
    rows.append(["all", *(f"{mean:.1%}" for mean in means)])
    found = [[world, p.plan, f"{detections(world, tables) / tables:.0%}"] for world, p in PLANTED.items()]
    taken = [[name, f"{seconds:.2f}"] for name, seconds in speed(given.rows).items()]
    body = "\n\n".join(
        [
            markdown(["false alarms in", *PLANS], rows),
            markdown(["planted", "plan", "found"], found),
            markdown(["plan", f"s, {given.rows:,} rows"], taken),
        ]
    )
    print(body)
    if given.write:
        about = (
            f"`python main.py bench unasked --write`: {tables} seeded tables per world (1,500 to 3,000 rows, four products, "
            "four regions, three channels, three years). An alarm is any finding in a table that contains none. A row "
            "that carries an effect is only looked for among extreme ones, so data with tails far heavier than lognormal "
            "rightly raise it."
        )
        write_section("unasked", "What the question did not ask: false alarms and detection", about, body)
    return 0
