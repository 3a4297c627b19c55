"""Simulated providers for tests and load tests: a process of their own on free ports, gone when the block ends.

    with simulated_providers("chaos-30", seed=7, speed=10) as providers:
        settings = load_settings(**providers.settings())
        ...
        providers.set_scenario("groq-down")
        print(providers.stats()["billed_usd"])

A process and not a thread, so that it takes no time from the code under measurement.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from analyst.core.errors import GatewayError, SettingsError
from analyst.core.settings import ROOT
from lab.simulator.scenarios import Scenario

START_TIMEOUT_S = 30.0
CONTROL_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class SimulatedProviders:
    """Running simulated providers: where they are, and how they are told what to do."""

    control_url: str
    variables: Mapping[str, str]

    def settings(self) -> dict[str, str]:
        """Fields of analyst.core.settings.Settings that send the gateway here."""
        return {name.lower(): value for name, value in self.variables.items()}

    def set_scenario(self, scenario: str | Scenario | Mapping[str, Any], seed: int | None = None) -> None:
        """Begin another scenario, by name, whole, or as a document. SettingsError for a bad one."""
        document = scenario.model_dump(mode="json") if isinstance(scenario, Scenario) else scenario
        self._ask("POST", "scenario", {"scenario": document, **({} if seed is None else {"seed": seed})})

    def stats(self) -> dict[str, Any]:
        """Counts by provider (see lab.simulator.accounting.Account), and `billed_usd` of all as text."""
        return dict(self._ask("GET", "stats"))

    def billed_usd(self) -> Decimal:
        """What all providers together would have billed so far."""
        return Decimal(self.stats()["billed_usd"])

    def requests(self) -> list[dict[str, Any]]:
        """The latest requests one by one (see lab.simulator.accounting.Entry)."""
        return list(self._ask("GET", "requests"))

    def clear(self) -> None:
        """Set all counts to zero."""
        self._ask("DELETE", "stats")

    def _ask(self, method: str, what: str, body: Any = None) -> Any:
        import httpx

        with httpx.Client(trust_env=False, timeout=CONTROL_TIMEOUT_S) as client:
            told = client.request(method, f"{self.control_url}/simulator/{what}", json=body)
        if told.status_code == 422:
            raise SettingsError(str(told.json()["error"]))
        told.raise_for_status()
        return told.json()


@contextmanager
def simulated_providers(
    scenario: str = "calm", *, seed: int = 0, speed: float = 1.0, port: int = 0
) -> Iterator[SimulatedProviders]:
    """Simulated providers on `port` and the following ones (0: free ones). GatewayError when they do not start."""
    options = ["--scenario", scenario, "--seed", str(seed), "--speed", str(speed), "--port", str(port), "--attached"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, str(ROOT / "main.py"), "simulate", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        variables = _read_start(process)
        yield SimulatedProviders(variables.pop("SIMULATOR_URL"), variables)
    finally:
        process.terminate()
        process.communicate(timeout=START_TIMEOUT_S)


def _read_start(process: subprocess.Popen[str]) -> dict[str, str]:
    """The variables that it prints before it is ready, but for the books of people: a program has its own."""
    from lab.simulator.command import BOOKS_OF_ITS_OWN, READY

    output: IO[str] = process.stdout  # type: ignore[assignment]
    variables: dict[str, str] = {}
    for line in output:
        if line.startswith(READY):
            return variables
        if "=" in line and not line.startswith("#"):
            name, _, value = line.strip().partition("=")
            if name not in BOOKS_OF_ITS_OWN:
                variables[name] = value
    told = process.communicate(timeout=START_TIMEOUT_S)[1]
    raise GatewayError(
        f"The simulator did not start: {' '.join(told.split()) or 'no message'}", "Run `python main.py simulate`."
    )
