"""A query without the places of its words: what a follow-up goes on with."""

from __future__ import annotations

from dataclasses import replace

from analyst.rulebased.query.model import NOWHERE, Key, Measure, Query, Ratio, Value

CHANGEABLE = frozenset(
    (
        "aggregate", "trend", "share", "share of value", "share of first", "change", "listing", "forecast", "window",
        "mean growth", "cohort", "drivers", "describe", "test", "anomalies",
        "outliers", "sum of rows",
    )
)  # fmt: skip
"""The intents that a follow-up can change; of the others every part hangs on the words of the question."""


def unplaced(query: Query) -> Query:
    """`query`, none of whose slots knows where its words stand."""
    return replace(
        query,
        at=NOWHERE,
        values=tuple(map(_value, query.values)),
        keys=tuple(map(_key, query.keys)),
        conditions=tuple(replace(c, at=NOWHERE) for c in query.conditions),
        having=tuple(replace(h, at=NOWHERE, value=_value(h.value)) for h in query.having),
        within=_key(query.within) if query.within is not None else None,
        window=replace(query.window, at=NOWHERE) if query.window is not None else None,
    )


def _key(key: Key) -> Key:
    rest = None if key.rest is None else replace(key.rest, at=NOWHERE)
    return replace(key, at=NOWHERE, among=tuple(replace(c, at=NOWHERE) for c in key.among), rest=rest)


def _value(value: Value) -> Value:
    if isinstance(value, Ratio):
        return replace(value, at=NOWHERE, top=_measure(value.top), bottom=_measure(value.bottom))
    return _measure(value)


def _measure(measure: Measure) -> Measure:
    condition = measure.condition
    return replace(measure, at=NOWHERE, condition=None if condition is None else replace(condition, at=NOWHERE))
