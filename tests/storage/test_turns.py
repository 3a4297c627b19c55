"""Turns are taken one after the other, first come, first served."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from analyst.storage.turns import Turns


def wait_until_waiting(turns: Turns, count: int) -> None:
    while len(turns._waiting) < count:
        threading.Event().wait(0.001)


def test_no_more_are_in_at_once_than_may_be() -> None:
    turns, inside, most, lock = Turns(3, 60), 0, 0, threading.Lock()

    def one(_: int) -> None:
        nonlocal inside, most
        with turns:
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.001)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(one, range(100)))
    assert most == 3


def test_who_came_first_is_served_first() -> None:
    turns, served = Turns(1, 60), list[int]()

    def one(number: int) -> None:
        with turns:
            served.append(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(10)]
    with turns:
        for number, thread in enumerate(threads):
            thread.start()
            wait_until_waiting(turns, number + 1)
    for thread in threads:
        thread.join()
    assert served == list(range(10))


def test_an_error_inside_gives_the_turn_back() -> None:
    turns = Turns(1, 60)
    with pytest.raises(ValueError, match="inside"), turns:
        raise ValueError("inside")
    with turns:
        pass


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no timer signal on this system")
def test_who_is_interrupted_while_waiting_gives_its_place_up() -> None:
    turns = Turns(1, 60)
    held, done = threading.Event(), threading.Event()

    def holder() -> None:
        with turns:
            held.set()
            done.wait()

    thread = threading.Thread(target=holder)
    thread.start()
    held.wait()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt), turns:
            pass
    finally:
        signal.signal(signal.SIGALRM, before)
    done.set()
    thread.join()
    with turns:
        pass


def test_a_thread_that_waits_for_itself_is_told_and_nobody_else_is_held_up() -> None:
    turns = Turns(1, 0.05)
    with turns, pytest.raises(TimeoutError, match=r"no turn within 0\.05 s"), turns:
        pass
    with turns:
        pass
