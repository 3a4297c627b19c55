"""Readers of what stands out and of what is wrong: outliers, unusual periods and rows, data problems."""

from __future__ import annotations

import re
from dataclasses import replace

from analyst.core.text import listed, plural
from analyst.rulebased.findings.brief import Step
from analyst.rulebased.findings.finding import TOLD, Finding, tell
from analyst.rulebased.findings.subject import Subject
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import WHOLE_TABLE, human, issue_words, plain
from analyst.rulebased.wording import grain_of

REAL_OR_ERROR = "The rule flags unusual values; it can't tell an error from a real event."
MOST_PROBLEMS = 5
_RANK = {"high": 0, "medium": 1, "low": 2}


def anomalies(topic: Topic) -> list[Finding]:
    """What stands out, by how much, against what was expected."""
    return _standing_out(topic.lead) or [_nothing(topic.lead)]


def outliers(topic: Topic) -> list[Finding]:
    """How many outliers there are, which is furthest out, and what they do to the average."""
    step, view = topic.lead, topic.lead.first
    if not view.has(0, "n_outliers"):
        return []
    subject, count = step.subject(), view.number(0, "n_outliers") or 0
    furthest = next((s for s in topic.supports if s.method == "anomalies"), None)
    inside = ""
    if view.has(0, "lower", "upper"):
        low, high = (subject.value(view.show(0, name)) for name in ("lower", "upper"))
        inside = f": outside {low} to {high}" if count else f": every value lies within {low} to {high}"
    slots = {
        "name": subject.name, "count": view.show(0, "n_outliers"), "inside": inside,
        "outlier": "outlier" if count == 1 else "outliers",
        "values": "value counts as an outlier" if count == 1 else "values count as outliers",
        "furthest": _furthest(furthest), "without": _without(view, subject) if count else "",
    }  # fmt: skip
    found = tell(TOLD["outliers" if count else "no outliers"], slots, view.id)
    return [replace(found, sure="medium" if count else "high", caveat=REAL_OR_ERROR if count else "",
                    holds="yes" if count else "no")]  # fmt: skip


def _without(view: View, subject: Subject) -> str:
    if not view.has(0, "mean_kept"):
        return ""
    them = "it" if view.number(0, "n_outliers") == 1 else "them"
    median = f" and the median {subject.value(view.show(0, 'median_kept'))}" if view.has(0, "median_kept") else ""
    return f"without {them}, the average {subject.name} {subject.be} {subject.value(view.show(0, 'mean_kept'))}{median}"


def _furthest(step: Step | None) -> str:
    """The values that stand out most, from the step beside."""
    rows = _odd_rows(step.first) if step else []
    if step is None or not rows:
        return ""
    by, subject = step.groups("value", "expected", "deviation", "robust_z"), step.subject()
    told = [
        f"{subject.value(step.first.show(i, 'value'))} in {_place(step.first, i, by, over_time=False)}"
        for i in rows[:3]
    ]
    return f"furthest out {'is' if len(told) == 1 else 'are'} {listed(told)}"


def _odd_rows(view: View) -> list[int]:
    return [i for i in range(len(view)) if view.has(i, "label", "value")] if "label" in view.columns else []


def _standing_out(step: Step) -> list[Finding]:
    view, summary = step.first, step.parts.get("summary")
    rows = _odd_rows(view)
    if not rows:
        return []
    by = step.groups("value", "expected", "deviation", "robust_z")
    subject, grain = step.subject(*by), grain_of(view.value(rows[0], "label"))
    over_time = grain != "period"
    told = [_odd(view, i, by, subject, over_time=over_time) for i in rows[:3]]
    found = ""
    if summary is not None and summary.has(0, "found", "checked"):
        stand = "stands out" if summary.number(0, "found") == 1 else "stand out"
        unit = plural(grain) if over_time else "values"
        found = f"{summary.show(0, 'found')} of {summary.show(0, 'checked')} {unit} {stand}"
    slots = {
        "measure": subject.words, "be": subject.be, "scope": step.scope, "first": told[0], "found": found,
        "who": _place(view, rows[0], by, over_time=over_time),
        "next": f"next {'come' if len(told) > 2 else 'comes'} {listed(told[1:])}" if told[1:] else "",
    }  # fmt: skip
    far = abs(view.number(rows[0], "robust_z") or 0) >= 6
    found_ = tell(TOLD["standing out"], slots, view.id)
    return [replace(found_, sure="high" if far else "medium", caveat=REAL_OR_ERROR, holds="yes", size=1.0)]


def _place(view: View, row: int, by: list[str], *, over_time: bool) -> str:
    where = view.ref(row, "label") if over_time or isinstance(view.value(row, "label"), str) else ""
    where = where or f"row {view.ref(row, 'label')}"
    groups = [name for name in by if name != "label"]
    return f"{where} ({view.label(row, groups)})" if groups else where


