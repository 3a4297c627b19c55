"""`keys create NAME | list | limit NAME | revoke NAME`: who may ask the service over HTTP, and how much."""

from __future__ import annotations

import argparse
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import get_args

from analyst.core.errors import SettingsError
from analyst.core.settings import load_settings
from analyst.service.access import AccessKeys
from analyst.storage.access_keys import KeyHolder, Role
from analyst.storage.asker_limits import OwnLimits
from analyst.storage.database import Store
from analyst.storage.tables import to_micros, to_usd


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The four commands."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="create a key for a user and print it; it can't be shown again")
    create.add_argument("name", metavar="NAME")
    create.add_argument(
        "--role",
        choices=get_args(Role),
        default="analyst",
        help="analyst: asks questions (default); engineer: sees /ops and /metrics, too: what all questions cost",
    )
    commands.add_parser("list", help="list the users who have a key, with their own limits")
    limit = commands.add_parser("limit", help="set a user's own limits; those you leave out are as in the settings")
    limit.add_argument("name", metavar="NAME", help="a user, or `local` for requests from this machine without a key")
    limit.add_argument("--running", type=int, metavar="N", help="analyses at once (default: RUNNING_PER_ASKER)")
    limit.add_argument("--waiting", type=int, metavar="N", help="analyses that wait (default: WAITING_PER_ASKER)")
    limit.add_argument("--daily-usd", metavar="USD", help="spending a day (default: DAILY_USD_PER_ASKER)")
    revoke = commands.add_parser("revoke", help="revoke every key of a user, at once")
    revoke.add_argument("name", metavar="NAME")


def run(arguments: argparse.Namespace) -> int:
    """Do what the arguments ask; the exit code."""
    settings = load_settings()
    keys = AccessKeys(Store.named(settings.metrics_export_path, settings.database_url))
    print(*lines(keys, arguments), sep="\n")  # noqa: T201 - a command's output
    return 0


def lines(keys: AccessKeys, arguments: argparse.Namespace) -> list[str]:
    """What the command prints. SettingsError: a limit that can't be one."""
    if arguments.command == "create":
        return [keys.create(arguments.name, arguments.role)]
    if arguments.command == "revoke":
        return [f"Keys revoked: {keys.revoke(arguments.name)}."]
    if arguments.command == "limit":
        keys.limit(arguments.name, _limits(arguments))
        return [f"{arguments.name}: {_told(keys.limits(arguments.name)) or 'as the settings say'}"]
    return [_line(holder, keys.limits(holder.asker)) for holder in keys.listing()] or ["Nobody has a key yet."]


def _line(holder: KeyHolder, limits: OwnLimits) -> str:
    made, own = datetime.fromtimestamp(holder.created_at).astimezone(), _told(limits)
    return f"{holder.asker}  {holder.role}  created {made:%Y-%m-%d %H:%M}{f'  ({own})' if own else ''}"


def _limits(arguments: argparse.Namespace) -> OwnLimits:
    for name in ("running", "waiting"):
        given = getattr(arguments, name)
        if given is not None and not 0 <= given <= 1_000_000:
            raise SettingsError(f"--{name} {given} can't be a limit.", "Choose 0 or more; 0 refuses every analysis.")
    return OwnLimits(arguments.running, arguments.waiting, _micros(arguments.daily_usd))


def _micros(usd: str | None) -> int | None:
    if usd is None:
        return None
    try:
        given = Decimal(usd)
    except InvalidOperation:
        given = Decimal(-1)
    if not (given.is_finite() and 0 <= given <= 1_000_000):
        raise SettingsError(f"--daily-usd {usd!r} can't be a limit.", "Choose an amount in US dollars, such as 2.50.")
    return to_micros(given)


def _told(limits: OwnLimits) -> str:
    parts = [
        f"{limits.running} at once" if limits.running is not None else "",
        f"{limits.waiting} waiting" if limits.waiting is not None else "",
        f"${to_usd(limits.daily_micros)} a day" if limits.daily_micros is not None else "",
    ]
    return ", ".join(filter(None, parts))
