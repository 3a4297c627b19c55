"""What must reach a person who watches no page: spending, failures, a provider out of credit. Once each, a day.

Which alerts are due is read from the store and the models' state; each is raised there for every receiver, so that of
several processes one sends it, and a receiver that can't be reached is tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from analyst.budget.ledger import day_of
from analyst.core.errors import DeliveryError
from analyst.core.settings import Settings
from analyst.core.text import counted
from analyst.observability.receivers import Receiver
from analyst.protocol.models import ModelStatus
from analyst.storage import alerts, timeline
from analyst.storage.database import Store
from analyst.storage.slices import Slice

FAILURES_S, ENOUGH_CALLS = 900.0, 10
"""The failure rate is that of so many seconds, where so many calls were made: fewer say nothing."""
LEASE_S = 60.0
"""How long a process may take to send an alert, before another one does."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30.0, 1800.0
"""The pause after a try that failed: doubled with each one."""
STALE_S = 86_400.0
"""After this an alert that nobody received is no news any more."""


@dataclass(frozen=True)
class Alert:
    """Something to be told once a day: its kind, what it is about within the kind, the sentence."""

    kind: str
    subject: str
    text: str


def due(
    store: Store, settings: Settings, budget: Mapping[str, Any], models: Iterable[ModelStatus], now: float
) -> list[Alert]:
    """The alerts that the platform's state calls for. StoreError when it can't be read."""
    with store.read() as transaction:
        calls, failed = timeline.calls_and_failed(transaction, Slice(now - FAILURES_S))
    return [*_of_budget(settings, budget), *_of_failures(settings, calls, failed), *_of_accounts(models)]


def _of_budget(settings: Settings, budget: Mapping[str, Any]) -> Iterable[Alert]:
    cap: Decimal = budget["budget_usd"]
    committed = budget["spent_usd"] + budget["reserved_usd"]
    told = f"Today's spending is ${committed:,.2f}, with what is reserved: {committed / cap:.0%} of the daily budget of"
    if committed >= cap:
        yield Alert(
            "budget", "used up", f"{told} ${cap:,.2f}. Free models answer until midnight ({settings.timezone})."
        )
    elif committed >= cap * settings.alert_budget_share:
        yield Alert("budget", "", f"{told} ${cap:,.2f}. When it is used up, free models answer.")


def _of_failures(settings: Settings, calls: int, failed: int) -> Iterable[Alert]:
    if calls >= ENOUGH_CALLS and failed / calls >= settings.alert_failure_share:
        lately = f"{counted(calls, 'model call')} of the last {FAILURES_S / 60:.0f} minutes"
        yield Alert("failures", "", f"{failed / calls:.0%} of the {lately} failed or were refused ({failed:,}).")


def _of_accounts(models: Iterable[ModelStatus]) -> Iterable[Alert]:
    """An alert for each account that has no credit, naming its models that are left out."""
    empty: dict[str, list[str]] = {}
    for model in models:
        if model.why == "out_of_credit" and model.breaker != "closed":
            empty.setdefault(model.account or model.model, []).append(model.model)
    for account, names in empty.items():
        told = f"The account {account!r} is out of credit, so {', '.join(names)} can't be used. Other models answer."
        yield Alert("out_of_credit", account, told)


class Alerts:
    """Raises alerts in `store` and sends them to `receivers`; the day begins in `zone`."""

    def __init__(self, store: Store, receivers: Sequence[Receiver], zone: ZoneInfo) -> None:
        self._store, self._receivers, self._zone = store, receivers, zone

    def raise_new(self, found: Iterable[Alert], now: float) -> None:
        """Note the alerts that were not raised today. StoreError."""
        day = day_of(now, self._zone)
        rows = [
            {"kind": alert.kind, "subject": alert.subject, "day": day, "receiver": receiver.name, "text": alert.text}
            | {"raised_at": now, "next_try_at": now, "tries": 0, "sent_at": None, "problem": None}
            for alert in found
            for receiver in self._receivers
        ]
        if rows:
            with self._store.write() as transaction:
                for row in rows:
                    alerts.add(transaction, row)

    def deliver(self, now: float) -> None:
        """Send what waits to be sent; what can't be is noted with the reason and sent later. StoreError."""
        for receiver in self._receivers:
            while (row := self._next(receiver, now)) is not None:
                try:
                    receiver.send(row["text"])
                except DeliveryError as error:
                    pause = min(FIRST_PAUSE_S * 2.0 ** (row["tries"] - 1), LONGEST_PAUSE_S)
                    with self._store.write() as transaction:
                        alerts.failed(transaction, row, str(error), now + pause)
                    break  # the next alert would fail alike: each waits for its turn
                with self._store.write() as transaction:
                    alerts.sent(transaction, row, now)

    def _next(self, receiver: Receiver, now: float) -> dict[str, Any] | None:
        with self._store.write() as transaction:
            return alerts.take(transaction, receiver.name, now, now + LEASE_S, now - STALE_S)


def recent(store: Store, now: float) -> list[dict[str, Any]]:
    """The alerts of the last 24 hours with how their sending went, the newest first. StoreError."""
    with store.read() as transaction:
        return alerts.since(transaction, now - STALE_S)
