"""The pages on a port over the real workflow: only the models are the rule-based analyst, in this process."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from analyst.answers.question import check_question
from analyst.apps.web.serving import Running
from analyst.budget.prices import load_prices
from analyst.core.settings import Settings, load_settings
from analyst.datasets.kept_tables import KeptTables
from analyst.datasets.opened_tables import OpenedTables
from analyst.datasets.previewing import Preview
from analyst.llm.chains import load_chains
from analyst.llm.listening import Patience
from analyst.llm.listing import list_models
from analyst.protocol.calls import CallRequest, GatewayReply
from analyst.protocol.models import ModelStatus
from analyst.protocol.table import TableProfile, TableSource
from analyst.rulebased.analyst import reply
from analyst.service.access import AccessKeys
from analyst.service.drafts import Drafts
from analyst.service.threads import Threads
from analyst.service.worker import Claimed
from analyst.storage.database import Store
from monitoring import PerformanceMonitor
from routing import SmartRouter
from tests.apps.web.served import served
from tests.scripted import scripted_router
from workflow import Platform, run_analysis

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MB = 10**6


@dataclass
class RuleBased:
    """Answers every model's calls by the rules, and waits for `go_on` before each, and in the middle of what an agent
    writes that is held."""

    go_on: threading.Event = field(default_factory=threading.Event)
    held: set[str] = field(default_factory=set)

    def hold(self, *agents: str) -> None:
        """Have these agents stop in the middle."""
        self.held.update(agents)

    def let_go(self, *agents: str) -> None:
        """Have these agents go on; all, if none is named."""
        self.held.difference_update(agents or tuple(self.held))

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        self.go_on.wait(30)
        text = reply([dict(message) for message in request.messages])
        for place in range(0, len(text), 50):
            on_text(text[place : place + 50])
            while request.agent in self.held and place >= 2 * len(text) // 3:
                time.sleep(0.02)
        return GatewayReply(text, model, model, input_tokens=100, output_tokens=20, latency_s=0.1)


class InProcess:
    """A resident without a gateway."""

    def __init__(self, settings: Settings, router: SmartRouter, monitor: PerformanceMonitor, drafts: Drafts) -> None:
        self.settings, self.monitor = settings, monitor
        self.drafts = drafts
        self._router, self.tables = router, OpenedTables(KeptTables(settings.state_dir / "tables", 50 * MB))

    @property
    def store(self) -> Store:
        return self.monitor.store

    def warm_up(self) -> None:
        """Nothing to load."""

    def is_ready(self) -> bool:
        return True

    def analyse(self, claimed: Claimed) -> object:
        asked = claimed.request
        router = claimed.asking(self._router)
        platform = Platform(self.settings, lambda: router, self.monitor, claimed.tell, tables=self.tables)
        source, threads = asked.source, Threads(lambda: self.store, self.settings.runs_dir)
        before = threads.before(asked.follows) if asked.follows else ()
        question = check_question(asked.question, before, asked.selection)
        with self.drafts.heard(claimed.id):
            return run_analysis(source, question, platform, run_id=claimed.id)

    def profile(self, table: Path) -> TableProfile:
        return self.preview(TableSource(table)).profile

    def preview(self, source: TableSource, like: str = "") -> Preview:
        with self.tables.open(source, self.settings, lambda event: None, like=like) as opened:
            return opened.preview(lambda event: None)

    def budget(self) -> Mapping[str, object]:
        return self.monitor.check_budget_compliance()

    def spent_by(self, asker: str) -> Decimal:
        return Decimal(0)

    def models(self) -> list[ModelStatus]:
        return list_models(load_chains(), load_prices(), self.store, time.time())

    def metrics(self) -> str:
        return self.monitor.prometheus_text()

    def close(self) -> None:
        self.tables.close()


@dataclass
class Pages:
    """A running service with pages: its address, its models and its keys."""

    url: str
    models: RuleBased
    keys: AccessKeys
    monitor: PerformanceMonitor

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, follow_redirects=True)


@dataclass
class Started:
    """A service that may be stopped and started again on its port, with all that it keeps under `folder`."""

    pages: Pages
    running: Running


@contextmanager
def started(folder: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[Started]:
    """A service whose files lie in `folder`."""
    models = RuleBased()
    models.go_on.set()
    store = Store.at(folder / "metrics.db")
    drafts = Drafts(lambda: store)
    router, monitor = scripted_router(models, folder, on_text=drafts.hear)
    settings = load_settings(
        folder / "none.env", metrics_export_path=folder / "metrics.db", database_url=None, runs_dir=folder / "runs",
        state_dir=folder / "var", uploads_dir=folder / "uploads", upload_limit_mb=1, cache_dir=folder / "cache",
    )  # fmt: skip
    with served(InProcess(settings, router, monitor, drafts), host, models.go_on, port) as (running, keys):
        yield Started(Pages(running.presence.url, models, keys, monitor), running)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with started(tmp_path_factory.mktemp("pages")) as service:
        yield service.pages


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Pages that want a key, as those do that other machines can reach."""
    with started(tmp_path_factory.mktemp("keyed"), host="0.0.0.0") as service:
        yield service.pages


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()
