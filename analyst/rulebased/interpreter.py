"""The Query Interpreter by rules: from a question and a table's card to a plan in the plan language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from analyst.core.text import listed
from analyst.protocol.blocks import read_block
from analyst.protocol.replies import Limit, PlanReply
from analyst.protocol.table import ColumnCard, TableCard, read_card
from analyst.rulebased import aggregating, growth, predicting, ranking, relating, sharing, sql, stating, timing, windows
from analyst.rulebased.audit import left_out, outside
from analyst.rulebased.clauses import split_format, without_rounding
from analyst.rulebased.columns import is_time
from analyst.rulebased.drafting import PREPARED, Draft, Preparing, finished
from analyst.rulebased.inquiry import core_of
from analyst.rulebased.making import READY
from analyst.rulebased.overlooked import overlooked
from analyst.rulebased.overview import overview
from analyst.rulebased.plan_facts import read_plan, sources
from analyst.rulebased.preparing import prepare
from analyst.rulebased.ratios import as_conditions
from analyst.rulebased.request import Request
from analyst.rulebased.scores import with_fields
from analyst.rulebased.select import Select
from analyst.rulebased.steps import Method, Query, Step, query
from analyst.rulebased.understanding import understand
from analyst.rulebased.words import COUNTED, OVERVIEW, WHY

Builder = Callable[[Request], "Draft | None"]
RULES: dict[str, Builder] = {
    "quality": relating.quality,
    "forecast": timing.forecast,
    "anomalies": relating.anomalies,
    "moments": windows.moments,
    "cohort": windows.cohort,
    "windowed": windows.windowed,
    "change": growth.change,
    "related": relating.related,
    "drivers": relating.drivers,
    "first of groups": ranking.first_of_groups,
    "listing": ranking.listing,
    "extreme": timing.extreme,
    "share": sharing.share,
    "described": aggregating.described,
    "trend": timing.trend,
    "aggregated": aggregating.aggregated,
}
"""What a question may be, the first that fits wins; each gives a plan, or None when the question is not of its kind."""
COUNT_ROWS = query("s1", Select(("count(*) AS records",)))
_METHODS = frozenset(
    "describe correlation normality_test compare_groups chi_square outliers trend change share quality drivers "
    "anomalies forecast impute train_model linear_regression segments".split()
)
MOST_STEPS = 8
"""Steps that the plan language allows."""


def plan(message: str) -> PlanReply:
    """The plan for the `<question>` over the `<table>` of a planning message. `<errors>` of an earlier try are heeded:
    the steps that they name are left out. Never raises for any question or table that the blocks can hold.
    """
    try:
        question = str(json.loads(read_block(message, "question") or '""'))
        card = read_card(read_block(message, "table") or "")
    except (ValueError, KeyError, IndexError, TypeError):
        return PlanReply(
            reading="The number of records of the table.",
            unanswered="The description of the table could not be read.",
            steps=(COUNT_ROWS.written(),),
        )
    return plan_for(question, card, offered=_offered(message), errors=_errors(message))


def plan_for(
    question: str, card: TableCard, *, offered: frozenset[str] = _METHODS, errors: Iterable[str] = ()
) -> PlanReply:
    """The plan for `question` over the table of `card`, with methods of `offered` only."""
    ready = prepare(question, card)
    request = understand(without_rounding(split_format(core_of(ready.question))[0]), ready.card, ready.table)
    modelled = predicting.model(ready.question, ready.card, ready.table)
    if modelled is not None:
        modelled = with_fields(modelled, ready.question)
    stated = stating.state(ready.question, ready.card, ready.table) if modelled is None else None
    draft = _offering(ready.before(modelled or stated or _drafted(request), MOST_STEPS), offered)
    problems = list(errors)
    if problems:
        draft = _simpler(draft, request, problems, offered)
    if draft is None or not draft.steps:
        draft = Draft("The number of records of the table.", (COUNT_ROWS,), _help(card))
    plain, fields = split_format(question)
    technical = modelled is not None or stated is not None
    steps = finished(draft.steps, MOST_STEPS)
    audits = (
        None if technical or (draft.overview and not draft.unanswered) else left_out(request, steps),
        overlooked(plain, request, steps) if technical or fields else None,
        draft.unanswered,
    )
    told = [text for text in audits if text]
    return PlanReply(
        reading=draft.reading,
        unanswered=" ".join(told) or None,
        limits=_limits(as_conditions(request)),
        records=_records(request),
        overview=draft.overview,
        steps=tuple(step.written() for step in steps),
    )


def _records(request: Request) -> str:
    """What a question that counts rows calls them."""
    words = (token.word for at, token in enumerate(request.tokens) if at in request.reading.rows)
    return next(words, "") if request.says(COUNTED) else ""


def _limits(request: Request) -> tuple[Limit, ...]:
    """The conditions that the question sets; a plan's results tell which of them its steps keep."""
    rows = [Limit(column=condition.column, words=condition.words) for condition in request.conditions]
    if request.periods and request.time is not None:
        words = " and ".join(period.words for period in request.periods)
        rows.append(Limit(column=request.time.name, words=words, period=True))
    return tuple(rows)


