"""The methods of the plan language: METHODS, by name, in the order in which the planner's prompt lists them."""

from __future__ import annotations

from plans.method import Method
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
from plans.methods.share import SHARE
from plans.methods.trend import TREND

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        DESCRIBE,
        TREND,
        CHANGE,
        SHARE,
        CORRELATION,
        COMPARE,
        CHI_SQUARE,
        DRIVERS,
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
