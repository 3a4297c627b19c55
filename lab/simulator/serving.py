"""The simulated providers as ASGI applications, one each, and the application that controls them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from analyst.core.errors import SettingsError
from lab.simulator.exchange import Exchange
from lab.simulator.line import Line
from lab.simulator.protocols.ollama import OllamaWire
from lab.simulator.providers import Provider
from lab.simulator.scenarios import SCENARIOS, load_scenario, read_scenario
from lab.simulator.wording import Facts, refuse
from lab.simulator.world import World


class ProviderApp:
    """One provider's endpoints: those at which its model works, its listings, and 404 for the rest."""

    def __init__(self, world: World, provider: Provider) -> None:
        self._world, self._provider, self._wire = world, provider, world.wires[provider.name]
        self._exchange = Exchange(world, provider)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path = scope["path"].removeprefix(self._provider.address)
        if request.method == "POST" and path in self._wire.paths:
            raw = await request.body()
            line = Line(scope, receive, send, self._world.time)
            try:
                await self._exchange.serve(path, request.headers, raw, line)
            finally:
                line.finish()
            return
        await (await self._other(request, path))(scope, receive, send)

    async def _other(self, request: Request, path: str) -> Response:
        if isinstance(self._wire, OllamaWire):
            if request.method == "POST" and path == "/api/show":
                return self._shown(await request.body())
            if path in ("", "/"):
                return PlainTextResponse("Ollama is running")
        told = self._wire.listing(path) if request.method == "GET" else None
        if told is None:
            message = f"Unknown request URL: {request.method} {request.url.path}."
            return JSONResponse({"error": {"message": message, "type": "invalid_request_error"}}, 404)
        key, public = self._wire.key_of(request.headers), (self._provider.name, path) == ("openrouter", "/models")
        if self._provider.key and key != self._provider.key and not public:
            refused = refuse(self._provider.name, "bad_key", Facts(model="", id="0", key=key))
            return Response(refused.body, refused.status, dict(refused.headers))
        return JSONResponse(told)

    def _shown(self, raw: bytes) -> Response:
        assert isinstance(self._wire, OllamaWire)
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        shown = self._wire.show(body) if isinstance(body, dict) else None
        return JSONResponse(shown) if shown else JSONResponse({"error": "model not found"}, 404)


def control_app(world: World, addresses: dict[str, str], changed: Callable[[], Awaitable[None]]) -> Starlette:
    """Control and counts: GET /simulator/, /simulator/stats, /simulator/requests; POST /simulator/scenario with
    {"scenario": name or document, "seed": n}; DELETE /simulator/stats. `changed` is awaited after a new scenario."""

    async def about(request: Request) -> Response:
        told = world.scenario.model_dump(exclude_defaults=True)
        speed, seed = world.time.speed, world.chance.seed
        known = {name: scenario.description for name, scenario in SCENARIOS.items()}
        return JSONResponse({"scenario": told, "seed": seed, "speed": speed, "addresses": addresses, "known": known})

    async def stats(request: Request) -> Response:
        if request.method == "DELETE":
            world.books.clear()
        return JSONResponse(world.books.stats())

    async def requests(request: Request) -> Response:
        return JSONResponse(world.books.entries())

    async def scenario(request: Request) -> Response:
        try:
            given: Any = json.loads(await request.body())
            wanted = given["scenario"]
            seed = given.get("seed")
            found = load_scenario(wanted) if isinstance(wanted, str) else read_scenario(wanted)
        except SettingsError as error:
            return JSONResponse({"error": str(error)}, 422)
        except (ValueError, KeyError, TypeError, AttributeError):
            return JSONResponse({"error": 'Send {"scenario": a name or a document, "seed": a number}.'}, 422)
        world.set_scenario(found, seed if isinstance(seed, int) else None)
        await changed()
        return JSONResponse({"scenario": found.model_dump(exclude_defaults=True), "seed": world.chance.seed})

    return Starlette(
        routes=[
            Route("/simulator/", about),
            Route("/simulator/stats", stats, methods=["GET", "DELETE"]),
            Route("/simulator/requests", requests),
            Route("/simulator/scenario", scenario, methods=["POST"]),
        ]
    )
