"""Reader of correlations: the strongest pair, how strong, how sure, and the next ones."""

from __future__ import annotations

from analyst.core.text import listed
from analyst.rulebased.findings.brief import Finding, Level, Step
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import human, measured, name_of, plain
from analyst.rulebased.wording import capital, paragraph, strength
from analyst.rulebased.wording import significant as is_significant

NOT_CAUSE = "The two are linked in this table; this does not show which one causes the other"
STRAIGHT_ONLY = "A correlation only detects straight-line links: there could still be a curved one"
FEW_ROWS = 30
"""Below this many rows an association is called uncertain."""


def correlation(topic: Topic) -> list[Finding]:
    """The strongest pair first; then its interval and the rank correlation; then the next pairs."""
    step, view = topic.lead, topic.lead.first
    order = sorted(view.order("r"), key=lambda i: -abs(view.number(i, "r") or 0))
    if not order:
        return []
    found = [_Pair(step, view, order[0], topic.support("correlation")).finding()]
    others = [i for i in order[1:] if abs(view.number(i, "r") or 0) >= 0.1][:3]
    if others:
        found.append(_further(step, view, others))
    elif len(order) > 1:
        text = "All other pairs are practically unrelated"
        found.append(Finding("The other pairs", paragraph(text), view.id, because=STRAIGHT_ONLY, size=0.3))
    return found


class _Pair:
    """Two columns and their correlation."""

    def __init__(self, step: Step, view: View, row: int, ranks: Step | None) -> None:
        self.step, self.view, self.row, self.ranks = step, view, row, ranks
        self.r, self.p, self.n = (view.number(row, name) for name in ("r", "p", "n"))
        self.word = strength(self.r or 0)
        self.linked = self.word != "negligible"
        self.sure = is_significant(self.p) if self.p is not None else abs(self.r or 0) >= 0.5
        self.x, self.y = field(step, view, row, "x"), field(step, view, row, "y")

    def finding(self) -> Finding:
        pair = f"{self.x} and {self.y}"
        return Finding(
            title="How sure the link is" if self.linked else "The correlation is practically zero",
            headline=self._headline(pair),
            statement=paragraph(self._interval(), self._ranks()) or paragraph(self._told(pair)),
            answer=paragraph(self._told(pair), self._chance()),
            gist=self._interval(),
            doubt=NOT_CAUSE if self.linked else STRAIGHT_ONLY,
            because=self._because(),
            action=self._action(pair),
            table=self.view.id,
            confidence=self._level(),
            main=True,
            size=max(0.3, abs(self.r or 0)),
        )

    def _headline(self, pair: str) -> str:
        if not self.linked:
            return f"No link between {pair}"
        sign = "positive" if (self.r or 0) > 0 else "negative"
        return f"{capital(self.word)} {sign} link between {pair}"

    def _told(self, pair: str) -> str:
        groups = [c for c in self.step.groups("x", "y", "r", "p", "n") if c not in ("x", "y")]
        among = f" {self.view.among(self.row, groups)}" if groups else ""
        rows = f", {self.view.show(self.row, 'n')} rows" if self.n is not None else ""
        figure = f"correlation {self.view.short(self.row, 'r')}{rows}"
        if not self.linked:
            return f"{pair} are practically unrelated{among}{self.step.scope} ({figure})"
        sign = "rise and fall together" if (self.r or 0) > 0 else "move in opposite directions"
        return f"{pair} {sign}{among}{self.step.scope}: a {self.word} link ({figure})"

    def _chance(self) -> str:
        p = f" ({self.view.p(self.row)})" if self.p is not None else ""
        if self.linked and self.sure and self.p is not None:
            return f"A link like this would rarely arise by chance{p}"
        return f"With so few rows, it could be chance{p}" if self.linked and not self.sure else ""

    def _interval(self) -> str:
        """Where the true correlation lies; nothing where the interval is too narrow to show."""
        if not self.view.has(self.row, "r_low", "r_high"):
            return ""
        if abs((self.view.number(self.row, "r_high") or 0) - (self.view.number(self.row, "r_low") or 0)) < 0.02:
            return ""
        low, high = (self.view.short(self.row, name) for name in ("r_low", "r_high"))
        return f"The true correlation very likely lies between {low} and {high}"

    def _ranks(self) -> str:
        """What the rank correlation says, which a few extreme values don't move."""
        view = self.ranks.first if self.ranks else None
        if view is None or not len(view) or view.number(0, "r") is None:
            return ""
        same = abs((view.number(0, "r") or 0) - (self.r or 0)) < 0.15
        told = "agrees" if same else "tells a different story, so a few extreme values or a curve play a part"
        return f"The rank correlation, which extreme values don't affect, {told} ({view.short(0, 'r')})"

    def _because(self) -> str:
        if self.n is None:
            return ""
        few = self.n < FEW_ROWS
        return f"Computed over {self.view.show(self.row, 'n')} rows" + (" only" if few else "")

    def _level(self) -> Level:
        if self.n is not None and self.n < FEW_ROWS:
            return "low"
        large = self.n is not None and self.n >= 10 * FEW_ROWS
        return "high" if (self.p is not None and self.p < 0.01) or (not self.linked and large) else "medium"

    def _action(self, pair: str) -> str:
        if self.linked and self.sure:
            return f"Confirm the link between {pair} before acting on it: change one and see how the other responds"
        return f"Do not use {self.x} to predict or influence {self.y}"


def field(step: Step, view: View, row: int, name: str) -> str:
    """A column named in a cell, as words where they are plain ones, else as a reference."""
    value = str(view.value(row, name) or "")
    if value not in step.source:
        return view.ref(row, name)
    words = measured(human(value))[0]
    return words if plain(words) else name_of(value, step.question, step.source)


def _further(step: Step, view: View, rows: list[int]) -> Finding:
    """The next pairs; with a shared partner named once."""
    groups = [c for c in step.groups("x", "y", "r", "p", "n") if c not in ("x", "y")]
    if groups and len({(view.value(i, "x"), view.value(i, "y")) for i in rows}) == 1:
        told = listed([f"{view.short(i, 'r')} {view.among(i, groups)}" for i in rows])
        return _next_links(view, rows, f"The same link is {told}")
    ys = {view.value(i, "y") for i in rows}
    xs = {view.value(i, "x") for i in rows}
    shared = "y" if len(ys) == 1 and len(rows) > 1 else "x" if len(xs) == 1 and len(rows) > 1 else ""
    if shared:
        other = "x" if shared == "y" else "y"
        told = listed([f"{field(step, view, i, other)} ({view.short(i, 'r')})" for i in rows])
        text = f"After that {field(step, view, rows[0], shared)} is linked most closely with {told}"
    else:
        told = listed(
            [f"{field(step, view, i, 'x')} and {field(step, view, i, 'y')} ({view.short(i, 'r')})" for i in rows]
        )
        text = f"After that come {told}"
    return _next_links(view, rows, text)


def _next_links(view: View, rows: list[int], text: str) -> Finding:
    return Finding(
        title="The next strongest links",
        statement=paragraph(text),
        gist=text,
        because="The more pairs you try, the more likely one looks strong by chance",
        table=view.id,
        confidence="medium",
        size=max(abs(view.number(i, "r") or 0) for i in rows),
    )
