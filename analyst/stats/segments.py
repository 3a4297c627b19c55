"""segments: groups of alike rows, how large they are, what sets each apart, and whether they are more than chance."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from analyst.core.quoting import quoted
from analyst.protocol.table import TableProfile
from analyst.stats.clustering import MOST, Clusters, clusters, flat, scaled, scales, silhouette, stability
from analyst.stats.columns import free_name, profiled
from analyst.stats.design import is_identifier, read_sql, tangled
from analyst.stats.method import (  # fmt: skip
    Columns,
    Method,
    Parameters,
    Result,
    Schema,
    Source,
    is_numeric,
    is_temporal,
    names_of,
    refuse,
)
from analyst.stats.proportions import mean_interval, wilson
from analyst.stats.relations import keep, keep_frame
from analyst.stats.results import Fields, formats, table
from analyst.stats.sampling import sampled_frame

if TYPE_CHECKING:
    import pandas as pd

    from analyst.stats.clustering import Places

_SEGMENTS: Fields = (
    ("segment", "BIGINT"),
    ("n", "BIGINT"),
    ("share", "DOUBLE"),
    ("silhouette", "DOUBLE"),
    ("traits", "VARCHAR"),
)
_PROFILE: Fields = (
    ("segment", "BIGINT"),
    ("feature", "VARCHAR"),
    ("level", "VARCHAR"),
    ("value", "DOUBLE"),
    ("value_low", "DOUBLE"),
    ("value_high", "DOUBLE"),
    ("overall", "DOUBLE"),
    ("difference", "DOUBLE"),
    ("n", "BIGINT"),
)
_SUMMARY: Fields = (
    ("segments", "BIGINT"),
    ("silhouette", "DOUBLE"),
    ("stability", "DOUBLE"),
    ("n", "BIGINT"),
    ("features", "BIGINT"),
)
_MAP: Fields = (("x", "DOUBLE"), ("y", "DOUBLE"), ("segment", "BIGINT"))
_MAX_FITTED, _MAX_POINTS, _FEWEST, _FEW_LEVELS = 20_000, 500, 20, 20
_MARKED, _SEEN, _WEAK, _SHAKY = 0.3, 0.1, 0.25, 0.6


class SegmentParameters(Parameters):
    """The features by which rows are alike ("*": all that can tell), and how many segments (`k`; found without it)."""

    features: str | tuple[str, ...] = "*"
    k: int | None = Field(None, ge=2, le=20)


def run(source: Source, wanted: SegmentParameters) -> list[Result]:
    """Segments, largest first; `traits` names what sets one apart, `<id>_profile` every feature in each.

    k-means on features of equal weight (analyst.stats.clustering), fitted on a seeded sample of at most 20,000 rows;
    then every row goes to the nearest centre. In `<id>_profile` value is a mean or a level's share with its 95 %
    interval, difference its gap to the whole table in standard deviations. No p values: segments are made to differ.
    silhouette: under 0.25 there is no structure to speak of (Kaufman & Rousseeuw 1990, ch. 2); stability: the agreement
    of resamples.
    """
    features, warnings = usable(source, wanted)
    read = {name: read_sql(name, source.columns[name]) for name in features}
    fitted, told = sampled_frame(source, read, _MAX_FITTED)
    if len(fitted) < _FEWEST:
        raise refuse(f"segments: {len(fitted)} rows are too few (at least {_FEWEST} needed)")
    by = scales(fitted, features)
    if len(by) < 2:
        raise refuse("segments: fewer than two of the features vary: name other features")
    points = scaled(fitted, by)
    if wanted.k is not None and wanted.k > len(points) // 5:
        raise refuse(f"segments: {len(points)} rows are too few for {wanted.k} segments: at most {len(points) // 5}")
    found = _by_size(clusters(points, wanted.k), points)
    firm, (mean, each) = stability(points, found), silhouette(points, found.nearest(points))
    names = [scale.feature for scale in by]
    warnings += told + _doubts(found, mean, firm, fitted[names])
    frame, places = _every_row(source, read)
    segments = found.nearest(scaled(frame, by)) + 1
    profile = _profile(frame[names], segments)
    rows = _rows(source, places, segments)
    return [*_results(source, segments, (found, mean, each, firm), profile, points, warnings), rows]


def usable(source: Source, wanted: SegmentParameters) -> tuple[list[str], list[str]]:
    """The features that can tell rows apart, and why others can't."""
    reasons: dict[str, list[str]] = {}
    kept = []
    for name in dict.fromkeys(names_of(wanted.features, source.columns)):
        reason = _unfit(source, name)
        if reason:
            reasons.setdefault(reason, []).append(name)
        elif name != "_row":
            kept.append(name)
    warnings = [f"left out ({reason}): {', '.join(map(repr, names))}" for reason, names in reasons.items()]
    if len(kept) < 2:
        raise refuse("segments: name at least two number or category columns" + "; ".join(["", *warnings]))
    return kept, warnings


