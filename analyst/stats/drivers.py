"""drivers: which columns go with a target, how strongly, which way, and what they add to a model of it."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyst.core.quoting import quoted
from analyst.protocol.facts import Caution, measuring
from analyst.protocol.table import TableProfile
from analyst.stats.associations import Association, Target, associate, read_target
from analyst.stats.columns import profiled
from analyst.stats.design import (
    feature_names,
    feature_problems,
    identifier_warnings,
    is_identifier,
    model_frame,
    tangled,
)
from analyst.stats.effects import benjamini_hochberg
from analyst.stats.importance import Importance, importance
from analyst.stats.method import Columns, Method, Result, Schema, Source, is_temporal, refuse
from analyst.stats.parameters import MODEL_SYNONYMS, Explaining
from analyst.stats.results import Fields, formats, table

if TYPE_CHECKING:
    import pandas as pd

_FEATURES: Fields = (
    ("feature", "VARCHAR"),
    ("kind", "VARCHAR"),
    ("measure", "VARCHAR"),
    ("association", "DOUBLE"),
    ("direction", "VARCHAR"),
    ("highest_at", "VARCHAR"),
    ("lowest_at", "VARCHAR"),
    ("p", "DOUBLE"),
    ("p_adjusted", "DOUBLE"),
    ("importance", "DOUBLE"),
    ("n", "BIGINT"),
    ("association_low", "DOUBLE"),
    ("association_high", "DOUBLE"),
)
_MODEL: Fields = (
    ("model", "VARCHAR"),
    ("metric", "VARCHAR"),
    ("score", "DOUBLE"),
    ("baseline", "DOUBLE"),
    ("n", "BIGINT"),
    ("target_level", "VARCHAR"),
)
_MAX_ROWS, _MAX_LEVELS, _MAX_CLASSES, _MAX_MODELLED = 20_000, 100, 20, 30
_NO_CAUSE = Caution("association", "an association is not a cause")


class DriverParameters(Explaining):
    """What to explain, by which columns ("*": all that can)."""

    features: str | tuple[str, ...] = "*"


def run(source: Source, wanted: DriverParameters) -> list[Result]:
    """A row a feature, significant ones first, then by strength (|r|, V, root of eta²).

    Measures and their 95 % intervals: see analyst.stats.associations; p_adjusted after Benjamini & Hochberg;
    importance is what the held-out score loses when the feature is shuffled (analyst.stats.importance). An association
    is not a cause.
    """
    features, warnings = usable(source, wanted)
    frame, told = model_frame(source, wanted.target, features, _MAX_ROWS)
    warnings += told
    target = _target(wanted.target, frame)
    found = [associate(name, frame[name], target) for name in features]
    found = [item for item in found if item.measure != "none"]
    if not found:
        raise refuse(f"drivers: no feature varies among the rows with a {wanted.target!r}: name other features")
    warnings += [f"left out because it is constant where {wanted.target!r} is known: {name!r}" for name in features
                 if name not in {item.feature for item in found}]  # fmt: skip
    modelled = [item.feature for item in sorted(found, key=lambda item: -item.strength)[:_MAX_MODELLED]]
    model = importance(frame[modelled], target)
    warnings += _doubts(found, model, target, len(frame), len(modelled)) + tangled(
        frame[features], "so they share their importance"
    )
    if wanted.features != "*":
        warnings += identifier_warnings(source, features)
    rows = _rows(found, model)
    shown = {"association": "number", "importance": "number", "score": "number", "baseline": "number"}
    named = target.level and source.is_label(wanted.target)
    name = target.name + (f" ({target.level})" if named else "")
    cells = [place for place, row in enumerate(rows) if row[1] == "category" and not source.is_label(str(row[0]))]
    score = (model.metric, model.score, model.baseline, model.rows) if model else (None, None, None, len(frame))
    return [
        table(_FEATURES, rows, key=("feature",), formats=formats(_FEATURES, shown), warnings=tuple(warnings),
              withheld={"highest_at": cells, "lowest_at": cells},
              facts=measuring("", wanted.target), cautions=(_NO_CAUSE,),
              what=f"what is linked to {name}: association by feature, significant and strong ones first"),
        table(_MODEL, [("random forest", *score, target.level)], suffix="model", formats=formats(_MODEL, shown),
              values_of={"target_level": wanted.target},
              what=f"held-out score of a model of {name} from these features"),
    ]  # fmt: skip


def usable(source: Source, wanted: DriverParameters) -> tuple[list[str], list[str]]:
    """The features that can be used, and why others can't: dates, identifiers, text that is no category, constants."""
    named = feature_names(wanted.features, wanted.target, source.columns)
    reasons: dict[str, list[str]] = {}
    kept = []
    for name in named:
        reason = _unfit(source, name, chosen=wanted.features != "*")
        if reason:
            reasons.setdefault(reason, []).append(name)
        else:
            kept.append(name)
    warnings = [f"left out ({reason}): {', '.join(map(repr, names))}" for reason, names in reasons.items()]
    if not kept:
        raise refuse(f"drivers: no column can explain {wanted.target!r}" + "; ".join(["", *warnings]))
    return kept, warnings


