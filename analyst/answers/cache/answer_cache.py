"""Kept answers: where they lie, how they are found again, how long they live.

An answer stays in its run's folder (`kept.json`) and nowhere else; the store holds digests that find it. So nothing is
kept that the runs folder does not hold, and deleting a run deletes its answer. An answer is given again only for the
same data under the same name, the same program and prompts, and the same models in reach: all of that is in its scope.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from analyst.core.program import digest as code_digest
from analyst.core.program import files_behind
from analyst.core.settings import ROOT
from analyst.reporting.report import Report
from analyst.reporting.saving import Attachments, write_whole
from analyst.storage import answers_kept
from analyst.storage.database import Store
from analyst.storage.slices import EVERYTHING, Slice
from analyst.storage.tables import to_micros, to_usd

KEPT_FILE = "kept.json"
TIERS = {1: "words_key", 2: "meaning_key", 3: "plan_key"}
"""By which key each tier finds an answer."""
_MAKERS = ("answers", "rulebased")
"""The rooms that make an answer, with every room behind them: the rule-based analyst is asked through the gateway."""
_SPINE = ("workflow.py", "agents.py", "litellm_config.yaml")
"""What makes it at the root."""


@dataclass(frozen=True)
class KeptReport:
    """What is written beside a run: its report and what comes with it, to be given again under another id."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    report: Report
    attached: Attachments


@dataclass(frozen=True)
class Keys:
    """What an answer is found by. `plan` and `demand` are empty while a question is still only words."""

    words: str
    meaning: str = ""
    plan: str = ""
    demand: str = ""


@dataclass(frozen=True)
class Kept:
    """An answer found again. `origin` is the run that made it, `cost_usd` and `latency_s` what it took, in seconds."""

    id: str
    origin: str
    content: KeptReport
    cost_usd: Decimal
    latency_s: float
    created_at: float
    age_s: float


_CONTENT: TypeAdapter[KeptReport] = TypeAdapter(KeptReport)


def digest(*parts: str) -> str:
    """One digest of several texts, told apart."""
    joined = hashlib.sha256()
    for part in parts:
        joined.update(f"{len(part.encode())}:".encode() + part.encode())
    return joined.hexdigest()[:32]


@cache
def program_version(root: Path = ROOT) -> str:
    """A digest of the code and data that make an answer: any change of them makes older answers unfit."""
    starts = [file for room in _MAKERS for file in (root / "analyst" / room).rglob("*.py")]
    return code_digest([*files_behind(starts, root), *(root / name for name in _SPINE)], root)[:32]


class AnswerCache:
    """The kept answers of one store, shared by threads and processes.

    `size` answers at most are kept, each for `ttl_s` seconds (0 of either: none); `clock` is Unix time.
    """

    def __init__(
        self, store: Callable[[], Store], *, size: int, ttl_s: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._size, self._ttl_s, self._clock = store, size, ttl_s, clock

    @property
    def on(self) -> bool:
        """Whether anything is kept at all."""
        return self._size > 0 and self._ttl_s > 0

    def find(self, scope: str, keys: Keys, tier: int, models: Callable[[], str]) -> Kept | None:
        """The newest fresh answer of `scope` with the key of this tier, if these `models` made it; None otherwise.

        `models` is asked only when there is something to be found. An answer whose file is gone, or is no longer what
        was written, is forgotten. Tier 3 wants the same demand beside the same plan. StoreError when the store fails.
        """
        now, store = self._clock(), self._store()
        wanted = {1: keys.words, 2: keys.meaning, 3: keys.plan}[tier]
        rows = answers_kept.find(store, scope, TIERS[tier], wanted, now - self._ttl_s)
        rows = [row for row in rows if tier < 3 or row["demand_key"] == keys.demand]
        for row in (row for row in rows if row["models"] == models()):
            if content := _read(Path(row["folder"]) / KEPT_FILE, row["digest"]):
                return Kept(
                    row["id"], row["origin"], content, to_usd(row["cost_micros"]), row["latency_s"],
                    row["created_at"], max(0.0, now - row["created_at"]),
                )  # fmt: skip
            answers_kept.remove(store, [row["id"]])
        return None

    def keep(
        self, id: str, scope: str, models: str, keys: Keys, content: KeptReport, folder: Path, again: Kept | None = None
    ) -> None:
        """Keep the answer of run `id` in its `folder`. `again`: it was given again, and is no fresher than it was."""
        now, report = self._clock(), content.report
        written = _CONTENT.dump_json(content)
        write_whole(folder, {KEPT_FILE: written})
        row = {
            "id": id,
            "origin": again.origin if again else id,
            "scope": scope,
            "models": models,
            "dataset": report.dataset.name if report.dataset else "",
            "words_key": keys.words,
            "meaning_key": keys.meaning,
            "plan_key": keys.plan,
            "demand_key": keys.demand,
            "folder": str(folder.resolve()),
            "digest": hashlib.sha256(written).hexdigest(),
            "cost_micros": to_micros(again.cost_usd if again else report.cost_usd),
            "latency_s": again.latency_s if again else report.latency_s,
            "created_at": again.created_at if again else now,
            "used_at": now,
        }
        answers_kept.add(self._store(), row, size=self._size, oldest=now - self._ttl_s)

    def record(self, run_id: str, tier: int, *, kept: Kept | None, saved_usd: Decimal, saved_s: float) -> None:
        """Record what run `run_id` found (tier 0: nothing) and what that saved."""
        row = {
            "run_id": run_id,
            "timestamp": self._clock(),
            "tier": tier,
            "saved_micros": to_micros(saved_usd),
            "saved_s": saved_s,
        }
        answers_kept.record_lookup(self._store(), row, kept.id if kept else None)


def cache_statistics(store: Store, of: Slice = EVERYTHING) -> dict[str, Any]:
    """Lookups in a slice's time, hits by tier, hit rate, saved USD (Decimal) and seconds, answers kept."""
    return answers_kept.statistics(store, of)


def _read(file: Path, expected: str) -> KeptReport | None:
    try:
        content = file.read_bytes()
        return _CONTENT.validate_json(content) if hashlib.sha256(content).hexdigest() == expected else None
    except (OSError, ValidationError):
        return None
