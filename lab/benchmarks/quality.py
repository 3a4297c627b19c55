"""What an agent loses with a weaker model: replies accepted, repaired and handed on, and right answers.

    python main.py bench quality [--questions 52] [--seed 7] [--write]

One agent at a time gets a simulated weaker model: the rule-based analyst's replies, a share of them spoiled as models
spoil them (lab/simulator/spoiling.py). A reply that its check refuses goes back once with the errors, then to a better
model, whose replies are spoiled at a fifth of the rate, then to the last resort. Questions, tables and right answers are
those of `bench questions`. `--write` puts the figures into load_test_results.json, from which analysis.md is made.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from random import Random
from typing import Any

from analyst.answers.question import check_question
from analyst.core.errors import AnalysisError
from analyst.core.scratch import scratch
from analyst.core.settings import load_settings
from analyst.execution.pool import WorkerPool
from analyst.protocol.evidence import Evidence
from analyst.rulebased.analyst import reply
from lab.benchmarks.cases_asking import GIVEN, TRIES, Crew, Desk, Writer, prepared_desk
from lab.benchmarks.questions.bank import TRADES, Question, read
from lab.benchmarks.questions.scoring import RIGHT, outcome
from lab.benchmarks.tables import markdown
from lab.loadtest.options import RESULTS
from lab.loadtest.results import add_section
from lab.simulator.chance import Chance
from lab.simulator.content import Ask, Reply, faulty
from lab.simulator.faults import FAULTS
from lab.simulator.scenarios import BAD_ANSWERS, BETTER_ANSWERS

SECTION = "quality"
TASKS = {
    "data_profiler": "review",
    "query_interpreter": "plan",
    "insight_generator": "insights",
    "report_writer": "report",
}
"""The task whose reply each agent writes."""
UNUSABLE = {"a tenth": BETTER_ANSWERS, "half": BAD_ANSWERS}
"""Shares of a weak model's replies that are of no use: such faults a check sees."""
MISREAD = {"a third": {"wrong_plan": 0.33}}
"""Shares of a weak planner's plans that run and answer another question: no check sees those."""


@dataclass(frozen=True)
class Weakness:
    """How the model of one agent is weak; `share` in words."""

    agent: str
    kind: str
    share: str
    faults: Mapping[str, float] = field(hash=False)


WEAKNESSES = (
    *(Weakness(agent, "unusable", share, faults) for agent in TASKS for share, faults in UNUSABLE.items()),
    *(Weakness("query_interpreter", "misread", share, faults) for share, faults in MISREAD.items()),
)


class Spoiler:
    """Writers whose replies are the rule-based analyst's, spoiled by chance; the same seed spoils the same replies."""

    def __init__(self, seed: int) -> None:
        self._chance = Chance(seed)

    def writer(self, name: str, faults: Mapping[str, float]) -> Writer:
        """A model called `name` whose replies meet each of `faults` in such a share of cases."""

        def write(messages: list[dict[str, str]]) -> str:
            ask, said = Ask(name, tuple(messages)), Reply(reply(messages))
            luck = self._chance.luck("simulated", name, messages)
            fault = luck.fault(faults, FAULTS)
            spoiled = faulty(fault, said, ask, luck) if fault else None
            return (spoiled or said).text

        return write


@dataclass
class Tally:
    """What a weakness came to over so many analyses."""

    analyses: int = 0
    right: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    weak_replies: int = 0
    better_replies: int = 0

    def add(self, replies: int, right: bool) -> None:
        """One analysis whose agent wrote `replies` until one was accepted."""
        self.analyses += 1
        self.right += right
        self.taken[_how(replies)] += 1
        self.weak_replies += min(replies, TRIES)
        self.better_replies += min(max(replies - TRIES, 0), TRIES)


def _how(replies: int) -> str:
    if replies == 1:
        return "at_once"
    return "repaired" if replies <= TRIES else "escalated" if replies <= 2 * TRIES else "last_resort"


