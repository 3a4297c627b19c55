"""A question as far as its words are found in a table: columns, values, periods, units of time, bounds, rows."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from analyst.core.text import fold
from analyst.protocol.lexicon import ADDED, AVERAGED, DEALS, GENERIC, STOP, synonyms
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.bounds import Bound, find_bounds
from analyst.rulebased.link.columns import (
    ColumnIndex,
    Mention,
    holds_years,
    is_key,
    is_measure,
    is_nameless,
    is_number,
    is_time,
    meanings,
    name_words,
    names_deals,
    yes_no,
)
from analyst.rulebased.link.languages import QUESTION_WORDS, in_english, is_foreign
from analyst.rulebased.link.likeness import alike
from analyst.rulebased.link.periods import Period, Span, find_periods
from analyst.rulebased.link.tokens import Token, tokenize, words_of
from analyst.rulebased.link.units import ARTICLES, Part, find_parts
from analyst.rulebased.link.values import ValueMention, find_values, is_negated

SUMMED = frozenset("average mean median total sum avg maximum minimum amount".split())
"""Words after which a number is meant."""
_SPENDING = frozenset("spend spends spent pay pays paid paying spending".split())
_ASIDE = frozenset("birth dob birthday born status update updated modified".split())
"""Words of dates that are not when a row happened."""
_COMPARING = frozenset(
    "change changed changes grow grew grown growth increase increased rise rose fall fell drop dropped decline "
    "declined compare compared difference differ".split()
)
"""Words that set the ends of a span of years against each other."""
_ATTRIBUTES = frozenset("age gender sex".split())
"""What is told of each person that a row is about."""
_THINGS = frozenset("listing property vehicle machine device animal".split())
"""Words for things of several kinds."""
_ROWS = frozenset("row record entry case observation line".split())
_PERSONS = frozenset("person people individual".split())
_PERSONAL = frozenset("age gender sex born birth surname passenger patient employee".split())
_EXPANDED = {
    "wieviele": ("how", "many"), "wieviel": ("how", "much"), "combien": ("how", "many"), "cuantos": ("how", "many"),
    "cuantas": ("how", "many"), "cuanto": ("how", "much"),
}  # fmt: skip


@dataclass(frozen=True)
class Linked:
    """What of a question is found in the table. `rows`: the tokens that name the table's rows ("orders");
    `supposed`: those of them that no name of the table says; `doubtful`: those that are a value of the table, but more
    likely an ordinary word."""

    tokens: tuple[Token, ...]
    card: TableCard
    mentions: tuple[Mention, ...]
    values: tuple[ValueMention, ...]
    periods: tuple[Period, ...]
    time: ColumnCard | None
    parts: tuple[Part, ...]
    bounds: tuple[Bound, ...]
    rows: frozenset[int]
    doubtful: frozenset[int] = frozenset()
    supposed: frozenset[int] = frozenset()

    @cached_property
    def text(self) -> str:
        """The question in folded words, each between spaces."""
        return f" {' '.join(token.word for token in self.tokens)} "

    def word(self, at: int) -> str:
        """The word of token `at`, or nothing beyond the question's ends."""
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

    def words_at(self, words: Collection[str]) -> frozenset[int]:
        """The places of the tokens that are one of `words`."""
        return frozenset(at for at, token in enumerate(self.tokens) if token.word in words)

    def lead(self, at: int) -> str:
        """The last telling word before token `at`."""
        return next((t.word for t in reversed(self.tokens[:at]) if t.word not in ARTICLES), "")

    def places(self, text: str) -> frozenset[int]:
        """The places of the tokens of a part of the question, where it first stands."""
        words = [token.raw for token in tokenize(text)]
        every = [token.raw for token in self.tokens]
        starts = (at for at in range(len(every) - len(words) + 1) if every[at : at + len(words)] == words)
        first = next(starts, None) if words else None
        return frozenset() if first is None else frozenset(range(first, first + len(words)))

    def said(self, first: int, end: int) -> str:
        """Tokens as the question writes them."""
        return " ".join(token.raw for token in self.tokens[first:end])


