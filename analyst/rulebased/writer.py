"""The embedded analyst as Report Writer: the answer first, then effect, size and doubt, and what to do next."""

from __future__ import annotations

import re

from analyst.protocol.evidence import Evidence
from analyst.protocol.references import cited, replaced
from analyst.protocol.replies import Insight, IssueReview, NamedValue, Recommendation, ReportReply
from analyst.rulebased.findings.brief import Brief, Finding, read_brief
from analyst.rulebased.findings.catalogue import findings
from analyst.rulebased.findings.checking import ALWAYS, sound
from analyst.rulebased.findings.view import View
from analyst.rulebased.formats import NAMED, Wanted, spaced, wanted
from analyst.rulebased.naming import human
from analyst.rulebased.wording import capital, paragraph, sentence

MAX_ACTIONS = 3
MAX_CAVEATS = 6
MAX_SENTENCES = 3
"""Sentences of the summary."""
_COUNTED = re.compile(r"\b(how many|number|count|most|least|common|frequent|often|records|rows)\b", re.IGNORECASE)
_TOP = re.compile(
    r"\b(?:highest|lowest|most|least|largest|smallest|max|min|maximum|minimum|top|best|worst|strongest)\b"
)
_CONVERTED = ("numbers_as_text", "dates_as_text")
"""Issues that the plan puts right by itself: no reservation."""
_SURE = {
    "high": "The data supports this well",
    "medium": "The data supports this reasonably well, though not beyond doubt",
    "low": "Treat this as a first indication, not a firm result",
}


def write(message: str) -> ReportReply:
    """The report on the insights in `message` (a user message of task `report`)."""
    brief = read_brief(message)
    told = findings(brief)
    conservative = bool(brief.errors)
    return ReportReply(
        title=_title(brief, told),
        answer=_answer(brief, told),
        summary=_summary(brief, told),
        recommendations=() if conservative else _recommendations(brief, told),
        caveats=_caveats(brief),
        unanswered=_unanswered(brief),
        fields=_fields(brief),
    )


def _title(brief: Brief, told: list[Finding]) -> str:
    """What was found, as a headline; the question, shortened at a word, where there is none."""
    if _is_overview(brief):
        return "What the table shows"
    if told[0].headline and not _misses(brief, told[0]):
        return capital(told[0].headline)
    short = " ".join(re.sub(r"[{}<>@\[\]]+", " ", brief.question).strip().rstrip("?!. ").split())
    if len(short) > 90:
        short = short[:90].rsplit(" ", 1)[0] + "…"
    return capital(short) or "What the table shows"


def _answer(brief: Brief, told: list[Finding]) -> str:
    """The answer of the first finding; of several where the question asks for an overview or can't be answered."""
    first = told[0]
    answer = first.answer or first.statement
    if brief.unanswered and _misses(brief, first):
        return paragraph(_cannot(brief), f"Here is what the table does show: {_lower(answer)}")
    if brief.unanswered:
        return paragraph(answer, _left_open(brief))
    if _is_overview(brief):
        size = _first_sentence(brief.review.summary) if brief.review else ""
        size = size if size and _may_say(brief, size) else ""
        return paragraph(size, *(_first_sentence(f.answer or f.statement) for f in told if f.main)) or answer
    return answer


def _is_overview(brief: Brief) -> bool:
    return brief.understood.overview and len(brief.steps()) > 1


def _misses(brief: Brief, first: Finding) -> bool:
    """Whether what was left unanswered is the heart of the question: an overview, or records counted in its place."""
    if not brief.unanswered:
        return False
    counted = first.counts_rows and not _COUNTED.search(brief.question)
    return brief.understood.overview or counted


def _cannot(brief: Brief) -> str:
    told = f"This table can't answer the question as asked: {_lower(brief.unanswered or '')}"
    return _if_sound(brief, told, "This table can't answer the question as asked")


def _left_open(brief: Brief) -> str:
    told = f"Part of the question is not answered: {_lower(brief.unanswered or '')}"
    return _if_sound(brief, told, "Part of the question is not answered")


def _if_sound(brief: Brief, text: str, otherwise: str) -> str:
    return text if sound(text, brief.evidence, brief.question, _names(brief.evidence)) else otherwise


