"""Readers of tests between groups: averages compared, rates compared, and whether chance could explain the gap."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import is_plural, listed, plural
from analyst.rulebased.findings.brief import Finding, Level, Step
from analyst.rulebased.findings.subject import of_column
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import rate_name
from analyst.rulebased.wording import asks_low, capital, paragraph
from analyst.rulebased.wording import significant as is_significant

RANK_TESTS = ("mann_whitney", "kruskal")
"""Tests whose groups are compared by their medians."""
SMALL_GROUP = 30
"""Below this many rows a group's average is called uncertain."""
_EFFECTS = {"cohens_d": "Cohen's d", "rank_biserial": "rank-biserial correlation"}
SKEWED, WORTH_TELLING = 1.2, 0.05
"""A mean this many times its median is carried by large values; medians this close (as a part) are alike."""
OTHER_REASONS = "other things may differ between the groups too"


def compare_groups(topic: Topic) -> list[Finding]:
    """Which group is higher, by how much, and whether the difference could be chance."""
    found = differing(topic.lead)
    if found is None:
        return _test_only(topic.lead)
    return [found, *aside(topic.lead)]


def chi_square(topic: Topic) -> list[Finding]:
    """Whether an outcome's rate differs between groups, or two categories go together."""
    return [related(topic.lead)] if topic.lead.first.number(0, "p") is not None else []


def differing(step: Step) -> Finding | None:
    """The difference of a number between groups; None without the groups."""
    groups = step.parts.get("groups")
    if groups is None or "level" not in groups.columns:
        return None
    field = "median" if step.facts.test in RANK_TESTS else "mean"
    order = groups.order(field)
    if not order:
        return None
    if len(order) == 1:
        return _one_group(step, groups, order[0], field)
    return _Difference(step, groups, order, field).finding()


def grouped_by(step: Step) -> str:
    """The column whose groups a test compares, in words."""
    others = [c for c in step.source if c != _value(step)]
    groups = step.facts.groups or tuple(others)
    return step.group(groups[0]) if groups else "group"


def _value(step: Step) -> str:
    return step.facts.measured or (list(step.source[:1]) or ["value"])[0]


