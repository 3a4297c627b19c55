from __future__ import annotations

import itertools
import math
from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analyst.core.errors import PlanError
from analyst.engine.duckdb import DuckEngine
from analyst.stats.forecasting import forecast, naive
from analyst.stats.method import Source
from analyst.stats.registry import METHODS
from analyst.stats.robust import expected_series
from analyst.stats.share import gini, herfindahl
from analyst.stats.slopes import compound_growth, growth, hac_slope, moving_average, seasonal_strength
from tests.stats.conftest import Run


def _daily(start: str, end: str) -> pd.DataFrame:
    days = pd.date_range(start, end)
    return pd.DataFrame({"day": days, "sales": np.arange(len(days), dtype=float), "shop": ["a", "b"] * (len(days) // 2)
                         + ["a"] * (len(days) % 2)})  # fmt: skip


@pytest.mark.parametrize("n", [4, 12, 60, 250])
def test_the_slope_and_its_errors_equal_statsmodels_newey_west(n: int) -> None:
    rng = np.random.default_rng(n)
    values = 3 * np.arange(n) + rng.normal(size=n).cumsum() * 2
    lags = math.floor(4 * (n / 100) ** (2 / 9))
    options = {"maxlags": lags, "use_correction": True}
    fit = sm.OLS(values, sm.add_constant(np.arange(n))).fit(cov_type="HAC", cov_kwds=options, use_t=True)
    line = hac_slope(list(values))
    assert line is not None
    low, high = fit.conf_int()[1]
    assert (line.slope, line.low, line.high) == pytest.approx((fit.params[1], low, high), rel=1e-8)
    assert line.p == pytest.approx(fit.pvalues[1], rel=1e-6, abs=1e-14)


def test_a_straight_line_has_no_doubt_and_a_constant_no_slope() -> None:
    line, flat = hac_slope([1.0, 2.0, 3.0, 4.0]), hac_slope([5.0] * 6)
    assert line is not None and line.slope == pytest.approx(1) and line.p < 1e-6
    assert flat is not None and flat.slope == 0 and flat.p == 1
    assert hac_slope([1.0, None, 2.0]) is None


def test_growth_is_against_the_size_of_what_was_before() -> None:
    assert growth(-10, 5) == 1.5
    assert growth(0, 5) is None and growth(None, 1) is None
    assert compound_growth(100, 121, 2) == pytest.approx(0.1)
    assert compound_growth(100, 121, 0.5) is None and compound_growth(-1, 2, 3) is None
    assert moving_average([1, 2, None, 4, 5, 6], 3) == [None, None, None, None, None, 5]


def test_a_pure_season_has_strength_one_and_noise_little() -> None:
    season = [math.sin(2 * math.pi * t / 12) + 0.1 * t for t in range(48)]
    noise = list(np.random.default_rng(1).normal(size=120))
    strong, weak = seasonal_strength(season, 12), seasonal_strength(noise, 12)
    assert strong == pytest.approx(1, abs=1e-6) and weak is not None and weak < 0.25
    assert seasonal_strength(season[:35], 12) is None


def test_partial_ends_are_flagged_and_left_out_of_the_summary(run: Run) -> None:
    done = run("trend", _daily("2024-01-20", "2024-06-10"), time="day", value="sales", grain="month")
    rows = done.records()
    assert [r["partial"] for r in rows] == [True, False, False, False, False, True]
    assert rows[1]["growth"] is None and rows[2]["growth"] is not None and rows[5]["change"] is None
    summary = done.one("summary")
    assert (summary["first_period"], summary["last_period"], summary["periods"]) == ("2024-02", "2024-05", 4)
    assert summary["best_period"] == "2024-05" and "2024-01" in done.warnings
    frame = _daily("2024-01-20", "2024-06-10")
    month = frame[frame.day.dt.month == 5].sales.sum()
    assert rows[4]["value"] == month


def test_weekends_and_monthly_stamps_do_not_make_a_month_partial(run: Run) -> None:
    workdays = pd.DataFrame({"day": pd.bdate_range("2024-06-03", "2024-08-30")})
    assert not any(r["partial"] for r in run("trend", workdays, time="day", grain="month").records())
    firsts = pd.DataFrame({"day": pd.date_range("2024-01-01", "2024-12-01", freq="MS")})
    assert not any(r["partial"] for r in run("trend", firsts, time="day").records())
    assert [r["partial"] for r in run("trend", firsts[:11], time="day", grain="quarter").records()][-1]


def test_empty_periods_count_zero_for_sums_and_nothing_for_means(run: Run) -> None:
    frame = pd.DataFrame({"d": pd.to_datetime(["2024-01-05", "2024-01-20", "2024-04-05"]), "v": [1.0, 2.0, 3.0]})
    sums = run("trend", frame, time="d", value="v", grain="month").records()
    means = run("trend", frame, time="d", value="v", grain="month", agg="mean").records()
    assert [r["value"] for r in sums] == [3, 0, 0, 3]
    assert [r["value"] for r in means] == [1.5, None, None, 3]
    assert sums[3]["growth"] is None


def test_yes_no_text_gives_a_rate_by_period_and_group(run: Run) -> None:
    frame = pd.DataFrame({"d": ["2024-01-01", "2024-01-01", "2024-02-01", "2024-02-01"], "by": ["u", "v", "u", "v"],
                          "value": ["Yes", "no", "yes", "YES "]})  # fmt: skip
    done = run("trend", frame, time="d", value="value", by="by", grain="month")
    assert [r["value"] for r in done.records()] == [1, 1, 0, 1]
    clash = run("trend", frame.rename(columns={"by": "period"}), time="d", by="period", grain="month")
    assert [r["by_period"] for r in clash.records()] == ["u", "u", "v", "v"]


def test_change_explains_the_difference_of_two_quarters_by_group(run: Run) -> None:
    frame = pd.DataFrame({
        "d": pd.to_datetime(["2024-07-01", "2024-09-30", "2024-10-01", "2024-12-31", "2024-12-31", "2025-01-01"]),
        "shop": ["a", "b", "a", "b", None, "a"], "v": [10.0, 40.0, 25.0, 30.0, 5.0, 999.0],
    })  # fmt: skip
    done = run("change", frame, time="d", value="v", by="shop", **{"from": "2024-Q3", "to": "2024-Q4"})
    rows = {r["shop"]: r for r in done.records()}
    assert list(rows) == ["a", "(missing)", "b"]
    assert (rows["a"]["change"], rows["a"]["growth"], rows["a"]["contribution"]) == (15, 1.5, 1.5)
    assert (rows["b"]["change"], rows["b"]["contribution"]) == (-10, -1)
    assert rows["(missing)"]["before"] == 0 and rows["(missing)"]["growth"] is None
    total = done.one("total")
    assert (total["from"], total["to"], total["before"], total["after"], total["growth"]) == (
        "2024-Q3", "2024-Q4", 50, 60, 0.2)  # fmt: skip
    assert sum(r["contribution"] for r in done.records()) == pytest.approx(1)


def test_change_without_periods_takes_the_last_two_whole_ones(run: Run) -> None:
    total = run("change", _daily("2024-01-01", "2024-12-10"), time="day", value="sales").one("total")
    assert (total["from"], total["to"]) == ("2024-10", "2024-11")
    one = run("change", _daily("2024-01-01", "2024-12-31"), time="day", value="sales", to="2024-Q2").one("total")
    assert (one["from"], one["to"]) == ("2024-Q1", "2024-Q2")


def test_change_names_an_empty_or_unfinished_period(run: Run) -> None:
    with pytest.raises(PlanError, match=r"no row is in 2019-Q1.*2024-01-01 to 2024-12-10"):
        run("change", _daily("2024-01-01", "2024-12-10"), time="day", **{"from": "2019-Q1", "to": "2024-Q1"})
    done = run("change", _daily("2024-01-01", "2024-12-10"), time="day", **{"from": "2024-Q3", "to": "2024-Q4"})
    assert "2024-Q4" in done.warnings and "not complete" in done.warnings


def test_shares_and_concentration_by_hand(run: Run) -> None:
    frame = pd.DataFrame({"g": list("aabc"), "v": [3.0, 3.0, 3.0, 1.0]})
    done = run("share", frame, by="g", value="v")
    assert [(r["g"], r["share"], r["cumulative_share"], r["rank"]) for r in done.records()] == [
        ("a", 0.6, 0.6, 1), ("b", 0.3, pytest.approx(0.9), 2), ("c", 0.1, 1, 3)]  # fmt: skip
    total = done.one("total")
    assert total["hhi"] == pytest.approx(0.46) and total["gini"] == pytest.approx(1 / 3)
    assert run("share", frame, by="g", value="v", top=2).one("total")["top_share"] == pytest.approx(0.9)
    assert run("share", frame, by="g").records()[0]["value"] == 2
    assert "negative" in run("share", frame.assign(v=[-9.0, 3, 3, 1]), by="g", value="v").warnings


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30).filter(lambda v: sum(v) > 1e-6))
def test_gini_is_the_mean_absolute_difference_over_twice_the_mean(values: list[float]) -> None:
    n, mean = len(values), math.fsum(values) / len(values)
    by_pairs = math.fsum(abs(a - b) for a, b in itertools.product(values, values)) / (2 * n * n * mean)
    assert gini(values) == pytest.approx(by_pairs, abs=1e-9)
    hhi = herfindahl(values)
    assert hhi is not None and 1 / n - 1e-9 <= hhi <= 1 + 1e-9


