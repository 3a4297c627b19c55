"""The line to one client: bytes out, and the ways in which a connection fails.

The ASGI interface can neither reset a connection nor end one in the middle of an answer, so the listeners put the
transport into the scope (lab.simulator.listening).
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.types import Receive, Scope, Send

from lab.simulator.timing import SimulatedTime

TRANSPORT = "simulator.transport"
"""Where the scope holds the connection's asyncio.Transport."""


def reset(transport: asyncio.Transport) -> None:
    """End the connection with RST, dropping what was not sent."""
    with suppress(OSError):  # it may be closed already
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Gone(Exception):
    """The client left before its answer had ended."""


class Line:
    """One request's way back. Every wait ends with Gone when the client leaves."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, time: SimulatedTime) -> None:
        self._transport: asyncio.Transport | None = scope.get(TRANSPORT)
        self._receive, self._send, self._time = receive, send, time
        self._left = asyncio.Event()
        self._watch = asyncio.ensure_future(self._watching())

    async def _watching(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left.set()

    def finish(self) -> None:
        """Stop watching for the client."""
        self._watch.cancel()

    async def either(self, awaitable: Any) -> None:
        """Wait for `awaitable`, but no longer than the client stays."""
        work, left = asyncio.ensure_future(awaitable), asyncio.ensure_future(self._left.wait())
        try:
            await asyncio.wait((work, left), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise Gone
            await work
        finally:
            work.cancel()
            left.cancel()

    async def pause(self, seconds: float) -> None:
        """Wait so many simulated seconds."""
        if seconds > 0:
            await self.either(self._time.sleep(seconds))

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status and the headers."""
        raw = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, data: bytes, more: bool = True) -> None:
        """Send a part of the body."""
        if self._left.is_set():
            raise Gone
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    async def whole(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Send an answer at once."""
        await self.start(status, {**headers, "content-length": str(len(body))})
        await self.write(body, more=False)

    async def hang(self) -> None:
        """Say nothing until the client leaves."""
        await self._left.wait()
        raise Gone

    async def break_off(self, *, by_reset: bool) -> None:
        """End the connection here: with RST at once, or by closing it after what was sent."""
        if self._transport is None:
            raise ConnectionResetError("no connection of our own to break")
        if by_reset:
            reset(self._transport)
        else:
            self._transport.close()
        await self._left.wait()
