"""What one run does with the kept answers: which it keeps, and what it says when the cache fails."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyst.answers.cache.answer_cache import AnswerCache, cache_statistics
from analyst.answers.cache.recall import Given, Recall
from analyst.answers.composing import Composed, to_result
from analyst.answers.run import Run as AnalysisRun
from analyst.core.agents import AGENTS, EMBEDDED_MODEL
from analyst.core.errors import StoreError
from analyst.core.events import Progress, RunEvents
from analyst.core.settings import Settings, load_settings
from analyst.planning.binding import BoundPlan, BoundStep
from analyst.planning.language import SqlStep
from analyst.protocol.results import ConsensusRecord
from analyst.protocol.table import ColumnProfile, OpenedTable, TableProfile, TableSource
from analyst.protocol.threads import Turn
from analyst.storage.database import Store
from tests.answers.cache.kept import content

COLUMNS = (
    ColumnProfile("region", "VARCHAR", "text", "dimension"),
    ColumnProfile("revenue", "DOUBLE", "number", "measure"),
)
ROWS = "region,revenue\nNorth,1.5\nSouth,\n"
TABLE = OpenedTable(
    *(Path("t.db"), Path("sales.csv"), "sales", "csv", 2, ("region", "revenue")),
    hashlib.sha256(ROWS.encode()).hexdigest(),
)
STEP = SqlStep(id="s1", sql="SELECT region, sum(revenue) AS total FROM data GROUP BY region")
BOUND = BoundPlan(steps=(BoundStep(step=STEP, tables={"s1": [("region", "VARCHAR"), ("total", "DOUBLE")]}),))
ALONE = (EMBEDDED_MODEL,)
WITH_MODEL = ("claude-sonnet-5-5", EMBEDDED_MODEL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.at(tmp_path / "metrics.db")
    yield opened
    opened.close()


def about(question: str, folder: Path, told: list[Progress] | None = None) -> AnalysisRun:
    """A run that asks `question`; what it tells goes to `told`."""
    events = RunEvents("r", (told if told is not None else []).append)
    return AnalysisRun("r", question, folder, events, lambda: 1.0)


class Run:
    """One run about the same table, with these models in reach."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        question: str,
        models: Sequence[str],
        *,
        fresh: bool = False,
        consensus: bool = False,
        settings: Settings | None = None,
        before: tuple[Turn, ...] = (),
    ) -> None:
        self.folder = folder
        self._settings = settings or load_settings(folder / "none.env")
        self._cache = AnswerCache(lambda: store, size=9, ttl_s=3600)
        self._models = models
        self._run = replace(about(question, folder), fresh=fresh, consensus=consensus, before=before)

    def recall_as(self, id: str) -> Recall:
        run = replace(self._run, folder=self.folder / id)
        return Recall(self._cache, run, self._settings, lambda: dict.fromkeys(AGENTS, self._models))

    def by_words(self, file: Path | None = None, sheet: str | None = None) -> Given | None:
        """What is found for the same words about sales.csv, or about `file`."""
        return self.recall_as("r").by_words(TableSource(file or table_in(self.folder), sheet))

    def ends(
        self,
        id: str,
        degraded: tuple[str, ...] = (),
        sql: str | None = None,
        found: ConsensusRecord | None = None,
        *,
        bound: BoundPlan | None = None,
        unanswered: str | None = None,
    ) -> None:
        recall = self.recall_as(id)
        assert recall.by_words(TableSource(table_in(self.folder))) is None
        recall.opened(TABLE)
        assert recall.by_meaning(TableProfile(TABLE, COLUMNS), {}) is None
        assert recall.by_plan(bound or BOUND, TABLE.columns) is None
        old = replace(content(id).report, unanswered=unanswered)
        report = replace(old, degraded=degraded, consensus=found, tables=(replace(old.tables[0], sql=sql),))
        recall.keep(Composed(report, (), to_result(report, ())), content(id).attached)


def table_in(folder: Path, name: str = "sales.csv", rows: str = ROWS) -> Path:
    """A file of these rows."""
    (folder / name).write_text(rows, encoding="utf-8")
    return folder / name


def test_an_answer_of_the_embedded_analyst_is_kept_where_it_is_all_there_is(store: Store, tmp_path: Path) -> None:
    Run(store, tmp_path, "total revenue by region", ALONE).ends("a", degraded=AGENTS)
    assert Run(store, tmp_path, "Total revenue by region?", ALONE).by_words()
    assert Run(store, tmp_path, "Total revenue by region?", WITH_MODEL).by_words() is None


