"""Threads: which question follows up on which, and what the next one must know of those before it.

Every door notes its questions here, with the service or without, so that any answered question of an asker can be
followed up; several questions may follow one (branches). How a question was read, its plan and its answer stay in the
folder of its run. A deleted run is gone from its thread: questions that followed it keep their answers, but can't be
followed up where they rest on it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from analyst.core.errors import ConflictError, NotFoundError, SettingsError
from analyst.protocol.places import place_of, place_text
from analyst.protocol.relations import KeyPair
from analyst.protocol.results import AnalysisResult
from analyst.protocol.selection import Selection
from analyst.protocol.table import TableSource
from analyst.protocol.threads import Turn
from analyst.service.requests import LAST, AnalysisRequest, FollowUp
from analyst.service.saved import RESULT, saved_result
from analyst.storage import threads
from analyst.storage.database import Store
from analyst.storage.threads import AskedTurn
from analyst.storage.transaction import Transaction

_SOURCES = TypeAdapter(tuple[TableSource, ...])
_PAIRS = TypeAdapter(tuple[KeyPair, ...])
MOST_TURNS = 12
"""Questions that may rest on one another: further back, a whole question says more clearly what is meant."""
MAX_NAME = 200
"""Characters of a thread's name."""
_LOOKED_AT = 50


@dataclass(frozen=True)
class ThreadTurn:
    """A question of a thread and, once it is answered, how it was read, what it kept, and its answer."""

    run: str
    question: str
    follows: str | None
    asked_at: float
    reading: str = ""
    carried: tuple[str, ...] = ()
    answer: str | None = None
    unanswered: str | None = None


@dataclass(frozen=True)
class Thread:
    """The questions that follow up on one another, the first one first. `id` is the first one's run; `name` is empty
    unless the asker gave it one."""

    id: str
    table: str
    turns: tuple[ThreadTurn, ...]
    name: str = ""


@dataclass(frozen=True)
class ThreadSummary:
    """A thread in a list: its first question that is still there, how many it has, and when the last one was asked.
    `name` is empty unless the asker gave it one; `runs` are those of its questions, the first one first."""

    id: str
    table: str
    question: str
    turns: int
    last_asked_at: float
    name: str = ""
    runs: tuple[str, ...] = ()


