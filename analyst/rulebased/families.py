"""Kinds of asking: the words by which each is known in a question, and what in a plan answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from analyst.protocol.lexicon import HIGHEST, LOWEST
from analyst.rulebased import words
from analyst.rulebased.plan_facts import Operation, PlanFacts
from analyst.rulebased.windows import FIRST_DATE, RUNNING_TOTAL

Heeded = Callable[[PlanFacts], bool]
_TESTED = "compare_groups chi_square correlation"


def by(
    methods: str = "",
    *,
    calls: str = "",
    does: Iterable[Operation] = (),
    sets: str = "",
    says: str = "",
    names: str = "",
) -> Heeded:
    """Heeded by one of `methods`, by a call of one of the functions `calls`, by an operation of `does`, by a parameter
    of `sets`, by a text that is `says`, or by a name or text that holds `names`.
    """
    wanted = [frozenset(given.split()) for given in (methods, calls, sets)]

    def heeded(plan: PlanFacts) -> bool:
        held = (plan.methods, plan.functions, plan.parameters)
        found = any(one & other for one, other in zip(wanted, held, strict=True)) or plan.operations & frozenset(does)
        return bool(found) or bool(says and says in plan.texts) or bool(names and plan.speaks_of(names))

    return heeded


def _denies(plan: PlanFacts) -> bool:
    return ("=", 0.0) in plan.comparisons or _DENIED(plan)


_DENIED = by(
    "compare_groups quality chi_square",
    does=("is distinct", "not in", "null test", "not", "is not", "group"),
    names="other",
)
FAMILIES: dict[str, tuple[str, Heeded]] = {
    "forecast": (words.FORECAST, by("forecast")),
    "quality": (words.QUALITY, by("quality", does=["null test"])),
    "missing": (words.MISSING, by("quality", does=["null test"])),
    "odd": (words.ODD, by("anomalies outliers")),
    "running": (words.RUNNING, by(names=RUNNING_TOTAL)),
    "moving": (words.MOVING, by("trend", does=["frame"])),
    "yearly": (words.YEARLY, by("change trend", calls="lag")),
    "change": (words.CHANGE, by("change trend", calls="lag", does=["case key"])),
    "trend": (words.TREND, by("trend forecast anomalies change", calls="strftime year", names="year")),
    "why": (words.WHY, by("drivers change")),
    "distribution": (words.DISTRIBUTION, by("describe share normality_test outliers")),
    "correlation": ("correlations?|correlate[sd]?", by(f"{_TESTED} drivers")),
    "link": (f"{words.LINK}|{words.CAUSE}", by(f"{_TESTED} drivers change")),
    "significance": (words.SIGNIFICANT, by(f"{_TESTED} drivers trend")),
    "first time": (words.FIRST_TIME, by(names=FIRST_DATE)),
    "rate": ("rates?|probability|chances?|likelihood|odds", by("drivers chi_square", does=["case", "ratio"])),
    "per unit": (words.PER_UNIT, by(calls="strftime", does=["ratio"], sets="grain", names="average_")),
    "ratio with a name": (words.NAMED_RATIO, by(does=["ratio"])),
    "by": (
        r"by (?:the )?\|",
        by("change compare_groups share trend drivers", does=["group", "order"], sets="by grain"),
    ),
    "negation": ("without|no|not|never|neither|except|excluding", _denies),
    "more": (words.COMPARATIVE, by(f"{_TESTED} change trend", does=["group", "comparison", "between"])),
    "compared": (
        "vs|versus|compared|compare|compares|against",
        by(f"{_TESTED} change", calls="lag", does=["group", "ratio"], sets="by"),
    ),
    "loss": (words.LOSS, lambda plan: ("<", 0.0) in plan.comparisons),
    "share": (words.SHARE, by("share change", does=["case", "ratio"])),
    "median": ("median", by("describe compare_groups", calls="median", says="median")),
    "mean": (
        "average|mean|avg",
        by(
            "describe compare_groups outliers anomalies",
            calls="avg",
            does=["ratio", "count distinct"],
            says="mean",
        ),
    ),
    "deviation": (
        "standard deviation|std|stdev|variability|volatility|variance",
        by("describe", calls="stddev_samp stddev_pop stddev"),
    ),
    "quantile": ("percentiles?|quantiles?|quartiles?", by(calls="quantile_cont")),
    "counted": (words.COUNTED, by("trend change share forecast anomalies quality", calls="count sum")),
    "different": (
        "different|distinct|unique",
        by("share compare_groups chi_square", does=["count distinct", "group"]),
    ),
    "ratio": ("relative to|divided by|ratio", by(does=["ratio", "mean of cases"])),
    "difference": ("difference|gap", by("compare_groups chi_square change", does=["minus", "group"])),
    "minus": ("minus|subtracted", by(does=["minus"])),
    "order": (
        "|".join(sorted((HIGHEST | LOWEST) - {"leading", "main", "higher", "lower", "less"})),
        by(
            "trend change drivers correlation forecast anomalies outliers share",
            calls="max min",
            does=["order"],
        ),
    ),
}
"""For each kind of asking its words, and whether a plan answers it."""
