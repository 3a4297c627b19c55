from __future__ import annotations

from typing import Any

import pytest

from analyst.answers.consensus.verdict import caveat, line
from analyst.protocol.results import OUTCOMES, ConsensusRecord, PlannerRecord


def record(outcome: Any, models: tuple[str, ...] = ("a",), **given: Any) -> ConsensusRecord:
    planners = tuple(PlannerRecord(model=name, planned=True) for name in "abc")
    return ConsensusRecord(**({"outcome": outcome, "note": "", "models": models, "planners": planners} | given))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (record("agreed", ("a", "c")), "Two of three models agreed: a and c got the same result independently; "
         "b got a different one."),
        (record("agreed", ("a", "b", "c")), "Three models agreed: a, b and c got the same result"),
        (record("judged", judge="j", because="It adds up."), "The judge (j) chose the plan from a: It adds up."),
        (record("unsettled"), "Three models got different results (a, b, c), and no judge could decide, so the plan from a"),
        (record("single", planners=(PlannerRecord(model="b", planned=False, why="unavailable"),)),
         "No consensus: only a returned a plan. b returned no plan (unavailable)."),
        (record("impossible", (), planners=()), "No consensus: only the rule-based analyst is available"),
    ],
)  # fmt: skip
def test_each_outcome_is_told_in_a_line(told: ConsensusRecord, said: str) -> None:
    assert said in line(told)


def test_a_caveat_stands_wherever_no_consensus_was_reached_and_nowhere_else() -> None:
    warned = {outcome for outcome in OUTCOMES if caveat(record(outcome))}
    assert warned == {"unsettled", "single", "impossible"} and caveat(None) == ""
