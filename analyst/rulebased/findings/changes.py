"""Reader of changes between two periods: who grew, who fell, and what it makes of the whole."""

from __future__ import annotations

from analyst.core.text import listed, plural
from analyst.rulebased.findings.brief import Finding, Step
from analyst.rulebased.findings.subject import Subject
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import asks_low, asks_relative, capital, grain_of, moved, of_many, paragraph

SMALL_BASE = 0.05
"""Growth from a base below this part of the largest one is called growth from a small base."""
TWO_PERIODS = "Only two periods are compared, so season or a one-off may explain part of a change"
_RESTS = "It is based on only two periods"


def change(topic: Topic) -> list[Finding]:
    """Who moved most as the question asks, what that is of the whole, and who moved the other way."""
    step = topic.lead
    view, total = step.main, step.parts.get("total")
    if view is not None and view.id.endswith("_total"):
        view, total = None, view
    if view is None or "before" not in view.columns or not step.groups("before", "after", "change"):
        return _whole(step, total or step.first)
    by = step.groups("before", "after", "change", "growth", "contribution")
    return _Moves(topic, view, total, by).findings()


class _Moves:
    """The groups of a comparison, ordered as the question asks."""

    def __init__(self, topic: Topic, view: View, total: View | None, by: list[str]) -> None:
        self.topic, self.view, self.total, self.by = topic, view, total, by
        step = topic.lead
        self.subject = step.subject(*by)
        self.group = step.group(by[0])
        self.low = asks_low(step.question)
        grown = [i for i in range(len(view)) if view.number(i, "growth") is not None]
        self.field = "growth" if asks_relative(step.question) and grown else "change"
        self.ups = [i for i in view.order(self.field) if (view.number(i, "change") or 0) > 0]
        self.downs = [i for i in view.order(self.field, descending=False) if (view.number(i, "change") or 0) < 0]
        if view.cut and self.ups and not self._falls_shown():
            self.downs = []

    def findings(self) -> list[Finding]:
        """The answer first, then the other direction, and who leads by the other measure."""
        lead, other = (self.downs, self.ups) if self.low else (self.ups, self.downs)
        if not lead and not other:
            return [_no_change(self.view, self.subject)] if len(self.view) and not self.view.hidden("change") else []
        main = self._main(lead or other, down=(self.low if lead else not self.low), asked=bool(lead))
        more = [self._opposite(other, down=not self.low)] if lead and other else []
        beside = self._by_other_measure(lead or other, down=(self.low if lead else not self.low))
        return [main, *more, *([beside] if beside else [])]

    def _main(self, rows: list[int], *, down: bool, asked: bool) -> Finding:
        view, lead = self.view, rows[0]
        who, base = view.label(lead, self.by), _small_base(view, lead)
        none = "" if asked else self._not_so()
        headline = f"{self._kind(down)}: {who}{self._size(lead)}"
        return Finding(
            title=self._title(lead, who, down),
            headline=none or headline,
            statement=paragraph(self._portion(lead, who), self._overall()) or f"{headline}.",
            answer=paragraph(none, self._told(lead, who, down), "" if none else self._next(rows)),
            beside=self._counted(down),
            doubt=TWO_PERIODS,
            because=_RESTS,
            action=_action(who, self.group, down),
            table=view.id,
            confidence="low" if base else "medium",
            caveat=f"{capital(who)} started from a small base, which makes its growth look large" if base else None,
            main=True,
            size=1.0,
        )

    def _kind(self, down: bool) -> str:
        """The headline's word for the move: "Fastest growth", "Largest loss"."""
        only = self.view.row_count == 1
        if self.field == "growth" and not only:
            return "Steepest fall" if down else "Fastest growth"
        size = "" if only else "largest "
        return capital(f"{size}{'loss' if down else 'gain'}")

    def _verb(self, down: bool) -> str:
        only = self.view.row_count == 1
        if down:
            return "fell" if only else "lost the most"
        return "grew" if only else "grew fastest" if self.field == "growth" else "gained the most"

    def _not_so(self) -> str:
        """That nothing moved as the question supposes; the whole's move where it went the other way."""
        way, total = "fall" if self.low else "grow", self.total
        moved_by = (total.number(0, "change") or 0) * (-1 if self.low else 1) if total is not None else 0
        if moved_by < 0 and total is not None:
            return f"{capital(self.subject.words)} did not {way}: it {move(total, 0, self.subject, self._ends())}"
        return f"No {self.group} {'fell' if self.low else 'grew'}"

    def _ends(self) -> tuple[str, str]:
        """The two periods compared, as references; empty where they have no plain label."""
        total = self.total
        if total is None or not total.has(0, "from", "to") or grain_of(total.value(0, "from")) == "period":
            return "", ""
        return total.ref(0, "from"), total.ref(0, "to")

    def _size(self, row: int) -> str:
        """ " (+50%)", by growth where it is known."""
        field = "growth" if self.view.number(row, "growth") is not None else "change"
        return f" ({self.view.show(row, field, sign=True)})" if self.view.has(row, field) else ""

    def _told(self, row: int, who: str, down: bool) -> str:
        tied = [i for i in range(len(self.view)) if i != row and self.view.equal(i, row, self.field)]
        tie = f"; {self.view.label(tied[0], self.by)} changed by exactly as much" if tied else ""
        return f"{who} {self._verb(down)}: {self.subject.words} {move(self.view, row, self.subject, self._ends())}{tie}"

    def _move(self, row: int) -> str:
        return move(self.view, row, self.subject)

    def _next(self, rows: list[int]) -> str:
        next_ = [f"{self.view.label(i, self.by)} ({self.view.show(i, self.field, sign=True)})" for i in rows[1:3]]
        return f"Next {'comes' if len(next_) == 1 else 'come'} {listed(next_)}" if next_ else ""

    def _title(self, row: int, who: str, down: bool) -> str:
        portion = self.view.number(row, "contribution")
        if portion is not None and 0 < portion <= 1 and self.view.row_count > 1:
            return f"{who} makes up {self.view.show(row, 'contribution')} of the total {'loss' if down else 'gain'}"
        if portion is not None and portion < 0:
            return f"{who} moved against the overall direction"
        return f"{capital(self.subject.words)} overall" if self.total else f"How the {plural(self.group)} changed"

    def _portion(self, row: int, who: str) -> str:
        view, portion = self.view, self.view.number(row, "contribution")
        if portion is None or view.row_count == 1 or not view.has(row, "change"):
            return ""
        of_all = f" of {self.total.show(0, 'change', sign=True)}" if self.total and self.total.has(0, "change") else ""
        moved_by = self.subject.value(view.show(row, "change", sign=True))
        if portion > 1:
            return f"{who} alone changed by {moved_by}, more than the net change{of_all}: the others offset part of it"
        if portion > 0:
            share = view.show(row, "contribution")
            return f"{who} alone accounts for {moved_by}{of_all} in total ({share} of the net change)"
        return f"{who} changed by {moved_by}, against the overall direction"

    def _overall(self) -> str:
        total = self.total
        known = total is not None and total.has(0, "before", "after") and self.view.row_count > 1
        if total is None or not known or self.topic.whole_told:
            return ""
        return f"overall, {self.subject.words} {move(total, 0, self.subject)}"

    def _counted(self, down: bool) -> str:
        if self.view.cut or len(self.view) < 3 or len(self.view) > 12:
            return ""
        ups = sum((self.view.number(i, "change") or 0) > 0 for i in range(len(self.view)))
        downs = sum((self.view.number(i, "change") or 0) < 0 for i in range(len(self.view)))
        count = downs if down else ups
        return f"{of_many(count, len(self.view), self.group)} {'fell' if down else 'grew'}"

    def _falls_shown(self) -> bool:
        return self.view.order("change", descending=False)[:1] in ([0], [len(self.view) - 1])

    def _opposite(self, rows: list[int], *, down: bool) -> Finding:
        view, lead, others = self.view, rows[0], rows[1:3]
        who = view.label(lead, self.by)
        more = listed([f"{view.label(i, self.by)} ({view.show(i, self.field, sign=True)})" for i in others])
        alone = f"No other {self.group} {'fell' if down else 'grew'}" if len(rows) == 1 and not view.cut else ""
        rest = f"{more} also {'fell' if down else 'grew'}" if others else alone
        verb = "fell the most" if down else "grew the most"
        if len(rows) == 1:
            verb = "fell" if down else "grew"
        moves = [abs(view.number(i, "change") or 0) for i in range(len(view))]
        return Finding(
            title=f"{who} {verb}{self._size(lead)}",
            statement=paragraph(f"Its {self.subject.words} {self._move(lead)}", rest),
            gist=f"{who} {verb}{self._size(lead)}",
            because=_RESTS,
            action=_action(who, self.group, down),
            table=view.id,
            confidence="medium",
            size=abs(view.number(lead, "change") or 0) / (max(moves) or 1),
        )

    def _by_other_measure(self, rows: list[int], *, down: bool) -> Finding | None:
        """Who leads in amounts where the answer is about growth, and the other way round."""
        other = "change" if self.field == "growth" else "growth"
        known = [i for i in rows if self.view.number(i, other) is not None]
        if len(known) < 2:
            return None
        first = sorted(known, key=lambda i: self.view.number(i, other) or 0, reverse=not down)[0]
        if first == rows[0]:
            return None
        who = self.view.label(first, self.by)
        what = "in absolute terms" if other == "change" else "in relative terms"
        verb = "lost" if down else "gained"
        return Finding(
            title=f"{capital(what)}, {who} {verb} the most",
            statement=paragraph(f"{capital(what)}, {who} leads: {self.subject.words} {self._move(first)}"),
            gist=f"{capital(what)}, {who} {verb} the most, {self.view.show(first, other, sign=True)}",
            because=_RESTS,
            table=self.view.id,
            confidence="low" if _small_base(self.view, first) else "medium",
            size=0.6,
        )


