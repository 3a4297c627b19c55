"""What is forgotten of runs that are old or deleted: question, events, replies, cached answer and files.

What calls cost stays booked. A folder that the asker chose is the asker's.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from analyst.core.settings import Settings
from analyst.storage import answers_kept, runs, threads
from analyst.storage.database import Store

DAY_S = 86_400.0


def forget_files(store: Store, runs_dir: Path, run_id: str, chosen: Path | None) -> None:
    """Forget the cached answer of a run and the folder of its files, unless its asker has `chosen` another one."""
    answers_kept.remove_run(store, run_id)
    if chosen is None:
        shutil.rmtree(runs_dir / run_id, ignore_errors=True)


def forget_unqueued(store: Store, runs_dir: Path, before: float) -> int:
    """Forget the runs that began before that time (Unix seconds) and were no jobs of the service: those of a terminal
    that found no service. How many."""
    with store.write() as transaction:
        old = runs.without_job(transaction, before)
        asked = {run_id: threads.find(transaction, run_id) for run_id in old}
        for run_id in old:
            runs.remove(transaction, run_id)
            threads.remove(transaction, run_id)
    for run_id, turn in asked.items():
        forget_files(store, runs_dir, run_id, Path(turn.folder) if turn is not None and turn.folder else None)
    return len(old)


def forget_at_terminal(store: Store, settings: Settings) -> None:
    """Forget what a terminal's earlier runs left, as KEEP_DAYS says: where no service runs, nobody else does."""
    if settings.keep_days is not None:
        forget_unqueued(store, settings.runs_dir, time.time() - settings.keep_days * DAY_S)
