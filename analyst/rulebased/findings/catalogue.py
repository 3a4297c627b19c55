"""The catalogue of readers: which reads the results of which method, and in what order findings are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from analyst.core.text import fold
from analyst.protocol.references import cited, replaced
from analyst.rulebased.findings.brief import Brief, Step
from analyst.rulebased.findings.caveats import cautioned
from analyst.rulebased.findings.changes import change
from analyst.rulebased.findings.checking import sound
from analyst.rulebased.findings.finding import TOLD, Finding, tell
from analyst.rulebased.findings.links import correlation, drivers, linear_regression, train_model
from analyst.rulebased.findings.oddities import anomalies, outliers, quality
from analyst.rulebased.findings.rankings import chi_square, compare_groups, ranking, share
from analyst.rulebased.findings.series import forecast, series, trend
from analyst.rulebased.findings.shape import measure_of, shape_of
from analyst.rulebased.findings.topics import Topic, topics
from analyst.rulebased.findings.unasked import unasked
from analyst.rulebased.findings.values import describe, empty, impute, listing, normality, single, unranked
from analyst.rulebased.formats import NAMED
from analyst.rulebased.wording import paragraph, sentences

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
MOST_BESIDE = 3
"""Findings beside what was asked."""
CONSERVATIVE = 2
"""Findings told on a second try."""
TRIFLE = 0.12
"""Findings beside the answer that weigh less than this are left out."""
_CERTAIN = {"high": 1.0, "medium": 0.7, "low": 0.4}
_LATER = 0.6
"""How much the findings of a later result weigh beside those of the first."""


def findings(brief: Brief) -> list[Finding]:
    """What answers the question, then at most three others by size times certainty; of a refusal nothing.

    On a second try at most two, and none that the errors name.
    """
    if brief.refused:
        return []
    told = [found for place, topic in enumerate(topics(_answering(brief))) for found in _read(brief, topic, place)]
    told += [clean for finding in unasked(brief) if (clean := _clean(brief, _sources(brief), _weighed(finding, 1.0)))]
    beside = sorted((f for f in told if not f.main and f.size >= TRIFLE), key=lambda f: -f.size)
    ordered = [f for f in told if f.main] + beside
    if brief.errors:
        named = " ".join(brief.errors)
        ordered = [f for f in ordered if not _is_named(f, named)][:CONSERVATIVE]
    once = _once(ordered)
    mains = [f for f in once if f.main]
    return [*mains, *(f for f in once if not f.main)][: len(mains) + MOST_BESIDE][:5] or [_nothing(brief)]


def _sources(brief: Brief) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for table in brief.evidence.tables for name in table.source))


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
    """A topic's findings, weighed; the first of them answers its part of the question."""
    reader = METHOD.get(topic.lead.method or "", _sql)
    found = reader(topic)
    if not found and reader is not _sql and topic.lead.first.row_count == 0:
        found = _sql(topic)
    steps = (topic.lead, *topic.supports)
    known = tuple(dict.fromkeys(name for step in steps for name in step.source))
    relevance = 1.0 if place == 0 else _LATER
    kept = [clean for f in found if (clean := _clean(brief, known, _weighed(f, relevance)))]
    if kept:
        cautions = paragraph(*dict.fromkeys(cautioned(step) for step in steps))
        kept[0] = replace(kept[0], main=True, caveat=paragraph(kept[0].caveat, _if_sound(brief, known, cautions)))
    return kept


def _sql(topic: Topic) -> list[Finding]:
    """What an SQL result says, by its shape."""
    step, view = topic.lead, topic.lead.first
    if view.row_count == 0:
        return [empty(step)]
    if not len(view) or not view.columns:
        return []
    shape = shape_of(view)
    if view.row_count == 1:
        return single(topic, shape)
    if not shape.numbers:
        return listing(step, shape)
    if shape.times and not shape.labels and view.row_count > 2 and not any(map(view.hidden, view.columns)):
        return series(topic, shape)
    field = measure_of(view, shape, step.question)
    if view.hidden(field) and not view.sorted_by(field):
        return unranked(step, shape, field)
    return ranking(topic, shape)


def _weighed(finding: Finding, relevance: float) -> Finding:
    return replace(finding, size=finding.size * _CERTAIN[finding.sure] * relevance)


def _clean(brief: Brief, known: tuple[str, ...], finding: Finding) -> Finding | None:
    """`finding` without sentences that do not pass the check; None when none of its answer does."""

    def kept(text: str) -> str:
        return _if_sound(brief, known, text)

    if not kept(finding.answer):
        return None
    return replace(
        finding,
        title=kept(finding.title) or "What the result shows",
        answer=kept(finding.answer),
        detail=kept(finding.detail),
        headline=kept(finding.headline),
        action=kept(finding.action),
        caveat=kept(finding.caveat),
    )


def _if_sound(brief: Brief, known: tuple[str, ...], text: str) -> str:
    """The sentences of `text` that pass the check."""
    return " ".join(one for one in sentences(text) if sound(one, brief.evidence, brief.question, known))


def _once(ordered: list[Finding]) -> list[Finding]:
    """Without sentences that an earlier finding said, and without findings that add no number to the earlier ones."""
    kept: list[Finding] = []
    said: set[str] = set()
    for finding in ordered:
        answer, detail = (_fresh(text, said) for text in (finding.answer, finding.detail))
        own = cited(f"{answer} {detail}")
        if kept and (not answer or (own and own <= cited(" ".join(f.answer + f.detail for f in kept)))):
            continue
        said |= {_gist(one) for text in (finding.answer, finding.detail) for one in sentences(text)}
        kept.append(replace(finding, answer=answer or finding.answer, detail=detail))
    return kept


def _fresh(text: str, said: set[str]) -> str:
    return " ".join(one for one in sentences(text) if _gist(one) not in said)


def _gist(sentence: str) -> str:
    """A sentence for comparison: the total of one step is that of the next one over the same rows."""
    return replaced(fold(sentence), lambda body: "{{" + re.sub(r"^\w+?_total\.", "total.", body) + "}}")


def _is_named(finding: Finding, errors: str) -> bool:
    said = f"{finding.title} {finding.answer} {finding.detail} {finding.caveat}"
    return any(part.split("}}")[0] in errors for part in said.split("{{")[1:])


def _nothing(brief: Brief) -> Finding:
    tables = brief.evidence.tables
    told = (
        "The results are in the tables of this report, but no single statement in them answers the question"
        if tables
        else "No result was computed that answers the question"
    )
    return replace(tell(TOLD["unclear"], {"told": told}, tables[0].id if tables else ""), sure="low", main=True)
