"""The Query Interpreter by rules: from a question and a table's card to a plan in the plan language.

link (words → columns, values, periods) → Query (typed slots that keep their words) → steps. What no slot took up is
said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from analyst.core.text import listed
from analyst.protocol.blocks import read_block
from analyst.protocol.replies import Limit, PlanReply
from analyst.protocol.selection import Selection, read_selection
from analyst.protocol.table import ColumnCard, TableCard, read_card
from analyst.protocol.threads import Earlier, read_earlier
from analyst.rulebased import sql
from analyst.rulebased.link.columns import is_measure, is_time
from analyst.rulebased.plans import methods, named, rankings, series, tables
from analyst.rulebased.plans.conditions import where, words
from analyst.rulebased.plans.draft import MOST_STEPS, PREPARED, READY, Asked, Draft, finished
from analyst.rulebased.plans.preparing import in_words, prepared_card, ready
from analyst.rulebased.plans.telling import METHODS, carried_over, lead_of, left_out, what_is_left
from analyst.rulebased.query.coverage import all_outside, alternatives, guesses, not_understood, open_words, unanswered
from analyst.rulebased.query.following import CHANGEABLE, follow
from analyst.rulebased.query.instruction import read_instruction
from analyst.rulebased.query.intents import read_query
from analyst.rulebased.query.model import During, Measure, Query
from analyst.rulebased.query.named import read_fields
from analyst.rulebased.query.plain import Understood, read_plain
from analyst.rulebased.query.scene import Scene, scene_of
from analyst.rulebased.query.selected import selected
from analyst.rulebased.steps import Method, Select, Step, query, sources

COUNT_ROWS = query("s1", Select(("count(*) AS records",)))


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
    selection = read_selection(message)
    if selection is not None:
        return plan_selection(selection, card, offered=_offered(message), errors=_errors(message))
    return plan_for(question, card, read_earlier(message), offered=_offered(message), errors=_errors(message))


def plan_selection(
    selection: Selection,
    card: TableCard,
    *,
    offered: frozenset[str] = frozenset(METHODS),
    errors: Iterable[str] = (),
) -> PlanReply:
    """The plan for what a person chose by menus, over the table of `card`."""
    scene, asked_for = selected(selection, card)
    draft, asked = _draft_of(asked_for, card, scene.time)
    steps, refused = _offering(finished(draft, asked), offered), list(errors)
    steps = (_simpler(steps, refused) if refused else steps) or (_plain_numbers(card),)
    return PlanReply(
        reading=" ".join((draft.reading, *asked_for.said)),
        unanswered=" ".join(asked_for.refused) or None,
        limits=_limits(asked_for),
        steps=tuple(step.written() for step in steps[:MOST_STEPS]),
    )


def plan_for(
    question: str,
    card: TableCard,
    earlier: Sequence[Earlier] = (),
    *,
    offered: frozenset[str] = frozenset(METHODS),
    errors: Iterable[str] = (),
) -> PlanReply:
    """The plan for `question` over the table of `card`, with methods of `offered` only. `earlier`: the questions that
    it follows up on, the first one first."""
    before = _thread(card, earlier)
    understood = _next(question, card, before)
    if understood is None:
        return _unresolved(question, before)
    scene, asked_for = understood.scene, understood.query
    draft, asked = _draft_of(asked_for, card, scene.time)
    told = [*unanswered(scene, asked_for), *understood.refused, *understood.left_open]
    if understood.preparing is not None:
        told += unanswered(understood.whole, understood.preparing)
    whole = finished(draft, asked)
    steps = _offering(whole, offered)
    refused = list(errors)
    steps = _simpler(steps, refused) if refused else steps
    if steps and (refused or lead_of(steps) != lead_of(whole)):
        told.insert(0, left_out([step for step in whole if step not in steps], asked_for, card))
        if lead_of(steps) != lead_of(whole):
            draft = replace(draft, reading=what_is_left(steps, asked_for, card))
    steps = _in_time(steps, scene, asked_for)
    if not steps:
        steps, draft = (_plain_numbers(card),), Draft("An overview of the table.", (), overview=True)
        told.insert(0, "The plan for the question could not be run.")
    if asked_for.intent == "overview" and open_words(scene, asked_for):
        steps, told = steps[:1], [_help(scene, asked_for)]  # nothing of an overview answers what was asked
    return PlanReply(
        reading=" ".join(dict.fromkeys((draft.reading, *asked_for.said, *guesses(scene)))),
        alternatives=alternatives(scene, asked_for),
        unanswered=" ".join(filter(None, told)) or None,
        limits=_limits(asked_for),
        records=_records(asked_for),
        overview=draft.overview,
        carried=understood.carried,
        steps=tuple(step.written() for step in steps[:MOST_STEPS]),
    )


def _thread(card: TableCard, earlier: Sequence[Earlier]) -> Understood | None:
    """What the last of the `earlier` questions that was understood asks."""
    before: Understood | None = None
    for asked in earlier:
        if asked.selection is not None:
            scene, query_of_menus = selected(asked.selection, card)
            before = Understood(scene, scene, query_of_menus)
        else:
            before = _next(asked.question, card, before) or before
    return before


def _next(question: str, card: TableCard, before: Understood | None) -> Understood | None:
    """What the question asks by itself, or of the one `before` it; None for a follow-up whose words change nothing of
    that one."""
    following = None if before is None else follow(scene_of(question, card), before.query, before.scene.time)
    if before is None or following is None:
        return _alone(question, card)
    if following.query is None:
        return None
    still = (*before.left_open, *not_understood(before.scene, before.query))
    carried = carried_over(following.query, following.earlier)
    return Understood(
        following.scene, following.scene, following.query, None, carried, refused=following.refused, left_open=still
    )


def _unresolved(question: str, before: Understood | None) -> PlanReply:
    """What is said of a follow-up whose words change nothing that the question `before` it asked."""
    fixed = _fixed(before)
    told = (
        f"A follow-up can't change {fixed}, only a number, a ranking, a trend, a share, a comparison or a test."
        if fixed
        else f'It is not clear what "{question}" changes about the earlier question.'
    )
    return PlanReply(
        reading="A follow-up to the earlier question.",
        unanswered=f"{told} Ask it as a whole question.",
        overview=True,
        steps=(COUNT_ROWS.written(),),
    )


def _fixed(before: Understood | None) -> str | None:
    """What no follow-up can change, where the question `before` it asked that."""
    if before is None:
        return None
    if before.preparing is not None or before.query.preparing:
        return "an answer from prepared rows"
    if before.query.intent in CHANGEABLE:
        return None
    return "an overview" if before.query.intent == "overview" else "an answer of this kind"


def _alone(question: str, card: TableCard) -> Understood:
    """What the question asks: fields by name, something of prepared rows, or of the table as it is."""
    instruction = read_instruction(question)
    whole = scene_of(instruction.text, card)
    fields = read_fields(whole, instruction)
    if fields is not None:
        return Understood(whole, whole, fields)
    plain = None if instruction.wishes else read_plain(whole, instruction)
    return plain or Understood(whole, whole, read_query(whole))


def _in_time(steps: tuple[Step, ...], scene: Scene, given: Query) -> tuple[Step, ...]:
    """The steps, without the methods that would find no row when the period asked for lies outside the data."""
    if not all_outside(scene, given):
        return steps
    kept = _without(steps, {step.id for step in steps if isinstance(step, Method)})
    kept = tuple(step for step in kept if step.id != PREPARED)
    return kept or (query("s1", Select(("count(*) AS records",), where=where(given.conditions))),)


def _records(given: Query) -> str:
    """What a question that counts rows calls them."""
    return next((v.noun for v in given.values if isinstance(v, Measure) and v.noun and v.condition is None), "")


def _limits(given: Query) -> tuple[Limit, ...]:
    """The conditions that the question sets; a plan's results tell which of them its steps keep."""
    rows = []
    for condition in given.conditions:
        period = isinstance(condition, During)
        rows.append(Limit(column=condition.column.name, words=words(condition), period=period))
    return tuple(rows)


