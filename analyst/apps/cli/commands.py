"""The subcommands of `python main.py`: a line of help each, and the module that holds it, imported when it is used.

Such a module has two functions: `add_arguments(parser)` and `run(arguments)`, which returns the exit code and lets its
errors pass: they are told at the edge, for all commands alike.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast


class CommandModule(Protocol):
    """What the module of a command holds."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, arguments: argparse.Namespace) -> int: ...


@dataclass(frozen=True)
class Command:
    """A command: what it does, as a sentence, and the name of its module."""

    help: str
    module: str

    def load(self) -> CommandModule:
        """Its module, imported now."""
        return cast(CommandModule, import_module(self.module))


COMMANDS: Mapping[str, Command] = {
    "gateway": Command("Start, stop or check the model gateway.", "analyst.llm.gateway.command"),
    "cache": Command("Show how much cached answers saved, or clear them.", "analyst.answers.cache.command"),
    "prices": Command("Show the pinned model prices, or check them against the gateway.", "analyst.budget.command"),
    "engine": Command("Check, start or stop Spark, for tables that stay there.", "analyst.datasets.engine_command"),
    "serve": Command("Answer questions in one resident process, over an HTTP API.", "analyst.apps.web.command"),
    "worker": Command(
        "Answer the service's questions in one more process, here or elsewhere.", "analyst.service.working"
    ),
    "mcp": Command("Answer an assistant's questions over the Model Context Protocol.", "analyst.apps.mcp.command"),
    "alerts": Command("Send the alerts that are due now, or a trial alert.", "analyst.apps.alerts.command"),
    "keys": Command("Create, list or revoke keys of the HTTP API.", "analyst.service.command"),
    "feedback": Command("Export what people said of their answers.", "analyst.apps.cli.feedback"),
    "tables": Command("List the tables of a database, workbook, folder or URL.", "analyst.apps.cli.sources"),
    "samples": Command("Write the sample tables.", "analyst.samples.generate"),
}
"""The product's commands, by name."""


def parser_of(program: str, command: Command) -> argparse.ArgumentParser:
    """The parser of a command that is called as `program`."""
    parser = argparse.ArgumentParser(prog=program, description=command.help)
    command.load().add_arguments(parser)
    return parser


def run_command(program: str, command: Command, given: Sequence[str], **beside: object) -> int:
    """Parse and run a command; its exit code. What stands `beside` joins its arguments."""
    parser = parser_of(program, command)
    parser.set_defaults(**beside)
    return command.load().run(parser.parse_args(given))


def listing(commands: Mapping[str, Command]) -> str:
    """The commands with their help, a line each."""
    width = max(map(len, commands))
    return "\n".join(f"  {name:<{width}}  {command.help}" for name, command in commands.items())
