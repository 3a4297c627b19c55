"""What askers say of their answers: kept once a run, on both databases, told with what was asked, gone with the run."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from analyst.apps.cli.feedback import write_csv, write_json
from analyst.core.errors import ConflictError, NotFoundError, SettingsError
from analyst.service.analyses import Analyses
from analyst.service.feedback import judged
from analyst.service.queue import JobQueue, Limits
from analyst.service.requests import AnalysisRequest
from analyst.storage.database import Store
from tests.service.test_threads import result


@pytest.fixture
def analyses(store: Store, tmp_path: Path) -> Analyses:
    return Analyses(JobQueue(store, Limits()), store, tmp_path / "runs")


@pytest.fixture
def run(analyses: Analyses, store: Store, tmp_path: Path) -> str:
    """An answered question of ann's."""
    table = tmp_path / "sales.csv"
    table.write_text("a\n1\n")
    asked = analyses.submit(AnalysisRequest(table, "=total revenue?"), "ann")
    queue = JobQueue(store, Limits())
    claimed = queue.claim("worker")
    assert claimed is not None
    (tmp_path / "runs" / asked).mkdir(parents=True)
    (tmp_path / "runs" / asked / "result.json").write_text(result(asked, "=total revenue?", None, ()).model_dump_json())
    queue.end(claimed.lease, "done")
    store.journal.flush()
    return asked


def test_the_last_thing_said_counts_and_is_told_with_what_was_asked(
    analyses: Analyses, run: str, store: Store, tmp_path: Path
) -> None:
    analyses.judge(run, "ann", "right")
    analyses.judge(run, "ann", "wrong", "  refunds are\n in it ")
    [told] = judged(store, tmp_path / "runs")
    assert (told.run, told.verdict, told.because, told.table) == (run, "wrong", "refunds are in it", "sales.csv")
    assert (told.question, told.answer, told.plan) == ("=total revenue?", "42", {"steps": []})
    assert list(judged(store, tmp_path / "runs", since=told.given_at + 1)) == []


def test_it_is_written_as_json_and_as_csv_that_no_spreadsheet_computes(
    analyses: Analyses, run: str, store: Store, tmp_path: Path
) -> None:
    analyses.judge(run, "ann", "wrong", "refunds")
    zone, as_json, as_csv = ZoneInfo("Europe/Berlin"), io.StringIO(), io.StringIO()
    write_json(judged(store, tmp_path / "runs"), as_json, zone)
    write_csv(judged(store, tmp_path / "runs"), as_csv, zone)
    [row] = csv.DictReader(io.StringIO(as_csv.getvalue()))
    assert json.loads(as_json.getvalue())[0]["question"] == "=total revenue?"
    assert row["question"] == "'=total revenue?" and row["plan"] == '{"steps": []}' and row["given_at"][10] == "T"


def test_it_goes_with_the_run_and_can_be_taken_back(analyses: Analyses, run: str, store: Store, tmp_path: Path) -> None:
    analyses.judge(run, "ann", "right")
    analyses.take_back(run, "ann")
    assert analyses.feedback(run, "ann") is None
    analyses.judge(run, "ann", "right")
    analyses.delete(run, "ann")
    assert list(judged(store, tmp_path / "runs")) == []
    with store.read() as transaction:
        assert transaction.rows("SELECT * FROM feedback") == []


def test_only_the_asker_judges_only_answers_and_in_a_few_words(analyses: Analyses, run: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        analyses.judge(run, "bob", "right")
    with pytest.raises(SettingsError, match="2,001 characters"):
        analyses.judge(run, "ann", "wrong", "x" * 2001)
    waiting = analyses.submit(AnalysisRequest(tmp_path / "sales.csv", "profit?"), "ann")
    with pytest.raises(ConflictError):
        analyses.judge(waiting, "ann", "right")
