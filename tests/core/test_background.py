"""Work on a thread of its own."""

from __future__ import annotations

import threading

import pytest

from analyst.core.background import Awaited, Background


def test_work_starts_at_once_and_its_result_can_be_had_more_than_once() -> None:
    started, go = threading.Event(), threading.Event()

    def work() -> str:
        started.set()
        assert go.wait(30)
        return "done"

    running = Background(work)
    assert started.wait(30)
    go.set()
    assert (running.wait(), running.wait()) == ("done", "done")


def test_what_the_work_raised_is_raised_by_wait_and_not_by_join() -> None:
    def work() -> None:
        raise KeyError("gone")

    running = Background(work)
    running.join()
    with pytest.raises(KeyError, match="gone"):
        running.wait()


def test_a_value_is_waited_for_once_and_the_time_of_that_is_known() -> None:
    ticks, waited = iter([10.0, 17.5]), list[str]()

    def wait() -> str:
        waited.append("once")
        return "done"

    awaited = Awaited(wait, lambda: next(ticks))
    assert awaited.waited_s == 0
    assert (awaited(), awaited(), awaited.waited_s, waited) == ("done", "done", 7.5, ["once"])
