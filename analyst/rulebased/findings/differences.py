"""Readers of tests between groups: averages and rates compared, and whether chance could explain the gap."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import is_plural, listed, plural
from analyst.rulebased.findings.brief import Step
from analyst.rulebased.findings.finding import Finding, Holds, Level, tell
from analyst.rulebased.findings.sentences import CHANCE, MAYBE_CHANCE, TOLD
from analyst.rulebased.findings.subject import Subject, of_column
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import rate_name
from analyst.rulebased.wording import asks_low, capital, lower, paragraph, significant

RANK_TESTS = ("mann_whitney", "kruskal")
"""Tests whose groups are compared by their medians."""
SMALL_GROUP = 30
"""Below this many rows a group's average is called uncertain."""
_EFFECTS = ("cohens_d", "rank_biserial")
SKEWED, WORTH_TELLING = 1.2, 0.05
"""A mean this many times its median is carried by large values; medians this close (as a part) are alike."""
NAMED_GROUPS = 4


def compare_groups(topic: Topic) -> list[Finding]:
    """Which group is higher, by how much, and whether the difference could be chance."""
    found = _difference(topic.lead)
    return [found, *median_aside(topic.lead)] if found else _test_only(topic.lead)


def chi_square(topic: Topic) -> list[Finding]:
    """Whether an outcome's rate differs between groups, or two categories go together."""
    return [_linked(topic.lead)] if topic.lead.first.number(0, "p") is not None else []


