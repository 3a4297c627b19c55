"""Reader of SQL results with a row a group: who leads, who follows, what the shares or the test beside it add."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from analyst.core.text import listed, plural
from analyst.rulebased.findings.brief import Finding, Step
from analyst.rulebased.findings.differences import aside, differing, related, trusted_p
from analyst.rulebased.findings.shape import RANK, Shape, direction, measure_of
from analyst.rulebased.findings.shares import ALL_COUNTED, concentration, shares, smallest
from analyst.rulebased.findings.subject import COUNT
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.wording import asks_low, capital, count_word, paragraph
from analyst.rulebased.wording import significant as is_significant

FEW_ROWS = 30
"""Below this many records a group's figure is called uncertain."""
_LIST = re.compile(
    r"\b(top|bottom|first|best|worst|highest|lowest|largest|smallest|list)\s+(the\s+)?(\d+|two|three|four|five|ten)\b",
    re.I,
)
MAX_LISTED = 10


def ranking(topic: Topic, shape: Shape) -> list[Finding]:
    """The leader and the followers, then what the steps beside it add."""
    ranked = Ranking(topic, shape)
    if not ranked.order:
        return []
    if ranked.all_equal():
        return [ranked.equal()]
    return [ranked.main(), *ranked.more()]


class Ranking:
    """A result with a row a group, ordered by the number that the question is about."""

    def __init__(self, topic: Topic, shape: Shape) -> None:
        self.topic, self.step, self.view = topic, topic.lead, topic.lead.first
        self.field = measure_of(self.view, shape, self.step.question)
        self.labels = [*shape.labels, *shape.times][:2]
        self.numbers = shape.numbers
        self.way = direction(self.view, self.field)
        self.low = (self.way > 0) if self.view.cut and self.way else asks_low(self.step.question)
        order = self.view.order(self.field)
        self.order = order[::-1] if self.low else order
        self.subject = self.step.subject_of(self.field)
        counts = [n for n in shape.numbers if COUNT.match(n) and n != self.field]
        self.count = next(iter(sorted(counts, key=lambda n: n.lower().endswith("_count"))), None)
        self.sure = not self.view.cut or self.way != 0

    def value(self, row: int) -> str:
        """The row's number with its unit."""
        return self.subject.shown(self.view, row, self.field)

    def who(self, row: int) -> str:
        """The row's group."""
        return self.view.label(row, self.labels)

    def all_equal(self) -> bool:
        """Whether no group stands out."""
        return len(self.order) > 1 and all(self.view.equal(i, self.order[0], self.field) for i in self.order)

    def equal(self) -> Finding:
        """That all groups are the same."""
        group = self.step.group(self.labels[0]) if self.labels else "row"
        text = f"All {plural(group)} have the same {self.subject.words}: {self.value(self.order[0])}"
        return Finding(
            f"No difference in {self.subject.words}",
            paragraph(text),
            self.view.id,
            headline=f"All {plural(group)} have the same {self.subject.words}",
            answer=paragraph(text),
            because=ALL_COUNTED,
            confidence="high",
            main=True,
            action="Look at another figure: this one does not distinguish the groups",
            size=0.3,
        )

    def main(self) -> Finding:
        """What answers the question, with the detail that the steps beside it give."""
        few = self._few()
        own = Finding(
            title=self._title(),
            headline=self._headline(),
            statement=paragraph(self._rest()) or paragraph(self._lead()),
            answer=paragraph(self._lead(), self._follow()),
            gist=self._end(),
            because=self._because(few),
            action=self._action(),
            table=self.view.id,
            confidence="low" if few or not self.sure else "high" if self._exact() else "medium",
            caveat=self._caveat(few),
            main=True,
            counts_rows=self.subject.kind == "count",
            size=1.0,
        )
        return self._tested(self._shared(own))

    def more(self) -> list[Finding]:
        """Who is at the other end, what the lead comes from, and whether averages mislead."""
        found = [self._volume(), *(aside(test) for test in [self.topic.support("compare_groups")] if test)]
        flat = [f for item in found if item for f in (item if isinstance(item, list) else [item])]
        shares = self.topic.support("share")
        last = smallest(shares) if shares and not self.low else None
        return [*flat, *([last] if last else [])]

    def _exact(self) -> bool:
        return self.subject.agg in ("total", "highest", "lowest", "") and self.subject.kind != "share"

    def _lead(self) -> str:
        if len(self.labels) == 2 and (told := self._by_rank()):
            return told
        if _LIST.search(self.step.question) and 2 < self.view.row_count <= MAX_LISTED:
            return self._all_named()
        top = self.order[0]
        tied = [i for i in self.order[1:] if self.view.equal(i, top, self.field)]
        if tied:
            together = listed([self.who(i) for i in [top, *tied][:4]])
            return (
                f"{together} share first place with {self.subject.most(low=self.low)}{self._scope()}: {self.value(top)}"
            )
        if self._binary():
            among = self._among(top)
            return f"{self.subject.words}{self._scope()} {self.subject.be} {self._end_of_two()} {among}{self._than()}"
        if self.view.row_count == 2:
            return f"{self._more()}{self._scope()}: {self.value(top)} compared with {self.value(self.order[-1])}"
        has = "have" if self.who(top).startswith("records ") else "has"
        told = f"{self.who(top)} {has} {self.subject.most(low=self.low)}{self._scope()}: {self.value(top)}"
        return told + (f", {'below' if self.low else 'ahead of'} {self._next()}" if self._next() else "")

    def _more(self) -> str:
        """ "Paris has more orders than Lyon"."""
        return f"{self.who(self.order[0])} has {self.subject.more(low=self.low)} than {self.who(self.order[-1])}"

    def _scope(self) -> str:
        """The rows in question, without the condition that picks the groups compared."""
        return self.step.scope_beside(self.labels[0]) if self.labels else self.step.scope

    def _named(self) -> str:
        return self.step.named(self.labels[0]) if self.labels else ""

    def _among(self, row: int) -> str:
        return self.view.among(row, self.labels, self._named())

    def _binary(self) -> bool:
        return len(self.labels) == 1 and self.view.binary(self.labels[0])

    def _end_of_two(self) -> str:
        if len(self.order) == 2:
            return "lower" if self.low else "higher"
        return "lowest" if self.low else "highest"

    def _than(self) -> str:
        """ " ({{value}}) than where smoker is no ({{value}})"."""
        values = [self.value(i) for i in self.order]
        return (
            f" ({values[0]}) than {self._among(self.order[1])} ({values[1]})" if len(values) == 2 else f": {values[0]}"
        )

    def _all_named(self) -> str:
        end = "lowest" if self.low else "highest"
        noun = plural(self.step.group(self.labels[0])) if self.labels else "rows"
        told = listed([f"{self.who(i)} ({self.value(i)})" for i in self.order])
        many = f"{count_word(len(self.order))} {noun}"
        return f"The {many} with the {end} {self.subject.words}{self._scope()} are {told}"

    def _by_rank(self) -> str:
        """The first of each group, where the result ranks within groups."""
        firsts = self._placed(1)
        return f"First by {self.subject.words} are {self._places(firsts)}" if len(firsts) > 1 else ""

    def _placed(self, place: int) -> list[int]:
        """The rows at a place of their group, where the result ranks within groups."""
        rank = next((name for name in self.view.columns if RANK.match(name)), None)
        return [i for i in range(len(self.view)) if rank and self.view.number(i, rank) == place]

    def _places(self, rows: list[int]) -> str:
        inner, outer = self.labels[1], self.labels[0]
        if len({self.view.value(i, outer) for i in rows}) < len(rows):
            inner, outer = outer, inner
        told = [f"{self.view.label(i, [inner])} for {self.view.label(i, [outer])} ({self.value(i)})" for i in rows[:6]]
        return listed(told)

    def _follow(self) -> str:
        if len(self.labels) == 2 and self._by_rank():
            return ""
        if _LIST.search(self.step.question) and 2 < self.view.row_count <= MAX_LISTED:
            return ""
        tied = len(self.order) > 1 and self.view.equal(self.order[1], self.order[0], self.field)
        binary = self._binary() and len(self.order) > 2
        return (
            f"Next {'comes' if len(self._others()) == 1 else 'come'} {self._next()}"
            if (tied or binary) and self._next()
            else ""
        )

    def _others(self) -> list[int]:
        """The rows named behind the leader."""
        rest = [i for i in self.order[1:] if not self.view.equal(i, self.order[0], self.field)]
        return rest[: 3 if len(rest) == 3 else 2]

    def _next(self) -> str:
        return listed([f"{self.who(i)} ({self.value(i)})" for i in self._others()])

    def _headline(self) -> str:
        top = self.order[0]
        if self._binary():
            return f"{capital(self._end_of_two())} {self.subject.words} {self._among(top)}"
        if self.view.row_count == 2 and len(self.order) == 2:
            where = "behind" if self.low else "ahead of"
            return f"{capital(self.who(top))} {where} {self.who(self.order[-1])} in {self.subject.words}"
        return f"{capital(self.subject.most(low=self.low).removeprefix('the '))}: {self.who(top)} ({self.value(top)})"

    def _title(self) -> str:
        if len(self.order) > 2 and not self.view.cut:
            return f"From {self.value(self.order[0])} to {self.value(self.order[-1])}"
        return (
            f"{capital(self.subject.words)} by {self.step.named(self.labels[0])}"
            if self.labels
            else capital(self.subject.words)
        )

    def _end(self) -> str:
        """Who is at the other end."""
        if self.view.cut or len(self.order) < 4 or self.view.row_count > len(self.order):
            return ""
        if _LIST.search(self.step.question):
            return ""
        end = "highest" if self.low else "lowest"
        return f"At the other end {self.who(self.order[-1])} has the {end}, {self.value(self.order[-1])}"

    def _rest(self) -> str:
        """What is behind the leader's figure, and who comes last; the second places of a ranking within groups."""
        if len(self.labels) == 2 and self._by_rank() and len(seconds := self._placed(2)) > 1:
            return f"Second are {self._places(seconds)}"
        top = self.order[0]
        others = [n for n in self.numbers if n not in (self.field, self.count) and self.view.has(top, n)][:2]
        subjects = [(n, self.step.subject_of(n)) for n in others]
        beside = [f"{s.words} {s.value(self.view.show(top, n))}" for n, s in subjects]
        rest = f" ({listed(beside)})" if beside else ""
        if self.count and (self.view.number(top, self.count) or 0) > 1:
            own = f"The figure {self._among(top)} is based on {self.view.show(top, self.count)} records{rest}"
        else:
            own = f"{capital(self._among(top))}: {listed(beside)}" if beside else ""
        return paragraph(own, self._end())

    def _few(self) -> bool:
        exact = self.subject.agg in ("total", "highest", "lowest") or self.subject.kind == "count"
        if self.count is None or exact:
            return False
        counts = [self.view.number(i, self.count) or 0 for i in self.order[:3]]
        return bool(counts) and 1 < min(counts) < FEW_ROWS

    def _because(self, few: bool) -> str:
        if few or not self.sure:
            return ""
        return ALL_COUNTED if self._exact() else "Whether the gap is more than chance was not tested"

    def _caveat(self, few: bool) -> str | None:
        if few:
            return "Some of these groups have few records, so their rank is uncertain"
        return None if self.sure else "Only the first rows of a longer, unsorted result were compared"

    def _action(self) -> str:
        if self.subject.kind == "count" or not self.labels or len(self.order) < 2:
            return ""
        alone = self.count is not None and (self.view.number(self.order[0], self.count) or 0) <= 1
        if alone or self.subject.agg in ("total", "highest", "lowest") or _LIST.search(self.step.question):
            return ""
        place, among = "last" if self.low else "first", self._among(self.order[0])
        return f"Check whether the {place} place {among} holds in other periods before relying on it"

    def _shared(self, own: Finding) -> Finding:
        """With how far the first groups reach, where the shares were computed."""
        step = self.topic.support("share")
        reach = concentration(step) if step else None
        if step is None:
            return own
        if reach is None:
            view, _, order = shares(step)
            part = f"{view.show(order[0], 'share')} of both combined" if len(order) == 2 and not self.low else ""
            told = f"{self.who(self.order[0])} makes up {part}" if part and self.view.row_count == 2 else ""
            return replace(own, action="", statement=paragraph(told, own.statement), gist=told or own.gist)
        return replace(
            own,
            title=reach.title,
            statement=reach.statement,
            gist=reach.gist,
            action=reach.action,
            because=reach.because,
        )

    def _tested(self, own: Finding) -> Finding:
        """With the verdict of the test over the same groups: an unreliable difference is said first."""
        compared, crossed = self.topic.support("compare_groups"), self.topic.support("chi_square")
        test = compared or crossed
        found = differing(compared) if compared else related(crossed) if crossed and crossed.main else None
        if test is None or found is None or test.main is None:
            return own
        p = test.main.number(0, trusted_p(test))
        verdict = _verdict(test, p)
        sure = is_significant(p)
        group = self._named() or "group"
        none = f"No reliable difference in {self.subject.words} by {group}"
        return replace(
            own,
            title=found.title,
            headline=own.headline if sure else none,
            statement=found.statement,
            table=found.table,
            answer=paragraph(own.answer, verdict) if sure else paragraph(_unsure(none, test, p), own.answer),
            gist=found.gist,
            because=found.because or own.because,
            action=found.action if compared else self._rate_action(sure),
            confidence="low" if own.confidence == "low" else found.confidence,
            caveat=found.caveat or own.caveat,
            size=found.size,
        )

    def _rate_action(self, sure: bool) -> str:
        if not sure:
            return f"Do not act on this difference in {self.subject.words}: chance could explain it"
        return f"Start with the highest rate, {self._among(self.order[0])}: find out what sets these records apart"

    def _volume(self) -> Finding | None:
        """Whether a total leads by the number of records or by their size."""
        if self.count is None or self.subject.agg != "total" or self.view.cut or len(self.order) < 2:
            return None
        first, last = self.order[0], self.order[-1]
        totals = [self.view.number(i, self.field) or 0 for i in (first, last)]
        counts = [self.view.number(i, self.count) or 0 for i in (first, last)]
        if min(totals) <= 0 or min(counts) <= 0 or not totals[0] / totals[1] >= 1.3:
            return None
        part = math.log(counts[0] / counts[1]) / math.log(totals[0] / totals[1])
        if 0.25 < part < 0.75:
            return None
        cause = "their number" if part >= 0.75 else "their size"
        other = "not from their size" if part >= 0.75 else "not from their number"
        told = [f"{self.view.show(i, self.count)} records {self._among(i)}" for i in (first, last)]
        return Finding(
            title=f"The lead comes from {'the number of records' if part >= 0.75 else 'the size of records'}",
            statement=paragraph(f"There are {listed(told)}: the gap comes from {cause}, {other}"),
            because=ALL_COUNTED,
            table=self.view.id,
            confidence="high",
            size=0.5,
        )


def _unsure(none: str, test: Step, p: float | None) -> str:
    told = f" ({test.main.p(0, trusted_p(test))})" if p is not None and test.main is not None else ""
    return f"{none}: chance alone could explain it{told}"


def _verdict(test: Step, p: float | None) -> str:
    if p is None or test.main is None:
        return ""
    told = test.main.p(0, trusted_p(test))
    return f"Differences of this size would rarely arise by chance ({told})"
