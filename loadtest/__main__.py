"""`python -m loadtest render [--check]`: analysis.md from load_test_results.json. Exit 1 when the two differ."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from contracts.errors import PlatformError
from contracts.settings import ROOT
from loadtest.render import render
from loadtest.results import read


def main(given: list[str] | None = None) -> int:
    """Parse, render or check; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m loadtest", description="Documents made from a load test.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("render", help="write analysis.md from load_test_results.json")
    command.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when analysis.md is not up to date"
    )
    command.add_argument("--results", type=Path, default=ROOT / "load_test_results.json")
    command.add_argument("--out", type=Path, default=ROOT / "analysis.md")
    arguments = parser.parse_args(given)
    try:
        text = render(read(arguments.results), arguments.results.name)
        if arguments.check:
            same = arguments.out.exists() and arguments.out.read_text(encoding="utf-8") == text
            if not same:
                print(f"{arguments.out} is not what {arguments.results} gives.", file=sys.stderr)  # noqa: T201
            return 0 if same else 1
        arguments.out.write_text(text, encoding="utf-8")
    except PlatformError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
