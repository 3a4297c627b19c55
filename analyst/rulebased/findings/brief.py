"""What a message asks of the insight generator and the report writer: its blocks, read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from analyst.protocol.blocks import read_block
from analyst.protocol.evidence import UNASKED, Evidence, EvidenceTable, read_evidence
from analyst.protocol.facts import CautionCode, Facts
from analyst.protocol.replies import Insight, IssueReview, Review, Understanding
from analyst.rulebased.findings.scope import scope_of
from analyst.rulebased.findings.subject import Subject, of_alias, of_column
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import group_noun, human, name_of

UNDERSTOOD = Understanding()
PLACES = ("place", "rank", "position", "row_number", "rn")
"""What plans call the place of a row in a ranking."""
MENDED = ("numbers_as_text", "dates_as_text")
"""Issues that a plan puts right by itself: no reservation."""
_TIME_NAME = re.compile(
    r"(date|time|day|week|month|quarter|year|period|stamp|created|updated|joined|signup|_at$|_on$|since)", re.I
)


@dataclass(frozen=True)
class Step:
    """The result tables of one plan step: `main` is the table named by the step, `parts` its further ones by suffix."""

    id: str
    method: str | None
    main: View | None
    parts: dict[str, View]
    question: str
    understood: Understanding = UNDERSTOOD

    @property
    def first(self) -> View:
        """The step's own table, or its first part."""
        return self.main or next(iter(self.parts.values()))

    @property
    def source(self) -> tuple[str, ...]:
        """The data columns that the step rests on."""
        views = [self.main, *self.parts.values()]
        return next((view.table.source for view in views if view and view.table.source), ())

    @property
    def facts(self) -> Facts:
        """What was computed, as the first of the step's tables says it."""
        views = [view for view in [self.main, *self.parts.values()] if view]
        return next((view.table.facts for view in views if view.table.facts.measures), views[0].table.facts)

    def is_told(self, code: CautionCode) -> bool:
        """Whether the executor warned of this."""
        views = [view for view in [self.main, *self.parts.values()] if view]
        return any(caution.code == code for view in views for caution in view.table.cautions)

    @property
    def ranked(self) -> int:
        """-1: the rows are sorted from the largest number down, 1: from the smallest up, 0: by no number."""
        column, way = next(iter(self.first.table.order.items()), ("", ""))
        if not self.first.numeric(column) or column in self.first.table.key:
            return 0
        return -1 if way == "descending" else 1

    def groups(self, *results: str) -> list[str]:
        """The columns of the main table that name a group: all before the first result column."""
        columns = self.first.columns
        at = min((columns.index(name) for name in results if name in columns), default=len(columns))
        return columns[:at]

    def subject(self, *not_these: str) -> Subject:
        """What the step measures: revenue, the average price, or the records."""
        facts = self.facts
        if facts.aggregate == "count" and facts.measured is None:
            return of_alias("count", self.question, self.understood.records)
        column = facts.measured or self._likeliest(not_these)
        if column is None:
            return Subject("records", kind="count")
        agg = "median" if facts.aggregate == "median" else ""
        if column in self.source:
            return of_column(column, self.question, self.source, agg)
        made = of_alias(column, self.question, self.understood.records)
        return replace(made, agg="" if made.kind == "share" else agg)

    def subject_of(self, column: str) -> Subject:
        """The subject of a result column by its name."""
        return of_alias(column, self.question, self.understood.records, self.source)

    def _likeliest(self, not_these: tuple[str, ...]) -> str | None:
        """Of the columns that the step rests on the first that the question names, or else the first."""
        free = [c for c in self.source if c not in not_these and not _TIME_NAME.search(c)]
        asked = [c for c in free if human(c).lower() in self.question.lower()]
        return next(iter([*asked, *free]), None)

    def named(self, column: str) -> str:
        """A column's name in words; digits that the question does not hold keep the name as it is in the data."""
        return name_of(column, self.question, self.source)

    def group(self, column: str) -> str:
        """What the groups of a column are: "state" for state_abbr."""
        return group_noun(self.named(column))

    @property
    def scope(self) -> str:
        """The rows that the result is about, in words: " for contract two years in 2024", or nothing."""
        return self.scope_beside("")

    def scope_beside(self, column: str) -> str:
        """The scope without the conditions on `column`, whose groups are compared; places in a ranking pick no rows."""
        own = {name.casefold() for name in self.source}
        filters = (one for one in self.facts.filters if one.column != column)
        kept = (one for one in filters if one.column.casefold() in own or one.column not in PLACES)
        return scope_of(kept, self.understood.limits, self.question)


