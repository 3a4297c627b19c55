"""Real worker processes on both databases: what a kill -9, a stop and a poisonous job leave of the work."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analyst.core.errors import AnalysisError, StoreError
from analyst.core.events import Ended, Failure, Progress
from analyst.core.settings import ROOT, load_settings
from analyst.datasets.opened_tables import OpenedTables
from analyst.protocol.calls import CallRecord, CallRequest, Payer
from analyst.protocol.table import TableSource
from analyst.service.analyses import Analyses
from analyst.service.queue import JobQueue, Limits, Submission
from analyst.service.requests import AnalysisRequest
from analyst.service.worker import Claimed, Worker
from analyst.storage.database import Store
from tests.service.working import AGENTS, PaidRouter, asking_four
from tests.stores import open_store, postgres_server, run_plain


@contextlib.contextmanager
def working(address: str, ledger: Path) -> Iterator[subprocess.Popen[str]]:
    """A worker process on the store."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.service.working", address, str(ledger)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout and process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


class Door:
    """The service's analyses on a store, as some process that does no work itself sees them."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.table = folder / "table.csv"
        self.table.write_text("a\n1\n")
        self.queue = JobQueue(store, Limits())
        self.analyses = Analyses(self.queue, store, folder / "runs")

    def ask(self, question: str, asker: str = "ann") -> str:
        return self.analyses.submit(AnalysisRequest(self.table, question), asker)

    def state(self, run_id: str, asker: str = "ann") -> str:
        return self.analyses.status(run_id, asker).state


@pytest.fixture
def door(store: Store, tmp_path: Path) -> Door:
    return Door(store, tmp_path)


def paid(ledger: Path) -> list[str]:
    return ledger.read_text().split() if ledger.exists() else []


def test_a_killed_owners_analysis_is_finished_and_only_its_call_in_flight_is_paid_twice(
    door: Door, address: str, tmp_path: Path
) -> None:
    ledger = tmp_path / "paid"
    run_id = door.ask("slow")
    with working(address, ledger) as first:
        until(lambda: paid(ledger) == list(AGENTS[:3]))
        os.kill(first.pid, signal.SIGKILL)
        with working(address, ledger):
            until(lambda: door.state(run_id) == "done")
    assert paid(ledger) == [*AGENTS[:3], *AGENTS[2:]]
    told = [event.event for event in door.analyses.follow(run_id, "ann")]
    assert told[-1] == Ended("done")
    again = [event.agent for event in told if isinstance(event, Progress) and "before" in event.text]
    assert again == list(AGENTS[:2])


def test_an_owner_that_was_stopped_and_wakes_pays_nothing_more(door: Door, address: str, tmp_path: Path) -> None:
    ledger, run_id = tmp_path / "paid", door.ask("slow")
    with working(address, ledger) as first:
        until(lambda: paid(ledger) == list(AGENTS[:3]))
        os.kill(first.pid, signal.SIGSTOP)
        with working(address, ledger):
            until(lambda: door.state(run_id) == "done")
            os.kill(first.pid, signal.SIGCONT)
            ledger.with_suffix(".go").touch()
            assert first.stdout and first.stdout.readline() == "lost\n"
    assert paid(ledger) == [*AGENTS[:3], *AGENTS[2:]]
    assert door.state(run_id) == "done"


def test_a_server_that_drops_every_connection_ends_no_analysis(door: Door, address: str, tmp_path: Path) -> None:
    if "://" not in address:
        pytest.skip("SQLite has no server")
    ledger, run_id = tmp_path / "paid", door.ask("slow")
    with working(address, ledger):
        until(lambda: paid(ledger) == list(AGENTS[:3]))
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        run_plain(address, others)
        ledger.with_suffix(".go").touch()
        until(lambda: door.state(run_id) == "done")
    assert paid(ledger) == list(AGENTS)


def test_a_server_that_is_restarted_under_load_loses_no_analysis_and_no_reply(tmp_path: Path) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as pg,
        postgres_server(Path(pg)) as server,
    ):
        store = Store.on_server(str(server.get_uri()))
        door, ledger = Door(store, tmp_path), tmp_path / "paid"

        class Slow(PaidRouter):
            def route_with_fallback(self, request: CallRequest) -> CallRecord:
                time.sleep(0.2)
                return super().route_with_fallback(replace(request, agent=f"{request.run_id}/{request.agent}"))

        worker = Worker(door.queue, lambda claimed: asking_four(ledger, claimed, Slow(ledger)), at_once=3)
        worker.start()
        runs = [door.ask("quick", asker=f"asker {number % 3}") for number in range(9)]
        until(lambda: len(paid(ledger)) >= 4)
        server.stop()
        with pytest.raises(StoreError, match="Start the database server"):
            door.ask("quick")
        time.sleep(1)
        server.start()
        until(lambda: all(door.state(run, f"asker {number % 3}") == "done" for number, run in enumerate(runs)))
        worker.stop()
        store.close()
    assert sorted(paid(ledger)) == sorted(f"{run}/{agent}" for run in runs for agent in AGENTS)


class TestInThisProcess:
    """What becomes of one analysis, without a second process."""

    @pytest.fixture
    def here(self, tmp_path: Path) -> Iterator[Door]:
        store = open_store(str(tmp_path / "var" / "metrics.db"))
        yield Door(store, tmp_path)
        store.close()

    @contextlib.contextmanager
    def running(self, door: Door, analyse: Callable[[Claimed], object]) -> Iterator[Worker]:
        worker = Worker(door.queue, analyse, at_once=1)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()

    def test_a_job_that_kills_its_workers_is_parked_and_others_are_served(self, here: Door, tmp_path: Path) -> None:
        address, ledger = str(tmp_path / "var" / "metrics.db"), tmp_path / "paid"
        run_id = here.ask("deadly")
        for _ in range(3):
            with working(address, ledger) as process:
                process.wait(60)
        with working(address, ledger):
            other = here.ask("quick")
            until(lambda: here.state(run_id) == "parked" and here.state(other) == "done")
        failure = here.analyses.status(run_id, "ann").failure
        assert failure and "3 times" in failure.message and "part of it" in failure.fix

    def test_an_error_is_told_as_what_it_is_and_one_nobody_expected_without_its_text(self, here: Door) -> None:
        def analyse(claimed: Claimed) -> None:
            raise {"known": AnalysisError("No reply.", "Ask again."), "unknown": KeyError("a cell of the table")}[
                claimed.request.question
            ]

        with self.running(here, analyse):
            runs = [here.ask("known"), here.ask("unknown")]
            last = [list(here.analyses.follow(run, "ann"))[-1].event for run in runs]
        assert last[0] == Ended("failed", Failure("AnalysisError", "No reply.", "Ask again.", 1))
        assert isinstance(last[1], Ended) and last[1].failure and "cell" not in last[1].failure.message

    def test_a_table_that_is_gone_when_its_turn_comes_is_told_as_such(self, here: Door) -> None:
        tables, settings = OpenedTables(), load_settings()

        def analyse(claimed: Claimed) -> None:
            with tables.open(TableSource(claimed.request.table), settings, claimed.tell):
                raise AssertionError("there is nothing to open")

        run_id = here.ask("quick")
        here.table.unlink()
        with self.running(here, analyse):
            last = list(here.analyses.follow(run_id, "ann"))[-1].event
        assert isinstance(last, Ended) and last.failure and last.failure.code == "TableError"
        assert "table.csv" in last.failure.message and last.failure.exit_code == 2

    def test_a_cancelled_analysis_asks_nothing_more(self, here: Door, tmp_path: Path) -> None:
        reached, go_on = threading.Event(), threading.Event()

        def analyse(claimed: Claimed) -> None:
            reached.set()
            go_on.wait(30)
            asking_four(tmp_path / "paid", claimed)

        with self.running(here, analyse):
            run_id = here.ask("quick")
            reached.wait(30)
            here.analyses.cancel(run_id, "ann")
            go_on.set()
            told = [event.event for event in here.analyses.follow(run_id, "ann")]
        assert told[-1] == Ended("cancelled") and paid(tmp_path / "paid") == []

    def test_a_cancelled_analysis_ends_at_once_and_its_call_under_way_is_still_booked(
        self, here: Door, tmp_path: Path
    ) -> None:
        ledger, ended = tmp_path / "paid", threading.Event()

        class Slow(PaidRouter):
            def route_with_fallback(self, request: CallRequest) -> CallRecord:
                record = super().route_with_fallback(request)
                ended.set()
                return record

        def analyse(claimed: Claimed) -> None:
            asking = claimed.asking(Slow(ledger, hangs_at="data_profiler"))
            asking.route_with_fallback(CallRequest("data_profiler", [{"content": "q"}], 10, run_id=claimed.id))

        with self.running(here, analyse):
            run_id = here.ask("quick")
            until(lambda: paid(ledger) == ["data_profiler"])
            here.analyses.cancel(run_id, "ann")
            until(lambda: here.state(run_id) == "cancelled", 10)
            assert not ended.is_set()
            ledger.with_suffix(".go").touch()
            assert ended.wait(10)

    def test_an_analysis_that_is_taken_over_keeps_its_first_deadline_and_one_given_back_begins_anew(
        self, here: Door
    ) -> None:
        moment = [1000.0]
        queue = JobQueue(here.queue._store, Limits(), lambda _: moment[0])
        queue.submit(Submission("r0", AnalysisRequest(here.table, "q"), "ann"))
        first = queue.claim("dead")
        assert first and Claimed(first, queue).already_s == 0.0
        moment[0] += 40.0
        taken = queue.claim("p1")
        assert taken and Claimed(taken, queue).already_s == pytest.approx(40.0)
        queue.release("p1")
        moment[0] += 3600.0
        again = queue.claim("p2")
        assert again and Claimed(again, queue).already_s == 0.0

    def test_the_asker_pays_for_every_call(self, here: Door, tmp_path: Path) -> None:
        payers = []

        class Noting(PaidRouter):
            def route_with_fallback(self, request: CallRequest) -> CallRecord:
                payers.append(request.payer)
                return super().route_with_fallback(request)

        def analyse(claimed: Claimed) -> None:
            asking = claimed.asking(Noting(tmp_path / "paid"))
            asking.route_with_fallback(CallRequest("data_profiler", [{"content": "q"}], 10, run_id=claimed.id))

        with self.running(here, analyse):
            list(here.analyses.follow(here.ask("quick"), "ann"))
        assert payers == [Payer("ann", None)]

    def test_a_process_that_ends_puts_its_analysis_back(self, here: Door, tmp_path: Path) -> None:
        reached = threading.Event()

        def analyse(claimed: Claimed) -> None:
            reached.set()
            claimed.stop.wait(30)
            claimed.tell(Progress("stage", "goes on", stage="agents"))

        with self.running(here, analyse):
            run_id = here.ask("quick")
            reached.wait(30)
        assert here.state(run_id) == "waiting"
        with self.running(here, lambda claimed: asking_four(tmp_path / "paid", claimed)):
            assert list(here.analyses.follow(run_id, "ann"))[-1].event == Ended("done")

    def test_a_follower_that_comes_late_or_again_misses_nothing(self, here: Door, tmp_path: Path) -> None:
        with self.running(here, lambda claimed: asking_four(tmp_path / "paid", claimed)):
            run_id = here.ask("quick")
            live = list(here.analyses.follow(run_id, "ann"))
            late = list(here.analyses.follow(run_id, "ann", after=1))
        assert late == live[1:] and [event.seq for event in live] == list(range(1, len(live) + 1))
