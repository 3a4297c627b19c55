"""Readers of results about single columns: describe, quality, outliers, normality_test, impute."""

from __future__ import annotations

from embedded.findings.brief import Finding, Step, name_of
from embedded.findings.view import View
from embedded.wording import WHOLE_TABLE, asks_low, capital, issue_words, listed, paragraph, plural
from embedded.wording import significant as is_significant

SKEWED = 1.0
"""From this skewness on a mean misleads and the median is named first."""
MANY_MISSING = 0.05


def describe(step: Step) -> list[Finding]:
    """Centre, spread and shape of each column (or of a column in each group)."""
    view = step.first
    by = [c for c in step.groups("variable", "n") if c != "variable"]
    rows = [i for i in range(len(view)) if view.has(i, "mean") or view.has(i, "mode")]
    if not rows:
        return []
    if by:
        return _described_groups(step, view, by)
    asked = [i for i in rows if _variable(step, view, i).lower() in step.question.lower()]
    ordered = [*asked, *(i for i in rows if i not in asked)]
    return [_described(step, view, i, main=place == 0) for place, i in enumerate(ordered[:3])]


def _variable(step: Step, view: View, row: int) -> str:
    return name_of(str(view.value(row, "variable") or "value"), step.question, step.source)


def _described(step: Step, view: View, row: int, *, main: bool) -> Finding:
    name = _variable(step, view, row)
    skew = view.number(row, "skew_sample") or 0
    if not view.has(row, "mean"):
        told = f"The most common {name} is {view.ref(row, 'mode')}"
        shape = ""
    else:
        median = f" and the median {view.show(row, 'median')}" if view.has(row, "median") else ""
        told = f"The average {name} is {view.show(row, 'mean')}{median}"
        shape = _shape(view, row, skew)
    gaps = (view.number(row, "missing_pct") or 0) >= MANY_MISSING
    over = f"based on {view.show(row, 'n')} values" if view.has(row, "n") else ""
    return Finding(
        title=f"Typical {name}",
        statement=paragraph(f"{told}, {over}" if over else told, _range(view, row), shape),
        answer=paragraph(f"{told}, {over}" if over else told),
        doubt=_error(view, row),
        action=(
            f"Quote the median rather than the average of {name}: a few extreme values pull the average"
            if abs(skew) >= SKEWED
            else f"Use the typical range of {name} as the yardstick for single cases"
        ),
        table=view.id,
        confidence="low" if (view.number(row, "n") or 0) < 30 else "medium" if gaps else "high",
        caveat=f"{capital(name)} is missing in {view.ref(row, 'missing')} rows"
        if gaps and view.has(row, "missing")
        else None,
        main=main,
    )


def _range(view: View, row: int) -> str:
    middle = (
        f"half of the values lie between {view.show(row, 'q1')} and {view.show(row, 'q3')}"
        if view.has(row, "q1", "q3")
        else ""
    )
    ends = (
        f"the full range is {view.show(row, 'min')} to {view.show(row, 'max')}" if view.has(row, "min", "max") else ""
    )
    return "; ".join(filter(None, (middle, ends)))


def _shape(view: View, row: int, skew: float) -> str:
    if abs(skew) < SKEWED:
        return ""
    return f"The distribution has a long tail towards {'high' if skew > 0 else 'low'} values"


def _error(view: View, row: int) -> str:
    return (
        f"Single values scatter widely: the standard deviation is {view.show(row, 'std_sample')}"
        if view.has(row, "std_sample") and (view.number(row, "std_sample") or 0) > 0
        else ""
    )


def _described_groups(step: Step, view: View, by: list[str]) -> list[Finding]:
    found: list[Finding] = []
    for name in list(dict.fromkeys(view.value(i, "variable") for i in range(len(view))))[:2]:
        order = [i for i in view.order("mean") if view.value(i, "variable") == name]
        if not order:
            continue
        if asks_low(step.question):
            order.reverse()
        words, top, last = name_of(str(name or "value"), step.question, step.source), order[0], order[-1]
        ends = ("lowest", "highest") if asks_low(step.question) else ("highest", "lowest")
        told = f"The {ends[0]} average {words} is that of {view.label(top, by)} ({view.show(top, 'mean')})"
        if last != top:
            told += f", the {ends[1]} that of {view.label(last, by)} ({view.show(last, 'mean')})"
        few = [i for i in order if 0 < (view.number(i, "n") or 99) < 30]
        found.append(
            Finding(
                title=f"{capital(words)} by {step.named(by[0])}",
                statement=paragraph(told),
                answer=paragraph(told),
                doubt="Whether the gap is more than chance was not tested here",
                action=f"Compare {view.label(top, by)} with {view.label(last, by)} before acting: what else differs?",
                table=view.id,
                confidence="low" if few else "medium",
                caveat="Groups of a single row are left out of this comparison"
                if view.hidden("mean")
                else "Some groups have few rows, so their averages are uncertain"
                if few
                else None,
                main=not found,
            )
        )
    return found


