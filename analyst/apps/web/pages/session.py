"""/sign-in and /sign-out: for a service that needs keys.

The session's cookie holds the key itself, out of reach of scripts and of other sites' pages: it ends the moment the key
is revoked, on every machine, and outlives a restart, without a second kind of secret in the store.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from analyst.apps.web.pages.forms import TheForm
from analyst.apps.web.pages.rendering import PageRoute, page, redirect
from analyst.apps.web.service import SESSION, TheService
from analyst.core.errors import AccessError

router = APIRouter(include_in_schema=False, route_class=PageRoute)
SESSION_S = 12 * 3600
"""How long a browser stays signed in."""


def local_path(wanted: str) -> str:
    """`wanted` if it is a path of this site, else the start page: a link must not lead to another site."""
    return wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable() else "/"


@router.get("/sign-in")
def sign_in_page(service: TheService, next: str = "/") -> Response:
    """Where a key is entered."""
    if service.open:
        return redirect(local_path(next))
    return page("sign_in", next=local_path(next), problem="")


@router.post("/sign-in")
def sign_in(request: Request, form: TheForm, service: TheService) -> Response:
    """Begin a session with a key, or say that it is not known."""
    key, wanted = form.get("key", "").strip(), local_path(form.get("next", "/"))
    try:
        service.keys.holder_of(key)
    except AccessError as error:
        return page("sign_in", status=401, next=wanted, problem=error.message)
    response = redirect(wanted)
    secure = request.url.scheme == "https"
    response.set_cookie(SESSION, key, max_age=SESSION_S, httponly=True, samesite="strict", secure=secure)
    return response


@router.post("/sign-out")
def sign_out() -> Response:
    """End the session in this browser."""
    response = redirect("/sign-in")
    response.delete_cookie(SESSION, httponly=True, samesite="strict")
    return response
