"""A plan that says it kept something of the question before keeps it in its steps; otherwise the model is told."""

from __future__ import annotations

import json

import pytest

from analyst.answers.claims_kept import not_kept
from analyst.answers.guards import Guards
from analyst.core.errors import PlanError
from analyst.protocol.evidence import Evidence
from analyst.reporting.filling import Filler
from tests.test_agents import OneNumber, OpenPrivacy

VALUES = ("Delhi", "New York", "A+B (old)", "Ümit")


def sql(text: str) -> list[dict[str, object]]:
    return [{"id": "s1", "sql": text}]


@pytest.mark.parametrize(
    ("carried", "ran"),
    [
        (["2024", "by month"], "SELECT month, sum(x) FROM data WHERE day >= '2024-01-01' GROUP BY 1"),
        (["2024"], "SELECT sum(x) FROM data WHERE day > '2023-12-31'"),
        (["in Delhi"], "SELECT sum(x) FROM data WHERE lower(trim(city)) = 'delhi'"),
        (["New York, 2019 to 2021"], "SELECT 1 FROM data WHERE city = 'NEW YORK' AND year BETWEEN 2019 AND 2021"),
        (["only A+B (old)"], "SELECT sum(x) FROM data WHERE kind = 'A+B (old)'"),
        (["by product", "top 3", "total revenue"], "SELECT 1 FROM data"),
        (["model 20245", "1.2024"], "SELECT 1 FROM data"),
        ([], "SELECT count(*) FROM data"),
    ],
)
def test_what_the_steps_hold_may_be_claimed(carried: list[str], ran: str) -> None:
    assert not_kept(carried, sql(ran), VALUES) == []


@pytest.mark.parametrize(
    ("carried", "ran", "missing"),
    [
        (["2024"], "SELECT sum(x) FROM data WHERE city = 'Delhi'", ["2024"]),
        (["in Delhi", "2024"], "SELECT sum(x) FROM data WHERE day >= '2024-01-01'", ["Delhi"]),
        (["ümit's orders"], "SELECT count(*) FROM data WHERE who = 'Ümi'", ["Ümit"]),
        (["2019 to 2023", "New York"], "SELECT 1 FROM data WHERE day < '2020-01-01'", ["2023", "New York"]),
    ],
)
def test_what_no_step_holds_is_named(carried: list[str], ran: str, missing: list[str]) -> None:
    found = not_kept(carried, sql(ran), VALUES)
    assert [text.split(" was kept")[0].removeprefix("carried says that ") for text in found] == missing


def test_the_guard_gives_the_plan_back_to_its_model() -> None:
    guards = Guards(OneNumber(), OpenPrivacy(), Evidence(), Filler("and in Delhi?"), {}, ["Delhi"])
    reply = {
        "reading": "Revenue in Delhi.",
        "carried": ["2024"],
        "steps": sql("SELECT 1 FROM data WHERE city = 'Delhi'"),
    }
    with pytest.raises(PlanError, match="2024 was kept, but no step holds it"):
        guards.plan(json.dumps(reply))
    assert guards.plan(json.dumps(reply | {"carried": []})).plan.carried == ()
