"""Looks for alerts beside the service, on a thread of its own: a receiver that is slow holds up nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from analyst.observability.alerts import Alerts, due
from analyst.observability.receivers import Receiver, receivers_of
from analyst.service.resident import Resident

LOOK_S, END_S = 15.0, 1.0
"""Seconds between two looks, and how long the end waits for the one under way; what is cut off is sent again."""
_LOG = logging.getLogger(__name__)


class Watch:
    """Raises and sends the alerts of `resident`'s platform, from `start` to `stop`; without a receiver it does nothing.

    SettingsError: the settings name a receiver that can't be one.
    """

    def __init__(self, resident: Resident, now: Callable[[], float] = time.time) -> None:
        self._resident, self._now = resident, now
        self._receivers: list[Receiver] = receivers_of(resident.settings)
        self._alerts = Alerts(resident.store, self._receivers, ZoneInfo(resident.settings.timezone))
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        if self._receivers:
            self._thread.start()

    def stop(self) -> None:
        """End, without waiting for a receiver."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(END_S)

    def look(self) -> None:
        """Raise what is due, and send what waits. StoreError."""
        resident, now = self._resident, self._now()
        self._alerts.raise_new(due(resident.store, resident.settings, resident.budget(), resident.models(), now), now)
        self._alerts.deliver(now)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.look()
            except Exception as error:  # a store that fails now may work at the next look
                _LOG.warning("Looking for alerts failed: %s", error)
            self._ending.wait(LOOK_S)