def link(question: str, card: TableCard) -> Linked:
    """`question` read against `card`. Deterministic; never raises for any text."""
    index = ColumnIndex(card, _titles(card))
    tokens = _translated(tokenize(question), index.vocabulary)
    first = index.mentions(tokens)
    time = _time_column(card, first)
    named = frozenset(i for m in first if m.score >= 0.9 and m.column is not time for i in range(m.start, m.end))
    span = None if time is None else span_of(time)
    periods = find_periods(tokens, span, named) if span else _dated(tokens, time, named)
    parts = find_parts(tokens, named | _long_values(card, tokens, first))
    at_part = {i for part in parts for i in range(part.start, part.end)}
    periods = [p for p in periods if not at_part & set(range(p.first, p.last))]
    dated = frozenset(i for p in periods for i in range(p.first, p.last)) | at_part
    values, doubtful = _values(card, tokens, dated, first)
    taken = dated | frozenset(i for v in values for i in range(v.start, v.end))
    bounds = find_bounds(tokens, taken)
    units = {b.end: b.unit for b in bounds if b.unit}
    longer = [m for m in index.mentions(tokens, taken) if m.start in units and m.end - m.start > 1]
    begun = {m.start for m in longer if units[m.start] not in name_words(m.column.name)}
    mentions = [  # "under 12 months charged more" speaks of charges, not of monthly ones
        m for m in index.mentions(tokens, taken | begun) if not (_is_row_number(m, tokens, card) or _is_verb(m, tokens))
    ]
    rows = frozenset(i for i in range(len(tokens)) if i not in taken and _names_rows(i, tokens, card, mentions))
    spoken_of = taken | {i for m in mentions for i in range(m.start, m.end)}
    supposed = frozenset() if rows else _suppose_rows(tokens, card, spoken_of)
    return Linked(
        tokens, card, tuple(mentions), tuple(values), tuple(periods), time, tuple(parts), tuple(bounds),
        rows | supposed, doubtful, supposed,
    )  # fmt: skip


def _long_values(card: TableCard, tokens: tuple[Token, ...], first: Sequence[Mention]) -> frozenset[int]:
    """The tokens of values of several words, which name no unit of time: `same day`, `month to month`."""
    found, _ = find_values(card, tokens, frozenset(), first)
    return frozenset(i for v in found if v.end - v.start > 1 and v.score >= 0.95 for i in range(v.start, v.end))


def _translated(tokens: tuple[Token, ...], names: frozenset[str]) -> tuple[Token, ...]:
    """The tokens of a German, French or Spanish question with its function words in English."""
    words = [token.word for token in tokens]
    if not is_foreign(words):
        return tokens
    out: list[Token] = []
    for at, token in enumerate(tokens):
        if token.word in _EXPANDED:
            out += [replace(token, word=word, stem=word) for word in _EXPANDED[token.word]]
            continue
        meant = QUESTION_WORDS.get(token.word) or in_english(token.word)
        if token.word == "wie" and words[at + 1 : at + 2] and words[at + 1] in ("viele", "viel"):
            meant = "how"
        keeps = meant is None or token.stem in names or token.word in names
        out.append(token if keeps else replace(token, word=str(meant), stem=str(meant)))
    return tuple(out)


def _values(
    card: TableCard, tokens: tuple[Token, ...], dated: frozenset[int], first: Sequence[Mention]
) -> tuple[list[ValueMention], frozenset[int]]:
    every, doubtful = find_values(card, tokens, dated, first)
    found = [v for v in every if _has_sibling(v, every) or not _is_name(v, first, tokens)]
    found = sorted([*found, *_year_values(card, tokens, dated)], key=lambda v: v.start)
    beside = {i: m for m in first for i in range(m.start, m.end)}
    out: list[ValueMention] = []
    for value in found:
        negated = _negated(tokens, value, beside) or (bool(out) and _continues(tokens, out[-1], value))
        out.append(replace(value, negated=negated))
    return out, doubtful


def _has_sibling(value: ValueMention, every: Sequence[ValueMention]) -> bool:
    """Whether another value of its column is named, too: `day shifts` beside `night shifts` are no dates."""
    return any(other.column is value.column and other.item != value.item for other in every)


def _continues(tokens: Sequence[Token], before: ValueMention, value: ValueMention) -> bool:
    """Whether a value goes on with the list of excluded ones before it: `without unpaid and refunded`."""
    between = [token.word for token in tokens[before.end : value.start]]
    listed = bool(between) and all(word in ("and", "or", "nor", "the") for word in between)
    return before.negated and before.column is value.column and (listed or before.end == value.start)


def _negated(tokens: Sequence[Token], value: ValueMention, beside: dict[int, Mention]) -> bool:
    """Whether the value is excluded; the name of its own column may stand between ("excluding line L2")."""
    at = value.start
    while at and at - 1 in beside and value.column in beside[at - 1].options:
        at = beside[at - 1].start
    return is_negated(tokens, value.start) or (at < value.start and is_negated(tokens, at))


def _dated(tokens: tuple[Token, ...], time: ColumnCard | None, named: frozenset[int]) -> list[Period]:
    """The periods that carry their own year: all that can be placed when the card does not tell the span."""
    found = find_periods(tokens, Span(date(1900, 1, 1), date(2100, 12, 31)), named) if time is not None else []
    return [p for p in found if p.end.year < 2100 and p.start.year > 1900]


