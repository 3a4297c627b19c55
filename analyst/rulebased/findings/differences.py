"""Readers of tests between groups: averages and rates compared, and whether chance could explain the gap."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import listed
from analyst.rulebased.findings.brief import Step
from analyst.rulebased.findings.caveats import FEW
from analyst.rulebased.findings.finding import CHANCE, MAYBE_CHANCE, TOLD, Finding, Level, tell
from analyst.rulebased.findings.subject import Subject, of_column
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import rate_name
from analyst.rulebased.wording import capital, lower, paragraph, significant

RANK_TESTS = ("mann_whitney", "kruskal")
"""Tests whose groups are compared by their medians."""
LOOK_FIRST = "Find out why before acting on it: other things may differ between the groups too."
_EFFECTS = ("cohens_d", "rank_biserial")
SKEWED, WORTH_TELLING = 1.2, 0.05
"""A mean this many times its median is carried by large values; medians this close (as a part) are alike."""


def add_test(found: Finding, test: Step | None) -> Finding:
    """A ranking with the verdict of the test over the same groups."""
    p = p_of(test) if test else None
    if test is None or p is None:
        return found
    sure = significant(p)
    rates = test.parts.get("rates")
    detail = _rate_range(test, rates) if rates is not None else _effect(test)
    doubted = not sure and found.holds != ""
    lead = f"No clear difference: {lower(found.answer)}" if doubted else found.answer
    return replace(
        found,
        answer=paragraph(lead, CHANCE if sure else MAYBE_CHANCE),
        headline=found.headline if sure else f"No clear difference in {lower(found.title)}",
        detail=paragraph(detail, found.detail, _tested_on(test, p)),
        action=LOOK_FIRST if sure else "Do not act on this difference yet: collect more data or run an experiment.",
        holds="unclear" if doubted else found.holds,
        sure=_sure(p, found.sure),
        caveat=paragraph(found.caveat, _rare(test)),
    )


def _rare(test: Step) -> str:
    return "Some combinations are rare, so the test is approximate" if test.is_told("rare_cells") else ""


def p_of(step: Step) -> float | None:
    """The p value to go by: Welch's where the executor found the spreads too different for the plain test."""
    return step.first.number(0, _p_field(step)) if step.main is not None else None


def _p_field(step: Step) -> str:
    known = step.main is not None and step.main.has(0, "p_welch")
    return "p_welch" if known and step.is_told("unequal_spreads") else "p"


def _sure(p: float, least: Level = "high") -> Level:
    return least if p < 0.01 or p >= 0.2 else "low" if least == "low" else "medium"


def _tested_on(step: Step, p: float | None) -> str:
    if p is None or step.main is None:
        return ""
    rows = f" on {step.main.show(0, 'n')} rows" if step.main.has(0, "n") else ""
    return f"tested{rows} ({step.main.p(0, _p_field(step))})"


def _value_column(step: Step) -> str:
    return step.facts.measured or (list(step.source[:1]) or ["value"])[0]


def grouped_by(step: Step) -> str:
    """The column whose groups a test compares, in words."""
    others = [c for c in step.source if c != _value_column(step)]
    groups = step.facts.groups or tuple(others)
    return step.group(groups[0]) if groups else "group"


def compared_by(step: Step) -> tuple[View | None, str, Subject]:
    """The groups of a test, the field that they are compared by, and what it is."""
    groups = step.parts.get("groups")
    field = "median" if step.facts.test in RANK_TESTS else "mean"
    value = of_column(_value_column(step), step.question, step.source, "median" if field == "median" else "average")
    if groups is not None and groups.table.formats.get("mean") == "percent":
        value = replace(value, name=rate_name(value.name, step.question), agg="", kind="share")
    return groups if groups is not None and "level" in groups.columns else None, field, value


def _effect(step: Step) -> str:
    """How large the difference is, in words that need no statistics."""
    test, (_, _, subject), named = step.first, compared_by(step), grouped_by(step)
    eta = test.number(0, "eta_squared")
    if eta is not None and eta >= 0.0005:
        return f"{capital(named)} explains {test.ref(0, 'eta_squared', '1%')} of the variation in {subject.name}"
    effect = next((n for name in _EFFECTS if (n := test.number(0, name)) is not None), None)
    if effect is None:
        return ""
    size = "small" if abs(effect) < 0.3 else "moderate" if abs(effect) < 0.8 else "large"
    return f"compared with the spread within the groups, the gap is {size}"


def median_aside(step: Step) -> list[Finding]:
    """That the medians tell another story than the averages, where they do."""
    groups, field, _ = compared_by(step)
    if groups is None or field == "median":
        return []
    means, medians = groups.order("mean"), groups.order("median")
    if len(means) < 2 or len(medians) < 2 or means[0] == medians[0]:
        return []
    first, lead, named = medians[0], means[0], grouped_by(step)
    high, low = groups.number(first, "median") or 0, groups.number(lead, "median") or 0
    skewed = (groups.number(lead, "mean") or 0) > SKEWED * low > 0
    if high - low < WORTH_TELLING * abs(high) or not (significant(p_of(step)) or skewed):
        return []
    subject = of_column(_value_column(step), step.question, step.source)
    slots = {
        "measure": subject.name, "be": subject.be,
        "who": groups.among(first, ["level"], named), "other": groups.among(lead, ["level"], named),
        "value": subject.value(groups.show(first, "median")), "other_value": subject.value(groups.show(lead, "median")),
    }  # fmt: skip
    return [replace(tell(TOLD["median differs"], slots, groups.id), size=0.7)]


def tested_only(step: Step) -> list[Finding]:
    """The verdict alone, where the groups did not come with the test."""
    view, p = step.first, step.first.number(0, "p")
    if p is None:
        return []
    verdict = f"{CHANCE if significant(p) else MAYBE_CHANCE} ({view.p(0)})"
    return [replace(tell(TOLD["test"], {"verdict": verdict}, view.id), holds="yes" if significant(p) else "no")]


def linked(step: Step) -> list[Finding]:
    """Whether two categories go together."""
    view, p = step.first, step.first.number(0, "p")
    if p is None:
        return []
    sure, names = significant(p), [step.named(c) for c in step.source[:2]]
    v = view.number(0, "cramers_v") or 0
    strength = "weak" if v < 0.2 else "moderate" if v < 0.4 else "strong"
    slots = {
        "pair": listed(names) if len(names) == 2 else "the two categories",
        "go_together": "are related" if sure else "show no clear link",
        "verdict": lower(CHANCE) if sure else "chance alone could explain the differences",
        "strength": f"the link is {strength}" if sure else "",
        "tested": _tested_on(step, p),
    }
    found = replace(tell(TOLD["link of categories"], slots, view.id), rows=view.number(0, "n"), sure=_sure(p))
    return [replace(found, caveat=_rare(step), holds="yes" if sure else "unclear", size=1.0 if sure else 0.4)]


def _rate_range(step: Step, rates: View | None) -> str:
    """Cases behind the highest rate, and where it very likely lies."""
    order = rates.order("rate") if rates is not None else []
    if rates is None or not order or not rates.has(order[0], "count", "n", "rate_low", "rate_high"):
        return ""
    if (rates.number(order[0], "n") or 0) < FEW:
        return ""
    among = rates.among(order[0], ["level"], step.named(step.source[0]) if step.source else "group")
    count, cases, low, high = (rates.show(order[0], name) for name in ("count", "n", "rate_low", "rate_high"))
    return f"{among}, {count} of {cases} records; that rate very likely lies between {low} and {high}"
