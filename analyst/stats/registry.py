"""The methods of the plan language: METHODS, by name, in the order in which the planner's prompt lists them."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import Any

from analyst.engine.errors import OutOfRangeError
from analyst.stats.anomalies import ANOMALIES
from analyst.stats.change import CHANGE
from analyst.stats.comparison import COMPARE
from analyst.stats.contingency import CHI_SQUARE
from analyst.stats.correlation import CORRELATION
from analyst.stats.descriptive import DESCRIBE
from analyst.stats.drivers import DRIVERS
from analyst.stats.forecast import FORECAST
from analyst.stats.imputation import IMPUTE
from analyst.stats.learning import TRAIN
from analyst.stats.location import LOCATION
from analyst.stats.method import Method, Result, Run, Source, refuse
from analyst.stats.normality import NORMALITY
from analyst.stats.outliers import OUTLIERS
from analyst.stats.quality import QUALITY
from analyst.stats.regression import REGRESSION
from analyst.stats.segments import SEGMENTS
from analyst.stats.share import SHARE
from analyst.stats.trend import TREND


def _within_range(run: Run) -> Run:
    """`run`, telling the model in words of numbers that are too large to square or add up."""

    @wraps(run)
    def ranged(source: Source, wanted: Any) -> list[Result]:
        try:
            return run(source, wanted)
        except (OutOfRangeError, OverflowError) as error:
            raise refuse(
                f"some numbers are infinite or too large to compute with ({str(error).splitlines()[0]}): scale them "
                "down or leave them out in an SQL step"
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
        LOCATION,
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
