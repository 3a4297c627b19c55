"""A backtest of forecast models on real series: `python main.py bench forecasts [--write] [--csv FILE,TIME,VALUE,GRAIN]`.

Rolling origins over each series' last 40%, every model from the same ones. Errors: MASE (mean absolute error over that
of the seasonal naive forecast within the history; Hyndman & Koehler 2006), sMAPE, the share of values inside the 80%
and the 95% interval, and the interval score of the latter on the same scale (Gneiting & Raftery 2007: width plus 40
times each miss). The series ship with statsmodels; --csv adds others. statsforecast is measured where it is installed: it is no
dependency of the platform.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analyst.stats import forecasting
from analyst.stats.forecasting import Z80, Z95
from analyst.stats.periods import CYCLE
from lab.benchmarks.tables import markdown, write_section

Vector = np.ndarray[Any, np.dtype[np.float64]]
HORIZON = {"day": 14, "week": 8, "month": 12, "quarter": 8, "year": 5}
ORIGINS, MOST = 6, 600
_MISS = 2 / 0.05


@dataclass(frozen=True)
class Series:
    """A real series by period of `grain`."""

    name: str
    values: Vector
    grain: str


@dataclass(frozen=True)
class Made:
    """A forecast: the mean, and the ends of the 80% and the 95% interval."""

    mean: Vector
    low80: Vector
    high80: Vector
    low95: Vector
    high95: Vector


Model = Callable[[Vector, int, int], Made]


def shipped() -> Iterator[Series]:
    """The series that come with statsmodels."""
    from statsmodels.datasets import co2, copper, elnino, interest_inflation, macrodata, nile, sunspots

    monthly = co2.load_pandas().data["co2"].resample("MS").mean().interpolate()
    yield Series("co2, monthly", monthly.to_numpy(float), "month")
    yield Series("elnino, monthly", elnino.load_pandas().data.iloc[:, 1:].to_numpy(float).ravel(), "month")
    yield Series("sunspots, yearly", sunspots.load_pandas().data["SUNACTIVITY"].to_numpy(float), "year")
    yield Series("nile, yearly", nile.load_pandas().data["volume"].to_numpy(float), "year")
    yield Series("copper, yearly", copper.load_pandas().data["WORLDCONSUMPTION"].to_numpy(float), "year")
    macro = macrodata.load_pandas().data
    for column in ("realgdp", "realcons", "realinv", "realgovt", "cpi", "m1", "tbilrate", "unemp", "infl"):
        yield Series(f"{column}, quarterly", macro[column].to_numpy(float), "quarter")
    prices = interest_inflation.load_pandas().data["Dp"]
    yield Series("German inflation, quarterly", prices.to_numpy(float), "quarter")


def from_csv(text: str) -> Series:
    """The series that `FILE,TIME,VALUE,GRAIN` names: the mean of VALUE by period."""
    file, when, value, grain = text.rsplit(",", 3)
    frame = pd.read_csv(file)
    frame["when"] = pd.to_datetime(frame[when].astype(str))
    frequency = {"day": "D", "week": "W", "month": "MS", "quarter": "QS", "year": "YS"}[grain]
    made = frame.set_index("when")[value].resample(frequency).mean().interpolate()
    return Series(f"{value}, {grain}", made.to_numpy(float), grain)


def ours(history: Vector, horizon: int, cycle: int) -> Made:
    """The platform's own choice among statsmodels' smoothing models (analyst.stats.forecasting)."""
    found = forecasting.forecast(history, horizon, cycle)
    return _around(found.mean, found.spread)


def seasonal_naive(history: Vector, horizon: int, cycle: int) -> Made:
    """The value of one cycle ago, its spread that of the changes over a cycle."""
    mean = forecasting.naive(history, horizon, cycle)
    lag = cycle if len(history) >= 2 * cycle else 1
    gaps = history[lag:] - history[:-lag]
    return _around(mean, gaps.std() * np.sqrt(np.ceil(np.arange(1, horizon + 1) / lag)))


def _around(mean: Vector, spread: Vector) -> Made:
    return Made(mean, mean - Z80 * spread, mean + Z80 * spread, mean - Z95 * spread, mean + Z95 * spread)


def nixtla(name: str) -> Model:
    """A model of statsforecast by its class name."""

    def forecast(history: Vector, horizon: int, cycle: int) -> Made:
        from statsforecast import models  # type: ignore[import-not-found, unused-ignore]

        made = getattr(models, name)(season_length=cycle).forecast(y=history, h=horizon, level=[80, 95])
        return Made(*(np.asarray(made[key]) for key in ("mean", "lo-80", "hi-80", "lo-95", "hi-95")))

    return forecast


def _monthly(history: Vector) -> pd.Series[float]:
    """The values with an index, which some of statsmodels' models need; that it is of months changes nothing."""
    return pd.Series(history, pd.period_range("1800-01", periods=len(history), freq="M"))