def _help(scene: Scene, given: Query) -> str:
    left = ", ".join(f'"{word}"' for word in open_words(scene, given)[:6])
    names = [c.name for c in scene.card.columns if c.role != "constant"][:8]
    if not names:
        return "The table has no columns."
    return f"Nothing in it was found for {left}. It holds {listed(names)}."


def _offered(message: str) -> frozenset[str]:
    """The methods of the message's `<methods>` block, a line each as `name(…)`; all that we know without one."""
    listed = read_block(message, "methods")
    return frozenset(
        METHODS if listed is None else METHODS.keys() & {line.partition("(")[0] for line in listed.splitlines()}
    )


def _errors(message: str) -> list[str]:
    try:
        found = json.loads(read_block(message, "errors") or "[]")
    except ValueError:
        return ["the earlier reply was rejected"]
    return [str(item) for item in found] if isinstance(found, list) else [str(found)]


def _offering(steps: Sequence[Step], offered: frozenset[str]) -> tuple[Step, ...]:
    """The steps without those whose method is not offered, and without those that read them."""
    return _without(steps, {step.id for step in steps if isinstance(step, Method) and step.name not in offered})


def _without(steps: Iterable[Step], lost: set[str]) -> tuple[Step, ...]:
    kept: list[Step] = []
    for step in steps:
        if step.id in lost or sources(step) & lost:
            lost.add(step.id)
        else:
            kept.append(step)
    return tuple(kept) if any(step.id not in (PREPARED, READY) for step in kept) else ()


