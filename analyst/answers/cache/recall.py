"""One analysis' dealings with the kept answers: asked three times on the way, told the answer at the end.

    words    before anything is computed: the same question up to case, spaces and closing signs
    meaning  once the table is profiled: the same meaning (analyst/answers/cache/meaning.py)
    plan     once the plan is bound: the same computation, asked for the same purpose

The first two need no model at all; the third saves the insights and the report. A cache that fails is a note for the
reader and a miss: it never ends an analysis.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from analyst.answers.cache.answer_cache import AnswerCache, Kept, KeptReport, Keys, digest, program_version
from analyst.answers.cache.meaning import Meaning, plain_question, read_question
from analyst.answers.cache.vocabulary import Vocabulary
from analyst.answers.composing import Composed, call_records, save, to_result
from analyst.answers.run import NO_CALLS, CallsMade, Run
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import PlanError, StoreError
from analyst.core.settings import Settings
from analyst.datasets.identity import Identity, identify
from analyst.protocol.results import AnalysisResult, KeptRecord
from analyst.protocol.table import OpenedTable, TableProfile, TableSource
from analyst.protocol.threads import Turn
from analyst.reporting.report import Report
from analyst.reporting.saving import Attachments

if TYPE_CHECKING:
    from analyst.planning.binding import BoundPlan

Candidates = Callable[[], Mapping[str, Sequence[str]]]
Identify = Callable[[TableSource], Identity | None]
ALONE = ("single", "impossible")
"""Outcomes of a consensus that was asked for where one plan stood alone."""
FOUND_BY = {1: "the same words", 2: "the same meaning", 3: "the same plan"}


@dataclass(frozen=True)
class Given:
    """What a run gives again, and how it was found."""

    kept: Kept
    tier: int


class Recall:
    """The kept answers as one run sees them.

    `candidates` are the models in reach by agent (asked late: it may wait for the gateway). A fresh run looks nothing
    up and keeps its new answer; one whose computation was chosen by menus neither looks up nor keeps: its words say
    less than was chosen. One that wants consensus is given no answer that a single model stands for.
    """

    def __init__(
        self,
        cache: AnswerCache | None,
        run: Run,
        settings: Settings,
        candidates: Candidates,
        identify: Identify = identify,
    ) -> None:
        self._identify = identify
        self._cache = cache if cache and cache.on and run.selection is None else None
        self._run, self._candidates_of = run, candidates
        self._shared = (settings.share_cells, str(settings.card_columns), *_thread(run.before))
        self._scope = self._consensus_scope = ""
        self._keys = Keys(digest(plain_question(run.question)))
        self._meaning: Meaning | None = None
        self._is_bare = False
        self._chains: Mapping[str, Sequence[str]] | None = None

    def by_words(self, source: TableSource) -> Given | None:
        """The answer to the same words, if there is one. Of the table only the file's bytes are looked at."""
        if self._cache is None or self._run.fresh:
            return None
        identity = self._identify(source)
        if identity is None:
            return None
        self._about(identity)
        return self._found(1)

    def opened(self, table: OpenedTable) -> None:
        """From here on, look for answers about `table` as it was read: the file may have changed since it was found."""
        if self._cache is not None:
            self._about(Identity(table.fingerprint, table.name))

    def by_meaning(self, profile: TableProfile, mentioned: Mapping[str, Sequence[str]]) -> Given | None:
        """The answer to another question that means the same."""
        if self._cache is None:
            return None
        self._meaning = read_question(self._run.question, Vocabulary.of(profile, mentioned))
        self._keys = replace(self._keys, meaning=self._meaning.key, demand=self._meaning.demand_key)
        return self._found(2)

    def by_plan(self, bound: BoundPlan, columns: Collection[str]) -> Given | None:
        """The answer of the same computation over these columns, made for a question with the same demand."""
        from analyst.answers.cache.same_plan import plan_key

        if self._cache is None:
            return None
        self._is_bare = not any(step.used for step in bound.steps)
        with self._told():
            try:
                steps = [step.step for step in bound.steps]
                self._keys = replace(self._keys, plan=plan_key(steps, columns))
            except PlanError:
                return None  # a form of SQL that only the worker can read: no key, no hit
        return self._found(3)

    def give(self, given: Given, made: CallsMade = NO_CALLS) -> AnalysisResult:
        """Save the kept answer as this run's; `made` are the calls before it was found."""
        kept, run = given.kept, self._run
        old = kept.content.report
        told = f"Cached answer from run {kept.origin} (matched by {FOUND_BY[given.tier]}); nothing was recomputed."
        latency = round(run.elapsed(), 3)
        saved_usd, saved_s = (
            max(Decimal(0), kept.cost_usd - made.cost_usd),
            max(0.0, round(kept.latency_s - latency, 3)),
        )
        report = replace(
            old,
            id=run.id,
            question=run.question,
            follows=run.follows,
            calls=call_records(made),
            cost_usd=made.cost_usd,
            latency_s=latency,
            notes=(*old.notes, told),
            created=datetime.now().astimezone(),
        )
        record = KeptRecord(
            run=kept.origin, tier=given.tier, age_s=round(kept.age_s, 1), saved_usd=saved_usd, saved_s=saved_s
        )
        attached = kept.content.attached
        charts = tuple(chart.choice for chart in attached.charts)
        result = to_result(report, charts).model_copy(update={"cached": True, "kept": record})
        saved = save(Composed(report, charts, result), attached, run)
        self._remember(given, record)
        return saved

    def keep(self, composed: Composed, attached: Attachments) -> None:
        """Keep a new answer with what comes with it.

        Not kept is one for which the embedded analyst stood in for a model that is only out of order now, one that
        rests on the clock or on chance, one for which consensus was asked for and could not be had (it says so, and
        whoever asks next may not have wanted any), and one that left the question open and looked at no column: the
        next try may do better, and costs little.
        """
        from analyst.answers.cache.same_plan import changes_by_itself

        cache = self._cache
        if cache is None:
            return
        with self._told():
            if not self._run.fresh:
                cache.record(composed.report.id, 0, kept=None, saved_usd=Decimal(0), saved_s=0.0)
            stood_in = [a for a in composed.report.degraded if list(self._chains_now().get(a, ())) != [EMBEDDED_MODEL]]
            passing = any(changes_by_itself(table.sql) for table in composed.report.tables if table.sql)
            wanting = composed.report.consensus is not None and composed.report.consensus.outcome in ALONE
            open_ = composed.report.unanswered is not None and self._is_bare
            if stood_in or passing or wanting or open_ or not self._keys.plan:
                return
            content = KeptReport(composed.report, attached)
            scope = self._scope_of(composed.report)
            cache.keep(composed.report.id, scope, self._models(), self._keys, content, self._run.folder)

    def _found(self, tier: int) -> Given | None:
        if self._cache is None or self._run.fresh:
            return None
        with self._told():
            alone = () if self._run.consensus else (self._scope,)
            scopes = (*alone, self._consensus_scope)
            found = (self._cache.find(scope, self._keys, tier, self._models) for scope in scopes)
            kept = next(filter(None, found), None)
            return Given(kept, tier) if kept else None
        return None

    def _about(self, identity: Identity) -> None:
        """Look among the answers about this table, made by this program with these settings of what models see, after
        the same turns: the words of a follow-up mean nothing without them."""
        parts = (identity.fingerprint, identity.name, program_version(), *self._shared)
        self._scope, self._consensus_scope = digest(*parts), digest(*parts, "consensus")

    def _scope_of(self, report: Report) -> str:
        """Where an answer is kept: one that several models stand for also answers who asks for no less."""
        reached = report.consensus is not None and report.consensus.reached
        return self._consensus_scope if reached else self._scope

    def _remember(self, given: Given, record: KeptRecord) -> None:
        """Record the hit; an answer found by its plan is kept under the new words too, as old as it is."""
        cache, run = self._cache, self._run
        if cache is None:
            return
        with self._told():
            cache.record(run.id, given.tier, kept=given.kept, saved_usd=record.saved_usd, saved_s=record.saved_s)
            if given.tier == 3:
                content = given.kept.content
                scope = self._scope_of(content.report)
                cache.keep(run.id, scope, self._models(), self._keys, content, run.folder, again=given.kept)

    def _chains_now(self) -> Mapping[str, Sequence[str]]:
        if self._chains is None:
            self._chains = self._candidates_of()
        return self._chains

    def _models(self) -> str:
        return digest(*(f"{agent}={','.join(models)}" for agent, models in sorted(self._chains_now().items())))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            self._run.events.note(f"The answer cache can't be used: {error}")


def _thread(before: Sequence[Turn]) -> tuple[str, ...]:
    """What the meaning of a follow-up rests on: the questions before it, and how the last one was understood."""
    if not before:
        return ()
    last = json.dumps(before[-1].plan, sort_keys=True, default=str)
    return ("follows", *(plain_question(turn.question) for turn in before), before[-1].reading, last)