def _unfit(source: Source, name: str, *, chosen: bool) -> str | None:
    kind, column = source.columns[name], quoted(name)
    if is_temporal(kind) or kind.startswith("TIME"):
        return "a date: convert it to a number or a category in an SQL step"
    known, distinct = source.query(f"SELECT count({column}), count(DISTINCT {column}) FROM {source.table}")[0]
    if distinct < 2:
        return "constant"
    if kind.startswith("VARCHAR"):
        if distinct > _MAX_LEVELS or (distinct > 10 and distinct > 0.5 * known):
            return "text with too many distinct values to be a category"
    elif not chosen and is_identifier(source, name):
        return "an identifier"
    return None


def _target(name: str, frame: pd.DataFrame) -> Target:
    target = read_target(name, frame[name])
    classes = target.values.nunique()
    if classes < 2:
        raise refuse(f"drivers: {name!r} has only one value: there is nothing to explain")
    if target.kind == "classes" and classes > _MAX_CLASSES:
        raise refuse(
            f"drivers: {name!r} is text with {classes} values: name a number or a column of few categories, or use "
            f"num({quoted(name)}) in an SQL step if it holds numbers"
        )
    return target


def _rows(found: Sequence[Association], model: Importance | None) -> list[tuple[object, ...]]:
    adjusted = benjamini_hochberg([item.p for item in found])
    lost = model.lost if model else {}
    ranked = sorted(
        zip(found, adjusted, strict=True),
        key=lambda pair: (pair[1] is None or pair[1] >= 0.05, -pair[0].strength, pair[0].feature),
    )
    return [
        (item.feature, item.kind, item.measure, item.association, item.direction, *item.levels, item.p, p,
         lost.get(item.feature), item.n, item.low, item.high)
        for item, p in ranked
    ]  # fmt: skip


def _doubts(
    found: Sequence[Association], model: Importance | None, target: Target, rows: int, modelled: int
) -> list[str]:
    warnings = []
    leaks = [item.feature for item in found if item.strength > 0.98]
    if leaks:
        how = "perfectly" if max(item.strength for item in found) > 0.999 else "almost perfectly"
        warnings.append(
            f"{', '.join(map(repr, leaks))} predicts {target.name!r} {how}: it may be computed from it or known only "
            "afterwards (leakage); name the features without it"
        )
    elif model is not None and model.score > 0.995:
        warnings.append(f"the features together predict {target.name!r} almost perfectly: look for leakage among them")
    if model is None:
        warnings.append(f"{rows} rows with a {target.name!r} are too few to test a model on held-out rows")
    elif model.score <= model.baseline + 0.02:
        warnings.append("the model is hardly better than a naive guess: these columns explain little")
    if rows < 100:
        warnings.append(f"only {rows} rows, so associations are rough")
    if modelled < len(found):
        warnings.append(f"the model uses the {modelled} features with the strongest association")
    return warnings


def _schema(wanted: DriverParameters, columns: Columns) -> Schema:
    return {"": list(_FEATURES), "model": list(_MODEL)}


def _check(wanted: DriverParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    problems = feature_problems(wanted.features, wanted.target, columns, "drivers")
    known = profiled(wanted.target, profile)
    if is_temporal(columns.get(wanted.target, "")):
        problems.append(f"drivers: the target {wanted.target!r} is a date: name a number or a category")
    elif known is not None and columns.get(wanted.target, "").startswith("VARCHAR") and known.distinct > _MAX_CLASSES:
        problems.append(
            f"drivers: {wanted.target!r} is text with {known.distinct} values: name a number or a column of few "
            f"categories, or use num({quoted(wanted.target)}) in an SQL step if it holds numbers"
        )
    return problems


DRIVERS = Method(
    name="drivers",
    parameters=DriverParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("target", "features"),
    synonyms=MODEL_SYNONYMS | {"value": "target"},
    aliases=("key_drivers", "feature_importance", "driver_analysis"),
    signature=(
        'drivers(target,[features="*"]) -> feature,kind,measure,~association,'
        "direction,highest_at,lowest_at,p,p_adjusted,importance,n; "
        "_model: model,metric,score,baseline,n,target_level"
    ),
)  # fmt: skip
