"""What a message asks of the insight generator and the report writer: its blocks, read."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from contracts.blocks import read_block
from contracts.evidence import Evidence, EvidenceTable, read_evidence
from contracts.replies import Insight, Review
from embedded.findings.view import View
from embedded.wording import human

_TIME_NAME = re.compile(
    r"(date|time|day|week|month|quarter|year|period|stamp|created|updated|joined|signup|_at$|_on$|since)", re.I
)


@dataclass(frozen=True)
class Finding:
    """One statement and what the report makes of it: `answer` is its short form, `doubt` its uncertainty in a
    sentence, `action` what to do about it. `main` findings answer the question, others add to it."""

    title: str
    statement: str
    table: str
    answer: str = ""
    doubt: str = ""
    action: str = ""
    confidence: Literal["high", "medium", "low"] = "medium"
    caveat: str | None = None
    main: bool = False


@dataclass(frozen=True)
class Step:
    """The result tables of one plan step: `main` is the table named by the step, `parts` its further ones by suffix."""

    id: str
    method: str | None
    main: View | None
    parts: dict[str, View]
    question: str

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
    def what(self) -> str:
        """What was computed, in the executor's words (never copied into prose: it may hold digits)."""
        return " ".join(view.table.what for view in [self.main, *self.parts.values()] if view).lower()

    def groups(self, *results: str) -> list[str]:
        """The columns of the main table that name a group: all before the first result column."""
        columns = self.first.columns
        at = min((columns.index(name) for name in results if name in columns), default=len(columns))
        return columns[:at]

    def measure(self, *not_these: str) -> str:
        """The measured thing in words: "revenue", "average price", or "the number of records"."""
        columns = [c for c in self.source if c not in not_these and not _TIME_NAME.search(c)]
        if not columns or re.search(r"\bcounts? of (rows|records)|number of (rows|records)\b", self.what):
            return "number of records"
        asked = [c for c in columns if human(c).lower() in self.question.lower()]
        name = self.named((asked or columns)[0])
        found = re.search(r"(?<!moving )\b(mean|average|median) of\b", self.what)
        return f"{'median' if found[1] == 'median' else 'average'} {name}" if found else name

    def named(self, column: str) -> str:
        """A column's name in words; digits that the question does not hold keep the name as it is in the data."""
        return name_of(column, self.question, self.source)


def name_of(column: str, question: str, known: Sequence[str] = ()) -> str:
    """A column's name as prose may show it: its words, without digits that would pass for numbers."""
    words = human(column)
    if all(d in question for d in re.findall(r"\d+", words)) and not re.search(r"[<>{}]", words):
        return words
    if column in known and not re.search(r"[<>{}]", column):
        return column
    return " ".join(re.sub(r"[\d<>{}]+", " ", words).split()) or "value"


@dataclass(frozen=True)
class Brief:
    """A message's blocks. What is missing or does not parse is empty: the reply then says less, never breaks."""

    question: str
    reading: str = ""
    unanswered: str | None = None
    review: Review | None = None
    evidence: Evidence = field(default_factory=Evidence)
    insights: tuple[Insight, ...] = ()
    errors: tuple[str, ...] = ()

    def steps(self) -> list[Step]:
        """The evidence by plan step, in order."""
        named: dict[str, list[EvidenceTable]] = {}
        for table in self.evidence.tables:
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
        return Step(id, method, main, parts, self.question)


def read_brief(message: str) -> Brief:
    """The blocks of `message`."""
    reading = _json(message, "reading")
    reading = reading if isinstance(reading, dict) else {}
    errors = _json(message, "errors")
    insights = _json(message, "insights")
    return Brief(
        question=str(_json(message, "question") or ""),
        reading=str(reading.get("reading") or ""),
        unanswered=reading.get("unanswered") or None,
        review=_review(_json(message, "review")),
        evidence=evidence_of(message),
        insights=tuple(Insight.model_validate(i) for i in insights) if isinstance(insights, list) else (),
        errors=tuple(map(str, errors)) if isinstance(errors, list) else (),
    )


def evidence_of(message: str) -> Evidence:
    """All evidence blocks of a message together (a further plan's results come in a block of their own)."""
    found = Evidence()
    for body in re.findall(r"<evidence>\s*(.*?)\s*</evidence>", message, flags=re.DOTALL):
        found = found.joined(read_evidence(body))
    return found


def _review(given: Any) -> Review | None:
    return Review.model_validate(given) if isinstance(given, dict) and given.get("summary") else None


def _json(message: str, name: str) -> Any:
    body = read_block(message, name)
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body
