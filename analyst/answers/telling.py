"""Whether a report's answer tells what was computed: a sentence that cites nothing would pass every other check."""

from __future__ import annotations

import re

from analyst.core.text import fold
from analyst.protocol.evidence import ALWAYS, UNASKED, Evidence
from analyst.protocol.references import cited
from analyst.protocol.replies import ReportReply

ELSEWHERE = "The result is in the table of key figures."
"""What the last resort says of a result that no sentence can tell."""
_TELLS_NOTHING = 'the answer tells no result: cite one as {{table.field}}, or say in "unanswered" what stays open'


def untold(report: ReportReply, evidence: Evidence) -> list[str]:
    """The problem of a report that leaves nothing open and whose answer tells no result, though there is one."""
    if report.unanswered or report.fields or tells_result(report.answer, evidence):
        return []
    return [_TELLS_NOTHING]


def tells_result(answer: str, evidence: Evidence) -> bool:
    """Whether an answer cites a result or names one of its texts; any answer does where nothing was computed."""
    tables = [
        table
        for table in evidence.tables
        if table.audience == "answer" and table.id not in ALWAYS and table.method != UNASKED and table.rows
    ]
    if not tables or answer == ELSEWHERE or cited(answer):
        return True
    told = f" {_plain(answer)} "
    texts = (cell for table in tables for row in table.rows for cell in row if isinstance(cell, str))
    return any(f" {words} " in told for words in map(_plain, texts) if words)


def _plain(text: str) -> str:
    """Words without case and marks, those of a name in camel case apart: "claim_amt" and "Claim amt" are the same."""
    return " ".join(re.findall(r"[^\W_]+", fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))))
