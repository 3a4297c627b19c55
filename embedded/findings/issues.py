"""Reader of data quality: what is wrong with a table, worst first, in sentences."""

from __future__ import annotations

from embedded.findings.brief import Finding
from embedded.findings.topics import Topic
from embedded.findings.view import View
from embedded.naming import WHOLE_TABLE, human, issue_words, plain
from embedded.wording import capital, counted, listed, paragraph

ODD_NOT_WRONG = "Checks see odd values, not wrong ones that look right"
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
    more = "Further ones are in the table" if len(rows) > 5 else ""
    return [
        Finding(
            title="What else was found" if others else capital(judged),
            headline=judged,
            statement=paragraph(*others, more) or paragraph(first),
            answer=paragraph(f"{judged}. The first thing to mend: {first}"),
            gist=f"In all {counted(len(rows), 'kind of problem').replace('kind of problems', 'kinds of problem')} {'was' if len(rows) == 1 else 'were'} found",
            doubt=ODD_NOT_WRONG,
            because="Every row was checked by rule",
            action=f"Mend {spot(view, rows[0])} before using {_where(view, rows[0])} in decisions",
            table=view.id,
            confidence="high",
            main=True,
        )
    ]


def _clean(view: View) -> Finding:
    text = "The checks found no data problem: no missing values, duplicates or suspicious entries worth naming"
    return Finding(
        "The data look clean",
        paragraph(text),
        view.id,
        headline="The data look clean",
        answer=paragraph(text),
        because="Every row was checked by rule",
        confidence="high",
        main=True,
        doubt=ODD_NOT_WRONG,
        action="Use the table as it is, and repeat the checks on each new delivery",
    )


def column_of(view: View, row: int) -> str:
    """The column that an issue is about, in words where they are plain ones; empty for the whole table."""
    value = view.value(row, "column")
    if not view.has(row, "column") or value in WHOLE_TABLE:
        return ""
    return human(str(value)) if plain(str(value)) else view.ref(row, "column")


_SENTENCES = {
    "missing": ("{column} is missing in {count} row", "{column} is missing in {count} rows"),
    "duplicate_rows": ("{count} row repeats an earlier one in every column", "{count} rows repeat an earlier one in every column"),
    "near_duplicates": ("{column} has {count} spelling that differs only by case or spaces", "{column} has {count} spellings that differ only by case or spaces"),
    "outliers": ("{column} has {count} value far outside the usual range", "{column} has {count} values far outside the usual range"),
    "numbers_as_text": ("{column} holds its numbers as text",) * 2,
    "dates_as_text": ("{column} holds its dates as text",) * 2,
    "ambiguous_dates": ("day and month of {column} could be swapped",) * 2,
    "constant": ("{column} holds the same value everywhere",) * 2,
    "sentinel": ("{column} has {count} value that looks like a code for missing", "{column} has {count} values that look like a code for missing"),
    "leftover": ("{column} has {count} word that stands for a missing value", "{column} has {count} words that stand for missing values"),
    "negative": ("{column} has {count} lone negative value", "{column} has {count} lone negative values"),
    "future": ("{column} has {count} date in the future", "{column} has {count} dates in the future"),
    "ancient": ("{column} has {count} implausibly old date", "{column} has {count} implausibly old dates"),
    "padded": ("{column} has {count} value with stray spaces", "{column} has {count} values with stray spaces"),
}  # fmt: skip
"""An issue as a sentence: for one case, and for several."""


def problem(view: View, row: int) -> str:
    """The issue as a sentence with its count and share."""
    kind, column, count = str(view.value(row, "issue")), column_of(view, row), view.number(row, "count")
    shapes = _SENTENCES.get(kind)
    shown = view.ref(row, "count") if view.has(row, "count") else "some"
    if shapes and (column or "{column}" not in shapes[0]):
        told = shapes[0 if count == 1 else 1].replace("{column}", column).replace("{count}", shown)
        counts = "{count}" in shapes[0]
    else:
        told = f"{issue_words(kind) or view.ref(row, 'issue')}{f' in {column}' if column else ''}"
        told += f" ({shown} {'case' if count == 1 else 'cases'})" if view.has(row, "count") else ""
        counts = True
    share = view.number(row, "percent")
    part = f" ({view.ref(row, 'percent')} of all)" if counts and share is not None and share >= 0.01 else ""
    return f"{told}{part}"


def spot(view: View, row: int) -> str:
    """ "missing values in age"."""
    column = column_of(view, row)
    kind = str(view.value(row, "issue"))
    return f"{issue_words(kind) or view.ref(row, 'issue')}{f' in {column}' if column else ''}"


def _where(view: View, row: int) -> str:
    return "that column" if column_of(view, row) else "the table"
