"""How a question was understood, as readers are told: the planner's words, else what was computed; and the period."""

from __future__ import annotations

from analyst.protocol.evidence import Evidence
from analyst.reporting.spans import Span, says, span_of, span_words


def understood(reading: str, results: Evidence) -> str:
    """`reading`, or where there is none what the first result holds; with the days that its filters name, if it has
    none."""
    told = reading or next((table.what for table in results.tables if table.what), "")
    span = _span(results)
    if span is None or not told or says(told, span):
        return told
    return f"{told.rstrip('. ')} ({span_words(span)})."


def _span(results: Evidence) -> Span | None:
    """The first and last day that the results' filters let through; None where they name none, or several spans."""
    spans = {span for table in results.tables if (span := span_of(table.facts.filters)) is not None}
    return spans.pop() if len(spans) == 1 else None
