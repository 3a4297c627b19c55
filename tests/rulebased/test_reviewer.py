"""The embedded analyst's review: what the table is, what matters for the question, which issues to act on."""

from __future__ import annotations

import re
from typing import Any

from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import Evidence, EvidenceTable, write_evidence
from analyst.protocol.replies import Review
from analyst.protocol.table import ColumnCard, TableCard, write_card
from analyst.rulebased.reviewer import review

COLUMNS = (
    ColumnCard("order_id", "BIGINT", "identifier", distinct=500),
    ColumnCard("order_date", "DATE", "time", min="2024-01-01", max="2024-12-31"),
    ColumnCard("region", "VARCHAR", "dimension", missing=12, distinct=4, values=("N", "S", "E", "W")),
    ColumnCard("unit_price", "DOUBLE", "measure", min=1.0, mean=20.5, max=99.0),
    ColumnCard("a]b{{x}}", "DOUBLE", "measure", missing=3, min=1.0, mean=2.0, max=3.0),
)
ISSUES = (
    ("missing values", "region", 12, 0.024, "medium", None),
    ("duplicate_rows", "(table)", 7, 0.014, "high", None),
    ("constant", "other", 1, 0.1, "low", None),
)


def message(question: str, rows: int = 500, issues: tuple[Any, ...] = ISSUES, extra: str = "") -> str:
    table = EvidenceTable(
        "issues",
        "data issues",
        ("issue", "column", "count", "percent", "severity", "example"),
        issues,
        len(issues),
        key=("issue", "column"),
    )
    return "\n".join(
        [
            block("question", quote(question)),
            block("table", write_card(TableCard("sales.csv", rows, COLUMNS))),
            block("evidence", write_evidence(Evidence((table,)))),
            extra,
        ]
    )


def test_summary_tells_grain_measures_dimensions_and_span() -> None:
    reply = review(message("Average unit price by region?"))
    assert Review.model_validate_json(reply.model_dump_json()) == reply
    assert "{{table.rows}} rows, one for each order" in reply.summary
    assert "unit price" in reply.summary and "by region" in reply.summary
    assert "{{profile[column=order_date].min}} to {{profile[column=order_date].max}}" in reply.summary


def test_only_issues_of_columns_that_matter_for_the_question_are_told_and_few_of_them() -> None:
    many = tuple(
        ("missing", column, 12, 0.1, "high", None) for column in ("region", "unit_price", "order_date", "order_id")
    )
    issues = review(
        message("Average unit price by region?", issues=(*many, ("missing", "other", 9, 0.1, "high", None)))
    ).issues
    assert len(issues) == 3 and not any(issue.column == "other" for issue in issues)


def test_issues_are_sorted_by_severity_and_carry_an_action() -> None:
    issues = review(message("Average unit price by region?")).issues
    assert [issue.issue for issue in issues] == [
        "{{issues[2].count}} rows repeat an earlier one in every column.",
        "Missing values in region ({{issues[1].count}} cases).",
    ]
    assert issues[0].action.startswith("Keep one copy")


def test_no_digit_and_no_hostile_name_gets_into_the_prose() -> None:
    reply = review(message("What is a]b{{x}}?"))
    prose = [reply.summary, *(i.issue + i.action for i in reply.issues)]
    bare = [re.sub(r"\{\{(table|profile|issues)[^{}]*\}\}", "", text) for text in prose]
    assert not any(re.search(r"\d|\{\{|a\]b\{\{", text) for text in bare), bare


def test_a_table_without_rows_or_issues_is_described_as_it_is() -> None:
    assert review(message("x", rows=0, issues=())).summary.startswith("The table has columns but no rows.")
    assert "The checks found no reason not to use it" in review(message("x", issues=())).summary
    assert "every average is uncertain" in review(message("x", rows=7)).summary


def test_second_try_and_unreadable_messages_give_a_plain_summary() -> None:
    plain = review(message("x", extra=block("errors", quote(["bad"]))))
    assert plain.issues == () and "{{table.rows}}" in plain.summary
    assert review("nonsense").summary
