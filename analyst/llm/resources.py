"""What a router works with: the models and what is known of them, the gateway, the books, time and chance."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Protocol

from analyst.budget.prices import Prices
from analyst.core.events import OnText
from analyst.llm.chains import Chain
from analyst.llm.listening import Patience
from analyst.llm.resilience.health import Health
from analyst.llm.resilience.signals import Signals
from analyst.observability.routing import Figures
from analyst.protocol.calls import CallRecord, CallRequest, GatewayReply

if TYPE_CHECKING:
    from analyst.budget.ledger import Ledger


class Client(Protocol):
    """One streamed call of the gateway (analyst.llm.client), errors translated into CallError."""

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply: ...


class Recorder(Figures, Protocol):
    """What keeps the records of calls (monitoring.PerformanceMonitor)."""

    def record_request(self, metrics: CallRecord) -> None: ...
    def record_rejection(self, request_id: str, problems: Sequence[str]) -> tuple[str, str] | None: ...


@dataclass(frozen=True)
class Models:
    """The chains, and the models of them with a key and in reach; the embedded analyst always counts as one.

    `health` and `signals` are what all processes know of the models; without them one process remembers for itself.
    """

    chains: Mapping[str, Chain]
    available: Collection[str]
    health: Health | None = None
    signals: Signals | None = None


@dataclass(frozen=True)
class Gateway:
    """The way to the providers. `revive` starts a gateway that died; whether it answers again. `on_text` hears all
    that models write, as they write it. `keeps_up`: whether the gateway itself answers without delay; where it doesn't,
    a silence says nothing of a model."""

    client: Client
    revive: Callable[[], bool] = lambda: False
    on_text: OnText | None = None
    keeps_up: Callable[[], bool] = lambda: True


@dataclass(frozen=True)
class Books:
    """What money and records need: prices, the ledger that grants and books money, and the recorder of calls."""

    prices: Prices
    ledger: Ledger
    recorder: Recorder


@dataclass(frozen=True)
class RoutingOptions:
    """How a router decides. `policy` is a key of POLICIES; `hedge_share` is the part (0 to 1) of calls beside which a
    second model may be asked when they are late."""

    policy: str = "fixed"
    hedge_share: float = 0.0


DEFAULT_OPTIONS = RoutingOptions()


@dataclass(frozen=True)
class Runtime:
    """Time and chance. `clock` is monotonic seconds, `wall_clock` Unix seconds; `jitter` spreads waits."""

    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    local_time: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = lambda: random.uniform(0.5, 1.5)
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex


REAL_TIME = Runtime()
