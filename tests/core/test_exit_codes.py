"""Interruptions at the edge: never lost, never in the middle of an import, never a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analyst.core.settings import ROOT

STARTS = """
import signal, sys, tempfile, threading, time
from contextlib import suppress
from pathlib import Path
from analyst.core.exit_codes import exit_code
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""
ENDS = """
def work():
    with tempfile.TemporaryDirectory(dir=sys.argv[1]):
        {begins}
        time.sleep(60)
    return 0

sys.exit(exit_code(work))
"""
AT_WORK = "print('at work', flush=True)"
SLOW_TO_END = STARTS + ENDS.format(begins=f"threading.Thread(target=time.sleep, args=(20,)).start(); {AT_WORK}")
SWALLOWS = STARTS + ENDS.format(begins=f"{AT_WORK}\n        with suppress(BaseException): time.sleep(60)")
SLOW_MODULE = (
    f"import time\n{AT_WORK}\ntry:\n    time.sleep(1)\nexcept BaseException:\n    print('half made', flush=True)\n"
)
IMPORTS = STARTS + ENDS.format(begins="sys.path.insert(0, sys.argv[2]); import slow_module; print('made', flush=True)")


def started(code: str, *given: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, given)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "at work\n"
    return process


def test_ctrl_c_ends_with_130_and_a_second_one_at_once_without_a_traceback(tmp_path: Path) -> None:
    process = started(SLOW_TO_END, tmp_path)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None, "a thread is still at work"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=10)
    assert (process.returncode, told) == (130, "Interrupted.\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interruption_that_is_swallowed_comes_again_and_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = started(SWALLOWS, tmp_path)
    process.send_signal(number)
    _, told = process.communicate(timeout=20)
    assert (process.returncode, told) == (code, "Interrupted.\n")
    assert not list(tmp_path.iterdir())


def test_an_interruption_during_an_import_comes_after_it(tmp_path: Path) -> None:
    (tmp_path / "slow_module.py").write_text(SLOW_MODULE)
    process = started(IMPORTS, tmp_path, tmp_path)
    process.send_signal(signal.SIGINT)
    printed, told = process.communicate(timeout=20)
    assert (process.returncode, told) == (130, "Interrupted.\n")
    assert "half made" not in printed


def test_a_hangup_that_nohup_ignores_stays_ignored(tmp_path: Path) -> None:
    process = started(SLOW_TO_END.replace("SIG_DFL", "SIG_IGN"), tmp_path)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    process.kill()
    process.communicate()
