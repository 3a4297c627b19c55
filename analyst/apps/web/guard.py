"""What is refused before the API sees it: foreign host names, other sites' pages, bodies that are too large.

Plain ASGI: a middleware that reads responses would hold streams back.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analyst.apps.web.problems import problem

MOST_BODY = 64 * 1024
"""Bytes of a JSON request; a table is a stream of its own, with a limit of its own."""
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class Guard:
    """Lets requests pass to `app` that name one of `hosts` (without a port) and come from no other site's page.

    The name is checked against DNS rebinding: a page of another site may not reach a service on loopback by it.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app, self._hosts = app, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on with headers that every answer has."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self._refused(headers, scope["method"], scope["path"])
        if refused is not None:
            await refused(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name.decode().lower() for name, _ in message["headers"]}
                more = [(name.encode(), value.encode()) for name, value in _HEADERS.items() if name not in told]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._app(scope, receive, sent)

    def _refused(self, headers: Headers, method: str, path: str) -> Response | None:
        host = headers.get("host", "")
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        if name.lower() not in self._hosts:
            return problem(421, f"This service does not answer for the host {name[:200]!r}.", fix="Use --host-name.")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not _follows_link(headers, method):
            return problem(403, "Pages of other sites may not use this service.")
        is_table = method == "PUT" and path.startswith("/api/v1/tables/")
        if method in ("POST", "PUT", "PATCH", "DELETE") and not is_table:
            if "transfer-encoding" in headers:
                return problem(411, "The request's body has no Content-Length.")
            length = headers.get("content-length", "")
            if length.isdigit() and int(length) > MOST_BODY:
                return problem(413, f"The request's body is larger than {MOST_BODY:,} bytes.")
        return None


def _follows_link(headers: Headers, method: str) -> bool:
    """Whether a person clicked on a link to a page: that changes nothing, and no other page sees what it says."""
    asked = (method, headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
    return asked == ("GET", "navigate", "document")