@dataclass(frozen=True)
class Brief:
    """A message's blocks. What is missing or does not parse is empty: the reply then says less, never breaks."""

    question: str
    understood: Understanding = UNDERSTOOD
    review: Review | None = None
    evidence: Evidence = field(default_factory=Evidence)
    insights: tuple[Insight, ...] = ()
    errors: tuple[str, ...] = ()
    issues: tuple[IssueReview, ...] = ()

    @property
    def unanswered(self) -> str | None:
        """What of the question the table can't answer."""
        return self.understood.unanswered

    @property
    def refused(self) -> bool:
        """Whether the table can't answer the question at all."""
        return self.understood.overview and self.unanswered is not None

    @property
    def severity(self) -> str:
        """How serious the worst issue of the columns used is; "" for none."""
        found = {issue.severity for issue in self.touching()}
        return next((level for level in ("high", "medium", "low") if level in found), "")

    def touching(self) -> list[IssueReview]:
        """The issues of columns that a result rests on, or of the whole table."""
        used = self.evidence.sources
        return [i for i in self.issues if i.kind not in MENDED and (i.column is None or not used or i.column in used)]

    def steps(self) -> list[Step]:
        """The evidence by plan step, in order, without what no step asked for."""
        named: dict[str, list[EvidenceTable]] = {}
        for table in (table for table in self.evidence.tables if table.method != UNASKED):
            named.setdefault(self._step_of(table, list(named)), []).append(table)
        return [self._step(id, tables) for id, tables in named.items()]

    def _step_of(self, table: EvidenceTable, earlier: list[str]) -> str:
        stem = table.id.rpartition("_")[0]
        ids = {t.id for t in self.evidence.tables} | set(earlier)
        suffixes = ("summary", "total", "groups", "coef", "model", "rows", "pred", "alt", "expected", "observed")
        is_part = stem in ids or (table.method is not None and table.id.endswith(tuple(f"_{s}" for s in suffixes)))
        return stem if stem and is_part else table.id

    def _step(self, id: str, tables: list[EvidenceTable]) -> Step:
        main = next((View(t) for t in tables if t.id == id), None)
        parts = {t.id[len(id) + 1 :]: View(t) for t in tables if t.id != id}
        method = next((t.method for t in tables if t.method), None)
        return Step(id, method, main, parts, self.question, self.understood)


def read_brief(message: str) -> Brief:
    """The blocks of `message`."""
    understood = _json(message, "reading")
    errors = _json(message, "errors")
    insights = _json(message, "insights")
    review = _review(_json(message, "review"))
    return Brief(
        question=str(_json(message, "question") or ""),
        understood=Understanding.model_validate(understood) if isinstance(understood, dict) else UNDERSTOOD,
        review=review,
        evidence=evidence_of(message),
        insights=tuple(Insight.model_validate(i) for i in insights) if isinstance(insights, list) else (),
        errors=tuple(map(str, errors)) if isinstance(errors, list) else (),
        issues=review.issues if review else _issues(_json(message, "issues")),
    )


def evidence_of(message: str) -> Evidence:
    """All evidence blocks of a message together (a further plan's results come in a block of their own)."""
    found = Evidence()
    for body in re.findall(r"<evidence>\s*(.*?)\s*</evidence>", message, flags=re.DOTALL):
        found = found.joined(read_evidence(body))
    return found


def _review(given: Any) -> Review | None:
    return Review.model_validate(given) if isinstance(given, dict) and given.get("summary") else None


def _issues(given: Any) -> tuple[IssueReview, ...]:
    """The issues that code found, for who works before the review is there."""
    return tuple(IssueReview(issue=found["kind"], **found) for found in given) if isinstance(given, list) else ()


def _json(message: str, name: str) -> Any:
    body = read_block(message, name)
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body
