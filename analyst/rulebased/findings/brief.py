"""What a message asks of the insight generator and the report writer: its blocks, read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from analyst.protocol.blocks import read_block
from analyst.protocol.evidence import UNASKED, Evidence, EvidenceTable, read_evidence
from analyst.protocol.number_check import Question, stray_numbers
from analyst.protocol.replies import Insight, Review
from analyst.rulebased.findings.subject import Subject, of_alias, of_column
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import group_noun, human, name_of

Level = Literal["high", "medium", "low"]
_TIME_NAME = re.compile(
    r"(date|time|day|week|month|quarter|year|period|stamp|created|updated|joined|signup|_at$|_on$|since)", re.I
)
_COMPUTED = re.compile(r"(?<!moving )\b(sum|mean|average|median) of (?:the )?(.+?)(?= by |[,;:]|$)")


@dataclass(frozen=True)
class Finding:
    """One statement and what the report makes of it.

    `statement` adds to what `answer` says; `headline` is the report's title where this finding answers the question;
    `gist` and `beside` its sentences in the summary; `doubt` its uncertainty in a sentence; `because` what its
    confidence rests on; `action` what to do about it. `main` findings answer the question. `size` (0 to 1): how large
    the effect is.
    """

    title: str
    statement: str
    table: str
    headline: str = ""
    answer: str = ""
    gist: str = ""
    beside: str = ""
    doubt: str = ""
    because: str = ""
    action: str = ""
    confidence: Level = "medium"
    caveat: str | None = None
    main: bool = False
    size: float = 0.5


@dataclass(frozen=True)
class Step:
    """The result tables of one plan step: `main` is the table named by the step, `parts` its further ones by suffix."""

    id: str
    method: str | None
    main: View | None
    parts: dict[str, View]
    question: str
    reading: str = ""

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

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the executor warned of."""
        views = [view for view in [self.main, *self.parts.values()] if view]
        return tuple(dict.fromkeys(w for view in views for w in view.table.warnings))

    def groups(self, *results: str) -> list[str]:
        """The columns of the main table that name a group: all before the first result column."""
        columns = self.first.columns
        at = min((columns.index(name) for name in results if name in columns), default=len(columns))
        return columns[:at]

    def subject(self, *not_these: str) -> Subject:
        """What the step measures: revenue, the average price, or the records."""
        if re.search(r"\bcounts? of (rows|records)|number of (rows|records)\b", self.what):
            return of_alias("count", self.question, self.reading)
        computed = _COMPUTED.search(self.what)
        agg = {"median": "median", "mean": "average"}.get(computed[1], "") if computed else ""
        column = self._measured(computed[2] if computed else "", not_these)
        if column is None:
            return Subject("records", kind="count")
        if column in self.source:
            return of_column(column, self.question, self.source, agg)
        made = of_alias(column, self.question, self.reading)
        return replace(made, agg="" if made.kind == "share" else agg)

    def _measured(self, computed: str, not_these: tuple[str, ...]) -> str | None:
        """The column that the executor's words name as measured, else the likeliest of those that the step rests on."""
        if computed:
            return next((c for c in self.source if c.lower() == computed), computed)
        told = [c for c in self.source if re.search(rf"\b(of|whose) {re.escape(c.lower())}( |,|$)", self.what)]
        if told:
            return told[0]
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
        """The rows that the question is about, as the plan was read: " for contract two years", or nothing."""
        text = re.sub(r"\s*\([^()]*\)", "", self.reading.strip().rstrip("."))
        text = re.sub(r", (highest|lowest) first$", "", text)
        for column in self.source:
            text = re.sub(
                re.escape(human(column)), lambda found: re.sub(r"\W", "_", found[0]), text, flags=re.IGNORECASE
            )
        found = re.search(r" (for|in) (?!steps\b|all\b|which\b).+$", text)
        told = self._spoken_scope(found[0].replace("_", " ")) if found else ""
        for shorter in (told, re.sub(r" in [^,]+$", "", told)):
            if not stray_numbers(shorter, None, Question(self.question))[0]:
                return shorter
        return ""

    def scope_beside(self, column: str) -> str:
        """The scope without the conditions on `column` (in words), whose groups are compared."""
        lead, *parts = re.split(r" (?=(?:for|where|with|in) )", self.scope)
        kept = [
            part.removesuffix(" and")
            for part in parts
            if not re.match(rf"(for|where|with) {re.escape(column)}\b", part, re.IGNORECASE)
        ]
        return "".join(f" {part}" if n == 0 else f" and {part}" for n, part in enumerate(kept)) if parts else lead

    def _spoken_scope(self, text: str) -> str:
        """ " for churn" → " where churn is yes"; " for support calls above 3" → " with support calls above 3"."""
        lead, rest = text[1:].split(" ", 1)
        if lead != "for":
            return text
        for column in self.source:
            rest = re.sub(rf"\b{re.escape(_spoken(column))}\b", human(column), rest)
        names = {human(column).lower() for column in self.source}
        begins = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        parts = re.split(rf" and (?=(?:not )?(?:{begins})\b)", rest, flags=re.IGNORECASE) if begins else [rest]
        told = [_condition(part, names) for part in parts]
        return " " + " and ".join(told)


def _spoken(column: str) -> str:
    """A column as a plan's reading spells it."""
    return " ".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column).replace("_", " ").split())


_COMPARED = re.compile(r" (above|below|between|over|under|at least|at most|from|up to|more than|less than) ")


def _condition(part: str, columns: set[str]) -> str:
    plain = part.strip().lower()
    if plain in columns:
        return f"where {part} is yes"
    if plain.removeprefix("not ") in columns:
        return f"where {part.strip()[4:]} is no"
    return f"with {part}" if _COMPARED.search(part) else f"for {part}"


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
        return Step(id, method, main, parts, self.question, self.reading)


def read_brief(message: str) -> Brief:
    """The blocks of `message`."""
    reading = _json(message, "reading")
    reading = reading if isinstance(reading, dict) else {}
    errors = _json(message, "errors")
    insights = _json(message, "insights")
    return Brief(
        question=str(_json(message, "question") or ""),
        reading=str(reading.get("reading") or "").partition(" Prepared first: ")[0],
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
