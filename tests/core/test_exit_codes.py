"""Interruptions at the edge: never lost, never in the middle of an import, never a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from analyst.core import exit_codes
from analyst.core.exit_codes import AGAIN_S, IMPORTING, interrupt
from analyst.core.settings import ROOT

SLOW_TO_END = """
import sys, threading, time
from analyst.core.exit_codes import exit_code

def work():
    threading.Thread(target=time.sleep, args=(20,)).start()
    print("at work", flush=True)
    time.sleep(60)
    return 0

sys.exit(exit_code(work))
"""


@pytest.fixture(autouse=True)
def unheard() -> Iterator[None]:
    """No signal was heard before a test, and none is left to end the process of the tests."""
    exit_codes._heard.clear()
    yield
    exit_codes._heard.clear()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_in_order_and_a_second_one_at_once_without_a_traceback(number: signal.Signals, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_TO_END], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "at work\n"
    process.send_signal(number)
    time.sleep(0.5)
    assert process.poll() is None, "a thread is still at work"
    process.send_signal(number)
    _, told = process.communicate(timeout=10)
    assert (process.returncode, told) == (code, "Interrupted.\n")


def test_an_interruption_during_an_import_comes_after_it() -> None:
    code = compile(
        "interrupt(signal.SIGINT, sys._getframe())\nfinished.append(True)", f"{IMPORTING}._bootstrap>", "exec"
    )
    finished: list[bool] = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            exec(code, {"interrupt": interrupt, "signal": signal, "sys": sys, "finished": finished})
            time.sleep(100 * AGAIN_S)
    finally:
        signal.signal(signal.SIGINT, before)
    assert finished == [True]


def test_elsewhere_it_comes_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupt(signal.SIGINT, sys._getframe())


def test_an_interruption_that_is_swallowed_is_not_the_last_chance() -> None:
    swallowing = SLOW_TO_END.replace(
        '    print("at work", flush=True)\n    time.sleep(60)\n',
        '    try:\n        print("at work", flush=True)\n        time.sleep(60)\n'
        '    except BaseException:\n        print("lost", flush=True)\n    time.sleep(60)\n',
    )
    assert "lost" in swallowing
    process = subprocess.Popen(
        [sys.executable, "-c", swallowing], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "at work\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "lost\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 130
    process.communicate()
