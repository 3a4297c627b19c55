"""correlation: how closely pairs of number columns move together, with intervals."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

from analyst.protocol.table import TableProfile
from analyst.stats.columns import group_names, group_sql, number, number_problems, numeric_columns, with_groups
from analyst.stats.effects import benjamini_hochberg
from analyst.stats.method import Columns, Method, Result, Schema, Source, names_of, refuse
from analyst.stats.parameters import BY_SYNONYMS, Grouped
from analyst.stats.results import Fields, formats, table
from analyst.stats.sampling import sampled_frame

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]

Kind = Literal["pearson", "spearman", "kendall"]
_PAIRS: Fields = (
    ("x", "VARCHAR"),
    ("y", "VARCHAR"),
    ("r", "DOUBLE"),
    ("r_low", "DOUBLE"),
    ("r_high", "DOUBLE"),
    ("p", "DOUBLE"),
    ("n", "BIGINT"),
    ("p_adjusted", "DOUBLE"),
)
_POINTS: Fields = (("x", "DOUBLE"), ("y", "DOUBLE"))
_MAX_RANKED, _MAX_COMPARED = 200_000, 20_000
_MAX_POINTS = 500
_MAX_PAIRS = 1000


class CorrelationParameters(Grouped):
    """Columns to pair ("*": every number column), or one `target` against all others."""

    columns: str | tuple[str, ...] = "*"
    target: str | None = None
    kind: Kind = "pearson"


def run(source: Source, wanted: CorrelationParameters) -> list[Result]:
    """A row a pair, strongest |r| first, on the rows where both are known.

    p: Student's t with n-2 degrees of freedom (Kendall: scipy.stats.kendalltau). 95 % interval by Fisher's z with
    standard error 1/sqrt(n-3) (Pearson), sqrt((1 + r²/2)/(n-3)) (Spearman; Bonett & Wright 2000, Psychometrika 65) or
    sqrt(0.437/(n-4)) (Kendall; Fieller, Hartley & Pearson 1957). p_adjusted: after Benjamini & Hochberg over all rows.
    """
    pairs, by = pairs_of(wanted, source.columns), names_of(wanted.by, source.columns)
    if not pairs:
        raise refuse("correlation needs at least two number columns: name them in columns")
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    numbers = {name: number(source, name).sql for name in names}
    warnings: list[str] = []
    if wanted.kind == "pearson":
        found = _pearson(source, numbers, pairs, by)
    else:
        found, warnings = _ranked(source, numbers, pairs, by, wanted.kind)
    warnings += _told(found)
    adjusted = benjamini_hochberg([p for *_, p, _ in found])
    rows = sorted(
        (
            (*key, x, y, r, *interval(r, n, wanted.kind), p, n, q)
            for (key, x, y, r, p, n), q in zip(found, adjusted, strict=True)
        ),
        key=lambda row: -abs(row[-6] or 0.0),
    )
    if wanted.kind == "pearson" and rows and not by:
        warnings += _bent(source, numbers, *rows[0][:3])
    fields = _fields(wanted, source.columns)
    keys = group_names(by, fields)
    results = [table(fields, rows, key=(*keys, "x", "y"), formats=formats(fields, {}), warnings=tuple(warnings),
                     values_of=keys,
                     what=f"{wanted.kind} correlation, strongest first, with 95% intervals")]  # fmt: skip
    return results + ([_points(source, numbers, pairs[0])] if len(pairs) == 1 and not by else [])


def pairs_of(wanted: CorrelationParameters, columns: Columns) -> list[tuple[str, str]]:
    """The pairs that the parameters name."""
    names = numeric_columns(columns) if wanted.columns == "*" else names_of(wanted.columns, columns)
    names = list(dict.fromkeys(names))
    if wanted.target is not None:
        return [(name, wanted.target) for name in names if name != wanted.target]
    return list(combinations(names, 2))


Found = tuple[tuple[Any, ...], str, str, "float | None", "float | None", int]


def _pearson(
    source: Source, numbers: dict[str, str], pairs: Sequence[tuple[str, str]], by: Sequence[str]
) -> list[Found]:
    keys = "".join(f"{group_sql(name, source.columns[name])} AS k{i}, " for i, name in enumerate(by))
    values = ", ".join(f"{sql} AS v{i}" for i, sql in enumerate(numbers.values()))
    known = " AND ".join(f"k{i} IS NOT NULL" for i in range(len(by))) or "TRUE"
    place = {name: f"v{i}" for i, name in enumerate(numbers)}
    read = f"FROM (SELECT {keys}{values} FROM {source.table}) WHERE {known}"
    [counts] = source.query(f"SELECT {', '.join(f'count(*) > count({v})' for v in place.values())} {read}")
    gaps = {v for v, has in zip(place.values(), counts, strict=True) if has}
    found: list[Found] = []
    for start in range(0, len(pairs), 100):
        chunk = pairs[start : start + 100]
        asked = ", ".join(_pair_sql(place[x], place[y], gaps) for x, y in chunk)
        listed = "".join(f"k{i}, " for i in range(len(by)))
        rows = source.query(f"SELECT {listed}{asked} {read} " + ("GROUP BY ALL ORDER BY ALL" if by else ""))
        for row in rows:
            for index, (x, y) in enumerate(chunk):
                r, n, varied = row[len(by) + 3 * index : len(by) + 3 * index + 3]
                r = min(1.0, max(-1.0, r)) if r is not None and math.isfinite(r) and varied else None
                found.append((row[: len(by)], x, y, r, t_p(r, n), n))
    return found


def _pair_sql(x: str, y: str, gaps: Collection[str]) -> str:
    """Coefficient, rows and whether both vary, on the rows where both are known.

    Pairs whose columns have no gaps are counted as the whole, which the engine does once a column and not once a pair.
    """
    known = [f"{name} IS NOT NULL" for name in (x, y) if name in gaps]
    both = f" FILTER (WHERE {' AND '.join(known)})" if known else ""
    varied = f"min({x}){both} < max({x}){both} AND min({y}){both} < max({y}){both}"
    return f"corr({x}, {y}), count(*){both}, {varied}"


def _ranked(
    source: Source, numbers: dict[str, str], pairs: Sequence[tuple[str, str]], by: Sequence[str], kind: str
) -> tuple[list[Found], list[str]]:
    import numpy as np

    wanted = {f"k{i}": group_sql(name, source.columns[name]) for i, name in enumerate(by)}
    wanted |= {f"v{i}": sql for i, sql in enumerate(numbers.values())}
    known = " AND ".join(f"{sql} IS NOT NULL" for key, sql in wanted.items() if key.startswith("k")) or "TRUE"
    frame, warnings = sampled_frame(source, wanted, _MAX_RANKED, where=known)
    groups = list(frame.groupby([f"k{i}" for i in range(len(by))])) if by else [((), frame)]
    place = {name: f"v{i}" for i, name in enumerate(numbers)}
    found: list[Found] = []
    for key, group in groups:
        for x, y in pairs:
            both = group[[place[x], place[y]]].to_numpy(dtype=float, na_value=np.nan)
            both = both[~np.isnan(both).any(axis=1)]
            found.append((tuple(key), x, y, *ranked_pair(both[:, 0], both[:, 1], kind), len(both)))
    return found, warnings


def ranked_pair(x: Vector, y: Vector, kind: str) -> tuple[float | None, float | None]:
    """Spearman's or Kendall's (tau-b) coefficient and p; None where n < 3 or one of them is constant."""
    if len(x) < 3 or x.min() == x.max() or y.min() == y.max():
        return None, None
    if kind == "kendall":
        from scipy.stats import kendalltau

        result = kendalltau(x, y)
        return float(result.statistic), float(result.pvalue)
    a, b = ranks(x), ranks(y)
    a, b = a - a.mean(), b - b.mean()
    r = float(a @ b / math.sqrt(float(a @ a) * float(b @ b)))
    return min(1.0, max(-1.0, r)), t_p(min(1.0, max(-1.0, r)), len(x))


def ranks(values: Vector) -> Vector:
    """Ranks from 1, tied values sharing their mean rank."""
    import numpy as np

    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    shared: Vector = (ends - (counts - 1) / 2)[places]
    return shared


def t_p(r: float | None, n: int) -> float | None:
    """The two-sided p of a correlation `r` over `n` pairs by Student's t; None without r or for n < 3."""
    from scipy.special import stdtr

    if r is None or n < 3:
        return None
    if abs(r) >= 1:
        return 0.0
    return 2 * float(stdtr(n - 2, -abs(r) * math.sqrt((n - 2) / (1 - r * r))))