class _Difference:
    """A number compared between groups."""

    def __init__(self, step: Step, groups: View, order: list[int], field: str) -> None:
        self.step, self.groups, self.field = step, groups, field
        self.order = order[::-1] if asks_low(step.question) else order
        self.test, self.named = step.main, grouped_by(step)
        value = of_column(_value(step), step.question, step.source, "median" if field == "median" else "average")
        share = groups.table.formats.get("mean") == "percent"
        self.subject = (
            replace(value, name=rate_name(value.name, step.question), agg="", kind="share") if share else value
        )
        self.field_p = trusted_p(step)
        self.p = self.test.number(0, self.field_p) if self.test else None

    def finding(self) -> Finding:
        sure, first, last = is_significant(self.p), self.order[0], self.order[-1]
        headline = f"{capital(self.subject.words)} {self.subject.be} {self._end()} {self._for(first)}"
        none = f"No reliable difference in {self.subject.words} between {self._kinds()}"
        equal = self.groups.equal(first, last, self.field)
        unclear = none if self.p is not None and not sure else ""
        return Finding(
            title=self._effect_title(sure),
            headline=unclear or f"{headline}: {self._show(first)}",
            statement=paragraph(self._effect(), self._ranges()) or paragraph(self._verdict()),
            answer=paragraph(self._same() if equal else f"{headline}: {self._figures()}", self._verdict()),
            gist=self._effect(),
            because=self._because(),
            action=self._action(sure),
            table=self.groups.id,
            confidence=self._level(),
            caveat=self._few(),
            main=True,
            size=1.0 if sure else 0.4,
        )

    def _kinds(self) -> str:
        return f"the two groups of {self.named}" if len(self.order) == 2 else f"the {plural(self.named)}"

    def _end(self) -> str:
        low = asks_low(self.step.question)
        if len(self.order) == 2:
            return "lower" if low else "higher"
        return "lowest" if low else "highest"

    def _for(self, row: int) -> str:
        return self.groups.among(row, ["level"], self.named)

    def _show(self, row: int) -> str:
        return self.subject.value(self.groups.show(row, self.field))

    def _figures(self) -> str:
        first, *others = self.order[:4] if len(self.order) <= 4 else [*self.order[:3], self.order[-1]]
        told = listed([f"{self._show(i)} {self._for(i)}" for i in others])
        return f"{self._show(first)}, compared with {told}"

    def _same(self) -> str:
        return f"The {self.subject.words} is the same in every group, {self._show(self.order[0])}"

    def _verdict(self) -> str:
        if self.test is None or self.p is None:
            return "Whether the difference is more than chance was not tested"
        p = self.test.p(0, self.field_p)
        if is_significant(self.p):
            return f"A difference of this size would rarely arise by chance ({p})"
        return f"Chance alone could explain the difference ({p})"

    def _effect(self) -> str:
        """How large the difference is, in words that need no statistics."""
        test = self.test
        if test is not None and test.has(0, "eta_squared"):
            eta = test.number(0, "eta_squared") or 0
            part = test.ref(0, "eta_squared", "1%") if eta >= 0.0005 else "almost none"
            size = f", {_size(eta, 0.06, 0.14)}" if eta >= 0.0005 else ""
            return f"{capital(self.named)} explains {part} of the variation in {self.subject.name}{size}"
        for name in _EFFECTS:
            if test is not None and test.has(0, name):
                size = _size(abs(test.number(0, name) or 0), 0.3, 0.8)
                size = size.removesuffix(" part").removeprefix("a ")
                figure = f"{_EFFECTS[name]} {test.short(0, name)}"
                return f"Compared with the spread within the groups, the gap is {size} ({figure})"
        return ""

    def _effect_title(self, sure: bool) -> str:
        test, of = self.test, f"the gap in {self.subject.name}"
        eta = test.number(0, "eta_squared") if test else None
        effects = [test.number(0, name) for name in _EFFECTS if test.number(0, name) is not None] if test else []
        if eta is None and not effects:
            return f"{capital(self.subject.words)} by {self.named}"
        size = _size(eta, 0.06, 0.14) if eta is not None else _size(abs(effects[0] or 0), 0.3, 0.8)
        adjective = size.removeprefix("a ").removesuffix(" part")
        return f"{capital(of)} is {adjective}" + ("" if sure else " and could be chance")

    def _ranges(self) -> str:
        """Where the averages of the first and the last group very likely lie."""
        told = [
            f"between {self.subject.span(self.groups.show(i, 'mean_low'), self.groups.show(i, 'mean_high'))} "
            f"{self._for(i)}"
            for i in dict.fromkeys((self.order[0], self.order[-1]))
            if self.field == "mean" and self.groups.has(i, "mean_low", "mean_high")
        ]
        lie = "lie" if self.subject.be == "are" else "lies"
        return f"The {self.subject.words} very likely {lie} {listed(told)}" if len(told) == 2 else ""

    def _because(self) -> str:
        least = min((self.groups.number(i, "n") or 0) for i in self.order)
        if self.test is None or self.p is None:
            return "The difference was not tested"
        if least < SMALL_GROUP:
            return ""
        total = self.test.show(0, "n") if self.test.has(0, "n") else ""
        return f"Tested on {total} rows ({self.test.p(0, self.field_p)})" if total else "Tested"

    def _level(self) -> Level:
        least = min((self.groups.number(i, "n") or 0) for i in self.order)
        if self.p is None or least < SMALL_GROUP:
            return "low"
        return "high" if self.p < 0.01 or self.p >= 0.2 else "medium"

    def _few(self) -> str | None:
        if self.groups.hidden("mean"):
            return "Groups with a single row are in the table but are left out of this comparison"
        few = [i for i in self.order if 0 < (self.groups.number(i, "n") or 0) < SMALL_GROUP]
        if not few:
            return None
        who = listed([f"{self.groups.label(i, ['level'], self.named)} ({self.groups.show(i, 'n')})" for i in few[:3]])
        return f"There are few rows for {who}, so those averages are uncertain"

    def _action(self, sure: bool) -> str:
        if sure:
            differ = "differ" if is_plural(self.subject.name) else "differs"
            return f"Find out why {self.subject.name} {differ} by {self.named} before acting on it: {OTHER_REASONS}"
        return f"Do not act on this difference in {self.subject.name} yet: collect more data or run an experiment"


def trusted_p(step: Step) -> str:
    """The p value to go by: Welch's where the executor found the spreads too different for the plain test."""
    known = step.main is not None and step.main.has(0, "p_welch")
    return "p_welch" if known and step.is_told("unequal_spreads") else "p"


def _size(effect: float, small: float, large: float) -> str:
    return "a small part" if effect < small else "a moderate part" if effect < large else "a large part"


def aside(step: Step) -> list[Finding]:
    """That the medians tell another story than the averages, where they do."""
    groups = step.parts.get("groups")
    if groups is None or step.facts.test in RANK_TESTS:
        return []
    means, medians = groups.order("mean"), groups.order("median")
    if len(means) < 2 or len(medians) < 2 or means[0] == medians[0]:
        return []
    named = grouped_by(step)
    subject = of_column(_value(step), step.question, step.source)
    first, lead = medians[0], means[0]
    high, low = groups.number(first, "median") or 0, groups.number(lead, "median") or 0
    sure = step.main is not None and is_significant(step.main.number(0, trusted_p(step)))
    skewed = (groups.number(lead, "mean") or 0) > SKEWED * low > 0
    if high - low < WORTH_TELLING * abs(high) or not (sure or skewed):
        return []
    shown = [subject.value(groups.show(i, "median")) for i in (first, lead)]
    who, usual = groups.among(first, ["level"], named), groups.among(lead, ["level"], named)
    return [
        Finding(
            title="The median tells a different story than the average",
            statement=paragraph(
                f"The median {subject.name} {subject.be} highest {who} ({shown[0]}), not {usual} ({shown[1]}): "
                "a few large values drive the average"
            ),
            gist="By the median, the order is different, so a few large values drive the average",
            because="Both are computed on the same rows",
            action=f"Look at the largest values of {subject.name} {usual} before relying on its average",
            table=groups.id,
            confidence="high",
            size=0.7,
        )
    ]


