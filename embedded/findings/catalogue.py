"""The catalogue of readers: which reads the results of which method, and in what order findings are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from embedded.findings.brief import Brief, Finding, Step
from embedded.findings.checking import sound
from embedded.findings.columns import describe, impute, normality, outliers, quality
from embedded.findings.groups import change, compare_groups, share
from embedded.findings.relations import chi_square, correlation, drivers, linear_regression, train_model
from embedded.findings.series import anomalies, forecast, trend
from embedded.findings.shapes import sql

METHOD: dict[str, Callable[[Step], list[Finding]]] = {
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


def findings(brief: Brief) -> list[Finding]:
    """Up to five findings, most important first: each step's main one in the plan's order, then the others.

    On a second try at most two, and none that the errors name.
    """
    told = [checked for step in _answering(brief) for checked in _read(brief, step)]
    ordered = [f for f in told if f.main] + [f for f in told if not f.main]
    if brief.errors:
        named = " ".join(brief.errors)
        ordered = [f for f in ordered if not _named(f, named)][:CONSERVATIVE]
    return ordered[:MAX_FINDINGS] or [_nothing(brief)]


def _answering(brief: Brief) -> list[Step]:
    """The steps whose results speak to the reader: not the prepared rows that later steps read."""
    steps = brief.steps()
    final = [step for step in steps if not _is_intermediate(step)]
    return final or steps


def _is_intermediate(step: Step) -> bool:
    return step.method is None and "_row" in step.first.columns


def _read(brief: Brief, step: Step) -> list[Finding]:
    reader = METHOD.get(step.method or "", sql)
    found = reader(step)
    if not found and reader is not sql and step.first.row_count == 0:
        found = sql(step)
    kept = [clean for f in found if (clean := _clean(brief, step, f))]
    if found and not kept:
        return []
    return [replace(f, main=f.main or (i == 0 and not any(k.main for k in kept))) for i, f in enumerate(kept)]


def _clean(brief: Brief, step: Step, finding: Finding) -> Finding | None:
    """`finding` without parts that do not pass the check; None when its statement does not."""

    def ok(text: str | None) -> bool:
        return not text or sound(text, brief.evidence, brief.question, step.source)

    if not finding.statement or not ok(finding.statement):
        return None
    return replace(
        finding,
        title=finding.title if ok(finding.title) else "What the result shows",
        answer=finding.answer if finding.answer and ok(finding.answer) else finding.statement,
        doubt=finding.doubt if ok(finding.doubt) else "",
        action=finding.action if ok(finding.action) else "",
        caveat=finding.caveat if ok(finding.caveat) else None,
    )


def _named(finding: Finding, errors: str) -> bool:
    said = f"{finding.title} {finding.statement} {finding.caveat or ''}"
    return any(part.split("}}")[0] in errors for part in said.split("{{")[1:])


def _nothing(brief: Brief) -> Finding:
    tables = brief.evidence.tables
    text = (
        "The results are in the tables of this report; they allow no simple statement that answers the question"
        if tables
        else "No result was computed that answers the question"
    )
    return Finding(
        title="No clear answer",
        statement=f"{text}.",
        answer=f"{text}.",
        table=tables[0].id if tables else "",
        action="Ask more narrowly: name the column to measure, the groups and the period",
        confidence="low",
        main=True,
    )