def interval(r: float | None, n: int, kind: str) -> tuple[float | None, float | None]:
    """The 95 % interval of a coefficient by Fisher's z; None where n is too small."""
    if r is None or n < 5:
        return None, None
    if abs(r) >= 1:
        return r, r
    variance = {"pearson": 1 / (n - 3), "spearman": (1 + r * r / 2) / (n - 3), "kendall": 0.437 / (n - 4)}[kind]
    z, reach = math.atanh(r), 1.959963984540054 * math.sqrt(variance)
    return math.tanh(z - reach), math.tanh(z + reach)


def _bent(source: Source, numbers: dict[str, str], x: str, y: str, r: float | None) -> list[str]:
    """A warning where ranks tell of another link than values do: some extreme rows carry it, or the line is bent."""
    if r is None:
        return []
    known = f"({numbers[x]}) IS NOT NULL AND ({numbers[y]}) IS NOT NULL"
    frame, _ = sampled_frame(source, {"x": numbers[x], "y": numbers[y]}, _MAX_COMPARED, where=known)
    pairs = frame.to_numpy(dtype=float)
    rho, _ = ranked_pair(pairs[:, 0], pairs[:, 1], "spearman")
    if rho is None or len(frame) < 10 or abs(rho - r) < 0.2:
        return []
    why = "a few extreme rows drive it" if abs(r) > abs(rho) else "the link is not a straight line"
    return [f"for {x} and {y}, the rank correlation is {rho:.2f}, not {r:.2f}: {why}; see kind=spearman"]


