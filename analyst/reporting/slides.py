"""The report as PowerPoint slides: the answer, a slide a finding with its chart, key figures, what to do.

Notes hold what a speaker is asked: how sure it is, what to be careful with, and the step that computed it. It is made
when somebody asks for it, from what a finished analysis saved.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from analyst.reporting.key_figures import key_figures
from analyst.reporting.numbers import clean_text
from analyst.reporting.page import confidence_line, layout, lead_charts, open_note, spoken, stand_in_note
from analyst.reporting.report import Finding, Report
from analyst.reporting.tables import shown

MOST_ROWS, MOST_COLUMNS = 12, 6
"""Of the table of key figures: more can't be read on a wall."""
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.7
"""Of a slide, in inches."""
_TITLE_ONLY = 5
"""The layout of python-pptx's own template that has a title and nothing else."""
_BODY, _SMALL = 20, 14
"""Points."""


def to_slides(report: Report, charts: Mapping[str, bytes]) -> bytes:
    """The slides as a .pptx file; `charts` holds the drawn charts as PNG, by id."""
    deck = _Deck()
    deck.answer(report, charts)
    for finding in [] if report.refused else layout(report).findings:
        deck.finding(report, finding, charts.get(finding.chart or ""))
    if not report.refused:
        deck.figures(report)
    deck.closing(report)
    return deck.saved()


class _Deck:
    def __init__(self) -> None:
        from pptx import Presentation
        from pptx.util import Inches

        self._inches = Inches
        self._deck: Any = Presentation()
        self._deck.slide_width, self._deck.slide_height = Inches(WIDTH), Inches(HEIGHT)

    def answer(self, report: Report, charts: Mapping[str, bytes]) -> None:
        """The first slide: the answer, what was asked, what is left open."""
        leading = [charts[id] for id in lead_charts(report, list(charts))]
        told = [(report.answer, _BODY), (report.question, _SMALL)]
        left = open_note(report)
        told += [(f"Not answered: {left}", _SMALL)] if left else []
        slide = self._slide(report.title)
        self._texts(slide, told, beside=bool(leading))
        if leading:
            self._picture(slide, leading[0])
        reading = f"I read this as: {spoken(report.reading)}" if report.reading else ""
        self._note(slide, [report.summary, reading, report.scope, stand_in_note(report)])

    def finding(self, report: Report, finding: Finding, chart: bytes | None) -> None:
        """A slide of a finding, with its chart where it has one."""
        slide = self._slide(finding.title)
        told = [(finding.statement, _BODY), (confidence_line(finding), _SMALL)]
        told += [(finding.caveat, _SMALL)] if finding.caveat else []
        self._texts(slide, told, beside=chart is not None)
        if chart is not None:
            self._picture(slide, chart)
        step = next((table for table in report.tables if table.id == finding.table), None)
        computed = f"Computed in step {step.id}: {step.what}" if step else ""
        self._note(slide, [finding.statement, confidence_line(finding), finding.caveat or "", computed, _how(step)])

    def figures(self, report: Report) -> None:
        """The key figures as a table."""
        found = key_figures(report)
        if found is None:
            return
        told = shown(found.first, max_rows=MOST_ROWS)
        heads, rows = list(told.heads)[:MOST_COLUMNS], [list(row)[:MOST_COLUMNS] for row in told.rows]
        slide = self._slide("Key figures")
        inches = self._inches
        size = (inches(MARGIN), inches(1.6), inches(WIDTH - 2 * MARGIN), inches(0.4 * (len(rows) + 1)))
        table = slide.shapes.add_table(len(rows) + 1, len(heads), *size).table
        for at, row in enumerate([heads, *rows]):
            for place, text in enumerate(row):
                self._cell(table.cell(at, place), text, numeric=told.numeric[place])
        if found.first.row_count > len(rows):
            self._note(slide, [f"The first {len(rows)} of {found.first.row_count:,} rows."])

    def _cell(self, cell: Any, text: str, *, numeric: bool) -> None:
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Pt

        cell.text = clean_text(text)
        paragraph = cell.text_frame.paragraphs[0]
        paragraph.font.size = Pt(_SMALL)
        if numeric:
            paragraph.alignment = PP_ALIGN.RIGHT

    def closing(self, report: Report) -> None:
        """What to do, and what to be careful with; no slide where there is neither."""
        actions = [(f"{place}. {action}", _BODY) for place, (action, _) in enumerate(layout(report).actions, 1)]
        caveats = [(f"• {caveat}", _SMALL) for caveat in report.caveats]
        if actions or caveats:
            slide = self._slide("Recommendations" if actions else "Caveats")
            self._texts(slide, [*actions, *caveats], beside=False)
            self._note(slide, [f"Run {report.id}."])

    def _slide(self, title: str) -> Any:
        from pptx.util import Pt

        slide = self._deck.slides.add_slide(self._deck.slide_layouts[_TITLE_ONLY])
        inches, shape = self._inches, slide.shapes.title
        shape.left, shape.top = inches(MARGIN), inches(0.4)
        shape.width, shape.height = inches(WIDTH - 2 * MARGIN), inches(1.0)
        shape.text_frame.text = clean_text(title)
        shape.text_frame.word_wrap = True
        shape.text_frame.paragraphs[0].font.size = Pt(30)
        shape.text_frame.paragraphs[0].font.bold = True
        return slide

    def _texts(self, slide: Any, told: Sequence[tuple[str, int]], *, beside: bool) -> None:
        """Paragraphs under the title; `beside` a picture they take the left part."""
        from pptx.util import Pt

        width = WIDTH / 2.6 if beside else WIDTH - 2 * MARGIN
        inches = self._inches
        frame = slide.shapes.add_textbox(inches(MARGIN), inches(1.6), inches(width), inches(5.2)).text_frame
        frame.word_wrap = True
        for place, (text, points) in enumerate(told):
            paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
            paragraph.text, paragraph.font.size = clean_text(text), Pt(points)
            paragraph.space_after = Pt(points / 2)

    def _picture(self, slide: Any, chart: bytes) -> None:
        """A picture in the right part, as large as fits."""
        inches = self._inches
        left, top = WIDTH / 2.6 + 2 * MARGIN, 1.6
        shape = slide.shapes.add_picture(io.BytesIO(chart), inches(left), inches(top))
        factor = min(inches(WIDTH - left - MARGIN) / shape.width, inches(HEIGHT - top - MARGIN) / shape.height)
        shape.width, shape.height = int(shape.width * factor), int(shape.height * factor)

    def _note(self, slide: Any, texts: Sequence[str]) -> None:
        slide.notes_slide.notes_text_frame.text = "\n".join(clean_text(text) for text in texts if text)

    def saved(self) -> bytes:
        """The file."""
        out = io.BytesIO()
        self._deck.save(out)
        return out.getvalue()


def _how(step: Any) -> str:
    return (step.sql or step.method or "") if step is not None else ""