def ets(history: Vector, horizon: int, cycle: int) -> Made:
    """statsmodels' ETS: additive errors, damped trend, additive season."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    season = cycle if cycle > 1 and len(history) >= 2 * cycle else None
    model = ETSModel(_monthly(history), trend="add", damped_trend=True, seasonal="add" if season else None,
                     seasonal_periods=season)  # fmt: skip
    end = len(history)
    found = model.fit(disp=False).get_prediction(end, end + horizon - 1)
    ends = [found.pred_int(alpha) for alpha in (0.2, 0.05)]
    return Made(np.asarray(found.predicted_mean), *(e.to_numpy()[:, side] for e in ends for side in (0, 1)))


def arima(history: Vector, horizon: int, cycle: int) -> Made:
    """statsmodels' ARIMA(1,1,1), with a season (0,1,1): the airline model's usual shape, from the last 120 values."""
    from statsmodels.tsa.arima.model import ARIMA

    season = (0, 1, 1, cycle) if 1 < cycle <= 12 and len(history) >= 3 * cycle else (0, 0, 0, 0)
    found = ARIMA(history[-120:], order=(1, 1, 1), seasonal_order=season).fit().get_forecast(horizon)
    ends = [found.conf_int(alpha=alpha) for alpha in (0.2, 0.05)]
    return Made(np.asarray(found.predicted_mean), *(np.asarray(e)[:, side] for e in ends for side in (0, 1)))


def theta(history: Vector, horizon: int, cycle: int) -> Made:
    """statsmodels' Theta, with its own intervals."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    seasonal = cycle > 1 and len(history) >= 2 * cycle
    found = ThetaModel(_monthly(history), period=cycle if seasonal else 1, deseasonalize=seasonal).fit()
    ends = [found.prediction_intervals(horizon, alpha=alpha).to_numpy() for alpha in (0.2, 0.05)]
    return Made(found.forecast(horizon).to_numpy(), *(e[:, side] for e in ends for side in (0, 1)))


OURS = "the platform's (statsmodels)"
MODELS: dict[str, Model] = {
    "seasonal naive": seasonal_naive, OURS: ours, "statsmodels ETS": ets, "statsmodels ARIMA": arima,
    "statsmodels Theta": theta,
}  # fmt: skip
LIBRARY = ("AutoETS", "AutoARIMA", "AutoTheta")


@dataclass(frozen=True)
class Score:
    """What one model did on one series."""

    mase: float
    smape: float
    inside80: float
    inside95: float
    interval: float
    seconds: float


def judge(series: Series, model: Model) -> Score:
    """The model's mean score over the series' origins."""
    horizon, cycle = HORIZON[series.grain], CYCLE[series.grain]
    values = series.values[-MOST:]
    first = max(int(0.6 * len(values)), 2 * cycle + 2)
    origins = sorted({int(o) for o in np.linspace(first, len(values) - horizon, ORIGINS)})
    found = [_at(values, origin, horizon, cycle, model) for origin in origins]
    columns = list(zip(*found, strict=True))
    mase, smape, inside80, inside95, interval = (statistics.fmean(column) for column in columns[:-1])
    return Score(mase, smape, inside80, inside95, interval, statistics.median(columns[-1]))


