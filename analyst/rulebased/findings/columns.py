"""Readers of results about single columns: describe, normality_test, impute."""

from __future__ import annotations

from analyst.rulebased.findings.brief import Finding, Level, Step
from analyst.rulebased.findings.subject import Subject, of_column
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import asks_low, capital, paragraph
from analyst.rulebased.wording import significant as is_significant

SKEWED = 1.0
"""From this skewness on a mean misleads and the median is named beside it."""
MANY_MISSING = 0.05
FEW_VALUES = 30


def describe(topic: Topic) -> list[Finding]:
    """Centre, spread and shape of each column (or of a column in each group)."""
    step, view = topic.lead, topic.lead.first
    by = [c for c in step.groups("variable", "n") if c != "variable"]
    rows = [i for i in range(len(view)) if view.has(i, "mean") or view.has(i, "mode")]
    if not rows:
        return []
    if by:
        return _groups(step, view, by)
    asked = [i for i in rows if _of(step, view, i).name.lower() in step.question.lower()]
    ordered = [*asked, *(i for i in rows if i not in asked)]
    outlying = topic.support("outliers")
    found = [_described(step, view, i, main=place == 0) for place, i in enumerate(ordered[:3])]
    return [*found, *(_outlying(outlying) if outlying else [])]


def _of(step: Step, view: View, row: int) -> Subject:
    return of_column(str(view.value(row, "variable") or "value"), step.question, step.source)


def _described(step: Step, view: View, row: int, *, main: bool) -> Finding:
    subject = _of(step, view, row)
    name, skew = subject.name, view.number(row, "skew_sample") or 0
    if not view.has(row, "mean"):
        told = f"The most common {name} is {view.ref(row, 'mode')}"
        return Finding(f"The usual {name}", paragraph(told), view.id, headline=told, answer=paragraph(told),
                       because=_over(view, row), confidence="high", main=main, size=0.4)  # fmt: skip
    mean, median = (subject.value(view.show(row, field)) for field in ("mean", "median"))
    told = f"The average {name} {subject.be} {mean}" + (f", the median {median}" if view.has(row, "median") else "")
    told += "".join(f", the {word} {view.short(row, field)}" for word, field in _moments(step, view, row))
    gaps = (view.number(row, "missing_pct") or 0) >= MANY_MISSING
    caveat = (
        f"{capital(name)} is missing in {view.ref(row, 'missing')} rows" if gaps and view.has(row, "missing") else None
    )
    return Finding(
        title=f"How {name} is distributed",
        headline=f"The average {name} {subject.be} {mean}",
        statement=paragraph(spread(view, row, subject), _shape(skew))
        if main
        else paragraph(told, spread(view, row, subject)),
        answer=paragraph(told, spread(view, row, subject) if not main else ""),
        gist=_shape(skew) or told if not main else _shape(skew),
        doubt=_scatter(view, row, subject),
        because=_over(view, row),
        action=f"Report the median along with the average of {name}: a few extreme values skew the average"
        if abs(skew) >= SKEWED and main
        else "",
        table=view.id,
        confidence=_level(view, row, gaps),
        caveat=caveat,
        main=main,
        size=0.6 if main else 0.4,
    )


def _moments(step: Step, view: View, row: int) -> list[tuple[str, str]]:
    """Skewness and kurtosis, where the question asks for them by name."""
    fields = (("skewness", "skew_sample"), ("kurtosis", "kurt_sample"))
    return [(word, field) for word, field in fields if word[:4] in step.question.lower() and view.has(row, field)]


def _level(view: View, row: int, gaps: bool) -> Level:
    return "low" if (view.number(row, "n") or 0) < FEW_VALUES else "medium" if gaps else "high"


def _over(view: View, row: int) -> str:
    return f"Computed from {view.show(row, 'n')} values" if view.has(row, "n") else ""


def spread(view: View, row: int, subject: Subject) -> str:
    """ "Half of the values lie between … and …, and all lie between … and …"; ends that are the same are told once."""
    told = [
        f"{lead} lie between {subject.span(view.show(row, low), view.show(row, high))}"
        if view.number(row, low) != view.number(row, high)
        else f"{lead} are {subject.value(view.show(row, low))}"
        for lead, low, high in (("half of the values", "q1", "q3"), ("all", "min", "max"))
        if view.has(row, low, high)
    ]
    same = view.has(row, "min", "max") and view.number(row, "min") == view.number(row, "max")
    return told[-1].replace("all", "all values", 1) if same else ", and ".join(told)


def _shape(skew: float) -> str:
    if abs(skew) < SKEWED:
        return ""
    return f"A few very {'high' if skew > 0 else 'low'} values pull the average {'up' if skew > 0 else 'down'}"


def _scatter(view: View, row: int, subject: Subject) -> str:
    if not view.has(row, "std_sample") or not view.number(row, "std_sample"):
        return ""
    return f"Individual values vary widely around it (standard deviation {subject.value(view.show(row, 'std_sample'))})"


