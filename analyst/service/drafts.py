"""What a model is just writing of an answer, for whoever watches: in this process' memory only, gone when it ends.

A draft has been checked by nobody, so it shows no number: references are left open until the guards have filled them.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict

from analyst.core.events import Written

WRITER = "report_writer"
MOST_RUNS, MOST_CHARACTERS = 200, 20_000
"""Drafts that are remembered, and characters of one."""
OPEN = "…"
"""What stands for a number that is not checked yet."""
_FIELD = re.compile(r'"(answer|summary)"\s*:\s*"((?:[^"\\]|\\.)*)')
_REFERENCE = re.compile(r"\{\{.*?(?:\}\}|$)", re.DOTALL)


class Drafts:
    """The drafts of the runs of a process, by run. Safe to use from several threads."""

    def __init__(self) -> None:
        self._written: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._lock = threading.Lock()

    def hear(self, written: Written) -> None:
        """Take a piece of text; one of another call begins anew."""
        if written.agent != WRITER or written.run_id is None:
            return
        with self._lock:
            call, text = self._written.pop(written.run_id, (written.call, ""))
            text = text if call == written.call else ""
            self._written[written.run_id] = written.call, (text + written.text)[:MOST_CHARACTERS]
            while len(self._written) > MOST_RUNS:
                self._written.popitem(last=False)

    def of(self, run_id: str) -> tuple[str, ...]:
        """The answer and its summary as far as they are written; none where nothing is."""
        with self._lock:
            _, text = self._written.get(run_id, ("", ""))
        return tuple(filter(None, (_plain(found) for _, found in _FIELD.findall(text))))

    def forget(self, run_id: str) -> None:
        """The run has ended."""
        with self._lock:
            self._written.pop(run_id, None)


def _plain(written: str) -> str:
    """The text of a JSON string that may break off, with what is not checked left open."""
    whole = re.sub(r"\\(?:u[0-9a-fA-F]{0,3})?$", "", written)
    try:
        text = str(json.loads(f'"{whole}"', strict=False))
    except ValueError:
        return ""
    return re.sub(r"\d[\d.,]*", OPEN, _REFERENCE.sub(OPEN, text)).removesuffix("{").strip()
