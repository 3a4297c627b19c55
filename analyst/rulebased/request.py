"""What a question asks, in terms of one table: measures, groups, conditions, periods, and how to aggregate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from analyst.protocol.lexicon import ADDED, AVERAGED, DEALS, HIGHEST, LOWEST, MONEY, MONEY_FIRST
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased import sql
from analyst.rulebased.link.columns import is_measure, meanings, name_words
from analyst.rulebased.link.periods import Period
from analyst.rulebased.link.tokens import Token
from analyst.rulebased.reading import Reading, holds_years
from analyst.rulebased.select import DATA

_AGGREGATES = (
    ("median", r"median"),
    ("mean", r"average|mean|avg|averages|typical|typically|expected"),
    ("std", r"standard deviation|std|stdev|variability|volatility|variance"),
    ("sum", r"total|totals|sum|overall|altogether|combined|in all|how much|cumulative"),
    ("min", r"minimum|min"),
    ("max", r"maximum|max"),
)


_SWIFT = {"fastest": True, "quickest": True, "slowest": False}
"""Superlatives of speed: the fastest has the lowest of what takes time."""


@dataclass(frozen=True)
class Having:
    """A bound on what is computed for each group: `kind` of `column` (count of records when None), by `sign value`."""

    kind: str
    column: ColumnCard | None
    sign: str
    value: str
    words: str
    upper: str | None = None


@dataclass(frozen=True)
class Request:
    """A question understood. `groups` follow words such as "by"; `entities` are other columns that rows fall into;
    `asked` are those of both that the question asks for ("which store"); `binary` are yes/no columns named; `parts`
    units of time to group by; `subjects` keys of single rows that it names.

    `table` is what plans read: the data, or the step that prepares them.

    `compared` holds (column, values) when several values of one column are named. `reading` is what all this was
    understood from.
    """

    reading: Reading
    measures: tuple[ColumnCard, ...] = ()
    groups: tuple[ColumnCard, ...] = ()
    entities: tuple[ColumnCard, ...] = ()
    asked: tuple[ColumnCard, ...] = ()
    subjects: tuple[ColumnCard, ...] = ()
    binary: tuple[ColumnCard, ...] = ()
    places: tuple[tuple[str, int], ...] = ()
    parts: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    conditions: tuple[sql.Condition, ...] = ()
    having: tuple[Having, ...] = ()
    compared: tuple[ColumnCard, tuple[object, ...]] | None = None
    negated: frozenset[str] = frozenset()
    hinted: ColumnCard | None = None
    table: str = DATA

    @property
    def card(self) -> TableCard:
        """The table's card."""
        return self.reading.card

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The question's tokens."""
        return self.reading.tokens

    @property
    def text(self) -> str:
        """The question in folded words, each between spaces."""
        return self.reading.text

    @property
    def time(self) -> ColumnCard | None:
        """The column of dates that periods and units of time are about."""
        return self.reading.time

    @property
    def part(self) -> str | None:
        """The first unit of time to group by."""
        return self.parts[0] if self.parts else None

    def says(self, pattern: str) -> bool:
        """Whether the question holds `pattern` (a regular expression over whole folded words)."""
        return re.search(rf"(?<= )(?:{pattern})(?= )", self.text) is not None

    def says_apart(self, pattern: str) -> bool:
        """Whether the question holds `pattern` outside the names of columns."""
        return re.search(rf"(?<= )(?:{pattern})(?= )", self.unnamed) is not None

    def spans(self, pattern: str) -> list[tuple[int, int]]:
        """The tokens (first, end) of each place outside the names of columns that holds `pattern`."""
        return spans_of(pattern, self.unnamed)

    def place(self, column: ColumnCard) -> int:
        """The token at which the column is first named; a large number when it is not."""
        return next((at for name, at in self.places if name == column.name), 10_000)

    @cached_property
    def unnamed(self) -> str:
        """The question with a bar for each word of a column's name: there, "average" is no request."""
        named = {i for m in self.reading.mentions if m.score >= 0.5 for i in range(m.start, m.end)}
        return f" {' '.join('|' if i in named else t.word for i, t in enumerate(self.tokens))} "

    @cached_property
    def aggregate_places(self) -> tuple[tuple[int, str], ...]:
        """The tokens that name a way of aggregating, in order."""
        return tuple(sorted((at, kind) for kind, pattern in _AGGREGATES for at, _ in spans_of(pattern, self.unnamed)))

    @cached_property
    def aggregates(self) -> tuple[str, ...]:
        """The ways of aggregating that the question names, in its order."""
        found = [kind for _, kind in self.aggregate_places]
        return tuple(dict.fromkeys([*found, *(["quantile"] if self.quantiles else [])]))

    @cached_property
    def quantiles(self) -> tuple[float, ...]:
        """The quantiles asked for, from 0 to 1."""
        found = re.findall(r"(?<= )(?:p)?(\d{1,2}(?:\.\d+)?) ?(?:th|st|nd|rd)? (?:percentile|quantile)", self.text)
        found += re.findall(r"(?<= )p(\d{2})(?= )", self.text)
        if self.says("quartiles?"):
            found += ["25", "50", "75"]
        return tuple(dict.fromkeys(float(text) / 100 for text in found))

    @cached_property
    def direction(self) -> str | None:
        """`highest` or `lowest`, whichever the question asks for first; None when neither."""
        for at, token in enumerate(self.tokens):
            if at and self.tokens[at - 1].word == "at":
                continue
            if token.word in _SWIFT and any(_takes_time(column) for column in self.measures[:1]):
                return "lowest" if _SWIFT[token.word] else "highest"
            if token.word in LOWEST and token.word not in ("less", "lower"):
                return "lowest"
            if token.word in HIGHEST and token.word not in ("leading", "main", "higher"):
                return "highest"
        return None

    @cached_property
    def asked_n(self) -> int | None:
        """The n of "top n", "n best", "five largest", "best 5"; None when the question gives none."""
        words = HIGHEST | LOWEST | {"first"}
        for at, token in enumerate(self.tokens[:-1]):
            following = self.tokens[at + 1]
            ranked = {token.word, following.word} & words
            count = following.count if token.word in words else token.count
            if ranked and count and 0 < count <= 1000 and following.word not in ("quarter", "half"):
                return count
        return _counted_superlative(self.tokens)

    @property
    def limit(self) -> int:
        """How many rows a ranking shows."""
        return min(self.asked_n or 10, 100)

    @property
    def order(self) -> str:
        """The direction of a ranking, as SQL."""
        return "ASC" if self.direction == "lowest" else "DESC"

    @cached_property
    def main_measure(self) -> ColumnCard | None:
        """The measure named first; else the one that speaks for the table."""
        return self.measures[0] if self.measures else speaking_measure(self.card)

    @property
    def where(self) -> tuple[str, ...]:
        """All conditions, periods included, as SQL."""
        return (*(c.sql for c in self.conditions), *self.period_conditions)

    @property
    def period_conditions(self) -> tuple[str, ...]:
        """The periods as one condition (any of them)."""
        if not self.periods or self.time is None:
            return ()
        each = [sql.within(self.time, period.start, period.end) for period in self.periods]
        return (each[0],) if len(each) == 1 else ("(" + " OR ".join(f"({text})" for text in each) + ")",)

    def without_periods(self) -> Request:
        """The same request over the whole time."""
        return replace(self, periods=())

    def conditions_in_words(self, *, periods: bool = True) -> str:
        """The conditions for the reader: ` for branch Lyon, in 2024-Q4`, or nothing."""
        told = [condition.words for condition in self.conditions]
        text = f" for {' and '.join(told)}" if told else ""
        if periods and self.periods:
            text += f" in {' and '.join(period.words for period in self.periods)}"
            if not all(period.whole for period in self.periods):
                text += " (the data does not cover all of it)"
        return text


