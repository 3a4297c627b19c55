"""Reader of results with a row a group: who leads and by how much, what shares and tests beside it add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyst.core.text import listed, plural
from analyst.rulebased.findings.brief import Step
from analyst.rulebased.findings.caveats import count_of, doubtful, rare
from analyst.rulebased.findings.differences import (
    add_test,
    compared_by,
    grouped_by,
    linked,
    median_aside,
    tested_only,
)
from analyst.rulebased.findings.finding import TOLD, Finding, Holds, Level, tell
from analyst.rulebased.findings.shape import RANK, Shape, direction, measure_of, naming, shape_of
from analyst.rulebased.findings.subject import Subject
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import CURRENCIES, group_noun, rate_name
from analyst.rulebased.wording import asks_effect, asks_high, asks_low, asks_number, asks_which, asks_yes_no

MOST_LISTED = 10
"""Rows of a list that was asked for ("top 5") that are named."""
_BESIDE = 2
"""Further figures of each group that are told."""
FEW_GROUPS = 7
"""Up to so many groups are all named behind the leader."""


def ranking(topic: Topic, shape: Shape) -> list[Finding]:
    """The leader and the others, then what the steps beside it add."""
    step, view = topic.lead, topic.lead.first
    field = measure_of(view, shape, step.question)
    dated = step.question.casefold().startswith("when")
    labels = naming([*shape.times, *shape.labels]) if dated else shape.naming
    ranked = Ranking(topic, view, labels, field, step.subject_of(field))
    compared = topic.support("compare_groups")
    test = compared or topic.support("chi_square")
    return [*ranked.findings(test), *(median_aside(compared) if compared else [])]


def share(topic: Topic) -> list[Finding]:
    """Who holds how much of the whole."""
    step, (view, by, order) = topic.lead, shares(topic.lead)
    subject = step.subject(*by)
    if step.facts.aggregate in ("sum", "") and subject.kind == "amount" and not subject.agg:
        subject = replace(subject, agg="total")
    return Ranking(topic, view, by, "value", subject, shares=step).findings() if order else []


def shares(step: Step) -> tuple[View, list[str], list[int]]:
    """The step's shares, their group columns and their rows, largest first."""
    view = step.first
    by = step.groups("value", "share", "cumulative_share", "rank")
    return view, by, [i for i in view.order("value") if view.has(i, "share")] if by else []


def compare_groups(topic: Topic) -> list[Finding]:
    """Which group is higher, by how much, and whether the difference could be chance."""
    step = topic.lead
    groups, field, subject = compared_by(step)
    if groups is None or not groups.order(field):
        return tested_only(step)
    ranked = Ranking(topic, groups, ["level"], field, subject, named=grouped_by(step))
    return [*ranked.findings(step), *median_aside(step)]


def chi_square(topic: Topic) -> list[Finding]:
    """Whether an outcome's rate differs between groups, or two categories go together."""
    step, rates = topic.lead, topic.lead.parts.get("rates")
    if rates is None or len(rates.order("rate")) < 2 or len(step.source) < 2:
        return linked(step)
    subject = Subject(rate_name(step.named(step.source[1]), step.question), kind="share")
    return Ranking(topic, rates, ["level"], "rate", subject, named=step.named(step.source[0])).findings(step)


