"""Connecting to PostgreSQL: by a URL and the environment, encrypted off this machine, and reading only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from analyst.core.errors import TableError
from analyst.core.hosts import is_loopback
from analyst.protocol.places import Url, options_of

if TYPE_CHECKING:
    import psycopg

_SAFE = ("require", "verify-ca", "verify-full")
"""Values of sslmode under which nothing goes unencrypted."""
_OPTIONS = ("host", "sslmode")
_CONNECT_S, _LOCK_S = 10, 10
_SESSION: Mapping[str, str] = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "cursor_tuple_fraction": "1",
    "lock_timeout": f"{_LOCK_S}s",
}
"""What decides about values and their text, and what all rows of a cursor cost."""


def parameters(url: Url) -> Mapping[str, str | int]:
    """How to connect. TableError: the connection would not be encrypted, or an option is not known."""
    options, parts = options_of(url, _OPTIONS), url.parts
    socket = options.get("host", "")
    if socket and (parts.hostname or not socket.startswith("/")):
        raise TableError(f"The option host={socket} is no folder of a socket.", "Write the host before the database.")
    host = parts.hostname or socket or os.environ.get("PGHOST", "")
    mode = options.get("sslmode") or os.environ.get("PGSSLMODE")
    near = is_loopback(host) and not (host == "" and os.environ.get("PGSERVICE"))
    if not near and mode is not None and mode not in _SAFE:
        raise TableError(
            f"sslmode={mode} would send the table of {url.shown!r} unencrypted.",
            "Use sslmode=require, verify-ca or verify-full.",
        )
    named: dict[str, str | int] = {
        "connect_timeout": _CONNECT_S,
        "application_name": "analyst",
        "host": host,
        "port": parts.port or 0,
        "user": unquote(parts.username or ""),
        "dbname": unquote(parts.path.strip("/")),
        "sslmode": mode or ("" if near else "require"),
    }
    return {name: value for name, value in named.items() if value}


def login(url: Url) -> Mapping[str, str]:
    """How a process without our environment connects: the parameters, with what the environment adds to them."""
    from psycopg import pq

    told = {
        option.keyword.decode(): option.val.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar and option.val and option.envvar.decode() in os.environ
    }
    return told | {name: str(value) for name, value in parameters(url).items()}


def begin(connection: psycopg.Connection[Any], seconds: float) -> None:
    """Begin a transaction that can't write, shows one moment, and whose queries may take `seconds`."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    settings = _SESSION | {"statement_timeout": f"{int(seconds * 1000)}"}
    asked = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    connection.execute(f"SELECT {asked}".encode(), [part for pair in settings.items() for part in pair])
