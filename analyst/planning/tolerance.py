"""What models write when they mean a step: other names for our methods and parameters, and other places for them.

Turns it into a step in our own words. Whether it is right is for the language and for binding to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from analyst.core.errors import PlanError
from analyst.planning.dialects import translate
from analyst.planning.finding import SQL_KEYS
from analyst.stats.method import Method

Raw = dict[str, Any]

PROSE = frozenset(
    {"comment", "comments", "description", "explanation", "goal", "label", "name", "note", "notes", "output", "purpose"}
    | {
        "rationale",
        "reason",
        "reasoning",
        "step",
        "summary",
        "title",
        "why",
        "result",
        "output_table",
        "expected_output",
    }
    | {"depends_on", "dependencies", "dialect", "language"}
)
"""Keys that models add to a step for the reader: dropped unless the method has such a parameter."""
TYPES = frozenset({"", "sql", "query", "select", "duckdb", "method", "step", "analysis", "sql_query", "sql_step"})
"""What "type" may say of a step without changing what is computed."""
FILTERS = frozenset({"filter", "filters", "where", "condition", "conditions", "query", "having", "subset"})
"""Parameters that would leave rows out, if methods had them."""
NESTED = ("parameters", "params", "args", "arguments", "inputs", "options", "config")
"""Keys under which models put a method's parameters."""
COMMON = {
    "by": ("group_by", "groupby", "groups", "group", "grouping", "per", "category"),
    "columns": ("column", "cols", "col", "variables", "variable", "fields", "field", "features", "values", "value"),
    "column": ("columns", "col", "variable", "field", "value"),
    "value": ("values", "metric", "measure", "y", "column", "columns", "target", "amount"),
    "time": ("date", "date_column", "time_column", "timestamp", "period_column", "datetime"),
    "source": ("data", "table", "input", "dataset", "from_table", "df"),
    "group": ("group_by", "groups", "by", "groupby", "grouping"),
    "grain": ("period", "frequency", "freq", "granularity", "interval", "time_grain"),
    "agg": ("aggregation", "aggregate", "aggfunc", "agg_func", "function", "statistic"),
    "target": ("outcome", "y", "label", "dependent", "response"),
    "features": ("predictors", "x", "independent", "variables", "columns", "feature_columns"),
    "test": ("test_type", "type", "kind"),
    "kind": ("method_kind", "type", "corr_method", "correlation_method", "correlation_type", "coefficient"),
    "seed": ("random_state", "random_seed"),
    "levels": ("groups_to_compare", "categories"),
    "from": ("start", "from_period", "before", "baseline"),
    "to": ("end", "to_period", "after", "until"),
    "top": ("n", "limit", "top_n", "k"),
    "horizon": ("periods", "steps_ahead", "n_periods", "h"),
    "rule": ("outlier_method", "type", "kind"),
}
"""Parameter → other names for it that are taken when the method does not know the name itself."""
SHORTHANDS: dict[str, tuple[str, Raw]] = {
    **{f"{kind}{end}": ("correlation", {"kind": kind})
       for kind in ("pearson", "spearman", "kendall") for end in ("", "_correlation", "_corr", "r")},
    **{name: ("compare_groups", {"test": test}) for name, test in (
        ("t_test", "welch_t"), ("ttest", "welch_t"), ("welch_t_test", "welch_t"), ("welch_t", "welch_t"),
        ("students_t_test", "student_t"), ("student_t_test", "student_t"), ("student_t", "student_t"),
        ("mann_whitney", "mann_whitney"), ("mann_whitney_u", "mann_whitney"), ("anova", "anova"),
        ("one_way_anova", "anova"), ("kruskal", "kruskal"), ("kruskal_wallis", "kruskal"),
    )},
    **{name: ("normality_test", {"test": test}) for name, test in (
        ("shapiro", "shapiro"), ("shapiro_wilk", "shapiro"), ("anderson_darling", "anderson"),
        ("jarque_bera", "jarque_bera"), ("kolmogorov_smirnov", "ks"), ("dagostino", "dagostino"),
    )},
    "iqr_outliers": ("outliers", {"rule": "iqr"}),
    "zscore_outliers": ("outliers", {"rule": "zscore"}),
    "logistic_regression": ("train_model", {"model": "logistic"}),
    "random_forest_classifier": ("train_model", {"model": "random_forest_classifier"}),
    "random_forest_regressor": ("train_model", {"model": "random_forest_regressor"}),
}  # fmt: skip
"""Names of one way to do a thing → the method and the parameter that says so."""
ALIASES = {
    "summary": "describe", "summarize": "describe", "summary_statistics": "describe", "descriptive_statistics":
    "describe", "statistics": "describe", "stats": "describe", "corr": "correlation", "correlate": "correlation",
    "correlations": "correlation", "chi2": "chi_square", "chisquare": "chi_square", "chi_squared": "chi_square",
    "chi_square_test": "chi_square", "normality": "normality_test", "group_comparison": "compare_groups",
    "compare": "compare_groups", "outlier_detection": "outliers", "detect_outliers": "outliers", "regression":
    "linear_regression", "ols": "linear_regression", "imputation": "impute", "growth": "change", "compare_periods":
    "change", "period_change": "change", "time_series": "trend", "trends": "trend", "shares": "share", "breakdown":
    "share", "anomaly": "anomalies", "anomaly_detection": "anomalies", "detect_anomalies": "anomalies", "forecasting":
    "forecast", "predict": "forecast", "feature_importance": "drivers", "key_drivers": "drivers", "driver_analysis":
    "drivers", "data_quality": "quality", "missing_values": "quality", "model": "train_model",
}  # fmt: skip
"""Other names of whole methods."""