def _simpler(steps: Sequence[Step], errors: list[str]) -> tuple[Step, ...]:
    """A safer plan after a refusal: without the steps that the errors name first; when they name none, SQL only."""
    named = {text.partition(":")[0].strip() for text in errors} & {step.id for step in steps}
    kept = _without(steps, named or {step.id for step in steps if isinstance(step, Method)})
    kept = tuple(step for step in kept if step.id != PREPARED or any(PREPARED in sources(s) for s in kept))
    return kept if len(kept) < len(steps) else ()


def _plain_numbers(card: TableCard) -> Step:
    """The averages of the first numbers: a plan that can't fail."""
    numbers = [c for c in card.columns if is_measure(c) and not is_time(c) and c.numbers is None][:4]
    parts = [f"avg({sql.quoted(c.name)}) AS {sql.quoted(sql.alias('average', c.name))}" for c in numbers]
    return query("s1", Select(("count(*) AS records", *parts)))


COMPILERS: dict[str, Callable[[Asked], Draft]] = {
    "aggregate": tables.aggregate,
    "listing": rankings.listing,
    "sum of rows": rankings.sum_of_rows,
    "first of groups": rankings.first_of_groups,
    "share of value": tables.share_of_value,
    "share of first": tables.share_of_first,
    "window": series.window,
    "mean growth": series.mean_growth,
    "cohort": series.cohort,
    "both": tables.both,
    "share": methods.share,
    "trend": methods.trend,
    "change": methods.change,
    "forecast": methods.forecast,
    "drivers": methods.drivers,
    "describe": methods.describe,
    "anomalies": methods.anomalies,
    "outliers": methods.outliers,
    "segments": methods.segments,
    "test": methods.tested,
    "quality": methods.quality,
    "named fields": named.named_fields,
    "overview": methods.overview,
}
"""What plans each intent."""


def _draft_of(query: Query, card: TableCard, time: ColumnCard | None) -> tuple[Draft, Asked]:
    """The plan of a query, and what it was written from: the table as it is, or as it is once its rows are prepared."""
    if query.intent == "named fields" or not query.preparing:
        asked = Asked(query, card, time)
        return COMPILERS[query.intent](asked), asked
    asked = Asked(query, prepared_card(query.preparing, card), time)
    draft = COMPILERS[query.intent](asked)
    reading = f"{draft.reading.removesuffix('.')}{in_words(query.preparing)}."
    return replace(draft, reading=reading, ready=ready(asked, card, draft.steps)), asked
