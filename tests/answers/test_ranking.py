"""The order of insights."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from analyst.answers.ranking import ranked
from analyst.protocol.replies import Insights


def titles(*given: tuple[str, str, str | None]) -> list[str]:
    insights = [{"title": t, "statement": "s", "confidence": c, "table": table} for t, c, table in given]
    return [insight.title for insight in ranked(Insights.model_validate({"insights": insights})).insights]


def test_what_answers_the_question_stays_first_however_unsure() -> None:
    assert titles(("answer", "low", "s1"), ("sure", "high", "s2")) == ["answer", "sure"]


def test_the_others_follow_by_certainty_and_relevance_and_then_by_the_order_given() -> None:
    given = (
        ("answer", "high", "s1"),
        ("unsure", "low", "s1"),
        ("of the file", "high", "profile"),
        ("sure", "high", "check_group"),
        ("sure too", "high", "s2"),
    )
    assert titles(*given) == ["answer", "sure", "sure too", "of the file", "unsure"]


def test_more_than_five_are_refused() -> None:
    with pytest.raises(ValidationError, match="at most 5"):
        Insights.model_validate({"insights": [{"title": str(n), "statement": "s"} for n in range(6)]})