def _at(values: Vector, origin: int, horizon: int, cycle: int, model: Model) -> tuple[float, ...]:
    history, actual = values[:origin], values[origin : origin + horizon]
    lag = cycle if origin >= 2 * cycle else 1
    scale = float(np.abs(history[lag:] - history[:-lag]).mean()) or 1.0
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = model(history, horizon, cycle)
    taken = time.perf_counter() - started
    missed = np.maximum(made.low95 - actual, 0) + np.maximum(actual - made.high95, 0)
    return (
        float(np.abs(actual - made.mean).mean()) / scale,
        float((2 * np.abs(actual - made.mean) / np.maximum(np.abs(actual) + np.abs(made.mean), 1e-12)).mean()),
        float(((made.low80 <= actual) & (actual <= made.high80)).mean()),
        float(((made.low95 <= actual) & (actual <= made.high95)).mean()),
        float((made.high95 - made.low95 + _MISS * missed).mean()) / scale,
        taken,
    )


def import_seconds(statement: str) -> float:
    """The median seconds that an import takes in a fresh interpreter, an empty one's start taken off."""

    def once(code: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - started

    return statistics.median(once(statement) - once("pass") for _ in range(3))


def summary(scores: dict[str, dict[str, Score]]) -> list[list[str]]:
    """A row a model: medians and means over the series."""
    rows = []
    for name, by_series in scores.items():
        all_ = list(by_series.values())
        best = sum(s.mase == min(other[key].mase for other in scores.values()) for key, s in by_series.items())
        rows.append([
            name,
            f"{statistics.fmean(s.mase for s in all_):.2f}",
            f"{math.exp(statistics.fmean(math.log(max(s.mase, 1e-9)) for s in all_)):.2f}",
            f"{statistics.median(s.smape for s in all_):.1%}",
            f"{best} of {len(all_)}",
            f"{statistics.fmean(s.inside80 for s in all_):.0%}",
            f"{statistics.fmean(s.inside95 for s in all_):.0%}",
            f"{statistics.fmean(s.interval for s in all_):.1f}",
            f"{statistics.median(s.seconds for s in all_):.2f}",
            f"{max(s.seconds for s in all_):.2f}",
        ])  # fmt: skip
    return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--write", action="store_true", help="write the tables into lab/benchmarks/README.md")
    parser.add_argument("--csv", action="append", default=[], help="a further series: FILE,TIME,VALUE,GRAIN")


def run(given: argparse.Namespace) -> int:
    """Measure, print, and write the section of lab/benchmarks/README.md if asked to."""
    models = dict(MODELS)
    if importlib.util.find_spec("statsforecast") is not None:
        models |= {f"statsforecast {name}": nixtla(name) for name in LIBRARY}
    else:
        print("statsforecast is not installed: only the platform's models are measured", file=sys.stderr)
    scores: dict[str, dict[str, Score]] = {name: {} for name in models}
    for series in [*shipped(), *map(from_csv, given.csv)]:
        for name, model in models.items():
            scores[name][series.name] = judge(series, model)
        told = "  ".join(f"{by[series.name].mase:.2f}" for by in scores.values())
        print(f"{series.name:30} {len(series.values):5} {told}", flush=True)
    columns = [
        "model",
        "MASE, mean",
        "geometric",
        "sMAPE, median",
        "best on",
        "in 80%",
        "in 95%",
        "interval score",
        "s, median",
        "s, most",
    ]
    body = markdown(columns, summary(scores))
    each = markdown(["MASE", *models], [[key, *(f"{scores[m][key].mase:.2f}" for m in models)] for key in scores[OURS]])
    libraries = {"statsmodels": "import statsmodels.tsa.holtwinters"}
    if len(models) > len(MODELS):
        libraries["statsforecast"] = "import statsforecast.models"
    imports = ", ".join(f"{name} {import_seconds(code):.1f} s" for name, code in libraries.items())
    print(f"{body}\n\n{each}\n\nimports: {imports}")
    if given.write:
        about = (
            "`python main.py bench forecasts --write` (with statsforecast installed too): rolling origins over the "
            f"last 40% of each series, {ORIGINS} of them, horizons {HORIZON}. Imports: {imports}."
        )
        write_section("forecasts", "Forecasts backtested on real series", about, f"{body}\n\n{each}")
    return 0
