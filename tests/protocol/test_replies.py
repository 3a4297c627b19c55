"""What the agents that follow are told of a plan: how the question was understood, nothing empty."""

from __future__ import annotations

from analyst.protocol.replies import Limit, PlanReply, Understanding

STEP = {"id": "s1", "sql": "SELECT 1"}


def test_an_understanding_without_more_is_the_reading_and_what_is_left_open() -> None:
    plan = PlanReply(reading="The total.", steps=(STEP,))
    assert plan.understanding() == {"reading": "The total.", "unanswered": None}


def test_limits_records_and_overview_read_back_as_they_were_sent() -> None:
    limits = (Limit(column="branch", words="branch Lyon"), Limit(column="day", words="2024", period=True))
    plan = PlanReply(reading="Orders.", limits=limits, records="orders", overview=True, steps=(STEP,))
    back = Understanding.model_validate(plan.understanding())
    assert (back.limits, back.records, back.overview) == (limits, "orders", True)
