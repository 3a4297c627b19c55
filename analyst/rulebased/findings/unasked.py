"""Reader of what no plan asked for (tables check_…): what the reader must know beside the answer, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from analyst.core.text import plural
from analyst.protocol.evidence import UNASKED
from analyst.protocol.facts import RATIO
from analyst.rulebased.findings.brief import Brief, Finding, Level, Step
from analyst.rulebased.findings.subject import COUNT, Subject, of_alias
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import group_noun, name_of
from analyst.rulebased.wording import be, capital, counted, paragraph

_AGGREGATES = {"mean": "average", "sum": "total", "median": "median"}
_TIMES = {"earlier": "the earlier period", "later": "the later period"}


def unasked(brief: Brief) -> list[Finding]:
    """A finding for each table of the probes, largest first; `size` is how much it changes what the answer says."""
    views = [View(table) for table in brief.evidence.tables if table.method == UNASKED]
    told = [_READERS[kind](view, brief) for view in views if len(view) == 1 and (kind := _kind(view)) in _READERS]
    return sorted(told, key=lambda finding: -finding.size)


def _kind(view: View) -> str:
    return view.id.removeprefix("check_") + ("_r" if "r" in view.columns else "")


def _about(view: View, brief: Brief) -> Subject:
    """What is compared: a share and a ratio as the plan calls them, else what the table says that it is of."""
    facts = view.table.facts
    if facts.aggregate == RATIO or "percent" in (
        view.table.formats.get("difference"),
        view.table.formats.get("before"),
    ):
        named = (_called(step) for step in brief.steps() if set(step.source) & set(view.table.source))
        alias = next((name for name in named if name), "rate")
        return of_alias(alias, brief.question, brief.understood.records)
    subject = Step(view.id, UNASKED, view, {}, brief.question, brief.understood).subject()
    agg = _AGGREGATES.get(facts.aggregate, subject.agg) if subject.kind == "amount" else subject.agg
    return replace(subject, agg=agg)


def _called(step: Step) -> str:
    """The first measure of an SQL step, as it is called there."""
    view = step.first
    return next((c for c in view.columns if step.method is None and view.numeric(c) and not COUNT.match(c)), "")


def _dimension(view: View, brief: Brief) -> str:
    return name_of(str(view.value(0, "dimension")), brief.question, view.table.source)


def _side(view: View, field: str) -> str:
    return _TIMES.get(str(view.value(0, field)), "") or view.ref(0, field)


def _sure(view: View) -> Level:
    return "high" if view.value(0, "certainty") == "high" else "medium"


def _reversal(view: View, brief: Brief) -> Finding:
    first, second, subject = _side(view, "first"), _side(view, "second"), _about(view, brief)
    dimension = group_noun(_dimension(view, brief))
    turned = f"the difference reverses, to {subject.value(view.show(0, 'within', sign=True))} on average"
    told = (
        f"Overall, {subject.words} {subject.be} higher for {first} than for {second}, by "
        f"{subject.value(view.show(0, 'difference'))}, but within the same {dimension} {turned}"
    )
    gist = f"Within the same {dimension}, {second} is ahead of {first}: {turned}"
    return _turns(view, dimension, ("comparison", "difference"), f"Compare {first} and {second}", told, gist)


def _turns(view: View, dimension: str, what: tuple[str, str], look: str, told: str, gist: str) -> Finding:
    """Simpson's paradox: `what` turns (as the title and as the text call it), and where to `look`."""
    turned = f"It reverses in {view.show(0, 'turned')} of {view.show(0, 'levels')} {plural(dimension)}"
    return Finding(
        title=f"The {what[0]} reverses within each {dimension}",
        statement=paragraph(told, turned),
        table=view.id,
        gist=gist,
        because=f"A {what[1]} that reverses when the rows are split comes from an uneven mix (Simpson's paradox)",
        action=f"{look} within each {dimension} before acting on the overall {what[1]}",
        confidence=_sure(view),
        size=1.0,
    )


def _reversal_r(view: View, brief: Brief) -> Finding:
    (x, y), dimension = _pair(view, brief), group_noun(_dimension(view, brief))
    told = (
        f"Overall, {x} and {y} have a correlation of {view.short(0, 'r')}, but within the same {dimension} "
        f"it is {view.short(0, 'within')}"
    )
    gist = (
        f"Within the same {dimension}, the link between {x} and {y} is the other way around ({view.short(0, 'within')})"
    )
    return _turns(view, dimension, ("relation", "relation"), f"Look at {x} and {y}", told, gist)


