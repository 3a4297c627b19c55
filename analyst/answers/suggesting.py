"""Three questions to ask next, made from what the table holds and what was found; none that was just asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from analyst.core.text import fold
from analyst.protocol.evidence import EvidenceTable
from analyst.protocol.facts import NO_FACTS, Facts
from analyst.protocol.table import ColumnProfile, TableProfile
from analyst.reporting.naming import words

MAX_SUGGESTIONS = 3
MAX_GROUPS = 40
"""Groups that a reader can take in: a column of more is no good one to group by."""
_FEW_ROWS = 30
"""Rows below which nothing can be said about what goes with what."""
_YES = re.compile(r"(yes|y|true|1|1\.0|ja|oui|si)$", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """What the answer is read from: what was computed, and the group that leads, as its column and its value."""

    facts: Facts = NO_FACTS
    leading: tuple[str, Any] | None = None


def found_in(table: EvidenceTable, rows: Sequence[tuple[Any, ...]]) -> Found:
    """What the result `table` tells, of which an answer cites `rows` (the first one leads)."""
    group = next((name for name in table.facts.groups if name in table.columns), None)
    row = next(iter(rows), None)
    value = row[table.columns.index(group)] if group and row else None
    return Found(table.facts, (group, value) if group and isinstance(value, str) else None)


def suggested(profile: TableProfile, found: Found, question: str, earlier: Sequence[str] = ()) -> tuple[str, ...]:
    """At most MAX_SUGGESTIONS questions on the table of `profile`, the nearest to what was found and asked first; none
    that was asked before (`earlier`)."""
    asked = [_words(text) for text in (*earlier, question)]
    roles = _Roles(profile, found.facts, asked[-1])
    fresh = (text for text in _questions(roles, found) if _words(text) not in asked)
    return tuple(islice(dict.fromkeys(fresh), MAX_SUGGESTIONS))


class _Roles:
    """The columns of a table by what questions can do with them: those that were used first, then those of whose names
    a word was asked, then amounts, which say more of a table than coordinates and rates do."""

    def __init__(self, profile: TableProfile, facts: Facts, asked: Sequence[str]) -> None:
        self.enough = profile.table.rows >= _FEW_ROWS
        used = [column for measure in facts.measures for column in measure.columns]
        stems = {_stem(word) for word in asked}
        plain = sorted(
            (column for column in profile.columns if not column.personal),
            key=lambda c: (
                c.name not in used,
                stems.isdisjoint(map(_stem, _words(words(c.name)))),
                c.meaning.adds != "rows",
            ),
        )
        self.measures = [c for c in plain if c.role == "measure" and c.kind == "number" and c.distinct > 2]
        self.outcomes = [c for c in plain if c.role == "target" and _outcome(c)]
        self.times = [c for c in plain if c.role == "time" and c.kind in ("date", "timestamp")]
        self.groups = [c for c in plain if c.role == "dimension" and 2 <= c.distinct <= MAX_GROUPS and c.kind == "text"]
        self.free = [c for c in self.groups if c.name not in facts.groups]


def _questions(roles: _Roles, found: Found) -> Iterator[str]:
    """One of each kind of next step, then further ones: drill down, over time, what goes with it, the other groups."""
    facts = found.facts
    measure = next((_measured(c) for c in roles.measures), None)
    outcome = next((c for c in roles.outcomes if c.name == facts.measured or not roles.measures), None)
    if outcome and roles.enough:
        yield f"Which factors predict {_name(outcome)}?"
    if outcome:
        yield from (f"What is the {_name(outcome)} rate by {_name(group)}?" for group in roles.free[:2])
    if measure and found.leading and roles.free:
        leading, value = found.leading
        yield f"What is the {measure} by {_name(roles.free[0])} for {words(leading).lower()} {value}?"
    if measure and roles.times and not facts.period:
        yield f"What is the {measure} by month?"
    if measure and roles.free:
        yield f"Which {_name(roles.free[0])} has the highest {measure}?"
    if measure and not facts.groups:
        yield from (f"What is the {measure} by {_name(group)}?" for group in roles.groups[1:2])
    if len(roles.measures) > 1 and roles.enough:
        one, other = roles.measures[:2]
        yield f"Is there a correlation between {_name(one)} and {_name(other)}?"
    yield from (f"How is {_name(one)} distributed?" for one in roles.measures[:2])
    yield from (f"How many records are there by {_name(one)}?" for one in (*roles.free, *roles.groups)[:3])
    yield "Give me an overview of this table."


def _measured(column: ColumnProfile) -> str:
    """A measure with how it is put together: only what adds up over rows is summed."""
    how, name = "total" if column.meaning.adds == "rows" else "average", _name(column)
    return name if how in name.split() else f"{how} {name}"


def _name(column: ColumnProfile) -> str:
    """A column as a question names it: "canceled" for is_canceled."""
    return re.sub(r"[()]|^(is|has) ", "", words(column.name).lower())


def _outcome(column: ColumnProfile) -> bool:
    """Whether a yes/no column says of itself what yes is."""
    return column.kind == "boolean" or any(_YES.match(str(value)) for value, _ in column.values)


def _stem(word: str) -> str:
    return word.removesuffix("s")


def _words(text: str) -> list[str]:
    return sorted(set(re.findall(r"[^\W_]+", fold(text))))
