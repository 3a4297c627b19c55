"""impute: the gaps of a column filled by its mean, median or mode, or from the most similar rows."""

# Every name passes `quoted` and every value `literal`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from analyst.core.quoting import literal, quoted
from analyst.protocol.table import TableProfile
from analyst.stats.columns import number, number_problems
from analyst.stats.design import one_hot, read_sql
from analyst.stats.method import Columns, Method, Parameters, Result, Schema, Source, names_of, refuse
from analyst.stats.relations import keep, keep_frame
from analyst.stats.results import Fields, formats, table

if TYPE_CHECKING:
    import pandas as pd

_COUNTS: Fields = (("n_filled", "BIGINT"), ("n", "BIGINT"), ("fill", "VARCHAR"))
_NUMERIC = ("mean", "median", "knn_regressor")
_MAX_KNOWN = 100_000


class ImputeParameters(Parameters):
    """The column with gaps, how to fill them, and (k nearest neighbours) from what."""

    column: str
    strategy: Literal["mean", "median", "mode", "knn_classifier", "knn_regressor"]
    features: str | tuple[str, ...] | None = None
    k: int = Field(5, ge=1, le=1000)
    standardize: bool = False


def run(source: Source, wanted: ImputeParameters) -> list[Result]:
    """How many gaps were filled and (`<id>_rows`) the source with the column filled, rows in order.

    mode: the most frequent value, of equally frequent ones the smallest. knn: scikit-learn's KNeighborsClassifier or
    KNeighborsRegressor on the features (text one-hot, their own gaps at the mean), trained on rows with a value.
    """
    column = quoted(wanted.column)
    gaps, known = source.query(f"SELECT count(*) - count({column}), count({column}) FROM {source.table}")[0]
    if not known:
        raise refuse(
            f"impute: {wanted.column!r} has no values at all: there is nothing to fill the missing values from"
        )
    kind = dict(_row_fields(wanted, source.columns))[wanted.column]
    fill, shown, warnings = _fill(source, wanted)
    relation = _filled(source, wanted, fill, kind)
    if not gaps:
        warnings.append(f"{wanted.column!r} has no missing values: nothing was filled")
    elif gaps > known:
        warnings.append(f"more of {wanted.column!r} was filled ({gaps}) than known ({known})")
    fields = _row_fields(wanted, source.columns)
    picked = wanted.strategy == "mode" and not source.is_category(wanted.column)
    return [
        table(_COUNTS, [(gaps, gaps + known, shown)], withheld={"fill": None} if picked else {},
              formats=formats(_COUNTS, {"n_filled": "integer"}),
              warnings=tuple(warnings), what=f"missing values of {wanted.column} filled by {wanted.strategy}"),
        Result(columns=tuple(n for n, _ in fields), types=tuple(t for _, t in fields), rows=(), suffix="rows",
               audience="detail", raw=True, relation=relation, row_count=gaps + known,
               what=f"all rows, {wanted.column} filled"),
    ]  # fmt: skip


@dataclass(frozen=True)
class _Fill:
    """What fills gaps: one `value` for all, or by place the values of the TEMP table `relation`."""

    value: Any = None
    relation: str | None = None


def _filled(source: Source, wanted: ImputeParameters, fill: _Fill, kind: str) -> str:
    """The TEMP table of the source, filled; inner names are by position, so that no column can clash with them."""
    inner = ", ".join(f"{_value_sql(source, wanted, name)} AS c{at}" for at, name in enumerate(source.columns))
    given = f"CAST({'f.value' if fill.relation else literal(fill.value)} AS {kind})"
    listed = ", ".join(
        (f"coalesce(b.c{at}, {given})" if name == wanted.column else f"b.c{at}") + f" AS {quoted(name)}"
        for at, name in enumerate(source.columns)
    )
    joined = f"LEFT JOIN {quoted(fill.relation)} AS f ON f.place = b.place" if fill.relation else ""
    base = f"SELECT {source.place} AS place, {inner} FROM {source.table}"
    return keep(source, f"SELECT {listed} FROM ({base}) AS b {joined} ORDER BY b.place")


def _value_sql(source: Source, wanted: ImputeParameters, name: str) -> str:
    numeric = name == wanted.column and wanted.strategy in _NUMERIC
    return number(source, name).sql if numeric else quoted(name)


