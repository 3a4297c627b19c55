"""Reader of data quality: what is wrong with a table, worst first, in sentences."""

from __future__ import annotations

import re

from analyst.rulebased.findings.brief import Finding
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import WHOLE_TABLE, human, issue_words, plain
from analyst.rulebased.wording import capital, counted, paragraph

ODD_NOT_WRONG = "Checks catch odd values, not wrong values that look right"
_RANK = {"high": 0, "medium": 1, "low": 2}


def quality(topic: Topic) -> list[Finding]:
    """The worst problem first, then the others in order of severity."""
    view = topic.lead.first
    rows = [i for i in range(len(view)) if view.has(i, "issue", "count")]
    if not rows:
        return [_clean(view)]
    rows.sort(key=lambda i: (_RANK.get(str(view.value(i, "severity")), 3), -(view.number(i, "count") or 0)))
    severe = [i for i in rows if view.value(i, "severity") == "high"]
    judged = (
        f"The table has {counted(len(severe), 'serious problem')}" if severe else "The table has only minor problems"
    )
    first, others = problem(view, rows[0]), [problem(view, i) for i in rows[1:5]]
    more = "More are in the table" if len(rows) > 5 else ""
    return [
        Finding(
            title="What else was found" if others else capital(judged),
            headline=judged,
            statement=paragraph(*others, more) or paragraph(first),
            answer=paragraph(f"{judged}. Fix this first: {first}"),
            gist=f"In total, {counted(len(rows), 'kind of problem')} {'was' if len(rows) == 1 else 'were'} found",
            doubt=ODD_NOT_WRONG,
            because="Every row was checked with fixed rules",
            action=f"Fix {spot(view, rows[0])} before using {_where(view, rows[0])} in decisions",
            table=view.id,
            confidence="high",
            main=True,
        )
    ]


def _clean(view: View) -> Finding:
    text = "The checks found no data problems: no missing values, duplicates, or suspicious entries worth mentioning"
    return Finding(
        "The data looks clean",
        paragraph(text),
        view.id,
        headline="The data looks clean",
        answer=paragraph(text),
        because="Every row was checked with fixed rules",
        confidence="high",
        main=True,
        doubt=ODD_NOT_WRONG,
        action="Use the table as it is, and repeat the checks whenever you get new data",
    )


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
    "dates_as_text": "{column} stores dates as text",
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
        return chosen.replace("{column}", column).replace("{count}", shown) + (
            f" ({part})" if part and "{count}" in shape else ""
        )
    told = f"{issue_words(kind) or view.ref(row, 'issue')}{f' in {column}' if column else ''}"
    cases = f"{shown} {'case' if count == 1 else 'cases'}"
    return f"{told} ({', '.join(filter(None, (cases, part)))})" if view.has(row, "count") else told


def spot(view: View, row: int) -> str:
    """ "missing values in age"."""
    column = column_of(view, row)
    kind = str(view.value(row, "issue"))
    return f"{issue_words(kind) or view.ref(row, 'issue')}{f' in {column}' if column else ''}"


def _where(view: View, row: int) -> str:
    return "that column" if column_of(view, row) else "the table"
