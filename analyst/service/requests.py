"""What is asked of the service, and the JSON in which the store keeps requests, events and failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from analyst.core.errors import PlatformError
from analyst.core.events import Ended, Failure, Progress
from analyst.protocol.places import Place
from analyst.protocol.relations import KeyPair
from analyst.protocol.selection import Selection
from analyst.protocol.table import TableSource

LAST = "last"
"""What stands for the newest answered question of an asker."""


@dataclass(frozen=True)
class AnalysisRequest:
    """A question about the table at the place `table`, joined with `others`; `on` as of a TableSource.

    `fresh`: no cached answer; `consensus`: several models plan it.
    `out` is the folder that is written (None: one named like the run). The higher `priority` is served first. `follows`
    is the analysis that the question follows up on; `selection` what was chosen by menus, which it puts in words.
    """

    table: Place
    question: str
    sheet: str | None = None
    fresh: bool = False
    consensus: bool = False
    out: Path | None = None
    priority: int = 0
    follows: str | None = None
    selection: Selection | None = None
    others: tuple[TableSource, ...] = ()
    on: tuple[KeyPair, ...] = ()

    @property
    def source(self) -> TableSource:
        """Where its tables are."""
        return TableSource(self.table, self.sheet, self.others, self.on)

    @property
    def needs_passwords(self) -> bool:
        """Whether one of its tables lies in a database."""
        return self.source.needs_passwords

    def fetched(self, fetch: Callable[[Place], Place]) -> AnalysisRequest:
        """The request with each table where `fetch` says that it is read."""
        others = tuple(replace(other, place=fetch(other.place)) for other in self.others)
        return replace(self, table=fetch(self.table), others=others)


@dataclass(frozen=True)
class FollowUp:
    """A question that follows up on the analysis `follows` (or the asker's "last" one), about that one's tables and
    `others`, joined `on` the columns that a person chose. With `selection` it is that one's with other choices, put in
    words."""

    follows: str
    question: str
    fresh: bool = False
    consensus: bool = False
    out: Path | None = None
    priority: int = 0
    selection: Selection | None = None
    others: tuple[TableSource, ...] = ()
    on: tuple[KeyPair, ...] = ()

    @property
    def needs_passwords(self) -> bool:
        """Whether one of the tables that it adds lies in a database."""
        return any(other.needs_passwords for other in self.others)


REQUEST = TypeAdapter(AnalysisRequest)
EVENT: TypeAdapter[Progress | Ended] = TypeAdapter(Progress | Ended)
FAILURE = TypeAdapter(Failure)


def failure_of(error: Exception) -> Failure:
    """`error` as it is kept and told: one that nobody expected is an internal error, whose text may hold anything."""
    if isinstance(error, PlatformError):
        return Failure(type(error).__name__, error.message, error.fix, error.exit_code)
    return Failure("InternalError", f"Internal error ({type(error).__name__}).", "Look for it in the service's log.")
