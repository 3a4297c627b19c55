"""What a weaker model costs an agent: counted by replies, and scored by right answers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from analyst.answers.last_resort import Check
from analyst.core.agents import AGENTS
from analyst.core.errors import AnalysisError, ReplyError
from lab.benchmarks.cases_asking import Crew
from lab.benchmarks.quality import TASKS, WEAKNESSES, Spoiler, Tally, chosen, section
from lab.benchmarks.questions.bank import read
from lab.simulator.scenarios import BAD_ANSWERS

OPENING = [{"role": "user", "content": "<task>\nreview\n</task>\n<question>\nWhat is it?\n</question>"}]


def refusing(*refused: str) -> Check[str]:
    """A check that takes any reply but those named, and makes the best of the last one."""

    def guard(text: str) -> str:
        if text in refused:
            raise ReplyError(["no"])
        return text

    return Check(guard, lambda text: f"the best of {text}")


@pytest.mark.parametrize(
    ("refused", "value", "replies"),
    [
        ((), "a1", 1),
        (("a1",), "a2", 2),
        (("a1", "a2"), "b1", 3),
        (("a1", "a2", "b1"), "b2", 4),
        (("a1", "a2", "b1", "b2"), "the best of b2", 5),
    ],
)
def test_a_refused_reply_goes_back_once_then_to_the_next_writer_then_to_the_last_resort(
    refused: tuple[str, ...], value: str, replies: int
) -> None:
    first, second = iter(("a1", "a2")), iter(("b1", "b2"))
    crew = Crew({"plan": (lambda messages: next(first), lambda messages: next(second))})
    assert crew.accepted("plan", "…", refusing(*refused)) == value
    assert crew.taken == {"plan": replies}


def test_the_next_writer_does_not_read_what_the_first_one_wrote() -> None:
    seen: list[int] = []

    def write(messages: list[dict[str, str]]) -> str:
        seen.append(len(messages))
        return "a"

    Crew({"plan": (write, write)}).accepted("plan", "…", refusing("a"))
    assert seen == [1, 3, 1, 3]


def test_a_task_without_a_last_resort_ends_in_an_error() -> None:
    check = replace(refusing("a"), last=None)
    with pytest.raises(AnalysisError):
        Crew({"plan": (lambda messages: "a",)}).accepted("plan", "…", check)


def test_replies_are_counted_by_who_wrote_them() -> None:
    tally = Tally()
    for replies in (1, 2, 3, 4, 5):
        tally.add(replies, right=replies < 4)
    assert (tally.weak_replies, tally.better_replies) == (1 + 2 * 4, 1 + 2 + 2)
    assert tally.taken == {"at_once": 1, "repaired": 1, "escalated": 2, "last_resort": 1}
    assert (tally.analyses, tally.right) == (5, 3)


def test_the_same_seed_spoils_the_same_replies_and_about_the_share_asked_for() -> None:
    def spoiled(seed: int) -> list[bool]:
        write = Spoiler(seed).writer("weak", BAD_ANSWERS)
        plain = Spoiler(seed).writer("weak", {})(OPENING)
        return [write(OPENING) != plain for _ in range(200)]

    assert spoiled(1) == spoiled(1) != spoiled(2)
    assert 0.2 < sum(spoiled(1)) / 200 < 0.7


def test_every_agent_is_weakened_and_only_plans_can_misread() -> None:
    assert {weakness.agent for weakness in WEAKNESSES} == set(TASKS) == set(AGENTS)
    assert {weakness.agent for weakness in WEAKNESSES if weakness.kind == "misread"} == {"query_interpreter"}


def test_the_questions_are_drawn_by_the_seed() -> None:
    questions = read()
    assert chosen(questions, 10, 7) == chosen(questions, 10, 7) != chosen(questions, 10, 8)
    assert len(chosen(questions, 10_000, 7)) == len(questions)


def test_the_section_holds_counts_that_json_can_keep() -> None:
    tally = Tally()
    tally.add(2, right=True)
    kept = json.loads(json.dumps(section({WEAKNESSES[0]: tally}, 1, {"seed": 7})))
    assert kept["rows"][0] | {"agent": "data_profiler", "repaired": 1, "at_once": 0, "right": 1} == kept["rows"][0]
    assert kept["right_without"] == 1
