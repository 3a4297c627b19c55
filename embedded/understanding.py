"""From a question and a table's card to a Request: who is measured, who is grouped, which rows, which time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.table import ColumnCard, TableCard
from embedded import sql
from embedded.columns import ColumnIndex, Mention, is_group, is_measure, is_number, is_time, spoken
from embedded.lexicon import HIGHEST, HINTED, LOWEST, MONEY_FIRST, synonyms
from embedded.periods import Period, Span, find_periods
from embedded.request import Request, is_added, speaking_measure, yes_no
from embedded.tokens import Token, tokenize, words_of
from embedded.values import (
    ValueMention,
    bound_condition,
    find_thresholds,
    find_values,
    is_negated,
    threshold_column,
)

_BY = frozenset(
    "by per each every across among within grouped split between versus vs for whichever depending broken segmented".split()
)
_ARTICLES = frozenset("the a an all our individual single separate given respective various their its".split())
_WHICH = frozenset("which what whose whom who top bottom".split())
_PART_WORDS = {
    "weekday": "weekday", "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
_PART_LEADS = frozenset(
    "by per each every which what busiest best worst peak over quietest slowest strongest weakest same".split()
)
_UNITS = frozenset(("hour", "day", "week", "month", "quarter", "year"))


@dataclass(frozen=True)
class _Read:
    """The question as far as its columns, values and periods are found."""

    tokens: tuple[Token, ...]
    card: TableCard
    mentions: tuple[Mention, ...]
    values: tuple[ValueMention, ...]
    periods: tuple[Period, ...]
    time: ColumnCard | None
    part: str | None


def understand(question: str, card: TableCard) -> Request:
    """What `question` asks of the table in `card`. Deterministic; never raises for any text."""
    read = _read(tokenize(question), card)
    conditions, bounded = _bounds(read)
    read = replace(read, mentions=tuple(_meaningful(read, bounded)))
    return _request(read, conditions)


def _read(tokens: tuple[Token, ...], card: TableCard) -> _Read:
    index = ColumnIndex(card)
    first = index.mentions(tokens)
    time = _time_column(card, first)
    named = frozenset(i for m in first if m.score >= 0.9 and m.column is not time for i in range(m.start, m.end))
    span = None if time is None else span_of(time)
    periods = find_periods(tokens, span, named) if span else _dated(tokens, time, named)
    part, part_at = _part(tokens, named)
    periods = [p for p in periods if not part_at & set(range(p.first, p.last))]
    dated = frozenset(i for p in periods for i in range(p.first, p.last)) | part_at
    values = [v for v in find_values(card, tokens, dated) if not _is_name(v, first)]
    values = sorted([*values, *_year_values(card, tokens, dated)], key=lambda v: v.start)
    taken = dated | frozenset(i for v in values for i in range(v.start, v.end))
    values = [replace(v, negated=is_negated(tokens, v.start)) for v in values]
    mentions = index.mentions(tokens, taken)
    return _Read(tokens, card, tuple(mentions), tuple(values), tuple(periods), time, part)


def _dated(tokens: tuple[Token, ...], time: ColumnCard | None, named: frozenset[int]) -> list[Period]:
    """The periods that carry their own year: all that can be placed when the card does not tell the span of the data."""
    if time is None:
        return []
    found = find_periods(tokens, Span(date(1900, 1, 1), date(2100, 12, 31)), named)
    return [p for p in found if p.end.year < 2100 and p.start.year > 1900]


def _year_values(card: TableCard, tokens: Sequence[Token], taken: frozenset[int]) -> list[ValueMention]:
    """Years named, where the table has a number column of years."""
    columns = [
        c for c in card.columns if is_number(c) and {"year", "yr"} & set(words_of(c.name)) and (c.distinct or 0) < 300
    ]
    found = []
    for at, token in enumerate(tokens):
        if at in taken or len(token.raw) != 4 or not token.raw.isdigit():
            continue
        for column in columns:
            low, high = column.min, column.max
            if (
                isinstance(low, (int, float))
                and isinstance(high, (int, float))
                and 1000 <= low <= int(token.raw) <= high
            ):
                found.append(ValueMention(at, at + 1, column, int(token.raw), 1.0))
                break
    return found


def _is_name(value: ValueMention, mentions: Sequence[Mention]) -> bool:
    """Whether a value's words rather name a column: as surely, and no shorter."""
    for mention in mentions:
        if mention.start < value.end and value.start < mention.end:
            longer = mention.end - mention.start > value.end - value.start
            same = mention.end - mention.start == value.end - value.start
            if mention.column.name != value.column.name and (longer and mention.score >= 0.7 or same and mention.exact):
                return True
    return False


