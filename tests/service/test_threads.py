"""Threads on both databases: what a follow-up rests on, who may follow what, and what deleting leaves."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.core.errors import ConflictError, NotFoundError, SettingsError
from analyst.protocol.results import AnalysisResult, DatasetRecord, Grounding
from analyst.service.analyses import Analyses
from analyst.service.queue import JobQueue, Limits
from analyst.service.requests import LAST, AnalysisRequest, FollowUp
from analyst.service.threads import MOST_TURNS, Threads
from analyst.storage import threads as stored
from analyst.storage.database import Store

Answer = Callable[..., str]


def result(run: str, question: str, follows: str | None, carried: tuple[str, ...]) -> AnalysisResult:
    return AnalysisResult(
        id=run, question=question, reading=f"{question}, read", dataset=DatasetRecord(name="t", rows=1, columns=1, fingerprint="f"),
        title="", answer="42", summary="", report="", insights=(), recommendations=(), caveats=(), fields={}, plan={"steps": []},
        evidence=(), charts=(), grounding=Grounding(numbers=0, from_evidence=0, from_question=0), calls=(), cost_usd=Decimal(0),
        latency_s=0.1, degraded=(), files={}, follows=follows, carried=carried,
    )  # fmt: skip


@pytest.fixture
def threads(store: Store, tmp_path: Path) -> Threads:
    return Threads(lambda: store, tmp_path / "runs")


@pytest.fixture
def answer(threads: Threads, tmp_path: Path) -> Answer:
    """Notes a question of ann's about one table, and its answer."""

    def given(run: str, question: str, follows: str | None = None, carried: tuple[str, ...] = ()) -> str:
        threads.begin(run, "ann", AnalysisRequest(tmp_path / "sales.csv", question, "Sheet 1", follows=follows))
        folder = tmp_path / "runs" / run
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(result(run, question, follows, carried).model_dump_json())
        return run

    return given


def test_a_follow_up_rests_on_the_questions_back_to_one_that_stood_alone(threads: Threads, answer: Answer) -> None:
    answer("r1", "orders in 2022?")
    answer("r2", "total revenue in 2023?", "r1")
    answer("r3", "and in 2024?", "r2", ("total revenue",))
    turns = threads.before("r3")
    assert [turn.run for turn in turns] == ["r2", "r3"]
    assert turns[-1].reading == "and in 2024?, read" and turns[-1].carried == ("total revenue",)


def test_it_is_about_the_table_and_sheet_of_what_it_follows(threads: Threads, answer: Answer, tmp_path: Path) -> None:
    asked = threads.request(FollowUp(answer("r1", "total revenue?"), "and profit?"), "ann")
    assert (asked.table, asked.sheet, asked.follows) == (tmp_path / "sales.csv", "Sheet 1", "r1")


def test_last_is_the_newest_question_that_was_answered(threads: Threads, answer: Answer, tmp_path: Path) -> None:
    answer("r1", "total revenue?")
    threads.begin("r2", "ann", AnalysisRequest(tmp_path / "sales.csv", "still running?"))
    assert threads.find(LAST, "ann").run_id == "r1"
    with pytest.raises(ConflictError, match="no answer to follow up on"):
        threads.find("r2", "ann")


def test_nobody_follows_up_on_what_others_asked(threads: Threads, answer: Answer) -> None:
    answer("r1", "total revenue?")
    for run in ("r1", "nowhere", LAST):
        with pytest.raises(NotFoundError):
            threads.find(run, "bob")
    with pytest.raises(NotFoundError):
        threads.thread("r1", "bob")
    assert threads.listing("bob") == []


def test_branches_of_a_thread_are_listed_with_it(threads: Threads, answer: Answer) -> None:
    answer("r1", "total revenue?")
    answer("r2", "and in Lyon?", "r1", ("total revenue",))
    answer("r3", "and in Paris?", "r1", ("total revenue",))
    answer("other", "how many orders?")
    assert [(t.id, t.turns) for t in sorted(threads.listing("ann"), key=lambda t: t.id)] == [("other", 1), ("r1", 3)]
    thread = threads.thread("r3", "ann")
    assert [(turn.run, turn.follows, turn.answer) for turn in thread.turns] == [
        ("r1", None, "42"),
        ("r2", "r1", "42"),
        ("r3", "r1", "42"),
    ]


def test_too_long_a_chain_wants_a_whole_question(threads: Threads, answer: Answer) -> None:
    last = answer("r00", "total revenue?")
    for place in range(1, MOST_TURNS):
        last = answer(f"r{place:02}", "and then?", last, ("total revenue",))
    assert len(threads.before(last)) == MOST_TURNS
    beyond = answer("beyond", "and then?", last, ("total revenue",))
    with pytest.raises(ConflictError, match="follow up on one another"):
        threads.before(beyond)


def test_what_followed_a_deleted_question_stays_and_is_followed_only_where_it_stands_alone(
    store: Store, threads: Threads, answer: Answer, tmp_path: Path
) -> None:
    (tmp_path / "sales.csv").write_text("a\n1\n")
    queue = JobQueue(store, Limits())
    analyses = Analyses(queue, store, tmp_path / "runs")
    first = analyses.submit(AnalysisRequest(tmp_path / "sales.csv", "total revenue?"), "ann")
    folder = tmp_path / "runs" / first
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(result(first, "total revenue?", None, ()).model_dump_json())
    answer("resting", "and in Lyon?", first, ("total revenue",))
    answer("alone", "how many orders?", first)
    analyses.cancel(first, "ann")
    analyses.delete(first, "ann")
    assert [turn.run for turn in threads.thread("alone", "ann").turns] == ["resting", "alone"]
    with pytest.raises(NotFoundError, match="was deleted"):
        threads.before("resting")
    assert [turn.run for turn in threads.before("alone")] == ["alone"]


def test_a_follow_up_is_queued_like_any_question(store: Store, answer: Answer, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("a\n1\n")
    answer("r1", "total revenue?")
    analyses = Analyses(JobQueue(store, Limits()), store, tmp_path / "runs")
    run = analyses.ask_again(FollowUp("r1", "and in Lyon?"), "ann")
    assert analyses.status(run, "ann").question == "and in Lyon?"
    assert [turn.run for turn in analyses.threads.thread(run, "ann").turns] == ["r1", run]


def test_a_thread_has_the_name_that_its_asker_gave_it_until_its_last_question_is_gone(
    threads: Threads, answer: Answer, store: Store
) -> None:
    answer("r1", "total revenue?")
    answer("r2", "and profit?", "r1")
    assert threads.rename("r2", "ann", "  Money  matters ").name == "Money matters"
    assert (threads.listing("ann")[0].name, threads.listing("ann")[0].runs) == ("Money matters", ("r1", "r2"))
    with pytest.raises(NotFoundError):
        threads.rename("r1", "bob", "mine")
    with pytest.raises(SettingsError, match="201 characters"):
        threads.rename("r1", "ann", "x" * 201)
    with store.write() as transaction:
        stored.remove(transaction, "r1")
        assert stored.names(transaction, "ann") == {"r1": "Money matters"}
        stored.remove(transaction, "r2")
        assert transaction.rows("SELECT * FROM thread_names") == []