def test_an_answer_is_not_kept_when_the_embedded_analyst_stood_in_for_a_model(store: Store, tmp_path: Path) -> None:
    Run(store, tmp_path, "total revenue by region", WITH_MODEL).ends("a", degraded=("report_writer",))
    assert cache_statistics(store)["kept"] == 0
    Run(store, tmp_path, "total revenue by region", WITH_MODEL).ends("b")
    assert cache_statistics(store)["kept"] == 1


def test_an_equal_plan_for_the_same_demand_has_its_answer_and_another_demand_has_none(
    store: Store, tmp_path: Path
) -> None:
    Run(store, tmp_path, "Which region has the highest revenue?", ALONE).ends("a")
    same = Run(store, tmp_path, "Which region has the highest sales?", ALONE).recall_as("r")
    same.opened(TABLE)
    assert same.by_meaning(TableProfile(TABLE, COLUMNS), {}) is None
    given = same.by_plan(BOUND, TABLE.columns)
    assert given is not None and (given.tier, given.kept.origin) == (3, "a")
    Run(store, tmp_path, "Which region has the lowest revenue?", ALONE).ends("b")


def test_the_words_of_a_follow_up_have_an_answer_only_after_the_same_turns(store: Store, tmp_path: Path) -> None:
    revenue, profit = (Turn(f"run of {name}", f"total {name}?", f"The total {name}.") for name in ("revenue", "profit"))
    Run(store, tmp_path, "and in the North?", ALONE, before=(revenue,)).ends("a")
    again = replace(revenue, run="another run")
    assert Run(store, tmp_path, "And in the north", ALONE, before=(again,)).by_words()
    other_reading = replace(revenue, reading="The total revenue in 2024.")
    for before in ((), (profit,), (profit, revenue), (other_reading,)):
        assert Run(store, tmp_path, "and in the North?", ALONE, before=before).by_words() is None


def test_a_fresh_run_looks_nothing_up_and_counts_as_no_lookup(store: Store, tmp_path: Path) -> None:
    Run(store, tmp_path, "total revenue", ALONE).ends("a")
    Run(store, tmp_path, "total revenue", ALONE, fresh=True).ends("b")
    told = cache_statistics(store)
    assert (told["lookups"], told["kept"]) == (1, 1)


def test_a_store_that_fails_is_told_and_ends_no_analysis(tmp_path: Path) -> None:
    def broken() -> Store:
        raise StoreError("The store is locked.")

    told: list[Progress] = []
    cache = AnswerCache(broken, size=9, ttl_s=3600)
    settings = load_settings(tmp_path / "none.env")
    recall = Recall(cache, about("total revenue", tmp_path, told), settings, lambda: dict.fromkeys(AGENTS, ALONE))
    assert recall.by_words(TableSource(table_in(tmp_path))) is None
    assert [event.text for event in told] == ["The answer cache can't be used: The store is locked."]


def test_without_a_cache_nothing_is_asked_or_kept(tmp_path: Path) -> None:
    def never() -> dict[str, Sequence[str]]:
        raise AssertionError("the models were asked for")

    recall = Recall(None, about("total revenue", tmp_path), load_settings(tmp_path / "none.env"), never)
    recall.opened(TABLE)
    assert recall.by_words(TableSource(tmp_path / "gone.csv")) is None
    assert recall.by_meaning(TableProfile(TABLE, COLUMNS), {}) is None
    assert recall.by_plan(BOUND, TABLE.columns) is None
    report = content().report
    recall.keep(Composed(report, (), to_result(report, ())), content().attached)
    assert not list(tmp_path.iterdir())


def test_an_answer_that_rests_on_todays_date_is_not_kept(store: Store, tmp_path: Path) -> None:
    Run(store, tmp_path, "revenue of late", ALONE).ends("a", sql="SELECT * FROM data WHERE d > current_date - 30")
    assert cache_statistics(store)["kept"] == 0


COUNTED = BoundPlan(
    steps=(BoundStep(step=SqlStep(id="s1", sql="SELECT count(*) AS n FROM data"), tables={"s1": [("n", "BIGINT")]}),)
)
USED = BoundPlan(steps=(BOUND.steps[0].model_copy(update={"used": ("region", "revenue")}),))


@pytest.mark.parametrize(
    ("bound", "unanswered", "kept"),
    [
        (COUNTED, "The description of the table could not be read.", 0),
        (COUNTED, "No plan for this question runs on this table.", 0),
        (COUNTED, None, 1),
        (USED, "The question also asks for a forecast.", 1),
    ],
)
def test_an_answer_that_left_the_question_open_and_read_no_column_is_not_kept(
    bound: BoundPlan, unanswered: str | None, kept: int, store: Store, tmp_path: Path
) -> None:
    Run(store, tmp_path, "revenue of late", ALONE).ends("a", bound=bound, unanswered=unanswered)
    assert cache_statistics(store)["kept"] == kept