class Threads:
    """The threads in `store` (asked for late: it may have to be made), whose runs' files are in `runs_dir`."""

    def __init__(self, store: Callable[[], Store], runs_dir: Path) -> None:
        self._store, self._runs_dir = store, runs_dir

    def begin(self, run_id: str, asker: str, request: AnalysisRequest) -> None:
        """Note a question that is answered without the queue."""
        with self._store().write() as transaction:
            note(transaction, run_id, asker, request, transaction.now())

    def request(self, asked: FollowUp, asker: str) -> AnalysisRequest:
        """The analysis that a follow-up asks for. NotFoundError, ConflictError: see `find` and `before`.

        SettingsError: a selection of columns that the table does not have.
        """
        found = self.find(asked.follows, asker)
        self.before(found.run_id)
        if asked.selection is not None:
            self._check(asked.selection, found)
        source = source_of(found)
        added = tuple(one for one in _absolute(asked.others) if one not in source.each)
        return AnalysisRequest(
            source.place, asked.question, source.sheet, asked.fresh, asked.consensus, asked.out,
            asked.priority, found.run_id, asked.selection, (*source.others, *added),
            tuple(dict.fromkeys((*source.on, *asked.on))),
        )  # fmt: skip

    def _check(self, selection: Selection, of: AskedTurn) -> None:
        """SettingsError: the table of a question has no such column."""
        result = self._result(of)
        known = (
            [row[0] for saved in result.evidence if saved["id"] == "profile" for row in saved["rows"]] if result else []
        )
        unknown = next((column for column in selection.columns if known and column not in known), None)
        if unknown is not None:
            near = difflib.get_close_matches(unknown, known, 1) or known[:5]
            raise SettingsError(f"The table has no column {unknown!r}.", f"Choose a column such as {near[0]!r}.")

    def find(self, run_id: str, asker: str) -> AskedTurn:
        """The question to follow up on: that of `run_id`, or the LAST one that was answered.

        NotFoundError: the asker has no such question. ConflictError: it has no answer.
        """
        if run_id == LAST:
            return self._last(asker)
        with self._store().read() as transaction:
            found = threads.find(transaction, run_id)
        if found is None or found.asker != asker:
            raise NotFoundError(f"There is no analysis {run_id!r} to follow up on.", "Check its id.")
        if self._result(found) is None:
            raise ConflictError(
                f"The analysis {run_id!r} has no answer to follow up on.", "Wait until it is done, or ask anew."
            )
        return found

    def _last(self, asker: str) -> AskedTurn:
        with self._store().read() as transaction:
            recent = threads.newest(transaction, asker, _LOOKED_AT)
        found = next((turn for turn in recent if (self._folder(turn) / RESULT).is_file()), None)
        if found is None:
            raise NotFoundError("There is no answered question to follow up on.", "Ask a whole question first.")
        return found

    def before(self, run_id: str) -> tuple[Turn, ...]:
        """The turns that a follow-up to `run_id` rests on, the first one first: back to one that stood alone.

        NotFoundError: one of them was deleted. ConflictError: there are too many.
        """
        turns: list[Turn] = []
        following: str | None = run_id
        while following is not None:
            turn = self._turn(following)
            turns.insert(0, turn.told)
            if len(turns) > MOST_TURNS:
                raise ConflictError(
                    f"{MOST_TURNS} questions follow up on one another already.", "Ask a whole question."
                )
            following = turn.follows if turn.is_open else None
        return tuple(turns)

    def _turn(self, run_id: str) -> _Answered:
        with self._store().read() as transaction:
            asked = threads.find(transaction, run_id)
        result = self._result(asked) if asked is not None else None
        if result is None:
            raise NotFoundError(
                f"The question of the analysis {run_id!r}, on which this one rests, was deleted.",
                "Ask a whole question.",
            )
        chosen = result.selection if result.edited else None
        told = Turn(
            run_id, result.question, result.reading, result.plan, result.carried, result.dataset.fingerprint, chosen
        )
        return _Answered(told, result.follows, bool(result.carried or result.unanswered))

    def listing(self, asker: str, most: int = 50) -> list[ThreadSummary]:
        """The threads of `asker`, the latest first."""
        with self._store().read() as transaction:
            found = threads.listing(transaction, asker, most)
            names = threads.names(transaction, asker)
            turns = {id: threads.of_thread(transaction, id, asker) for id, _, _ in found}
        return [
            ThreadSummary(
                id, place_of(turns[id][0].table_path).name, turns[id][0].question, count, last,
                names.get(id, ""), tuple(turn.run_id for turn in turns[id]),
            )
            for id, count, last in found
        ]  # fmt: skip

    def rename(self, id: str, asker: str, name: str) -> Thread:
        """Call the thread of run `id` by `name`; empty: by its first question. SettingsError: the name is too long."""
        plain = " ".join(name.split())
        if len(plain) > MAX_NAME:
            raise SettingsError(f"The name has {len(plain):,} characters.", f"Keep it under {MAX_NAME}.")
        found = self.thread(id, asker)
        with self._store().write() as transaction:
            threads.rename(transaction, found.id, plain)
        return replace(found, name=plain)

    def thread(self, id: str, asker: str) -> Thread:
        """The thread that run `id` belongs to. NotFoundError: the asker has none."""
        with self._store().read() as transaction:
            of = threads.find(transaction, id)
            turns = threads.of_thread(transaction, of.thread if of is not None else id, asker)
            names = threads.names(transaction, asker)
        if not turns:
            raise NotFoundError(f"There is no thread {id!r}.", "Check its id.")
        thread, table = turns[0].thread, place_of(turns[0].table_path).name
        return Thread(thread, table, tuple(map(self._told, turns)), names.get(thread, ""))

    def _told(self, asked: AskedTurn) -> ThreadTurn:
        told = ThreadTurn(asked.run_id, asked.question, asked.parent, asked.created_at)
        result = self._result(asked)
        if result is None:
            return told
        return replace(
            told,
            reading=result.reading,
            carried=result.carried,
            answer=result.answer,
            unanswered=result.unanswered,
        )

    def _folder(self, asked: AskedTurn) -> Path:
        return Path(asked.folder) if asked.folder else self._runs_dir / asked.run_id

    def _result(self, asked: AskedTurn) -> AnalysisResult | None:
        """The answer of a run; None where there is none (yet), or its folder now holds another run's."""
        return saved_result(self._folder(asked), asked.run_id)


def source_of(asked: AskedTurn) -> TableSource:
    """Where the tables of a question are."""
    others = _SOURCES.validate_json(asked.others) if asked.others else ()
    on = _PAIRS.validate_json(asked.joined_on) if asked.joined_on else ()
    return TableSource(place_of(asked.table_path), asked.sheet, others, on)


def _absolute(sources: tuple[TableSource, ...]) -> tuple[TableSource, ...]:
    """The tables as they are stored: wherever the next question is asked from."""
    return tuple(replace(one, place=place_of(place_text(one.place))) for one in sources)


def note(transaction: Transaction, run_id: str, asker: str, request: AnalysisRequest, now: float) -> None:
    """Note a question: it goes on with the thread of the run that it follows, or begins one."""
    parent = threads.find(transaction, request.follows) if request.follows else None
    folder = str(request.out.absolute()) if request.out else None
    threads.add(
        transaction,
        AskedTurn(
            run_id=run_id,
            asker=asker,
            parent=request.follows,
            thread=parent.thread if parent is not None else run_id,
            question=request.question,
            table_path=place_text(request.table),
            sheet=request.sheet,
            folder=folder,
            created_at=now,
            others=_SOURCES.dump_json(_absolute(request.others)).decode() if request.others else None,
            joined_on=_PAIRS.dump_json(request.on).decode() if request.on else None,
        ),
    )


@dataclass(frozen=True)
class _Answered:
    """A turn as the next one is told of it; `is_open`: it rests on the one before it (`follows`)."""

    told: Turn
    follows: str | None
    is_open: bool
