"""The schemas that decoders are held to."""

from __future__ import annotations

import json

import pytest

from analyst.core.agents import ROLES
from analyst.protocol.replies import OF_AGENT, reply_schema
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
