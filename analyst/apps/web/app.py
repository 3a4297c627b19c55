"""The HTTP API as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import APIRouter, FastAPI, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from analyst import __version__
from analyst.apps.mcp.over_http import PATH, McpEndpoint
from analyst.apps.web import analyses, tables, threads
from analyst.apps.web.compressing import Compressing
from analyst.apps.web.describing import describe
from analyst.apps.web.guard import Guard
from analyst.apps.web.pages import asking, editing, history, ops, rendering, runs, session, watching, workbench
from analyst.apps.web.problems import problem, tell_problems
from analyst.apps.web.service import Service, TheAsker, TheEngineer, TheService
from analyst.protocol.models import ModelStatus
from analyst.service.queue import QueueStatus

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
"""Names of this machine for itself."""
THREADS = 64
"""Requests that may wait for the store or a profile at once."""

status = APIRouter(tags=["service"])


@status.get("/health")
def health() -> Mapping[str, str]:
    """The service lives."""
    return {"status": "alive"}


@status.get("/ready", responses={503: {"description": "It is still warming up."}})
def ready(service: TheService) -> Response:
    """Whether an analysis would begin at once."""
    if service.resident.is_ready():
        return Response('{"status":"ready"}', media_type="application/json")
    return problem(503, "The service is warming up.", headers={"Retry-After": "5"})


@status.get("/api/v1/queue")
def queue(service: TheService, asker: TheAsker) -> QueueStatus:
    """How many analyses wait and run, how long yours would wait, and how many you may have."""
    return service.analyses.queue(asker.name)


@status.get("/api/v1/budget")
def budget(service: TheService, asker: TheAsker) -> Mapping[str, object]:
    """Today's spending, in US dollars: `yours` is what your analyses cost, with what is reserved; engineers are also
    told that of all against the budget."""
    yours = {"spent_usd": service.resident.spent_by(asker.name), "limit_usd": service.analyses.daily_limit(asker.name)}
    return {**(service.resident.budget() if asker.engineer else {}), "yours": yours}


@status.get("/api/v1/models")
def models(service: TheService, asker: TheAsker) -> Sequence[ModelStatus]:
    """The models that agents may use: their places in the chains, prices, and which are left out after failures."""
    return service.resident.models()


@status.get("/metrics", include_in_schema=False)
def metrics(service: TheService, asker: TheEngineer) -> Response:
    """The platform's figures for Prometheus."""
    return Response(service.resident.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")


def create_app(service: Service, hosts: Collection[str], stop: Callable[[], None]) -> FastAPI:
    """The API of `service` for requests that name one of `hosts` (or this machine); `stop` is called at the end."""
    tools = McpEndpoint(service)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        async with tools.run():
            yield
        await run_in_threadpool(stop)

    app = FastAPI(
        title="Budget analyst",
        description="Ask questions about tables; get checked answers, charts and reports.",
        version=__version__,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.service = service
    app.router.routes.append(Route(PATH, tools))
    tell_problems(app)
    rendering.tell_missing_pages(app)
    app.add_middleware(Compressing)
    app.add_middleware(Guard, hosts={*LOOPBACK, *(host.lower() for host in hosts)})
    app.include_router(status)
    api = APIRouter(prefix="/api/v1")
    api.include_router(tables.router)
    api.include_router(analyses.router)
    api.include_router(threads.router)
    app.include_router(api)
    app.include_router(watching.router)
    for pages in (rendering, session, workbench, asking, runs, editing, history, ops):
        app.include_router(pages.router)
    app.openapi = describe(app)  # type: ignore[method-assign]
    return app
