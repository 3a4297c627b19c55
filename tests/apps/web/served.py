"""A service on a free port, answering on a thread of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from analyst.apps.web.serving import Place, Running, serving
from analyst.service.access import AccessKeys
from analyst.service.resident import Resident


@contextmanager
def served(
    resident: Resident, host: str, go_on: threading.Event, port: int = 0
) -> Iterator[tuple[Running, AccessKeys]]:
    """The service of `resident` and its keys (one is made where it is open to others); `go_on` lets its analyses end."""
    keys = AccessKeys(resident.store)
    if host != "127.0.0.1":
        keys.create("first")
    with serving(resident, Place(host, port)) as running:
        thread = threading.Thread(target=running.run)
        thread.start()
        while not running.server.started:
            time.sleep(0.01)
        yield running, keys
        go_on.set()
        running.stop()
        thread.join()
