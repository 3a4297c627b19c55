"""A gateway client that answers from a script: the router, ledger and monitor around it are the real ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.budget.prices import load_prices
from analyst.core.errors import CallError
from analyst.core.events import OnText
from analyst.core.settings import load_settings
from analyst.llm.chains import load_chains
from analyst.llm.listening import Patience
from analyst.llm.resources import Books, Client, Gateway, Models
from analyst.protocol.calls import CallRequest, GatewayReply
from monitoring import PerformanceMonitor
from routing import SmartRouter

CLOUD = ("groq-gpt-oss-20b", "groq-gpt-oss-120b", "claude-haiku-5-5", "claude-sonnet-5-5")


class ScriptedClient:
    """`script` maps an agent's role to its replies in order (the last one repeats); an error is raised instead.

    A key "role/model" holds what that model alone says in the role.
    """

    def __init__(self, script: Mapping[str, Sequence[str | CallError]]) -> None:
        self._script = {role: list(replies) for role, replies in script.items()}
        self.sent: list[tuple[str, str, list[Mapping[str, object]]]] = []

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        roles = {key.partition("/")[0] for key in self._script}
        role = next(role for role in roles if f"You are {role}" in str(request.messages[0]["content"]))
        self.sent.append((role, model, list(request.messages)))
        own = f"{role}/{model}"
        replies = self._script[own if own in self._script else role]
        said = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(said, CallError):
            raise said
        return GatewayReply(said, model, model, input_tokens=100, output_tokens=20, latency_s=0.0)


def scripted_router(
    client: Client,
    folder: Path,
    available: Collection[str] = CLOUD,
    budget: str = "20",
    on_text: OnText | None = None,
) -> tuple[SmartRouter, PerformanceMonitor]:
    """A real router on `client` that reaches the `available` models, with its books (`budget` USD) under `folder`.
    `on_text` hears what models write."""
    settings = load_settings(folder / ".env", metrics_export_path=folder / "metrics.db", daily_budget_usd=budget)
    monitor = PerformanceMonitor(settings)
    ledger = Ledger(monitor.store, DailyBudget(settings.daily_budget_usd, settings.timezone))
    books = Books(load_prices(), ledger, monitor)
    return SmartRouter(Models(load_chains(), available), Gateway(client, on_text=on_text), books), monitor