def _year_values(card: TableCard, tokens: Sequence[Token], taken: frozenset[int]) -> list[ValueMention]:
    """Years named, where the table has a number column of years; of a span only where its ends are compared."""
    columns = [c for c in card.columns if holds_years(c) and (c.distinct or 0) < 300]
    compared = any(token.word in _COMPARING for token in tokens)
    found = []
    for at, token in enumerate(tokens):
        if at in taken or len(token.raw) != 4 or not token.raw.isdigit():
            continue
        inside = [c for c in columns if _within(c, int(token.raw))]
        bound = at and tokens[at - 1].word in ("before", "after", "since", "until", "between", "from", "than", "and")
        spans = _is_end(tokens, at)
        if inside and (compared if spans else not bound or _is_choice(tokens, at)):
            found.append(ValueMention(at, at + 1, inside[0], int(token.raw), 1.0))
    return found


def _is_end(tokens: Sequence[Token], at: int) -> bool:
    """Whether a year is an end of `from 2021 to 2024`."""
    words = [token.word for token in tokens]
    first = at if at and words[at - 1] in ("between", "from") else at - 2
    return first > 0 and words[first - 1] in ("between", "from") and words[first + 1 : first + 2] in (["to"], ["and"])


def _is_choice(tokens: Sequence[Token], at: int) -> bool:
    """Whether a year after "and" or "than" stands beside another year to compare it with."""
    lead = tokens[at - 1].word
    other = tokens[at - 2].raw if at > 1 else ""
    ranged = at > 2 and tokens[at - 3].word in ("between", "from")
    return lead in ("and",) and other.isdigit() and not ranged


def _within(column: ColumnCard, year: int) -> bool:
    low, high = column.min, column.max
    return isinstance(low, (int, float)) and isinstance(high, (int, float)) and low <= year <= high


def _is_name(value: ValueMention, mentions: Sequence[Mention], tokens: Sequence[Token]) -> bool:
    """Whether a value's words rather name a column: as surely, and no shorter."""
    for mention in mentions:
        if mention.start < value.end and value.start < mention.end:
            longer = mention.end - mention.start > value.end - value.start
            same = mention.end - mention.start == value.end - value.start
            summed = tokens[value.start - 1].word in SUMMED if value.start else False
            if summed and numbers_in(mention):
                return True
            outcome = yes_no(mention.column) and mention.strength >= value.score - 0.3
            surer = (longer and mention.score >= 0.7) or (same and (mention.exact or outcome))
            if mention.column.name != value.column.name and surer:
                return True
    return False


def numbers_in(mention: Mention) -> list[ColumnCard]:
    """The number columns that a mention may mean, the best first."""
    return [c for c in mention.options if is_measure(c) and not yes_no(c) and c.role != "constant"]


def _time_column(card: TableCard, mentions: Sequence[Mention]) -> ColumnCard | None:
    named = [option for m in mentions if m.score >= 0.5 for option in m.options if is_time(option)]
    every = [column for column in card.columns if is_time(column)]
    roles = [column for column in every if column.role == "time"]
    born = [c for c in roles or every if not _ASIDE & meanings(c.name)]
    return next(iter(named + born + roles + every), None)


def _day(given: object) -> date | None:
    try:
        return date.fromisoformat(str(given)[:10])
    except ValueError:
        return None


def span_of(time: ColumnCard) -> Span | None:
    """The days that the column covers, or None when the card does not tell them."""
    low, high = _day(time.min), _day(time.max)
    if low is None or high is None:
        return None
    low, high = min(low, high), max(low, high)
    return Span(low, _last_day(low, high, time.distinct or 0))


def _last_day(low: date, high: date, distinct: int) -> date:
    """The last day of the last period, where each date stands for a month or a year by its first day."""
    months = (high.year - low.year) * 12 + high.month - low.month
    if low.day > 1 or high.day > 1 or not 1 < distinct <= months + 1:
        return high
    yearly = low.month == high.month == 1 and distinct <= high.year - low.year + 1
    return high.replace(month=12, day=31) if yearly else high.replace(day=monthrange(high.year, high.month)[1])


def is_panel(card: TableCard) -> bool:
    """Whether rows are the cells of one number (a year of a source): counting them tells nothing."""
    return sum(is_measure(c) for c in card.columns) == 1 and _is_grid(card)


def _titles(card: TableCard) -> dict[str, ColumnCard]:
    """The words of the table's name, where the one number of its cells is called `value` or the like: they tell what
    it is."""
    measures = [c for c in card.columns if is_measure(c) and not holds_years(c)]
    if len(measures) != 1 or not _is_grid(card) or not GENERIC.issuperset(name_words(measures[0].name)):
        return {}
    names = {word for column in card.columns for word in name_words(column.name)}
    told = tokenize(card.called.rsplit(".", 1)[0].replace("_", " "))
    return {t.word: measures[0] for t in told if len(t.word) > 2 and t.stem not in GENERIC | names}