def _time_column(card: TableCard, mentions: Sequence[Mention]) -> ColumnCard | None:
    named = [option for m in mentions if m.score >= 0.5 for option in m.options if is_time(option)]
    every = [column for column in card.columns if is_time(column)]
    roles = [column for column in every if column.role == "time"]
    born = [
        column for column in roles or every if not {"birth", "dob", "birthday", "born"} & set(words_of(column.name))
    ]
    return next(iter(named + born + roles + every), None)


def _day(given: object, pattern: str | None) -> date | None:
    text = str(given)
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        pass
    try:
        return datetime.strptime(text, pattern or "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def span_of(time: ColumnCard) -> Span | None:
    """The days that the column covers, or None when the card does not tell them."""
    low, high = _day(time.min, time.dates), _day(time.max, time.dates)
    if low is None or high is None:
        return None
    return Span(min(low, high), max(low, high))


def _part(tokens: Sequence[Token], named: frozenset[int]) -> tuple[str | None, frozenset[int]]:
    """The unit of time that the question groups by, and the tokens that say so."""
    for at, token in enumerate(tokens):
        lead = next((t.word for t in reversed(tokens[:at]) if t.word not in _ARTICLES | {"calendar", "single"}), "")
        following = [t.word for t in tokens[at + 1 : at + 4]]
        if at in named:
            continue
        if token.stem == "day" and following[:1] == ["of"] and "week" in following:
            return "weekday", frozenset(range(at, at + 2 + following.index("week")))
        if token.stem == "time" and following[:2] == ["of", "day"]:
            return "hour", frozenset((at, at + 1, at + 2))
        if token.stem in _PART_WORDS:
            return _PART_WORDS[token.stem], frozenset((at,))
        if token.stem in _UNITS and (lead in _PART_LEADS or lead == token.stem or lead in HIGHEST | LOWEST):
            if not (following[:1] == ["over"] or lead in ("over",) and token.word == token.stem):
                return token.stem, frozenset((at,))
    return None, frozenset()


def _bounds(read: _Read) -> tuple[list[sql.Condition], frozenset[int]]:
    """The thresholds as conditions, and the tokens of their numbers and signs."""
    dated = frozenset(i for p in read.periods for i in range(p.first, p.last))
    conditions, used = [], set()
    for bound in find_thresholds(read.tokens, dated):
        column = threshold_column(bound, read.tokens, read.mentions, read.card)
        if column is not None:
            conditions.append(bound_condition(bound, column))
            used |= set(range(bound.start, bound.end))
    for mention in read.mentions:
        equal = _equality(mention, read, used | dated)
        if equal is not None:
            conditions.append(equal)
            used |= set(range(mention.start, mention.end + 1))
    return conditions, frozenset(used)


def _equality(mention: Mention, read: _Read, used: set[int] | frozenset[int]) -> sql.Condition | None:
    """`class 3`, `rating of 5`: a number column of few values followed by one of them."""
    column = next((c for c in mention.options if is_number(c) and c.role not in ("constant",)), None)
    at = mention.end
    while at < len(read.tokens) and read.tokens[at].word in ("of", "is", "=", "equals", "equal", "to"):
        at += 1
    number = read.tokens[at].number if at < len(read.tokens) and at not in used else None
    if column is None or number is None or "%" in read.tokens[at].raw or mention.start in used or at > mention.end + 2:
        return None
    if not _may_equal(column, number):
        return None
    plain = int(number) if number == int(number) else number
    negated = is_negated(read.tokens, mention.start)
    text = f"{sql.number(column)} {'IS DISTINCT FROM' if negated else '='} {plain}"
    words = f"{spoken(column)} {'not ' if negated else ''}{read.tokens[at].raw}"
    return sql.Condition(text, words, column.name, mention.start)


def _may_equal(column: ColumnCard, number: float) -> bool:
    """Whether the number is (or may well be) one of the column's few values."""
    listed = {float(v) for v in column.values or () if isinstance(v, (int, float))}
    if column.complete:
        return number in listed
    low, high = column.min, column.max
    inside = isinstance(low, (int, float)) and isinstance(high, (int, float)) and low <= number <= high
    return inside and (column.distinct or 99) <= 100


def _meaningful(read: _Read, bounded: frozenset[int]) -> list[Mention]:
    """The mentions without those that only describe a value ("Lyon branch") or another column ("customer segment")."""
    kept: list[Mention] = []
    for at, mention in enumerate(read.mentions):
        following = read.mentions[at + 1] if at + 1 < len(read.mentions) else None
        lead = _lead(read.tokens, mention.start)
        describes = any(_beside(mention, value) for value in read.values if value.column in mention.options)
        modifies = following is not None and following.start == mention.end and mention.score < 1.0
        modifies = (
            modifies and mention.column.role in ("identifier", "text", "dimension") and not is_number(mention.column)
        )
        modifies = modifies or (
            following is not None
            and following.start == mention.end
            and mention.column.role == "identifier"
            and not mention.exact
        )
        if mention.start in bounded and all(i in bounded for i in range(mention.start, mention.end)):
            continue
        if any(mention.start < i <= mention.end + 3 or i + 1 == mention.start for i in bounded) and _bound_to(
            mention, read, bounded
        ):
            continue
        if (describes and lead not in ("by", "per")) or modifies:
            continue
        kept.append(mention)
    return kept


def _bound_to(mention: Mention, read: _Read, bounded: frozenset[int]) -> bool:
    """Whether a threshold stands right after (or before) the mention and is about its column: "satisfaction below 3"."""
    after = [t.word for t in read.tokens[mention.end : mention.end + 3]]
    near = mention.end in bounded or (
        after[:1] and after[0] in ("is", "was", "are", "of") and mention.end + 1 in bounded
    )
    named = [m for m in read.mentions if m is not mention]
    return bool(
        near
        and is_number(mention.column)
        and (named or not {"average", "mean", "total"} & {t.word for t in read.tokens})
    )


def _beside(mention: Mention, value: ValueMention) -> bool:
    return 0 <= mention.start - value.end <= 0 or 0 <= value.start - mention.end <= 1


def _lead(tokens: Sequence[Token], at: int) -> str:
    """The last telling word before token `at`."""
    for token in reversed(tokens[:at]):
        if token.word not in _ARTICLES:
            return token.word
    return ""


def _request(read: _Read, conditions: list[sql.Condition]) -> Request:
    measures: list[ColumnCard] = []
    groups: list[ColumnCard] = []
    entities: list[ColumnCard] = []
    binary: list[ColumnCard] = []
    negated = set()
    led_end = -9
    for mention in read.mentions:
        led = _leads_group(read, mention, led_end) and not _ranks_by(mention, read)
        kind, column = _sorted_mention(mention, led)
        {"measure": measures, "group": groups, "entity": entities, "binary": binary, "time": []}[kind].append(column)
        if is_negated(read.tokens, mention.start, past=2 if kind == "binary" else 0):
            negated.add(column.name)
        if kind == "group":
            led_end = mention.end
    compared, valued = _value_conditions(read)
    words = tuple(" ".join(t.word for t in read.tokens[m.start : m.end]) for m in read.mentions if m.score >= 0.5)
    bound = {condition.column for condition in conditions}
    hinted = _hinted(read, bound) if not measures else None
    return Request(
        card=read.card,
        tokens=read.tokens,
        text=" " + " ".join(token.word for token in read.tokens) + " ",
        measures=tuple(dict.fromkeys([*measures, *([hinted] if hinted else [])])),
        groups=tuple(dict.fromkeys(groups)),
        entities=tuple(c for c in dict.fromkeys(entities) if c not in groups),
        binary=tuple(dict.fromkeys(binary)),
        places=tuple((option.name, m.start) for m in read.mentions for option in m.options),
        time=read.time,
        part=read.part if read.part is None or read.time is not None else None,
        periods=read.periods,
        conditions=(*valued, *conditions),
        compared=compared,
        negated=frozenset(negated),
        columns_in=words,
        strangers=_strangers(read),
    )


def _leads_group(read: _Read, mention: Mention, led_end: int) -> bool:
    between = [token.word for token in read.tokens[led_end : mention.start]] if led_end >= 0 else ["-"]
    if led_end >= 0 and all(word in ("and", "the", "by") for word in between):
        return True
    lead = _lead(read.tokens, mention.start)
    if lead in ("between", "versus", "vs") and is_measure(mention.column):
        return False
    if lead == "for":
        return read.tokens[mention.start - 1].word in ("each", "every", "all", "different")
    return lead in _BY


def _ranks_by(mention: Mention, read: _Read) -> bool:
    """`top customers by revenue`, `products by sales`: what follows "by" is measured, not grouped by."""
    if _lead(read.tokens, mention.start) not in ("by", "per"):
        return False
    ranks = any(t.word in HIGHEST | LOWEST or t.word in ("rank", "ranked", "sort", "sorted") for t in read.tokens)
    others = [m for m in read.mentions if m.start < mention.start and is_group(m.column) and not is_measure(m.column)]
    column = next((o for o in mention.options if is_measure(o) and o.role == "measure"), None)
    if not others or column is None:
        return bool(others) and ranks and yes_no(mention.column)
    if (column.distinct or 99) <= 12 and not (ranks and is_added(column)):
        return False
    return ranks or is_added(column)


def _sorted_mention(mention: Mention, led: bool) -> tuple[str, ColumnCard]:
    """What a mention is (measure, group, entity, binary or time) and which of its options serves best."""
    options = [option for option in mention.options if option.role != "constant"] or list(mention.options)
    grouping = sorted((o for o in options if is_group(o)), key=_group_rank)
    if led and grouping:
        return "group", grouping[0]
    if is_time(options[0]):
        return "time", options[0]
    answers = [option for option in options[: 1 if is_measure(options[0]) else 2] if yes_no(option)]
    if answers:
        return "binary", answers[0]
    numbers = [option for option in options if is_measure(option)]
    whole = mention.score >= 0.9 and options[0] not in numbers
    if numbers and not whole and (options[0] in numbers or _names_number(mention)):
        best = [n for n in numbers if n.role == "measure"]
        chosen = options[0] if options[0] in numbers else (best or numbers)[0]
        return ("group" if led else "measure"), chosen
    return ("entity", grouping[0]) if grouping else ("entity", options[0])


def _names_number(mention: Mention) -> bool:
    return mention.column.role not in ("dimension", "text", "target", "identifier")


def _group_rank(column: ColumnCard) -> tuple[bool, bool, bool]:
    """Names before identifiers, and personal columns last."""
    return (column.personal is not None, column.role == "identifier", is_number(column) and column.role == "measure")


def _hinted(read: _Read, bound: set[str]) -> ColumnCard | None:
    """A measure that a word hints at without naming it: `older`, `cheapest`, `paid`."""
    numbers = [
        column for column in read.card.columns if is_measure(column) and not yes_no(column) and column.name not in bound
    ]
    for token in read.tokens:
        hint = HINTED.get(token.word)
        for column in numbers if hint else ():
            if any(hint in synonyms(word) for word in words_of(column.name)):
                return column
    if {"revenue", "sale", "turnover", "earning", "taking"} & {token.stem for token in read.tokens}:
        money = speaking_measure(read.card)
        return money if money is not None and set(MONEY_FIRST) & set(words_of(money.name)) else None
    return None


def _value_conditions(
    read: _Read,
) -> tuple[tuple[ColumnCard, tuple[object, ...]] | None, list[sql.Condition]]:
    """The values as conditions, those of one column together; and the column of which several values are named."""
    by_column: dict[tuple[str, bool], list[ValueMention]] = {}
    for value in read.values:
        by_column.setdefault((value.column.name, value.negated), []).append(value)
    compared, conditions = None, []
    for (_, negated), named in by_column.items():
        column, items = named[0].column, tuple(dict.fromkeys(v.item for v in named))
        if len({sql.same_spelling(item) for item in items}) > 1 and not negated and compared is None:
            compared = (column, items)
        told = " and ".join(dict.fromkeys(sql.canonical(column, item) for item in items))
        text = sql.equals(column, items, negated=negated)
        words = f"{spoken(column)} {'other than ' if negated else ''}{told}"
        conditions.append(sql.Condition(text, words, column.name, named[0].start, items, negated))
    return compared, conditions


def _strangers(read: _Read) -> tuple[str, ...]:
    """Capitalised words inside the question that name no column, value or period."""
    known = {i for m in read.mentions for i in range(m.start, m.end)} | {
        i for v in read.values for i in range(v.start, v.end)
    }
    known |= {i for p in read.periods for i in range(p.first, p.last)}
    odd = [t.raw for i, t in enumerate(read.tokens) if i and i not in known and _is_name_like(t)]
    return tuple(dict.fromkeys(odd)) if len(odd) <= 3 and len(read.tokens) < 40 else ()


def _is_name_like(token: Token) -> bool:
    return len(token.raw) > 2 and token.raw[0].isupper() and token.raw[1:].islower() and token.word not in _NOT_NAMES


_NOT_NAMES = frozenset(
    "what which how show list give then and the for please monday tuesday wednesday thursday friday saturday sunday".split()
)
