"""Readers of results over time: trend, anomalies, forecast."""

from __future__ import annotations

from typing import Any, Literal

from embedded.findings.brief import Finding, Step
from embedded.findings.view import View
from embedded.wording import capital, counted, grain_of, is_plural, listed, moved, paragraph, plural

Level = Literal["high", "medium", "low"]
FEW_PERIODS = 8
"""Below this many periods a trend or a forecast is called uncertain."""
SEASONAL = 0.6
"""From this strength on (0 to 1) a seasonal pattern is worth a sentence."""


def trend(step: Step) -> list[Finding]:
    """Which way a series goes, how fast, how surely, and its best and worst period."""
    summary = step.parts.get("summary")
    if summary is None and step.main is not None and "slope" in step.main.columns:
        summary = step.main
    if summary is None or not len(summary):
        return []
    by = summary.columns[: summary.columns.index("periods")] if "periods" in summary.columns else []
    subject = step.measure(*by)
    if by and summary.row_count > 1:
        return _trends_by_group(step, summary, by, subject)
    found = [_trend(step, summary, subject), _extremes(step, summary, subject)]
    return [f for f in found if f]


def _trend(step: Step, view: View, subject: str) -> Finding:
    grain = grain_of(view.value(0, "first_period"))
    told = _first_to_last(view, subject)
    pace = _pace(view, grain, subject)
    direction = view.value(0, "direction")
    clear = direction in ("rising", "falling")
    season = view.number(0, "seasonality") or 0
    seasonal = "Part of the movement is a pattern that repeats with the season" if season >= SEASONAL else ""
    low, high = view.has(0, "slope_low", "slope_high"), view.has(0, "slope")
    interval = f"from {view.ref(0, 'slope_low', '+')} to {view.ref(0, 'slope_high', '+')}" if low and high else ""
    return Finding(
        title=_trend_title(subject, direction),
        statement=paragraph(*((told, pace) if clear else (pace, told)), seasonal),
        answer=paragraph(*((told, pace) if clear else (pace, told))),
        doubt=f"The slope's confidence interval runs {interval} a {grain}" if interval else "",
        action=_trend_action(subject, direction, grain),
        table=step.id if step.main else view.id,
        confidence=_trend_level(view, clear),
        caveat=_partial(step, grain),
        main=True,
    )


def _trend_title(subject: str, direction: Any) -> str:
    are = "are" if is_plural(subject) else "is"
    if direction in ("rising", "falling"):
        return f"{capital(subject)} {are} {direction}"
    return f"No clear trend in {subject}"


def _first_to_last(view: View, subject: str) -> str:
    if not view.has(0, "first", "last", "first_period", "last_period"):
        return ""
    grown = f" ({view.ref(0, 'growth', '+1%')})" if view.number(0, "growth") is not None else ""
    first, last = view.number(0, "first"), view.number(0, "last")
    gained = view.number(0, "change") if first is None or last is None else last - first
    verb = moved(gained, same="went" if gained is None else "was unchanged")
    if verb == "was unchanged":
        return (
            f"{subject} ended where it began, at {view.show(0, 'last')} in both {view.ref(0, 'first_period')} "
            f"and {view.ref(0, 'last_period')}"
        )
    return (
        f"{subject} {verb} from {view.show(0, 'first')} in {view.ref(0, 'first_period')} to {view.show(0, 'last')} "
        f"in {view.ref(0, 'last_period')}{grown}"
    )


def _pace(view: View, grain: str, subject: str) -> str:
    if not view.has(0, "slope"):
        return ""
    over = f" over {view.show(0, 'periods')} {plural(grain)}" if view.has(0, "periods") else ""
    p = f" ({view.p(0)})" if view.p(0) else ""
    slope = f"{view.ref(0, 'slope', '+')} a {grain}"
    if view.value(0, "direction") in ("rising", "falling"):
        word = "upward" if view.value(0, "direction") == "rising" else "downward"
        return f"The {word} trend of {slope}{over} is statistically clear{p}"
    return f"{capital(subject)} shows no steady direction{over}: the fitted slope of {slope} could be chance{p}"


def _trend_action(subject: str, direction: Any, grain: str) -> str:
    if direction == "rising":
        return f"Plan capacity and targets on continued growth of {subject}, and review the trend each {grain}"
    if direction == "falling":
        return f"Find the cause of the decline in {subject} now: break it down by the groups in the table"
    return f"Do not plan on growth or decline of {subject}: look for what drives single {plural(grain)} instead"


