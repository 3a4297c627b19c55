"""The embedded analyst on business questions: `python main.py bench questions [--half work|measure] [--show] [--write]`.

Prints, a half, how many questions were answered rightly (or rightly said to be unanswerable), wrongly with a caveat, and
wrongly without one. `--show` lists each question of the work half that went wrong; of the half that measures, only the
figures are ever shown, so that nobody improves on it by reading.
`--full` asks through the whole of main.py instead (seconds a question) and counts the answers whose text tells it.
`--write` puts the outcomes of both halves into lab/benchmarks/README.md, with fewer columns on the tables' cards beside.
"""

from __future__ import annotations

import argparse
import statistics
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack

from analyst.core.scratch import scratch
from analyst.datasets.card import MOST_COLUMNS
from lab.benchmarks.questions import bank
from lab.benchmarks.questions.asking import Answer, Desk
from lab.benchmarks.questions.bank import HALVES, TRADES, Question, read
from lab.benchmarks.questions.scoring import OUTCOMES, RIGHT, outcome
from lab.benchmarks.questions.whole import WholeDesk, tells
from lab.benchmarks.tables import markdown, write_section

WRITTEN_COLUMNS = (MOST_COLUMNS, 8, 6, 4)
"""Columns of a card for which outcomes are written: as by default, and shorter."""


def answered(
    questions: Sequence[Question], *, full: bool = False, columns: int = MOST_COLUMNS
) -> list[tuple[Question, Answer, str]]:
    """Every question with its answer and its outcome; a trade's table is opened once, its card tells of `columns`
    (`full`: whole analyses)."""
    found = []
    with ExitStack() as stack:
        folder = stack.enter_context(scratch("questions"))
        for name in dict.fromkeys(question.trade for question in questions):
            place = folder / name
            place.mkdir()
            with WholeDesk(TRADES[name], place) if full else Desk(TRADES[name], place, columns) as desk:
                for question in (q for q in questions if q.trade == name):
                    answer = desk.ask(question.question)
                    found.append((question, answer, outcome(question.expected, answer.evidence, answer.unanswered)))
    return found


def report(half: str, found: Sequence[tuple[Question, Answer, str]]) -> None:
    """Print the figures of one half."""
    counts = Counter(result for _, _, result in found)
    none = [result for question, _, result in found if question.expected["kind"] == "none"]
    print(f"{half}: {len(found)} questions over {len({q.trade for q, _, _ in found})} tables")
    for result in OUTCOMES:
        print(f"  {result:26} {counts[result]:4}  {counts[result] / len(found):6.1%}")
    print(f"  of these not answerable    {len(none):4}, {none.count(RIGHT)} said to be so")
    needless = [
        q
        for q, a, result in found
        if result == RIGHT and a.unanswered and q.expected["kind"] not in ("none", "partial")
    ]
    failed = [q for q, a, _ in found if a.error]
    slow = [answer.planning_s for _, answer, _ in found]
    print(f"  right, with a needless caveat {len(needless)}; plans refused or failed {len(failed)}")
    told = [tells(q.expected, a.text) for q, a, result in found if a.text is not None and result == RIGHT]
    if told:
        print(f"  of the right ones the answer's text tells it in {sum(told)} of {len(told)}")
    what = "an analysis" if told else "a plan"
    print(f"  {what} takes {statistics.median(slow) * 1000:.1f} ms (median), {max(slow) * 1000:.1f} ms (longest)")


def write_outcomes(questions: Sequence[Question]) -> None:
    """Put the outcomes of `questions` by half and by columns of a card into the benchmarks' README."""
    rows = []
    for columns in WRITTEN_COLUMNS:
        found = answered(questions, columns=columns)
        for half in HALVES:
            counts = Counter(result for question, _, result in found if question.half == half)
            shares = [f"{100 * counts[result] / sum(counts.values()):.1f}%" for result in OUTCOMES]
            rows.append([str(columns), half, str(sum(counts.values())), *shares])
    tables = len({question.trade for question in questions})
    about = (
        "`python main.py bench questions --write`: the rule-based analyst's plans, run and compared with pandas, on "
        f"{tables} tables. The authors of the rules could see the half called *work*, and by now have "
        "seen the answers of the other one too. A wrong answer with a caveat says in the report which part of the "
        "question was not carried out. Columns are the number of columns described to models (CARD_COLUMNS, 40 by default): fewer make "
        "prompts shorter and cost right answers."
    )
    write_section(
        "questions",
        "Business questions: the rule-based analyst, and shorter cards",
        about,
        markdown(["columns", "half", "questions", *OUTCOMES], rows),
    )


def show(found: Sequence[tuple[Question, Answer, str]], *, every: bool) -> None:
    """Print the questions of the work half that went wrong (or every one), with reading, plan and results."""
    for question, answer, result in found:
        if question.half != "work" or (result == RIGHT and not every):
            continue
        print(f"\n{question.id} [{result}] {question.question}")
        print(f"  reading: {answer.reading}\n  unanswered: {answer.unanswered}\n  error: {answer.error}")
        for step in answer.steps:
            print(f"  {step}")
        for table in answer.evidence.tables:
            if table.audience == "answer":
                print(f"  {table.id} {table.columns} {table.row_count} rows: {table.rows[:4]}")
        print(f"  expected: {str(question.expected)[:300]}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--half", choices=HALVES, help="default: both")
    parser.add_argument("--trade", choices=sorted(TRADES), help="only this table")
    parser.add_argument("--show", action="store_true", help="list the wrong answers of the work half")
    parser.add_argument("--every", action="store_true", help="list every question of the work half")
    parser.add_argument("--full", action="store_true", help="ask the same way main.py does, through the gateway")
    parser.add_argument("--columns", type=int, default=MOST_COLUMNS, help="columns described to models (40)")
    parser.add_argument("--write", action="store_true", help="write the outcomes into lab/benchmarks/README.md")
    parser.add_argument("--bank", action="store_true", help="write questions.jsonl from the seeded tables, and exit")


def run(arguments: argparse.Namespace) -> int:
    """Ask and print; the exit code."""
    if arguments.bank:
        bank.write()
        return 0
    if arguments.write:
        write_outcomes(read())
        return 0
    for half in [arguments.half] if arguments.half else HALVES:
        wanted = [q for q in read() if q.half == half and arguments.trade in (None, q.trade)]
        found = answered(wanted, full=arguments.full, columns=arguments.columns)
        report(half, found)
        if arguments.show or arguments.every:
            show(found, every=arguments.every)
    return 0