def test_a_spike_in_a_seasonal_series_is_found_and_nothing_else(run: Run) -> None:
    days = pd.date_range("2024-01-01", periods=70)
    rng = np.random.default_rng(3)
    values = 100 + 30 * (days.dayofweek >= 5) + rng.normal(0, 1, 70)
    values = np.where(days == "2024-02-14", values + 40, values)
    done = run("anomalies", pd.DataFrame({"d": days, "v": values}), value="v", time="d", grain="day")
    assert done.records()[0]["label"] == "2024-02-14"
    assert done.records()[0]["deviation"] == pytest.approx(40, abs=4)
    assert done.one("summary")["found"] == 1 and len(done.records("history")) == 70


@pytest.mark.parametrize(("periods", "cycle"), [(70, 7), (60, 12), (24, 4)])
def test_a_spike_is_found_in_noise_and_noise_is_left_alone(periods: int, cycle: int) -> None:
    found = false = 0
    for seed in range(12):
        rng, t = np.random.default_rng(seed), np.arange(periods)
        values = 100 + 0.2 * t + 20 * np.sin(2 * np.pi * t / cycle) + rng.normal(0, 3, periods)
        spike = int(rng.integers(0, periods))
        values[spike] += 30
        expected = expected_series(values, cycle)
        far = np.flatnonzero(np.abs(values - expected.values) > 3.5 * expected.spread)
        found, false = found + (spike in far), false + len(far) - (spike in far)
    assert found >= 11 and false <= 6


