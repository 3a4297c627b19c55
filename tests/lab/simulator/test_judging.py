"""The simulated judge picks the plan that the rules would have written."""

from __future__ import annotations

import json

import pytest

from analyst.protocol.blocks import block, quote
from analyst.rulebased.analyst import reply
from lab.simulator.content import Ask, Speaker
from lab.simulator.spoiling import spoil
from tests.lab.simulator.conftest import Case
from tests.lab.simulator.test_content import LUCK


def plan_block(number: int, plan: str) -> str:
    return block("plan", f"{quote({'plan': number, 'steps': json.loads(plan)['steps']})}\n{quote({'id': 's1'})}")


@pytest.mark.parametrize("right", [1, 2, 3])
def test_it_finds_the_right_plan_at_any_place(right: int, case: Case) -> None:
    prompt = case.messages["plan"]
    honest = reply([dict(message) for message in prompt])
    wrong = spoil("wrong_plan", honest, "", LUCK.stream("content"))
    assert wrong is not None and wrong != honest
    plans = "\n".join(plan_block(place, honest if place == right else wrong) for place in (1, 2, 3))
    text = str(prompt[-1]["content"]).replace(block("task", "plan"), block("task", "verdict"))
    said = Speaker().answer(Ask("m", ({"role": "user", "content": f"{text}\n{plans}"},))).text
    assert json.loads(said)["choice"] == right
