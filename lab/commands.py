"""The lab's subcommands of `python main.py`."""

from __future__ import annotations

from collections.abc import Mapping

from analyst.apps.cli.commands import Command

COMMANDS: Mapping[str, Command] = {
    "simulate": Command("Run simulated model providers.", "lab.simulator.command"),
    "load-test": Command("Run many analyses at once and measure them.", "lab.loadtest.command"),
    "documents": Command("Generate the documents, or check that they are up to date.", "lab.documents.command"),
    "bench": Command("Run a benchmark, or list them.", "lab.benchmarks.command"),
}
"""By name."""
