"""Processor time of process trees: real processes that work, and a /proc written for the purpose."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.loadtest.cpu import CpuWatch, read_processes, tree

BUSY = """
import sys, time
until = time.process_time() + 0.4
while time.process_time() < until:
    pass
print("done", flush=True)
sys.stdin.read()
"""


def write_process(proc: Path, pid: int, parent: int, own: int, reaped: int = 0) -> None:
    (proc / str(pid)).mkdir(parents=True, exist_ok=True)
    fields = [0] * 20
    fields[11], fields[13] = own, reaped
    text = " ".join(map(str, ["S", parent, *fields[2:]]))
    (proc / str(pid) / "stat").write_text(f"{pid} (a (name) of ours) {text}", encoding="utf-8")


def write_machine(proc: Path, busy: int) -> None:
    (proc / "stat").write_text(f"cpu  {busy} 0 0 999 0 0 0 0 0 0\n", encoding="ascii")


def test_each_part_gets_the_time_of_its_own_processes_and_others_the_rest(tmp_path: Path) -> None:
    tick = os.sysconf("SC_CLK_TCK")
    write_machine(tmp_path, 0)
    write_process(tmp_path, os.getpid(), 1, 0)
    for pid, parent in ((10, os.getpid()), (11, 10), (12, 11), (20, 1), (30, os.getpid())):
        write_process(tmp_path, pid, parent, 0)
    watch = CpuWatch([10], 20, tmp_path)
    for pid, parent, seconds in ((10, os.getpid(), 4), (11, 10, 2), (12, 11, 1), (20, 1, 3), (30, os.getpid(), 5)):
        write_process(tmp_path, pid, parent, seconds * tick, reaped=tick if pid == 10 else 0)
    write_machine(tmp_path, 20 * tick)
    told = watch.used(wall_s=20.0, analyses=10)
    assert told is not None
    assert (told["workers_s"], told["plans_s"], told["gateway_s"], told["simulator_s"]) == (4.0, 4.0, 3.0, 5.0)
    assert told["others_s"] == 4.0
    assert told["platform_s_per_analysis"] == 1.1
    assert told["full_at_per_s"] == pytest.approx((os.cpu_count() or 1) / 1.1, abs=1e-3)


def test_without_proc_nothing_is_told(tmp_path: Path) -> None:
    assert CpuWatch([1], None, tmp_path / "none").used(1.0, 1) is None


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")
def test_a_process_that_works_is_seen_to_work() -> None:
    process = subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        watch = CpuWatch([process.pid], None)
        assert process.stdout is not None and process.stdout.readline() == "done\n"
        told = watch.used(1.0, 1)
        assert told is not None and told["workers_s"] >= 0.2
        assert process.pid in tree(read_processes(), os.getpid())
    finally:
        process.communicate("")
