"""One deadline, shared out."""

from __future__ import annotations

import pytest

from analyst.llm.resilience.deadline import PLANNED, Deadline


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_is_shared_among_the_calls_to_come() -> None:
    clock = Clock()
    deadline = Deadline(clock, 60.0)
    assert deadline.share(3) == pytest.approx(20.0)
    clock.now += 30.0
    assert deadline.left() == pytest.approx(30.0)
    assert deadline.share(2) == pytest.approx(15.0)


def test_slow_calls_that_use_their_share_up_never_eat_the_next_ones() -> None:
    clock = Clock()
    deadline = Deadline(clock, 60.0)
    for calls_left in (4, 3, 2, 1):
        share = deadline.share(calls_left)
        assert share == pytest.approx(15.0)
        clock.now += share
    assert deadline.past


def test_past_the_deadline_nothing_is_left() -> None:
    clock = Clock()
    deadline = Deadline(clock, 5.0)
    assert not deadline.past
    clock.now += 7.0
    assert (deadline.left(), deadline.share(3), deadline.past) == (0.0, 0.0, True)


@pytest.mark.parametrize("calls_left", [0, -2])
def test_there_is_always_at_least_the_call_itself(calls_left: int) -> None:
    assert Deadline(Clock(), 10.0).share(calls_left) == pytest.approx(10.0)


def test_past_the_target_a_call_should_still_take_a_second_not_none() -> None:
    now = [0.0]
    deadline = Deadline(lambda: now[0], 60.0, 8.0)
    now[0] = 9.0
    assert deadline.target_share(2) == 1.0


def test_usual_times_are_planned_into_a_part_of_the_target_so_that_late_calls_do_not_miss_it() -> None:
    now = [0.0]
    deadline = Deadline(lambda: now[0], 60.0, 8.0)
    assert deadline.target_share(2) == pytest.approx(PLANNED * 8.0 / 2)
    now[0] = 4.0
    assert deadline.target_share(1) == pytest.approx(PLANNED * 8.0 - 4.0)