def _unfit(source: Source, name: str) -> str | None:
    kind, column = source.columns[name], quoted(name)
    if is_temporal(kind) or kind.startswith("TIME"):
        return "a date: convert it to a number in an SQL step"
    if is_identifier(source, name):
        return "an identifier"
    distinct = source.query(f"SELECT count(DISTINCT {column}) FROM {source.table}")[0][0]
    if distinct < 2:
        return "constant"
    if not is_numeric(kind) and kind != "BOOLEAN" and distinct > _FEW_LEVELS:
        return f"text with over {_FEW_LEVELS} values"
    return None


def _every_row(source: Source, read: dict[str, str]) -> tuple[pd.DataFrame, pd.Series[int]]:
    """The features of every row, and the rows' places."""
    listed = ", ".join(f"{sql} AS c{at}" for at, sql in enumerate(read.values()))
    frame = source.engine.frame(f"SELECT {listed}, {source.place} AS place FROM {source.table}")
    return frame.iloc[:, :-1].set_axis(list(read), axis=1), frame["place"]


def _by_size(found: Clusters, points: Any) -> Clusters:
    """The same clusters, the largest first."""
    import numpy as np

    sizes = np.bincount(found.nearest(points), minlength=found.k)
    return Clusters(found.k, found.centres[np.argsort(-sizes, kind="stable")], found.silhouettes)


def _profile(frame: pd.DataFrame, segments: Places) -> list[tuple[Any, ...]]:
    """A row a segment and feature (of a category its most typical level), the most telling of a segment first."""
    rows: list[tuple[Any, ...]] = []
    for segment in sorted({int(one) for one in segments}):
        told: list[tuple[Any, ...]] = []
        part = frame[segments == segment]
        for name in frame.columns:
            if frame[name].dtype.kind in "fiub":
                told.append((segment, name, None, *_mean_row(part[name], frame[name])))
            else:
                levels = frame[name].value_counts().index
                shares = [(segment, name, str(level), *_share_row(part[name] == level, frame[name] == level))
                          for level in levels]  # fmt: skip
                told.append(max(shares, key=lambda row: (row[3] >= _SEEN, row[7] or 0.0, str(row[2]))))
        rows += sorted(told, key=lambda row: -abs(row[7] or 0.0))
    return rows


def _mean_row(part: pd.Series[Any], whole: pd.Series[Any]) -> tuple[Any, ...]:
    n, spread = int(part.count()), float(whole.std(ddof=0))
    if not n:
        return (None, None, None, float(whole.mean()), None, 0)
    mean, overall = float(part.mean()), float(whole.mean())
    low, high = mean_interval(mean, float(part.std()) if n > 1 else None, n)
    return mean, low, high, overall, (mean - overall) / spread if spread > 0 else None, n


def _share_row(part: pd.Series[bool], whole: pd.Series[bool]) -> tuple[Any, ...]:
    n, hits, overall = len(part), int(part.sum()), float(whole.mean())
    spread = math.sqrt(overall * (1 - overall))
    return hits / n, *wilson(hits, n), overall, (hits / n - overall) / spread if spread > 0 else None, n


def _traits(source: Source, rows: Sequence[Sequence[Any]]) -> str:
    """The three features that mark a segment most, in words without numbers."""
    told = []
    for _, feature, level, value, *_, difference, _ in rows:
        if difference is None or abs(difference) < _MARKED:
            continue
        if level is None:
            told.append(f"{'high' if difference > 0 else 'low'} {feature}")
        elif difference > 0:
            often = "mostly" if value >= 0.5 else "more often"
            told.append(f"{feature} {often} {level}" if source.is_label(feature) else f"a distinct {feature}")
    return ", ".join(dict.fromkeys(told[:3])) or "near the average in everything"