def _trend_level(view: View, clear: bool) -> Level:
    periods = view.number(0, "periods") or 0
    if periods < FEW_PERIODS:
        return "low"
    return "high" if clear and periods >= 2 * FEW_PERIODS and (view.number(0, "p") or 0) < 0.01 else "medium"


def _partial(step: Step, grain: str) -> str | None:
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
    return f"{told} {is_} covered only in part and {it} left out of the trend"


def _extremes(step: Step, view: View, subject: str) -> Finding | None:
    if not view.has(0, "best_period", "best_value", "worst_period", "worst_value"):
        return None
    if view.value(0, "best_period") == view.value(0, "worst_period"):
        return None
    grain = grain_of(view.value(0, "best_period"))
    told = (
        f"{subject} peaked in {view.ref(0, 'best_period')} at {view.show(0, 'best_value')}; "
        f"the weakest {grain} was {view.ref(0, 'worst_period')} with {view.show(0, 'worst_value')}"
    )
    return Finding(
        title=f"Best and weakest {grain}",
        statement=paragraph(told),
        answer=paragraph(told),
        action=f"Compare what happened in {view.ref(0, 'best_period')} and {view.ref(0, 'worst_period')}: "
        "what was different between them?",
        table=step.id if step.main else view.id,
        confidence="high",
    )


def _trends_by_group(step: Step, view: View, by: list[str], subject: str) -> list[Finding]:
    field = "growth" if any(view.number(i, "growth") is not None for i in range(len(view))) else "slope"
    order = view.order(field)
    if not order:
        return []
    top, last = order[0], order[-1]
    rising = [i for i in range(len(view)) if view.value(i, "direction") == "rising"]
    falling = [i for i in range(len(view)) if view.value(i, "direction") == "falling"]
    form = "+1%" if field == "growth" else "+"
    lead = f"{view.label(top, by)} developed best over the whole span ({view.ref(top, field, form)})"
    tail = f"{view.label(last, by)} developed worst ({view.ref(last, field, form)})" if last != top else ""
    told = f"{lead}, {tail}" if tail else lead
    group = step.named(by[0])
    clear = _clear_trends(rising, falling, group)
    return [
        Finding(
            title=f"{capital(subject)} over time by {group}",
            statement=paragraph(f"In {subject}, {told}", clear),
            answer=paragraph(f"In {subject}, {told}", clear),
            doubt="Groups with little data swing more, so the ends of such a list are partly chance",
            action=f"Compare {view.label(top, by)} with {view.label(last, by)} to learn what sets them apart",
            table=step.id if step.main else view.id,
            confidence="medium",
            caveat=_partial(step, "period"),
            main=True,
        )
    ]


def _clear_trends(rising: list[int], falling: list[int], group: str) -> str:
    """How many groups go clearly up or down."""
    if not rising and not falling:
        return f"No {group} shows a statistically clear trend of its own"
    parts = [
        f"{'an upward' if rows is rising else 'a downward'} trend is clear for {counted(len(rows), group)}"
        for rows in (rising, falling)
        if rows
    ]
    return listed(parts)


def anomalies(step: Step) -> list[Finding]:
    """What stands out, by how much, against what was expected."""
    view, summary = step.first, step.parts.get("summary")
    rows = [i for i in range(len(view)) if view.has(i, "label", "value")] if "label" in view.columns else []
    if not rows:
        return [_nothing_unusual(step, summary or view)]
    by = step.groups("value", "expected", "deviation", "robust_z")
    subject = step.measure(*by)
    over_time = grain_of(view.value(rows[0], "label")) != "period"
    told = [_odd(view, i, by, over_time) for i in rows[:3]]
    more = "Further cases are listed in the table" if view.row_count > 3 else ""
    who = _place(view, rows[0], by, over_time)
    checked = (
        f"{summary.show(0, 'found')} of {summary.show(0, 'checked')} values checked stand out"
        if summary is not None and summary.has(0, "found", "checked")
        else ""
    )
    return [
        Finding(
            title=f"Unusual {subject} at {who}",
            statement=paragraph(f"{capital(subject)} stood out most at {told[0]}", *_others(told[1:]), checked, more),
            answer=paragraph(f"{capital(subject)} stood out most at {told[0]}", checked),
            doubt="The rule flags what is far from the usual spread; it can't tell an error from a real event",
            action=f"Check {who} at its source: correct a recording error, or find the event behind it",
            table=view.id,
            confidence="high" if abs(view.number(rows[0], "robust_z") or 0) >= 6 else "medium",
            caveat=None,
            main=True,
        )
    ]


