"""Puts the router together: chains, prices, ledger, gateway client and monitor. The one place where they meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from contracts.records import Progress
from contracts.settings import Settings

if TYPE_CHECKING:
    from gateway.launcher import GatewayInfo
    from monitoring import PerformanceMonitor
    from routing import SmartRouter


def build_router(
    settings: Settings, info: GatewayInfo, monitor: PerformanceMonitor, on_event: Callable[[Progress], None]
) -> SmartRouter:
    """The router on a gateway that answers; models that it does not offer are named in a note."""
    from gateway.client import GatewayClient
    from money.ledger import Ledger
    from money.prices import load_prices
    from reliability.chains import load_chains
    from routing import SmartRouter

    prices = load_prices()
    missing = [model for model in info.dropped if model != "vllm"]
    if missing:
        on_event(Progress("note", f"Not configured: {', '.join(missing)} (python -m gateway doctor says what to set)"))
    return SmartRouter(
        chains=load_chains(),
        client=GatewayClient(info.url, info.key),
        prices=prices,
        ledger=Ledger(monitor.store, settings.daily_budget_usd, settings.timezone),
        monitor=monitor,
        available=info.models,
        on_event=on_event,
    )
