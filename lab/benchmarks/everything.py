"""All figures that README.md, analysis.md and lab/benchmarks/README.md quote, measured one after the other.

    python main.py bench all [--list] [--only NAME] [--fresh] [--cases FOLDER] [--dabench FOLDER]

Run it on a machine that does nothing else: three hours on two cores, and more with those folders or a Spark. What a step measured is kept when the next
one fails or Ctrl-C is pressed, and the same command goes on with the steps that are missing. Output of each step:
runs/bench/NAME.log.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeAlias

from analyst.core.errors import SettingsError
from analyst.core.interruption import INTERRUPTED
from analyst.core.settings import ROOT
from lab.benchmarks.spark import spark_here

FOLDER = ROOT / "runs" / "bench"
FIGURES = "load_test_results.json"
TABLES = "lab/benchmarks/README.md"
FOLDERS = ("cases", "dabench")
"""Sets of questions that are not in this repository, by the option that names their folder."""
SPARK = "spark"


@dataclass(frozen=True)
class Step:
    """A command of main.py, about how long it takes, and where its figures go; `needs` are those of FOLDERS and SPARK
    without which it is left out."""

    name: str
    arguments: tuple[str, ...]
    minutes: int
    feeds: str
    needs: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """As a person would type it."""
        return f"python main.py {' '.join(self.arguments)}"


def _bench(name: str, minutes: int, *options: str, feeds: str = TABLES, needs: tuple[str, ...] = ()) -> Step:
    return Step(name, ("bench", name, *options), minutes, feeds, needs)


STEPS = (
    Step(
        "load-test",
        ("--load-test", "--requests", "500", "--concurrency", "4", "--simulate", "working-day"),
        15,
        FIGURES,
    ),
    _bench("availability", 20, "--requests", "500", "--concurrency", "6", "--write"),
    Step("throughput", ("load-test", "throughput"), 12, FIGURES),
    _bench("router", 2, "--write"),
    _bench("methods", 5, "--write"),
    Step("experiments", ("load-test", "experiments"), 15, FIGURES),
    _bench("escalation", 6, "--write"),
    Step("memory", ("load-test", "memory", "--requests", "600", "--concurrency", "3"), 10, FIGURES),
    _bench("quality", 4, "--write", feeds=FIGURES),
    _bench("crashes", 6, "--kills", "12", "--write"),
    _bench("askers", 7, "--write"),
    _bench("resident", 8, "--analyses", "200", "--write"),
    _bench("pages", 5, "--write"),
    _bench("cache", 6, "--write"),
    _bench("questions", 6, "--write"),
    _bench("unasked", 6, "--write"),
    _bench("forecasts", 6, "--write"),
    _bench("sources", 8, "--write"),
    _bench("joins", 2, "--write"),
    _bench("cases", 6, "{cases}", "--write", needs=("cases",)),
    _bench(
        "dabench",
        5,
        *("{dabench}", "--model", "embedded-analyst", "--out", "runs/bench/dabench", "--write"),
        needs=("dabench",),
    ),
    _bench("spark-tables", 10, "--write", needs=(SPARK,)),
    _bench("machines", 8, "--write", needs=(SPARK,)),
    _bench("spark-plans", 8, "--cases", "{cases}", "--dabench", "{dabench}", "--write", needs=(SPARK, *FOLDERS)),
    Step("documents", ("documents",), 1, "analysis.md, backend_strategy.md, architecture_diagram.png"),
)
"""Every step in order; the documents are made of all before them."""

Run: TypeAlias = Callable[[Sequence[str], Path], int]
"""Arguments of main.py and the file for its output → the exit code."""


class Done:
    """The steps that were measured, kept in `folder`/done.json."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "done.json"

    def steps(self) -> dict[str, dict[str, str]]:
        """By name: the command, when it was finished, how many seconds it took, and at which revision."""
        if not self._file.exists():
            return {}
        try:
            found: dict[str, dict[str, str]] = json.loads(self._file.read_text(encoding="utf-8"))
        except ValueError:
            raise SettingsError(f"{self._file} is broken.", "Measure everything again: --fresh.") from None
        return found

    def holds(self, step: Step) -> bool:
        """Whether this very command was measured."""
        return self.steps().get(step.name, {}).get("command") == step.command

    def add(self, step: Step, seconds: float, revision: str) -> None:
        """Note that a step was measured."""
        finished = datetime.now(timezone.utc).isoformat(timespec="seconds")
        row = {"command": step.command, "finished": finished, "seconds": f"{seconds:.0f}", "revision": revision}
        known = self.steps() | {step.name: row}
        self.folder.mkdir(parents=True, exist_ok=True)
        partly = self._file.with_suffix(".part")
        partly.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
        partly.replace(self._file)

    def forget(self) -> None:
        """Forget all steps, and what they left in the folder to go on from."""
        shutil.rmtree(self.folder, ignore_errors=True)


