"""The embedded analyst as Data Profiler: what the table is, how far to trust it, which columns and issues matter."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from analyst.core.text import listed
from analyst.protocol.blocks import read_block
from analyst.protocol.replies import IssueReview, Review
from analyst.protocol.table import ColumnCard, TableCard, read_card
from analyst.rulebased.findings.brief import evidence_of
from analyst.rulebased.findings.oddities import problem
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import WHOLE_TABLE, name_of
from analyst.rulebased.roles import roles_of, stems
from analyst.rulebased.wording import paragraph, sentence

Level = Literal["high", "medium", "low"]
MAX_COLUMNS = 5
"""Columns whose issues count: those that the question names, then measures and time."""
MAX_ISSUES = 3
MANY_MISSING = 0.2
"""From this part of the rows on missing values are serious."""
_SAFE_KEY = re.compile(r"[A-Za-z_][\w ]*")
_ACTIONS = {
    "missing": "Leave these rows out, or fill in the values and say so",
    "duplicate_rows": "Keep one copy of each row before counting",
    "near_duplicates": "Use one spelling before grouping",
    "numbers_as_text": "Read the text as numbers",
    "unmatched": "Complete the table that was joined, or correct the keys that it lacks",
    "ambiguous_dates": "Bring the dates into one format",
    "mixed_dates": "Bring the dates into one format",
    "outliers": "Check them; prefer the median",
    "constant": "Ignore the column: it has the same value in every row",
    "wholes": "Leave these values out of totals and rankings",
    "repeated_amount": "Count it once for each key",
    "negative": "Check whether negative values are returns or mistakes",
}
"""What to do about an issue, by its kind."""


def review(message: str) -> Review:
    """The review of the table in `message` (a user message of task `review`)."""
    question = str(_load(read_block(message, "question")) or "")
    card = _card(message)
    issues = next((View(t) for t in evidence_of(message).tables if t.id == "issues"), None)
    if card is None:
        return Review(summary="The table could not be described, but the results below are unaffected.")
    chosen = _chosen(card, question)
    told = _issues(issues, [column.name for column in chosen], card)
    conservative = read_block(message, "errors") is not None
    if conservative:
        return Review(summary=_what(card, question))
    summary = paragraph(_what(card, question), _trust(card, told))
    return Review(summary=summary, issues=tuple(told))


def _load(body: str | None) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body


def _card(message: str) -> TableCard | None:
    body = read_block(message, "table")
    try:
        return read_card(body) if body else None
    except ValueError:
        return None


def _what(card: TableCard, question: str) -> str:
    """Grain, measures, dimensions and time span in one sentence."""
    if card.rows == 0:
        return "The table has columns but no rows."
    roles, row = roles_of(card, question), "row" if card.rows == 1 else "rows"
    measures = listed([_words(c, question) for c in (*roles.outcomes, *roles.measures)[:3]])
    groups = listed([_words(c, question) for c in roles.groups[:3]])
    told = f", with {measures}" if measures else ""
    told += f"{' by' if measures else ', by'} {groups}" if groups else ""
    return sentence(f"The table has {{{{table.rows}}}} {row}{_grain(card, question)}{told}{_span(card)}")


def _words(column: ColumnCard, question: str) -> str:
    return name_of(column.name, question, [column.name])


def _grain(card: TableCard, question: str) -> str:
    keys = [c for c in card.columns if c.role == "identifier" and c.distinct == card.rows and not c.personal]
    if not keys:
        return ""
    noun = re.sub(r"\s*\b(id|no|number|key|code)$", "", _words(keys[0], question)).strip()
    return f", one for each {noun}" if noun and noun != "value" else ", each with its own identifier"


def _span(card: TableCard) -> str:
    times = [c for c in card.columns if c.role == "time" and isinstance(c.min, str) and c.max is not None]
    if not times or not _citable(times[0].name):
        return ""
    key = f"profile[column={times[0].name}]"
    return f", from {{{{{key}.min}}}} to {{{{{key}.max}}}}"


def _citable(name: str) -> bool:
    return bool(_SAFE_KEY.fullmatch(name)) and name == name.strip()


def _trust(card: TableCard, issues: list[IssueReview]) -> str:
    if card.rows and card.rows < 30:
        return "With so few rows, every average is uncertain"
    serious = [i for i in issues if i.severity == "high"]
    if serious:
        return "Use it with care: serious issues should be fixed or kept in mind"
    if issues:
        return "It can be used for this question, with minor reservations"
    return "The checks found no reason not to use it for this question"


def _chosen(card: TableCard, question: str) -> list[ColumnCard]:
    """Columns that the question names or whose values it names, then measures and time, at most five."""
    asked = stems(question)

    def weight(column: ColumnCard) -> int:
        overlap = len(stems(column.name) & asked)
        named = 2 if column.mentioned else 0
        usual = {"time": 1, "measure": 1, "target": 1}.get(column.role, 0)
        return 4 * overlap + 2 * named + usual

    ranked = sorted(card.columns, key=lambda c: -weight(c))
    return [c for c in ranked if weight(c) > 0 and c.role != "constant"][:MAX_COLUMNS]


def _issues(view: View | None, chosen: list[str], card: TableCard) -> list[IssueReview]:
    """The issues of the chosen columns and of the whole table, most severe first; of the slight ones one is enough."""
    if view is None:
        return []
    rank = {"high": 0, "medium": 1, "low": 2}
    rows = [i for i in range(len(view)) if view.has(i, "issue")]
    about = [i for i in rows if view.value(i, "column") in (*WHOLE_TABLE, *chosen)]
    about.sort(key=lambda i: (rank.get(str(view.value(i, "severity")), 3), view.value(i, "column") not in chosen))
    serious = [i for i in about if view.value(i, "severity") != "low"]
    trifles = [i for i in about if i not in serious][:1]
    return [_issue(view, i, card) for i in [*serious, *trifles][:MAX_ISSUES]]


def _issue(view: View, row: int, card: TableCard) -> IssueReview:
    kind = str(view.value(row, "issue"))
    named = view.value(row, "column")
    column = None if named in WHOLE_TABLE else str(named)
    severity = view.value(row, "severity")
    level: Level = severity if severity in ("high", "medium", "low") else "medium"
    action = _ACTIONS.get(kind, "Check these values before relying on them")
    return IssueReview(
        column=column,
        kind=kind,
        issue=sentence(problem(view, row, share=False)),
        severity=level,
        action=sentence(action),
    )
