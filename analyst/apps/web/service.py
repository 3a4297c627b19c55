"""What the HTTP API serves, and who is asking."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from analyst.core.errors import AccessError, ForbiddenError
from analyst.core.origins import ShownSetting
from analyst.service.access import LOCAL, AccessKeys
from analyst.service.analyses import Analyses
from analyst.service.request_rate import RequestRate
from analyst.service.resident import Resident
from analyst.service.uploads import Uploads


@dataclass(frozen=True)
class Service:
    """The service behind the API. `token` is the one of this machine's owner, `open`: whoever reaches it needs no key.
    `rate` counts requests.

    `resident` is the process' own: it profiles tables and knows the budget. `settings` are its settings as pages show
    them.
    """

    analyses: Analyses
    uploads: Uploads
    keys: AccessKeys
    rate: RequestRate
    token: str
    open: bool
    resident: Resident
    settings: Sequence[ShownSetting]


@dataclass(frozen=True)
class Asker:
    """Who asks. `owner`: the person who runs the service, who alone may name files of this machine; `engineer`: may see
    the platform's figures."""

    name: str
    owner: bool = False
    engineer: bool = False


SESSION = "analyst_session"
"""The cookie in which a browser that signed in holds its key."""
_BEARER = HTTPBearer(auto_error=False, description="A key made by `python main.py keys create NAME`.")


def service_of(request: Request) -> Service:
    """The service that a request is for."""
    service: Service = request.app.state.service
    return service


def asker_of(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)] = None) -> Asker:
    """Who asks, by the request's key. AccessError: it has none and needs one, or one that nobody has. BusyError: too
    many requests."""
    return known_asker(service_of(request), _key_of(request, given), request)


def known_asker(service: Service, key: str | None, request: Request) -> Asker:
    """Who asks with `key`. An asker's requests are counted, and those of an address that come without a good key.

    AccessError, BusyError: as `asker_of`.
    """
    if key is not None and hmac.compare_digest(key.encode(), service.token.encode()):
        return Asker(LOCAL, owner=True, engineer=True)
    try:
        asker = _asker(service, key)
    except AccessError:
        service.rate.take(f"address {request.client.host if request.client else ''}")
        raise
    service.rate.take(asker.name)
    return asker


def check_key(service: Service, key: str | None) -> None:
    """AccessError: who asked with `key`, and is still being answered, may no longer."""
    if key is not None and not hmac.compare_digest(key.encode(), service.token.encode()):
        service.keys.holder_of(key)


def _asker(service: Service, key: str | None) -> Asker:
    if key is not None:
        holder = service.keys.holder_of(key)
        return Asker(holder.asker, engineer=holder.role == "engineer")
    if not service.open:
        raise AccessError("A key is needed.", "Send it as `Authorization: Bearer KEY`.")
    return Asker(LOCAL, engineer=True)


def key_check(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)] = None
) -> Callable[[], None]:
    """What raises AccessError once the request's key holds no more."""
    return partial(check_key, service_of(request), _key_of(request, given))


def _key_of(request: Request, given: HTTPAuthorizationCredentials | None) -> str | None:
    """The key in the request's headers; else that of a browser that signed in, where one is needed."""
    if given is not None:
        return given.credentials
    return None if service_of(request).open else request.cookies.get(SESSION)


TheService = Annotated[Service, Depends(service_of)]
TheAsker = Annotated[Asker, Depends(asker_of)]


def engineer_of(asker: TheAsker) -> Asker:
    """Who asks for the platform's figures. ForbiddenError: their key is for asking."""
    if not asker.engineer:
        raise ForbiddenError(
            "Your key is for asking questions, not for the platform's figures.",
            "Ask whoever runs the service for one made with `--role engineer`.",
        )
    return asker


def watcher_of(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)] = None
) -> Asker | None:
    """Who asks; None: nobody who may. A browser does not tell a page with which status a stream was refused."""
    try:
        return asker_of(request, given)
    except AccessError:
        return None


TheWatcher = Annotated[Asker | None, Depends(watcher_of)]
TheEngineer = Annotated[Asker, Depends(engineer_of)]