def normal_step(given: Mapping[str, Any], number: int, methods: Mapping[str, Method]) -> Raw:
    """A step in our own words: id, then either sql, or method with flat parameters. Unknown names are left as given."""
    step = {str(key).strip().lower(): value for key, value in given.items()}
    given_id = step.pop("step_id", None)
    step["id"] = normal_id(step.get("id") or given_id) or f"s{number}"
    step |= {"source": normal_id(step["source"])} if isinstance(step.get("source"), int) else {}
    written = next((key for key in SQL_KEYS if isinstance(step.get(key), str)), None)
    named = _word(step.get("method", step.get("operation", step.get("function", ""))))
    if written is not None and named in TYPES:
        return _sql_step(step, written)
    if not named:
        step, named = _keyed_by_method(step, methods)
    for key in ("operation", "function"):
        if key in step and _word(step[key]) == named:
            step.pop(key)
    name, implied = _method_name(named, methods)
    if name not in methods:
        return {"id": step["id"], "method": name}
    return {"id": step["id"], "method": name} | _parameters(step, methods[name], implied)


def _sql_step(step: Raw, written: str) -> Raw:
    """An SQL step in DuckDB's words. PlanError when something beside the SQL would change what it computes."""
    id, sql = step["id"], str(step[written])
    known = PROSE | {"id", "type", "method", "operation", "function", written}
    beside = [key for key, value in step.items() if key not in known and value not in (None, "", [], {})]
    if "source" in beside and re.search(rf"(?i)\b{re.escape(str(step['source']))}\b", sql):
        beside.remove("source")
    if beside:
        told = ", ".join(f'"{key}"' for key in beside)
        raise PlanError([f"{id}: {told} next to the SQL would be ignored: put all of it into the SQL"])
    found = translate(sql)
    if found.problems:
        raise PlanError([f"{id}: {problem}" for problem in found.problems])
    return {"id": id, "sql": found.sql}


def _parameters(step: Raw, method: Method, implied: Raw) -> Raw:
    fields = {str(info.alias or name) for name, info in method.parameters.model_fields.items()}
    flat = dict(implied)
    for key, value in step.items():
        if key in ("id", "method"):
            continue
        if key in NESTED and key not in fields and isinstance(value, Mapping):
            flat |= {str(k).strip().lower(): v for k, v in value.items()}
        else:
            flat[key] = value
    if "type" not in fields and _word(flat.get("type")) in {*TYPES, method.name}:
        flat.pop("type", None)
    renamed = _renamed(flat, method, fields)
    return {key: _value(method, key, value) for key, value in renamed.items() if value not in (None, "")}


def _renamed(flat: Raw, method: Method, fields: set[str]) -> Raw:
    known = {key: value for key, value in flat.items() if key in fields}
    for key, value in flat.items():
        if key in fields:
            continue
        target = method.synonyms.get(key) or _common(key, fields - set(known))
        if target in fields and target not in known:
            known[target] = value
        elif key not in PROSE:
            known[key] = value
    return known


def _common(key: str, free: set[str]) -> str | None:
    return next((ours for ours, others in COMMON.items() if ours in free and key in others), None)


def _value(method: Method, key: str, value: Any) -> Any:
    known = method.values.get(key, {})
    if isinstance(value, str) and known:
        return known.get(value, known.get(_word(value), value))
    return value


def _method_name(word: str, methods: Mapping[str, Method]) -> tuple[str, Raw]:
    if word in methods:
        return word, {}
    name, implied = SHORTHANDS.get(word, (ALIASES.get(word, word), {}))
    if name in methods:
        return name, dict(implied)
    return next((known for known, method in methods.items() if word in method.aliases), word), {}


def _keyed_by_method(step: Raw, methods: Mapping[str, Method]) -> tuple[Raw, str]:
    for key, value in step.items():
        if key in methods and isinstance(value, Mapping):
            return {"id": step["id"], **{str(k).lower(): v for k, v in value.items()}}, key
    kind = _word(step.get("type", ""))
    return ({k: v for k, v in step.items() if k != "type"}, kind) if kind in methods else (step, "")


def normal_id(given: Any) -> Any:
    """An id as ours are written: 1 → s1, "Step 1" → step_1. What is no word or number stays as given."""
    if isinstance(given, int) or (isinstance(given, str) and given.strip().isdigit()):
        return f"s{str(given).strip()}"
    if isinstance(given, str) and re.fullmatch(r"[A-Za-z][\w \-.]*", given.strip()):
        return re.sub(r"[\W_]+", "_", given.strip().lower()).strip("_")
    return given


def _word(value: Any) -> str:
    return re.sub(r"[\s\-]+", "_", value.strip().lower()) if isinstance(value, str) else ""
