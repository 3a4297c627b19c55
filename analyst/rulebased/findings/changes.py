"""Reader of changes between two periods: what the whole did, who grew, and who fell."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import listed, plural
from analyst.rulebased.findings.brief import Step
from analyst.rulebased.findings.finding import TOLD, Finding, Holds, tell
from analyst.rulebased.findings.subject import Subject
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import (
    asks_high,
    asks_low,
    asks_relative,
    asks_why,
    asks_yes_no,
    capital,
    grain_of,
    moved,
)

SMALL_BASE = 0.05
"""Growth from a base below this part of the largest one is called growth from a small base."""
TWO_PERIODS = "Only two periods are compared, so season or a one-off may explain part of a change."


def change(topic: Topic) -> list[Finding]:
    """Who moved most as the question asks, what that is of the whole, and who moved the other way."""
    step = topic.lead
    view, total = step.main, step.parts.get("total")
    if view is not None and view.id.endswith("_total"):
        view, total = None, view
    if view is None or "before" not in view.columns or not step.groups("before", "after", "change"):
        return _whole(step, total or step.first)
    return _Moves(topic, view, total, step.groups("before", "after", "change", "growth", "contribution")).findings()


def _whole(step: Step, view: View) -> list[Finding]:
    """The change of the whole."""
    if not view.has(0, "before", "after"):
        return []
    subject, way = step.subject(), view.number(0, "change")
    share = subject.kind == "share" or view.table.formats.get("before") == "percent"
    field = "growth" if view.number(0, "growth") is not None and not share else ""
    slots = {
        "measure": subject.words, "subject": subject.start, "scope": step.scope,
        "presumed": _presumed(step.question, view, subject, whole=False),
        "moved": moved(way, same="moved" if view.hidden("change") else "did not change"),
        "grown": _grown(view, field) if field and way else "",
        "move": move(view, 0, subject, _ends(view)), "tested": _tested(view, subject),
    }  # fmt: skip
    found = tell(TOLD["change"], slots, view.id)
    rows = min(view.number(0, name) or 0 for name in ("n_before", "n_after")) if view.has(0, "n_before") else None
    return [replace(found, sure="medium", rows=rows, caveat=TWO_PERIODS, holds=_holds(step.question, way), size=0.9)]


def _grown(view: View, field: str) -> str:
    """ " by 20%", or " (-20%)": after a word of falling a minus would say it twice."""
    return f" by {view.show(0, field)}" if (view.number(0, field) or 0) > 0 else f" ({view.show(0, field)})"


def _tested(view: View, subject: Subject) -> str:
    """Whether the change is larger than usual, or more than chance."""
    usual, size = view.number(0, "usual_change"), abs(view.number(0, "change") or 0)
    if usual is not None:
        than = "larger than" if size > usual else "no larger than"
        within = subject.value(view.show(0, "usual_change"))
        return f"the change is {than} usual: earlier changes were typically within {within}"
    p = view.number(0, "p")
    if p is None:
        return ""
    return "a change this large would rarely arise by chance" if p < 0.05 else "chance alone could explain the change"


def _holds(question: str, way: float | None) -> Holds:
    """What the change says to "Did sales fall?"."""
    low, high = asks_low(question), asks_high(question)
    if not asks_yes_no(question) or low == high or way is None:
        return ""
    return "yes" if (way < 0 if low else way > 0) else "no"


def _presumed(question: str, total: View | None, subject: Subject, *, whole: bool = True) -> str:
    """That the whole did not move as a question after its reasons takes for granted: "why did profit drop?"; with how
    it moved, where nothing else tells the `whole`."""
    low, way = asks_low(question), None if total is None else total.number(0, "change")
    if total is None or not asks_why(question) or low == asks_high(question) or not way or (way < 0) == low:
        return ""
    told = f"; it {move(total, 0, subject, _ends(total))}" if whole else ""
    return f"{subject.words} did not {'fall' if low else 'rise'}{told}"


def _ends(view: View | None) -> tuple[str, str]:
    """The two periods compared, as references; empty where they have no plain label."""
    if view is None or not view.has(0, "from", "to") or grain_of(view.value(0, "from")) == "period":
        return "", ""
    return view.ref(0, "from"), view.ref(0, "to")


def move(view: View, row: int, subject: Subject, periods: tuple[str, str] = ("", "")) -> str:
    """ "rose from {{before}} in {{Q3}} to {{after}} in {{Q4}} ({{growth}})" with what there is."""
    way = view.number(row, "change")
    verb = moved(way, same="went" if view.hidden("change") else "did not change")
    if not view.has(row, "before", "after"):
        return f"{verb} ({subject.value(view.show(row, 'change', sign=True))})" if view.has(row, "change") else verb
    before, after = (subject.value(view.show(row, name)) for name in ("before", "after"))
    at, to = (f" in {period}" if period else "" for period in periods)
    if way == 0:
        return f"stayed at {after}"
    share = subject.kind == "share" or view.table.formats.get("before") == "percent"
    size = next((name for name in ("growth", "change") if view.number(row, name) is not None), "")
    extra = f" ({view.show(row, size, sign=True)})" if size and not share else ""
    return f"{verb} from {before}{at} to {after}{to}{extra}"


class _Moves:
    """The groups of a comparison, ordered as the question asks."""

    def __init__(self, topic: Topic, view: View, total: View | None, by: list[str]) -> None:
        self.topic, self.step, self.view, self.total, self.by = topic, topic.lead, view, total, by
        self.subject, self.group = self.step.subject(*by), self.step.group(by[0])
        self.low = asks_low(self.step.question)
        grown = any(view.number(i, "growth") is not None for i in range(len(view)))
        self.field = "growth" if asks_relative(self.step.question) and grown else "change"
        self.ups = [i for i in view.order(self.field) if (view.number(i, "change") or 0) > 0]
        self.downs = [i for i in view.order(self.field, descending=False) if (view.number(i, "change") or 0) < 0]
        if view.cut and self.ups and view.order("change", descending=False)[:1] not in ([0], [len(view) - 1]):
            self.downs = []

    def findings(self) -> list[Finding]:
        """Who moved as the question asks first, then the other direction."""
        lead, other = (self.downs, self.ups) if self.low else (self.ups, self.downs)
        if not lead and not other:
            known = len(self.view) and not self.view.hidden("change")
            slots = {"measure": self.subject.words, "group": self.group}
            return [tell(TOLD["no change"], slots, self.view.id)] if known else []
        main = self._main(lead or other, down=self.low if lead else not self.low, asked=bool(lead))
        return [main, self._opposite(other, down=not self.low)] if lead and other else [main]

    def _main(self, rows: list[int], *, down: bool, asked: bool) -> Finding:
        view, lead, alone = self.view, rows[0], self.view.row_count == 1
        who, base = view.label(lead, self.by), _small_base(view, lead)
        superlative = "" if alone else " the most" if self.field == "change" or down else " fastest"
        presumed = _presumed(self.step.question, self.total, self.subject)
        tied = [i for i in range(len(view)) if i != lead and view.equal(i, lead, self.field)]
        slots = {
            "measure": self.subject.words, "group": self.group, "groups": plural(self.group), "scope": self.step.scope,
            "who": who, "size": self._size(lead), "kind": self._kind(down=down),
            "verb": f"{'fell' if down else 'grew'}{superlative}",
            "move": move(view, lead, self.subject, _ends(self.total)),
            "tie": f"; {view.label(tied[0], self.by)} changed by exactly as much" if tied else "",
            "presumed": presumed,
            "none": "" if asked else f"no {self.group} {'fell' if self.low else 'grew'}",
            "next": self._next(rows), "overall": "" if presumed else self._overall(),
            "portion": self._portion(lead, who),
            "counted": self._counted(down=down),
            "advice": f"Look into the drop in {who}: when it began and what changed at that time" if down
            else f"Find out what drove the gain in {who} and whether it will last before you plan on it",
        }  # fmt: skip
        small = f"{capital(who)} started from a small base, which makes its growth look large." if base else ""
        found = tell(TOLD["change by group"], slots, view.id)
        return replace(found, sure="low" if base else "medium", caveat=f"{small} {TWO_PERIODS}".strip(), size=1.0)

    def _kind(self, *, down: bool) -> str:
        """The headline's word for the move."""
        if self.field == "growth" and self.view.row_count > 1:
            return "Steepest fall" if down else "Fastest growth"
        return "Largest fall" if down else "Largest gain"

    def _size(self, row: int) -> str:
        return next((self.view.show(row, n, sign=True) for n in ("growth", "change") if self.view.has(row, n)), "")

    def _next(self, rows: list[int]) -> str:
        told = [f"{self.view.label(i, self.by)} ({self.view.show(i, self.field, sign=True)})" for i in rows[1:3]]
        return f"next {'comes' if len(told) == 1 else 'come'} {listed(told)}" if told else ""

    def _portion(self, row: int, who: str) -> str:
        """What the group's move is of the whole's."""
        portion = self.view.number(row, "contribution")
        if portion is None or self.view.row_count == 1 or not 0 < portion <= 1:
            return ""
        return f"{who} makes up {self.view.show(row, 'contribution')} of the overall change"

    def _overall(self) -> str:
        total = self.total
        if total is None or not total.has(0, "before", "after") or self.view.row_count == 1 or self.topic.whole_told:
            return ""
        return f"overall, {self.subject.words} {move(total, 0, self.subject)}"

    def _counted(self, *, down: bool) -> str:
        """That all groups moved that way."""
        known = len(self.view)
        if self.view.cut or known < 3:
            return ""
        moves = [self.view.number(i, "change") or 0 for i in range(known)]
        same = all(move < 0 if down else move > 0 for move in moves)
        return f"all {plural(self.group)} {'fell' if down else 'grew'}" if same else ""

    def _opposite(self, rows: list[int], *, down: bool) -> Finding:
        view, lead, only = self.view, rows[0], len(rows) == 1
        verb = ("fell" if down else "grew") + ("" if only else " the most")
        more = [f"{view.label(i, self.by)} ({view.show(i, self.field, sign=True)})" for i in rows[1:3]]
        slots = {
            "who": view.label(lead, self.by), "verb": verb, "size": self._size(lead), "measure": self.subject.words,
            "move": move(view, lead, self.subject),
            "also": f"{listed(more)} also {'fell' if down else 'grew'}" if more else "",
        }  # fmt: skip
        moves = [abs(view.number(i, "change") or 0) for i in range(len(view))]
        size = abs(view.number(lead, "change") or 0) / (max(moves) or 1)
        return replace(tell(TOLD["other direction"], slots, view.id), sure="medium", size=size)


def _small_base(view: View, row: int) -> bool:
    bases = [abs(view.number(i, "before") or 0) for i in range(len(view))]
    return len(bases) > 1 and 0 < abs(view.number(row, "before") or 0) < SMALL_BASE * max(bases)
