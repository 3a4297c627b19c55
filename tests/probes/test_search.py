"""The search over a plan's steps by the path that every plan takes: worker, evidence, what a model sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.engine.duckdb import open_locked
from analyst.execution.runner import PlanRunner
from analyst.execution.steps import StepRunner
from analyst.probes.search import Search
from analyst.protocol.evidence import UNASKED, Evidence, EvidenceTable, write_evidence
from lab.benchmarks import unasked as worlds


def searched(frame: pd.DataFrame, folder: Path, *steps: dict[str, Any]) -> dict[str, EvidenceTable]:
    """The tables that are found beside a plan's results, by kind."""
    frame.to_csv(folder / "t.csv", index=False)
    profile = profile_table(open_table(folder / "t.csv", folder))
    with PlanRunner(profile) as runner:
        bound = runner.bind({"steps": list(steps)})
        runner.execute(bound)
        found = runner.unasked(bound)
    assert all(table.method == UNASKED and table.row_count == 1 for table in found.tables)
    return {table.id.removeprefix("check_"): table for table in found.tables}


def world(name: str, seed: int = 3) -> pd.DataFrame:
    return worlds.PLANTED[name].make(np.random.default_rng(seed))


MEAN = {"id": "s1", "sql": "SELECT product, avg(amount) AS mean FROM data GROUP BY 1 ORDER BY 2 DESC"}
TOTAL = {"id": "s1", "sql": "SELECT product, sum(amount) AS total FROM data GROUP BY 1 ORDER BY 2 DESC"}


def test_a_reversal_is_told_with_the_numbers_of_both_directions(tmp_path: Path) -> None:
    frame = world("a difference that turns within regions")
    (row,) = searched(frame, tmp_path, MEAN)["reversal"].records()
    assert (row["dimension"], row["first"]) == ("region", "Ash")
    of = frame[frame["product"].isin([row["first"], row["second"]])].groupby("product")["amount"].mean()
    assert row["difference"] == pytest.approx(of[row["first"]] - of[row["second"]])
    assert row["within"] < 0 < row["difference"] and row["turned"] <= row["levels"]


def test_rows_prepared_by_an_earlier_step_are_split_by_columns_of_the_data(tmp_path: Path) -> None:
    frame = world("a difference that turns within regions")
    prepared = {"id": "prepared", "sql": "SELECT _row, product, amount FROM data"}
    tested = {"id": "s1", "method": "compare_groups", "value": "amount", "group": "product", "test": "anova",
              "source": "prepared"}  # fmt: skip
    assert searched(frame, tmp_path, prepared, tested)["reversal"].records()[0]["dimension"] == "region"


def test_the_number_without_a_single_row_is_withheld_from_models_and_kept_for_readers(tmp_path: Path) -> None:
    table = searched(world("one row carries a lead in the total"), tmp_path, TOTAL)["rows"]
    (row,) = table.records()
    assert row["rows_left_out"] == 1 and row["without"] < 0 < row["difference"]
    shown = write_evidence(Evidence((table,)))
    assert '"?"' in shown and f"{row['without']:.6g}" not in shown


def test_a_group_that_carries_a_difference_is_named(tmp_path: Path) -> None:
    (row,) = searched(world("one region carries a difference of means"), tmp_path, MEAN)["group"].records()
    assert (row["dimension"], row["left_out"]) == ("region", "South")
    assert abs(row["without"]) < 0.25 * row["difference"]


def test_periods_that_sql_made_are_searched_for_a_break(tmp_path: Path) -> None:
    t = np.arange(48)
    days = [f"{2021 + m // 12}-{m % 12 + 1:02d}-{d:02d}" for m in t for d in (3, 13, 23)]
    amount = 100 + np.random.default_rng(1).normal(0, 3, len(days)) + np.where(np.arange(len(days)) >= 90, 40, 0)
    sql = "SELECT strftime(day, '%Y-%m') AS month, avg(amount) AS mean FROM data GROUP BY 1 ORDER BY 1"
    found = searched(pd.DataFrame({"day": days, "amount": amount.round(2)}), tmp_path, {"id": "s1", "sql": sql})
    assert found["break"].records()[0]["period"] == "2023-07"