def chosen(questions: Sequence[Question], count: int, seed: int) -> list[Question]:
    """`count` of the questions, drawn by `seed`, those of one table together."""
    drawn = Random(f"quality-{seed}").sample(list(questions), min(count, len(questions)))
    return sorted(drawn, key=lambda question: question.id)


def measure(questions: Sequence[Question], spoiler: Spoiler) -> tuple[dict[Weakness, Tally], int]:
    """Each weakness' tally over `questions`, and how many of them are answered rightly without one."""
    tallies, plain = {weakness: Tally() for weakness in WEAKNESSES}, 0
    for number, (question, desk) in enumerate(_desks(questions), 1):
        plain += _is_right(question, desk, Crew())
        for weakness, tally in tallies.items():
            task = TASKS[weakness.agent]
            better = spoiler.writer("better", {name: share / 5 for name, share in weakness.faults.items()})
            crew = Crew({task: (spoiler.writer("weak", weakness.faults), better)})
            right = _is_right(question, desk, crew)
            tally.add(crew.taken[task], right)
        print(f"{number}/{len(questions)}  {question.id}", file=sys.stderr, flush=True)
    return tallies, plain


def _desks(questions: Sequence[Question]) -> Iterator[tuple[Question, Desk]]:
    settings = load_settings()
    with (
        scratch("quality") as folder,
        closing(WorkerPool(1, memory_mb=settings.sql_memory_mb)) as workers,
    ):
        paths = {name: TRADES[name].write(folder) for name in {question.trade for question in questions}}
        for question in questions:
            with prepared_desk(paths[question.trade], check_question(question.question), settings, workers) as desk:
                yield question, desk


def _is_right(question: Question, desk: Desk, crew: Crew) -> bool:
    try:
        report = desk.report(crew)
    except AnalysisError:
        return False
    computed = Evidence(tuple(table for table in report.tables if table.id not in GIVEN))
    return outcome(question.expected, computed, report.unanswered) == RIGHT


def section(tallies: Mapping[Weakness, Tally], plain: int, about: Mapping[str, Any]) -> dict[str, Any]:
    """What load_test_results.json holds of it: counts of analyses, of replies asked for, and of right answers."""
    rows = [
        {
            "agent": weakness.agent,
            "kind": weakness.kind,
            "share": weakness.share,
            "analyses": tally.analyses,
            **{how: tally.taken[how] for how in ("at_once", "repaired", "escalated", "last_resort")},
            "weak_replies": tally.weak_replies,
            "better_replies": tally.better_replies,
            "right": tally.right,
        }
        for weakness, tally in tallies.items()
    ]
    return {"rows": rows, "right_without": plain, "about": dict(about)}


def table(measured: Mapping[str, Any]) -> str:
    """The figures for the terminal."""
    columns = ["agent", "kind", "share", "at_once", "repaired", "escalated", "last_resort", "right"]
    rows = [[str(row[name]) for name in columns] for row in measured["rows"]]
    return f"{markdown(columns, rows)}\n\nright without a weak model: {measured['right_without']}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--questions", type=int, default=52, metavar="N", help="how many questions (52)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed draws and spoils the same (7)")
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {RESULTS.name}")
    parser.add_argument("--results", type=Path, default=RESULTS)


def run(given: argparse.Namespace) -> int:
    """Measure, print, and keep the figures if asked to."""
    questions = chosen(read(), given.questions, given.seed)
    tallies, plain = measure(questions, Spoiler(given.seed))
    about = {
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "questions": len(questions),
        "tables": len({question.trade for question in questions}),
        "seed": given.seed,
        "command": f"python main.py bench quality --questions {given.questions} --seed {given.seed} --write",
    }
    measured = section(tallies, plain, about)
    print(table(measured))
    if given.write:
        add_section(given.results, SECTION, measured)
    return 0
