"""How an answer to a case fared: whether it holds what is expected, and if not, whether it says so.

Strict: a figure counts only where a reader takes it for the answer, in the answer's own sentences or in the main result
(its one row, the fitting group, the first rows of a ranking), never anywhere else. Shares nothing with the product.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from lab.benchmarks.cases_expectations import (
    AllOf,
    AnyOf,
    Clear,
    Clock,
    Expectation,
    Eye,
    Figure,
    Figures,
    Groups,
    Names,
    Other,
    Periods,
    Record,
    Told,
    stems,
)
from lab.benchmarks.cases_values import mentions, names, numbers, same

RIGHT, OPEN, HINTED, SILENT, CRASH = "right", "open", "hinted", "silently wrong", "crash"
CLEAR, POOR, EYE, NO_TABLE = "clear error", "poor message", "by eye", "no table"
OUTCOMES = (RIGHT, OPEN, HINTED, SILENT, CRASH, CLEAR, POOR)
"""What a scored case ends in; besides, a case may need a person's eye, or its table is not there."""

_SUPPORT = frozenset(("records", "n", "all_records", "n_before", "n_after", "p", "rank"))
"""Columns that say how many rows stand behind a figure, and how sure it is."""
_WIDE = 12
"""A row of more columns is a sheet of statistics, in which any figure may stand."""
_BEHIND = re.compile(r"(?:from|of all) [\d,]+ records?|of all [\d,]+ \w+|\(p [<=] [\d.]+\)")
_OPENLY = re.compile(r"can't answer|could not be answered|cannot be answered|left open", re.IGNORECASE)
_DOUBT = re.compile(
    r"rejected|padded|undecodable|formulas|ambiguous|could be swapped|hidden|duplicate header|header short|differ in unit",
    re.IGNORECASE,
)
"""What a note says when the file may have been misread; notes on outliers, repeated rows and sample sizes are none."""
_ROUTINE = re.compile(r"repeats? an earlier one in every column|far outside the usual range")
"""Notes that stand in most reports: whatever words they share with an expectation, they don't tell of it."""
_RANKING = re.compile(r"\b(?:which|who|top|bottom|most|least|highest|lowest|worst|best)\b", re.IGNORECASE)
_CLOCK = re.compile(r"\b\d+:\d{2}\b|\d ?(?:h|min|hours?|minutes?|seconds?)\b")


@dataclass(frozen=True)
class Table:
    """A result: its columns, rows, and how many rows there are in all."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    row_count: int

    @cached_property
    def figures(self) -> list[list[object]]:
        """Each row without the columns that only say what stands behind it."""
        places = [place for place, name in enumerate(self.columns) if name not in _SUPPORT]
        return [[row[place] for place in places] for row in self.rows]


@dataclass(frozen=True)
class Failure:
    """An error: `clear` when it is one that a user can mend, `fix` says how."""

    message: str
    fix: str
    clear: bool


@dataclass(frozen=True)
class Answer:
    """What one analysis says: the answer's text, what it calls unanswered and offers to ask instead, its results (the
    main one first), and every note or caveat."""

    text: str = ""
    unanswered: str = ""
    tables: Sequence[Table] = ()
    hints: Sequence[str] = ()
    failure: Failure | None = None
    suggestions: Sequence[str] = ()

    @property
    def open(self) -> bool:
        """Whether the answer says that it leaves something out."""
        return bool(self.unanswered or _OPENLY.search(self.text))

    @property
    def main(self) -> Table | None:
        """The result that answers, where there is one."""
        return self.tables[0] if self.tables else None

    @cached_property
    def said(self) -> str:
        """The answer's sentences without the counts behind its figures."""
        return _BEHIND.sub(" ", self.text)


def outcome(expected: Expectation, question: str, answer: Answer) -> str:
    """One of OUTCOMES, or EYE where only a person can tell."""
    holds = held(expected, question, answer)
    if answer.failure:
        return _failed(answer.failure, holds)
    if holds is not False:
        return RIGHT if holds else EYE
    if answer.open:
        return OPEN
    hinted = any(_DOUBT.search(hint) for hint in answer.hints) or any(
        _told(told, answer) for told in _tellings(expected)
    )
    return HINTED if hinted else SILENT


def _failed(failure: Failure, holds: bool | None) -> str:
    if not failure.clear:
        return CRASH
    if holds:
        return RIGHT
    return CLEAR if failure.fix else POOR


def held(expected: Expectation, question: str, answer: Answer) -> bool | None:
    """Whether the expectation is met; None where only a person can tell."""
    match expected:
        case AnyOf(parts):
            found = [_instead(part, question, answer) for part in parts]
            return True if True in found else None if None in found else False
        case AllOf(parts):
            found = [held(part, question, answer) for part in parts]
            return False if False in found else None if None in found else True
        case Clear():
            return _clear(expected, answer.failure)
        case _ if answer.failure:
            return False
        case Told():
            return _told(expected, answer)
        case Eye():
            return None
        case Clock():
            return None if _CLOCK.search(answer.said) else False
    return _shown(expected, question, answer)


def _instead(expected: Expectation, question: str, answer: Answer) -> bool | None:
    """One of several ways to be right: what is told in the place of a value must be said with the answer, not in a note."""
    if isinstance(expected, Told):
        return answer.open and (not expected.words or bool(expected.words & stems(answer.unanswered)))
    return held(expected, question, answer)


