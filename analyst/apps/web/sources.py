"""Tables at URLs, as users of the service may ask about them."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from analyst.apps.web.service import Asker, Service
from analyst.core.errors import ForbiddenError, SettingsError
from analyst.protocol.places import Url, parse_place
from analyst.protocol.table import TableSource


def check_host(url: Url, service: Service, asker: Asker) -> None:
    """ForbiddenError: the operator does not let users of the service ask about what lies there."""
    settings = service.resident.settings
    if url.is_remote:
        if not asker.owner and not any(_named(url, pattern) for pattern in settings.engine_tables):
            raise ForbiddenError(f"The service does not read {url.shown!r}.", "Ask for ENGINE_TABLES to name it.")
        return
    if not asker.owner and url.host not in settings.source_hosts:
        raise ForbiddenError(
            f"The service does not read tables from {url.host!r}.",
            "Upload the table, or ask for SOURCE_HOSTS to name it.",
        )


def _named(url: Url, pattern: str) -> bool:
    """Whether a pattern of ENGINE_TABLES names a table there; `*` in a JDBC address lets no further option in."""
    if not url.parts.path.startswith("jdbc:"):
        return fnmatchcase(url.parts.path, pattern)
    options, allowed = (re.split("[?&;]", text) for text in (url.text.partition(":")[2], pattern))
    return len(options) == len(allowed) and all(map(fnmatchcase, options, allowed))


def source_at(typed: str, sheet: str | None, service: Service, asker: Asker) -> TableSource:
    """The table at a URL. TableError, SettingsError: it is none, or holds a password. ForbiddenError: see above."""
    place, part = parse_place(typed.strip())
    if not isinstance(place, Url):
        raise SettingsError(f"{typed!r} is no URL.", "Write it with its scheme, such as https://.")
    check_host(place, service, asker)
    return TableSource(place, sheet or part)
