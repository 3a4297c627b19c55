from __future__ import annotations

import pytest

from analyst.core.agents import ROLES
from analyst.protocol.prompting import render, roles, task_text, variables
from analyst.protocol.replies import REPLIES


def test_every_agent_has_a_role_and_says_why_it_is_set_up_so() -> None:
    assert tuple(roles()) == ROLES
    assert all(role.because and role.goal for role in roles().values())


@pytest.mark.parametrize("name", [*REPLIES, "verdict"])
def test_every_task_carries_its_name_and_the_question(name: str) -> None:
    assert {"task", "question"} <= variables(task_text(name).description)


def test_a_missing_or_an_unused_variable_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"missing \['b'\], unused \['c'\]"):
        render("${a} ${b}", a="1", c="2")


def test_what_is_filled_in_is_not_looked_into_again() -> None:
    assert render("${a}", a="${b} {{s1.x}}") == "${b} {{s1.x}}"