def _is_grid(card: TableCard) -> bool:
    """Whether there is a row for each moment of each member of a group, rather than for things that happened."""
    times = [c.distinct or 0 for c in card.columns if is_time(c) or holds_years(c)]
    groups = [c.distinct or 0 for c in card.columns if c.role == "dimension" and not is_time(c)]
    return any(moments * members == card.rows for moments in times for members in groups if members > 1)


def row_words(card: TableCard) -> frozenset[str]:
    """The stems that name one row: those of the unique key's name and of the table's name."""
    keys = [c for c in card.columns if is_key(c, card.rows)]
    words = {word for column in keys for word in name_words(column.name) if not _light(column.name, word)}
    table = {word for word in words_of(card.called.rsplit(".", 1)[0]) if word not in GENERIC and len(word) > 1}
    table = set() if _is_grid(card) else table
    shared = [c for c in card.columns if names_deals(c, card.rows)]
    table -= {word for column in shared for word in name_words(column.name)}
    table |= DEALS if any(map(is_nameless, shared)) else frozenset()
    persons = any(c.personal == "person_name" or _PERSONAL & meanings(c.name) for c in card.columns)
    return frozenset(words | table | (_PERSONS if persons else frozenset()))


def _suppose_rows(tokens: Sequence[Token], card: TableCard, known: frozenset[int]) -> frozenset[int]:
    """The places of a plural that no name of the table says and that can only mean its rows: people whose age or gender
    a column tells (`learners`, of learner_age), or what values are kinds of (`listings`, of homes and rooms)."""
    told = [name_words(c.name) for c in card.columns]
    persons = {words[0] for words in told if len(words) == 2 and words[1] in _ATTRIBUTES}
    kinds = [c for c in card.columns if c.complete and c.role == "dimension" and not is_number(c)]
    items = {token.stem for c in kinds for item in c.values or () for token in tokenize(str(item))} - GENERIC - STOP
    plural = [i for i, token in enumerate(tokens) if i not in known and token.word != token.stem]
    nouns = {tokens[i].stem for i in plural}
    meant = {noun for noun in nouns if noun in persons or (noun in _THINGS and synonyms(noun) & items)}
    return frozenset(i for i in plural if tokens[i].stem in meant) if len(meant) == 1 else frozenset()


def _is_row_number(mention: Mention, tokens: Sequence[Token], card: TableCard) -> bool:
    """Whether the table's own word names a number that only tells its rows apart: `flights`, of the number flight."""
    column, named = mention.column, list(name_words(mention.column.name))
    whole = "INT" in column.type.upper() and is_measure(column) and not {*named} & (ADDED | AVERAGED)
    plural = mention.end - mention.start == 1 and tokens[mention.start].word != tokens[mention.start].stem
    table = list(words_of(card.called.rsplit(".", 1)[0]))[-1:]
    single = fold(column.name) == tokens[mention.start].stem  # `guests` counts them, `flight` is the number of one
    return whole and plural and single and named == [tokens[mention.start].stem] == table


def _is_verb(mention: Mention, tokens: Sequence[Token]) -> bool:
    """Whether a verb of spending names a column of categories by a synonym only: `spends` is no way of payment."""
    alone = mention.end - mention.start == 1 and tokens[mention.start].word in _SPENDING
    return alone and mention.strength < 1.0 and not any(is_number(c) for c in mention.options)


def _light(name: str, word: str) -> bool:
    """Whether a word of a key's name says nothing of what it is the key of."""
    return word in GENERIC or not GENERIC.isdisjoint(meanings(word)) or word == "ref"


def _names_rows(at: int, tokens: Sequence[Token], card: TableCard, mentions: Sequence[Mention]) -> bool:
    """Whether token `at` names the table's rows, and no column more surely."""
    token = tokens[at]
    here = [m for m in mentions if m.start <= at < m.end]
    if token.stem in _ROWS:
        return not any(m.exact for m in here)
    likeness = max((alike(token.stem, token.word, word) for word in row_words(card)), default=0.0)
    if likeness == 1.0 and _is_counted(tokens, at) and all(m.strength < likeness for m in here):
        return True
    surer = any(
        m.strength > likeness
        or (m.column.role != "identifier" and len(name_words(m.column.name)) == 1)
        or (m.strength >= likeness and is_measure(m.column) and m.score >= 0.7)
        for m in here
    )
    return likeness >= 0.85 and not surer


def _is_counted(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word is what is counted: `how many donations`, `number of donations`, `fewer than 3 donations`."""
    before = [token.word for token in tokens[max(0, at - 3) : at]]
    told = before[-2:] in (["how", "many"], ["number", "of"], ["count", "of"])
    return told or (before[:2] in (["fewer", "than"], ["at", "least"]) and tokens[at - 1].count is not None)