def test_an_answer_of_one_model_is_not_given_to_a_question_that_wants_consensus(store: Store, tmp_path: Path) -> None:
    asked = "total revenue by region"
    Run(store, tmp_path, asked, WITH_MODEL).ends("a")
    wanting = Run(store, tmp_path, asked, WITH_MODEL, consensus=True)
    wanting.ends("b", found=ConsensusRecord(outcome="single", note="Only one returned a plan."))
    assert Run(store, tmp_path, asked, WITH_MODEL, consensus=True).by_words() is None
    wanting.ends("c", found=ConsensusRecord(outcome="agreed", note="Two models agreed.", models=("a", "b")))
    given = Run(store, tmp_path, asked, WITH_MODEL, consensus=True).by_words()
    assert given is not None and given.kept.origin == "c"


@pytest.mark.parametrize(("outcome", "given"), [("impossible", False), ("single", False), ("unsettled", True)])
def test_a_plain_question_is_never_told_that_a_consensus_which_it_did_not_ask_for_failed(
    outcome: Any, given: bool, store: Store, tmp_path: Path
) -> None:
    found = ConsensusRecord(outcome=outcome, note="It could not be had.", models=("a",))
    Run(store, tmp_path, "total revenue by region", WITH_MODEL, consensus=True).ends("a", found=found)
    assert (Run(store, tmp_path, "total revenue by region", WITH_MODEL).by_words() is not None) is given


def test_an_answer_found_by_consensus_answers_a_plain_question_too(store: Store, tmp_path: Path) -> None:
    agreed = ConsensusRecord(outcome="judged", note="The judge chose.", models=("a",))
    Run(store, tmp_path, "total revenue by region", WITH_MODEL, consensus=True).ends("a", found=agreed)
    assert Run(store, tmp_path, "Total revenue by region?", WITH_MODEL).by_words()


def test_the_bytes_of_the_file_find_the_answer_before_it_is_read_as_a_table(store: Store, tmp_path: Path) -> None:
    asked = "total revenue by region"
    Run(store, tmp_path, asked, ALONE).ends("a")
    assert Run(store, tmp_path, asked, ALONE).by_words() is not None
    other = tmp_path / "other"
    other.mkdir()
    assert Run(store, tmp_path, asked, ALONE).by_words(table_in(other)) is not None


@pytest.mark.parametrize(
    ("name", "rows", "sheet"),
    [
        ("sales.csv", ROWS + "East,2\n", None),
        ("sales.csv", ROWS.replace("1.5", "1.6"), None),
        ("returns.csv", ROWS, None),
        ("sales.csv", ROWS, "Q3"),
        ("sales.csv", "", None),
    ],
)
def test_other_bytes_another_name_and_another_sheet_find_nothing(
    name: str, rows: str, sheet: str | None, store: Store, tmp_path: Path
) -> None:
    asked = "total revenue by region"
    Run(store, tmp_path, asked, ALONE).ends("a")
    asking = Run(store, tmp_path, asked, ALONE)
    assert asking.by_words(table_in(tmp_path, name, rows), sheet) is None
    assert asking.by_words(tmp_path / "gone.csv") is None and asking.by_words(tmp_path) is None


@pytest.mark.parametrize("setting", [{"share_cells": "never"}, {"card_columns": 12}])
def test_an_answer_made_under_another_setting_of_what_models_see_is_not_given(
    setting: dict[str, Any], store: Store, tmp_path: Path
) -> None:
    asked = "total revenue by region"
    Run(store, tmp_path, asked, ALONE).ends("a")
    changed = load_settings(tmp_path / "none.env", **setting)
    assert Run(store, tmp_path, asked, ALONE, settings=changed).by_words() is None


def test_an_answer_is_kept_under_the_bytes_that_were_read_not_those_that_were_there_before(
    store: Store, tmp_path: Path
) -> None:
    run = Run(store, tmp_path, "total revenue by region", ALONE)
    before = table_in(tmp_path, "sales.csv", ROWS + "East,2\n")
    recall = run.recall_as("a")
    assert recall.by_words(TableSource(before)) is None
    recall.opened(TABLE)
    assert recall.by_meaning(TableProfile(TABLE, COLUMNS), {}) is None
    assert recall.by_plan(BOUND, TABLE.columns) is None
    report = content("a").report
    recall.keep(Composed(report, (), to_result(report, ())), content("a").attached)
    assert run.by_words(table_in(tmp_path, "sales.csv", ROWS + "East,2\n")) is None
    assert run.by_words() is not None
