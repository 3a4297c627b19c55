"""The report as PDF: everything is set as text, with the package's own fonts, whatever the report holds."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.charts.choosing import Wish
from analyst.reporting.charts.drawing import choose, draw
from analyst.reporting.report import Finding, Report

pytest.importorskip("typst", reason="Typst is not installed")

from analyst.reporting.pdf import TEMPLATE, to_pdf


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_a_report_with_a_chart_is_a_pdf_with_its_title(report: Report, evidence: Evidence) -> None:
    choice = choose(evidence.table("c"), evidence, Wish("growth"))
    assert choice is not None
    made = to_pdf(report, [draw(choice)])
    assert made.startswith(b"%PDF-") and pages(made) >= 2
    assert len(made) > len(to_pdf(report)) > 10_000


@pytest.mark.parametrize(
    "text",
    [
        "#let x = 1",
        "$x^2$",
        "*b* _i_ `c`",
        "@ref <label>",
        "\\",
        '#image("/etc/passwd")',
        "// no comment",
        "[",
        "]",
        "#panic()",
    ],
)
def test_what_looks_like_markup_is_text(text: str, report: Report) -> None:
    hostile = replace(report, title=text, answer=text, summary=text, caveats=(text,), findings=(Finding(text, text),))
    assert to_pdf(hostile).startswith(b"%PDF-")


def test_letters_that_the_fonts_lack_are_no_error(report: Report) -> None:
    assert to_pdf(replace(report, title="売上は増加 📈", answer="Umsätze in Αθήνα и Москва")).startswith(b"%PDF-")


def test_the_same_report_gives_the_same_file(report: Report) -> None:
    assert to_pdf(report) == to_pdf(report)


def test_the_template_fetches_nothing() -> None:
    assert "@preview" not in TEMPLATE.read_text(encoding="utf-8") and "http" not in TEMPLATE.read_text(encoding="utf-8")


def test_a_report_of_nothing_but_an_answer_is_set_too(report: Report) -> None:
    bare: dict[str, Any] = {
        "findings": (),
        "tables": (),
        "fields": {},
        "caveats": (),
        "recommendations": (),
        "calls": (),
    }
    assert pages(to_pdf(replace(report, plan={}, dataset=None, grounding=None, created=None, **bare))) == 1


def test_what_joins_did_to_the_rows_stands_below_its_heading(report: Report) -> None:
    pdfium = pytest.importorskip("pypdfium2", reason="nothing here reads a PDF")
    joins = EvidenceTable(
        id="joins",
        what="how the tables of trips with boats were joined",
        columns=("table", "keys", "share_without_match"),
        rows=(("boats", "boat = boat_id", 0.063),),
        row_count=1,
        formats={"share_without_match": "percent"},
        audience="detail",
    )
    made = pdfium.PdfDocument(to_pdf(replace(report, tables=(joins,))))
    text = " ".join(page.get_textpage().get_text_range() for page in made)
    assert "How the tables of trips with boats were joined" in text and "Share without match" in text
    assert "boat = boat_id" in text and "6.3%" in text
