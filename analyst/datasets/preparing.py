"""A table and a question made ready for the agents: read, profiled, its card written, personal values hidden.

Whatever is wrong with either is said here, before a gateway or a model is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analyst.core.errors import TableError
from analyst.core.events import OnEvent, Progress
from analyst.core.settings import Settings
from analyst.datasets.card import build_card, card_evidence
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.datasets.privacy.questions import hide_question
from analyst.protocol.evidence import Evidence
from analyst.protocol.table import OpenedTable, TableProfile, TableSource, write_card


@dataclass(frozen=True)
class Prepared:
    """A table made ready for the agents: profiled, its card and what can always be cited; personal values hidden.

    `mentioned` are the values that the question names, by column.
    """

    profile: TableProfile
    question: str
    hidden_question: str
    card: str
    cited: Evidence
    privacy: Any
    mentioned: Mapping[str, Sequence[str]] = field(default_factory=dict)


def check_input(path: Path) -> None:
    """Refuse what can't be read as a table before anything is started. TableError."""
    if not path.exists():
        raise TableError(f"There is no file {str(path)!r}.", "Check the path.")
    if path.is_dir():
        raise TableError(f"{str(path)!r} is a folder.", "Choose a CSV, Parquet, Excel or JSON file.")


def open_source(source: TableSource, workdir: Path, settings: Settings, on_event: OnEvent) -> OpenedTable:
    """Read a table. TableError when it can't be."""
    from analyst.datasets.opening import open_table

    on_event(Progress("stage", f"Reading {source.path.name}", stage="reading"))
    opened = open_table(source.path, workdir, memory_mb=settings.sql_memory_mb, sheet=source.sheet)
    for note in opened.notes:
        on_event(Progress("note", note.message))
    return opened


def prepare(opened: OpenedTable, question: str, workdir: Path, settings: Settings, on_event: OnEvent) -> Prepared:
    """Profile a table and write its card for `question`."""
    return prepare_question(profile(opened, settings, on_event), question, workdir, settings)


def profile(opened: OpenedTable, settings: Settings, on_event: OnEvent) -> TableProfile:
    """Profile a table."""
    from analyst.datasets.profiling import profile_table

    told = f"Profiling {opened.rows:,} rows × {len(opened.columns):,} columns"
    on_event(Progress("stage", told, stage="profiling"))
    profiled = profile_table(opened, memory_mb=settings.sql_memory_mb)
    return replace(profiled, closed=profiled.closed or settings.share_cells == "never")


def prepare_question(profile: TableProfile, question: str, workdir: Path, settings: Settings) -> Prepared:
    """What agents need of a profiled table to answer `question`; `workdir` takes what does not fit into memory."""
    from analyst.engine.duckdb import open_locked

    privacy = Pseudonyms(profile)
    engine = open_locked(
        profile.table.database,
        memory_mb=settings.sql_memory_mb,
        timeout_s=settings.sql_timeout_s,
        temp_directory=workdir,
    )
    try:
        hidden = hide_question(engine, profile, question, privacy)
    finally:
        engine.close()
    card = write_card(build_card(profile, question, hidden.mentioned, privacy, most=settings.card_columns))
    cited = Evidence(card_evidence(profile))
    return Prepared(profile, question, hidden.text, card, cited, privacy, hidden.mentioned)
