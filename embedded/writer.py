"""The embedded analyst as Report Writer: the answer first, then effect, size and doubt, and what to do next."""

from __future__ import annotations

import re

from contracts.evidence import Evidence
from contracts.replies import Insight, IssueReview, NamedValue, Recommendation, ReportReply
from embedded.findings.brief import Brief, Finding, read_brief
from embedded.findings.catalogue import findings
from embedded.findings.checking import sound
from embedded.findings.view import View
from embedded.wording import capital, human, paragraph, sentence

MAX_ACTIONS = 4
MAX_CAVEATS = 6
_FIELD = re.compile(r"@(\w+)\[")
_SURE = {
    "high": "The result is well supported by the data",
    "medium": "The result is reasonably well supported, though not beyond doubt",
    "low": "Take this as a first indication rather than a firm result",
}


def write(message: str) -> ReportReply:
    """The report on the insights in `message` (a user message of task `report`)."""
    brief = read_brief(message)
    told = findings(brief)
    conservative = bool(brief.errors)
    return ReportReply(
        title=_title(brief),
        answer=_answer(told),
        summary=_summary(brief, told),
        recommendations=() if conservative else _recommendations(brief, told),
        caveats=_caveats(brief, told),
        fields=_fields(brief),
    )


def _title(brief: Brief) -> str:
    """The question as a heading, shortened at a word."""
    words = re.sub(r"[{}<>@\[\]]+", " ", brief.question).strip().rstrip("?!. ")
    short = " ".join(words.split())
    if len(short) > 90:
        short = short[:90].rsplit(" ", 1)[0] + "…"
    return capital(short) or "What the table shows"


def _answer(told: list[Finding]) -> str:
    """The first finding's short form; the second step's beside it when that adds an answer of its own."""
    first, *rest = told
    second = next((f for f in rest if f.main and f.table != first.table and f.answer), None)
    both = paragraph(first.answer or first.statement, second.answer if second else "")
    return both if both.count(". ") < 3 else paragraph(first.answer or first.statement)


def _summary(brief: Brief, told: list[Finding]) -> str:
    """Effect and size from what the answer did not say, then how sure it is."""
    first = told[0]
    said = _answer(told)
    fresh = [f for f in told[1:] if f.statement and f.statement not in said]
    left = _unsaid(first.statement, said)
    effect = left or (fresh[0].statement if fresh else "")
    size = next((f.statement for f in fresh if f.statement != effect), "")
    doubt = first.doubt if first.doubt and first.doubt.rstrip(".") not in f"{said} {effect}" else ""
    sure = _SURE[first.confidence] if first.confidence == "low" or not doubt else ""
    return paragraph(effect or _restated(brief), size if not _long(effect) else "", doubt, sure) or said


def _unsaid(statement: str, said: str) -> str:
    """The sentences of `statement` that the answer does not hold."""
    parts = re.split(r"(?<=[.!?]) (?=[A-Z{])", statement)
    return " ".join(part for part in parts if part not in said)


def _long(text: str) -> bool:
    return text.count(". ") >= 2


def _restated(brief: Brief) -> str:
    reading = brief.reading.strip()
    if reading and sound(reading, brief.evidence, brief.question) and "{{" not in reading:
        return f"The question was read as follows: {reading[:1].lower()}{reading[1:]}"
    return ""


def _recommendations(brief: Brief, told: list[Finding]) -> tuple[Recommendation, ...]:
    """One action an insight, matched by title and table; each tied to the insight's number."""
    given = brief.insights or tuple(Insight(title=f.title, statement=f.statement, table=f.table) for f in told)
    left = list(told)
    found: list[Recommendation] = []
    for number, insight in enumerate(given, 1):
        match = next((f for f in left if f.title == insight.title and f.table == insight.table), None)
        match = match or next((f for f in left if f.table == insight.table), None)
        if match is None or not match.action:
            continue
        left.remove(match)
        found.append(Recommendation(action=sentence(match.action), insight=number))
    return tuple(found[:MAX_ACTIONS])


def _caveats(brief: Brief, told: list[Finding]) -> tuple[str, ...]:
    """What was not answered, what limits the findings, and the data issues that the review holds serious."""
    unanswered = f"Not answered: {brief.unanswered}" if brief.unanswered else ""
    own = [f.caveat for f in told if f.caveat]
    issues = [_issue(issue) for issue in (brief.review.issues if brief.review else ()) if issue.severity != "low"]
    theirs = [i.caveat for i in brief.insights if i.caveat]
    listed = dict.fromkeys(sentence(text) for text in [unanswered, *own, *theirs, *issues] if text)
    return tuple(text for text in listed if _may_say(brief, text))[:MAX_CAVEATS]


def _issue(issue: IssueReview) -> str:
    return issue.issue


def _may_say(brief: Brief, text: str) -> bool:
    plain = re.sub(r"\{\{(table|profile|issues)[\[.][^{}]*\}\}", " ", text)
    return sound(plain, brief.evidence, brief.question, _names(brief.evidence))


def _names(evidence: Evidence) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for table in evidence.tables for name in table.source))


def _fields(brief: Brief) -> tuple[NamedValue, ...]:
    """A reference for each answer that the question asks for by name ("@mean_fare[…]"), where a result has its name."""
    found = []
    for name in dict.fromkeys(_FIELD.findall(brief.question)):
        value = _value_named(brief, name)
        if value:
            found.append(NamedValue(name=name, value=value))
    return tuple(found)


def _value_named(brief: Brief, name: str) -> str | None:
    """The field whose words the name holds, exactly first, in a result of one row."""
    words = set(human(name).split())
    best: tuple[int, str] | None = None
    for view in (View(table) for table in brief.evidence.tables):
        for column in view.columns:
            fit = len(words & set(human(column).split()))
            if view.row_count == 1 and fit and view.has(0, column) and (best is None or fit > best[0]):
                best = (fit, view.ref(0, column))
    return best[1] if best else None