def move(view: View, row: int, subject: Subject, periods: tuple[str, str] = ("", "")) -> str:
    """ "rose from {{before}} in {{Q3}} to {{after}} in {{Q4}} ({{growth}})" with what there is."""
    verb = moved(view.number(row, "change"), same="went" if view.hidden("change") else "was unchanged")
    if not view.has(row, "before", "after"):
        return f"{verb} by {subject.value(view.show(row, 'change'))}" if view.has(row, "change") else verb
    if view.number(row, "change") == 0:
        return f"stayed at {subject.value(view.show(row, 'after'))}"
    size = next((name for name in ("growth", "change") if view.number(row, name) is not None), "")
    extra = f" ({view.show(row, size, sign=True)})" if size else ""
    at, to = (f" in {period}" if period else "" for period in periods)
    before, after = (subject.value(view.show(row, name)) for name in ("before", "after"))
    return f"{verb} from {before}{at} to {after}{to}{extra}"


def _action(who: str, group: str, down: bool) -> str:
    if down:
        return f"Look into the drop in {who}: when it began and what changed at that time"
    return (
        f"Find out what drove the gain in {who} and whether it will last before you plan on it or repeat it elsewhere"
    )


def _no_change(view: View, subject: Subject) -> Finding:
    text = f"No group shows any change in {subject.words} between the two periods"
    return Finding(
        f"No change in {subject.words}",
        paragraph(text),
        view.id,
        headline=text,
        answer=paragraph(text),
        main=True,
        size=0.2,
    )


