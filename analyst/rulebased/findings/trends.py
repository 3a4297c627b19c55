"""Reader of trends: which way a series goes, how fast, how surely, and its best and worst period."""

from __future__ import annotations

from typing import Any

from analyst.core.text import listed, plural
from analyst.rulebased.findings.brief import Finding, Level, Step
from analyst.rulebased.findings.subject import Subject
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import capital, counted, grain_of, in_period, moved, paragraph

FEW_PERIODS = 8
"""Below this many periods a trend or a forecast is called uncertain."""
SEASONAL = 0.6
"""From this strength on (0 to 1) a seasonal pattern is worth a sentence."""


def trend(topic: Topic) -> list[Finding]:
    """The direction first, then the pace with its interval, then the extremes."""
    step = topic.lead
    summary = summary_of(step)
    if summary is None or not len(summary):
        return []
    by = summary.columns[: summary.columns.index("periods")] if "periods" in summary.columns else []
    subject = step.subject(*by)
    if by and summary.row_count > 1:
        return _by_group(step, summary, by, subject)
    found = [_trend(step, summary, subject), extremes(step, summary, subject)]
    return [f for f in found if f]


def summary_of(step: Step) -> View | None:
    """The row that sums the series up."""
    if "summary" in step.parts:
        return step.parts["summary"]
    return step.main if step.main is not None and "slope" in step.main.columns else None


def direction(step: Step) -> str:
    """One sentence on where a series goes, for a report that is about something else."""
    view = summary_of(step)
    if view is None or not len(view) or not view.has(0, "periods"):
        return ""
    subject, grain = step.subject(), grain_of(view.value(0, "first_period"))
    over = f"over {view.show(0, 'periods')} {plural(grain)}"
    if view.value(0, "direction") in ("rising", "falling"):
        return f"{subject.start} {subject.be} {view.value(0, 'direction')} {over} ({view.p(0)})"
    return f"{subject.start} {_shows(subject)} no clear trend {over} ({view.p(0)})"


def _shows(subject: Subject) -> str:
    return "show" if subject.be == "are" else "shows"


def _trend(step: Step, view: View, subject: Subject) -> Finding:
    grain = grain_of(view.value(0, "first_period"))
    way = view.value(0, "direction")
    clear = way in ("rising", "falling")
    periods = f"{view.show(0, 'periods')} {plural(grain)}" if view.has(0, "periods") else f"the {plural(grain)}"
    from_to = _first_to_last(view, subject, grain)
    sure = f"The trend over {periods} is clear ({view.p(0)})" if view.p(0) else ""
    unclear = f"{subject.start}{step.scope} {_shows(subject)} no clear trend over {periods}" + (
        f" ({view.p(0)})" if view.p(0) else ""
    )
    moved_on = f"{subject.start}{step.scope} {from_to}" if from_to else ""
    doubt = "" if "where it began" in from_to else ", but a move of that size could be chance"
    answer = (
        paragraph(moved_on or f"{subject.start} {subject.be} {way}", sure)
        if clear
        else paragraph(
            unclear,
            f"{'They' if subject.be == 'are' else 'It'} {from_to}{doubt}" if from_to else "",
        )
    )
    pace = _pace(step, view, subject, grain)
    season = view.number(0, "seasonality") or 0
    seasonal = "Part of the movement is seasonal" if season >= SEASONAL else ""
    return Finding(
        title=_pace_title(view, clear, grain),
        headline=_headline(view, subject, way),
        statement=paragraph(pace, seasonal) or answer,
        answer=answer,
        gist=pace,
        doubt="" if clear else f"The {plural(grain)} vary too much to show a direction",
        because=_because(step, view, grain, clear),
        action=_action(view, subject, way, grain),
        table=step.id if step.main else view.id,
        confidence=_level(view, clear),
        caveat=partial(step, grain),
        main=True,
        size=1.0 if clear else 0.5,
    )


