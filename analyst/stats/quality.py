"""quality: what is wrong with the data, how much of it, how bad, and the SQL that mends it."""

# Every name passes `quoted`, so text built into SQL here can't end its statement.

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyst.datasets import suspicion, text_patterns
from analyst.datasets.measuring import (
    count_duplicates,
    measure_extremes,
    measure_ranges,
    measure_values,
    near_duplicates,
)
from analyst.datasets.quality import find_issues
from analyst.datasets.roles import role
from analyst.protocol.table import ColumnProfile, Issue, OpenedTable, Suspicion, TableProfile
from analyst.stats.method import Columns, Method, Parameters, Result, Schema, Source, names_of, refuse
from analyst.stats.results import Fields, formats, ratio, table

if TYPE_CHECKING:
    from analyst.datasets.measuring import Measured

_ISSUES: Fields = (
    ("issue", "VARCHAR"),
    ("column", "VARCHAR"),
    ("count", "BIGINT"),
    ("percent", "DOUBLE"),
    ("severity", "VARCHAR"),
    ("example", "VARCHAR"),
    ("repair", "VARCHAR"),
)


class QualityParameters(Parameters):
    """The columns to look at; all without it."""

    columns: str | tuple[str, ...] = "*"


def run(source: Source, wanted: QualityParameters) -> list[Result]:
    """A row an issue, worst first; `percent` is the fraction of rows, `repair` a SELECT that mends it.

    The rules are those of datasets.quality (missing, numbers or dates as text, near-duplicate categories, outliers by
    Tukey's fences, codes for missing, lone negatives, constants, duplicate rows), on every row.
    """
    rows = source.rows()
    if not rows:
        raise refuse("quality: the table has no rows")
    names = None if wanted.columns == "*" else names_of(wanted.columns, source.columns)
    found = issues(source, rows, names, datetime.now(tz=timezone.utc).date())
    told = () if found else ("no issue found",)
    listed = [_row(issue, rows) for issue in found]
    cells = [place for place, issue in enumerate(found) if issue.column and not source.is_category(issue.column)]
    spelt = [place for place in cells if found[place].kind in ("near_duplicates", "sentinel")]
    shown = {"percent": "percent"}
    return [table(_ISSUES, listed, key=("issue", "column"), formats=formats(_ISSUES, shown), warnings=told,
                  withheld={"example": cells, "repair": spelt},
                  what=f"data-quality issues in {rows:,} rows, worst first")]  # fmt: skip


def issues(source: Source, rows: int, names: Sequence[str] | None, today: date) -> tuple[Issue, ...]:
    """The issues of the source, of `names` only when given."""

    engine, relation = source.engine, source.name
    measured = [m for m in measure_ranges(engine, relation, rows, today) if names is None or m.name in names]
    judged = [_judged(source, column) for column in measured]
    measure_extremes(engine, relation, measured)
    duplicates = count_duplicates(engine, relation, measured) if names is None else 0
    profiles = tuple(_profile(column, known) for column, known in zip(measured, judged, strict=True))
    opened = OpenedTable(Path(), Path(), "data", "table", rows, tuple(source.columns), "")
    return find_issues(TableProfile(opened, profiles, duplicates), names, relation=source.name)


def _judged(source: Source, column: Measured) -> dict[str, Any]:
    """What the distinct values of a text column tell; they lie in `groups` until the next column is measured."""

    engine = source.engine
    measure_values(engine, source.name, column)
    if column.kind != "text" or not column.present:
        return {}
    numbers = text_patterns.numbers_in(engine, column.name, column.sample)
    unread = [Suspicion("unread_numbers", numbers.unread, numbers.example)] if numbers and numbers.unread else []
    words = [(str(value), int(count)) for value, count in source.query(
        "SELECT v, n FROM groups WHERE length(v) <= 20"
    ) if str(value).strip().casefold() in suspicion.LEFTOVERS]  # fmt: skip
    padded = text_patterns.weight(engine, "v <> trim(v)")
    return {
        "number_pattern": numbers.pattern if numbers else None,
        "near_duplicates": () if numbers else near_duplicates(engine),
        "suspicious": unread + suspicion.judge_padding(padded) + suspicion.judge_words(words),
    }


def _profile(column: Measured, judged: dict[str, Any]) -> ColumnProfile:
    chosen = role(column, number_pattern=judged.get("number_pattern"))
    doubts = list(judged.get("suspicious", ()))
    if column.kind in ("date", "timestamp"):
        doubts += suspicion.judge_dates(column.future, column.maximum, column.ancient, column.minimum)
    elif column.quantiles and chosen not in ("identifier", "target", "time"):
        facts = suspicion.NumberFacts(
            column.name, column.present, float(column.minimum), float(column.maximum), column.quantiles, column.negative,
            column.sentinels,
        )  # fmt: skip
        doubts += suspicion.judge_numbers(facts)
    kept = ("name", "type", "kind", "distinct", "minimum", "maximum", "mean", "std", "skew", "quantiles", "values")
    known = {name: value for name, value in judged.items() if name != "suspicious"}
    return ColumnProfile(
        **{name: getattr(column, name) for name in kept},
        **known,
        role=chosen,
        missing=column.rows - column.present,
        outliers=0 if chosen in ("identifier", "target", "time") else column.outliers,
        suspicious=tuple(doubts),
    )


def _row(issue: Issue, rows: int) -> tuple[Any, ...]:
    example = issue.examples[0] if issue.examples else None
    return issue.kind, issue.column, issue.count, ratio(issue.count, rows), issue.severity, example, issue.repair_sql


def _schema(wanted: QualityParameters, columns: Columns) -> Schema:
    return {"": list(_ISSUES)}


QUALITY = Method(
    name="quality",
    parameters=QualityParameters,
    run=run,
    schema=_schema,
    columns_in=("columns",),
    synonyms={"column": "columns", "variables": "columns"},
    aliases=("data_quality", "quality_check", "missing_values"),
    signature="quality([columns]) -> issue,column,count,percent,severity,example,repair(SQL), worst first",
)
