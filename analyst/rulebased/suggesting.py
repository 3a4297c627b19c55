"""Questions that this table can answer: near what was asked, where that can't be answered; else what to ask next."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise

from analyst.protocol.table import TableCard
from analyst.rulebased.link.columns import adds_up
from analyst.rulebased.naming import group_noun, human, measured, rate_name
from analyst.rulebased.roles import Roles, roles_of, stems
from analyst.rulebased.wording import be

MOST = 3
ENOUGH = 30
"""Rows from which on a correlation is worth asking for."""
_PLAIN = stems("what which how many is are there the has highest total average by a between and give me")
"""Words of a suggestion that alone make it no other question."""


def suggestions(card: TableCard, question: str) -> tuple[str, ...]:
    """Up to three questions, from the columns that the question names first; none that was just asked."""
    found = (text for text in _questions(roles_of(card, question)) if not stems(text) - _PLAIN <= stems(question))
    return tuple(islice(dict.fromkeys(found), MOST))


def _questions(roles: Roles) -> Iterator[str]:
    """One question of each kind that the table has the columns for, then further ones."""
    groups = [human(c.name) for c in roles.groups]
    measures = [(_measure(c.name), "total" if adds_up(c) else "average") for c in roles.measures]
    for outcome, group in zip(roles.outcomes[:1], groups[:1], strict=False):
        yield f"What is the {rate_name(human(outcome.name), '')} by {group}?"
    for (measure, how), group in zip(measures[:1], groups[-1:] if roles.outcomes else groups[:1], strict=False):
        yield f"Which {group_noun(group)} has the highest {_said(how, measure)}?"
    for measure, how in measures[:1] if roles.times else []:
        yield f"What {be(measure)} the {_said(how, measure)} by month?"
    if not measures:
        yield from (f"How many records are there by {group}?" for group in groups[:2])
        yield from ("How many records are there by month?" for _ in roles.times[:1])
    for (one, _), (other, _) in islice(pairwise(measures), 1 if roles.rows >= ENOUGH else 0):
        yield from [f"Is there a correlation between {one} and {other}?"] if " and " not in one + other else []
    yield from (f"What {be(measure)} the average {measure}?" for measure, _ in measures)
    yield "Give me an overview"
    yield "How good is the data?"
    yield "How many records are there?"


def _said(how: str, measure: str) -> str:
    return measure if measure.startswith(how) else f"{how} {measure}"


def _measure(name: str) -> str:
    return measured(human(name))[0]
