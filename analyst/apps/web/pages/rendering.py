"""How a page is made: its template, its headers, and the files that all pages share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from analyst.apps.web.pages.wording import FILTERS
from analyst.apps.web.problems import problem, status_of
from analyst.core.errors import AccessError, NotFoundError, PlatformError
from analyst.reporting.html import asset

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing of another host, and nothing that stands in the page itself, is run or shown."""
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_REPORT_STYLE = "report.css"
"""The reports' style, which is the pages' too: they add to it."""
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}


def page(name: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """The page made from the template `name`; every value of the template must be given."""
    return HTMLResponse(part(name, **values), status, {"content-security-policy": POLICY})


def part(name: str, **values: object) -> str:
    """The HTML made from the template `name`; every value of the template must be given."""
    text: str = _environment().get_template(f"{name}.html.j2").render(values)
    return text


def redirect(path: str) -> RedirectResponse:
    """To another page, after a form was sent."""
    return RedirectResponse(path, 303)


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals["static"] = lambda name: f"/static/{_version()}/{name}"
    return environment


@cache
def _files() -> Mapping[str, bytes]:
    """The files that pages load, by name."""
    own = {file.name: file.read_bytes() for file in (FOLDER / "static").iterdir() if file.suffix in _TYPES}
    return own | {_REPORT_STYLE: asset(_REPORT_STYLE).encode()}


@cache
def _version() -> str:
    """Changes with any of the files, so that a browser may keep them for good."""
    told = hashlib.sha256()
    for name, content in sorted(_files().items()):
        told.update(f"{name}\0{len(content)}\0".encode() + content)
    return told.hexdigest()[:12]


class PageRoute(APIRoute):
    """A route whose errors are pages: what went wrong and how to go on, or where to sign in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors told in HTML."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except AccessError:
                return sign_in_first(request)
            except PlatformError as error:
                return problem_page(error)

        return told


def sign_in_first(request: Request) -> Response:
    """To the sign-in page, and back after it.

    The session's cookie is not sent with a request that another site's page began, such as a click on a link in a
    chat: the page then asks for itself again, which the browser takes for a request of this site.
    """
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site") and "again" not in request.query_params:
        return page("again", address=str(request.url.include_query_params(again=1).replace(scheme="", netloc="")))
    wanted = request.url.remove_query_params("again")
    target = wanted.path + (f"?{wanted.query}" if wanted.query else "") if request.method == "GET" else "/"
    return redirect(f"/sign-in?next={quote(target, safe='')}")


def tell_missing_pages(app: FastAPI) -> None:
    """Have a browser that asks `app` for an address that it does not have told so in a page."""

    @app.exception_handler(404)
    async def missing(request: Request, error: HTTPException) -> Response:
        path = request.url.path
        if "text/html" not in request.headers.get("accept", "") or path.startswith("/api/"):
            return problem(404, str(error.detail), headers=error.headers)
        return problem_page(NotFoundError(f"There is no page {path!r}.", "Begin at the start page."))


def problem_page(error: PlatformError) -> HTMLResponse:
    """An error of ours as a page."""
    title = "Not found" if isinstance(error, NotFoundError) else "That did not work"
    return page("problem", status=status_of(error), title=title, message=error.message, fix=error.fix)


router = APIRouter(include_in_schema=False)


@router.get("/static/{version}/{name}")
def static(version: str, name: str) -> Response:
    """A file of the pages; its address changes with its content."""
    content = _files().get(name)
    if content is None:
        raise NotFoundError(f"There is no file {name!r}.")
    headers = _FOREVER if version == _version() else {}
    return Response(content, headers=headers, media_type=_TYPES[Path(name).suffix])
