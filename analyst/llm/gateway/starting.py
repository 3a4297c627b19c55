"""Starts LiteLLM at one address and waits until it answers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analyst.core.errors import GatewayError, PortTakenError
from analyst.core.settings import ROOT, Settings
from analyst.llm.gateway.admission import MADE_OF
from analyst.llm.gateway.certificates import NETWORK, certificates
from analyst.llm.gateway.config import EffectiveConfig, fingerprint, identity, provider_variables, write_config
from analyst.llm.gateway.probe import Address, probe, warm_up
from analyst.llm.gateway.process import Launch, ProcessRecord, file_of, is_alive, last_lines, start

GATEWAY_ENVIRONMENT = ROOT / ".venv-gateway"
START_TIMEOUT_S = 180.0
POLL_S = 0.2
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", *NETWORK)
"""All that the gateway gets of our environment: LiteLLM would act on DATABASE_URL, REDIS_HOST, PORT and many more."""
QUIET = {
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",
    "LITELLM_LOCAL_POLICY_TEMPLATES": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_DONT_SHOW_FEEDBACK_BOX": "true",
    "DISABLE_ADMIN_UI": "True",
    "NO_DOCS": "True",
    "PYTHONFAULTHANDLER": "1",
}
"""No .env of its own choosing, nothing fetched from the internet at start, no pages beside the API; what a library's
crash leaves is its stack, in the log."""


@dataclass(frozen=True)
class Starter:
    """Starts gateways of these settings, whose master key is set.

    `environment` is the folder of LiteLLM's environment, `root` what it imports the embedded analyst from.
    """

    settings: Settings
    environment: Path = GATEWAY_ENVIRONMENT
    root: Path = ROOT
    timeout_s: float = START_TIMEOUT_S
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @property
    def key(self) -> str:
        """The master key."""
        key = self.settings.litellm_master_key
        return key.get_secret_value() if key else ""

    def check_installed(self) -> None:
        """GatewayError without LiteLLM's environment."""
        if not all((self.environment / "bin" / name).exists() for name in ("python", "litellm")):
            raise GatewayError(f"LiteLLM is not installed in {self.environment}.", "Run `make setup`.")

    def start(self, config: EffectiveConfig, address: Address) -> ProcessRecord:
        """Start one and wait for it. GatewayError; PortTakenError when another program was faster."""
        folder, programs = self.settings.state_dir, self.environment / "bin"
        written = file_of(address.url, folder, "yaml")
        write_config(config, written)
        made_of = fingerprint(config, self.settings, self.root)
        listen = ("--host", address.host, "--port", str(address.port))
        launch = Launch(
            command=(str(programs / "python"), str(programs / "litellm"), "--config", str(written), *listen),
            environment={**self._variables(config), MADE_OF: made_of},
            url=address.url,
            settings=identity(self.settings),
            fingerprint=made_of,
            models=config.models,
        )
        record = start(launch, folder)
        self.wait(record)
        # LiteLLM imports a second's worth at its first call: better now than in an analysis, where it counts as slow.
        warm_up(address.url, self.key)
        return record

    def wait(self, record: ProcessRecord) -> None:
        """Wait until it answers. GatewayError when it ends or stays silent."""
        until = self.clock() + self.timeout_s
        while probe(record.url, self.key).who != "ours":
            if not is_alive(record):
                raise self._not_started(record)
            if self.clock() > until:
                raise GatewayError(
                    f"No response from the gateway (process {record.pid}) at {record.url} in {self.timeout_s:.0f} s.",
                    f"See {self._log(record)}, or run `python main.py gateway stop` and retry.",
                )
            self.sleep(POLL_S)

    def _variables(self, config: EffectiveConfig) -> dict[str, str]:
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        exempt = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
        no_proxy = ",".join(filter(None, [exempt, "localhost", "127.0.0.1", "::1"]))
        return {
            **kept,
            **certificates(os.environ),
            **provider_variables(config.document, self.settings),
            "LITELLM_MASTER_KEY": self.key,
            "PYTHONPATH": str(self.root),
            "PYTHONUNBUFFERED": "1",
            "NO_PROXY": no_proxy,
            "no_proxy": no_proxy,
            **QUIET,
        }

    def _log(self, record: ProcessRecord) -> Path:
        return record.file(self.settings.state_dir, "log")

    def _not_started(self, record: ProcessRecord) -> GatewayError | PortTakenError:
        told = last_lines(self._log(record))
        if "address already in use" in told.lower():
            return PortTakenError(f"{record.url} was taken by another program meanwhile.", "Try again.")
        return GatewayError(
            f"The gateway did not start. The end of {self._log(record)}:\n{told}\n",
            "Run `python main.py gateway doctor`.",
        )
