"""What is shown of a report while it is written: words only, of the newest try, until the run ends, and across a
restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyst.core.events import Written
from analyst.service.drafts import WRITER, Drafts
from analyst.service.queue import JobQueue, Limits, Submission
from analyst.service.requests import AnalysisRequest
from analyst.storage.database import Store
from tests.recorded import Clock


@pytest.fixture
def queue(store: Store) -> JobQueue:
    return JobQueue(store, Limits(running_per_asker=2, waiting_per_asker=5, waiting=8, typical_s=8.0))


@pytest.fixture
def drafts(store: Store, noon: Clock) -> Iterator[Drafts]:
    """Drafts that hear of the run r1."""
    found = Drafts(lambda: store, noon)
    with found.heard("r1"):
        yield found


def write(drafts: Drafts, *pieces: str, call: str = "c1", run: str = "r1", agent: str = WRITER) -> None:
    for piece in pieces:
        drafts.hear(Written(call, agent, "m", piece, run))


CASES = [
    ('{"title":"T","ans', ()),
    ('{"answer":"North lea', ("North lea",)),
    ('{"answer":"North has {{s1[region=North].total', ("North has …",)),
    ('{"answer":"North has {{s1.total|2}}, 40% more","summary":"So', ("North has …, …% more", "So")),
    ('{"answer":"He said \\"yes\\" and\\', ('He said "yes" and',)),
    ('{"answer":"caf\\u00e9 and \\u00', ("café and",)),
    ("no json at all", ()),
]


@pytest.mark.parametrize(("text", "told"), CASES)
def test_words_are_shown_and_numbers_stay_open(tmp_path: Path, text: str, told: tuple[str, ...]) -> None:
    store = Store.at(tmp_path / "metrics.db")
    drafts = Drafts(lambda: store)
    with drafts.heard("r1"):
        write(drafts, text)
        assert drafts.of("r1") == told
        write(drafts, *text, call="c2")
        assert drafts.of("r1") == told, "however it comes in pieces"


def test_a_new_try_begins_anew_and_others_are_not_shown(drafts: Drafts) -> None:
    write(drafts, '{"answer":"First')
    write(drafts, '{"answer":"Second', call="c2")
    write(drafts, '{"answer":"x"', agent="query_interpreter", call="c3")
    write(drafts, '{"answer":"x"', run="r2")
    assert drafts.of("r1") == ("Second",) and drafts.of("r2") == ()


def test_the_next_process_shows_what_was_written_before_it_until_it_writes_itself(
    drafts: Drafts, queue: JobQueue, store: Store, noon: Clock
) -> None:
    submit(queue)
    write(drafts, '{"answer":"Half')
    noon.now += 0.5
    write(drafts, " and")
    noon.now += 1
    write(drafts, " half")
    after = Drafts(lambda: store, noon)
    assert after.of("r1") == ("Half and half",)
    with after.heard("r1"):
        assert after.of("r1") == ("Half and half",)
        write(after, '{"answer":"Anew', call="c9")
        assert after.of("r1") == ("Anew",)


def test_nothing_of_a_run_that_ended_stays_in_the_store(
    drafts: Drafts, queue: JobQueue, store: Store, noon: Clock
) -> None:
    submit(queue)
    job = queue.claim("p")
    assert job is not None
    write(drafts, '{"answer":"First')
    queue.end(job.lease, "done")
    noon.now += 2
    write(drafts, '{"answer":"Late', call="c2")
    with store.read() as transaction:
        assert transaction.rows("SELECT * FROM job_drafts") == []


def submit(queue: JobQueue) -> None:
    queue.submit(Submission("r1", AnalysisRequest(Path("t.csv"), "?"), "ann"))