def _results(
    source: Source,
    segments: Places,
    judged: tuple[Clusters, float, dict[int, float], float],
    profile: list[tuple[Any, ...]],
    points: Any,
    warnings: Sequence[str],
) -> list[Result]:
    import numpy as np

    found, mean, each, firm = judged
    features = list(dict.fromkeys(row[1] for row in profile))
    rows = []
    for segment in sorted({int(one) for one in segments}):
        n, own = int((segments == segment).sum()), [row for row in profile if row[0] == segment]
        rows.append((segment, n, n / len(segments), each.get(segment - 1), _traits(source, own)))
    plane, chosen = flat(points, _MAX_POINTS)
    near = np.asarray(found.nearest(points))[chosen]
    dots = [(float(plane[at, 0]), float(plane[at, 1]), int(near[at]) + 1) for at in range(len(plane))]
    cells = [place for place, row in enumerate(profile) if row[2] is not None and not source.is_label(row[1])]
    behind = [row[-1] for row in profile]
    spelt = f"segments by {', '.join(features)}"
    shown = {"share": "percent", "segment": "integer", "segments": "integer", "features": "integer"}
    return [
        table(_SEGMENTS, rows, key=("segment",), formats=formats(_SEGMENTS, shown), warnings=tuple(warnings),
              what=f"{spelt}, largest first; traits: what distinguishes each segment"),
        table(_PROFILE, profile, suffix="profile", key=("segment", "feature", "level"),
              formats=formats(_PROFILE, shown), withheld={"level": cells},
              supports={name: behind for name in ("level", "value", "value_low", "value_high", "difference")},
              what=f"each feature of the {spelt}: mean or share, and its gap to all rows in standard deviations"),
        table(_SUMMARY, [(found.k, mean, firm, len(segments), len(features))], suffix="summary",
              formats=formats(_SUMMARY, shown), what=f"how clear (silhouette) and how stable the {spelt} are"),
        table(_MAP, dots, suffix="map", audience="chart", formats=formats(_MAP, shown),
              what=f"the {spelt} in the two dimensions where they differ most, at most {_MAX_POINTS} rows"),
    ]  # fmt: skip


def _rows(source: Source, at: pd.Series[int], segments: Places) -> Result:
    import pandas as pd

    fields = _row_fields(source.columns)
    found = pd.DataFrame({"place": at, "segment": segments})
    known = found.drop_duplicates("place")
    places = keep_frame(source, known, [("place", source.place_type), ("segment", "BIGINT")])
    inner = ", ".join(f"{quoted(name)} AS c{at}" for at, name in enumerate(source.columns))
    listed = ", ".join(f"b.c{at} AS {quoted(name)}" for at, name in enumerate(source.columns))
    sql = (
        f"SELECT {listed}, s.segment AS {quoted(fields[-1][0])} FROM (SELECT {source.place} AS place, {inner} FROM "
        f"{source.table}) AS b JOIN {quoted(places)} AS s USING (place) ORDER BY place"
    )
    names, types = zip(*fields, strict=True)
    return Result(columns=names, types=types, rows=(), suffix="rows", audience="detail", raw=True,
                  relation=keep(source, sql), row_count=len(segments), what="all rows with their segment")  # fmt: skip


def _doubts(found: Clusters, mean: float, firm: float, features: pd.DataFrame) -> list[str]:
    warnings = ["segments are a way to group rows, not real categories: judge them by how useful they are"]
    if mean < _WEAK:
        warnings.append("no clear segments: the groups overlap (silhouette under 0.25)")
    if firm < _SHAKY:
        warnings.append("the segments are not stable: a different sample of rows gives different segments")
    if len(found.silhouettes) > 1 and found.k == MOST:
        warnings.append(f"more than {MOST} segments may fit: name k")
    warnings += tangled(features, "so the information counts twice")
    gaps = [name for name in features if features[name].isna().mean() > 0.05]
    if gaps:
        warnings.append(f"missing values are set to the median or to no level: {', '.join(map(repr, gaps))}")
    return warnings


def _row_fields(columns: Columns) -> list[tuple[str, str]]:
    return [*columns.items(), (free_name("segment", columns, "new_"), "BIGINT")]


def _schema(wanted: SegmentParameters, columns: Columns) -> Schema:
    return {"": list(_SEGMENTS), "profile": list(_PROFILE), "summary": list(_SUMMARY), "map": list(_MAP),
            "rows": _row_fields(columns)}  # fmt: skip


def _check(wanted: SegmentParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    names = [name for name in names_of(wanted.features, columns) if name != "_row"]
    personal = [
        name for name in names if wanted.features != "*" and (known := profiled(name, profile)) and known.personal
    ]
    if personal:
        return [
            f"segments: {', '.join(map(repr, personal))} is personal data, which can't define a segment: leave it out"
        ]
    return [] if len(names) > 1 else ["segments: name at least two features"]


SEGMENTS = Method(
    name="segments",
    parameters=SegmentParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("features",),
    synonyms={"columns": "features", "variables": "features", "by": "features", "n_clusters": "k", "clusters": "k",
              "n_segments": "k", "segments": "k"},
    aliases=("clusters", "clustering", "kmeans", "k_means", "segmentation"),
    signature=(
        'segments([features="*"],[k=auto]) -> segment,n,share,silhouette,traits; _profile: segment,feature,level,'
        "~value,overall,difference(in sd),n; _summary; "
        "_rows: source + segment"
    ),
)  # fmt: skip
