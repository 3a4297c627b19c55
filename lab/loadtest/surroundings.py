"""What a load test runs in: with a scenario, simulated providers, a gateway and books of their own; else what is there.

Simulated spending must never stand in the books of real money, and a simulated failure must not keep a real model from
being asked: so a simulated test has a store of its own, whose records stay beside its results.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyst.core.settings import Settings, load_settings
from analyst.llm.gateway.launcher import GatewayInfo, ensure_running, stop
from lab.simulator.running import SimulatedProviders, simulated_providers


@dataclass(frozen=True)
class Surroundings:
    """Where the workers work: their environment, the gateway that answers, and the simulated providers if any."""

    environment: Mapping[str, str]
    settings: Settings
    gateway: GatewayInfo
    providers: SimulatedProviders | None


@contextmanager
def surroundings(
    scenario: str | None,
    *,
    seed: int,
    speed: float,
    folder: Path,
    overrides: Mapping[str, str],
    on_note: Callable[[str], None],
) -> Iterator[Surroundings]:
    """Everything running while the block runs. `overrides` are settings by variable name; `folder` holds the books."""
    with ExitStack() as stack:
        variables = dict(os.environ) | dict(overrides)
        providers = None
        if scenario is not None:
            providers = stack.enter_context(simulated_providers(scenario, seed=seed, speed=speed))
            variables |= dict(providers.variables) | _own(folder)
        settings = settings_of(variables)
        if scenario is not None:
            stack.callback(stop, settings)
        gateway = ensure_running(settings, on_note=on_note)
        yield Surroundings(variables, settings, gateway, providers)


def _own(folder: Path) -> dict[str, str]:
    return {
        "LITELLM_PROXY_URL": f"http://localhost:{_free_port()}",
        "LITELLM_MASTER_KEY": f"sk-{secrets.token_hex(16)}",
        "STATE_DIR": str(folder / "state"),
        "METRICS_EXPORT_PATH": str(folder / "metrics.db"),
        "DATABASE_URL": "",
    }


def settings_of(variables: Mapping[str, str]) -> Settings:
    """The settings that a process with these variables would have."""
    known: dict[str, Any] = {
        name: variables[name.upper()] for name in Settings.model_fields if variables.get(name.upper())
    }
    return load_settings(**known)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