def _told(found: Sequence[Found]) -> list[str]:
    warnings = []
    constant = sorted({f"{x} and {y}" for _, x, y, r, _, n in found if r is None and n >= 3})
    if constant:
        warnings.append(f"no correlation where a column is constant: {'; '.join(constant[:5])}")
    few = sorted({f"{x} and {y} (n = {n})" for _, x, y, _, _, n in found if n < 10})
    if few:
        warnings.append(f"few complete pairs, so r is uncertain: {'; '.join(few[:5])}")
    return warnings


def _points(source: Source, numbers: dict[str, str], pair: tuple[str, str]) -> Result:
    x, y = (numbers[name] for name in pair)
    both = f"({x}) IS NOT NULL AND ({y}) IS NOT NULL"
    frame, _ = sampled_frame(source, {"x": x, "y": y}, _MAX_POINTS, where=both)
    return table(_POINTS, frame.to_numpy(dtype=float).tolist(), suffix="points", audience="chart", raw=True,
                 what=f"{pair[1]} (y) against {pair[0]} (x), at most {_MAX_POINTS} points")  # fmt: skip


def _fields(wanted: CorrelationParameters, columns: Columns) -> Fields:
    by = names_of(wanted.by, columns)
    return with_groups(by, _PAIRS, columns)


def _schema(wanted: CorrelationParameters, columns: Columns) -> Schema:
    schema = {"": list(_fields(wanted, columns))}
    one = len(pairs_of(wanted, columns)) == 1 and not wanted.by
    return schema | ({"points": list(_POINTS)} if one else {})


def _check(wanted: CorrelationParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    pairs = pairs_of(wanted, columns)
    names = dict.fromkeys(name for pair in pairs for name in pair)
    problems = number_problems(names, columns, profile)
    if not pairs:
        problems.append("correlation needs two different number columns: name two in columns, or a target")
    if len(pairs) > _MAX_PAIRS:
        problems.append(f"the correlation of {len(pairs)} pairs is too much to read: name fewer columns, or a target")
    return problems


CORRELATION = Method(
    name="correlation",
    parameters=CorrelationParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("columns", "target", "by"),
    synonyms=BY_SYNONYMS | {"method": "kind", "type": "kind", "variables": "columns", "features": "columns"},
    values={"kind": {"linear": "pearson", "rank": "spearman", "kendall_tau": "kendall", "tau": "kendall"}},
    aliases=("correlate", "pearson_correlation", "correlation_matrix", "corr"),
    signature=(
        "correlation(columns,[target],[kind=pearson|spearman|kendall],[by]) -> x,y,~r,p,n,p_adjusted; "
        'target: one column against all others; "*": every number'
    ),
)  # fmt: skip
