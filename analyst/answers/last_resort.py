"""What is made of the embedded analyst's reply when its check has refused it for good: what holds of it, more plainly.

The embedded analyst is the last of every chain, so nobody can be asked instead. Each text that fails is left out or
replaced by a plain statement of the result, and the reply passes its guard again; an analysis never ends for one text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from analyst.answers.accepted import Explained, FurtherResults, Planned, Reported, Reviewed
from analyst.answers.guards import LEFT_OPEN, Guards
from analyst.answers.reading import AnyReply, read_reply
from analyst.answers.telling import ELSEWHERE, tells_result
from analyst.core.errors import PlanError, ReplyError
from analyst.core.text import listed
from analyst.protocol.evidence import ALWAYS, Evidence, EvidenceTable
from analyst.protocol.replies import Insight, Insights, NamedValue, PlanReply, ReportReply, Review
from analyst.reporting.naming import words

SIZE = "The table has {{table.rows}} rows and {{table.columns}} columns."
TITLE = "What the table shows"
NO_PLAN = "No plan for this question runs on this table, so only its rows were counted."
MOST_TOLD = 3
"""Rows or columns that a plain statement tells of."""


Value = TypeVar("Value")


@dataclass(frozen=True)
class Check(Generic[Value]):
    """The guard of a task, and what takes the embedded analyst's reply once the guard has refused it for good."""

    guard: Callable[[str], Value]
    last: Callable[[str], Value] | None = None


@dataclass(frozen=True)
class LastResort:
    """Takes the replies that `guards` refuse."""

    guards: Guards

    def review(self, text: str) -> Reviewed:
        """The review without the issues that fail; at the least the size of the table."""
        cited = self.guards.cited
        given = self._read(text, Review, Review(summary=SIZE))
        issues = tuple(i for i in given.issues if self._hold((i.issue, i.action), cited))
        columns = tuple(c for c in given.columns if self._hold((c.note,), cited))
        summary = self._first((given.summary, SIZE), cited)
        return self.guards.review(Review(summary=summary, issues=issues, columns=columns).model_dump_json())

    def plan(self, text: str) -> Planned:
        """A count of the rows, said to be all that is answered. PlanError where not even that runs."""
        step = {"id": "s1", "sql": "SELECT count(*) AS records FROM data"}
        counted = PlanReply(reading="The number of rows.", unanswered=NO_PLAN, steps=(step,))
        return self.guards.plan(counted.model_dump_json())

    def insights(self, text: str, planned: Planned) -> Explained | FurtherResults:
        """The insights that hold; at the least a plain statement of the first result."""
        return self.guards.insights(self._insights(text, planned.evidence), planned)

    def insights_after(self, text: str, further: FurtherResults) -> Explained:
        """The same for an agent that had its further plan."""
        return self.guards.insights_after(self._insights(text, further.evidence), further)

    def report(self, text: str, explained: Explained) -> Reported:
        """The report without what fails; its answer at the least a plain statement of the first result."""
        evidence, plain = explained.evidence, self._plain(explained.evidence)
        given = self.guards.named(self._read(text, ReportReply, ReportReply(title=TITLE, answer=plain, summary=plain)))
        told = explained.insights.insights
        fields = tuple(field for field in given.fields if self._stands(field, evidence))
        report = ReportReply(
            title=self._first((given.title, TITLE), evidence),
            answer=self._first((*self._answers(given, told[0].statement, evidence), plain), evidence),
            summary=self._first((given.summary, plain), evidence),
            recommendations=tuple(
                r for r in given.recommendations if r.insight <= len(told) and self._hold((r.action,), evidence)
            ),
            caveats=tuple(caveat for caveat in given.caveats if self._hold((caveat,), evidence)),
            unanswered=self._left_open(given, fields, evidence),
            fields=fields,
        )
        return self.guards.report(report.model_dump_json(), explained)

    def _answers(self, given: ReportReply, statement: str, evidence: Evidence) -> list[str]:
        """The reply's answer and the first insight, where they tell a result or the reply leaves the question open."""
        return [text for text in (given.answer, statement) if given.unanswered or tells_result(text, evidence)]

    def _insights(self, text: str, evidence: Evidence) -> str:
        plain = Insight(title=TITLE, statement=self._plain(evidence), confidence="low")
        given = self._read(text, Insights, Insights(insights=(plain,)))
        sound = [i for i in given.insights if self._hold((i.title, i.statement, i.caveat or ""), evidence)]
        caveats = tuple(caveat for caveat in given.caveats if self._hold((caveat,), evidence))
        return Insights(insights=tuple(sound) or (plain,), caveats=caveats).model_dump_json()

    def _plain(self, evidence: Evidence) -> str:
        return self._first((plain_statement(evidence), ELSEWHERE), evidence)

    def _left_open(self, given: ReportReply, fields: tuple[NamedValue, ...], evidence: Evidence) -> str | None:
        missing = [name for name in self.guards.asked if name not in {field.name for field in fields}]
        parts = [self._first((given.unanswered, LEFT_OPEN), evidence)] if given.unanswered else []
        parts += [f"There is no value for {listed(missing)}."] if missing else []
        return " ".join(parts) or None

    def _stands(self, field: NamedValue, evidence: Evidence) -> bool:
        known = not self.guards.asked or field.name in self.guards.asked
        restored = field.model_copy(update={"value": self.guards.privacy.restore(field.value)})
        return known and not self.guards.field_problems(restored, evidence)

    def _hold(self, texts: Iterable[str], evidence: Evidence) -> bool:
        return not self.guards.problems(map(self.guards.privacy.restore, texts), evidence)

    def _first(self, texts: Iterable[str], evidence: Evidence) -> str:
        """The first text that holds; the last one where none does."""
        *others, last = texts
        return next((text for text in others if text and self._hold((text,), evidence)), last)

    def _read(self, text: str, model: type[AnyReply], otherwise: AnyReply) -> AnyReply:
        try:
            return read_reply(text, model)
        except (PlanError, ReplyError):
            return otherwise


