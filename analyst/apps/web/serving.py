"""The resident process: its socket, its jobs and its API, from the first request to the signal that ends it."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from analyst.apps.alerts.watching import Watch
from analyst.apps.web.app import LOOPBACK, create_app
from analyst.apps.web.service import Service
from analyst.core.errors import PortTakenError, SettingsError
from analyst.core.origins import shown_settings
from analyst.service.access import AccessKeys
from analyst.service.analyses import Analyses
from analyst.service.presence import Presence, announced
from analyst.service.request_rate import RequestRate
from analyst.service.resident import Resident, queue_of, uploads_of
from analyst.service.sweeping import Sweeper
from analyst.service.worker import Worker

CLOSE_S = 1
"""How long open streams may hold up the end."""


@dataclass(frozen=True)
class Place:
    """Where the service listens, and by which other `names` requests may reach it."""

    host: str
    port: int
    names: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in LOOPBACK


@dataclass(frozen=True)
class Running:
    """A service that listens: its socket, the server that will answer on it, and what tells of it."""

    presence: Presence
    server: uvicorn.Server
    listening: socket.socket

    def run(self) -> None:
        """Answer requests until a signal ends it, or `stop`."""
        self.server.run(sockets=[self.listening])

    def stop(self) -> None:
        """End `run`, from another thread."""
        self.server.should_exit = True


def serve(resident: Resident, place: Place) -> int:
    """Serve until a signal ends it; the exit code. SettingsError, PortTakenError: it can't listen there."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with serving(resident, place) as running:
        print(f"Listening on {running.presence.url} (Ctrl-C ends it).", file=sys.stderr, flush=True)  # noqa: T201
        running.run()
    return 0


@contextmanager
def serving(resident: Resident, place: Place) -> Iterator[Running]:
    """The service at `place`, ready to run; what `resident` holds is let go of at the end."""
    settings, store = resident.settings, resident.store
    keys = AccessKeys(store)
    if not place.is_local and not keys.listing():
        raise SettingsError(
            f"Nobody has a key, so the service does not listen on {place.host!r}.",
            "Create one with `python main.py keys create NAME`, or leave out --host.",
        )
    uploads = uploads_of(resident)
    queue = queue_of(resident)
    watch = Watch(resident)
    worker = Worker(queue, resident.analyse, settings.analyses_at_once, uploads.fetch)
    with closing(_listening(place)) as listening, announced(_url(place, listening), settings) as presence:
        analyses = Analyses(queue, store, settings.runs_dir, worker.wake, fetch=uploads.fetch)
        service = Service(
            analyses=analyses,
            uploads=uploads,
            keys=keys,
            rate=RequestRate(settings.requests_per_minute),
            token=presence.token,
            open=place.is_local,
            resident=resident,
            settings=shown_settings(settings),
        )
        resident.warm_up()
        worker.start()
        sweeper = Sweeper(queue, analyses, uploads, settings.keep_days, resident.tables.tidy)
        sweeper.start()
        watch.start()
        try:
            yield Running(presence, _server(create_app(service, (place.host, *place.names), worker.stop)), listening)
        finally:
            watch.stop()
            sweeper.stop()
            resident.close()


def _server(app: FastAPI) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=CLOSE_S,
    )
    return uvicorn.Server(config)


def _listening(place: Place) -> socket.socket:
    """A socket that listens at `place`."""
    host = place.host.strip("[]")
    try:
        family = socket.getaddrinfo(host, place.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, place.port), family=family, backlog=512)
    except socket.gaierror as error:
        raise SettingsError(f"--host {place.host!r} is no address of this machine.", f"({error.strerror})") from None
    except OSError as error:
        raise PortTakenError(
            f"The service can't listen on {place.host}:{place.port}: {error.strerror}.",
            "Choose another one with --port, or stop the program that uses it.",
        ) from None


def _url(place: Place, listening: socket.socket) -> str:
    """How this machine reaches the service."""
    host = "127.0.0.1" if place.host in ("0.0.0.0", "localhost") else "[::1]" if place.host == "::" else place.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host and host[0] != '[' else host}:{listening.getsockname()[1]}"
