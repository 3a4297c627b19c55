"""The figures of the cases: outcomes by set and kind, code beside person, and what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.benchmarks.cases_scoring import (
    CRASH,
    EYE,
    HINTED,
    NO_TABLE,
    OPEN,
    OUTCOMES,
    POOR,
    RIGHT,
    SILENT,
    Answer,
)
from lab.benchmarks.tables import markdown, write_section

SMALL = 4
"""Kinds with fewer cases are put together."""
VERDICTS: Mapping[str, str] = {
    "right": RIGHT,
    "wrong, and said so": OPEN,
    "hinted only": HINTED,
    "silently wrong": SILENT,
    "crash": CRASH,
    "poor message": POOR,
}
"""A person's verdicts, and the outcome that each one is."""


@dataclass(frozen=True)
class Case:
    """One question on one file: `kind` names what is hard about it, `group` is how its kind begins; `verdict` is how a
    person judged an earlier answer, "" where nobody did."""

    id: str
    set: str
    kind: str
    group: str
    file: str
    question: str
    expected: object
    verdict: str = ""


@dataclass(frozen=True)
class Scored:
    """A case with its answer and its outcome."""

    case: Case
    answer: Answer
    outcome: str

    @property
    def counted(self) -> bool:
        """Whether code could score it."""
        return self.outcome not in (EYE, NO_TABLE)

    @property
    def judged(self) -> bool:
        """Whether both code and a person judged it."""
        return self.counted and self.case.verdict in VERDICTS

    @property
    def agreed(self) -> bool:
        """Whether code and person agree. To say so where that is all that was expected is right to code."""
        person = VERDICTS[self.case.verdict]
        return self.outcome == person or (self.outcome == RIGHT and person == OPEN and self.answer.open)


def table(scored: Sequence[Scored]) -> str:
    """The outcomes by set, and of each set by kind."""
    rows = []
    for name in dict.fromkeys(one.case.set for one in scored):
        of_set = [one for one in scored if one.case.set == name]
        rows.append(_row(f"**{name}**", of_set, shares=True))
        sizes = Counter(one.case.group for one in of_set)
        by_group: dict[str, list[Scored]] = {}
        for one in of_set:
            group = one.case.group if sizes[one.case.group] >= SMALL else "other"
            by_group.setdefault(group, []).append(one)
        if len(by_group) > 1:
            ordered = sorted(by_group, key=lambda group: (group == "other", -len(by_group[group]), group))
            rows += [_row(group, by_group[group], shares=False) for group in ordered]
    return markdown(["kind", "cases", NO_TABLE, EYE, "scored", *OUTCOMES], rows)


def _row(name: str, scored: Sequence[Scored], *, shares: bool) -> list[str]:
    counts = Counter(one.outcome for one in scored)
    counted = sum(one.counted for one in scored)
    told = [f"{counts[o]} ({counts[o] / max(counted, 1):.1%})" if shares else str(counts[o]) for o in OUTCOMES]
    return [name, str(len(scored)), str(counts[NO_TABLE]), str(counts[EYE]), str(counted), *told]


def calibration(scored: Sequence[Scored]) -> str:
    """How often code and person agree, and each verdict's outcomes by code."""
    judged = [one for one in scored if one.judged]
    if not judged:
        return "No person judged these cases."
    rows = []
    for verdict in VERDICTS:
        counts = Counter(one.outcome for one in judged if one.case.verdict == verdict)
        if counts:
            rows.append([verdict, str(counts.total()), *(str(counts[outcome]) for outcome in OUTCOMES)])
    agreed = sum(one.agreed for one in judged)
    told = f"Code and person agree on {agreed} of the {len(judged)} scored cases that a person judged"
    return f"{told} ({agreed / len(judged):.1%}).\n\n{markdown(['a person said', 'cases', *OUTCOMES], rows)}"


def shown(scored: Sequence[Scored]) -> str:
    """Each case that is not right, and each on which code and person disagree."""
    wrong = [one for one in scored if one.outcome not in (RIGHT, NO_TABLE)]
    differing = [one for one in scored if one.judged and not one.agreed]
    parts = ["Not right:", *map(_shown, wrong), "\nCode and person disagree:", *map(_shown, differing)]
    return "\n".join(parts)


def _shown(one: Scored) -> str:
    case, answer = one.case, one.answer
    verdict = f"; a person: {case.verdict}" if case.verdict else ""
    lines = [
        f"\n{case.set} {case.id} [{one.outcome}{verdict}] {case.file} ({case.kind}): {case.question}",
        f"  expected: {str(case.expected)[:300]}",
    ]
    if answer.failure:
        return "\n".join([*lines, f"  error: {answer.failure.message} {answer.failure.fix}"])
    lines += [f"  answer: {answer.text}", f"  unanswered: {answer.unanswered or None}"]
    if answer.main:
        lines.append(f"  {list(answer.main.columns)} {answer.main.row_count} rows: {list(answer.main.rows[:4])}"[:500])
    return "\n".join([*lines, *(f"  note: {hint}" for hint in answer.hints)])


def write(scored: Sequence[Scored]) -> None:
    """Put the tables into the benchmarks' README."""
    about = (
        "`python main.py bench cases FOLDER --write`: loosely worded questions on public tables (*analyst*) and questions "
        "on small files made after public bug reports (*messy*, chosen to break it), answered by the embedded analyst in "
        "one process. *Right*: the expected value stands in the answer or where its main result must hold it. *Open*: the "
        "answer says first what it leaves out. *Hinted*: wrong, and only a note tells of the trouble. *Clear error*: one "
        "that says what to do. Shares are of the scored cases; those that only a person can score are counted *by eye*. A "
        "person judged the messy ones on an earlier state of the code: differences are of both, the code that scores and "
        "what has changed since."
    )
    body = f"{table(scored)}\n\n{calibration(scored)}"
    write_section("cases", "Real questions and messy files: the embedded analyst", about, body)