def _outlying(step: Step) -> list[Finding]:
    view = step.first
    count = view.number(0, "n_outliers")
    if not count:
        return []
    subject = step.subject()
    values = "value stands out" if count == 1 else "values stand out"
    told = f"{view.show(0, 'n_outliers')} {values} by the usual rule"
    them, mean = "it" if count == 1 else "them", subject.value(view.show(0, "mean_kept"))
    usual = f"the average {subject.name} {subject.be} {mean}"
    without, alone = f"Without {them} {usual}", f"Without its outlier{'' if count == 1 else 's'} {usual}"
    return [
        Finding(
            title=f"Outliers in {subject.name}",
            statement=paragraph(told, without if view.has(0, "mean_kept") else ""),
            gist=alone if view.has(0, "mean_kept") else "",
            because="Flagged by a rule, not checked at the source",
            action=f"Check the outliers in {subject.name} at their source before you remove any",
            table=view.id,
            confidence="medium",
            size=0.4,
        )
    ]


def _groups(step: Step, view: View, by: list[str]) -> list[Finding]:
    found: list[Finding] = []
    for name in list(dict.fromkeys(view.value(i, "variable") for i in range(len(view))))[:2]:
        order = [i for i in view.order("mean") if view.value(i, "variable") == name]
        if not order:
            continue
        if asks_low(step.question):
            order.reverse()
        found.append(_grouped(step, view, by, order, main=not found))
    return found


def _grouped(step: Step, view: View, by: list[str], order: list[int], *, main: bool) -> Finding:
    subject, top, last = _of(step, view, order[0]), order[0], order[-1]
    first_end, last_end = ("lowest", "highest") if asks_low(step.question) else ("highest", "lowest")
    named = step.named(by[0])
    mean = subject.value(view.show(top, "mean"))
    told = f"The average {subject.name} {subject.be} {first_end} {view.among(top, by, named)} ({mean})"
    if last != top:
        told += f" and {last_end} {view.among(last, by, named)} ({subject.value(view.show(last, 'mean'))})"
    few = [i for i in order if 0 < (view.number(i, "n") or 99) < FEW_VALUES]
    medians = (
        f"The medians are {subject.value(view.show(top, 'median'))} and {subject.value(view.show(last, 'median'))}"
    )
    return Finding(
        title=f"{capital(subject.name)} by {named}",
        headline=f"Average {subject.name} is {first_end} {view.among(top, by, named)}",
        statement=paragraph(medians if view.has(top, "median") and view.has(last, "median") else told),
        answer=paragraph(told),
        because="Whether the gap is more than chance was not tested" if not few else "",
        action=f"Compare {view.label(top, by)} with {view.label(last, by)} before acting: what else differs?",
        table=view.id,
        confidence="low" if few else "medium",
        caveat="Groups with a single row are left out of this comparison"
        if view.hidden("mean")
        else "Some groups have few rows, so their averages are uncertain"
        if few
        else None,
        main=main,
    )


def normality(topic: Topic) -> list[Finding]:
    """Whether each column could come from a normal distribution; its description beside it."""
    step, view = topic.lead, topic.lead.first
    described = topic.support("describe")
    found: list[Finding] = []
    for i in [i for i in range(len(view)) if view.number(i, "p") is not None][:3]:
        name = _of(step, view, i).name
        against = is_significant(view.number(i, "p"))
        text = (
            f"{capital(name)} does not follow a normal distribution ({view.p(i)})"
            if against
            else f"There is no evidence against a normal distribution of {name} ({view.p(i)})"
        )
        found.append(
            Finding(
                title=f"{capital(name)} is {'not normally distributed' if against else 'compatible with normal'}",
                headline=f"{capital(name)} {'is not' if against else 'may be'} normally distributed",
                statement=paragraph(text),
                answer=paragraph(text),
                doubt="With many rows, the test also rejects small, harmless deviations"
                if against
                else "A test that finds no deviation does not prove normality",
                because=_over(view, i),
                action=f"Use the median and rank tests for {name}"
                if against
                else f"You can use averages and t tests for {name}",
                table=view.id,
                confidence="medium",
                main=not found,
            )
        )
    if described and len(described.first) and described.first.has(0, "mean"):
        found.append(_described(described, described.first, 0, main=False))
    return found


def impute(topic: Topic) -> list[Finding]:
    """How many gaps were filled."""
    step, view = topic.lead, topic.lead.first
    if not view.has(0, "n_filled"):
        return []
    name = step.named(step.source[0]) if step.source else "the column"
    text = f"{view.ref(0, 'n_filled')} missing values of {name} were filled with estimates"
    return [
        Finding(
            f"Gaps in {name} filled",
            paragraph(text),
            view.id,
            headline=f"Gaps in {name} filled",
            answer=paragraph(text),
            because="Filled values are estimates: they make the data look more certain than they are",
            confidence="medium",
            action=f"Keep filled and recorded values of {name} separate in later analysis",
        )
    ]
