"""The pages: seconds from a dropped table to its preview, bytes and requests of each page, what watchers cost.

    python main.py bench pages [--sizes 1 100 1000] [--watchers 50] [--write]

Asked over HTTP as a browser asks, without the seconds that a browser draws. All figures are measured.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx

from analyst.core.agents import ROLES
from analyst.core.scratch import scratch
from analyst.core.settings import Settings
from analyst.samples.catalog import SAMPLES
from lab.benchmarks.profiling import write_table
from lab.benchmarks.serving import MB, ServiceProcess, of_gateway, running_service
from lab.benchmarks.tables import markdown, write_section
from monitoring import PerformanceMonitor
from tests.gateway_process import running_gateway
from tests.recorded import metrics

ROWS_PER_MB = 10_200
"""Of the table with eleven columns."""
CHUNK, CALLS = 1 << 20, 5000
"""Bytes sent at once; calls of a day."""
WATCHED_S = 20.0
_PART = re.compile(r'data-part="([^"]+)"')
_PEEK = re.compile(r'data-peek="([^"]+)"')
_LOADED = re.compile(r'(?:<link[^>]*href|<script[^>]*src|<img[^>]*src)="(/[^"]+)"')


def record_a_day(settings: Settings) -> None:
    """A day of calls for the dashboard: of every agent, by several models, one in twenty failed."""
    monitor, now = PerformanceMonitor(settings), time.time()
    models = ("groq-gpt-oss-20b", "groq-gpt-oss-120b", "claude-haiku-5-5", "claude-sonnet-5-5", "embedded-analyst")
    for number in range(CALLS):
        failed: dict[str, Any] = {"success": False, "error_reason": "timeout"} if number % 20 == 0 else {}
        told: dict[str, Any] = {
            "agent_name": list(ROLES)[number % len(ROLES)],
            "model_used": models[number % len(models)],
        }
        told |= {"run_id": f"run-{number // 4}", "timestamp": now - 86_000 * number / CALLS, **failed}
        monitor.record_request(metrics(f"call-{number}", **told, latency_s=0.1 * (1 + number % 90)))
    monitor.store.close()


def browsing(service: ServiceProcess) -> httpx.Client:
    """A client that asks for pages as the service's owner."""
    headers = {"Authorization": f"Bearer {service.token}", "accept": "text/html"}
    return httpx.Client(base_url=service.url, headers=headers, timeout=900, trust_env=False)


def drops(service: ServiceProcess, folder: Path, sizes: list[int]) -> list[list[str]]:
    """For each size in MB: seconds of the upload, of the table's page, until its first rows show, of its profile, of
    all; the most memory that the service had meanwhile."""
    found = []
    for size in sizes:
        file = folder / f"table-{size}.csv"
        write_table(file, size * ROWS_PER_MB)
        with browsing(service) as client, Peak(service) as peak:
            began = time.monotonic()
            id = client.put(f"/api/v1/tables/{file.name}", content=_chunks(file)).raise_for_status().json()["id"]
            sent = time.monotonic()
            page = client.get(f"/tables/{id}").raise_for_status().text
            opened = time.monotonic()
            for address in _PEEK.findall(page):
                client.get(html.unescape(address)).raise_for_status()
            peeked = time.monotonic()
            for address in _PART.findall(page):
                client.get(html.unescape(address)).raise_for_status()
            shown = time.monotonic()
            first = peeked if _PEEK.search(page) else shown
            times = (sent - began, opened - sent, first - began, shown - peeked, shown - began)
        told = [f"{file.stat().st_size / MB:,.0f}", *(f"{seconds:.1f}" for seconds in times), f"{peak.most_mb:,.0f}"]
        found.append(told)
        file.unlink()
    return found


class Peak:
    """The most memory that a service had while the block ran, looked at twice a second."""

    def __init__(self, service: ServiceProcess) -> None:
        self.most_mb = 0.0
        self._service, self._ending = service, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ending.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ending.wait(0.5):
            self.most_mb = max(self.most_mb, self._service.whole_rss_mb())


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as reading:
        while chunk := reading.read(CHUNK):
            yield chunk


