"""Jobs on both databases: who gets which, what a dead or a woken owner may do, and what is told of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.core.errors import AnalysisCancelledError, BusyError, ConflictError, LeaseLostError, NotFoundError
from analyst.core.events import Ended, Progress
from analyst.protocol.calls import Payer
from analyst.service.access import AccessKeys
from analyst.service.queue import JobQueue, Limits, Place, Submission
from analyst.service.requests import AnalysisRequest
from analyst.storage.asker_limits import OwnLimits
from analyst.storage.database import Store
from analyst.storage.job_records import Asked
from analyst.storage.jobs import LEASE_S, MOST_DEATHS
from analyst.storage.workers import GONE_S
from tests.recorded import Clock

ASKED = AnalysisRequest(Path("sales.csv"), "What is the total revenue?")


@pytest.fixture
def queue(store: Store, noon: Clock) -> JobQueue:
    limits = Limits(running_per_asker=2, waiting_per_asker=5, waiting=8, typical_s=8.0)
    return JobQueue(store, limits, lambda transaction: noon())


@pytest.fixture
def submitted(queue: JobQueue, noon: Clock) -> Iterator[list[str]]:
    """Three jobs of ann's, then one of bob's, a second apart."""
    ids = []
    for number, asker in enumerate(("ann", "ann", "ann", "bob")):
        noon.now += 1
        ids.append(queue.submit(Submission(f"r{number}", ASKED, asker)))
    yield ids


def claimed(queue: JobQueue, owner: str = "p1") -> str | None:
    job = queue.claim(owner)
    return job.id if job else None


@pytest.mark.usefixtures("submitted")
def test_who_came_first_is_served_first_but_nobody_gets_more_than_his_share(queue: JobQueue) -> None:
    assert [claimed(queue) for _ in range(4)] == ["r0", "r3", "r1", None]


@pytest.mark.usefixtures("submitted")
def test_a_higher_priority_goes_before_age_among_ones_own_and_before_nobody_else(queue: JobQueue) -> None:
    queue.submit(Submission("urgent", replace(ASKED, priority=5), "bob"))
    assert [claimed(queue) for _ in range(3)] == ["r0", "urgent", "r1"]


def test_askers_take_turns_however_many_one_of_them_asks(queue: JobQueue, noon: Clock) -> None:
    for number, asker in enumerate(("ann", "ann", "ann", "ann", "bob", "cleo", "bob")):
        noon.now += 1
        queue.submit(Submission(f"r{number}", ASKED, asker))
    begun = []
    for _ in range(7):
        expected = [queue.place(queue.job(id, asker)) for id, asker in (("r4", "bob"), ("r3", "ann"))]
        noon.now += 1
        job = queue.claim("p1")
        assert job
        begun.append(job.id)
        queue.end(job.lease, "done")
        if len(begun) == 1:
            assert expected == [Place(1, 8.0), Place(6, 48.0)]
    assert begun == ["r0", "r4", "r5", "r1", "r6", "r2", "r3"]


def test_what_was_begun_before_goes_on_before_anything_new(queue: JobQueue, noon: Clock) -> None:
    for number, asker in enumerate(("ann", "ann", "bob")):
        queue.submit(Submission(f"r{number}", ASKED, asker))
    assert claimed(queue, "ending") == "r0"
    queue.release("ending")
    noon.now += 1
    assert [claimed(queue) for _ in range(3)] == ["r0", "r2", "r1"]


@pytest.mark.usefixtures("submitted")
def test_an_askers_own_limits_go_before_the_settings(queue: JobQueue, store: Store) -> None:
    keys = AccessKeys(store)
    for asker in ("ann", "bob"):
        keys.create(asker)
    keys.limit("ann", OwnLimits(running=1, waiting=3, daily_micros=250_000))
    keys.limit("bob", OwnLimits(running=0))
    assert [claimed(queue) for _ in range(2)] == ["r0", None]
    assert queue.payer("ann") == Payer("ann", Decimal("0.25")) and queue.payer("bob") == Payer("bob", None)
    queue.submit(Submission("r9", ASKED, "ann"))
    with pytest.raises(BusyError, match="3 of your analyses are waiting"):
        queue.submit(Submission("r10", ASKED, "ann"))


def test_the_queues_pace_is_measured(queue: JobQueue, noon: Clock) -> None:
    assert queue.status("ann").expected_wait_s == 0.0
    for number, seconds in enumerate((3.0, 5.0, 40.0)):
        queue.submit(Submission(f"d{number}", ASKED, "bob"))
        job = queue.claim("p1")
        assert job
        noon.now += seconds
        queue.end(job.lease, "done")
    queue.renew("p1", slots=2)
    for number in range(5):
        queue.submit(Submission(f"w{number}", ASKED, "bob"))
    assert claimed(queue) == "w0"
    told = queue.status("ann")
    assert (told.waiting, told.running, told.slots, told.typical_s) == (4, 1, 2, 5.0)
    assert told.expected_wait_s == 0.0, "one place is free and ann was never served"
    mine = queue.status("bob")
    assert (mine.your_waiting, mine.your_running, mine.your_waiting_limit) == (4, 1, 5)
    assert mine.expected_wait_s == 10.0, "four of bob's come before, two at a time"


def test_a_clock_that_is_put_back_loses_no_job_and_makes_no_wait_negative(queue: JobQueue, noon: Clock) -> None:
    for number in range(4):
        queue.submit(Submission(f"r{number}", ASKED, "ann"))
    first = queue.claim("p1")
    assert first
    noon.now -= 3600
    queue.end(first.lease, "done")
    told = [queue.status("ann"), queue.place(queue.job("r3", "ann"))]
    assert all(one is not None and one.expected_wait_s >= 0 for one in told)
    rest = [queue.claim("p1") for _ in range(2)]
    assert [job.id for job in rest if job] == ["r1", "r2"]


def test_the_same_key_at_once_from_many_sides_is_one_run(queue: JobQueue) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = pool.map(lambda number: queue.submit(Submission(f"r{number}", ASKED, "ann", key="k")), range(8))
        assert len(set(ids)) == 1
    assert len(queue.history("ann", 10)) == 1


def test_only_a_process_of_the_same_program_does_a_job_until_nobody_runs_that_program(
    store: Store, noon: Clock
) -> None:
    old, new = (JobQueue(store, Limits(), lambda _: noon(), program=name) for name in ("old", "new"))
    old.renew("p-old", slots=1)
    old.submit(Submission("r0", ASKED, "ann"))
    assert (claimed(new, "p-new"), new.adopt(), claimed(new, "p-new")) == (None, 0, None)
    assert (new.left_to_others(), old.left_to_others()) == (1, 0)
    old.release("p-old")
    assert (new.adopt(), claimed(new, "p-new")) == (1, "r0")
    old.submit(Submission("r1", ASKED, "ann"))
    old.renew("p-older", slots=1)
    noon.now += GONE_S + 1
    assert (new.adopt(), claimed(new, "p-new")) == (1, "r1")


@pytest.mark.usefixtures("submitted")
def test_a_share_is_free_again_when_one_of_the_asker_has_ended(queue: JobQueue) -> None:
    first = queue.claim("p1")
    assert first and claimed(queue) == "r3" and claimed(queue) == "r1"
    queue.end(first.lease, "done")
    assert claimed(queue) == "r2"


@pytest.mark.usefixtures("submitted")
def test_two_processes_that_claim_at_once_get_different_jobs(queue: JobQueue) -> None:
    found: list[str | None] = []
    threads = [threading.Thread(target=lambda n=n: found.append(claimed(queue, f"p{n}"))) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(filter(None, found)) == ["r0", "r1", "r3"]


@pytest.mark.usefixtures("submitted")
def test_a_dead_owners_job_goes_to_another_when_its_lease_has_run_out(queue: JobQueue, noon: Clock) -> None:
    first = queue.claim("dead")
    assert first
    noon.now += LEASE_S - 0.1
    assert claimed(queue) == "r3"
    noon.now += 0.2
    again = queue.claim("p1")
    assert again and (again.id, again.attempt, again.deaths) == ("r0", 2, 1)


@pytest.mark.usefixtures("submitted")
def test_a_clock_that_is_put_back_or_forward_holds_no_dead_owners_job(queue: JobQueue, noon: Clock) -> None:
    first = queue.claim("dead")
    assert first
    for step in (-3600.0, 7200.0):
        noon.now += step
        again = queue.claim(f"p{step}")
        assert again and again.id == "r0"


@pytest.mark.usefixtures("submitted")
def test_an_owner_that_says_it_lives_keeps_its_job(queue: JobQueue, noon: Clock) -> None:
    assert claimed(queue, "alive") == "r0"
    for _ in range(5):
        noon.now += LEASE_S - 0.5
        assert "r0" in queue.renew("alive", 2)
    assert claimed(queue, "p1") == "r3"


@pytest.mark.usefixtures("submitted")
def test_a_process_that_was_too_slow_does_not_take_its_own_job_over(queue: JobQueue, noon: Clock) -> None:
    assert claimed(queue, "slow") == "r0"
    noon.now += 10 * LEASE_S
    assert claimed(queue, "slow") == "r3"


@pytest.mark.usefixtures("submitted")
def test_an_owner_that_wakes_after_the_takeover_may_neither_ask_nor_tell_nor_end(queue: JobQueue, noon: Clock) -> None:
    stopped = queue.claim("stopped")
    assert stopped
    noon.now += LEASE_S + 1
    taken = queue.claim("p1")
    assert taken and taken.id == stopped.id
    with pytest.raises(LeaseLostError):
        queue.answered(stopped.lease, Asked(stopped.id, "data_profiler", "digest", 1))
    with pytest.raises(LeaseLostError):
        queue.tell(stopped.lease, Progress("note", "I am back"))
    queue.end(stopped.lease, "failed")
    assert queue.job("r0", "ann").state == "running" and queue.events("r0") == ([], False)
    assert stopped.id not in queue.renew("stopped", 2)
    queue.end(taken.lease, "done")
    assert queue.job("r0", "ann").state == "done"


@pytest.mark.usefixtures("submitted")
def test_a_reply_is_given_again_to_whoever_goes_on(queue: JobQueue, noon: Clock) -> None:
    first = queue.claim("dead")
    assert first
    asked = Asked(first.id, "data_profiler", "digest", 1)
    assert queue.answered(first.lease, asked) is None
    queue.keep_reply(asked, "a reply")
    noon.now += LEASE_S + 1
    again = queue.claim("p1")
    assert again and queue.answered(again.lease, asked) == "a reply"
    assert queue.answered(again.lease, replace(asked, turn=2)) is None


def test_no_text_of_a_model_stays_when_a_run_has_ended(queue: JobQueue, store: Store) -> None:
    for number, ending in enumerate(("done", "waiting")):
        queue.submit(Submission(f"e{number}", ASKED, "ann"))
        job = queue.claim("p1")
        assert job
        asked = Asked(job.id, "data_profiler", "digest", 1)
        queue.keep_reply(asked, "a reply")
        if ending == "done":
            queue.end(job.lease, "done")
            queue.keep_reply(replace(asked, turn=2), "the reply of an owner that comes too late")
        else:
            queue.release("p1")
            queue.cancel(job.id)
    with store.read() as transaction:
        assert transaction.rows("SELECT * FROM job_replies") == []


def test_a_job_that_kills_its_process_three_times_is_parked_and_says_why(queue: JobQueue, noon: Clock) -> None:
    queue.submit(Submission("poison", ASKED, "ann"))
    for death in range(MOST_DEATHS):
        assert claimed(queue, f"p{death}") == "poison"
        noon.now += LEASE_S + 1
    assert claimed(queue, "p9") is None
    job = queue.job("poison", "ann")
    [last], ended = queue.events("poison")
    assert ended and job.state == "parked" and job.failure and "stopped the process" in job.failure
    assert isinstance(last.event, Ended) and last.event.failure and "3 times" in last.event.failure.message


@pytest.mark.usefixtures("submitted")
def test_a_process_that_ends_well_gives_its_jobs_back_at_once_and_they_count_no_death(queue: JobQueue) -> None:
    assert claimed(queue, "ending") == "r0"
    assert queue.release("ending") == 1
    again = queue.claim("p1")
    assert again and (again.id, again.deaths) == ("r0", 0)


@pytest.mark.usefixtures("submitted")
def test_one_that_waits_is_cancelled_at_once_and_one_that_runs_at_its_next_step(queue: JobQueue) -> None:
    running = queue.claim("p1")
    assert running
    for run_id in ("r0", "r1"):
        queue.cancel(run_id)
        queue.cancel(run_id)
    assert [event.event for event in queue.events("r1")[0]] == [Ended("cancelled")]
    assert queue.job("r0", "ann").state == "running"
    with pytest.raises(AnalysisCancelledError):
        queue.answered(running.lease, Asked("r0", "data_profiler", "digest", 1))
    assert [claimed(queue) for _ in range(2)] == ["r3", "r2"]


@pytest.mark.usefixtures("submitted")
def test_events_are_numbered_and_given_from_where_one_stopped(queue: JobQueue) -> None:
    job = queue.claim("p1")
    assert job
    for text in ("one", "two", "three"):
        queue.tell(job.lease, Progress("note", text, agent="data_profiler", run_id=job.id))
    queue.end(job.lease, "done")
    told, ended = queue.events(job.id)
    assert ended and [event.seq for event in told] == [1, 2, 3, 4] and told[-1].event == Ended("done")
    assert queue.events(job.id, after=2) == (told[2:], True)
    assert queue.events(job.id, after=4) == ([], True), "who comes again after the end does not wait for more"
    assert told[0].event == Progress("note", "one", agent="data_profiler", run_id=job.id)


def test_the_same_key_gives_the_same_run_and_never_another_request(queue: JobQueue) -> None:
    assert queue.submit(Submission("a", ASKED, "ann", key="k")) == "a"
    assert queue.submit(Submission("b", ASKED, "ann", key="k")) == "a"
    assert queue.submit(Submission("c", ASKED, "bob", key="k")) == "c"
    with pytest.raises(ConflictError, match="'k'"):
        queue.submit(Submission("d", replace(ASKED, question="And by region?"), "ann", key="k"))


def test_who_has_too_many_waiting_is_told_when_to_come_again(queue: JobQueue) -> None:
    for number in range(5):
        queue.submit(Submission(f"a{number}", ASKED, "ann"))
    with pytest.raises(BusyError, match="5 of your analyses are waiting") as busy:
        queue.submit(Submission("a5", ASKED, "ann"))
    assert busy.value.retry_after_s == 20.0
    for number in range(3):
        queue.submit(Submission(f"b{number}", ASKED, "bob"))
    with pytest.raises(BusyError, match="8 analyses are waiting"):
        queue.submit(Submission("c", ASKED, "cleo"))


@pytest.mark.usefixtures("submitted")
def test_another_askers_run_is_not_there(queue: JobQueue) -> None:
    assert [job.id for job in queue.history("ann", 10)] == ["r2", "r1", "r0"]
    for run_id, asker in (("r0", "bob"), ("nothing", "ann")):
        with pytest.raises(NotFoundError, match=run_id):
            queue.job(run_id, asker)


@pytest.mark.usefixtures("submitted")
def test_only_an_ended_run_can_be_forgotten_and_nothing_of_it_stays(queue: JobQueue, store: Store) -> None:
    job = queue.claim("p1")
    assert job
    queue.tell(job.lease, Progress("note", "one"))
    queue.keep_reply(Asked(job.id, "data_profiler", "digest", 1), "a reply")
    with pytest.raises(ConflictError, match="has not ended"):
        queue.remove(job.id)
    queue.end(job.lease, "done")
    queue.remove(job.id)
    with store.read() as transaction:
        left = [transaction.rows(f"SELECT * FROM {table}") for table in ("job_events", "job_replies")]
    assert left == [[], []] and [kept.id for kept in queue.history("ann", 10)] == ["r2", "r1"]