def _takes_time(column: ColumnCard) -> bool:
    """Whether the column holds durations."""
    words = meanings(column.name)
    return (
        not words.isdisjoint(("duration", "wait", "delay", "day", "hour", "minute", "second", "time"))
        and "speed" not in words
    )


def _counted_superlative(tokens: Sequence[Token]) -> int | None:
    """`the three best selling items`, `5 homes with the lowest price`: a small number before the noun."""
    at = next((i for i, t in enumerate(tokens) if t.word in HIGHEST | LOWEST), None)
    if at is None:
        return None
    for place in (0, 1, 2):
        count = tokens[place].count if place < min(at, len(tokens)) else None
        lead = tokens[place - 1].word if place else ""
        if count and 1 < count <= 100 and lead in ("", "the", "which", "what", "show", "list", "name"):
            return count
    return None


def spans_of(pattern: str, text: str) -> list[tuple[int, int]]:
    """The words (first, end) of each place in `text`, whose words stand between single spaces, that holds `pattern`."""
    found = []
    for match in re.finditer(rf"(?<= )(?:{pattern})(?= )", text):
        first = text.count(" ", 0, match.start()) - 1
        found.append((first, first + match[0].count(" ") + 1))
    return found


def speaking_measure(card: TableCard) -> ColumnCard | None:
    """The measure that speaks for a table when none is named: money first, then what can be added up."""
    numbers = [c for c in card.columns if is_measure(c) and c.role == "measure" and not holds_years(c)]

    def rank(column: ColumnCard) -> tuple[int, int]:
        words = meanings(column.name)
        money = [at for at, word in enumerate(MONEY_FIRST) if word in words]
        single = bool({"unit", "per", "each", "list"} & words)
        return (money[0] + 50 * single if money else 99, 0 if is_added(column) else 1)

    return min(numbers, key=rank, default=None)


def is_money(column: ColumnCard) -> bool:
    """Whether the column holds amounts of money that may be called revenue, sales or spending."""
    words = meanings(column.name)
    worth = "value" in words and not DEALS.isdisjoint(words)
    return worth or not MONEY.isdisjoint(words)


def is_added(column: ColumnCard) -> bool:
    """Whether the measure is added up (revenue) rather than averaged (age) when nobody says."""
    words, names = meanings(column.name), name_words(column.name)
    if yes_no(column) or holds_years(column):
        return False
    if words & AVERAGED:
        last = meanings(names[-1]) if names else frozenset()
        summed = last & {"revenue", "sale", "cost", "amount", "total", "spend"}
        return bool(summed) and not {"per", "avg", "average"} & words
    return bool(words & ADDED)


def yes_no(column: ColumnCard) -> bool:
    """Whether the column holds yes/no or 0/1."""
    return sql.yes_of(column) is not None
