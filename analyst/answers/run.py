"""One analysis under way, as the steps of the pipeline know it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from analyst.core.events import RunEvents
from analyst.protocol.calls import CallRecord
from analyst.protocol.selection import Selection
from analyst.protocol.threads import Turn

FAILURES = "failures.log"
"""What failed while an analysis ran, in the run's folder, with tracebacks."""


@dataclass(frozen=True)
class Run:
    """What one analysis is about: its id, its question, the folder that it writes, and whom it tells.

    `elapsed` gives the seconds since it began; `consensus`: several models plan it; `fresh`:
    a kept answer is not given again; `kept_in`: the folder of what is the same for every run. `before`: the turns that
    the question follows up on, the first one first. `selection`: what was chosen by menus: no model plans it.
    """

    id: str
    question: str
    folder: Path
    events: RunEvents
    elapsed: Callable[[], float]
    consensus: bool = False
    fresh: bool = False
    kept_in: Path | None = None
    before: tuple[Turn, ...] = ()
    selection: Selection | None = None

    @property
    def follows(self) -> str | None:
        """The run that the question follows up on."""
        return self.before[-1].run if self.before else None

    @property
    def edited(self) -> str:
        """The fingerprint of the table whose columns were chosen by menus; empty where none were."""
        return self.before[-1].fingerprint if self.before and self.selection else ""

    @property
    def asked(self) -> str:
        """All that was asked in the thread, which the answer may name: the question and those before it."""
        return "\n".join([*(turn.question for turn in self.before), self.question])


@contextmanager
def logged(failures: Sequence[str], run: Run) -> Iterator[None]:
    """When the block ends, write its `failures` into the run's folder and tell where: nothing where there is none.

    They may quote cells, as the folder's other files do; a disk that takes nothing more loses them, not the answer.
    """
    try:
        yield
    finally:
        if failures:
            with suppress(OSError):
                run.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                log = run.folder / FAILURES
                log.unlink(missing_ok=True)  # a link there would lead out of the folder
                log.write_text("\n\n".join(failures) + "\n", encoding="utf-8")
                log.chmod(0o600)
                run.events.note(f"A step failed: {failures[-1].splitlines()[0]} Details: {log}.")


@dataclass(frozen=True)
class CallsMade:
    """The calls of an analysis: `refused` says what was wrong with the replies that failed their guard, by the call's
    id; `unanswered_usd` is what was billed for calls that gave no reply and yet did not end the analysis."""

    calls: tuple[CallRecord, ...] = ()
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unanswered_usd: Decimal = Decimal(0)

    @property
    def cost_usd(self) -> Decimal:
        """What all of them cost."""
        return sum((call.route.cost_usd for call in self.calls), self.unanswered_usd)


NO_CALLS = CallsMade()


def new_run_id() -> str:
    """A name for a run that sorts by time and does not collide."""
    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
