"""The service as a process of its own under a benchmark: started as its user starts it, asked over HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from analyst.core.errors import GatewayError
from analyst.core.settings import ROOT, load_settings
from analyst.service.presence import running
from tests.gateway_process import RunningGateway

MB = 1_000_000
PATIENCE_S = 900.0


@dataclass(frozen=True)
class ServiceProcess:
    """A running service: its address, its process, and the token of this machine's owner."""

    url: str
    process: psutil.Process
    token: str

    def client(self, key: str | None = None) -> httpx.Client:
        """A client that asks with `key`, or as the owner."""
        headers = {"Authorization": f"Bearer {key or self.token}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60, trust_env=False)

    def answer(self, client: httpx.Client, table: Path, question: str) -> tuple[float, list[str]]:
        """Seconds until the owner's question about a file was answered, and what was told on the way."""
        began, told = time.monotonic(), list[str]()
        body = {"file": str(table), "question": question, "fresh": True}
        run = client.post("/analyses", json=body).raise_for_status().json()["id"]
        with client.stream("GET", f"/analyses/{run}/events") as stream:
            told = [line for line in stream.iter_lines() if line.startswith("data: ")]
        if '"state":"done"' not in told[-1]:
            raise RuntimeError(f"{question!r} was not answered: {told[-1]}")
        return time.monotonic() - began, told

    def rss_mb(self) -> float:
        """Memory of the service's own process."""
        return float(self.process.memory_info().rss / MB)

    def whole_rss_mb(self) -> float:
        """Memory of the service's process and of those that it started."""
        found = 0.0
        for process in (self.process, *self.process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # a worker that has ended
                found += process.memory_info().rss / MB
        return found

    def read_mb(self) -> float:
        """What the process has read so far, from files and pipes."""
        found: Any = self.process.io_counters()
        return float(found.read_chars / MB)


def of_gateway(gateway: RunningGateway) -> dict[str, str]:
    """The variables of a service that asks `gateway`."""
    settings = gateway.settings
    return {
        "LITELLM_PROXY_URL": settings.litellm_proxy_url,
        "LITELLM_MASTER_KEY": gateway.info.key,
        "OLLAMA_BASE_URL": settings.ollama_base_url,
        "STATE_DIR": str(settings.state_dir),
        "RUNS_DIR": str(settings.runs_dir),
        "METRICS_EXPORT_PATH": str(settings.metrics_export_path),
        "DATABASE_URL": "",
    }


@contextmanager
def running_service(environment: Mapping[str, str], state_dir: Path) -> Iterator[ServiceProcess]:
    """A service on a free port that is warm, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "main.py", "serve", "--port", "0"],
        cwd=ROOT,
        env=dict(environment),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        told = process.stderr.readline()
        found = re.search(r"http://\S+", told)
        if found is None:
            raise GatewayError(f"The service did not start: {told or 'no message'}", "Run `python main.py serve`.")
        until_ready(found[0])
        yield ServiceProcess(found[0], psutil.Process(process.pid), _token(state_dir))
    finally:
        process.terminate()
        process.communicate(timeout=60)


def until_ready(url: str) -> None:
    """Wait until a question would begin at once."""
    end = time.monotonic() + PATIENCE_S
    while httpx.get(f"{url}/ready", timeout=PATIENCE_S, trust_env=False).status_code != 200:
        if time.monotonic() > end:
            raise TimeoutError(f"the service at {url} is not ready after {PATIENCE_S:g} s")
        time.sleep(0.2)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of `values` lies."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _token(state_dir: Path) -> str:

    presence = running(load_settings(state_dir=state_dir))
    if presence is None:
        raise GatewayError("The service left no word of itself.", "Run `python main.py serve`.")
    return presence.token