class Ranking:
    """Groups of `view`, ordered by the number `field` that the question is about.

    `named`: what the groups are called where their column does not tell; `shares`: the step whose shares these are.
    """

    def __init__(
        self,
        topic: Topic,
        view: View,
        labels: list[str],
        field: str,
        subject: Subject,
        *,
        named: str = "",
        shares: Step | None = None,
    ) -> None:
        self.topic, self.step, self.view = topic, topic.lead, view
        self.labels, self.field, self.subject = labels, field, subject
        self.named, self.shares = named, shares
        self.low = self._low()
        order = self.view.order(self.field)
        self.order = order[::-1] if self.low else order
        self.count = count_of(self.view, self.field)

    def _low(self) -> bool:
        """Whether the low end leads: as the rows are sorted, else as the question asks; losses by the largest."""
        way = self.view.sorted_by(self.field) or (direction(self.view, self.field) if self.view.cut else 0)
        numbers = [n for i in range(len(self.view)) if (n := self.view.number(i, self.field)) is not None]
        if numbers and max(numbers) < 0 and not self.view.cut:
            return True
        return way > 0 if way else asks_low(self.step.question)

    def findings(self, test: Step | None = None) -> list[Finding]:
        """The ranking, with the verdict of the test over the same groups."""
        if not self.order:
            return []
        kind = self._kind()
        slots = self._slots(tested=test is not None)
        slots |= {
            "within": self._within,
            "top": self._top,
            "each once": self._each,
            "apart": self._top,
            "tie": self._tie,
        }.get(kind, dict)()
        found = tell(TOLD[kind], slots, self.view.id)
        if self.shares and kind in ("ranking", "two"):
            found = replace(found, headline=tell(TOLD["shares"], slots, self.view.id).headline)
        unsure = self.view.cut and not self.view.sorted_by(self.field) and not direction(self.view, self.field)
        caveat = "Only the first rows of a longer, unsorted result were compared." if unsure else ""
        if self.view.hidden(self.field) and test:
            caveat = "Groups with a single row are in the table but are left out of this comparison."
        sure: Level = "low" if unsure else "high"
        holds = self._holds(tested=test is not None)
        found = replace(found, rows=self._least(), sure=sure, caveat=caveat, holds=holds, size=1.0)
        return [add_test(found, test) if test and kind not in ("same", "each once", "one group", "apart") else found]

    def _kind(self) -> str:
        top, view = self.order[0], self.view
        if len(self.order) == 1 and self.named:
            return "one group"
        if self._in_currencies():
            return "apart"
        if len(self.labels) == 2 and len(self._placed(1)) > 1:
            return "within"
        first = self.step.facts.limit > 0  # whether the others, which are not shown, are equal too, is not known
        if len(self.order) > 1 and not first and all(view.equal(i, top, self.field) for i in self.order):
            return "each once" if self._single() else "same"
        if any(view.equal(i, top, self.field) for i in self.order[1:]):
            return "tie"
        if view.row_count > 2 and asks_number(self.step.question, self.step.facts.limit):
            return "top"
        if len(self.order) == 2 == view.row_count:
            return "two conditions" if self._binary() else "two"
        return "ranking"

    def _single(self) -> bool:
        """Whether every group is one row, and which ones there are is asked."""
        one = self.subject.kind == "count" and self.view.number(self.order[0], self.field) == 1
        return one and asks_which(self.step.question)

    def _in_currencies(self) -> bool:
        """Whether the groups are currencies, whose amounts are not compared."""
        told = (
            {str(self.view.value(i, self.labels[0])).casefold() for i in self.order} if len(self.labels) == 1 else {""}
        )
        return self.subject.kind == "amount" and len(told) > 1 and told <= CURRENCIES

    def _slots(self, *, tested: bool) -> dict[str, str]:
        top, last = self.order[0], self.order[-1]
        other = self.order[1] if len(self.order) > 1 else top
        group = group_noun(self.named) if self.named else self.step.group(self.labels[0]) if self.labels else "row"
        pair = len(self.order) == 2
        return {
            "measure": self.subject.words,
            "be": self.subject.be,
            "group": self._group() or "group",
            "groups": plural(group),
            "who": self._who(top),
            "other": self._who(other),
            "has": "have" if self._who(top).startswith("records ") else "has",
            "most": self.subject.most(low=self.low),
            "Most": self.subject.most(low=self.low).removeprefix("the "),
            "more_than": f"{self.subject.more(low=self.low)} than",
            "versus": "behind" if self.low else "ahead of",
            "end_word": ("lower" if self.low else "higher") if pair else "lowest" if self.low else "highest",
            "among": self._among(top),
            "other_among": self._among(other),
            "value": self._value(top),
            "other_value": self._value(other),
            "scope": self.step.scope_beside(self._key) if self._key else self.step.scope,
            "behind": self._behind(),
            "end": self._end(last),
            "based": "" if tested else self._based(top),
            "reach": self._reach(),
            "beside": self._beside(),
            "doubt": doubtful(self.view, self.order, self.labels, self.count, self._told),
        }

    @property
    def _key(self) -> str:
        """The column of the data that the groups are of."""
        groups = self.step.facts.groups or self.step.source
        return next(iter(groups if self.named else self.labels), "")

    def _group(self) -> str:
        return self.named or (self.step.named(self.labels[0]) if self.labels else "")

    def _who(self, row: int) -> str:
        return self.view.label(row, self.labels, self.named)

    def _among(self, row: int) -> str:
        return self.view.among(row, self.labels, self._group())

    def _value(self, row: int) -> str:
        """The row's number with its unit, and its share of the whole where that is known."""
        shown = self.subject.shown(self.view, row, self.field)
        return f"{shown}, or {self.view.show(row, 'share')}" if self.shares and row == self.order[0] else shown

    def _told(self, row: int) -> str:
        shown = self.view.show(row, "share") if self.shares else self._value(row)
        return f"{self._who(row)} ({shown})"

    def _binary(self) -> bool:
        return len(self.labels) == 1 and self.view.binary(self.labels[0])

    def _behind(self) -> str:
        """ ", ahead of B (8) and C (7)": all of a few groups, the next two of many."""
        others = [i for i in self.order[1:] if self.view.has(i, self.field)]
        others = others if len(self.order) == self.view.row_count <= FEW_GROUPS else others[:2]
        return f", {'below' if self.low else 'ahead of'} {listed([self._told(i) for i in others])}" if others else ""

    def _end(self, last: int) -> str:
        """Who is at the other end of many groups."""
        if self.view.cut or self.view.row_count <= FEW_GROUPS or len(self.order) < self.view.row_count:
            return ""
        return f"{self._who(last)} has the {'highest' if self.low else 'lowest'}: {self._value(last)}"

    def _beside(self) -> str:
        """The other figures of the groups that the question asks for: "total cost is 5 for South and 3 for North"."""
        asked = [name for name in shape_of(self.view).numbers if name != self.field and self._is_asked(name)]
        return "; ".join(self._listed(name) for name in asked[:_BESIDE])

    def _is_asked(self, name: str) -> bool:
        subject = self.step.subject_of(name)
        return subject.kind != "count" and subject.name.lower() in self.step.question.lower()

    def _listed(self, name: str) -> str:
        subject = self.step.subject_of(name)
        rows = [i for i in self.order if self.view.has(i, name)][
            : FEW_GROUPS if self.view.row_count <= FEW_GROUPS else 1
        ]
        told = listed([f"{subject.shown(self.view, i, name)} {self._among(i)}" for i in rows])
        return f"{subject.start} {subject.be} {told}" if told else ""

    def _top(self) -> dict[str, str]:
        return {"list": listed([self._told(i) for i in self.order[:MOST_LISTED]])}

    def _each(self) -> dict[str, str]:
        more = ", and others" if len(self.order) > MOST_LISTED or self.view.cut else ""
        return {"list": listed([self._who(i) for i in self.order[:MOST_LISTED]]), "more": more}

    def _tie(self) -> dict[str, str]:
        tied = [i for i in self.order if self.view.equal(i, self.order[0], self.field)]
        others = [i for i in self.order if i not in tied][:2]
        next_ = f"next {'come' if len(others) > 1 else 'comes'} {listed([self._told(i) for i in others])}"
        more = " and others" if len(tied) > 4 or len(tied) == self.step.facts.limit else ""
        return {"together": f"{listed([self._who(i) for i in tied[:4]])}{more}", "next": next_ if others else ""}

    def _placed(self, place: int) -> list[int]:
        """The rows at a place of their group, where the result ranks within groups."""
        rank = next((name for name in self.view.columns if RANK.match(name)), None)
        return [i for i in range(len(self.view)) if rank and self.view.number(i, rank) == place]

    def _within(self) -> dict[str, str]:
        firsts, seconds = self._placed(1), self._placed(2)
        inner, outer = self.labels[1], self.labels[0]
        if len({self.view.value(i, outer) for i in firsts}) < len(firsts):
            inner, outer = outer, inner

        def told(rows: Sequence[int]) -> str:
            parts = [
                f"{self.view.label(i, [inner])} for {self.view.label(i, [outer])} ({self._value(i)})" for i in rows
            ]
            return listed(parts[:MOST_LISTED])

        averaged = self.subject.agg in ("average", "median") or self.subject.kind == "share"
        doubted = rare(self.view, firsts, self.count) if averaged else []
        named = [f"{self.view.label(i, [inner])} for {self.view.label(i, [outer])}" for i in doubted[:MOST_LISTED]]
        few = f"{listed(named)} {'rests' if len(named) == 1 else 'rest'} on only a few records" if named else ""
        return {"outer": self.step.group(outer), "firsts": told(firsts), "few": few,
                "seconds": told(seconds) if len(seconds) > 1 else ""}  # fmt: skip

    def _based(self, top: int) -> str:
        if not self.count or (self.view.number(top, self.count) or 0) <= 1 or self.subject.kind == "count":
            return ""
        return f"the figure {self._among(top)} comes from {self.view.show(top, self.count)} records"

    def _reach(self) -> str:
        """How far the first groups reach of the whole, where the shares were computed."""
        step = self.shares or self.topic.support("share")
        view, by, order = shares(step) if step else (self.view, [], [])
        if self.low or step is None or len(order) < 4 or not view.has(order[1], "cumulative_share"):
            return ""
        first = 3 if view.row_count > 5 and view.has(order[2], "cumulative_share") else 2
        if any(view.value(i, by[0]) in (None, "(missing)") for i in order[:first]):
            return ""
        whole = f"all {self.subject.name}" if self.subject.kind == "count" else self.subject.name
        reach = view.show(order[first - 1], "cumulative_share")
        return f"together, {listed([view.label(i, by) for i in order[:first]])} make up {reach} of {whole}"

    def _least(self) -> float | None:
        """The rows behind the least of the figures named first; counts and totals rest on those of all groups."""
        field = self.field if self.subject.kind == "count" else self.count
        counts = [n for i in self.order if field and (n := self.view.number(i, field)) is not None]
        exact = self.subject.kind == "count" or self.subject.agg in ("total", "highest", "lowest")
        return None if not counts else sum(counts) if exact else min(counts[:3])

    def _holds(self, *, tested: bool) -> Holds:
        """What the groups say to a question of yes or no; of averages and rates only where they were tested."""
        question = self.step.question
        exact = self.subject.kind == "count" or self.subject.agg in ("total", "highest", "lowest")
        if not asks_yes_no(question) or not (tested or exact):
            return ""
        subject = self._asked_first() if len(self.order) == 2 else None
        if subject is None or asks_low(question) == asks_high(question):
            return "" if not tested else "yes" if asks_effect(question) else "unclear"
        return "yes" if (subject == self.view.order(self.field)[0]) == asks_high(question) else "no"

    def _asked_first(self) -> int | None:
        """The row whose group the question speaks of first; of a yes/no column the one that says yes."""
        cells = {i: str(self.view.value(i, self.labels[0])).casefold() for i in self.order}
        if self._binary():
            return next((i for i, cell in cells.items() if cell in ("yes", "true", "y", "1")), None)
        text = self.step.question.casefold()
        known = [(text.find(cell), i) for i, cell in cells.items() if cell in text]
        return min(known)[1] if known else None
