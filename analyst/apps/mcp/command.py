"""`mcp`: the service's tools for an assistant such as Claude Desktop or VS Code, which starts this process itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from analyst.core.errors import SettingsError
from analyst.core.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which tables the assistant may ask about."""
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="folder with the tables; the assistant can't reach files outside (default: the current folder)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Speak to the assistant until it closes stdin; `arguments.resident` makes the analyses. The exit code."""
    from analyst.apps.mcp.speaking import speak

    if not arguments.folder.is_dir():
        raise SettingsError(f"--folder {str(arguments.folder)!r} is no folder.", "Name the folder with your tables.")
    speak(arguments.resident(load_settings()), arguments.folder.resolve())
    return 0
