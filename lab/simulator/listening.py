"""The sockets: one port a provider, so that a provider that is down really refuses connections.

Uvicorn's own server speaks HTTP on each; the listeners are opened and closed here, as the scenario says. A closed
port stays bound (to nobody else's use) without listening: the kernel then refuses connections by itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from analyst.core.errors import PortTakenError
from lab.simulator.line import TRANSPORT, reset
from lab.simulator.providers import PROVIDERS
from lab.simulator.serving import ProviderApp, control_app
from lab.simulator.world import World

LOOK_EVERY_S = 0.02
"""How often (real seconds) the listeners are compared with the scenario's script."""
BACKLOG = 1024


class Connection(H11Protocol):
    """Uvicorn's connection, which its application can also break."""

    live: set[asyncio.Transport]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection and hand its transport to the application."""
        super().connection_made(transport)
        self.live.add(transport)
        self._own = transport
        served = self.app

        async def carrying(scope: Scope, receive: Receive, send: Send) -> None:
            await served({**scope, TRANSPORT: transport}, receive, send)

        self.app = carrying

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.live.discard(self._own)
        super().connection_lost(exc)


def bound(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A socket bound to `host` and `port` (0: a free one). PortTakenError when another program has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without the protocol's number asyncio does not set TCP_NODELAY, and each answer waits 40 ms for an ACK.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        told = error.strerror or str(error)
        raise PortTakenError(f"{host}:{port} can't be used: {told}.", "Choose another with --port.") from None
    made.setblocking(False)
    return made


class Listener:
    """One provider's port, open or closed."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._config = uvicorn.Config(app, lifespan="off", log_level="critical", server_header=False, access_log=False)
        self._config.load()
        self._host = host
        self._server: asyncio.Server | None = None
        self._live: set[asyncio.Transport] = set()
        # A first bind without sharing tells whether another program listens here.
        bound(host, port).close()
        self.keeper = bound(host, port, shared=True)
        self.port = int(self.keeper.getsockname()[1])

    def _connection(self) -> asyncio.Protocol:
        made = Connection(config=self._config, server_state=ServerState(), app_state={})
        made.live = self._live
        return made

    async def open(self) -> None:
        """Take connections."""
        if self._server is None:
            sock = bound(self._host, self.port, shared=True)
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self._connection, sock=sock, backlog=BACKLOG)

    async def shut(self) -> None:
        """Refuse connections and end those there are, as a server that dies does; when this returns, all is closed."""
        if self._server is not None:
            self._server.close()
            self._server = None
            while self._live:
                for transport in tuple(self._live):
                    reset(transport)
                await asyncio.sleep(0)


class Listening:
    """The control port and all providers' ports, `port` and the following ones (0: free ones)."""

    def __init__(self, world: World, host: str, port: int) -> None:
        self._world, self._host, self._turn = world, host, asyncio.Lock()
        self._control = bound(host, port)
        self.control_port = int(self._control.getsockname()[1])
        self._listeners: dict[str, Listener] = {}
        try:
            for number, (name, provider) in enumerate(PROVIDERS.items(), 1):
                wanted = port + number if port else 0
                self._listeners[name] = Listener(ProviderApp(world, provider), host, wanted)
        except PortTakenError:
            self._close()
            raise

    def urls(self) -> dict[str, str]:
        """Where each provider is, with its address."""
        ports = {name: listener.port for name, listener in self._listeners.items()}
        return {name: _url(self._host, port) + PROVIDERS[name].address for name, port in ports.items()}

    @property
    def control_url(self) -> str:
        """Where the control application is."""
        return _url(self._host, self.control_port)

    async def apply(self) -> None:
        """Open and close ports as the scenario wants them now."""
        async with self._turn:
            for name, listener in self._listeners.items():
                if self._world.listens(name):
                    await listener.open()
                else:
                    await listener.shut()

    async def _keep(self) -> None:
        while True:
            await self.apply()
            await asyncio.sleep(LOOK_EVERY_S)

    async def run(self, server: uvicorn.Server | None = None) -> None:
        """Serve until the server is told to exit (SIGINT, SIGTERM, or its should_exit)."""
        server = server or self.server()
        await self.apply()
        keeping = asyncio.ensure_future(self._keep())
        try:
            await server.serve(sockets=[self._control])
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
            for listener in self._listeners.values():
                await listener.shut()
            self._close()

    def server(self) -> uvicorn.Server:
        """The control application's server."""
        app = control_app(self._world, self.urls(), self.apply)
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_level="critical",
            server_header=False,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        return uvicorn.Server(config)

    def _close(self) -> None:
        self._control.close()
        for listener in self._listeners.values():
            listener.keeper.close()


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def environment(urls: Mapping[str, str]) -> dict[str, str]:
    """The variables that send the gateway to the providers at `urls`, with the keys that they take."""
    return {
        variable: value.format(url=urls[name])
        for name, provider in PROVIDERS.items()
        for variable, value in provider.variables.items()
    }


def planned_urls(host: str, port: int) -> dict[str, str]:
    """Where the providers of a simulator at `port` are, before it is started."""
    return {
        name: _url(host, port + number) + provider.address
        for number, (name, provider) in enumerate(PROVIDERS.items(), 1)
    }