def test_rows_are_scored_by_median_and_mad_within_their_group(run: Run) -> None:
    frame = pd.DataFrame({"_row": range(22), "g": ["a"] * 11 + ["b"] * 11,
                          "v": [*range(10), 100.0, *range(1000, 1010), 1004.0]})  # fmt: skip
    done = run("anomalies", frame, value="v", by="g")
    row = done.one()
    assert (row["label"], row["g"], row["expected"]) == (10, "a", 5)
    mad = np.median(np.abs(frame.v[:11] - 5))
    assert row["robust_z"] == pytest.approx(95 / (1.482602218505602 * mad))
    assert not run("anomalies", frame.assign(v=7.0), value="v").records()


def test_a_forecast_continues_a_seasonal_series_and_knows_its_error(run: Run) -> None:
    months = pd.date_range("2019-01-31", periods=60, freq="ME")
    truth = 200 + 2.0 * np.arange(66) + 40 * np.sin(2 * np.pi * np.arange(66) / 12)
    noisy = truth[:60] + np.random.default_rng(5).normal(0, 3, 60)
    done = run("forecast", pd.DataFrame({"d": months, "v": noisy}), time="d", value="v", horizon=6)
    rows, summary = done.records(), done.one("summary")
    assert [r["period"] for r in rows] == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]
    assert summary["model"] == "Holt-Winters" and summary["mase"] < 0.7
    assert [r["mean"] for r in rows] == pytest.approx(truth[60:], abs=12)
    for row, expected in zip(rows, truth[60:], strict=True):
        assert row["low_95"] < row["low_80"] < row["mean"] < row["high_80"] < row["high_95"]
        assert row["low_95"] < expected < row["high_95"]
    assert summary["total"] == pytest.approx(sum(r["mean"] for r in rows))


def test_a_forecast_of_few_periods_is_refused_with_the_fix(run: Run) -> None:
    with pytest.raises(PlanError, match=r"7 complete period.*at least 8.*finer grain"):
        run("forecast", _daily("2024-01-01", "2024-07-31"), time="day", value="sales", grain="month")


