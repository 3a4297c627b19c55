"""The rule-based analyst as Insight Generator: what the plan's results mean for the question."""

from __future__ import annotations

from analyst.protocol.replies import Insight, Insights
from analyst.rulebased.findings.brief import Brief, read_brief
from analyst.rulebased.findings.catalogue import findings
from analyst.rulebased.findings.caveats import confidence
from analyst.rulebased.findings.checking import sound
from analyst.rulebased.findings.finding import Finding
from analyst.rulebased.findings.series import missing_ends
from analyst.rulebased.wording import sentence, sentences

MAX_CAVEATS = 3
HOLDS = "The table has {{table.rows}} rows and {{table.columns}} columns."


def find(message: str) -> Insights:
    """Up to five statements on the results in `message` (a user message of task `insights`), most important first."""
    brief = read_brief(message)
    told = tuple(_insight(brief, finding) for finding in findings(brief)) or (_table(brief),)
    return Insights(insights=told, caveats=_caveats(brief), need=_need(brief) or None)


def _need(brief: Brief) -> tuple[dict[str, str], ...]:
    """The plan of what a cut result does not show: the ends of a long series, which the first rows can't tell."""
    if brief.errors or brief.refused:
        return ()
    return next((steps for step in brief.steps() if (steps := missing_ends(step))), ())


def _insight(brief: Brief, finding: Finding) -> Insight:
    return Insight(
        title=finding.title,
        statement=finding.statement,
        table=finding.table or None,
        confidence=confidence(finding, brief.severity),
        caveat=finding.caveat or None,
    )


def _table(brief: Brief) -> Insight:
    """What the table holds: all that is told where it can't answer the question."""
    told = sentences(brief.review.summary)[0] if brief.review and not brief.errors else HOLDS
    return Insight(title="What the table holds", statement=told, confidence="high")


def _caveats(brief: Brief) -> tuple[str, ...]:
    """The executor's warnings that may be repeated: those without a code, which the findings put in words of their own,
    and without numbers of their own."""
    if brief.errors or brief.refused:
        return ()
    warnings = [
        *brief.evidence.warnings,
        *(w for table in brief.evidence.tables if table.method != "quality" for w in table.warnings),
    ]
    plain = [w for w in warnings if "{{" not in w]
    told = dict.fromkeys(sentence(w) for w in plain if sound(w, brief.evidence, brief.question))
    return tuple(told)[:MAX_CAVEATS]
