"""`python -m strategy [--check]`: backend_strategy.md and architecture_diagram.png. Exit 1: out of date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analyst.core.errors import PlatformError
from analyst.core.settings import ROOT
from lab.loadtest.results import read


def main(given: list[str] | None = None) -> int:
    """Write both, or check the text; the exit code."""
    from lab.documents.diagram import diagram_png
    from lab.documents.document import strategy_text

    parser = argparse.ArgumentParser(prog="python -m strategy", description="The documents on backends, made anew.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when backend_strategy.md is old")
    parser.add_argument("--results", type=Path, default=ROOT / "load_test_results.json")
    parser.add_argument("--out", type=Path, default=ROOT, help="the folder to write to")
    arguments = parser.parse_args(given)
    try:
        results = read(arguments.results)
        text, target = strategy_text(results, arguments.results.name), arguments.out / "backend_strategy.md"
        if arguments.check:
            return 0 if target.exists() and target.read_text(encoding="utf-8") == text else 1
        target.write_text(text, encoding="utf-8")
        (arguments.out / "architecture_diagram.png").write_bytes(diagram_png(results))
    except PlatformError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