def weights(service: ServiceProcess) -> list[list[str]]:
    """Of each page: requests of a first visit, kB of the page itself, kB of the files that the browser then keeps."""
    with browsing(service) as client:
        sample = SAMPLES["sales"].path
        id = client.put(f"/api/v1/tables/{sample.name}", content=sample.read_bytes()).raise_for_status().json()["id"]
        with service.client() as api:
            service.answer(api, sample, "What is the total revenue by region?")
            run = api.get("/analyses").raise_for_status().json()[0]["id"]
        addresses = {
            "start": "/", "table": f"/tables/{id}", "answer": f"/analyses/{run}", "history": "/analyses",
            "operations": "/ops", "figures": "/ops/figures", "settings": "/ops/settings", "run": f"/ops/runs/{run}",
        }  # fmt: skip
        return [[name, *_weight(client, address)] for name, address in addresses.items()]


def _weight(client: httpx.Client, address: str) -> tuple[str, str, str]:
    page = client.get(address).raise_for_status()
    more = [html.unescape(one) for one in (*_PART.findall(page.text), *_LOADED.findall(page.text))]
    parts = {one: client.get(one).raise_for_status() for one in dict.fromkeys(more)}
    kept = {one: part for one, part in parts.items() if "immutable" in part.headers.get("cache-control", "")}
    own = [page, *(part for one, part in parts.items() if one not in kept)]
    return str(1 + len(parts)), f"{_sent(own):.1f}", f"{_sent(kept.values()):.1f}"


def _sent(answers: Iterable[httpx.Response]) -> float:
    """kB that went over the wire."""
    return sum(answer.num_bytes_downloaded for answer in answers) / 1000


def watching(service: ServiceProcess, watchers: int) -> list[list[str]]:
    """CPU of the service in percent of a core: without watchers, with one, with so many."""
    found = []
    for count in (0, 1, watchers):
        ending, received = threading.Event(), [0] * max(count, 1)
        threads = [threading.Thread(target=_watch, args=(service, ending, received, at)) for at in range(count)]
        for thread in threads:
            thread.start()
        time.sleep(3)  # until all are connected
        before, began = service.process.cpu_times(), time.monotonic()
        time.sleep(WATCHED_S)
        after, seconds = service.process.cpu_times(), time.monotonic() - began
        ending.set()
        for thread in threads:
            thread.join()
        cpu = after.user + after.system - before.user - before.system
        found.append([str(count), f"{100 * cpu / seconds:.1f}", f"{sum(received) / max(count, 1) / 1000:,.0f}"])
    return found


def _watch(service: ServiceProcess, ending: threading.Event, received: list[int], at: int) -> None:
    with browsing(service) as client, client.stream("GET", "/watch?ops=over%3D24h") as stream:
        for chunk in stream.iter_raw():
            received[at] += len(chunk)
            if ending.is_set():
                return


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 100, 1000], metavar="MB", help="tables to drop")
    parser.add_argument("--watchers", type=int, default=50, help="dashboards that are watched at once")
    parser.add_argument("--write", action="store_true", help="write the tables into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and write the section of lab/benchmarks/README.md if asked to."""
    with scratch("pages") as folder, running_gateway(folder) as gateway:
        record_a_day(gateway.settings)
        environment = (
            os.environ
            | of_gateway(gateway)
            | {
                "UPLOADS_DIR": str(folder / "uploads"),
                "UPLOAD_LIMIT_MB": str(2 * max(arguments.sizes)),
            }
        )
        with running_service(environment, gateway.settings.state_dir) as service:
            told = (
                markdown(["page", "requests", "kB of its own", "kB kept by the browser"], weights(service)),
                markdown(
                    ["MB", "upload s", "page s", "first rows after s", "profile s", "in all s", "most memory MB"],
                    drops(service, folder, arguments.sizes),
                ),
                markdown(
                    ["dashboards watched", "CPU, % of a core", f"kB received each in {WATCHED_S + 3:.0f} s"],
                    watching(service, arguments.watchers),
                ),
            )
    text = "\n\n".join(told)
    print(text)
    if arguments.write:
        sizes = " ".join(map(str, arguments.sizes))
        write_section(
            "pages",
            "What the pages weigh and cost",
            f"`python main.py bench pages --sizes {sizes} --watchers {arguments.watchers}`; measured. What a browser asks"
            f" for at a first visit, as it is sent (gzip); a table of eleven columns from the drop to its preview, with the memory of"
            f" the service and its processes; the CPU of the"
            f" service while dashboards of a day with {CALLS:,} calls are watched.",
            text,
        )
    return 0
