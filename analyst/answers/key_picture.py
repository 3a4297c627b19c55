"""What a terminal shows of a result beside its words: the first chart or table, as text.

A module of its own, so that a terminal that asks the service does not import what composes a report.
"""

from __future__ import annotations

from analyst.protocol.evidence import ALWAYS, Evidence, table_of
from analyst.protocol.results import AnalysisResult
from analyst.reporting.charts.choosing import Wish, choose
from analyst.reporting.plain import as_text, text_table


def key_picture(result: AnalysisResult, width: int, *, unicode: bool) -> str:
    """The first chart of `result` as text, or its first result table where no chart is to be had; "" for neither."""
    tables = [table_of(saved) for saved in result.evidence]
    evidence = Evidence(tuple(tables))
    for chart in result.charts[:1]:
        choice = choose(evidence.table(chart.table), evidence, Wish(result.question, chart.columns))
        if choice:
            return as_text(choice, width, unicode=unicode)
    answers = [t for t in tables if t.audience == "answer" and t.id not in ALWAYS and len(t.rows) > 1]
    return text_table(answers[0], width, unicode=unicode) if answers else ""
