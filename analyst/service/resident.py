"""What a process that makes many analyses keeps between them, as the service sees it; main.py makes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from analyst.core.settings import Settings
from analyst.datasets.opened_tables import OpenedTables
from analyst.datasets.previewing import Preview
from analyst.protocol.models import ModelStatus
from analyst.protocol.table import TableProfile, TableSource
from analyst.service.bucket import Bucket
from analyst.service.drafts import Drafts
from analyst.service.program import fingerprint
from analyst.service.queue import JobQueue, Limits
from analyst.service.uploads import MB, Shelf, Uploads
from analyst.service.worker import Claimed
from analyst.storage.database import Store


class Resident(Protocol):
    """Makes analyses one after the other, on any thread."""

    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def tables(self) -> OpenedTables: ...
    @property
    def drafts(self) -> Drafts: ...
    def warm_up(self) -> None: ...
    def is_ready(self) -> bool: ...
    def analyse(self, claimed: Claimed) -> object: ...
    def profile(self, table: Path) -> TableProfile: ...
    def preview(self, source: TableSource, like: str = "") -> Preview: ...
    def budget(self) -> Mapping[str, object]: ...
    def spent_by(self, asker: str) -> Decimal: ...
    def models(self) -> Sequence[ModelStatus]: ...
    def metrics(self) -> str: ...
    def close(self) -> None: ...


def queue_of(resident: Resident) -> JobQueue:
    """The queue of the resident's store, with the settings' limits, for processes of its program."""
    settings = resident.settings
    limits = Limits(
        settings.running_per_asker,
        settings.waiting_per_asker,
        settings.waiting_limit,
        settings.target_latency_s,
        settings.daily_usd_per_asker,
    )
    return JobQueue(resident.store, limits, program=fingerprint(settings))


def uploads_of(resident: Resident) -> Uploads:
    """The uploads that the resident's settings name. SettingsError: their place can't be one."""
    settings = resident.settings
    bucket = Bucket.at(settings.uploads_url) if settings.uploads_url else None
    shelf = Shelf(settings.uploads_dir, bucket, settings.uploads_cache_mb * MB)
    return Uploads(resident.store, shelf, settings.upload_limit_mb, forget=resident.tables.forget)
