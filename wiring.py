"""Puts the router together: chains, prices, ledger, gateway client and monitor. The one place where they meet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analyst.core.events import Progress
from analyst.core.settings import Settings

if TYPE_CHECKING:
    from analyst.llm.gateway.launcher import GatewayInfo
    from monitoring import PerformanceMonitor
    from routing import SmartRouter


def build_router(
    settings: Settings, info: GatewayInfo, monitor: PerformanceMonitor, on_event: Callable[[Progress], None]
) -> SmartRouter:
    """The router on a gateway that answers; models that it does not offer are named in a note."""
    from analyst.budget.ledger import Ledger, scope_of
    from analyst.budget.prices import load_prices
    from analyst.llm.chains import CHAINS_FILE, load_chains
    from analyst.llm.client import GatewayClient
    from analyst.llm.gateway.launcher import revive
    from analyst.llm.resilience.health import Health
    from analyst.llm.resilience.policy import saving
    from analyst.llm.resilience.signals import Signals
    from routing import SmartRouter

    prices, zone = load_prices(), ZoneInfo(settings.timezone)
    chains = load_chains(settings.chains_file or CHAINS_FILE)
    facts = {model: of_model for chain in chains.values() for model, of_model in chain.facts.items()}
    accounts = {model: of_model.account for model, of_model in facts.items()}
    health = Health(monitor.store, accounts, {model: of_model.at_once for model, of_model in facts.items()})
    ledger = Ledger.of(monitor.store, settings, scope=scope_of(monitor.scenario))
    missing = [model for model in info.dropped if model != "vllm"]
    if missing:
        on_event(Progress("note", f"Not configured: {', '.join(missing)} (see python main.py gateway doctor)"))
    return SmartRouter(
        chains=chains,
        client=GatewayClient(info.url, info.key),
        prices=prices,
        ledger=ledger,
        monitor=monitor,
        available=info.models,
        health=health,
        signals=Signals(monitor.store, health),
        policy=settings.routing_policy,
        pressure=lambda: saving(ledger.pressure()),
        revive=lambda: revive(settings, on_note=lambda text: on_event(Progress("note", text))),
        hedge_after_s=settings.hedge_after_s,
        local_time=lambda: datetime.now(zone),
        on_event=on_event,
    )