def asked(steps: Sequence[Step], only: Sequence[str], present: Mapping[str, object]) -> list[Step]:
    """The steps called `only` (none: all) with their folders filled in, without those that need what is not present.
    SettingsError for a name that there is not, or a step asked for by name that lacks what it needs."""
    known = {step.name: step for step in steps}
    for name in only:
        if name not in known:
            raise SettingsError(f"Unknown step {name!r}.", f"Choose one of: {', '.join(known)}.")
        for lacking in _lacks(known[name], present):
            if lacking == SPARK:
                raise SettingsError(f"The step {name!r} needs Spark.", "Set ENGINE_URL, or run `make spark`.")
            raise SettingsError(f"The step {name!r} needs a folder.", f"Name it with --{lacking} FOLDER.")
    chosen = [step for step in steps if not only or step.name in only]
    return [_filled(step, present) for step in chosen if not _lacks(step, present)]


def _lacks(step: Step, present: Mapping[str, object]) -> list[str]:
    return [name for name in step.needs if present.get(name) is None]


def _filled(step: Step, present: Mapping[str, object]) -> Step:
    given = {name: str(present[name]) for name in step.needs if name in FOLDERS}
    return replace(step, arguments=tuple(part.format(**given) for part in step.arguments))


def measure(
    steps: Sequence[Step], done: Done, run: Run, *, revision: str = "", clock: Callable[[], float] = time.monotonic
) -> int:
    """Run what is not done yet; 1 if a step failed (the others are run all the same), INTERRUPTED after Ctrl-C."""
    failed = []
    for number, step in enumerate(steps, 1):
        head = f"{number}/{len(steps)}  {step.name}"
        if done.holds(step):
            print(f"{head}  done before", flush=True)
            continue
        print(f"{head}  about {step.minutes} min: {step.command}", flush=True)
        began, log = clock(), done.folder / f"{step.name}.log"
        done.folder.mkdir(parents=True, exist_ok=True)
        try:
            code = run(step.arguments, log)
        except KeyboardInterrupt:
            code = INTERRUPTED
        if code == INTERRUPTED:
            print(f"Interrupted in {step.name}. The same command goes on from here.", flush=True)
            return INTERRUPTED
        if code:
            failed.append(step.name)
            print(f"{head}  failed with exit code {code}: see {log}", flush=True)
        else:
            done.add(step, clock() - began, revision)
    if failed:
        print(f"Failed: {', '.join(failed)}. The same command tries them again.", flush=True)
    return int(bool(failed))


def listing(steps: Sequence[Step], done: Done) -> str:
    """Every step: whether it is done, how long it takes, its command, and what its figures feed."""
    known = done.steps()
    lines = []
    for step in steps:
        row = known.get(step.name)
        state = f"done {row['finished'][:16]} in {row['seconds']} s" if row else "to do"
        at = f" at {row['revision']}" if row and row["revision"] else ""
        lines.append(f"{step.name:13}{step.minutes:4} min  {state}{at}\n{'':13}{step.command}  → {step.feeds}")
    return "\n".join([*lines, f"{'all':13}{sum(step.minutes for step in steps):4} min"])


def by_main(arguments: Sequence[str], log: Path) -> int:
    """Run main.py with `arguments`, its output in `log`."""
    with log.open("w", encoding="utf-8") as file:
        command = [sys.executable, str(ROOT / "main.py"), *arguments]
        return subprocess.run(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, check=False).returncode


def _revision() -> str:
    try:
        told = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return told.stdout.strip()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which steps, and the folders of those that need one."""
    parser.add_argument("--list", action="store_true", help="show the steps, and which are done")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this step")
    parser.add_argument("--fresh", action="store_true", help="measure everything again")
    for name in FOLDERS:
        parser.add_argument(f"--{name}", type=Path, metavar="FOLDER", help=f"the folder of `bench {name}`")


def run(given: argparse.Namespace) -> int:
    """Run the steps, or list them; the exit code."""
    done = Done(FOLDER)
    if given.list:
        print(listing(STEPS, done))
        return 0
    if given.fresh:
        done.forget()
    present = {name: getattr(given, name) for name in FOLDERS} | {SPARK: spark_here()}
    return measure(asked(STEPS, given.only, present), done, by_main, revision=_revision())
