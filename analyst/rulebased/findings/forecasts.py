"""Reader of forecasts: what is expected, within what range, and how the method did on the past."""

from __future__ import annotations

from analyst.core.text import plural
from analyst.rulebased.findings.brief import Finding
from analyst.rulebased.findings.subject import Subject
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.trends import FEW_PERIODS, direction
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import grain_of, in_period, paragraph

NO_FORESIGHT = "A forecast continues past patterns; it can't foresee new prices, products, or events"


def forecast(topic: Topic) -> list[Finding]:
    """The next value with its range, the last one, and how the model did on the past."""
    step, view, summary = topic.lead, topic.lead.first, topic.lead.parts.get("summary")
    if not view.has(0, "period", "mean"):
        return []
    subject, last = step.subject(), len(view) - 1
    grain = grain_of(view.value(0, "period"))
    told = f"{subject.start}{step.scope} {subject.be} expected to be {_expected(view, 0, subject, grain)}"
    end = f"For {view.ref(last, 'period')} it is {_expected(view, last, subject)}" if last > 0 else ""
    test, good = _backtest(summary, subject)
    used = summary.number(0, "periods_used") if summary else None
    total = ""
    if summary is not None and last > 0 and summary.has(0, "total") and subject.agg == "":
        total = f"All forecast {plural(grain)} together add up to {subject.value(summary.show(0, 'total'))}"
    support = topic.support("trend")
    behind = direction(support) if support else ""
    first = view.ref(0, "period")
    return [
        Finding(
            title="How well the method did on past data",
            headline=f"Expected {subject.words} {in_period(first, grain)}: {subject.value(view.show(0, 'mean'))}",
            statement=paragraph(test, total) or paragraph(told),
            answer=paragraph(told, end),
            gist=behind,
            doubt=test or "How well the method did on past data is not known",
            because=f"It learned from {summary.show(0, 'periods_used')} {plural(grain)}" if summary and used else "",
            action=(
                f"Plan {subject.name} with the range, not the single figure, and rerun the forecast every {grain}"
                if good
                else f"Use the forecast of {subject.name} only as a rough guide, and rerun it every {grain}"
            ),
            table=view.id,
            confidence="low" if not good or (used or 0) < 2 * FEW_PERIODS else "medium",
            caveat=NO_FORESIGHT,
            main=True,
            size=1.0,
        )
    ]


def _expected(view: View, row: int, subject: Subject, grain: str = "") -> str:
    when = f" {in_period(view.ref(row, 'period'), grain)}" if grain else ""
    bounds = next(
        ((low, high) for low, high in (("low_95", "high_95"), ("low_80", "high_80")) if view.has(row, low, high)), None
    )
    span = subject.span(view.show(row, bounds[0]), view.show(row, bounds[1])) if bounds else ""
    between = f" (very likely between {span})" if bounds else ""
    return f"{subject.value(view.show(row, 'mean'))}{when}{between}"


def _backtest(summary: View | None, subject: Subject) -> tuple[str, bool]:
    if summary is None or summary.number(0, "mae") is None or summary.number(0, "naive_mae") is None:
        return "", True
    mae, naive = summary.number(0, "mae") or 0, summary.number(0, "naive_mae") or 0
    own, simple = (subject.value(summary.show(0, name)) for name in ("mae", "naive_mae"))
    if mae < naive:
        return (
            f"Tested on past data, it was off by {own} on average, while repeating earlier values was off by {simple}",
            True,
        )
    if summary.value(0, "model") == "seasonal naive" or mae == naive:
        return (
            f"It repeats the values of the previous season, since no model did better, and was off by {own} on average",
            False,
        )
    return (
        f"Tested on past data, it was off by {own} on average, no better than repeating earlier values ({simple})",
        False,
    )
