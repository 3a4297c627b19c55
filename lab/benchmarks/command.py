"""`bench [NAME]`: the benchmarks, each a command of its own."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from analyst.apps.cli.commands import Command, listing, run_command

BENCHMARKS: Mapping[str, Command] = {
    "all": Command("All figures that the documents quote, in one go.", "lab.benchmarks.everything"),
    "askers": Command("Many users who ask one service at the same moment.", "lab.benchmarks.askers"),
    "availability": Command("How many analyses complete while providers fail.", "lab.benchmarks.availability"),
    "cache": Command("Wrong hits and missed paraphrases of the answer cache.", "lab.benchmarks.cache"),
    "cases": Command("Loosely worded questions and messy files.", "lab.benchmarks.cases"),
    "crashes": Command("What becomes of analyses whose process is killed.", "lab.benchmarks.crashes"),
    "dabench": Command("The public questions of InfiAgent-DABench.", "lab.benchmarks.dabench"),
    "escalation": Command("What verified escalation costs compared with one model.", "lab.benchmarks.escalation"),
    "forecasts": Command("A backtest of forecast models on real series.", "lab.benchmarks.forecasts"),
    "joins": Command("Sums over several tables, against made truths.", "lab.benchmarks.joins"),
    "local-model": Command("What the checks do with the replies of a tiny local model.", "lab.benchmarks.local_model"),
    "machines": Command("Two machines' processes on one queue and one Spark.", "lab.benchmarks.machines"),
    "methods": Command("Speed of each method in the plan language.", "lab.benchmarks.methods"),
    "pages": Command("What the pages weigh, and how soon a dropped table shows.", "lab.benchmarks.pages"),
    "profiling": Command("Speed of reading and profiling a table.", "lab.benchmarks.profiling"),
    "quality": Command("What each agent loses with a weaker model.", "lab.benchmarks.quality"),
    "questions": Command("Business questions answered by the rule-based analyst.", "lab.benchmarks.questions.command"),
    "reports": Command("Speed of the monitoring commands.", "lab.benchmarks.reports"),
    "reservations": Command("How much of a daily budget can be spent.", "lab.benchmarks.reservations"),
    "resident": Command("What a process that stays saves: time, reading, memory.", "lab.benchmarks.resident"),
    "router": Command("What the router adds to a call.", "lab.benchmarks.router"),
    "sources": Command("Reading a table by where it lies: speed, memory, types.", "lab.benchmarks.sources"),
    "spark-tables": Command("A large table on DuckDB and on Spark: seconds, memory.", "lab.benchmarks.spark_tables"),
    "spark-plans": Command("SQL steps of plans on DuckDB and on Spark.", "lab.benchmarks.spark_plans"),
    "unasked": Command("False alarms and hits of findings that nobody asked for.", "lab.benchmarks.unasked"),
}
"""By name."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which benchmark, and what it is given."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"benchmarks (NAME --help):\n{listing(BENCHMARKS)}"
    parser.add_argument("name", nargs="?", metavar="NAME", choices=BENCHMARKS, help="omit it to list them")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="options of the benchmark")
    parser.set_defaults(program=parser.prog)


def run(arguments: argparse.Namespace) -> int:
    """Run the benchmark, or list them all; the exit code."""
    if arguments.name is None:
        print(listing(BENCHMARKS))
        return 0
    return run_command(f"{arguments.program} {arguments.name}", BENCHMARKS[arguments.name], arguments.options)
