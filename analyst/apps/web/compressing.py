"""Answers compressed on their way out, for whoever takes gzip: pages, scripts, styles, JSON, reports.

Event streams go out as they are: compressed, an event would wait for the ones after it.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST_BYTES, LEVEL = 1000, 6
"""Smaller answers fit into a packet anyway; the level of most servers, at a third of the highest one's time."""


class Compressing:
    """Compresses what `app` answers. What is compressed differs in bytes from what is not, so a strong ETag, which
    stands for the bytes, becomes a weak one (RFC 9110, 8.8.1)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = GZipMiddleware(app, LEAST_BYTES, LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                etag = headers.get("etag", "")
                if "content-encoding" in headers and etag and not etag.startswith("W/"):
                    headers["etag"] = f"W/{etag}"
            await send(message)

        await self._app(scope, receive, sent)