def _fill(source: Source, wanted: ImputeParameters) -> tuple[_Fill, str | None, list[str]]:
    """What fills the gaps, the value as text (None when it differs by row) and warnings."""
    column = quoted(wanted.column)
    if wanted.strategy in ("mean", "median"):
        x, average = number(source, wanted.column).sql, "avg" if wanted.strategy == "mean" else "median"
        value = source.query(f"SELECT {average}({x}) FROM {source.table}")[0][0]
        return _Fill(value), str(value), []
    if wanted.strategy == "mode":
        value = source.query(
            f"SELECT CAST({column} AS VARCHAR) FROM {source.table} WHERE {column} IS NOT NULL GROUP BY {column} "
            f"ORDER BY count(*) DESC, {column} LIMIT 1"
        )[0][0]
        return _Fill(value), value, []
    return _by_neighbours(source, wanted)


def _by_neighbours(source: Source, wanted: ImputeParameters) -> tuple[_Fill, None, list[str]]:
    import pandas as pd

    names = [name for name in names_of(wanted.features, source.columns) if name != wanted.column]
    frame = _frame(source, wanted, names)
    gaps = frame["target"].isna()
    known = frame[~gaps].head(_MAX_KNOWN)
    warnings = [f"neighbors were searched for in the first {_MAX_KNOWN:,} rows"] if (~gaps).sum() > _MAX_KNOWN else []
    design = one_hot(frame, [f"c{at}" for at in range(len(names))])
    design = design.fillna(design.mean().fillna(0.0))
    if wanted.standardize:
        design = (design - design.mean()) / design.std(ddof=0).replace(0, 1.0)
    filled: Any = []
    if gaps.any():
        from sklearn import neighbors

        model = "KNeighborsClassifier" if wanted.strategy == "knn_classifier" else "KNeighborsRegressor"
        estimator = getattr(neighbors, model)(n_neighbors=min(wanted.k, len(known)))
        filled = estimator.fit(design.loc[known.index], known["target"]).predict(design[gaps])
    places = pd.DataFrame({"place": frame.loc[gaps, "place"].to_numpy(), "value": filled}).drop_duplicates("place")
    fields = [("place", source.place_type), ("value", "VARCHAR")]
    return _Fill(relation=keep_frame(source, places, fields)), None, warnings


def _frame(source: Source, wanted: ImputeParameters, names: Sequence[str]) -> pd.DataFrame:
    """place, target and the features as c0, c1 and so on, in row order."""
    numeric = wanted.strategy == "knn_regressor"
    target = number(source, wanted.column).sql if numeric else f"CAST({quoted(wanted.column)} AS VARCHAR)"
    listed = "".join(f", {read_sql(name, source.columns[name])} AS c{at}" for at, name in enumerate(names))
    sql = f"SELECT {source.place} AS place, {target} AS target{listed} FROM {source.table}"
    return source.engine.frame(f"SELECT * FROM ({sql}) ORDER BY place")


def _row_fields(wanted: ImputeParameters, columns: Columns) -> list[tuple[str, str]]:
    numeric = wanted.strategy in _NUMERIC
    return [(name, "DOUBLE" if name == wanted.column and numeric else kind) for name, kind in columns.items()]


def _schema(wanted: ImputeParameters, columns: Columns) -> Schema:
    return {"": list(_COUNTS), "rows": _row_fields(wanted, columns)}


def _check(wanted: ImputeParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    problems = number_problems([wanted.column], columns, profile) if wanted.strategy in _NUMERIC else []
    if wanted.strategy.startswith("knn") and not [n for n in names_of(wanted.features, columns) if n != wanted.column]:
        problems.append(f"impute: {wanted.strategy} needs features: name the columns to compare rows by")
    return problems


IMPUTE = Method(
    name="impute",
    parameters=ImputeParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("column", "features"),
    synonyms={"columns": "column", "target": "column", "method": "strategy", "n_neighbors": "k"},
    values={"strategy": {"knn": "knn_regressor", "average": "mean", "most_frequent": "mode"}},
    aliases=("fill_missing", "fillna", "imputation"),
    signature=(
        "impute(column,strategy=mean|median|mode|knn_classifier|knn_regressor,[features],[k=5]) -> n_filled,n,fill; "
        "_rows: source with the column filled"
    ),
)
