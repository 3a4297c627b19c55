"""The search over a plan's steps: their claims, in order, each looked at within one limit of time."""

# Every name passes `quoted`.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import pairwise
from statistics import median

from analyst.core.errors import PlanError
from analyst.core.quoting import quoted
from analyst.engine.errors import EngineError
from analyst.engine.interface import Engine, within
from analyst.planning.binding import BoundStep
from analyst.planning.disclosure import FEWEST_ROWS
from analyst.planning.language import MethodStep, SqlStep
from analyst.probes.claim import Claim, Periods, Table
from analyst.probes.methods import CLAIMS
from analyst.probes.probing import look, strongest
from analyst.probes.repeats import repeats
from analyst.probes.statements import Statement, read_statement
from analyst.protocol.table import TableProfile
from analyst.stats.method import Result, Source

LIMIT_S = 4.0
"""What the search may take in all: what was not looked at by then stays unsaid."""
MOST = 4
"""Claims that are looked at."""
_FEWEST_LEVELS, _MOST_LEVELS, _MOST_DIMENSIONS = 2, 12, 8
_ROWS_A_PERIOD = 2
"""From so many rows a period on, on average, it is a period and no row's own date."""
_PERIOD = re.compile(r"\d{4}(-?(Q[1-4]|W\d{2})|-\d{2}(-\d{2}([ T].*)?)?)?$")
_CYCLES = ((1, 7), (7, 52), (28, 12), (89, 4))

SourceOf = Callable[[str], Source]
"""The source of a table's name, which knows what a model may see of it."""


class Search:
    """Looks at the claims of steps that have run on `engine`."""

    def __init__(
        self,
        engine: Engine,
        profile: TableProfile,
        source_of: SourceOf,
        *,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._engine, self._profile, self._source_of = engine, profile, source_of
        self._limit_s = limit_s

    def results(self, steps: Sequence[BoundStep]) -> Sequence[tuple[BoundStep, Result]]:
        """What is found, one result of each kind, with the step that it is about."""
        found: list[tuple[BoundStep, Result]] = []
        with within(self._engine, self._limit_s) as late:
            try:
                for step, claim in self._claims(steps):
                    if late.is_set():
                        break
                    with suppress(PlanError):
                        found += [(step, result) for result in look(self._source_of("data"), claim)]
                found += self._repeats(steps)
            except EngineError:
                if not late.is_set():
                    raise
        first = {id(result): step for step, result in found}
        return [(first[id(result)], result) for result in strongest(result for _, result in found)]

    def _repeats(self, steps: Sequence[BoundStep]) -> Iterator[tuple[BoundStep, Result]]:
        """The first step whose leading figure repeated rows change: no other would be told."""
        for step in steps if self._profile.duplicate_rows else ():
            with suppress(PlanError):
                found = repeats(self._source_of("data"), self._source_of(step.id), step, self._profile)
                if found is not None:
                    yield step, found
                    return

    def _claims(self, steps: Sequence[BoundStep]) -> Iterator[tuple[BoundStep, Claim]]:
        known: set[tuple[str, str, str]] = set()
        for step in steps:
            for claim in self._of_step(step):
                if claim.key not in known and len(known) < MOST:
                    known.add(claim.key)
                    yield step, claim

    def _of_step(self, step: BoundStep) -> list[Claim]:
        """The step's claims; none where its rows can't be had or its groups are no categories."""
        try:
            if isinstance(step.step, SqlStep):
                return self._of_statement(step, step.step)
            return self._of_method(step.step)
        except PlanError:
            return []

    def _of_method(self, step: MethodStep) -> list[Claim]:
        if step.method not in CLAIMS:
            return []
        source = self._source_of(step.source)
        table = Table(source, self._source_of("data"), self._dimensions(source))
        claims = CLAIMS[step.method](table, step.typed(), step.id)
        return [_apart(claim) for claim in claims if claim.kind != "groups" or source.is_category(claim.label)]

    def _of_statement(self, step: BoundStep, sql: SqlStep) -> list[Claim]:
        read = read_statement(sql.sql)
        if read is None:
            return []
        result = self._source_of(step.id)
        if {read.group, read.measure} - set(result.columns):
            return []
        if (periods := self._periods(result, read)) is not None:
            nothing = replace(_claim(read, (), ascending=False), kind="spans", periods=periods)
            return [nothing]
        if not result.is_category(read.group):
            return []
        ascending = dict(step.order).get(read.measure) == "ascending"
        return [_apart(_claim(read, self._dimensions(self._source_of(read.table), joined=False), ascending=ascending))]

    def _dimensions(self, source: Source, *, joined: bool = True) -> tuple[str, ...]:
        """The columns to split by: categories of few values, also those of the data where its rows are known."""
        more = joined and "_row" in source.columns
        whole = self._source_of("data")
        names = [
            column.name
            for column in self._profile.columns
            if column.role == "dimension" and _FEWEST_LEVELS <= column.distinct <= _MOST_LEVELS
            and (source.is_category(column.name) if column.name in source.columns else more)
            and whole.is_category(column.name)
        ]  # fmt: skip
        return tuple(names[:_MOST_DIMENSIONS])

    def _periods(self, result: Source, read: Statement) -> Periods | None:
        """The measure by period, where the groups are periods; the ends of a total may be cut and are left out.

        None too where the periods may be cells of the data: text, or on average too few rows a period.
        """
        fewest = _ROWS_A_PERIOD if self._profile.shares_cells else FEWEST_ROWS
        if not result.is_label(read.group) or self._source_of(read.table).rows() < fewest * result.rows():
            return None
        rows = result.query(
            f"SELECT CAST({quoted(read.group)} AS VARCHAR) AS period, TRY_CAST({quoted(read.measure)} AS DOUBLE) "
            f"FROM {result.table} WHERE {quoted(read.group)} IS NOT NULL ORDER BY 1"
        )
        labels = [str(label) for label, _ in rows]
        if len(labels) < 3 or not all(_PERIOD.fullmatch(label) for label in labels):
            return None
        kept = rows[1:-1] if read.additive else rows
        labels = [str(label).removesuffix(" 00:00:00") for label, _ in kept]
        return Periods(tuple(labels), tuple(None if v is None else float(v) for _, v in kept), _cycle(labels))


def _apart(claim: Claim) -> Claim:
    """Not split by what the claim is made of."""
    return replace(claim, dimensions=tuple(name for name in claim.dimensions if name not in claim.used))


def _claim(read: Statement, dimensions: Sequence[str], *, ascending: bool) -> Claim:
    return Claim(
        "groups", read.rows, read.compared, read.group, read.used, tuple(dimensions), additive=read.additive,
        ascending=ascending, rate=read.rate, per=read.per,
    )  # fmt: skip


def _cycle(labels: Sequence[str]) -> int:
    """Periods in a season, from the labels' form or the days between them; 1 where it can't be told."""
    if "Q" in labels[0]:
        return 4
    if "W" in labels[0]:
        return 52
    if len(labels[0]) == len("2024-01"):
        return 12
    if len(labels[0]) < len("2024-01-01"):
        return 1
    days = [date.fromisoformat(label[:10]) for label in labels]
    gap = median((b - a).days for a, b in pairwise(days))
    usual: Mapping[int, int] = dict(_CYCLES)
    near = [cycle for least, cycle in usual.items() if least <= gap <= least * 1.15 + 0.5]
    return near[0] if near else 1
