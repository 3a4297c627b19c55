from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from analyst.core.errors import PlanError
from analyst.stats.registry import METHODS
from tests.stats.conftest import Run, Tables

NAMES = ['sel"ect', "select", "x; DROP TABLE data", "größe ✓", "value", "it's", "c0", "k0", "place", "t", "{{s1.n}}"]
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("describe", {"columns": ["N"], "by": ["G"]}),
    ("trend", {"time": "T", "value": "N", "by": "G", "grain": "month"}),
    ("change", {"time": "T", "value": "N", "by": "G", "grain": "month"}),
    ("share", {"by": ["G"], "value": "N"}),
    ("correlation", {"columns": ["N", "M"], "by": "G"}),
    ("correlation", {"columns": ["N", "M"], "kind": "spearman"}),
    ("compare_groups", {"value": "N", "group": "G"}),
    ("compare_groups", {"value": "N", "group": "G", "test": "mann_whitney"}),
    ("compare_groups", {"value": "N", "group": "G", "test": "anova"}),
    ("compare_groups", {"value": "N", "group": "G", "test": "kruskal"}),
    ("chi_square", {"x": "G", "y": "B"}),
    ("drivers", {"target": "B", "features": ["N", "M", "G"]}),
    ("segments", {"features": ["N", "M", "G", "B"]}),
    ("segments", {"features": ["N", "M"], "k": 2}),
    ("change", {"time": "T", "value": "N", "agg": "mean"}),
    ("train_model", {"model": "linear", "target": "N", "features": ["M", "G"]}),
    ("anomalies", {"value": "N", "by": "G"}),
    ("anomalies", {"value": "N", "time": "T", "grain": "month"}),
    ("quality", {"columns": "*"}),
    ("outliers", {"column": "N", "by": "G"}),
    ("normality_test", {"columns": ["N"], "by": "G"}),
    ("linear_regression", {"target": "N", "features": ["M", "G"]}),
    ("train_model", {"model": "logistic", "target": "B", "features": ["N", "G"]}),
    ("impute", {"column": "M", "strategy": "mean"}),
    ("impute", {"column": "M", "strategy": "knn_regressor", "features": ["N", "G"]}),
]
IDS = [f"{name}-{'-'.join(map(str, given.values()))}" for name, given in CALLS]


def _frame() -> pd.DataFrame:
    rng, n = np.random.default_rng(2), 120
    return pd.DataFrame({
        "T": pd.date_range("2023-01-01", periods=n, freq="5D"), "N": rng.normal(50, 5, n), "M": rng.normal(0, 1, n),
        "G": rng.choice(["a'); DROP TABLE data; --", 'b "x"'], n), "B": rng.choice(["yes", "no"], n),
    }).assign(M=lambda f: f.M.where(f.index % 11 > 0))  # fmt: skip


def _renamed(given: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    def swap(value: Any) -> Any:
        return [names.get(v, v) for v in value] if isinstance(value, list) else names.get(value, value)

    return {key: swap(value) for key, value in given.items()}


def _numbers(done: Tables) -> list[Any]:
    return [v for r in done.results if r.relation is None for row in r.rows for v in row if isinstance(v, float)]


@pytest.mark.parametrize(("name", "given"), CALLS, ids=IDS)
@pytest.mark.parametrize("shift", [0, 3, 6])
def test_hostile_column_names_and_values_change_no_number(
    run: Run, connection: duckdb.DuckDBPyConnection, name: str, given: dict[str, Any], shift: int
) -> None:
    names = {old: NAMES[shift + place] for place, old in enumerate("TNMGB")}
    plain = run(name, _frame(), **given)
    hostile = run(name, _frame().rename(columns=names), **_renamed(given, names))
    assert _numbers(hostile) == pytest.approx(_numbers(plain), rel=1e-9)
    assert connection.execute("SELECT count(*) FROM data").fetchone() == (120,)


TABLES = {
    "empty": _frame()[:0],
    "one row": _frame()[:1],
    "all missing": "SELECT NULL::DATE AS T, NULL::DOUBLE AS N, NULL::DOUBLE AS M, NULL::VARCHAR AS G, NULL::VARCHAR AS B "
    "FROM range(20)",
    "one group": _frame().assign(G="same"),
    "constant": _frame().assign(N=3.0, M=3.0, B="yes"),
    "repeated": pd.concat([_frame()[:1]] * 40),
    "infinite": _frame().assign(N=lambda f: f.N.where(f.index % 9 > 0, np.inf)),
    "huge": _frame().assign(N=lambda f: f.N * 1e300),
}


@pytest.mark.parametrize(("name", "given"), CALLS, ids=IDS)
@pytest.mark.parametrize("kind", TABLES)
def test_odd_tables_give_a_result_without_nan_or_a_clear_refusal(
    run: Run, name: str, given: dict[str, Any], kind: str
) -> None:
    try:
        done = run(name, TABLES[kind], **given)
    except PlanError as error:
        assert all(len(problem) > 20 for problem in error.texts)
    else:
        assert np.isfinite(_numbers(done)).all()


def test_every_method_is_told_to_the_planner_and_documents_its_source() -> None:
    for name, method in METHODS.items():
        assert method.name == name and method.signature.startswith(f"{name}(")
        assert len(method.run.__doc__ or "") > 80
        fields = set(method.parameters.model_fields) | {"from"}
        assert set(method.synonyms.values()) <= fields, name
        assert not set(method.synonyms) & fields, name
        assert set(method.columns_in) <= fields, name
    aliases = [alias for method in METHODS.values() for alias in method.aliases]
    assert len(set(aliases)) == len(aliases)


def test_the_catalogue_and_the_commonest_methods_import_no_heavy_library() -> None:
    code = (
        "import sys, duckdb; from analyst.stats.registry import METHODS; from analyst.stats.method import Source\n"
        "from analyst.engine.duckdb import DuckEngine\n"
        "heavy = {'pandas', 'scipy.stats', 'sklearn', 'statsmodels'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "c = duckdb.connect()\n"
        "c.execute(\"CREATE TABLE data AS SELECT DATE '2023-01-01' + i::INT AS d, i % 7 AS v, i % 3 AS g FROM range(700) t(i)\")\n"
        "for name, p in {'trend': {'time': 'd', 'value': 'v'}, 'change': {'time': 'd', 'by': 'g'}, 'share': {'by': 'g'},\n"
        "                'describe': {'columns': '*'}, 'compare_groups': {'value': 'v', 'group': 'g', 'test': 'anova'},\n"
        "                'chi_square': {'x': 'v', 'y': 'g'}}.items():\n"
        "    METHODS[name].run(Source(DuckEngine(c), 'data'), METHODS[name].parameters.model_validate(p))\n"
        "print(sorted({'scipy.stats', 'sklearn', 'statsmodels'} & set(sys.modules)))\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
