"""Real questions and messy files, answered by the embedded analyst and held against what a person expects.

    python main.py bench cases FOLDER [--set analyst|messy] [--kind TEXT] [--show] [--write]

FOLDER holds analyst.jsonl with its tables in tables/, and messy.jsonl with its files in messy/; a line has id, file,
question, expected, and where known kind and verdict (how a person judged an earlier answer). A file `samples/…` is one
of the bundled samples. What no code can score is counted apart, by eye.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from analyst.core.errors import SettingsError
from analyst.core.settings import ROOT, load_settings
from analyst.execution.pool import WorkerPool
from lab.benchmarks.cases_asking import ask
from lab.benchmarks.cases_expectations import expectation
from lab.benchmarks.cases_report import Case, Scored, calibration, shown, table, write
from lab.benchmarks.cases_scoring import NO_TABLE, Answer, outcome

SETS = {"analyst": "tables", "messy": "messy"}
"""Each set of questions, and the folder of its files."""


def read_cases(folder: Path, name: str) -> list[Case]:
    """The cases of the set `name` in `folder`. SettingsError when it has not the shape described above."""
    try:
        lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        return [_case(name, json.loads(line)) for line in lines if line.strip()]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise SettingsError(
            f"{str(folder)!r} is no folder of cases: {error!r}.",
            "It needs analyst.jsonl and messy.jsonl (id, file, question, expected, kind, verdict), tables/ and messy/.",
        ) from None


def _case(name: str, row: dict[str, object]) -> Case:
    kind = str(row.get("kind") or "")
    return Case(
        id=str(row["id"]),
        set=name,
        kind=kind,
        group=group_of(kind),
        file=str(row["file"]),
        question=str(row["question"]),
        expected=row["expected"],
        verdict=str(row.get("verdict") or ""),
    )


def group_of(kind: str) -> str:
    """How a kind begins: the project that reported it, or its first word; "variant" for one like another case (C11i)."""
    if re.match(r"[A-Z]\d", kind):
        return "variant"
    found = re.match(r"[A-Za-z_-]+", kind)
    return found[0].casefold() if found else ""


def place(folder: Path, case: Case) -> Path:
    """Where the case's file is: with its set, or with the other one, or among the bundled samples."""
    if case.file.startswith("samples/"):
        return ROOT / "analyst" / case.file
    places = [folder / there / case.file for there in (SETS[case.set], *SETS.values())]
    return next((path for path in places if path.exists()), places[0])


def answer_all(cases: Sequence[Case], folder: Path) -> list[Scored]:
    """Every case asked and scored, in order; one whose file is not there is not asked."""
    settings = load_settings()
    workers = WorkerPool(1, memory_mb=settings.sql_memory_mb)
    scored = []
    try:
        for number, case in enumerate(cases, 1):
            path = place(folder, case)
            if path.exists():
                answer = ask(path, case.question, settings, workers)
                scored.append(Scored(case, answer, outcome(expectation(case.expected), case.question, answer)))
            else:
                scored.append(Scored(case, Answer(), NO_TABLE))
            print(f"{number}/{len(cases)}  {case.set} {case.id}  {scored[-1].outcome}", file=sys.stderr, flush=True)
    finally:
        workers.close()
    return scored


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which cases, and what to show."""
    parser.add_argument("folder", type=Path, help="analyst.jsonl, messy.jsonl, tables/ and messy/")
    parser.add_argument("--set", choices=SETS, help="by default both")
    parser.add_argument("--kind", metavar="TEXT", help="only cases whose kind holds TEXT")
    parser.add_argument(
        "--show", action="store_true", help="list what is not right, and where a person judged otherwise"
    )
    parser.add_argument("--write", action="store_true", help="write the tables into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Ask, score, print; the exit code."""
    if arguments.write and (arguments.set or arguments.kind):
        raise SettingsError("Only a run over all cases is written.", "Leave out --set and --kind.")
    chosen = [arguments.set] if arguments.set else list(SETS)
    cases = [case for name in chosen for case in read_cases(arguments.folder, name)]
    cases = [case for case in cases if (arguments.kind or "").casefold() in case.kind.casefold()]
    if not cases:
        raise SettingsError(f"No case has a kind with {arguments.kind!r}.", "See the kinds in messy.jsonl.")
    scored = answer_all(cases, arguments.folder)
    print(table(scored), calibration(scored), sep="\n\n")
    if arguments.show:
        print(shown(scored))
    if arguments.write:
        write(scored)
    return 0
