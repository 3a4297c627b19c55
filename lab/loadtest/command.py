"""`load-test`: the load test itself, what else is measured beside it, and the document made from its results.

    load-test                   many analyses at a time, into load_test_results.json
    load-test experiments       optimizations switched off and on          (a load test of 60 requests a side)
    load-test throughput        rising concurrency against the ideal       (a short load test a rung)
    load-test memory            a thousand analyses in one process         (the longest of them)
    load-test render [--check]  analysis.md from load_test_results.json (exit 1 with --check when the two differ)

The three in the middle put a section into load_test_results.json and leave all else in it as it is.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from analyst.core.interruption import INTERRUPTED
from analyst.core.settings import ROOT
from lab.documents.analysis.document import analysis_text
from lab.loadtest.experiments import EXPERIMENTS, experiment, load_tests
from lab.loadtest.ladder import RUNGS, climb
from lab.loadtest.memory import memory
from lab.loadtest.options import RESULTS, Options, add_options, options_of
from lab.loadtest.results import add_section, read
from lab.loadtest.running import WORKER, run_load_test
from lab.loadtest.summary import show_summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the load test, and the commands beside it."""
    add_options(parser)
    parser.add_argument("--consensus", action="store_true", help="have several models plan every analysis")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON on stdout")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"the file to write (default: {RESULTS.name})")
    parser.set_defaults(work=_test)
    commands = parser.add_subparsers(title="more commands", metavar="COMMAND")
    command = commands.add_parser("render", help="write analysis.md from load_test_results.json")
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 if analysis.md is out of date")
    command.add_argument("--out", type=Path, default=ROOT / "analysis.md")
    command.set_defaults(work=_render)
    command = commands.add_parser("experiments", help="measure each optimization turned off and on")
    command.add_argument("--only", action="append", default=[], metavar="NAME", help=f"one of {', '.join(EXPERIMENTS)}")
    _add_options(command, requests=60, scenario="working-day", speed=1.0, concurrency=4)
    command.set_defaults(work=_experiments)
    command = commands.add_parser("throughput", help="measure throughput at rising concurrency against the ideal")
    command.add_argument("--rungs", type=int, nargs="+", default=list(RUNGS), metavar="N", help="analyses at a time")
    _add_options(command, requests=None, scenario="calm", speed=1.0, concurrency=None)
    command.set_defaults(work=_throughput)
    command = commands.add_parser("memory", help="measure the memory of one process over many analyses")
    _add_options(command, requests=1000, scenario="calm", speed=50.0, concurrency=4)
    command.set_defaults(work=_memory)
    for command in commands.choices.values():
        command.add_argument("--results", type=Path, default=RESULTS)


def _add_options(
    command: argparse.ArgumentParser, *, requests: int | None, scenario: str, speed: float, concurrency: int | None
) -> None:
    if requests is not None:
        command.add_argument("--requests", type=int, default=requests, metavar="N", help=f"analyses ({requests})")
    if concurrency is not None:
        command.add_argument("--concurrency", type=int, default=concurrency, metavar="N", help=f"({concurrency})")
    command.add_argument("--simulate", default=scenario, metavar="SCENARIO", help=f"simulated providers ({scenario})")
    command.add_argument(
        "--speed", type=float, default=speed, metavar="X", help=f"simulated time X times as fast ({speed:g})"
    )
    command.add_argument("--seed", type=int, default=7, help="the same seed draws the same requests (7)")


def _options(given: argparse.Namespace) -> Options:
    """The options of a load test with two workers."""
    asked = Options(scenario=given.simulate, speed=given.speed, seed=given.seed)
    told = {name: getattr(given, name) for name in ("requests", "concurrency") if hasattr(given, name)}
    return replace(asked, **told).checked()


def _test(given: argparse.Namespace, console: Console) -> int:
    options = options_of(given)
    content = run_load_test(options, WORKER, console)
    if given.json:
        print(json.dumps(content["summary"], indent=2))  # noqa: T201
    else:
        show_summary(Console(), content, options.out)
    return INTERRUPTED if content["interrupted"] else 0


def _render(given: argparse.Namespace, console: Console) -> int:
    text = analysis_text(read(given.results), given.results.name)
    if not given.check:
        given.out.write_text(text, encoding="utf-8")
        return 0
    same = given.out.exists() and given.out.read_text(encoding="utf-8") == text
    if not same:
        console.print(f"{given.out} is out of date: it does not match {given.results}.", highlight=False)
    return 0 if same else 1


def _experiments(given: argparse.Namespace, console: Console) -> int:
    done: Mapping[str, Any] = read(given.results).get("experiments", {})
    for section in experiment(_options(given), given.only, load_tests(WORKER, console), done):
        add_section(given.results, "experiments", section)
    return 0


def _throughput(given: argparse.Namespace, console: Console) -> int:
    read(given.results)
    section: Mapping[str, Any] = {}
    for section in climb(_options(given), load_tests(WORKER, console), given.rungs):
        console.print(section["rows"][-1], highlight=False)
    add_section(given.results, "throughput", section)
    return 0


def _memory(given: argparse.Namespace, console: Console) -> int:
    read(given.results)
    options = replace(_options(given), processes=1)
    content = load_tests(WORKER, console, partly=True)(options)
    section = memory(content, options)
    console.print(section, highlight=False)
    add_section(given.results, "memory", section)
    return INTERRUPTED if content["interrupted"] else 0


def run(arguments: argparse.Namespace) -> int:
    """Do what the arguments ask; the exit code. A command that is interrupted leaves in the file what it measured."""
    work: Callable[[argparse.Namespace, Console], int] = arguments.work
    return work(arguments, Console(stderr=True))


def load_test(arguments: argparse.Namespace) -> int:
    """Run a load test and show its summary; the exit code."""
    return _test(arguments, Console(stderr=True))
