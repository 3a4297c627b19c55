"""How the server that holds remote tables is reached: its address, and what it must be given to read a database."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from analyst.core.errors import SettingsError
from analyst.core.hosts import is_loopback
from analyst.core.settings import Settings
from analyst.engine.remote.local_spark import start
from analyst.engine.remote.postgres_connecting import login
from analyst.protocol.places import Url

LOCAL = "spark://local"
"""The address that stands for a Spark of this machine's own."""
_PORT = 15002
_REACHING_S = 10.0


@dataclass(frozen=True)
class Access:
    """`url` is ENGINE_URL, which may hold a token, or a database's own; `timeout_s` ends a query.

    `login` is what the database is told: by Spark, which reads it, or by us.
    """

    url: str = field(repr=False)
    timeout_s: float
    login: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def to(cls, place: Url, settings: Settings) -> Access:
        """How the server of a remote table is reached. SettingsError: ENGINE_URL is not set."""
        if place.is_database:
            return cls(place.text, settings.source_timeout_s, login(place))
        return cls.of(settings)

    @classmethod
    def of(cls, settings: Settings) -> Access:
        """What the settings say; Spark is started where it is to run here. SettingsError: ENGINE_URL is not set."""
        if settings.engine_url is None:
            raise SettingsError(
                "ENGINE_URL is not set, so there is no server for tables that start with spark:.",
                f"Set it to the address of Spark Connect, such as sc://host:{_PORT}, or to {LOCAL}.",
            )
        password = settings.jdbc_password
        given = {"user": settings.jdbc_user, "password": password.get_secret_value() if password else None}
        told = {name: value for name, value in given.items() if value}
        url = settings.engine_url.get_secret_value()
        if url == LOCAL:
            url = start(settings.state_dir, settings.sql_memory_mb).url
        return cls(url, settings.engine_timeout_s, told)

    @property
    def shown(self) -> str:
        """The address without what follows the host."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    def require_reached(self) -> None:
        """SettingsError: nothing listens there, or what is sent would not be encrypted."""
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or _PORT
        options = dict(part.partition("=")[::2] for part in parts.path.strip("/").split(";") if part)
        if not is_loopback(host) and options.get("use_ssl", "").lower() != "true":
            raise SettingsError(
                f"ENGINE_URL={self.shown} would send the table unencrypted.",
                "Add /;use_ssl=true to it: only a server on this machine may go without.",
            )
        try:
            socket.create_connection((host, port), timeout=_REACHING_S).close()
        except OSError as error:
            raise SettingsError(
                f"Nothing answers at ENGINE_URL={self.shown}: {error.strerror or error}.",
                "Check the address, and that Spark Connect is running there.",
            ) from error
