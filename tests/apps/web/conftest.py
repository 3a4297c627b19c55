"""The real API on a port, over a real queue and worker; only the analysis itself is a stand-in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from analyst.core.errors import AnalysisError
from analyst.core.events import Progress
from analyst.core.settings import Settings, load_settings
from analyst.datasets.opened_tables import OpenedTables
from analyst.datasets.previewing import Preview
from analyst.protocol.models import ModelStatus
from analyst.protocol.results import AnalysisResult, DatasetRecord, Grounding
from analyst.protocol.table import TableProfile, TableSource
from analyst.service.access import AccessKeys
from analyst.service.drafts import Drafts
from analyst.service.requests import AnalysisRequest
from analyst.service.worker import Claimed
from analyst.storage.database import Store
from tests.apps.web.served import served


@dataclass
class StandIn:
    """A resident whose analyses tell two stages, wait for `go_on` in between, and write a folder."""

    settings: Settings
    store: Store
    go_on: threading.Event = field(default_factory=threading.Event)
    tables: OpenedTables = field(default_factory=OpenedTables)
    asked: list[AnalysisRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.drafts = Drafts(lambda: self.store)

    def warm_up(self) -> None:
        """Nothing to load."""

    def is_ready(self) -> bool:
        return self.go_on.is_set()

    def analyse(self, claimed: Claimed) -> None:
        self.asked.append(claimed.request)
        claimed.tell(Progress("stage", "Reading", stage="reading"))
        self.go_on.wait(30)
        claimed.tell(Progress("stage", "Writing", stage="report"))
        if claimed.request.question == "fail":
            raise AnalysisError("No model answered.", "Add a key.")
        folder = self.settings.runs_dir / claimed.id
        folder.mkdir(parents=True)
        for name in ("report.html", "report.pdf", "report.md"):
            (folder / name).write_text(f"{name} of {claimed.request.question}")
        files = {name: str(folder / name) for name in ("report.html", "report.pdf", "report.md", "result.json")}
        (folder / "result.json").write_text(answer(claimed, files).model_dump_json())

    def profile(self, table: Path) -> TableProfile:
        return self.preview(TableSource(table)).profile

    def preview(self, source: TableSource, like: str = "") -> Preview:
        with self.tables.open(source, self.settings, lambda event: None) as opened:
            return opened.preview(lambda event: None)

    def budget(self) -> Mapping[str, object]:
        return {"limit_usd": Decimal("20")}

    def spent_by(self, asker: str) -> Decimal:
        return Decimal("0.25")

    def models(self) -> list[ModelStatus]:
        return [ModelStatus("m", "a", Decimal("0.1"), Decimal("0.5"), True, "closed", "", 0.0, ())]

    def metrics(self) -> str:
        return "budget_usd 20\n"

    def close(self) -> None:
        """Nothing to close."""


def answer(claimed: Claimed, files: dict[str, str]) -> AnalysisResult:
    return AnalysisResult(
        id=claimed.id, question=claimed.request.question, reading="", dataset=DatasetRecord(name="t", rows=1, columns=1, fingerprint="f"),
        title="", answer="42", summary="", report="", insights=(), recommendations=(), caveats=(), fields={}, plan={}, evidence=(),
        charts=(), grounding=Grounding(numbers=0, from_evidence=0, from_question=0), calls=(), cost_usd=Decimal(0), latency_s=0.1,
        degraded=(), files=files,
    )  # fmt: skip


@dataclass
class Api:
    """A running service: its address, the token of its owner, and the stand-in behind it."""

    url: str
    token: str
    resident: StandIn
    keys: AccessKeys

    def client(self, key: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def owner(self) -> httpx.Client:
        return self.client(self.token)


RATE = 60
"""Requests a minute, where the service is open to others."""


def started(
    folder: Path, host: str = "127.0.0.1", requests_per_minute: int = 6000, disk: Path | None = None
) -> Iterator[Api]:
    """A service whose files lie in `folder`, but for tables and reports where `disk` is given."""
    settings = load_settings(
        folder / "none.env", metrics_export_path=folder / "metrics.db", database_url=None, runs_dir=(disk or folder) / "runs",
        state_dir=folder / "var", uploads_dir=(disk or folder) / "uploads", upload_limit_mb=1, waiting_per_asker=2,
        requests_per_minute=requests_per_minute, source_hosts="data.example,db.example:5432",
        engine_tables="sales.*,parquet:/lake/*,jdbc:postgresql://db/shop?table=public.*",
    )  # fmt: skip
    resident = StandIn(settings, Store.at(settings.metrics_export_path))
    with served(resident, host, resident.go_on) as (running, keys):
        yield Api(running.presence.url, running.presence.token, resident, keys)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    yield from started(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def open_to_others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that listens on every interface, and so wants keys."""
    yield from started(tmp_path_factory.mktemp("others"), host="0.0.0.0", requests_per_minute=RATE)


@pytest.fixture
def going(api: Api) -> Iterator[Api]:
    """The service with analyses that run through."""
    api.resident.go_on.set()
    yield api


@pytest.fixture
def held(api: Api) -> Iterator[Api]:
    """The service with analyses that wait in the middle."""
    api.resident.go_on.clear()
    yield api
    api.resident.go_on.set()
