"""The methods of the plan language: METHODS, by name, in the order in which the planner's prompt lists them."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import Any

import duckdb

from plans.method import Method, Result, Run, Source, refuse
from plans.methods.anomalies import ANOMALIES
from plans.methods.change import CHANGE
from plans.methods.comparison import COMPARE
from plans.methods.contingency import CHI_SQUARE
from plans.methods.correlation import CORRELATION
from plans.methods.descriptive import DESCRIBE
from plans.methods.drivers import DRIVERS
from plans.methods.forecast import FORECAST
from plans.methods.imputation import IMPUTE
from plans.methods.learning import TRAIN
from plans.methods.normality import NORMALITY
from plans.methods.outliers import OUTLIERS
from plans.methods.quality import QUALITY
from plans.methods.regression import REGRESSION
from plans.methods.segments import SEGMENTS
from plans.methods.share import SHARE
from plans.methods.trend import TREND


def _within_range(run: Run) -> Run:
    """`run`, telling the model in words of numbers that are too large to square or add up."""

    @wraps(run)
    def ranged(source: Source, wanted: Any) -> list[Result]:
        try:
            return run(source, wanted)
        except (duckdb.OutOfRangeException, OverflowError) as error:
            raise refuse(
                f"some numbers are infinite or too large to compute with ({str(error).splitlines()[0]}): divide them, "
                "or leave them out, in an SQL step"
            ) from error

    return ranged


METHODS: dict[str, Method] = {
    method.name: replace(method, run=_within_range(method.run))
    for method in (
        DESCRIBE,
        TREND,
        CHANGE,
        SHARE,
        CORRELATION,
        COMPARE,
        CHI_SQUARE,
        DRIVERS,
        SEGMENTS,
        ANOMALIES,
        FORECAST,
        QUALITY,
        OUTLIERS,
        NORMALITY,
        REGRESSION,
        TRAIN,
        IMPUTE,
    )
}
"""Every method of the catalogue."""
