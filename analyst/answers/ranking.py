"""Insights in the order of size, certainty and relevance, whoever wrote them; at most five (protocol.replies)."""

from __future__ import annotations

from analyst.protocol.evidence import ALWAYS
from analyst.protocol.replies import Insight, Insights

CERTAINTY = {"high": 1.0, "medium": 0.7, "low": 0.4}
"""What an insight's confidence weighs."""
SIZE = (1.0, 0.9, 0.8, 0.7, 0.6)
"""What its place weighs: who read the results puts the larger effect first, and code sees no size in a sentence."""
_BESIDE = 0.5


def ranked(insights: Insights) -> Insights:
    """The first, which answers the question, then the others by size times certainty times relevance.

    Relevance: an insight that rests on no result of the plan says little to the question. Ties keep their order.
    """
    first, *others = insights.insights
    scored = sorted(enumerate(others, 1), key=lambda placed: -_score(*placed))
    return insights.model_copy(update={"insights": (first, *(insight for _, insight in scored))})


def _score(place: int, insight: Insight) -> float:
    relevance = _BESIDE if insight.table is None or insight.table in ALWAYS else 1.0
    return SIZE[min(place, len(SIZE) - 1)] * CERTAINTY[insight.confidence] * relevance
