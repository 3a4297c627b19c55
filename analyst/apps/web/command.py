"""`serve`: the service in one resident process, with its HTTP API."""

from __future__ import annotations

import argparse

from analyst.core.errors import SettingsError
from analyst.core.settings import load_settings

PORT = 8765


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it listens."""
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (default: this machine only)"
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"port to listen on (default: {PORT}; 0: a free one)")
    parser.add_argument(
        "--host-name",
        action="append",
        default=[],
        metavar="NAME",
        help="another name by which requests may reach this machine; repeatable",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it; `arguments.resident` makes the analyses. The exit code."""
    from analyst.apps.web.serving import Place, serve

    if not 0 <= arguments.port <= 65_535:
        raise SettingsError(f"--port {arguments.port} is no port.", "Choose one from 1 to 65535.")
    return serve(arguments.resident(load_settings()), Place(arguments.host, arguments.port, tuple(arguments.host_name)))
