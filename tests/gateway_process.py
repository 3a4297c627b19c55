"""The real gateway as a test fixture: started on a free port with a state folder and .env of its own, stopped after.

    @pytest.fixture(scope="session")
    def gateway(tmp_path_factory):
        with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
            yield running

Starting takes about 20 seconds, so share one for a session.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyst.core.settings import Settings, load_settings
from analyst.llm.gateway.launcher import GatewayInfo, ensure_running, stop

CLOSED = "http://127.0.0.1:9"
"""An address at which nobody answers."""
KEYLESS: dict[str, Any] = {
    **dict.fromkeys(
        ("litellm_master_key", "groq_api_key", "openrouter_api_key", "anthropic_api_key", "openai_api_key")
    ),
    **dict.fromkeys(("groq_api_base", "openrouter_api_base", "anthropic_api_base", "openai_api_base")),
    **dict.fromkeys(("vllm_base_url", "vllm_model", "vllm_api_key", "database_url")),
    "ollama_base_url": CLOSED,
}
"""Settings of a machine with no key and no server, whatever the environment of the test run holds."""


@dataclass(frozen=True)
class RunningGateway:
    """A gateway that answers: its info, the settings it was started with, and the .env that holds its key."""

    info: GatewayInfo
    settings: Settings
    env_file: Path


def free_port() -> int:
    """A TCP port of loopback that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def gateway_settings(folder: Path, **given: Any) -> Settings:
    """Settings for a gateway of its own in `folder`, without any key unless `given` holds one."""
    own = {
        "litellm_proxy_url": f"http://localhost:{free_port()}",
        "state_dir": folder / "var",
        "metrics_export_path": folder / "metrics.db",
        "runs_dir": folder / "runs",
    }
    return load_settings(folder / ".env", **{**KEYLESS, **own, **given})


@contextmanager
def running_gateway(folder: Path, **given: Any) -> Iterator[RunningGateway]:
    """A real gateway in `folder`, with the settings `given` (keys, provider addresses); gone when the block ends."""
    settings = gateway_settings(folder, **given)
    env_file = folder / ".env"
    try:
        yield RunningGateway(ensure_running(settings, env_file=env_file), settings, env_file)
    finally:
        stop(settings)