def _one_group(step: Step, groups: View, row: int, field: str) -> Finding:
    subject = of_column(_value(step), step.question, step.source, "median" if field == "median" else "average")
    text = (
        f"There is only one group, {groups.label(row, ['level'], grouped_by(step))}: its {subject.words} is "
        f"{subject.value(groups.show(row, field))}, and there is nothing to compare it with"
    )
    return Finding(
        "Only one group",
        paragraph(text),
        groups.id,
        headline="There is only one group, so there is nothing to compare",
        answer=paragraph(text),
        because="A comparison needs two groups",
        confidence="high",
        main=True,
        action="Collect data on a second group before making a comparison",
    )


def _test_only(step: Step) -> list[Finding]:
    view = step.first
    p = view.number(0, "p")
    if p is None:
        return []
    told = "would rarely arise by chance" if is_significant(p) else "could be chance"
    text = f"A difference of this size {told} ({view.p(0)})"
    return [
        Finding(
            "The test of the difference", paragraph(text), view.id, headline=text, answer=paragraph(text), main=True
        )
    ]


def related(step: Step) -> Finding:
    """Whether two categories go together; with the rates of an outcome where one of them is one."""
    view, rates = step.first, step.parts.get("rates")
    p, v = view.number(0, "p"), view.number(0, "cramers_v")
    sure = is_significant(p)
    names = [step.named(c) for c in step.source[:2]]
    pair = listed(names) if len(names) == 2 else "the two categories"
    size = f"The link is {_link(v)} (Cramér's V {view.short(0, 'cramers_v')})" if v is not None else ""
    verdict = (
        f"{capital(pair)} are related: such differences would rarely arise by chance ({view.p(0)})"
        if sure
        else f"{capital(pair)} show no reliable link: chance alone could explain the differences ({view.p(0)})"
    )
    rated = rate_of(step)
    return Finding(
        title=f"The link between {pair} is {_link(v)}"
        if sure and v is not None
        else f"{capital(pair)} show no reliable link",
        headline=f"{capital(pair)} are related" if sure else f"No reliable link between {pair}",
        statement=paragraph(*([ranges(step)] if rates else []), size if sure else "") or paragraph(verdict),
        answer=paragraph(rated, verdict),
        gist=size if sure else "",
        doubt="They are related, which does not mean that one causes the other" if sure else "",
        because=f"Tested on {view.show(0, 'n')} rows ({view.p(0)})" if view.has(0, "n") else "",
        action=f"Look at which combinations of {pair} stand out before acting on the link"
        if sure
        else f"Treat {pair} as separate: nothing here links them",
        table=rates.id if rates is not None and len(rates) else view.id,
        confidence="high" if (p or 0) < 0.01 or (p or 0) >= 0.2 else "medium",
        caveat="Some combinations are rare, so the p-value is approximate" if step.is_told("rare_cells") else None,
        main=True,
        size=1.0 if sure else 0.4,
    )


def _link(v: float | None) -> str:
    return "weak" if (v or 0) < 0.2 else "moderate" if (v or 0) < 0.4 else "strong"


def rate_of(step: Step) -> str:
    """The highest and the lowest rate of the outcome."""
    rates = step.parts.get("rates")
    order = rates.order("rate") if rates is not None else []
    if rates is None or len(order) < 2:
        return ""
    named = step.named(step.source[0]) if step.source else "group"
    outcome = rate_name(step.named(step.source[1]), step.question) if len(step.source) > 1 else "rate"
    high, low = order[0], order[-1]
    return (
        f"The {outcome} is highest {rates.among(high, ['level'], named)} ({rates.show(high, 'rate')}) and lowest "
        f"{rates.among(low, ['level'], named)} ({rates.show(low, 'rate')})"
    )


def ranges(step: Step) -> str:
    """Cases behind the highest rate, and where it very likely lies."""
    rates = step.parts.get("rates")
    order = rates.order("rate") if rates is not None else []
    if rates is None or not order or not rates.has(order[0], "count", "n", "rate_low", "rate_high"):
        return ""
    named, top = step.group(step.source[0]) if step.source else "group", order[0]
    among = rates.among(top, ["level"], named)
    outcome = step.named(step.source[1]) if len(step.source) > 1 else "the outcome"
    yes = f"{outcome} is {rates.ref(top, 'outcome')}" if rates.has(top, "outcome") else outcome
    told = f"{capital(among)}, {yes} in {rates.show(top, 'count')} of {rates.show(top, 'n')} records"
    low, high = rates.show(top, "rate_low"), rates.show(top, "rate_high")
    return f"{told}; the rate there very likely lies between {low} and {high}"
