"""What a question asks, in terms of one table: measures, groups, conditions, periods, and how to aggregate."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from contracts.table import ColumnCard, TableCard
from embedded import sql
from embedded.columns import is_measure
from embedded.lexicon import ADDED, AVERAGED, HIGHEST, LOWEST, MONEY_FIRST
from embedded.periods import Period
from embedded.tokens import Token, words_of

_AGGREGATES = (
    ("median", r"median"),
    ("mean", r"average|mean|avg|averages|typical|typically|expected"),
    ("std", r"standard deviation|std|stdev|variability|volatility|variance"),
    ("sum", r"total|sum|overall|altogether|combined|in all|how much|cumulative"),
    ("min", r"minimum|min"),
    ("max", r"maximum|max"),
)


@dataclass(frozen=True)
class Request:
    """A question understood. `groups` follow words such as "by"; `entities` are other columns that rows fall into;
    `binary` are yes/no columns named; `part` is a unit of time to group by; `asked_n` the n of "top n".

    `compared` holds (column, values) when several values of one column are named; `text` is the question in folded
    words, each between spaces.
    """

    card: TableCard
    tokens: tuple[Token, ...]
    text: str
    measures: tuple[ColumnCard, ...] = ()
    groups: tuple[ColumnCard, ...] = ()
    entities: tuple[ColumnCard, ...] = ()
    binary: tuple[ColumnCard, ...] = ()
    places: tuple[tuple[str, int], ...] = ()
    time: ColumnCard | None = None
    part: str | None = None
    periods: tuple[Period, ...] = ()
    conditions: tuple[sql.Condition, ...] = ()
    compared: tuple[ColumnCard, tuple[object, ...]] | None = None
    negated: frozenset[str] = frozenset()
    columns_in: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()

    def says(self, pattern: str) -> bool:
        """Whether the question holds `pattern` (a regular expression over whole folded words)."""
        return re.search(rf"(?<= )(?:{pattern})(?= )", self.text) is not None

    def says_apart(self, pattern: str) -> bool:
        """Whether the question holds `pattern` outside the names of columns."""
        return re.search(rf"(?<= )(?:{pattern})(?= )", self._unnamed_text) is not None

    def place(self, column: ColumnCard) -> int:
        """The token at which the column is first named; a large number when it is not."""
        return next((at for name, at in self.places if name == column.name), 10_000)

    @cached_property
    def aggregates(self) -> tuple[str, ...]:
        """The ways of aggregating that the question names, in its order."""
        spoken = self._unnamed_text
        found = []
        for kind, pattern in _AGGREGATES:
            match = re.search(rf"(?<= )(?:{pattern})(?= )", spoken)
            if match:
                found.append((match.start(), kind))
        if self.quantiles:
            found.append((len(spoken), "quantile"))
        return tuple(kind for _, kind in sorted(found))

    @cached_property
    def _unnamed_text(self) -> str:
        """The question without the names of columns, in which words such as "average" are no request."""
        spoken = self.text
        for words in self.columns_in:
            spoken = spoken.replace(f" {words} ", " | ", 1)
        return spoken

    @cached_property
    def quantiles(self) -> tuple[float, ...]:
        """The quantiles asked for, from 0 to 1."""
        found = re.findall(r"(?<= )(?:p)?(\d{1,2}(?:\.\d+)?)(?:th|st|nd|rd)? (?:percentile|quantile)", self.text)
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
            if token.word in LOWEST and token.word not in ("less", "lower"):
                return "lowest"
            if token.word in HIGHEST and token.word not in ("leading", "main", "higher"):
                return "highest"
        return None

    @cached_property
    def asked_n(self) -> int | None:
        """The n of "top n", "n best", "five largest"; None when the question gives none."""
        for at, token in enumerate(self.tokens[:-1]):
            following = self.tokens[at + 1]
            ranked = {token.word, following.word} & (HIGHEST | LOWEST | {"first"})
            count = following.count if token.word in HIGHEST | LOWEST | {"first"} else token.count
            if ranked and count and 0 < count <= 1000 and following.word != "quarter":
                return count
        return None

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
                text += " (which the data does not cover to its end)"
        return text


def speaking_measure(card: TableCard) -> ColumnCard | None:
    """The measure that speaks for a table when none is named: money first, then what can be added up."""
    numbers = [column for column in card.columns if is_measure(column) and column.role == "measure"]

    def rank(column: ColumnCard) -> tuple[int, int]:
        words = words_of(column.name)
        money = [at for at, word in enumerate(MONEY_FIRST) if word in words]
        return (money[0] if money else 99, 0 if is_added(column) else 1)

    return min(numbers, key=rank, default=None)


def is_added(column: ColumnCard) -> bool:
    """Whether the measure is added up (revenue) rather than averaged (age) when nobody says."""
    words = words_of(column.name)
    if yes_no(column):
        return False
    if any(word in AVERAGED for word in words):
        return words[-1] in ("revenue", "sale", "cost", "amount", "total", "spend") and not {
            "per",
            "avg",
            "average",
        } & set(words)
    return any(word in ADDED for word in words)


def yes_no(column: ColumnCard) -> bool:
    """Whether the column holds yes/no or 0/1."""
    return sql.yes_of(column) is not None