def _odd(view: View, row: int, by: list[str], subject: Subject, *, over_time: bool) -> str:
    value = subject.value(view.show(row, "value"))
    usual = (
        f" where about {subject.value(view.show(row, 'expected'))} was expected" if view.has(row, "expected") else ""
    )
    return f"{_place(view, row, by, over_time=over_time)}, with {value}{usual}"


def _nothing(step: Step) -> Finding:
    view, subject = step.parts.get("summary") or step.first, step.subject()
    checked = f" among {view.show(0, 'checked')} checked" if view.has(0, "checked") else ""
    slots = {"measure": subject.words, "scope": step.scope, "checked": checked}
    return replace(tell(TOLD["nothing odd"], slots, view.id), sure="medium", holds="no")


def quality(topic: Topic) -> list[Finding]:
    """The worst problem first, then the others in order of severity."""
    view = topic.lead.first
    rows = worst_first(view)
    if not rows:
        return [replace(tell(TOLD["clean"], {}, view.id), holds="no")]
    severe = [i for i in rows if view.value(i, "severity") == "high"]
    serious = "a serious problem" if len(severe) == 1 else "serious problems"
    judged = f"the table has {serious if severe else 'only minor problems'}"
    column = column_of(view, rows[0])
    kind = issue_words(str(view.value(rows[0], "issue"))) or view.ref(rows[0], "issue")
    slots = {
        "judged": judged, "first": problem(view, rows[0]),
        "others": ". ".join(problem(view, i) for i in rows[1:MOST_PROBLEMS]),
        "more": "more are in the table" if len(rows) > MOST_PROBLEMS else "",
        "spot": f"{kind}{f' in {column}' if column else ''}", "where": "that column" if column else "the table",
    }  # fmt: skip
    found = tell(TOLD["quality"], slots, view.id)
    detail = " ".join(part[:1].upper() + part[1:] for part in re.split(r"(?<=\.) ", found.detail))
    return [replace(found, detail=detail, holds="yes")]


def worst_first(view: View) -> list[int]:
    """The rows of a table of issues, by severity and count."""
    rows = [i for i in range(len(view)) if view.has(i, "issue", "count")]
    return sorted(rows, key=lambda i: (_RANK.get(str(view.value(i, "severity")), 3), -(view.number(i, "count") or 0)))


def column_of(view: View, row: int) -> str:
    """The column that an issue is about, in words where they are plain ones; empty for the whole table."""
    value = view.value(row, "column")
    if not view.has(row, "column") or value in WHOLE_TABLE:
        return ""
    return human(str(value)) if plain(str(value)) else view.ref(row, "column")


_SENTENCES = {
    "missing": "{column} is missing in {count} (row|rows)",
    "duplicate_rows": "{count} (row repeats|rows repeat) an earlier one in every column",
    "near_duplicates": "{column} has {count} (spelling that differs|spellings that differ) only in case or spaces",
    "outliers": "{column} has {count} (value|values) far outside the usual range",
    "numbers_as_text": "{column} stores numbers as text",
    "unmatched": "{column} is unknown in {count} (row|rows) without a match",
    "ambiguous_dates": "the day and month in {column} could be swapped",
    "constant": "{column} has the same value in every row",
    "sentinel": "{column} has {count} (value that looks|values that look) like a code for a missing value",
    "leftover": "{column} has {count} (word|words) in place of a missing value",
    "negative": "{column} has {count} isolated negative (value|values)",
    "future": "{column} has {count} (date|dates) in the future",
    "ancient": "{column} has {count} implausibly old (date|dates)",
    "wholes": "{column} has {count} (value that is the sum of others|values that are sums of others)",
    "repeated_amount": "{column} repeats the same amount in several rows of one key",
    "padded": "{column} has {count} (value|values) with stray spaces",
}
"""An issue as a sentence; "(one|several)" is chosen by the count."""
_CHOICE = re.compile(r"\(([^|()]*)\|([^|()]*)\)")


def problem(view: View, row: int, *, share: bool = True) -> str:
    """The issue as a sentence with its count and, where `share` is wanted, its part of all rows."""
    kind, column, count = str(view.value(row, "issue")), column_of(view, row), view.number(row, "count")
    shape = _SENTENCES.get(kind, "")
    shown = view.ref(row, "count") if view.has(row, "count") else "some"
    touched = view.number(row, "percent") if share else None
    part = f"{view.ref(row, 'percent')} of all rows" if touched is not None and touched >= 0.01 else ""
    if shape and (column or "{column}" not in shape):
        chosen = _CHOICE.sub(lambda found: found[1 if count == 1 else 2], shape)
        told = chosen.replace("{column}", column).replace("{count}", shown)
        return f"{told} ({part})" if part and "{count}" in shape else told
    told = f"{issue_words(kind) or view.ref(row, 'issue')}{f' in {column}' if column else ''}"
    cases = f"{shown} {'case' if count == 1 else 'cases'}"
    return f"{told} ({', '.join(filter(None, (cases, part)))})" if view.has(row, "count") else told