def test_days_that_single_rows_hold_are_not_told(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")
    amount = 100 + np.random.default_rng(1).normal(0, 3, 60) + np.where(np.arange(60) >= 30, 40, 0)
    sql = "SELECT day, avg(amount) AS mean FROM data GROUP BY 1 ORDER BY 1"
    assert searched(pd.DataFrame({"day": days, "amount": amount.round(2)}), tmp_path, {"id": "s1", "sql": sql}) == {}


def test_missing_values_of_one_side_are_told_as_shares(tmp_path: Path) -> None:
    frame = world("values missing more often in one group")
    (row,) = searched(frame, tmp_path, MEAN)["missing"].records()
    assert row["first"] == "Birch"
    assert row["first_missing"] == pytest.approx(frame.loc[frame["product"] == "Birch", "amount"].isna().mean())


def test_groups_that_are_no_categories_are_never_looked_at(tmp_path: Path) -> None:
    frame = world("values missing more often in one group")
    frame["email"] = [f"person{n % 40}@example.com" for n in range(len(frame))]
    sql = "SELECT email, avg(amount) AS mean FROM data GROUP BY 1 ORDER BY 2 DESC"
    assert searched(frame, tmp_path, {"id": "s1", "sql": sql}) == {}


def test_a_search_that_is_out_of_time_finds_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    world("a difference that turns within regions").to_csv(tmp_path / "t.csv", index=False)
    profile = profile_table(open_table(tmp_path / "t.csv", tmp_path))
    engine = open_locked(profile.table.database, memory_mb=500, temp_directory=tmp_path)
    runner = StepRunner(engine, profile)
    with PlanRunner(profile) as binder:
        bound = binder.bind({"steps": [MEAN]})
    for step in bound.steps:
        list(runner.run(step))
    assert list(Search(engine, profile, runner.source, limit_s=-1.0).results(bound.steps)) == []
    assert engine.rows("SELECT count(*) FROM data")[0][0] > 0
    engine.close()


SOLD = pd.DataFrame(
    {
        "product": ["Ash", "Ash", "Ash", "Oak", "Oak", "Elm"],
        "amount": [100, 100, 100, 150, 90, 40],
        "day": [1, 1, 1, 2, 3, 4],
    }
)
"""Ash's only sale stands there three times."""


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (TOTAL["sql"], ("Ash", 300, 100, "Oak")),
        ("SELECT sum(amount) AS total FROM data", (None, 580, 380, None)),
        ("SELECT count(*) AS n FROM data WHERE product = 'Ash'", (None, 3, 1, None)),
        ("SELECT avg(amount) AS mean FROM data", (None, 580 / 6, 95, None)),
    ],
)
def test_what_repeated_rows_change_in_the_leading_figure_is_computed(
    tmp_path: Path, sql: str, told: tuple[str | None, float, float, str | None]
) -> None:
    (row,) = searched(SOLD, tmp_path, {"id": "s1", "sql": sql})["repeats"].records()
    assert row["rows_left_out"] == 2
    assert (row["first"], row["leads_without"]) == (told[0], told[3])
    assert (row["value"], row["without"]) == pytest.approx(told[1:3])


@pytest.mark.parametrize(("name", "kind"), [("large_rate", "percent"), ("large", "number")])
def test_what_repeated_rows_change_in_a_rate_is_told_as_one(tmp_path: Path, name: str, kind: str) -> None:
    found = searched(SOLD, tmp_path, {"id": "s1", "sql": f"SELECT avg((amount >= 98)::INT) AS {name} FROM data"})
    assert {found["repeats"].formats[column] for column in ("value", "without")} == {kind}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT product, max(amount) AS most FROM data GROUP BY 1 ORDER BY 2 DESC",
        "SELECT avg(amount) AS mean FROM data WHERE product <> 'Ash'",
        "SELECT count(DISTINCT product) AS n FROM data",
    ],
)
def test_repeated_rows_that_change_nothing_are_not_told(tmp_path: Path, sql: str) -> None:
    assert "repeats" not in searched(SOLD, tmp_path, {"id": "s1", "sql": sql})


def test_a_figure_without_repeated_rows_is_withheld_where_rows_are_of_people(tmp_path: Path) -> None:
    people = SOLD.assign(email=[f"{name}@corp.example" for name in "aaabcd"])
    table = searched(people, tmp_path, {"id": "s1", "sql": "SELECT sum(amount) AS total FROM data"})["repeats"]
    assert table.records()[0]["without"] == 380 and '"?"' in write_evidence(Evidence((table,)))