def _others(told: list[str]) -> list[str]:
    return [f"Next came {listed(told)}"] if told else []


def _place(view: View, row: int, by: list[str], over_time: bool) -> str:
    where = view.ref(row, "label") if over_time or isinstance(view.value(row, "label"), str) else ""
    where = where or f"row {view.ref(row, 'label')}"
    groups = [name for name in by if name != "label"]
    return f"{where} ({view.label(row, groups)})" if groups else where


def _odd(view: View, row: int, by: list[str], over_time: bool) -> str:
    expected = f" where about {view.show(row, 'expected')} was to be expected" if view.has(row, "expected") else ""
    return f"{_place(view, row, by, over_time)}, with {view.show(row, 'value')}{expected}"


def _nothing_unusual(step: Step, view: View) -> Finding:
    subject = step.measure()
    checked = f" among {view.show(0, 'checked')} values" if view.has(0, "checked") else ""
    text = f"Nothing unusual shows in {subject}: no value{checked} lies far from the usual range"
    return Finding(
        title=f"Nothing unusual in {subject}",
        statement=paragraph(text),
        answer=paragraph(text),
        doubt="Smaller deviations than the rule's limit may still matter",
        action=f"No correction of {subject} is needed; repeat the check when new data arrive",
        table=view.id,
        main=True,
    )


def forecast(step: Step) -> list[Finding]:
    """The next value with its interval, the last one, and how the model did on the past."""
    view, summary = step.first, step.parts.get("summary")
    if not view.has(0, "period", "mean"):
        return []
    subject, last = step.measure(), len(view) - 1
    grain = grain_of(view.value(0, "period"))
    told = f"{subject} {'are' if is_plural(subject) else 'is'} expected to be {_expected(view, 0)}"
    end = f"For {view.ref(last, 'period')} the forecast is {_expected(view, last, name=False)}" if last > 0 else ""
    test, good = _backtest(summary)
    used = summary.number(0, "periods_used") if summary else None
    total = (
        f"All forecast {plural(grain)} together come to {summary.show(0, 'total')}"
        if summary is not None and last > 0 and summary.has(0, "total") and "mean" not in step.what
        else ""
    )
    return [
        Finding(
            title=f"Expected {subject} for {view.ref(0, 'period')}",
            statement=paragraph(told, end, total, test),
            answer=paragraph(told, end or total),
            doubt=test or "How well the method did on past data is not known",
            action=(
                f"Plan {subject} on the range rather than on the single figure, and redo the forecast each {grain}"
                if good
                else f"Use the forecast of {subject} as a rough guide only: last season's figures do as well"
            ),
            table=view.id,
            confidence="low" if not good or (used or 0) < 2 * FEW_PERIODS else "medium",
            caveat="A forecast goes on with past patterns; it can't foresee new prices, products or events",
            main=True,
        )
    ]


def _expected(view: View, row: int, *, name: bool = True) -> str:
    when = f" in {view.ref(row, 'period')}" if name else ""
    bounds = next(
        ((low, high) for low, high in (("low_95", "high_95"), ("low_80", "high_80")) if view.has(row, low, high)), None
    )
    between = f", very likely between {view.show(row, bounds[0])} and {view.show(row, bounds[1])}" if bounds else ""
    return f"{view.show(row, 'mean')}{when}{between}"


def _backtest(summary: View | None) -> tuple[str, bool]:
    if summary is None or summary.number(0, "mae") is None or summary.number(0, "naive_mae") is None:
        return "", True
    mae, naive = summary.number(0, "mae") or 0, summary.number(0, "naive_mae") or 0
    errors = f"({summary.show(0, 'mae')} against {summary.show(0, 'naive_mae')} on average)"
    if mae < naive:
        return f"Tried on past data the model erred less than simply repeating earlier values {errors}", True
    return f"Tried on past data the model did no better than simply repeating earlier values {errors}", False
