"""The catalogue of readers: which reads the results of which method, and in what order findings are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from analyst.protocol.references import cited, replaced
from analyst.rulebased.findings.anomalies import anomalies, outliers
from analyst.rulebased.findings.brief import Brief, Finding, Step
from analyst.rulebased.findings.changes import change
from analyst.rulebased.findings.checking import sound
from analyst.rulebased.findings.columns import describe, impute, normality
from analyst.rulebased.findings.differences import chi_square, compare_groups
from analyst.rulebased.findings.forecasts import forecast
from analyst.rulebased.findings.issues import quality
from analyst.rulebased.findings.models import drivers, linear_regression, train_model
from analyst.rulebased.findings.relations import correlation
from analyst.rulebased.findings.shapes import sql
from analyst.rulebased.findings.shares import share
from analyst.rulebased.findings.topics import Topic, topics
from analyst.rulebased.findings.trends import trend
from analyst.rulebased.findings.unasked import unasked
from analyst.rulebased.formats import NAMED

METHOD: dict[str, Callable[[Topic], list[Finding]]] = {
    "describe": describe,
    "correlation": correlation,
    "normality_test": normality,
    "compare_groups": compare_groups,
    "chi_square": chi_square,
    "outliers": outliers,
    "linear_regression": linear_regression,
    "train_model": train_model,
    "impute": impute,
    "trend": trend,
    "change": change,
    "share": share,
    "quality": quality,
    "drivers": drivers,
    "anomalies": anomalies,
    "forecast": forecast,
}
MAX_FINDINGS = 5
CONSERVATIVE = 2
"""Findings told on a second try."""
_CERTAIN = {"high": 1.0, "medium": 0.7, "low": 0.4}
TRIFLE = 0.12
"""Findings beside the answer that weigh less than this are left out."""


def findings(brief: Brief) -> list[Finding]:
    """Up to five findings: what answers the question first, then by size times certainty times relevance.

    On a second try at most two, and none that the errors name.
    """
    told = [found for place, topic in enumerate(topics(_answering(brief))) for found in _read(brief, topic, place)]
    told += _beside(brief)
    ordered = [f for f in told if f.main] + sorted((f for f in told if not f.main), key=lambda f: -f.size)
    if brief.errors:
        named = " ".join(brief.errors)
        ordered = [f for f in ordered if not _named(f, named)][:CONSERVATIVE]
    return _once(ordered)[:MAX_FINDINGS] or [_nothing(brief)]


def _beside(brief: Brief) -> list[Finding]:
    """What the question did not ask, weighed as the findings are."""
    names = tuple(dict.fromkeys(name for table in brief.evidence.tables for name in table.source))
    kept = [clean for finding in unasked(brief) if (clean := _clean(brief, names, finding))]
    return [replace(finding, size=finding.size * _CERTAIN[finding.confidence]) for finding in kept]


def _answering(brief: Brief) -> list[Step]:
    """The steps whose results speak to the reader: not the prepared rows that later steps read,
    nor the values that stand by name under the answer."""
    steps = brief.steps()
    final = [step for step in steps if not _is_intermediate(step) and step.id != NAMED]
    made = [step for step in final if re.match(r"(?:filled|outliers)_\d|made$", step.id)]
    return [step for step in final if step not in made] + made or steps


def _is_intermediate(step: Step) -> bool:
    return step.method is None and "_row" in step.first.columns


def _read(brief: Brief, topic: Topic, place: int) -> list[Finding]:
    """A topic's findings, weighed; the first of them answers the question, in the first topic alone."""
    reader = METHOD.get(topic.lead.method or "", sql)
    found = reader(topic)
    if not found and reader is not sql and topic.lead.first.row_count == 0:
        found = sql(topic)
    known = tuple(dict.fromkeys(name for step in (topic.lead, *topic.supports) for name in step.source))
    kept = [clean for f in found if (clean := _clean(brief, known, f))]
    if not kept:
        return []
    if not any(f.main for f in kept):
        kept[0] = replace(kept[0], main=True)
    relevance = 1.0 if place == 0 else 0.6
    weighed = [replace(f, size=f.size * _CERTAIN[f.confidence] * relevance) for f in kept]
    return [f for f in weighed if f.main or f.size >= TRIFLE]


def _clean(brief: Brief, known: tuple[str, ...], finding: Finding) -> Finding | None:
    """`finding` without parts that do not pass the check; None when its statement does not."""

    def ok(text: str | None) -> bool:
        return not text or sound(text, brief.evidence, brief.question, known)

    if not finding.statement or not ok(finding.statement):
        return None
    kept: dict[str, Any] = {
        name: getattr(finding, name) if ok(getattr(finding, name)) else ""
        for name in ("headline", "answer", "gist", "beside", "doubt", "because", "action")
    }
    return replace(
        finding,
        **kept,
        title=finding.title if ok(finding.title) else "What the result shows",
        caveat=finding.caveat if ok(finding.caveat) else None,
    )


def _once(ordered: list[Finding]) -> list[Finding]:
    """Without sentences that an earlier finding said, and without findings that add no number to the earlier ones."""
    kept: list[Finding] = []
    said: set[str] = set()
    for finding in ordered:
        fresh = [part for part in sentences(finding.statement) if _gist(part) not in said]
        own = cited(" ".join(fresh))
        if kept and (not fresh or (own and own <= cited(" ".join(f.statement + f.answer for f in kept)))):
            continue
        said |= set(map(_gist, fresh))
        kept.append(replace(finding, statement=" ".join(fresh) or finding.statement))
    return kept


def sentences(text: str) -> list[str]:
    """The sentences of `text`."""
    return re.split(r"(?<=[.!?]) (?=[A-Z{])", text)


def _gist(sentence: str) -> str:
    """A sentence for comparison: the total of one step is that of the next one over the same rows."""
    return replaced(sentence, lambda body: "{{" + re.sub(r"^\w+?_total\.", "total.", body) + "}}")


def _named(finding: Finding, errors: str) -> bool:
    said = f"{finding.title} {finding.statement} {finding.caveat or ''}"
    return any(part.split("}}")[0] in errors for part in said.split("{{")[1:])


def _nothing(brief: Brief) -> Finding:
    tables = brief.evidence.tables
    text = (
        "The results are in the tables of this report, but no single statement in them answers the question"
        if tables
        else "No result was computed that answers the question"
    )
    return Finding(
        title="No clear answer",
        headline="No clear answer",
        statement=f"{text}.",
        answer=f"{text}.",
        table=tables[0].id if tables else "",
        action="Ask a more specific question: name the column to measure, the groups, and the period",
        confidence="low",
        main=True,
    )
