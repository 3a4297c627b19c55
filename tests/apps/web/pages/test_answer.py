"""Other readings of an answer: computed at once where menus can say them, else asked in their words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from analyst.apps.web.pages.answer import ReadingChoice, answer_of
from analyst.protocol.replies import Alternative
from analyst.protocol.results import AnalysisResult, DatasetRecord, Grounding
from analyst.protocol.selection import SelectedMeasure, Selection

BY_MENUS = Selection(measures=(SelectedMeasure(aggregate="sum", column="net"),))
GROSS = Selection(measures=(SelectedMeasure(aggregate="sum", column="gross"),))
TYPED = Alternative(words="sales", meant="net", others=("gross",), column="net", instead=("gross",))
IN_WORDS = Alternative(words="sales", meant="net", others=("orders", "units"))


def result(question: str, alternative: Alternative, selection: Selection | None) -> AnalysisResult:
    return AnalysisResult(
        id="r", question=question, reading="", dataset=DatasetRecord(name="t", rows=1, columns=1, fingerprint="f"),
        title="", answer="42", summary="", report="", insights=(), recommendations=(), caveats=(), fields={}, plan={},
        evidence=(), charts=(), grounding=Grounding(numbers=0, from_evidence=0, from_question=0), calls=(),
        cost_usd=Decimal(0), latency_s=0.1, degraded=(), files={}, alternatives=(alternative,), selection=selection,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "alternative", "selection", "choices"),
    [
        ("Total sales?", TYPED, BY_MENUS, [ReadingChoice("gross", GROSS)]),
        ("Total sales?", TYPED, None, [ReadingChoice("gross", question="Total gross?")]),
        (
            "Sales by city in the salesroom?",
            IN_WORDS,
            BY_MENUS,
            [
                ReadingChoice("orders", question="orders by city in the salesroom?"),
                ReadingChoice("units", question="units by city in the salesroom?"),
            ],
        ),
        ("Total presales?", IN_WORDS, None, []),
        ("Total?", Alternative(meant="net", others=("gross",)), None, []),
    ],
)
def test_another_reading_is_offered_where_it_can_be_asked_for(
    question: str, alternative: Alternative, selection: Selection | None, choices: list[ReadingChoice]
) -> None:
    [reading] = answer_of(result(question, alternative, selection)).readings
    assert "or did you mean" in reading.told and reading.choices == choices