def _lower(text: str) -> str:
    return text if text.startswith("{{") or text[1:2].isupper() else text[:1].lower() + text[1:]


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?]) (?=[A-Z{])", text)[0]


def _summary(brief: Brief, told: list[Finding]) -> str:
    """Up to three short sentences that add to the answer and the first finding: what else matters, how sure it is."""
    answer = f"{_answer(brief, told)} {told[0].statement}"
    said = cited(answer)
    added: list[str] = []
    for text in (text for finding in told for text in (finding.gist, finding.beside) if text):
        places = cited(text)
        if text not in answer and text not in added and not (places and places <= said):
            added.append(text)
            said |= places
    first = told[0]
    doubts = [first.caveat or "", first.doubt, first.because, _SURE[first.confidence]]
    doubt = next(text for text in doubts if text and text.rstrip(".") not in answer)
    return paragraph(*added[: MAX_SENTENCES - 1], doubt)


def _recommendations(brief: Brief, told: list[Finding]) -> tuple[Recommendation, ...]:
    """One action an insight, matched by title and table; each tied to the insight's number."""
    given = brief.insights or tuple(Insight(title=f.title, statement=f.statement, table=f.table) for f in told)
    left = list(told)
    found: list[Recommendation] = []
    for number, insight in enumerate(given, 1):
        match = next((f for f in left if capital(f.title) == insight.title and f.table == insight.table), None)
        match = match or next((f for f in left if f.table == insight.table), None)
        if match is None:
            continue
        left.remove(match)
        kinds = {item.action.split(" ", 2)[0:2] == match.action.split(" ", 2)[0:2] for item in found}
        if match.action and True not in kinds:
            found.append(Recommendation(action=sentence(match.action), insight=number))
    return tuple(found[:MAX_ACTIONS])


def _caveats(brief: Brief) -> tuple[str, ...]:
    """The data issues that touch the result; a finding's own limits stand with it."""
    used = set(_names(brief.evidence))
    issues = [
        issue.issue
        for issue in (brief.review.issues if brief.review else ())
        if issue.severity != "low" and _touches(issue, used) and issue.kind not in _CONVERTED
    ]
    listed = dict.fromkeys(sentence(text) for text in issues if text)
    return tuple(text for text in listed if _may_say(brief, text))[:MAX_CAVEATS]


def _unanswered(brief: Brief) -> str | None:
    """What the plan left open, unless it holds numbers that no result has."""
    told = sentence(brief.unanswered) if brief.unanswered else ""
    return told if told and _may_say(brief, told) else None


def _touches(issue: IssueReview, used: set[str]) -> bool:
    """Whether the issue is one of a column that the result rests on, or of the whole table."""
    return issue.column is None or not used or issue.column in used


def _may_say(brief: Brief, text: str) -> bool:
    always = tuple(f"{id}{after}" for id in ALWAYS for after in "[.")
    plain = replaced(text, lambda body: " " if body.startswith(always) else f"{{{{{body}}}}}")
    return sound(plain, brief.evidence, brief.question, _names(brief.evidence))


def _names(evidence: Evidence) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for table in evidence.tables for name in table.source))


def _fields(brief: Brief) -> tuple[NamedValue, ...]:
    """A reference for each answer that the question asks for by name ("@mean_fare[…]"), where a result has its name."""
    found = []
    for wish in wanted(brief.question):
        value = _stated(brief, wish) or _told(brief, wish)
        if value:
            found.append(NamedValue(name=wish.name, value=value))
    return tuple(found)


def _stated(brief: Brief, wish: Wanted) -> str | None:
    """The column of the step that computes the fields by name."""
    for view in (View(table) for table in brief.evidence.tables if table.id == NAMED):
        if view.row_count == 1 and view.has(0, wish.name):
            return _reference(view, wish.name, wish)
    return None


def _told(brief: Brief, wish: Wanted) -> str | None:
    """The cell of a one-row result, or of the first row of a ranking, whose column the field's words name best."""
    best: tuple[float, str] | None = None
    for view in (View(table) for table in brief.evidence.tables if table.audience == "answer" and table.id != NAMED):
        if "_row" in view.columns and view.row_count != 1:
            continue
        for place, column in enumerate(view.columns):
            if not view.has(0, column) or (view.row_count > 1 and not _ranked_first(brief, wish)):
                continue
            fit = _fit(wish, column) - place / 1000
            if fit >= 0.5 and (best is None or fit > best[0]):
                best = (fit, _reference(view, column, wish))
    return best[1] if best else None


def _fit(wish: Wanted, column: str) -> float:
    """How well a field's words name the column: words of the placeholder count double where it names a thing."""
    told, own = set(wish.named.split()), set(human(column).split())
    inner = set(spaced(wish.inner).split()) - {"value", "name", "number"}
    if spaced(wish.inner).endswith(" name") or inner & own:
        return 3.0 * bool(inner & own) + len(told & own) / 10
    return float(len(told & own))


def _ranked_first(brief: Brief, wish: Wanted) -> bool:
    """Whether the first row of several answers: the plan ranks, and the field wants what stands at the top."""
    ranked = any(step.ranked for step in brief.steps())
    return ranked and _TOP.search(f"{wish.named} {brief.question}") is not None


def _reference(view: View, column: str, wish: Wanted) -> str:
    digits = "" if wish.digits is None or not view.numeric(column) else str(wish.digits)
    return view.ref(0, column, digits)
