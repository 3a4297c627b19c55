"""The same seed gives the same run, whoever comes first."""

from __future__ import annotations

import random

import pytest

from lab.simulator.chance import Chance
from lab.simulator.faults import FAULTS
from lab.simulator.scenarios import CHAOS

REQUESTS = [("groq", "m", f"question {number % 40}") for number in range(200)]


def fates(seed: int, order: list[tuple[str, str, str]]) -> dict[tuple[str, int], str | None]:
    chance, met = Chance(seed), {}
    for provider, model, asked in order:
        luck = chance.luck(provider, model, asked)
        met[(asked, luck.occurrence)] = luck.fault(CHAOS, FAULTS)
    return met


def test_requests_that_come_in_another_order_meet_the_same_fate() -> None:
    shuffled = REQUESTS.copy()
    random.Random(3).shuffle(shuffled)
    assert fates(7, REQUESTS) == fates(7, shuffled)


def test_another_seed_gives_another_run_and_a_reset_the_same_one_again() -> None:
    assert fates(7, REQUESTS) != fates(8, REQUESTS)
    chance = Chance(7)
    first = [chance.luck(*request).token("id") for request in REQUESTS]
    chance.reset()
    assert [chance.luck(*request).token("id") for request in REQUESTS] == first
    chance.reset(8)
    assert [chance.luck(*request).token("id") for request in REQUESTS] != first


def test_the_same_thing_asked_again_may_meet_another_fate() -> None:
    chance = Chance(0)
    met = {chance.luck("groq", "m", "the same").fault(CHAOS, FAULTS) for _ in range(200)}
    assert len(met) > 3


def test_faults_strike_as_often_as_their_shares_say() -> None:
    chance = Chance(1)
    met = [chance.luck("groq", "m", number).fault(CHAOS, FAULTS) for number in range(20_000)]
    for fault, share in CHAOS.items():
        assert met.count(fault) / len(met) == pytest.approx(share, abs=4 * (share / len(met)) ** 0.5)
    assert met.count(None) / len(met) == pytest.approx(0.7, abs=0.015)


def test_a_share_of_one_always_strikes_and_none_never_does() -> None:
    chance = Chance(0)
    for number in range(50):
        luck = chance.luck("groq", "m", number)
        assert luck.fault({"hang": 1.0}, FAULTS) == "hang"
        assert luck.fault({}, FAULTS) is None


def test_streams_for_different_purposes_are_independent() -> None:
    luck = Chance(0).luck("groq", "m", "x")
    assert luck.stream("a").random() == luck.stream("a").random() != luck.stream("b").random()
