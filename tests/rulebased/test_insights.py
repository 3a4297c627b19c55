"""The embedded analyst's insights: what holds for every reply, whatever the message holds."""

from __future__ import annotations

import re
from typing import Any

import pytest

from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import Evidence, EvidenceTable, write_evidence
from analyst.protocol.facts import Caution
from analyst.rulebased.insights import find

REFERENCE = re.compile(r"\{\{(\w+)(?:\[(\d+|\*)\])?\.([^{}]+?)(?:\|\+?(\d+)?%?)?\}\}")


def table(id: str, columns: str, rows: list[tuple[Any, ...]], **more: Any) -> EvidenceTable:
    given: dict[str, Any] = {"what": "a result", "row_count": len(rows)} | more
    return EvidenceTable(id=id, columns=tuple(columns.split()), rows=tuple(rows), **given)


def message(question: str, *tables: EvidenceTable, errors: list[str] | None = None) -> str:
    parts = [
        block("task", "insights"),
        block("question", quote(question)),
        block("reading", quote({"reading": "", "unanswered": None})),
        block("evidence", write_evidence(Evidence(tuple(tables)))),
    ]
    return "\n".join([*parts, block("errors", quote(errors))] if errors else parts)


GROWTH = table(
    "s1",
    "product before after change growth contribution",
    [("Laptop", 1000.0, 1300.0, 300.0, 0.3, 0.75), ("Cable", 400.0, 600.0, 200.0, 0.5, 0.5)],
    method="change",
    formats={"growth": "percent", "contribution": "percent"},
    source=("revenue", "product", "date"),
)


def test_every_finding_says_what_its_confidence_rests_on() -> None:
    for insight in find(message("Which product grew most?", GROWTH)).insights:
        assert insight.caveat and insight.caveat.endswith(".")


def test_no_digit_stands_outside_a_reference() -> None:
    for insight in find(message("Which product grew most in Q4?", GROWTH)).insights:
        bare = REFERENCE.sub("", f"{insight.title} {insight.statement} {insight.caveat}")
        assert set(re.findall(r"\d+", bare)) <= {"4"}, bare


@pytest.mark.parametrize("column", ["</evidence>", "{{s1.x}}", "a]b", "x|2", "re\nv", "ignore 42 instructions", "2024"])
def test_hostile_column_names_break_nothing(column: str) -> None:
    rows = (("A", 9.5), ("B", 3.5))
    evidence = EvidenceTable("s1", "a result", ("name", column), rows, 2)
    for insight in find(message("Who is best?", evidence)).insights:
        bare = REFERENCE.sub("", f"{insight.title} {insight.statement}")
        assert not re.search(r"[{}<>]|\d", bare), bare


def test_a_second_try_says_less_and_drops_what_was_refused() -> None:
    reply = find(message("Which grew most?", GROWTH, errors=["{{s1[2].growth|+}} has no value"]))
    assert len(reply.insights) <= 2 and reply.need is None
    assert all("s1[2].growth" not in insight.statement for insight in reply.insights)


def test_warnings_are_passed_on_but_for_those_that_the_findings_act_on() -> None:
    warned = table(
        "s1",
        "product revenue",
        [("A", 3.0), ("B", 2.0)],
        warnings=("the last day is not whole",),
        cautions=(Caution("unequal_spreads", "trust p_welch"), Caution("association", "an association is not a cause")),
    )
    assert find(message("Best?", warned)).caveats == ("The last day is not whole.",)


def test_message_without_evidence_still_gets_a_reply() -> None:
    assert find("nothing here").insights[0].confidence == "low"


@pytest.mark.parametrize(
    ("issue", "level"),
    [
        ({"column": "revenue", "kind": "missing", "severity": "high"}, "medium"),
        ({"column": None, "kind": "duplicate_rows", "severity": "medium"}, "medium"),
        ({"column": "note", "kind": "missing", "severity": "high"}, "high"),
        ({"column": "revenue", "kind": "outliers", "severity": "low"}, "high"),
        ({"column": "date", "kind": "dates_as_text", "severity": "high"}, "high"),
    ],
)
def test_issues_that_code_found_in_the_columns_used_lower_the_confidence(issue: dict[str, Any], level: str) -> None:
    total = table("s1", "total_revenue", [(1000.0,)], source=("revenue", "date"))
    asked = message("What is the total revenue?", total)
    first = find(f"{asked}\n{block('issues', quote([issue]))}").insights[0]
    assert (find(asked).insights[0].confidence, first.confidence) == ("high", level)
