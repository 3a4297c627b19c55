"""What a process that stays saves: the next question at the terminal, the next one on a large file, and its memory.

    python main.py bench resident [--rounds 5] [--rows 10000000] [--analyses 500] [--write]

The rule-based analyst answers, so that no model's time is measured. All figures are measured.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from analyst.core.scratch import scratch
from analyst.core.settings import ROOT
from analyst.samples.catalog import SAMPLES
from lab.benchmarks.profiling import write_table
from lab.benchmarks.serving import MB, ServiceProcess, of_gateway, running_service
from lab.benchmarks.tables import markdown, write_section
from lab.loadtest.memory import SETTLED, growth
from tests.gateway_process import running_gateway

COLUMNS = ("region", "product", "category")


def terminal(environment: Mapping[str, str], rounds: int) -> list[list[str]]:
    """Wall and CPU seconds of a question at the terminal, in a process of its own and by the service, in turns."""
    spent: dict[str, list[tuple[float, float]]] = {"--local": [], "": []}
    for number in range(rounds + 1):
        for option, times in spent.items():
            times.append(_asked(environment, f"What is the total revenue by {COLUMNS[number % 3]}?", option))
    alone, served = ([statistics.median(column) for column in zip(*times[1:], strict=True)] for times in spent.values())
    ratio = f"{served[0] / alone[0]:.3f} (1/{alone[0] / served[0]:.1f})"
    return [[f"{alone[0]:.1f}, {alone[1]:.1f}", f"{served[0]:.1f}, {served[1]:.1f}", ratio]]


def _asked(environment: Mapping[str, str], question: str, option: str) -> tuple[float, float]:
    command = [sys.executable, "main.py", str(SAMPLES["sales"].path), question, "--no-cache", "--json"]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [*command, *filter(None, [option])], cwd=ROOT, env=dict(environment), capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{question!r} was not answered: {done.stderr[-500:]}")
    wall_s, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def large_file(service: ServiceProcess, folder: Path, rows: int) -> list[list[str]]:
    """Two questions on a table of so many rows: seconds, what the service read meanwhile (of anything), and whether the
    table was open already."""
    table, found = folder / "large.csv", list[list[str]]()
    write_table(table, rows)
    time.sleep(3)  # a file that was written just now is hashed each time
    size_mb = table.stat().st_size / MB
    with service.client() as client:
        for question in ("What is the total revenue by region?", "Which product has the most revenue?"):
            before = service.read_mb()
            seconds, told = service.answer(client, table, question)
            known = "yes" if any("is open already" in line for line in told) else "no"
            found.append([f"{seconds:.1f}", f"{service.read_mb() - before:,.0f}", known])
    table.unlink()
    return [[f"{rows:,}", f"{size_mb:,.0f}", *(", ".join(pair) for pair in zip(*found, strict=True))]]


def memory(service: ServiceProcess, analyses: int) -> list[list[str]]:
    """The service's memory over so many analyses on three tables."""
    tables, sizes = [sample.path for sample in SAMPLES.values()], list[float]()
    with service.client() as client:
        for number in range(analyses):
            service.answer(client, tables[number % len(tables)], "How many rows are there?")
            sizes.append(service.rss_mb())
    slope = growth(sizes[SETTLED:])
    shown = ", ".join(f"{sizes[at]:.0f}" for at in range(0, analyses, max(analyses // 5, 1)))
    return [[str(analyses), f"{shown}, {sizes[-1]:.0f}", "too few" if slope is None else f"{slope:+.1f}"]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--rounds", type=int, default=5, help="questions at the terminal, each way")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the large file")
    parser.add_argument("--analyses", type=int, default=500, help="analyses over which memory is watched")
    parser.add_argument("--write", action="store_true", help="write the tables into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and write the section of lab/benchmarks/README.md if asked to."""
    with scratch("resident") as folder, running_gateway(folder) as gateway:
        environment = os.environ | of_gateway(gateway)
        with running_service(environment, gateway.settings.state_dir) as service:
            told = (
                markdown(
                    ["alone: wall, CPU s", "by the service: wall, CPU s", "wall, of alone"],
                    terminal(environment, arguments.rounds),
                ),
                markdown(
                    ["rows", "MB", "first, second question s", "MB read meanwhile", "open already"],
                    large_file(service, folder, arguments.rows),
                ),
                markdown(
                    ["analyses", "MB of the service's process on the way", "MB per 100 analyses"],
                    memory(service, arguments.analyses),
                ),
            )
    text = "\n\n".join(told)
    print(text)
    if arguments.write:
        options = f"--rounds {arguments.rounds} --rows {arguments.rows} --analyses {arguments.analyses}"
        write_section(
            "resident",
            "What a process that stays saves",
            f"`python main.py bench resident {options}`; measured, the rule-based analyst answers. A question at the"
            f" terminal (median, after a first one of each kind), two questions on one large file, and memory (its growth"
            f" after {SETTLED} analyses).",
            text,
        )
    return 0