def plain_statement(evidence: Evidence) -> str:
    """What the first result says, by references only: its one row, or its first rows with their labels."""
    answers = [t for t in evidence.tables if t.audience == "answer" and t.id not in ALWAYS]
    table = next((table for table in answers if table.rows), None)
    if table is None:
        return "No row of the table meets the conditions." if answers else SIZE
    told = _of_one_row(table) if len(table.rows) == 1 else _of_rows(table)
    return f"{told}." if told else ELSEWHERE


def _of_one_row(table: EvidenceTable) -> str:
    filled = [name for name, cell in zip(table.columns, table.rows[0], strict=True) if cell not in (None, "")]
    return "; ".join(f"{words(name)} {{{{{table.id}[1].{name}}}}}" for name in filled[:MOST_TOLD])


def _of_rows(table: EvidenceTable) -> str:
    """ "Revenue: North 12, South 9 and East 4": the labels of each row beside its first measured value."""
    labels = table.key or table.columns[:1]
    value = next((name for name in table.columns if name not in labels and _is_measured(table, name)), None)
    if value is None:
        return ""
    shown = [*labels, value]
    rows = [n for n in range(1, MOST_TOLD + 1) if n <= len(table.rows) and _is_whole(table, n - 1, shown)]
    told = [f"{_label(table, n, labels)} {{{{{table.id}[{n}].{value}}}}}" for n in rows]
    return f"{words(value)}: {listed(told)}" if told else ""


def _label(table: EvidenceTable, row: int, names: Iterable[str]) -> str:
    """The labels of a row; one that is a number is named ("month 1:")."""
    numbers = {name for name in names if _is_measured(table, name)}
    parts = [
        (f"{words(name).lower()} " if name in numbers else "") + f"{{{{{table.id}[{row}].{name}}}}}" for name in names
    ]
    return " ".join(parts) + (":" if numbers else "")


def _is_measured(table: EvidenceTable, name: str) -> bool:
    return any(isinstance(cell, (int, float)) and not isinstance(cell, bool) for cell in table.column(name))


def _is_whole(table: EvidenceTable, row: int, names: Iterable[str]) -> bool:
    return all(table.rows[row][table.columns.index(name)] not in (None, "") for name in names)
