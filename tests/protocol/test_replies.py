"""The schemas that decoders are held to, and what the agents that follow are told of a plan."""

from __future__ import annotations

import json

import pytest

from analyst.core.agents import ROLES
from analyst.protocol.replies import OF_AGENT, Limit, PlanReply, Understanding, reply_schema
from lab.simulator.content import sample


def test_every_agent_has_the_schema_of_its_reply() -> None:
    assert set(OF_AGENT) == set(ROLES)


@pytest.mark.parametrize("agent", OF_AGENT)
def test_a_schema_names_the_fields_of_the_reply_and_holds_nothing_that_decoders_trip_over(agent: str) -> None:
    schema = reply_schema(OF_AGENT[agent])
    assert schema["type"] == "object"
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert set(properties) == set(OF_AGENT[agent].model_fields)
    written = json.dumps(schema)
    assert "pattern" not in written
    assert "analyst." not in written, "docstrings are for us"


@pytest.mark.parametrize("agent", OF_AGENT)
def test_the_smallest_reply_that_a_decoder_can_write_has_the_form_that_is_read(agent: str) -> None:
    smallest = sample(reply_schema(OF_AGENT[agent]))
    OF_AGENT[agent].model_validate(smallest)


STEP = {"id": "s1", "sql": "SELECT 1"}


def test_an_understanding_without_more_is_the_reading() -> None:
    plan = PlanReply(reading="The total.", steps=(STEP,))
    assert plan.understanding() == {"reading": "The total."}


def test_limits_records_and_overview_read_back_as_they_were_sent() -> None:
    limits = (Limit(column="branch", words="branch Lyon"), Limit(column="day", words="2024", period=True))
    plan = PlanReply(reading="Orders.", limits=limits, records="orders", overview=True, steps=(STEP,))
    back = Understanding.model_validate(plan.understanding())
    assert (back.limits, back.records, back.overview) == (limits, "orders", True)
