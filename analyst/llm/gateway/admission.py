"""Who may call the gateway: only who shows the master key. Runs inside the gateway's process, before LiteLLM.

Who shows it is also told what the gateway was made of: another checkout with the same key may have other settings.
LiteLLM answers a request without a key by an internal error and a traceback in its log, and one with a wrong key by an
error about a database that it was not given.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
ALIVE = "/health/liveliness"
OPEN = frozenset(("/", ALIVE, "/health/liveness", "/health/readiness"))
"""What tells only that it runs."""
MADE_OF = "ANALYST_GATEWAY_FINGERPRINT"
"""The variable, and as x-analyst-gateway-fingerprint the header, of the gateway's fingerprint (config.fingerprint)."""
MADE_OF_HEADER = f"x-{MADE_OF.lower().replace('_', '-')}"
_HEADERS = frozenset((b"authorization", b"x-api-key", b"api-key"))
_REFUSAL = json.dumps(
    {"error": {"message": "The master key is missing or wrong.", "type": "auth_error", "param": None, "code": "401"}}
).encode()


class KeyRequired:
    """Answers 401 by itself to requests without `key`; all else goes to `then`. Its answers tell the `fingerprint`."""

    def __init__(self, then: Application, key: str, fingerprint: str) -> None:
        self._then, self._key = then, key.encode()
        self._made_of = (MADE_OF_HEADER.encode(), fingerprint.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._then(scope, receive, send)
            return

        async def told(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), self._made_of]
            await send(message)

        if self._shown(scope["headers"]):
            await self._then(scope, receive, told)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_REFUSAL)).encode())]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": _REFUSAL})

    def _shown(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        given = (value.removeprefix(b"Bearer ").strip() for name, value in headers if name.lower() in _HEADERS)
        return any(secrets.compare_digest(key, self._key) for key in given)


def require_key() -> None:
    """Put the check before the gateway's application, which is running when it loads the shim."""
    app = getattr(sys.modules.get("litellm.proxy.proxy_server"), "app", None)
    if app is not None and app.middleware_stack is not None and not isinstance(app.middleware_stack, KeyRequired):
        app.middleware_stack = KeyRequired(
            app.middleware_stack, os.environ["LITELLM_MASTER_KEY"], os.environ.get(MADE_OF, "")
        )
