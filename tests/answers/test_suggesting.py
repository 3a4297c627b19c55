"""Questions to ask next: three, of what the table holds, and each one that the analyst can answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyst.answers.suggesting import Found, found_in, suggested
from analyst.core.settings import load_settings
from analyst.execution.pool import WorkerPool
from analyst.protocol.evidence import EvidenceTable
from analyst.protocol.facts import Facts, Measure
from analyst.protocol.table import ColumnProfile, Meaning, OpenedTable, TableProfile, TableSource
from analyst.samples.catalog import SAMPLES
from lab.benchmarks.cases_asking import ask


def column(name: str, role: str, **more: Any) -> ColumnProfile:
    kinds = {"measure": ("DOUBLE", "number"), "time": ("DATE", "date")}
    type, kind = kinds.get(role, ("VARCHAR", "text"))
    return ColumnProfile(name, type, kind, role, **{"distinct": 5, **more})


def profile(*columns: ColumnProfile, rows: int = 500) -> TableProfile:
    names = tuple(c.name for c in columns)
    return TableProfile(OpenedTable(Path("t.db"), Path("t.csv"), "t", "csv", rows, names, "f"), columns)


SALES = profile(
    column("order_date", "time"),
    column("region", "dimension"),
    column("segment", "dimension"),
    column("revenue", "measure", meaning=Meaning(adds="rows")),
    column("unit_price", "measure", meaning=Meaning(adds="never")),
)
BY_REGION = EvidenceTable(
    "s1",
    "x",
    ("region", "total"),
    (("South", 9.0), ("North", 5.0)),
    2,
    facts=Facts((Measure("sum", ("revenue",)),), ("region",)),
)


def test_after_a_ranking_come_the_leader_by_another_group_and_its_course_in_time() -> None:
    told = suggested(SALES, found_in(BY_REGION, BY_REGION.rows[:1]), "Which region has the most revenue?")
    assert told == (
        "What is the total revenue by segment for region South?",
        "What is the total revenue by month?",
        "Which segment has the highest total revenue?",
    )


def test_what_does_not_add_up_is_never_summed() -> None:
    prices = profile(column("unit_price", "measure", meaning=Meaning(adds="never")), column("shop", "dimension"))
    told = suggested(prices, Found(), "prices?")
    assert told and not any("total" in text for text in told)


def test_columns_of_which_the_question_names_a_word_come_first() -> None:
    told = suggested(SALES, Found(), "How elastic are prices in each segment?")
    assert "Which segment has the highest average unit price?" in told


def test_what_was_just_asked_is_not_suggested() -> None:
    question = "What is the total revenue by month?"
    assert question not in suggested(SALES, found_in(BY_REGION, BY_REGION.rows), question.upper())


def test_personal_columns_and_those_of_many_groups_are_no_groups() -> None:
    given = profile(
        column("revenue", "measure"),
        column("customer", "dimension", personal="person_name"),
        column("sku", "dimension", distinct=4000),
    )
    assert not any("customer" in text or "sku" in text for text in suggested(given, Found(), "q?"))


def test_a_table_of_a_few_rows_has_no_correlations_and_every_table_has_a_suggestion() -> None:
    few = profile(column("a", "measure"), column("b", "measure"), rows=8)
    assert not any("correlation" in text for text in suggested(few, Found(), "q?"))
    assert suggested(profile(column("note", "text")), Found(), "q?") == ("Give me an overview of this table.",)


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    pool = WorkerPool(1, memory_mb=load_settings().sql_memory_mb)
    yield pool
    pool.close()


@pytest.mark.parametrize("name", SAMPLES)
def test_every_suggestion_can_be_answered(name: str, workers: WorkerPool, tmp_path: Path) -> None:
    from analyst.core.events import Progress
    from analyst.datasets.preparing import open_source, prepare

    def unheard(event: Progress) -> None:
        """Nobody watches."""

    settings, path = load_settings(), SAMPLES[name].path
    opened = open_source(TableSource(path), tmp_path, settings, unheard)
    known = prepare(opened, "q?", tmp_path, settings, unheard).profile
    told = suggested(known, Found(), "q?")
    assert len(told) == 3
    for question in told:
        answer = ask(path, question, settings, workers)
        assert answer.failure is None and not answer.unanswered, question
