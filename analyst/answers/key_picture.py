"""What a terminal shows of a result beside its words: the first chart or table, as text.

A module of its own, so that a terminal that asks the service does not import what composes a report.
"""

from __future__ import annotations

from analyst.protocol.evidence import ALWAYS, Evidence, EvidenceTable, table_of
from analyst.protocol.results import AnalysisResult
from analyst.reporting.charts.choosing import Wish, choose
from analyst.reporting.plain import as_text, text_table

_MOST_LISTED = 15
"""Rows of a table in a terminal."""
_BESIDE = frozenset({"records", "count", "n"})
"""Columns that count the rows behind a result's figures."""


def key_picture(result: AnalysisResult, width: int, *, unicode: bool) -> str:
    """The first chart of `result` as text, or its first result table where no chart is to be had or its bars would show
    one of several figures only; "" for neither."""
    tables = [table_of(saved) for saved in result.evidence]
    evidence = Evidence(tuple(tables))
    for chart in result.charts[:1]:
        drawn = evidence.table(chart.table)
        choice = choose(drawn, evidence, Wish(result.question, chart.columns))
        if choice and choice.kind == "bar" and not drawn.method and len(_figures(drawn)) > 1:
            return text_table(drawn, width, max_rows=_MOST_LISTED, unicode=unicode)
        if choice:
            return as_text(choice, width, unicode=unicode)
    answers = [t for t in tables if t.audience == "answer" and t.id not in ALWAYS and len(t.rows) > 1]
    return text_table(answers[0], width, unicode=unicode) if answers else ""


def _figures(table: EvidenceTable) -> list[str]:
    """The columns of numbers of a result, without those that count the rows behind them."""
    numbers = (n for n in table.columns if all(isinstance(v, (int, float)) for v in table.column(n) if v is not None))
    return [name for name in numbers if name not in _BESIDE and name not in table.key]
