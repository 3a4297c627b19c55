"""From a Query to the steps of a plan: one compiler for each intent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.plans import methods, named, rankings, series, tables
from analyst.rulebased.plans.draft import Asked, Draft
from analyst.rulebased.plans.methods import overview
from analyst.rulebased.plans.preparing import in_words, prepared_card, ready
from analyst.rulebased.query.model import Query

COMPILERS: dict[str, Callable[[Asked], Draft]] = {
    "aggregate": tables.aggregate,
    "listing": rankings.listing,
    "sum of rows": rankings.sum_of_rows,
    "first of groups": rankings.first_of_groups,
    "share of value": tables.share_of_value,
    "share of first": tables.share_of_first,
    "window": series.window,
    "mean growth": series.mean_growth,
    "cohort": series.cohort,
    "both": tables.both,
    "share": methods.share,
    "trend": methods.trend,
    "change": methods.change,
    "forecast": methods.forecast,
    "drivers": methods.drivers,
    "describe": methods.describe,
    "anomalies": methods.anomalies,
    "outliers": methods.outliers,
    "segments": methods.segments,
    "test": methods.tested,
    "quality": methods.quality,
    "named fields": named.named_fields,
    "overview": overview,
}
"""What plans each intent."""


def draft_of(query: Query, card: TableCard, time: ColumnCard | None) -> tuple[Draft, Asked]:
    """The plan of a query, and what it was written from: the table as it is, or as it is once its rows are prepared."""
    if query.intent == "named fields" or not query.preparing:
        asked = Asked(query, card, time)
        return COMPILERS[query.intent](asked), asked
    asked = Asked(query, prepared_card(query.preparing, card), time)
    draft = COMPILERS[query.intent](asked)
    reading = f"{draft.reading.removesuffix('.')}{in_words(query.preparing)}."
    return replace(draft, reading=reading, ready=ready(asked, card, draft.steps)), asked