def _drafted(request: Request) -> Draft:
    for name, build in RULES.items():
        draft = build(request)
        if draft is not None:
            steps = finished(_with_reasons(name, request, draft))
            return Draft(draft.reading, _of_some_rows(request, steps), draft.unanswered)
    unanswered = None if request.says(OVERVIEW) else _help(request.card)
    return Draft("An overview of the table.", overview(request.card), unanswered, overview=True)


def _of_some_rows(request: Request, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps, without the methods that would find no row when the period asked for lies outside the data."""
    missed = outside(request)
    if not missed or len(missed) < len(request.periods) or "forecast" in read_plan(steps).methods:
        return steps
    queries = [step for step in steps if isinstance(step, Query) and step.id != PREPARED]
    kept = tuple(step for step in queries if request.table in sources(step))
    return kept or (query("s1", Select(("count(*) AS records",), request.table, request.period_conditions)),)


def _with_reasons(name: str, request: Request, draft: Draft) -> tuple[Step | Preparing, ...]:
    """The steps, and for `..., and why?` what goes with the value that they compute."""
    if name in ("drivers", "change", "quality") or not request.says(WHY):
        return draft.steps
    reasons = relating.reasons(request)
    if reasons is None:
        return draft.steps
    kept = [step for step in draft.steps if not isinstance(step, Preparing)][:2]
    read = any(isinstance(step, Method) and step.source == PREPARED for step in kept)
    prepared = [step for step in draft.steps if isinstance(step, Preparing) and read]
    methods = [step for step in reasons.steps if isinstance(step, Method) and step.name == "drivers"]
    added = [replace(step, id=f"s{len(kept) + 1}") for step in methods]
    own = [step for step in reasons.steps if isinstance(step, Preparing)]
    return (*(prepared or own), *kept, *added)


def _help(card: TableCard) -> str:
    names = [column.name for column in card.columns if column.role != "constant"][:8]
    return (
        f"It does not name anything in the table, which holds {listed(names)}."
        if names
        else "The table has no columns."
    )


def _offered(message: str) -> frozenset[str]:
    """The methods of the message's `<methods>` block, a line each as `name(…)`; all that we know without one."""
    listed = read_block(message, "methods")
    return _METHODS if listed is None else _METHODS & {line.partition("(")[0] for line in listed.splitlines()}


def _errors(message: str) -> list[str]:
    try:
        found = json.loads(read_block(message, "errors") or "[]")
    except ValueError:
        return ["the earlier reply was rejected"]
    return [str(item) for item in found] if isinstance(found, list) else [str(found)]


def _offering(draft: Draft, offered: frozenset[str]) -> Draft | None:
    """The draft without the steps whose method is not offered, and without those that read them."""
    lost = {step.id for step in draft.steps if isinstance(step, Method) and step.name not in offered}
    kept = _without(draft.steps, lost)
    return replace(draft, steps=kept) if kept else None


def _without(steps: Iterable[Step | Preparing], lost: set[str]) -> tuple[Step, ...]:
    kept: list[Step] = []
    for step in steps:
        if isinstance(step, Preparing) or step.id in lost or sources(step) & lost:
            lost.add(step.id)
        else:
            kept.append(step)
    return tuple(kept) if any(step.id not in (PREPARED, READY) for step in kept) else ()


def _simpler(draft: Draft | None, request: Request, errors: list[str], offered: frozenset[str]) -> Draft | None:
    """A safer plan after a refusal: without the steps that the errors name; when they name none, SQL only."""
    told = " ".join(errors)
    if draft is not None:
        named = {step.id for step in draft.steps if re.search(rf"\b{step.id}\b", told)}
        named = named or {step.id for step in draft.steps if isinstance(step, Method)}
        kept = _without(draft.steps, named) if named else ()
        if kept and len(kept) < len(draft.steps):
            return replace(draft, steps=kept)
    numbers = [c for c in request.card.columns if c.role == "measure" and not is_time(c) and c.numbers is None][:4]
    told = "The plan for the question could not be run."
    return Draft("An overview of the table.", (_plain_numbers(numbers),), told, overview=True)


def _plain_numbers(columns: list[ColumnCard]) -> Step:
    parts = [f"avg({sql.quoted(c.name)}) AS {sql.quoted(sql.alias('average', c.name))}" for c in columns]
    return query("s1", Select(("count(*) AS records", *parts)))