def _shown(expected: Expectation, question: str, answer: Answer) -> bool | None:
    """Whether figures and names stand where they must."""
    match expected:
        case Figure():
            return _figure(expected, question, answer)
        case Figures(figures):
            found = [_anywhere(figure, answer) for figure in figures]
            return all(found) if all(found) or not any(found) else None
        case Record():
            return any(_in_row(row, expected) for row in _rows(answer)) or _in_text(expected, answer.said)
        case Groups():
            return _groups(expected, question, answer)
        case Names(wanted):
            return _named(wanted, question, answer)
        case Periods(count):
            return answer.main is not None and answer.main.row_count == count
        case Other(name):
            led = answer.main is not None and any(names(cell, name) for cell in answer.main.rows[0])
            return False if led else None
    raise TypeError(f"No way to score {expected!r}.")


def _clear(expected: Clear, failure: Failure | None) -> bool | None:
    """Whether an error says what to do, in the words that are expected; in other words a person must look."""
    if failure is None or not (failure.clear and failure.fix):
        return False
    told = stems(f"{failure.message} {failure.fix}")
    return True if not expected.words or expected.words & told else None


def _told(expected: Told, answer: Answer) -> bool | None:
    """Whether the answer or a note tells it; None where no words say what, and a note tells something."""
    if expected.words:
        told = (answer.unanswered, *(hint for hint in answer.hints if not _ROUTINE.search(hint)))
        return any(expected.words & stems(text) for text in told)
    if answer.open or any(_DOUBT.search(hint) for hint in answer.hints):
        return True
    return None


def _tellings(expected: Expectation) -> Iterator[Told]:
    """Everything that would have to be told, by its words."""
    if isinstance(expected, Told) and expected.words:
        yield expected
    for part in expected.parts if isinstance(expected, (AnyOf, AllOf)) else ():
        yield from _tellings(part)


def _rows(answer: Answer) -> list[list[object]]:
    """The rows of the main result in which a figure counts as the answer: its first."""
    return answer.main.figures[:1] if answer.main and len(answer.main.columns) <= _WIDE else []


def _figure(expected: Figure, question: str, answer: Answer) -> bool:
    """In the first row of the main result, as the sum of its groups, or in the answer's text."""
    if any(same(cell, expected) for row in _rows(answer) for cell in row):
        return True
    if any(same(total, expected) for total in _sums(answer.main)):
        return True
    return expected.value not in numbers(question) and mentions(answer.said, expected)


def _sums(table: Table | None) -> Iterator[float]:
    """The sums of a whole result's columns, where it has several rows: a total told by its groups."""
    if table is None or len(table.rows) < 2 or len(table.rows) < table.row_count:
        return
    for column in zip(*table.figures, strict=True):
        cells = [cell for cell in column if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
        if len(cells) == len(column):
            yield sum(cells)


def _anywhere(figure: Figure, answer: Answer) -> bool:
    """In the main result or in the answer's text."""
    rows = answer.main.figures if answer.main and len(answer.main.columns) <= _WIDE else []
    return any(same(cell, figure) or names(cell, f"{figure.value:g}") for row in rows for cell in row) or mentions(
        answer.said, figure
    )


def _in_row(row: Sequence[object], wanted: Record) -> bool:
    return all(any(names(cell, name) for cell in row) for name in wanted.names) and all(
        any(same(cell, figure) for cell in row) for figure in wanted.figures
    )


def _in_text(wanted: Record, text: str) -> bool:
    words = text.split()
    spans = [" ".join(words[n : n + size]).strip(",.:;()") for size in (1, 2, 3) for n in range(len(words))]
    return all(any(names(span, name) for span in spans) for name in wanted.names) and all(
        mentions(text, figure) for figure in wanted.figures
    )


def _groups(expected: Groups, question: str, answer: Answer) -> bool:
    """Each group with its figure in a row of the main result, and no other groups; in a ranking others may follow.

    Groups of several keys may also be answered by their total.
    """
    if answer.main:
        count, ranking = len(expected.rows), bool(_RANKING.search(question))
        rows = answer.main.figures[:count] if ranking else answer.main.figures
        others = sum(bool(row) and row[0] is not None for row in rows) - count
        if others <= 0 and all(_group(keys, figures, rows) for keys, figures in expected.rows.items()):
            return True
    if len(next(iter(expected.rows))) > 1:
        total = sum(figures[0].value for figures in expected.rows.values())
        return _figure(Figure(total, whole=True), question, answer)
    return False


def _group(keys: Iterable[str], figures: Sequence[Figure], rows: Sequence[Sequence[object]]) -> bool:
    return any(
        all(any(names(cell, key) for cell in row) for key in keys)
        and any(same(cell, figure) for cell in row for figure in figures)
        for row in rows
    )


def _named(wanted: Sequence[str], question: str, answer: Answer) -> bool:
    """The first rows of the main result name these, each once; no others unless a ranking is asked for."""
    if answer.main is None:
        return False
    rows = answer.main.rows[: len(wanted)]
    each = all(any(names(cell, name) for row in rows for cell in row) for name in wanted)
    return each and (answer.main.row_count == len(wanted) or bool(_RANKING.search(question)))
