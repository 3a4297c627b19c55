"""The report as slides: the answer first, a slide a finding with its chart and notes, and no markup or missing parts."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import Any

import pytest

from analyst.answers.composing import to_result
from analyst.reporting.numbers import clean_text
from analyst.reporting.page import layout
from analyst.reporting.recorded import report_of
from analyst.reporting.report import Report
from analyst.reporting.slides import MOST_ROWS, to_slides

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def opened(report: Report, charts: dict[str, bytes]) -> list[Any]:
    from pptx import Presentation

    return list(Presentation(io.BytesIO(to_slides(report, charts))).slides)


def texts(slide: Any) -> str:
    return "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


@pytest.fixture(scope="module")
def recorded(report: Report) -> Report:
    """A report as it comes back from what its analysis saved."""
    return report_of(to_result(report, ()))


def test_a_saved_report_comes_back_as_readers_saw_it(report: Report, recorded: Report) -> None:
    for part in ("title", "answer", "summary", "question", "reading", "caveats", "fields", "tables", "dataset"):
        assert getattr(recorded, part) == getattr(report, part)
    assert [finding.statement for finding in recorded.findings] == [f.statement for f in report.findings]


def test_the_answer_comes_first_then_a_slide_a_finding(recorded: Report) -> None:
    slides = opened(recorded, {})
    assert slides[0].shapes.title.text_frame.text == recorded.title and recorded.answer in texts(slides[0])
    findings = layout(recorded).findings
    assert findings, "the fixture has findings"
    for slide, finding in zip(slides[1:], findings, strict=False):
        assert slide.shapes.title.text_frame.text == clean_text(finding.title)
        assert clean_text(finding.statement) in texts(slide)
        assert clean_text(finding.statement) in slide.notes_slide.notes_text_frame.text
    assert all(slide.shapes.title.text_frame.text for slide in slides)


def test_a_chart_stands_on_the_slide_of_its_finding(recorded: Report) -> None:
    findings = layout(recorded).findings
    with_chart = replace(
        recorded, findings=tuple(replace(finding, chart="c1", in_answer=False) for finding in findings[:1])
    )
    pictures = [
        [shape for shape in slide.shapes if shape.shape_type == 13] for slide in opened(with_chart, {"c1": PIXEL})
    ]
    assert [len(of_slide) for of_slide in pictures[:2]] == [0, 1]


def test_key_figures_are_a_table_that_can_be_read_on_a_wall(recorded: Report) -> None:
    tables = [shape.table for slide in opened(recorded, {}) for shape in slide.shapes if shape.has_table]
    assert len(tables) == 1 and 2 <= len(tables[0].rows) <= MOST_ROWS + 1


def test_a_refused_question_has_no_findings_and_control_characters_break_nothing(recorded: Report) -> None:
    refused = replace(recorded, refused=True, title="Bad \x0b <b>title</b>", caveats=(), recommendations=())
    [slide] = opened(refused, {})
    assert "<b>title</b>" in slide.shapes.title.text_frame.text