def test_a_repeating_series_is_forecast_by_its_season_without_error() -> None:
    history = np.tile([1.0, 5.0, 3.0, 7.0], 6)
    assert list(naive(history, 6, 4)) == [1, 5, 3, 7, 1, 5]
    made = forecast(history, 4, 4)
    assert made.naive_mae == 0 and made.model == "seasonal naive" and list(made.mean) == [1, 5, 3, 7]


def test_intervals_hold_about_as_often_as_they_say() -> None:
    inside = total = 0
    for seed in range(12):
        values = 100 + np.random.default_rng(seed).normal(0, 10, 30)
        made = forecast(values[:24], 6, 12)
        inside += int((np.abs(values[24:] - made.mean) < 1.2815515655446004 * made.spread).sum())
        total += 6
    assert 0.68 <= inside / total <= 0.95


def test_a_season_is_not_learnt_from_two_years_that_leave_none_to_test_it_on() -> None:
    made = forecast(np.random.default_rng(0).normal(100, 10, 24), 6, 12)
    assert made.model != "Holt-Winters"


@settings(deadline=None, max_examples=4)
@given(st.lists(st.floats(-1e9, 1e9), min_size=8, max_size=16))
def test_any_short_series_gets_a_finite_forecast(values: list[float]) -> None:
    made = forecast(np.array(values), 3, 12)
    assert np.isfinite(made.mean).all() and np.isfinite(made.spread).all() and (made.spread >= 0).all()


def test_quality_finds_what_was_planted_and_its_repair_runs(run: Run) -> None:
    n = 60
    frame = pd.DataFrame({
        "_row": range(n), "city": ["Lyon", "lyon ", "Paris"] * 20, "gap": [None if i % 3 == 0 else float(i) for i in range(n)],
        "money": [f"${i},{i:03d}" for i in range(1, n + 1)], "same": ["x"] * n,
    })  # fmt: skip
    done = run("quality", frame)
    found = {(r["issue"], r["column"]): r for r in done.records()}
    assert found["missing", "gap"]["count"] == 20 and found["missing", "gap"]["percent"] == pytest.approx(1 / 3)
    assert {("numbers_as_text", "money"), ("near_duplicates", "city"), ("constant", "same")} <= set(found)
    repaired = done.connection.execute(found["missing", "gap"]["repair"]).df()
    assert repaired["gap"].notna().all() if len(repaired) == n else len(repaired) == 40
    assert {r["column"] for r in run("quality", frame, columns=["gap"]).records()} == {"gap"}


def test_a_repair_reads_the_table_that_was_checked(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE \"a step\" AS SELECT nullif(range, 3) AS gap, ' FROM data' AS same FROM range(40)")
    method, source = METHODS["quality"], Source(DuckEngine(connection), "a step")
    [found] = method.run(source, method.parameters())
    repairs = {row[0]: row[-1] for row in found.rows}
    assert connection.execute(repairs["missing"]).fetchall().count((None, " FROM data")) == 0
    assert connection.execute(repairs["constant"]).fetchone() == (0,)


def test_dates_at_the_end_of_the_calendar_do_not_break_periods(run: Run) -> None:
    frame = pd.DataFrame({"d": [date(9999, 12, 31), date(1, 1, 1)]})
    for method in ("trend", "change", "forecast"):
        with pytest.raises(PlanError, match="unlikely dates"):
            run(method, frame, time="d", grain="day")
    far = pd.DataFrame({"d": [date(1900, 1, 1), date(2024, 1, 1)]})
    with pytest.raises(PlanError, match="coarser grain"):
        run("trend", far, time="d", grain="day")


def test_a_trend_tells_the_period_in_which_a_series_turns(run: Run) -> None:
    days = pd.date_range("2020-01-01", "2021-12-31", freq="D")
    month = (days.year - 2020) * 12 + days.month - 1
    frame = pd.DataFrame({"d": days, "v": [float(m if m <= 12 else 24 - m) for m in month]})
    summary = run("trend", frame, time="d", value="v", grain="month", agg="mean").records("summary")[0]
    assert summary["turn"] == "2021-01" and summary["slope_before"] > 0 > summary["slope_after"]
    straight = pd.DataFrame({"d": days, "v": [float(m) for m in month]})
    summary = run("trend", straight, time="d", value="v", grain="month", agg="mean").records("summary")[0]
    assert (summary["turn"], summary["slope_before"], summary["slope_after"]) == (None, None, None)