def _pair(view: View, brief: Brief) -> tuple[str, str]:
    x, y = (name_of(str(view.value(0, name)), brief.question, view.table.source) for name in ("x", "y"))
    return x, y


def _group(view: View, brief: Brief) -> Finding:
    first, second, subject = _side(view, "first"), _side(view, "second"), _about(view, brief)
    left_out, dimension = view.ref(0, "left_out"), _dimension(view, brief)
    told = (
        f"The difference between {first} and {second} in {subject.words}, {subject.value(view.show(0, 'difference'))}, "
        f"depends on {dimension} {left_out}: without it {subject.value(view.show(0, 'without', sign=True))} is left"
    )
    return Finding(
        title=f"One {group_noun(dimension)} accounts for the difference",
        statement=paragraph(told, f"That {group_noun(dimension)} makes up {view.show(0, 'share')} of all"),
        table=view.id,
        gist=f"The difference between {first} and {second} depends on {dimension} {left_out} alone",
        because="Found by leaving out one group at a time",
        action=f"Look into {dimension} {left_out} first: elsewhere, {first} and {second} hardly differ that way",
        confidence=_sure(view),
        size=0.9,
    )


def _rows(view: View, brief: Brief) -> Finding:
    first, second, subject = _side(view, "first"), _side(view, "second"), _about(view, brief)
    rows, them = _extreme_rows(view)
    told = (
        f"The lead of {first} over {second} in {subject.words}, {subject.value(view.show(0, 'difference'))}, "
        f"depends on {rows}: without {them}, the difference is "
        f"{subject.value(view.show(0, 'without', sign=True))}"
    )
    return _few(view, told, f"The lead of {first} over {second} depends on {rows}")


def _rows_r(view: View, brief: Brief) -> Finding:
    (x, y), (rows, them) = _pair(view, brief), _extreme_rows(view)
    told = (
        f"The correlation of {x} and {y}, {view.short(0, 'r')}, depends on {rows}: without "
        f"{them} it is {view.short(0, 'without')}"
    )
    return _few(view, told, f"The correlation of {x} and {y} depends on {rows}")


def _extreme_rows(view: View) -> tuple[str, str]:
    """The rows left out, counted in words, and the word that stands for them."""
    rows = int(view.number(0, "rows_left_out") or 1)
    return counted(rows, "extreme row"), "it" if rows == 1 else "them"


def _few(view: View, told: str, gist: str) -> Finding:
    return Finding(
        title="A few rows drive the result",
        statement=paragraph(told),
        table=view.id,
        gist=gist,
        because="Only their source can tell whether the extreme rows are errors or real events",
        action="Check the extreme rows at their source before you act on the result",
        confidence=_sure(view),
        size=0.8,
    )


def _break(view: View, brief: Brief) -> Finding:
    subject = _about(view, brief)
    told = (
        f"From {view.ref(0, 'period')} on, the level of {subject.words} is different: the periods before average "
        f"{subject.value(view.show(0, 'before'))}, those after {subject.value(view.show(0, 'after'))}"
    )
    step = f"After allowing for trend and season, the shift is {subject.value(view.show(0, 'shift', sign=True))}"
    return Finding(
        title=f"A break at {view.ref(0, 'period')}",
        statement=paragraph(told, step),
        table=view.id,
        gist=f"The level shifts for good at {view.ref(0, 'period')}",
        because="A change in what is recorded, or how, can look like a change in the business",
        action=f"Find out what changed at {view.ref(0, 'period')}, and look at the trend before and after separately",
        confidence=_sure(view),
        size=0.7,
    )


def _missing(view: View, brief: Brief) -> Finding:
    first, second, subject = _side(view, "first"), _side(view, "second"), _about(view, brief)
    told = (
        f"{capital(subject.name)} {be(subject.name)} missing in {view.show(0, 'first_missing')} of the rows of "
        f"{first}, but in {view.show(0, 'second_missing')} of those of {second}"
    )
    return Finding(
        title="Missing values may bias the comparison",
        statement=paragraph(told),
        table=view.id,
        gist=f"Values are missing more often for {first} ({view.show(0, 'first_missing')}) than for {second}",
        because="What the missing values would be is not known",
        action=f"Find out why values of {first} are missing before comparing it with others",
        confidence=_sure(view),
        size=0.6,
    )


_READERS: Mapping[str, Callable[[View, Brief], Finding]] = {
    "reversal": _reversal,
    "reversal_r": _reversal_r,
    "group": _group,
    "rows": _rows,
    "rows_r": _rows_r,
    "break": _break,
    "missing": _missing,
}
