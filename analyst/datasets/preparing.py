"""A table and a question made ready for the agents: read, profiled, its card written, personal values hidden.

Whatever is wrong with either is said here, before a gateway or a model is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from analyst.core.errors import TableError
from analyst.core.events import OnEvent, Progress
from analyst.core.settings import Settings
from analyst.datasets.card import build_card, card_evidence
from analyst.datasets.piped import is_piped
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.datasets.privacy.questions import HiddenQuestion, hide_question
from analyst.datasets.sources.database_files import database_kind
from analyst.datasets.sources.folders import Files, is_pattern
from analyst.datasets.sources.formats import check_file
from analyst.protocol.evidence import Evidence
from analyst.protocol.remote import WORDS
from analyst.protocol.selection import Selection, parse_selection, write_selection
from analyst.protocol.table import OpenedTable, TableProfile, TableSource, write_card
from analyst.protocol.threads import Earlier, Turn, write_before


@dataclass(frozen=True)
class Prepared:
    """A table made ready for the agents: profiled, its card and what can always be cited; personal values hidden.

    `mentioned` are the values that the question and those before it name, by column. `earlier`: the questions
    before it; `before`: the block that tells of them, hidden as well, empty where it follows up on none.
    `selection`: the block of what was chosen by menus, hidden as well.
    """

    profile: TableProfile
    question: str
    hidden_question: str
    card: str
    cited: Evidence
    privacy: Any
    mentioned: Mapping[str, Sequence[str]] = field(default_factory=dict)
    earlier: tuple[str, ...] = ()
    before: str = ""
    selection: str = ""

    @property
    def asked(self) -> str:
        """All that was asked: the question and those before it."""
        return "\n".join([*self.earlier, self.question])


def check_input(source: TableSource) -> None:
    """Refuse what can't be read as a table before anything is started. TableError."""
    for place in (one.place for one in source.each if isinstance(one.place, Path)):
        if place.is_dir() or is_pattern(place):
            Files(place).required()
        elif is_piped(place) and not place.exists():
            raise TableError(
                "The table came on standard input and is not kept any more.", "Pipe it again, with the whole question."
            )
        elif not place.exists():
            raise TableError(f"There is no file {str(place)!r}.", "Check the path.")
        elif database_kind(place) is None:
            check_file(place)


def open_source(source: TableSource, workdir: Path, settings: Settings, on_event: OnEvent) -> OpenedTable:
    """Read a table. TableError when it can't be."""
    from analyst.datasets.reaching import open_reached

    on_event(Progress("stage", f"Reading {source.label}", stage="reading"))
    opened = open_reached(source, workdir, settings)
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


def prepare_question(
    profile: TableProfile,
    question: str,
    workdir: Path,
    settings: Settings,
    before: Sequence[Turn] = (),
    selection: Selection | None = None,
) -> Prepared:
    """What agents need of a profiled table to answer `question`, which follows up on the turns `before` it, or puts a
    `selection` in words; `workdir` takes what does not fit into memory."""
    from analyst.engine.duckdb import open_locked

    privacy = Pseudonyms(profile)
    engine = open_locked(
        profile.table.database,
        memory_mb=settings.sql_memory_mb,
        timeout_s=settings.sql_timeout_s,
        temp_directory=workdir,
    )
    try:
        if profile.table.remote:
            engine.materialise("data", f"SELECT * FROM {WORDS}")  # noqa: S608 - a constant
        hide = partial(hide_question, engine, profile, privacy=privacy)
        earlier = [hide(question=turn.question) for turn in before]
        hidden = hide(question=question)
        told = _before(before, earlier, hide)
    finally:
        engine.close()
    mentioned = _merged([*earlier, hidden])
    questions = tuple(turn.question for turn in before)
    asked = "\n".join([*questions, question])
    card = write_card(build_card(profile, asked, mentioned, privacy, most=settings.card_columns))
    cited = Evidence(card_evidence(profile))
    chosen = privacy.hide_text(write_selection(selection)) if selection is not None else ""
    return Prepared(profile, question, hidden.text, card, cited, privacy, mentioned, questions, told, chosen)


def _before(turns: Sequence[Turn], hidden: Sequence[HiddenQuestion], hide: Callable[..., HiddenQuestion]) -> str:
    """The block of the turns before: their questions, and how the last one was understood, as hidden as a question."""
    if not turns:
        return ""
    last = turns[-1]
    reading = hide(question=last.reading).text if last.reading else ""
    try:
        plan = json.loads(hide(question=json.dumps(last.plan, ensure_ascii=False)).text) if last.plan else None
    except ValueError:  # a token broke its form: the questions and the reading say what was asked
        plan = None
    asked = [Earlier(one.text, _hidden_selection(turn, hide)) for turn, one in zip(turns, hidden, strict=True)]
    return write_before(asked, reading, plan)


def _hidden_selection(turn: Turn, hide: Callable[..., HiddenQuestion]) -> Selection | None:
    """What was chosen by menus, hidden; None where a token broke its form: the question says it in words."""
    if turn.selection is None:
        return None
    try:
        return parse_selection(json.loads(hide(question=turn.selection.model_dump_json()).text))
    except ValueError:
        return None


def _merged(every: Sequence[HiddenQuestion]) -> Mapping[str, Sequence[str]]:
    """The values that any of the questions names, by column."""
    merged: dict[str, list[str]] = {}
    for one in every:
        for column, values in one.mentioned.items():
            merged[column] = list(dict.fromkeys((*merged.get(column, ()), *values)))
    return merged
