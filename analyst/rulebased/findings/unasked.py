"""Reader of what no plan asked for (tables check_…): what the reader must know beside the answer, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from analyst.core.text import plural
from analyst.protocol.evidence import UNASKED
from analyst.protocol.facts import RATIO
from analyst.rulebased.findings.brief import Brief, Step
from analyst.rulebased.findings.finding import TOLD, Finding, Level, tell
from analyst.rulebased.findings.subject import COUNT, Subject, of_alias
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import group_noun, name_of
from analyst.rulebased.wording import be

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


def _reversal(view: View, brief: Brief) -> Finding:
    first, second, subject = _side(view, "first"), _side(view, "second"), _about(view, brief)
    overall = (
        f"overall, {subject.words} {subject.be} higher for {first} than for {second}, by "
        f"{subject.value(view.show(0, 'difference'))}"
    )
    turned = f"the difference reverses, to {subject.value(view.show(0, 'within', sign=True))} on average"
    return _turns(view, brief, ("comparison", f"Compare {first} and {second}"), (overall, turned))


def _reversal_r(view: View, brief: Brief) -> Finding:
    x, y = _pair(view, brief)
    overall, turned = (
        f"overall, {x} and {y} have a correlation of {view.short(0, 'r')}",
        f"it is {view.short(0, 'within')}",
    )
    return _turns(view, brief, ("relation", f"Look at {x} and {y}"), (overall, turned))


def _turns(view: View, brief: Brief, what: tuple[str, str], told: tuple[str, str]) -> Finding:
    """Simpson's paradox: `what` turns and where to look, and what is `told` of the whole and within."""
    dimension = group_noun(_dimension(view, brief))
    slots = {
        "what": what[0], "look": what[1], "dimension": dimension, "overall": told[0], "turned": told[1],
        "part": f"{view.show(0, 'turned')} of {view.show(0, 'levels')} {plural(dimension)}",
    }  # fmt: skip
    return _sized(view, "reversal", slots, 1.0)


def _pair(view: View, brief: Brief) -> tuple[str, str]:
    x, y = (name_of(str(view.value(0, name)), brief.question, view.table.source) for name in ("x", "y"))
    return x, y


def _group(view: View, brief: Brief) -> Finding:
    subject, dimension = _about(view, brief), _dimension(view, brief)
    slots = {
        "dimension": group_noun(dimension), "measure": subject.words,
        "first": _side(view, "first"), "second": _side(view, "second"),
        "left_out": f"{dimension} {view.ref(0, 'left_out')}",
        "difference": subject.value(view.show(0, "difference")),
        "without": subject.value(view.show(0, "without", sign=True)),
    }  # fmt: skip
    return _sized(view, "one carries", slots, 0.9)


def _rows(view: View, brief: Brief) -> Finding:
    subject = _about(view, brief)
    lead = f"the lead of {_side(view, 'first')} over {_side(view, 'second')} in {subject.words}"
    difference, without = (subject.value(view.show(0, n, sign=n == "without")) for n in ("difference", "without"))
    return _carried(view, f"{lead}, {difference},", without)


def _rows_r(view: View, brief: Brief) -> Finding:
    x, y = _pair(view, brief)
    return _carried(view, f"the correlation of {x} and {y}, {view.short(0, 'r')},", view.short(0, "without"))


def _carried(view: View, claim: str, without: str) -> Finding:
    one = (view.number(0, "rows_left_out") or 1) == 1
    rows = "one extreme row" if one else f"{view.show(0, 'rows_left_out')} extreme rows"
    slots = {"claim": claim, "without": without, "rows": rows, "them": "it" if one else "them"}
    return _sized(view, "rows carry", slots, 0.8)


def _break(view: View, brief: Brief) -> Finding:
    subject = _about(view, brief)
    ends = {name: subject.value(view.show(0, name)) for name in ("before", "after")}
    return _sized(view, "break", ends | {"measure": subject.words, "period": view.ref(0, "period")}, 0.7)


def _missing(view: View, brief: Brief) -> Finding:
    subject = _about(view, brief)
    slots = {name: view.show(0, name) for name in ("first_missing", "second_missing")}
    slots |= {
        "name": subject.name,
        "be": be(subject.name),
        "first": _side(view, "first"),
        "second": _side(view, "second"),
    }
    return _sized(view, "missing", slots, 0.6)


def _repeats(view: View, brief: Brief) -> Finding:
    subject, leads = _about(view, brief), view.value(0, "leads_without") is not None
    value, without = (subject.value(view.show(0, name)) for name in ("value", "without"))
    one = view.number(0, "rows_left_out") == 1
    slots = {
        "rows": "One row repeats" if one else f"{view.show(0, 'rows_left_out')} rows repeat",
        "measure": subject.words,
        "first": f" for {view.ref(0, 'first')}" if view.value(0, "first") is not None else "",
        "changed": f"{subject.be} {without} instead of {value}"
        + (f", and {view.ref(0, 'leads_without')} comes first" if leads else ""),
    }
    return _sized(view, "repeats", slots, 0.5)


def _sized(view: View, kind: str, slots: Mapping[str, str], size: float) -> Finding:
    sure: Level = "high" if view.value(0, "certainty") == "high" else "medium"
    return replace(tell(TOLD[kind], slots, view.id), sure=sure, size=size)


_READERS: Mapping[str, Callable[[View, Brief], Finding]] = {
    "reversal": _reversal,
    "reversal_r": _reversal_r,
    "group": _group,
    "rows": _rows,
    "rows_r": _rows_r,
    "break": _break,
    "missing": _missing,
    "repeats": _repeats,
}