def quality(step: Step) -> list[Finding]:
    """The worst data problems, most severe first."""
    view = step.first
    rows = [i for i in range(len(view)) if view.has(i, "issue", "count")]
    if not rows:
        text = "The checks found no data problem: no missing values, duplicates or suspicious entries worth naming"
        return [
            Finding(
                "The data look clean",
                paragraph(text),
                view.id,
                answer=paragraph(text),
                confidence="high",
                main=True,
                doubt="Checks see odd values, not wrong ones that look right",
                action="Use the table as it is, and repeat the checks on each new delivery",
            )
        ]
    rank = {"high": 0, "medium": 1, "low": 2}
    rows.sort(key=lambda i: (rank.get(str(view.value(i, "severity")), 3), -(view.number(i, "count") or 0)))
    told = [_problem(view, i) for i in rows[:4]]
    worst = [i for i in rows if view.value(i, "severity") == "high"]
    judged = "None of the problems is severe" if not worst else ""
    return [
        Finding(
            title="The most serious data problem" if worst else "Only minor data problems",
            statement=paragraph(
                f"The first thing to mend is {told[0]}", judged, f"Also found: {listed(told[1:])}" if told[1:] else ""
            ),
            answer=paragraph(
                f"The first thing to mend is {told[0]}", f"Also found: {listed(told[1:])}" if told[1:] else ""
            ),
            doubt="Checks see odd values, not wrong ones that look right",
            action=f"Mend {_spot(view, rows[0])} before using {_where(view, rows[0])} in decisions",
            table=view.id,
            confidence="high",
            main=True,
        )
    ]


def _problem(view: View, row: int) -> str:
    percent = f", {view.ref(row, 'percent', '1%')}" if view.number(row, "percent") is not None else ""
    return f"{_spot(view, row)} ({view.ref(row, 'count')} cases{percent})"


def _spot(view: View, row: int) -> str:
    where = f" in {view.ref(row, 'column')}" if _has_column(view, row) else ""
    return f"{issue_words(str(view.value(row, 'issue'))) or view.ref(row, 'issue')}{where}"


def _where(view: View, row: int) -> str:
    return "that column" if _has_column(view, row) else "the table"


def _has_column(view: View, row: int) -> bool:
    return view.has(row, "column") and view.value(row, "column") not in WHOLE_TABLE


def outliers(step: Step) -> list[Finding]:
    """How many outliers there are and what they do to the mean."""
    view = step.first
    if not view.has(0, "n_outliers"):
        return []
    found, name = view.number(0, "n_outliers") or 0, step.named(step.source[0]) if step.source else "the column"
    fences = (
        f", that is outside {view.show(0, 'lower')} to {view.show(0, 'upper')}" if view.has(0, "lower", "upper") else ""
    )
    if not found:
        told = (
            f"{capital(name)} has no outliers: every value lies within {view.show(0, 'lower')} to "
            f"{view.show(0, 'upper')}"
            if view.has(0, "lower", "upper")
            else f"{capital(name)} has no outliers"
        )
    else:
        values = "value counts as an outlier" if found == 1 else "values count as outliers"
        told = f"{view.show(0, 'n_outliers')} {name} {values}{fences}"
    without = (
        f"Without {'it' if found == 1 else 'them'} the average {name} is {view.show(0, 'mean_kept')}"
        + (f" and the median {view.show(0, 'median_kept')}" if view.has(0, "median_kept") else "")
        if found and view.has(0, "mean_kept")
        else ""
    )
    return [
        Finding(
            title=f"Outliers in {name}" if found else f"No outliers in {name}",
            statement=paragraph(told, without),
            answer=paragraph(told, without),
            doubt="The rule is a convention: an outlier may be a genuine extreme case",
            action=(
                f"Check the outlying {plural(name)} at their source before leaving any out"
                if found
                else f"No {name} needs to be set aside"
            ),
            table=view.id,
            confidence="high",
            main=True,
        )
    ]


def normality(step: Step) -> list[Finding]:
    """Whether each column could come from a normal distribution."""
    view = step.first
    found: list[Finding] = []
    for i in [i for i in range(len(view)) if view.number(i, "p") is not None][:3]:
        name = _variable(step, view, i)
        against = is_significant(view.number(i, "p"))
        over = f", {view.show(i, 'n')} values" if view.has(i, "n") else ""
        text = (
            f"{capital(name)} does not follow a normal distribution ({view.p(i)}{over})"
            if against
            else f"Nothing speaks against a normal distribution of {name} ({view.p(i)}{over})"
        )
        found.append(
            Finding(
                title=f"{capital(name)} is {'not normally distributed' if against else 'compatible with normal'}",
                statement=paragraph(text),
                answer=paragraph(text),
                doubt="With many rows such a test rejects small, harmless deviations too"
                if against
                else "A test that does not reject is no proof of normality",
                action=f"Use the median and rank tests for {name}"
                if against
                else f"Averages and t tests are fine for {name}",
                table=view.id,
                confidence="medium",
                main=not found,
            )
        )
    return found


def impute(step: Step) -> list[Finding]:
    """How many gaps were filled."""
    view = step.first
    if not view.has(0, "n_filled"):
        return []
    name = step.named(step.source[0]) if step.source else "the column"
    text = f"{view.ref(0, 'n_filled')} missing values of {name} were filled with estimates"
    return [
        Finding(
            f"Gaps in {name} filled",
            paragraph(text),
            view.id,
            answer=paragraph(text),
            confidence="medium",
            action=f"Keep filled and recorded values of {name} apart in later work",
            caveat="Filled values are estimates: they make the data look more certain than they are",
        )
    ]