def _headline(view: View, subject: Subject, way: Any) -> str:
    if way not in ("rising", "falling"):
        return f"{capital(subject.start)} {_shows(subject)} no clear trend"
    grown = f": {view.show(0, 'growth', sign=True)}" if view.number(0, "growth") is not None else ""
    span = (
        f" from {view.ref(0, 'first_period')} to {view.ref(0, 'last_period')}"
        if grown and view.has(0, "first_period", "last_period")
        else ""
    )
    return f"{capital(subject.words)} {subject.be} {way}{grown}{span}"


def _first_to_last(view: View, subject: Subject, grain: str) -> str:
    if not view.has(0, "first", "last", "first_period", "last_period"):
        return ""
    relative = view.number(0, "growth") is not None and subject.kind != "share"
    grown = f" ({view.show(0, 'growth', sign=True)})" if relative else ""
    start, end = view.number(0, "first"), view.number(0, "last")
    gained = view.number(0, "change") if start is None or end is None else end - start
    verb = moved(gained, same="went" if gained is None else "was unchanged")
    first, last = subject.value(view.show(0, "first")), subject.value(view.show(0, "last"))
    at, to = in_period(view.ref(0, "first_period"), grain), in_period(view.ref(0, "last_period"), grain)
    if verb == "was unchanged":
        return f"ended where it began, at {last} both {at} and {to}"
    return f"{verb} from {first} {at} to {last} {to}{grown}"


def _pace(step: Step, view: View, subject: Subject, grain: str) -> str:
    """The slope and where it very likely lies; nothing for shares, whose slopes are points and not percent."""
    if not view.has(0, "slope") or subject.kind == "share" or _in_percent(step):
        return ""
    slope = subject.value(view.show(0, "slope", sign=True))
    if not view.has(0, "slope_low", "slope_high"):
        return f"The fitted line moves by {slope} a {grain}"
    if view.number(0, "slope_low") == view.number(0, "slope_high"):
        return ""
    between = subject.span(*(view.show(0, name, sign=True) for name in ("slope_low", "slope_high")))
    return f"The fitted line moves by {slope} a {grain}, very likely between {between}"


def _in_percent(step: Step) -> bool:
    return step.main is not None and step.main.table.formats.get("value") == "percent"


def _pace_title(view: View, clear: bool, grain: str) -> str:
    if not clear:
        return "The trend line is practically flat"
    return f"The change per {grain}"


def _because(step: Step, view: View, grain: str, clear: bool) -> str:
    periods = view.number(0, "periods") or 0
    if not view.has(0, "periods"):
        return ""
    if periods < FEW_PERIODS:
        return f"It is based on only {view.show(0, 'periods')} {plural(grain)}"
    p = f" ({view.p(0)})" if view.p(0) else ""
    return f"Tested on {view.show(0, 'periods')} {plural(grain)}{p}"


def _action(view: View, subject: Subject, way: Any, grain: str) -> str:
    if way == "rising" and view.has(0, "slope") and subject.kind != "share":
        slope = subject.value(view.show(0, "slope", sign=True))
        return (
            f"Use {slope} per {grain} as the working assumption for {subject.name}, and check it with every new {grain}"
        )
    if way == "falling":
        return f"Find the cause of the decline in {subject.name}: break it down by the groups in the table"
    return f"Do not plan on growth or decline in {subject.name}: look for what drives individual {plural(grain)}"


def _level(view: View, clear: bool) -> Level:
    periods = view.number(0, "periods") or 0
    if periods < FEW_PERIODS:
        return "low"
    return "high" if clear and periods >= 2 * FEW_PERIODS and (view.number(0, "p") or 0) < 0.01 else "medium"


