"""`keys create NAME | list | revoke NAME`: who may ask the service over HTTP."""

from __future__ import annotations

import argparse
from datetime import datetime

from analyst.core.settings import load_settings
from analyst.service.access import AccessKeys
from analyst.storage.database import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The three commands."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="create a key for a user and print it; it can't be shown again")
    create.add_argument("name", metavar="NAME")
    commands.add_parser("list", help="list the users who have a key")
    revoke = commands.add_parser("revoke", help="revoke every key of a user, at once")
    revoke.add_argument("name", metavar="NAME")


def run(arguments: argparse.Namespace) -> int:
    """Do what the arguments ask; the exit code."""
    settings = load_settings()
    keys = AccessKeys(Store.named(settings.metrics_export_path, settings.database_url))
    print(*lines(keys, arguments), sep="\n")  # noqa: T201 - a command's output
    return 0


def lines(keys: AccessKeys, arguments: argparse.Namespace) -> list[str]:
    """What the command prints."""
    if arguments.command == "create":
        return [keys.create(arguments.name)]
    if arguments.command == "revoke":
        return [f"Keys revoked: {keys.revoke(arguments.name)}."]
    found = keys.listing()
    told = [f"{asker}  created {datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}" for asker, at in found]
    return told or ["Nobody has a key yet."]
