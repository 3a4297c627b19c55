"""A design matrix: number columns as they are, categories one-hot, missing values dealt with."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyst.core.quoting import quoted
from analyst.stats.method import Columns, Source, is_numeric, names_of, refuse
from analyst.stats.sampling import sampled_frame

if TYPE_CHECKING:
    import pandas as pd

_ID = re.compile(r"(^|[_\W])(id|ids|uuid|guid|key|code|number|nr|no|index|row)$|[a-z]I[dD]$", re.IGNORECASE)
MAX_LEVELS = 100
"""A text column with more distinct values is no category."""


def feature_names(features: str | Sequence[str], target: str, columns: Columns) -> list[str]:
    """The features named; "*" is every column but the target."""
    names = names_of(features, columns)
    return [name for name in dict.fromkeys(names) if not (features == "*" and name == target)]


def model_frame(source: Source, target: str, features: Sequence[str], limit: int) -> tuple[pd.DataFrame, list[str]]:
    """Target and features in row order, rows without a target left out: numbers as float, all else as text.

    A feature that is numeric or boolean comes as float with NaN for missing; any other as str with None.
    """
    wanted = {name: read_sql(name, source.columns[name]) for name in (target, *features)}
    where = f"({wanted[target]}) IS NOT NULL"
    frame, warnings = sampled_frame(source, wanted, limit, where=where)
    if frame.empty:
        raise refuse(f"no row has a value of {target!r}")
    return frame, warnings


def read_sql(name: str, kind: str) -> str:
    column = quoted(name)
    if is_numeric(kind):
        return f"CASE WHEN isfinite(CAST({column} AS DOUBLE)) THEN CAST({column} AS DOUBLE) END"
    return f"CAST({column} AS DOUBLE)" if kind == "BOOLEAN" else f"CAST({column} AS VARCHAR)"


def one_hot(frame: pd.DataFrame, features: Sequence[str], *, drop_first: bool = False) -> pd.DataFrame:
    """`features` as floats: numbers as they are (NaN kept), text one column a level (`name=level`, levels sorted).

    A missing text is zero in all its levels. PlanError for text with more than MAX_LEVELS levels.
    """
    import pandas as pd

    parts: dict[str, pd.Series[float]] = {}
    for name in features:
        column = frame[name]
        if column.dtype.kind in "fiub":
            parts[name] = column.astype(float)
            continue
        levels = sorted(column.dropna().unique())
        if len(levels) > MAX_LEVELS:
            raise refuse(
                f"{name!r} is text with {len(levels)} distinct values: leave it out, or group it in an SQL step"
            )
        for level in levels[1 if drop_first else 0 :]:
            parts[f"{name}={level}"] = (column == level).astype(float)
    return pd.DataFrame(parts, index=frame.index)


def is_identifier(source: Source, name: str) -> bool:
    """Whether a column of whole numbers or text only numbers the rows: every value once, named like an id or in a row.

    As a feature it explains nothing beyond these rows.
    """
    kind, column = source.columns[name], quoted(name)
    text = kind.startswith("VARCHAR")
    if not text and not kind.endswith(("INT", "INTEGER")):
        return False
    known, distinct, low, high = source.query(
        f"SELECT count({column}), count(DISTINCT {column}), min({column}), max({column}) FROM {source.table}"
    )[0]
    if known < 10 or distinct < known:
        return False
    return bool(text or _ID.search(name) or high - low + 1 == distinct)


def identifier_warnings(source: Source, features: Sequence[str]) -> list[str]:
    """The warning of features that only number the rows."""
    found = [repr(name) for name in features if is_identifier(source, name)]
    told = f"{', '.join(found)} only numbers the rows (an identifier), so it explains nothing: leave it out"
    return [told] if found else []


def tangled(features: pd.DataFrame, so: str) -> list[str]:
    """The warning of number features that tell nearly the same (|r| over 0.9), with what follows from it."""
    numbers = features.select_dtypes("number")
    matrix, names = numbers.corr().abs().to_numpy(), list(numbers.columns)
    pairs = [f"{names[i]!r} and {names[j]!r}" for i in range(len(names)) for j in range(i) if matrix[i, j] > 0.9]
    return [f"multicollinearity: {'; '.join(pairs[:3])} carry nearly the same information, {so}"] if pairs else []


def cell_terms(source: Source, names: Sequence[str], features: Sequence[str]) -> list[int]:
    """The places of those one-hot `names` that hold values of text that is no label: models must not see them."""
    told = tuple(f"{name}=" for name in features if not source.is_label(name))
    return [place for place, name in enumerate(names) if told and name.startswith(told)]


def feature_problems(features: str | Sequence[str], target: str, columns: Columns, method: str) -> list[str]:
    """Problems with naming these features for this target."""
    names = names_of(features, columns)
    if features != "*" and target in names:
        return [f"{method}: the target {target!r} is among the features: drop it there"]
    return [] if [name for name in names if name != target] else [f"{method}: name at least one feature"]