def partial(step: Step, grain: str) -> str | None:
    """Which periods are not whole and so were left out."""
    view = step.main
    if view is None or "partial" not in view.columns:
        return None
    rows = [i for i in range(len(view)) if view.value(i, "partial") is True and view.has(i, "period")]
    names = list(dict.fromkeys(view.value(i, "period") for i in rows))
    if not names:
        return None
    first = {view.value(i, "period"): i for i in reversed(rows)}
    told = listed([view.ref(first[name], "period") for name in names[:3]])
    is_, it = ("is", "was") if len(names) == 1 else ("are", "were")
    return f"{told} {is_} only partly covered and {it} left out of the trend"


def extremes(step: Step, view: View, subject: Subject) -> Finding | None:
    """The best and the weakest period."""
    if not view.has(0, "best_period", "best_value", "worst_period", "worst_value"):
        return None
    if view.value(0, "best_period") == view.value(0, "worst_period"):
        return None
    grain = grain_of(view.value(0, "best_period"))
    best, worst = (in_period(view.ref(0, name), grain) for name in ("best_period", "worst_period"))
    high, low = (subject.value(view.show(0, name)) for name in ("best_value", "worst_value"))
    was, at = "were" if subject.be == "are" else "was", "on" if grain == "day" else "in"
    return Finding(
        title=f"Peak {at} {view.ref(0, 'best_period')}, low {at} {view.ref(0, 'worst_period')}",
        statement=paragraph(f"{subject.start} peaked {best} at {high} and {was} lowest {worst} at {low}"),
        gist=f"The peak was {high} {best}, the low {low} {worst}",
        because=f"These are the recorded values of complete {plural(grain)}",
        action=f"Find out what lifted {subject.name} {best}: something to repeat, a one-off, or a recording error",
        table=step.id if step.main else view.id,
        confidence="high",
        size=0.5,
    )


def _by_group(step: Step, view: View, by: list[str], subject: Subject) -> list[Finding]:
    field = "growth" if any(view.number(i, "growth") is not None for i in range(len(view))) else "slope"
    order = view.order(field)
    if not order:
        return []
    top, last = order[0], order[-1]
    rising = [i for i in range(len(view)) if view.value(i, "direction") == "rising"]
    falling = [i for i in range(len(view)) if view.value(i, "direction") == "falling"]
    group, best = step.group(by[0]), view.show(top, field, sign=True)
    lead = f"{view.label(top, by)} did best over the entire period ({best})"
    tail = f", {view.label(last, by)} worst ({view.show(last, field, sign=True)})" if last != top else ""
    ends = _ends(view, top, by, subject)
    return [
        Finding(
            title=f"{capital(subject.words)} over time by {group}",
            headline=f"{capital(view.label(top, by))} did best in {subject.name}: {best}",
            statement=paragraph(ends or f"In {subject.words}, {lead}{tail}"),
            answer=paragraph(f"In {subject.words}, {lead}{tail}", _clear_trends(rising, falling, group)),
            gist=ends,
            because="Groups with few records vary more, so the top and bottom of such a list are partly chance",
            action=f"Compare {view.label(top, by)} with {view.label(last, by)} to find out what sets them apart",
            table=step.id if step.main else view.id,
            confidence="medium",
            caveat=partial(step, "period"),
            main=True,
        )
    ]


def _ends(view: View, row: int, by: list[str], subject: Subject) -> str:
    if not view.has(row, "first", "last", "first_period", "last_period"):
        return ""
    grain = grain_of(view.value(row, "first_period"))
    at, to = in_period(view.ref(row, "first_period"), grain), in_period(view.ref(row, "last_period"), grain)
    first, last = subject.value(view.show(row, "first")), subject.value(view.show(row, "last"))
    return f"{view.label(row, by)} went from {first} {at} to {last} {to}"


def _clear_trends(rising: list[int], falling: list[int], group: str) -> str:
    """How many groups go clearly up or down."""
    if not rising and not falling:
        return f"No individual {group} shows a clear trend"
    parts = [
        f"{'an upward' if rows is rising else 'a downward'} trend is clear for {counted(len(rows), group)}"
        for rows in (rising, falling)
        if rows
    ]
    return listed(parts)
