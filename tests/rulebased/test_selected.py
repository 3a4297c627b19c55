"""What was chosen by menus: planned with the same care as a question, and read off a plan it comes back as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from analyst.protocol.selection import (
    SelectedGroup,
    SelectedMeasure,
    SelectedPeriod,
    SelectedRows,
    Selection,
    write_selection,
)
from analyst.protocol.table import ColumnCard, TableCard, write_card
from analyst.protocol.threads import Earlier
from analyst.rulebased.interpreter import plan, plan_for, plan_selection

QUESTIONS = [
    "total nights by room type",
    "average price by month",
    "median price by quarter for Germany",
    "number of records by country in 2024",
    "which room type has the lowest average price?",
    "top 2 countries by total nights",
    "total nights",
    "how many different room types?",
    "total price by country and year",
    "highest price by week",
    "average nights where price is above 100",
    "total price of Deluxe in France",
]


def figures(rows: Any) -> list[list[str]]:
    """The rows in any order of rows and columns, without how many records they rest on."""
    told = [[f"{cell:.6g}" if isinstance(cell, (int, float)) else str(cell) for cell in row] for row in rows]
    return sorted(sorted(row) for row in told)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_plan_that_is_read_as_menus_gives_the_same_figures_when_it_is_planned_anew(
    asked: Callable[[str], Any], question: str
) -> None:
    table = asked("hotel")
    bound = table._runner.bind({"steps": list(table.plan(question).steps)})
    lead = next(step for step in bound.steps if not step.read_later)
    assert lead.selection is not None
    before = table._runner.execute(bound).table(lead.id)
    again = table._runner.bind({"steps": list(plan_selection(lead.selection, table.card(lead.selection.words)).steps)})
    after = table._runner.execute(again).table(again.steps[0].id)
    kept = [after.columns.index(name) for name in after.columns if name != "records" or len(after.columns) == 1]
    wanted = len(lead.selection.groups) + len(lead.selection.measures)
    assert figures([row[place] for place in kept] for row in after.rows) == figures(row[:wanted] for row in before.rows)
    assert again.steps[0].selection == lead.selection or lead.selection.order != again.steps[0].selection.order


CARD = TableCard(
    "stays",
    900,
    (
        ColumnCard("city", "VARCHAR", "dimension", distinct=3, values=("Lyon", "lyon ", "Nice")),
        ColumnCard("occupancy", "DOUBLE", "measure", min=1, max=90, adds="never"),
        ColumnCard("nights", "BIGINT", "measure", min=1, max=9),
        ColumnCard("arrival", "DATE", "time", min="2023-01-02", max="2024-11-30", distinct=600),
    ),
)


def sql_of(selection: Selection) -> str:
    return str(plan_selection(selection, CARD).steps[0]["sql"])


def test_spellings_periods_and_bounds_become_conditions() -> None:
    chosen = Selection(
        measures=(SelectedMeasure(aggregate="sum", column="nights"),),
        groups=(SelectedGroup(column="arrival", unit="month"),),
        rows=(
            SelectedRows(column="city", values=("LYON",)),
            SelectedRows(column="nights", relation="at least", values=(2,)),
        ),
        period=SelectedPeriod(column="arrival", start=date(2024, 1, 1)),
    )
    written = sql_of(chosen)
    assert "IN ('Lyon', 'lyon ')" in written and '"nights" >= 2' in written
    assert "DATE '2024-01-01'" in written and "DATE '2024-12-01'" in written, "the period ends where the data do"
    assert chosen.words == "Total nights by month for city LYON and nights at least 2 in 2024-01-01 on"


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (Selection(measures=(SelectedMeasure(aggregate="sum", column="city"),)), "holds no numbers"),
        (Selection(measures=(SelectedMeasure(aggregate="sum", column="occupancy"),)), "can't be added up"),
        (Selection(measures=(SelectedMeasure(aggregate="sum", column="gone"),)), 'no column "gone"'),
        (
            Selection(
                measures=(SelectedMeasure(aggregate="count"),), groups=(SelectedGroup(column="city", unit="month"),)
            ),
            "holds no dates",
        ),
        (
            Selection(
                measures=(SelectedMeasure(aggregate="count"),),
                rows=(SelectedRows(column="city", relation="above", values=(3,)),),
            ),
            "can't be compared",
        ),
        (
            Selection(
                measures=(SelectedMeasure(aggregate="count"),),
                period=SelectedPeriod(column="arrival", start=date(2024, 5, 1), end=date(2024, 4, 1)),
            ),
            "is after",
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_can_not_be_computed_is_said_first(chosen: Selection, told: str) -> None:
    assert told in str(plan_selection(chosen, CARD).unanswered)


def test_what_can_be_computed_leaves_nothing_open() -> None:
    chosen = Selection(measures=(SelectedMeasure(aggregate="mean", column="nights"),), order="lowest")
    assert plan_selection(chosen, CARD).unanswered is None


def test_a_planning_message_with_a_selection_is_planned_by_it_whatever_its_question_says() -> None:
    chosen = Selection(measures=(SelectedMeasure(aggregate="max", column="nights"),))
    message = f'<question>\n"total price by city"\n</question>\n<table>\n{write_card(CARD)}\n</table>\n{write_selection(chosen)}'
    assert 'max("nights")' in str(plan(message).steps[0])


def test_a_follow_up_goes_on_with_what_was_chosen() -> None:
    chosen = Selection(
        measures=(SelectedMeasure(aggregate="median", column="nights"),), groups=(SelectedGroup(column="city"),)
    )
    reply = plan_for("And only in 2023?", CARD, [Earlier(chosen.words, chosen)])
    assert "median" in str(reply.steps[0]) and "2023" in str(reply.steps[0]) and reply.carried
