"""Workers are kept for the next analysis while they are whole, and never while they are at work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import LimitError, PlanError
from analyst.execution.pool import MOST_USES, WorkerPool
from analyst.execution.process import WorkerProcess
from analyst.execution.runner import PlanRunner

Opener = Callable[..., PlanRunner]
COUNT = {"steps": [{"id": "s1", "sql": "SELECT count(*) AS n FROM data"}]}
ENDLESS = {"steps": [{"id": "s1", "sql": "SELECT count(*) AS n FROM range(1000000000000) AS a(x)"}]}


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    made = WorkerPool(2, memory_mb=512)
    yield made
    made.close()


def counted(runner: PlanRunner) -> Any:
    return runner.execute(runner.bind(COUNT)).table("s1").rows[0][0]


def test_the_next_analysis_gets_the_same_worker_and_sees_its_own_table_only(
    pool: WorkerPool, small_table: Opener
) -> None:
    with small_table(3, pool=pool) as first:
        assert counted(first) == 3
        pid = first.worker_pid
    with small_table(5, pool=pool) as second:
        assert counted(second) == 5
        assert second.worker_pid == pid


def test_a_filled_pool_gives_a_worker_that_was_started_before(pool: WorkerPool, small_table: Opener) -> None:
    pool.fill()
    waiting = {worker.pid for worker in pool._idle}
    assert len(waiting) == 2
    with small_table(3, pool=pool) as runner:
        assert counted(runner) == 3 and runner.worker_pid in waiting


def test_a_worker_serves_another_analysis_between_two_plans_of_one_and_what_the_second_reads_is_computed_again(
    pool: WorkerPool, small_table: Opener
) -> None:
    further = {"steps": [{"id": "s2", "sql": "SELECT n + 1 AS more FROM s1"}]}
    with small_table(3, pool=pool) as first, small_table(5, pool=pool) as second:
        bound = first.bind(COUNT)
        earlier, pid = first.execute(bound), first.worker_pid
        first.unasked(bound)
        assert first.worker_pid is None
        assert (counted(second), second.worker_pid) == (5, pid)
        assert first.execute(first.bind(further), earlier=earlier).table("s2").rows == ((4,),)


def test_a_plan_that_is_refused_leaves_its_worker_to_others(pool: WorkerPool, small_table: Opener) -> None:
    with small_table(3, pool=pool) as runner:
        with pytest.raises(PlanError):
            runner.bind({"steps": [{"id": "s1", "sql": "SELECT nothing FROM data"}]})
        assert runner.worker_pid is None and len(pool._idle) == 1


def test_a_worker_that_passed_a_limit_never_comes_back(pool: WorkerPool, small_table: Opener) -> None:
    with small_table(3, pool=pool, timeout_s=2) as first:
        counted(first)
        pid = first.worker_pid
        with pytest.raises(LimitError):
            first.execute(first.bind(ENDLESS))
        assert counted(first) == 3
        assert first.worker_pid != pid


def test_a_worker_that_is_stopped_at_work_is_killed_and_not_kept(pool: WorkerPool, small_table: Opener) -> None:
    runner = small_table(3, pool=pool, timeout_s=20)
    bound, failed = runner.bind(ENDLESS), threading.Event()
    pid = runner.worker_pid

    def run() -> None:
        try:
            runner.execute(bound)
        except LimitError:
            failed.set()

    thread = threading.Thread(target=run)
    thread.start()
    while runner._lock.acquire(blocking=False):  # until the plan is at work
        runner._lock.release()
    runner.close()
    thread.join(20)
    assert failed.is_set()
    with small_table(4, pool=pool) as second:
        assert counted(second) == 4
        assert second.worker_pid != pid


def test_workers_of_other_limits_and_worn_out_ones_are_ended(pool: WorkerPool) -> None:
    worker = pool.take(1024)
    pool.give_back(worker, 1024)
    assert not worker.alive
    worker = pool.take(512)
    for _ in range(MOST_USES + 1):
        pool.give_back(worker, 512)
        again = pool.take(512)
        if again.pid != worker.pid:
            again.kill()
            break
    assert not worker.alive


def test_closing_the_pool_ends_every_idle_worker() -> None:
    pool = WorkerPool(2, memory_mb=512)
    workers: list[WorkerProcess] = [pool.take(512) for _ in range(3)]
    for worker in workers:
        pool.give_back(worker, 512)
    assert [worker.alive for worker in workers].count(True) == 2
    pool.close()
    assert not any(worker.alive for worker in workers)


@pytest.fixture
def small_table(tmp_path: Path) -> Opener:
    from analyst.datasets.opening import open_table
    from analyst.datasets.profiling import profile_table

    def made(rows: int, *, pool: WorkerPool, timeout_s: float = 10.0) -> PlanRunner:
        source = tmp_path / f"t{rows}.csv"
        source.write_text("a,b\n" + "".join(f"{n},x\n" for n in range(rows)), encoding="utf-8")
        workdir = tmp_path / f"w{rows}"
        workdir.mkdir(exist_ok=True)
        opened = open_table(source, workdir)
        return PlanRunner(profile_table(opened), timeout_s=timeout_s, memory_mb=512, pool=pool)

    return made
