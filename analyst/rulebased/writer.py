"""The rule-based analyst as Report Writer: the answer first, then what adds to it, how sure it is, what to ask next."""

from __future__ import annotations

import re

from analyst.protocol.references import cited
from analyst.protocol.replies import Insight, NamedValue, Recommendation, ReportReply
from analyst.rulebased.findings.brief import Brief, read_brief
from analyst.rulebased.findings.catalogue import findings
from analyst.rulebased.findings.caveats import confidence
from analyst.rulebased.findings.checking import sound
from analyst.rulebased.findings.finding import Finding, answered
from analyst.rulebased.findings.view import View
from analyst.rulebased.formats import NAMED, Wanted, spaced, wanted
from analyst.rulebased.insights import HOLDS
from analyst.rulebased.wording import asks_yes_no, capital, lower, paragraph, sentence, sentences

MAX_ACTIONS = 3
MAX_CAVEATS = 4
MAX_ADDED = 2
"""Sentences of the summary beside the one that says how sure it is."""
MAX_TITLE = 90
CANNOT = "This table can't answer the question"
OPEN = "Part of the question is not answered."
_SURE = {
    "high": "No data problem was found in the columns used",
    "medium": "The data supports this, with reservations",
    "low": "Treat this as a first indication, not a firm result",
}


def write(message: str) -> ReportReply:
    """The report on the insights in `message` (a user message of task `report`)."""
    brief = read_brief(message)
    told = findings(brief)
    return ReportReply(
        title=_title(brief, told),
        answer=_answer(brief, told),
        summary=_summary(brief, told),
        recommendations=() if brief.errors else _recommendations(brief, told),
        caveats=_caveats(brief),
        unanswered=_left_open(brief),
        fields=named_values(brief),
    )


def _title(brief: Brief, told: list[Finding]) -> str:
    """What was found, as a headline; the question, shortened at a word, where there is none."""
    if brief.refused:
        return CANNOT
    if brief.understood.overview:
        return "What the table shows"
    if told[0].headline:
        return told[0].headline
    short = " ".join(re.sub(r"[{}<>@\[\]]+", " ", brief.question).strip().rstrip("?!. ").split())
    if len(short) > MAX_TITLE:
        short = short[:MAX_TITLE].rsplit(" ", 1)[0] + "…"
    return capital(short) or "What the table shows"


def _answer(brief: Brief, told: list[Finding]) -> str:
    """What is left open, then the figures asked for; of an overview what the table holds and the main results."""
    if brief.refused:
        return paragraph(*dict.fromkeys((f"{CANNOT}.", _left_open(brief) or "")))
    mains = [finding for finding in told if finding.main]
    if brief.understood.overview:
        first = [] if mains[0].counts else [mains[0].answer]
        return paragraph(_held(brief), *first, *(finding.headline for finding in mains[1:]))
    lead = answered(mains[0], asked=not brief.unanswered and asks_yes_no(brief.question))
    further = [sentences(finding.answer)[0] for finding in mains[1:2]]
    return paragraph(_left_open(brief) or "", lead, *further)


def _left_open(brief: Brief) -> str | None:
    """What the plan leaves open, in its own words where these may be said."""
    if not brief.unanswered and not brief.refused:
        return None
    return _may_say(brief, sentence(brief.unanswered or "")) or (f"{CANNOT}." if brief.refused else OPEN)


def _held(brief: Brief) -> str:
    """What the table holds, as the review says it."""
    return sentences(brief.review.summary)[0] if brief.review and not brief.errors else HOLDS


def _summary(brief: Brief, told: list[Finding]) -> str:
    """What adds to the answer and the first finding, and how sure the answer is."""
    if brief.refused:
        return _held(brief)
    said = f"{_answer(brief, told)} {told[0].statement}"
    added: list[str] = []
    for finding in told[1:]:
        first = sentences(finding.answer)[0]
        if not cited(first) <= cited(f"{said} {' '.join(added)}") or not cited(first):
            added.append(first)
    return paragraph(*added[:MAX_ADDED], _doubt(brief, told[0]))


def _doubt(brief: Brief, first: Finding) -> str:
    """How sure the answer is, and why it is not surer."""
    level = confidence(first, brief.severity)
    if level == first.sure == "high" or not brief.severity:
        return _SURE[level]
    return f"{_SURE[level]}: the columns used have data problems" if level == "medium" else _SURE[level]


def _recommendations(brief: Brief, told: list[Finding]) -> tuple[Recommendation, ...]:
    """One action an insight, matched by title and table; each tied to the insight's number."""
    given = brief.insights or tuple(Insight(title=f.title, statement=f.statement, table=f.table) for f in told)
    left, found = list(told), list[Recommendation]()
    for number, insight in enumerate(given, 1):
        same = [f for f in left if f.table == insight.table]
        match = next((f for f in same if f.title == insight.title), next(iter(same), None))
        if match is None:
            continue
        left.remove(match)
        if match.action and match.action not in (item.action for item in found):
            found.append(Recommendation(action=match.action, insight=number))
    return tuple(found[:MAX_ACTIONS])


def _caveats(brief: Brief) -> tuple[str, ...]:
    """The data issues in the columns used, each once; those of the whole table are called so where rows were picked."""
    if brief.refused or brief.errors:
        return ()
    picked = any(f.relation != "present" for table in brief.evidence.tables for f in table.facts.filters)
    serious = [issue for issue in brief.touching() if issue.severity != "low"]
    texts = (f"In the whole table, {lower(sentence(i.issue))}" if picked else sentence(i.issue) for i in serious)
    return tuple(dict.fromkeys(texts))[:MAX_CAVEATS]


def _may_say(brief: Brief, text: str) -> str:
    """`text`, or nothing where it holds numbers that no result has."""
    names = tuple(dict.fromkeys(name for table in brief.evidence.tables for name in table.source))
    return text if sound(text, brief.evidence, brief.question, names) else ""


def named_values(brief: Brief) -> tuple[NamedValue, ...]:
    """A value for each name that the question asks for and a result has; where rows or columns were to be prepared
    first, only what the plan computes by name."""
    wishes = wanted(brief.question)
    given = ((wish.name, _stated(brief, wish) or _only(brief, wish)) for wish in wishes)
    return tuple(NamedValue(name=name, value=value) for name, value in given if value)


def _stated(brief: Brief, wish: Wanted) -> str | None:
    """The column of the step that computes the fields by name."""
    for view in (View(table) for table in brief.evidence.tables if table.id == NAMED):
        if view.row_count == 1 and view.has(0, wish.name):
            return _reference(view, wish.name, wish)
    return None


def _only(brief: Brief, wish: Wanted) -> str | None:
    """The only value of the first result, for the only field, unless it wants a name."""
    views = [View(table) for table in brief.evidence.tables if table.audience == "answer"]
    named = re.search(r"\b(?:name|string|list|identifier)\b", f"{spaced(wish.inner)} {wish.about.split('.')[0]}")
    if not views or named or len(wanted(brief.question)) > 1 or wish.options:
        return None
    first = views[0]
    alone = first.row_count == 1 and len(first.columns) == 1 and first.has(0, first.columns[0])
    return _reference(first, first.columns[0], wish) if alone else None


def _reference(view: View, column: str, wish: Wanted) -> str:
    digits = "" if wish.digits is None or not view.numeric(column) else str(wish.digits)
    return view.ref(0, column, digits)
