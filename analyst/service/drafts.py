"""What a model is just writing of an answer, for whoever watches, until the run ends.

A draft has been checked by nobody, so it shows no number: references are left open until the guards have filled them.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from analyst.core.errors import StoreError
from analyst.core.events import Written
from analyst.storage import job_records, jobs
from analyst.storage.database import Store

WRITER = "report_writer"
MOST_CHARACTERS, SAVE_S = 20_000, 1.0
"""Characters of a draft, and seconds between two times that it is saved."""
OPEN = "…"
"""What stands for a number that is not checked yet."""
_FIELD = re.compile(r'"(answer|summary)"\s*:\s*"((?:[^"\\]|\\.)*)')
_REFERENCE = re.compile(r"\{\{.*?(?:\}\}|$)", re.DOTALL)


@dataclass
class Draft:
    """What one call has written so far, and when it was last saved (seconds of the clock)."""

    call: str = ""
    text: str = ""
    saved_at: float = float("-inf")


class Drafts:
    """The drafts of the runs that this process makes, saved in `store` each second: a process that takes a run over
    shows what was written before it, and so does one that only serves pages. Safe to use from several threads."""

    def __init__(self, store: Callable[[], Store], clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._drafts: dict[str, Draft] = {}
        self._lock = threading.Lock()

    @contextmanager
    def heard(self, run_id: str) -> Iterator[None]:
        """Take what is written in the run while the block runs."""
        with self._lock:
            self._drafts[run_id] = Draft()
        try:
            yield
        finally:
            with self._lock:
                del self._drafts[run_id]

    def hear(self, written: Written) -> None:
        """Take a piece of text; one of another call begins anew."""
        with self._lock:
            draft = self._drafts.get(written.run_id or "")
            if draft is None or written.agent != WRITER:
                return
            if draft.call != written.call:
                draft.call, draft.text = written.call, ""
            draft.text = (draft.text + written.text)[:MOST_CHARACTERS]
            due = self._clock() - draft.saved_at >= SAVE_S
            if due:
                draft.saved_at = self._clock()
            text = draft.text
        if due:
            self._save(written.run_id or "", text)

    def of(self, run_id: str) -> tuple[str, ...]:
        """The answer and its summary as far as they are written; none where nothing is. StoreError."""
        with self._lock:
            draft = self._drafts.get(run_id)
            text = draft.text if draft is not None else ""
        if not text:
            with self._store().read() as transaction:
                text = job_records.draft_of(transaction, run_id)
        return tuple(filter(None, (_plain(found) for _, found in _FIELD.findall(text))))

    def _save(self, run_id: str, text: str) -> None:
        """Keep the draft where the run has not ended meanwhile."""
        with suppress(StoreError), self._store().write() as transaction:  # a draft is worth no failed answer
            job = jobs.find(transaction, run_id)
            if job is not None and job.state in jobs.OPEN:
                job_records.put_draft(transaction, run_id, text)


def _plain(written: str) -> str:
    """The text of a JSON string that may break off, with what is not checked left open."""
    whole = re.sub(r"\\(?:u[0-9a-fA-F]{0,3})?$", "", written)
    try:
        text = str(json.loads(f'"{whole}"', strict=False))
    except ValueError:
        return ""
    return re.sub(r"\d[\d.,]*", OPEN, _REFERENCE.sub(OPEN, text)).removesuffix("{").strip()
