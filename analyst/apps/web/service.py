"""What the HTTP API serves, and who is asking."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from analyst.core.errors import AccessError
from analyst.service.access import LOCAL, AccessKeys
from analyst.service.analyses import Analyses
from analyst.service.resident import Resident
from analyst.service.uploads import Uploads


@dataclass(frozen=True)
class Service:
    """The service behind the API. `token` is the one of this machine's owner, `open`: whoever reaches it needs no key.

    `resident` is the process' own: it profiles tables and knows the budget.
    """

    analyses: Analyses
    uploads: Uploads
    keys: AccessKeys
    token: str
    open: bool
    resident: Resident


@dataclass(frozen=True)
class Asker:
    """Who asks. `owner`: the person who runs the service, who alone may name files of this machine."""

    name: str
    owner: bool = False


SESSION = "analyst_session"
"""The cookie in which a browser that signed in holds its key."""
_BEARER = HTTPBearer(auto_error=False, description="A key made by `python main.py keys create NAME`.")


def service_of(request: Request) -> Service:
    """The service that a request is for."""
    service: Service = request.app.state.service
    return service


def asker_of(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)] = None) -> Asker:
    """Who asks, by the request's key. AccessError: it has none and needs one, or one that nobody has."""
    service = service_of(request)
    if given is None:
        return _browser(request, service)
    if hmac.compare_digest(given.credentials.encode(), service.token.encode()):
        return Asker(LOCAL, owner=True)
    return Asker(service.keys.asker_of(given.credentials))


def _browser(request: Request, service: Service) -> Asker:
    """Who asks without a key in the request's headers: a browser that signed in, or anybody where none is needed."""
    if service.open:
        return Asker(LOCAL)
    if key := request.cookies.get(SESSION):
        return Asker(service.keys.asker_of(key))
    raise AccessError("A key is needed.", "Send it as `Authorization: Bearer KEY`.")


TheService = Annotated[Service, Depends(service_of)]
TheAsker = Annotated[Asker, Depends(asker_of)]
