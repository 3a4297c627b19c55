"""An answer tells what was computed, or the report says what stays open."""

from __future__ import annotations

import pytest

from analyst.answers.telling import tells_result, untold
from analyst.protocol.evidence import UNASKED, Evidence, EvidenceTable
from analyst.protocol.replies import NamedValue, ReportReply

CLAIMS = EvidenceTable("s1", "", ("claim_type", "total"), (("StormDamage", 53), ("hail_loss", 12)), 2)
EVIDENCE = Evidence((CLAIMS,))


def report(answer: str, unanswered: str | None = None, fields: tuple[NamedValue, ...] = ()) -> ReportReply:
    return ReportReply(title="t", answer=answer, summary="s", unanswered=unanswered, fields=fields)


@pytest.mark.parametrize(
    "answer",
    [
        "Storms cost {{s1[claim_type=StormDamage].total}}.",
        "Storm damage costs most.",
        "Most of it is hail loss",
        "The table has {{table.rows}} rows.",
    ],
)
def test_an_answer_that_cites_or_names_a_result_stands(answer: str) -> None:
    assert tells_result(answer, EVIDENCE) and untold(report(answer), EVIDENCE) == []


@pytest.mark.parametrize(
    "answer",
    [
        "The claims were analyzed by type.",
        "See the tables below.",
        "Yes, there are clear differences.",
        "Damage varies.",
    ],
)
def test_an_answer_that_tells_nothing_is_refused(answer: str) -> None:
    assert untold(report(answer), EVIDENCE) and not tells_result(answer, EVIDENCE)


def test_an_answer_tells_nothing_where_the_report_says_what_stays_open() -> None:
    assert untold(report("The claims were analyzed.", "why they rose"), EVIDENCE) == []


def test_fields_are_an_answer_of_their_own() -> None:
    assert untold(report("As asked.", fields=(NamedValue(name="total", value="{{s1[1].total}}"),)), EVIDENCE) == []


@pytest.mark.parametrize(
    "tables",
    [
        (),
        (EvidenceTable("s1", "", ("total",), (), 0),),
        (EvidenceTable("u1", "", ("total",), ((5,),), 1, method=UNASKED),),
    ],
)
def test_any_answer_stands_where_nothing_was_computed_for_it(tables: tuple[EvidenceTable, ...]) -> None:
    assert untold(report("Nothing was found."), Evidence(tables)) == []
