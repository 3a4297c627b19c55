"""The tools under the API's port: streamable HTTP, with the API's keys; users reach their own uploads and runs."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from analyst.apps.mcp.tables import UploadedTables
from analyst.apps.mcp.tools import Call, Desk, build_server
from analyst.apps.web.problems import of_error
from analyst.apps.web.service import Service, check_key, known_asker
from analyst.core.errors import PlatformError

PATH = "/mcp"
MOST_SESSIONS = 1000
ENGINEER = "engineer"
"""The scope of those who may see the platform's figures."""


class McpEndpoint:
    """The ASGI application at PATH. A session belongs to the key that opened it: no other key can use it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        desk = Desk(
            service.analyses,
            service.resident,
            UploadedTables(service.uploads),
            asker=lambda call: _token(call).client_id,
            engineer=lambda call: ENGINEER in _token(call).scopes,
            allowed=lambda call: check_key(service, _token(call).token or None),
            report=lambda result: f"/api/v1/analyses/{result.id}/report.html",
        )
        self._sessions = StreamableHTTPSessionManager(build_server(desk)._mcp_server, max_sessions=MOST_SESSIONS)

    def run(self) -> AbstractAsyncContextManager[None]:
        """The block in which calls are answered."""
        return self._sessions.run()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it as the API does."""
        request = Request(scope)
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        key = given.strip() if scheme.lower() == "bearer" else None
        try:
            asker = await asyncio.to_thread(known_asker, self._service, key, request)
        except PlatformError as error:
            await of_error(error)(scope, receive, send)
            return
        scopes = [ENGINEER] if asker.engineer else []
        scope["user"] = AuthenticatedUser(AccessToken(token=key or "", client_id=asker.name, scopes=scopes))
        await self._sessions.handle_request(scope, receive, send)


def _token(call: Call) -> AccessToken:
    """Who calls a tool, as `McpEndpoint` found out."""
    request = call.request_context.request
    user = request.scope["user"] if request is not None else None
    assert isinstance(user, AuthenticatedUser)
    return user.access_token