def _small_base(view: View, row: int) -> bool:
    bases = [abs(view.number(i, "before") or 0) for i in range(len(view))]
    return len(bases) > 1 and 0 < abs(view.number(row, "before") or 0) < SMALL_BASE * max(bases)


def _whole(step: Step, view: View) -> list[Finding]:
    """The change of the whole, where nothing was compared."""
    if not view.has(0, "before", "after"):
        return []
    subject = step.subject()
    named = view.has(0, "from", "to") and grain_of(view.value(0, "from")) != "period"
    span = (view.ref(0, "from"), view.ref(0, "to")) if named else ("", "")
    verb = moved(view.number(0, "change"), same="moved" if view.hidden("change") else "was unchanged")
    size = f" by {view.show(0, 'growth')}" if view.number(0, "growth") else ""
    told = f"{subject.words} {move(view, 0, subject, span)}"
    much = f"The change is {subject.value(view.show(0, 'change', sign=True))}"
    return [
        Finding(
            title=f"How much {subject.words} {verb}",
            headline=f"{capital(subject.words)} {verb}{size if (view.number(0, 'growth') or 0) > 0 else ''}",
            statement=paragraph(much if view.has(0, "change") else told),
            answer=paragraph(told),
            doubt=TWO_PERIODS,
            because=_RESTS,
            action=f"Compare this change in {subject.words} with the same period in earlier years before acting on it",
            table=view.id,
            confidence="medium",
            main=True,
            size=min(1.0, abs(view.number(0, "growth") or 0.2)),
        )
    ]