def add_test(found: Finding, test: Step | None) -> Finding:
    """A ranking with the verdict of the test over the same groups."""
    p = p_of(test) if test else None
    if test is None or p is None:
        return found
    sure = significant(p)
    rates = test.parts.get("rates")
    detail = _rate_range(test, rates) if rates is not None else _effect(test)
    holds: Holds = found.holds if sure else "unclear" if found.holds else ""
    lead = f"No clear difference: {lower(found.answer)}" if holds == "unclear" else found.answer
    return replace(
        found,
        answer=paragraph(lead, CHANCE if sure else MAYBE_CHANCE),
        headline=found.headline if sure else f"No clear difference in {lower(found.title)}",
        detail=paragraph(detail, found.detail, _tested_on(test, p)),
        action=found.action if sure else "Do not act on this difference yet: collect more data or run an experiment.",
        holds=holds,
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


def _grouped_by(step: Step) -> str:
    """The column whose groups a test compares, in words."""
    others = [c for c in step.source if c != _value_column(step)]
    groups = step.facts.groups or tuple(others)
    return step.group(groups[0]) if groups else "group"


def _compared(step: Step) -> tuple[View | None, str, Subject]:
    """The groups of a test, the field that they are compared by, and what it is."""
    groups = step.parts.get("groups")
    field = "median" if step.facts.test in RANK_TESTS else "mean"
    value = of_column(_value_column(step), step.question, step.source, "median" if field == "median" else "average")
    if groups is not None and groups.table.formats.get("mean") == "percent":
        value = replace(value, name=rate_name(value.name, step.question), agg="", kind="share")
    return groups if groups is not None and "level" in groups.columns else None, field, value


def _difference(step: Step) -> Finding | None:
    """The difference of a number between groups; None without the groups."""
    groups, field, subject = _compared(step)
    order = groups.order(field) if groups is not None else []
    if groups is None or not order:
        return None
    named, low = _grouped_by(step), asks_low(step.question)
    order = order[::-1] if low else order

    def told(row: int) -> str:
        return f"{subject.value(groups.show(row, field))} {groups.among(row, ['level'], named)}"

    first, *others = order
    slots = {
        "measure": subject.words, "be": subject.be, "group": named, "groups": plural(named), "scope": step.scope,
        "who": groups.label(first, ["level"], named), "value": subject.value(groups.show(first, field)),
        "among": groups.among(first, ["level"], named),
        "end_word": ("lower" if low else "higher") if len(order) == 2 else "lowest" if low else "highest",
        "others": listed([told(i) for i in (others if len(order) <= NAMED_GROUPS else [*others[:2], others[-1]])]),
    }  # fmt: skip
    if not others:
        return replace(tell(TOLD["one group"], slots, groups.id), main=True)
    p = p_of(step)
    if groups.equal(first, order[-1], field):
        return tell(TOLD["same"], slots, groups.id)
    found = tell(TOLD["difference"], slots | {"ranges": _ranges(groups, order, subject, named, field)}, groups.id)
    least = min(groups.number(i, "n") or 0 for i in order)
    sure: Level = "low" if least < SMALL_GROUP else "high"
    found = replace(found, rows=least, sure=sure, caveat=_few(groups, order, named))
    if p is None:
        return replace(found, sure="low", caveat=paragraph(found.caveat, "The difference was not tested"))
    differ = f"{subject.name} {'differ' if is_plural(subject.name) else 'differs'} by {named}"
    action = f"Find out why {differ} before acting on it: other things may differ between the groups too."
    return add_test(replace(found, action=action, holds="yes", size=1.0 if significant(p) else 0.4), step)


def _ranges(groups: View, order: list[int], subject: Subject, named: str, field: str) -> str:
    """Where the averages of the first and the last group very likely lie."""
    told = [
        f"between {subject.span(groups.show(i, 'mean_low'), groups.show(i, 'mean_high'))} "
        f"{groups.among(i, ['level'], named)}"
        for i in (order[0], order[-1])
        if field == "mean" and groups.has(i, "mean_low", "mean_high")
    ]
    lie = "lie" if subject.be == "are" else "lies"
    return f"the {subject.words} very likely {lie} {listed(told)}" if len(told) == 2 else ""


def _effect(step: Step) -> str:
    """How large the difference is, in words that need no statistics."""
    test, (_, _, subject), named = step.first, _compared(step), _grouped_by(step)
    eta = test.number(0, "eta_squared")
    if eta is not None and eta >= 0.0005:
        return f"{capital(named)} explains {test.ref(0, 'eta_squared', '1%')} of the variation in {subject.name}"
    effect = next((n for name in _EFFECTS if (n := test.number(0, name)) is not None), None)
    if effect is None:
        return ""
    size = "small" if abs(effect) < 0.3 else "moderate" if abs(effect) < 0.8 else "large"
    return f"compared with the spread within the groups, the gap is {size}"


def _few(groups: View, order: list[int], named: str) -> str:
    if groups.hidden("mean"):
        return "Groups with a single row are in the table but are left out of this comparison."
    few = [i for i in order if 0 < (groups.number(i, "n") or 0) < SMALL_GROUP]
    who = listed([f"{groups.label(i, ['level'], named)} ({groups.show(i, 'n')})" for i in few[:3]])
    return f"There are few rows for {who}, so those averages are uncertain." if few else ""


def median_aside(step: Step) -> list[Finding]:
    """That the medians tell another story than the averages, where they do."""
    groups, field, _ = _compared(step)
    if groups is None or field == "median":
        return []
    means, medians = groups.order("mean"), groups.order("median")
    if len(means) < 2 or len(medians) < 2 or means[0] == medians[0]:
        return []
    first, lead, named = medians[0], means[0], _grouped_by(step)
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


def _test_only(step: Step) -> list[Finding]:
    view, p = step.first, step.first.number(0, "p")
    if p is None:
        return []
    verdict = f"{CHANCE if significant(p) else MAYBE_CHANCE} ({view.p(0)})"
    return [replace(tell(TOLD["test"], {"verdict": verdict}, view.id), holds="yes" if significant(p) else "no")]


def _linked(step: Step) -> Finding:
    """Whether two categories go together; with the rates of an outcome where one of them is one."""
    view, rates, p = step.first, step.parts.get("rates"), step.first.number(0, "p")
    sure, names = significant(p), [step.named(c) for c in step.source[:2]]
    pair, v = listed(names) if len(names) == 2 else "the two categories", view.number(0, "cramers_v")
    strength = "weak" if (v or 0) < 0.2 else "moderate" if (v or 0) < 0.4 else "strong"
    slots = {
        "pair": pair,
        "go_together": "are related" if sure else "show no clear link",
        "rates": _rates(step, rates),
        "verdict": f"{pair} are related: {lower(CHANCE)}" if sure else f"{pair} show no clear link: "
        "chance alone could explain the differences",
        "ranges": _rate_range(step, rates),
        "strength": paragraph(f"The link is {strength}" if sure and v is not None else "", _tested_on(step, p)),
        "advice": f"Look at which combinations of {pair} stand out before acting on the link" if sure else "",
    }  # fmt: skip
    table = rates.id if rates is not None and len(rates) else view.id
    found = replace(tell(TOLD["link of categories"], slots, table), rows=view.number(0, "n"), sure=_sure(p or 0),
                    caveat=paragraph(_rare(step)), size=1.0 if sure else 0.4)  # fmt: skip
    return replace(found, holds="yes" if sure else "unclear")


def _outcome(step: Step) -> tuple[str, str]:
    """The groups' column and the outcome of a test of rates, in words."""
    named = step.named(step.source[0]) if step.source else "group"
    return named, step.named(step.source[1]) if len(step.source) > 1 else "outcome"


def _rates(step: Step, rates: View | None) -> str:
    """The highest and the lowest rate of the outcome."""
    order = rates.order("rate") if rates is not None else []
    if rates is None or len(order) < 2:
        return ""
    (named, outcome), high, low = _outcome(step), order[0], order[-1]
    return (
        f"The {rate_name(outcome, step.question)} is highest {rates.among(high, ['level'], named)} "
        f"({rates.show(high, 'rate')}) and lowest {rates.among(low, ['level'], named)} ({rates.show(low, 'rate')})"
    )


def _rate_range(step: Step, rates: View | None) -> str:
    """Cases behind the highest rate, and where it very likely lies."""
    order = rates.order("rate") if rates is not None else []
    if rates is None or not order or not rates.has(order[0], "count", "n", "rate_low", "rate_high"):
        return ""
    among = rates.among(order[0], ["level"], _outcome(step)[0])
    count, cases, low, high = (rates.show(order[0], name) for name in ("count", "n", "rate_low", "rate_high"))
    return f"{among}, {count} of {cases} records; that rate very likely lies between {low} and {high}"
