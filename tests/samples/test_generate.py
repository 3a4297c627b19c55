from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.samples.catalog import DEFAULT, FOLDER, SAMPLES
from analyst.samples.generate import SIZES, generate
from main import main

WRITTEN: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "truths.json").read_text(encoding="utf-8"))
TRUTHS = {(truth["sample"], truth["question"]): truth for truth in WRITTEN["truths"]}


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(SAMPLES[name].path)


def quarter(name: str) -> pd.Series[float]:
    sales = table("sales")
    period = pd.to_datetime(sales["order_date"]).dt.to_period("Q").astype(str)
    return sales[period == name].groupby("product")["revenue"].sum()


def test_the_committed_files_are_what_the_seeded_generator_writes(tmp_path: Path) -> None:
    for path in generate(tmp_path):
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name


def test_the_full_sizes_have_the_rows_that_the_load_test_wants(tmp_path: Path) -> None:
    main(["samples", "--sizes", "full", "--out", str(tmp_path)])
    for name, rows in SIZES["full"].items():
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) == rows


def test_every_sample_has_a_question_and_a_truth_for_it() -> None:
    assert DEFAULT in SAMPLES
    assert {(name, sample.question) for name, sample in SAMPLES.items()} <= TRUTHS.keys()


@pytest.mark.parametrize("before", ["2024Q3", "2023Q4"])
def test_two_products_grow_most_and_one_falls_most_whatever_the_comparison(before: str) -> None:
    after = quarter("2024Q4")
    growth, change = after / quarter(before) - 1, after - quarter(before)
    best = TRUTHS["sales", SAMPLES["sales"].question]["must_say"]
    worst = TRUTHS["sales", "Which product had the largest drop in revenue in Q4?"]["must_say"]
    for measure in (growth, change):
        assert set(measure.nlargest(2).index) == set(best)
        assert list(measure.nsmallest(1).index) == worst
    assert growth[worst[0]] < -0.4 and growth[best].min() > 1


def test_the_growth_written_down_is_what_pandas_computes() -> None:
    expected = TRUTHS["sales", SAMPLES["sales"].question]["expected"]["growth_from_previous_quarter"]
    growth = quarter("2024Q4") / quarter("2024Q3") - 1
    assert growth.to_dict() == pytest.approx(expected)


def test_contract_and_support_calls_drive_churn_and_nothing_else_does() -> None:
    churn = table("churn")
    left = churn["churn"] == "yes"
    rates = left.groupby(churn["contract"]).mean()
    expected = TRUTHS["churn", SAMPLES["churn"].question]["expected"]
    assert rates.to_dict() == pytest.approx(expected["rate_by_contract"])
    assert rates["Month-to-month"] > 2 * rates.drop("Month-to-month").max()
    calls = list(expected["rate_by_support_calls"].values())
    assert calls == sorted(calls) and calls[-1] > 2 * calls[0]
    for other in ("region", "payment_method"):
        by_level = left.groupby(churn[other].str.lower()).mean()
        assert by_level.max() - by_level.min() < 0.12


def test_one_channel_pays_back_best_and_one_day_stands_out() -> None:
    campaigns = table("campaigns")
    sums = campaigns.groupby("channel")[["revenue", "spend"]].sum()
    returns = sums["revenue"] / sums["spend"]
    truth = TRUTHS["campaigns", SAMPLES["campaigns"].question]
    assert [returns.idxmax()] == truth["must_say"]
    assert returns.to_dict() == pytest.approx(truth["expected"]["revenue_per_spend"])
    daily = campaigns.groupby("date")["spend"].sum()
    day = TRUTHS["campaigns", "On which day was spend unusual?"]
    assert [daily.idxmax()] == day["must_say"] and daily.max() > 3 * daily.nlargest(2).iloc[1]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_planted_faults_are_found_with_their_counts(name: str, tmp_path: Path) -> None:
    issues = profile_table(open_table(SAMPLES[name].path, tmp_path)).issues
    found = {(issue.kind, issue.column): issue.count for issue in issues}
    for fault in WRITTEN["faults"]:
        if fault["sample"] == name:
            assert found[fault["issue"], fault["column"]] == fault["count"], fault
