"""From a question and a table's card to a Request: who is measured, who is grouped, which rows, which time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from analyst.protocol.lexicon import ADDED, AVERAGED, GENERIC, HIGHEST, HINTED, KINDS, LOWEST, synonyms
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.conditions import find_conditions
from analyst.rulebased.link.columns import (
    Mention,
    alike,
    is_group,
    is_measure,
    is_number,
    is_time,
    meanings,
    name_words,
)
from analyst.rulebased.link.tokens import tokenize
from analyst.rulebased.link.values import ValueMention, is_negated
from analyst.rulebased.reading import Reading, holds_years, numbers_in, read
from analyst.rulebased.request import Request, is_added, is_money, speaking_measure, yes_no
from analyst.rulebased.select import DATA

_BY = frozenset(
    "by per each every across within grouped split between versus vs whichever depending broken segmented".split()
)
_JOINING = frozenset("and the by or per each every for , as well".split())
_SUMMING = frozenset(
    "average mean median total sum avg maximum minimum highest lowest largest smallest biggest amount amounts value "
    "values size distribution spread".split()
)
_MONEY = frozenset("revenue sale turnover earning taking take money income cash spend spent earn bring".split())


@dataclass
class _Roles:
    """What each column is in the question, as it is found out."""

    measures: list[ColumnCard] = field(default_factory=list)
    groups: list[ColumnCard] = field(default_factory=list)
    entities: list[ColumnCard] = field(default_factory=list)
    asked: list[ColumnCard] = field(default_factory=list)
    subjects: list[ColumnCard] = field(default_factory=list)
    binary: list[ColumnCard] = field(default_factory=list)
    negated: set[str] = field(default_factory=set)
    places: list[tuple[str, int]] = field(default_factory=list)
    led_end: int = -9


def understand(question: str, card: TableCard, table: str = DATA) -> Request:
    """What `question` asks of `table`, whose card is `card`. Deterministic; never raises for any text."""
    reading = read(question, card)
    found = find_conditions(reading)
    kept = _meaningful(reading, found.used)
    roles = _roles(replace(reading, mentions=tuple(kept)))
    conditioned = {condition.column for condition in found.conditions}
    hinted = None if roles.measures else _hinted(reading, conditioned, found.used)
    return Request(
        reading=reading,
        measures=tuple(dict.fromkeys([*roles.measures, *([hinted[0]] if hinted else [])])),
        groups=tuple(dict.fromkeys(roles.groups)),
        entities=tuple(c for c in dict.fromkeys(roles.entities) if c not in roles.groups),
        asked=tuple(dict.fromkeys(roles.asked)),
        subjects=tuple(dict.fromkeys(roles.subjects)),
        binary=tuple(dict.fromkeys(roles.binary)),
        places=(
            *roles.places,
            *([(hinted[0].name, hinted[1])] if hinted else []),
            *((option.name, m.start) for m in kept for option in m.options),
        ),
        parts=tuple(part.unit for part in reading.parts) if reading.time is not None else (),
        periods=reading.periods,
        conditions=found.conditions,
        having=found.having,
        compared=found.compared,
        negated=frozenset(roles.negated),
        hinted=None if hinted is None else hinted[0],
        table=table,
    )


def _meaningful(reading: Reading, used: frozenset[int]) -> list[Mention]:
    """The mentions without those that conditions rest on, or that only describe a value ("Lyon branch") or another
    column ("customer segment")."""
    kept: list[Mention] = []
    for at, mention in enumerate(reading.mentions):
        following = reading.mentions[at + 1] if at + 1 < len(reading.mentions) else None
        lead = reading.lead(mention.start)
        describes = any(_beside(mention, value) for value in reading.values if value.column in mention.options)
        if used & set(range(mention.start, mention.end)) or _bound_to(reading, mention, used):
            continue
        if (describes and lead not in ("by", "per", "each")) or _modifies(reading, mention, following):
            continue
        kept.append(mention)
    return kept


def _modifies(reading: Reading, mention: Mention, following: Mention | None) -> bool:
    """Whether a mention only tells which column the next one is: `customer segment`, `order revenue`."""
    if following is None or following.start != mention.end or is_time(mention.column):
        return False
    column = mention.column
    if {"gap", "difference", "differences"} & {t.word for t in reading.tokens} and mention.column.role == "dimension":
        return False
    if reading.lead(mention.start) in ("which", "what", "whose", "by", "per", "each", "top"):
        return False
    weak = mention.score < 1.0 and column.role in ("identifier", "text", "dimension") and not is_number(column)
    rows = set(range(mention.start, mention.end)) <= reading.rows
    last = reading.tokens[mention.end - 1]
    if last.word != last.stem or set(range(following.start, following.end)) <= reading.rows:
        return False
    return weak or rows or (column.role == "identifier" and not mention.exact)


def _bound_to(reading: Reading, mention: Mention, used: frozenset[int]) -> bool:
    """Whether a bound that a condition rests on stands right after (or before) the mention and is about its column."""
    bounds = [b for b in reading.bounds if b.start in used]
    after = reading.word(mention.end) in ("is", "was", "are", "of", "were", "in", "for", "within")
    near = any(
        b.start in (mention.end, mention.end + after)
        or b.end == mention.start
        or (b.end + 1 == mention.start and reading.word(b.end) == "in")
        or (b.unit and b.end + 1 == mention.start)
        for b in bounds
    )
    named = [m for m in reading.mentions if m is not mention]
    summed = {"average", "mean", "total"} & {t.word for t in reading.tokens}
    return near and any(is_number(c) for c in mention.options) and bool(named or not summed)


def _beside(mention: Mention, value: ValueMention) -> bool:
    return 0 <= mention.start - value.end <= 0 or 0 <= value.start - mention.end <= 1


def _roles(reading: Reading) -> _Roles:
    roles = _Roles()
    for mention in reading.mentions:
        if _is_subject(reading, mention):
            roles.subjects.append(mention.column)
            continue
        led = _leads_group(reading, mention, roles.led_end) and not _ranks_by(reading, mention)
        kind, column = _role(reading, mention, led)
        roles.places.append((column.name, mention.start))
        into = {"measure": roles.measures, "group": roles.groups, "entity": roles.entities, "binary": roles.binary}
        into.get(kind, []).append(column)
        if is_negated(reading.tokens, mention.start, past=2 if kind == "binary" else 0):
            roles.negated.add(column.name)
        if kind == "group":
            roles.led_end = mention.end
        joined = not roles.asked or reading.lead(mention.start) in ("and", "or")
        if kind in ("entity", "group") and joined and _is_asked(reading, mention):
            roles.asked.append(column)
    return roles


def _is_subject(reading: Reading, mention: Mention) -> bool:
    """Whether the mention names single rows: the table's key, or a word for its rows that partly names a column."""
    at = range(mention.start, mention.end)
    lead = reading.lead(mention.start)
    column = mention.column
    key = column.role == "identifier" and (column.distinct or 0) >= reading.card.rows - (column.missing or 0)
    if key and lead not in ("per", "by", "each", "every"):
        return not (numbers_in(mention) and _measured(reading, mention))
    rows = set(at) <= reading.rows and not mention.exact
    return rows and lead not in ("by",) and not (numbers_in(mention) and _measured(reading, mention))


def _measured(reading: Reading, mention: Mention) -> bool:
    """Whether the words around a mention say that a number is meant, and not the rows: `average claim`."""
    lead, after = reading.lead(mention.start), reading.word(mention.end)
    words = {t.word for t in reading.tokens}
    apart = "difference" in words or "gap" in words
    if apart and (lead == "between" or (lead == "and" and "between" in words)):
        return True
    return lead in _SUMMING or after in ("amount", "amounts", "value", "values", "minus") or lead == "minus"


def _is_asked(reading: Reading, mention: Mention) -> bool:
    """Whether the question asks for this column's values: after "which", or "top 5", or a superlative."""
    words = [reading.word(at) for at in range(mention.start - 1, max(-1, mention.start - 5), -1)]
    for word in words:
        if word in ("which", "what", "whose", "who", "top", "bottom") or word in HIGHEST | LOWEST:
            return True
        if word in ("by", "per", "for", "in", "at", "has", "have", "is", "of", "does", "did", "do"):
            return False
    return False


def _leads_group(reading: Reading, mention: Mention, led_end: int) -> bool:
    between = [token.word for token in reading.tokens[led_end : mention.start]] if led_end >= 0 else ["-"]
    joined = [word for word in between if word not in GENERIC or word in _JOINING]
    if led_end >= 0 and between and all(word in _JOINING for word in joined):
        return True
    lead, before = reading.lead(mention.start), reading.word(mention.start - 1)
    if lead in ("between", "versus", "vs") and (is_measure(mention.column) or numbers_in(mention)):
        return False
    told = [reading.word(at) for at in range(mention.start - 3, mention.start)]
    ranks = {t.word for t in reading.tokens} & (HIGHEST | LOWEST | {"rank", "ranked"})
    if told[:1] == ["by"] and told[1] in ("number", "count", "level") and numbers_in(mention) and not ranks:
        return True
    if lead in ("for", "in", "at", "of", "on", "from"):
        return before in ("each", "every", "all", "different", "the various")
    return lead in _BY


def _ranks_by(reading: Reading, mention: Mention) -> bool:
    """`top customers by revenue`, `products by sales`: what follows "by" is measured, not grouped by."""
    if reading.lead(mention.start) not in ("by", "per"):
        return False
    words = {t.word for t in reading.tokens}
    ranks = bool(words & (HIGHEST | LOWEST | {"rank", "ranked", "sort", "sorted"}))
    others = [
        m
        for m in reading.mentions
        if m.start < mention.start and any(is_group(c) and not is_measure(c) for c in m.options)
    ]
    column = next((o for o in mention.options if is_measure(o) and o.role == "measure"), None)
    if not others or column is None:
        return bool(others) and ranks and yes_no(mention.column)
    if reading.lead(mention.start) == "per":
        return False
    if (column.distinct or 99) <= 12 and not (ranks and is_added(column)):
        return False
    return ranks or is_added(column)


def _role(reading: Reading, mention: Mention, led: bool) -> tuple[str, ColumnCard]:
    """What a mention is (measure, group, entity, binary or time) and which of its options serves best."""
    options = [option for option in mention.options if option.role != "constant"] or list(mention.options)
    grouping = sorted((o for o in options if is_group(o)), key=_group_rank)
    if mention.score >= 0.9 and options[0] in grouping:
        grouping = [options[0]]
    if led and grouping:
        return "group", grouping[0]
    numbers = [c for c in numbers_in(mention) if not holds_years(c)]
    if is_time(options[0]) and not (numbers and mention.score < 0.9 and _measured(reading, mention)):
        return "time", options[0]
    answers = [option for option in options[: 1 if is_measure(options[0]) else 2] if yes_no(option)]
    if answers:
        return "binary", answers[0]
    if numbers and _measured(reading, mention) and mention.score < 0.9:
        return "measure", _best_number(numbers, options)
    if numbers and is_label(options[0]) and not _measured(reading, mention):
        return "entity", options[0]
    if numbers and reading.lead(mention.start) in ("common", "frequent", "popular"):
        return "entity", options[0]
    whole = mention.score >= 0.9 and options[0] not in numbers
    if numbers and not whole and (options[0] in numbers or _names_number(mention)):
        return ("group" if led else "measure"), _best_number(numbers, options)
    return ("entity", grouping[0]) if grouping else ("entity", options[0])


def _best_number(numbers: Sequence[ColumnCard], options: Sequence[ColumnCard]) -> ColumnCard:
    best = [n for n in numbers if n.role == "measure"]
    return options[0] if options[0] in numbers else (best or list(numbers))[0]


def _hints_at(hint: str, column: ColumnCard) -> bool:
    words = meanings(column.name)
    priced = hint == "quantity" and not {"price", "cost", "amount"}.isdisjoint(words)
    return not priced and any(hint in synonyms(word) for word in words)


def is_label(column: ColumnCard) -> bool:
    """Whether the column's whole numbers rather name things (a table, a floor) than measure them."""
    few = (column.distinct or 99) <= 40 and "INT" in column.type.upper()
    plural = any(token.word != token.stem for token in tokenize(column.name))
    return few and not plural and not yes_no(column) and not meanings(column.name) & (ADDED | AVERAGED)


def _names_number(mention: Mention) -> bool:
    return mention.column.role not in ("dimension", "text", "target", "identifier")


def _group_rank(column: ColumnCard) -> tuple[bool, bool, bool, bool]:
    """Names before identifiers, what tells the thing before what tells its kind, and personal columns last."""
    kind = bool(KINDS & meanings(column.name))
    number = is_number(column) and column.role == "measure"
    return (column.personal is not None, kind, column.role == "identifier", number)


def _hinted(reading: Reading, conditioned: set[str], used: frozenset[int]) -> tuple[ColumnCard, int] | None:
    """A measure that a word hints at without naming it (`older`, `cheapest`, `paid`), and that word's place."""
    numbers = [c for c in reading.card.columns if is_measure(c) and not yes_no(c) and c.name not in conditioned]
    for at, token in enumerate(reading.tokens):
        if at in reading.rows or at in used:
            continue
        for hint in HINTED.get(token.word, "").split():
            fit = [c for c in numbers if _hints_at(hint, c)]
            if fit:
                named = [c for c in fit if any(alike(token.stem, token.word, word) for word in name_words(c.name))]
                return (named or fit)[0], at
    spent = {i for m in reading.mentions for i in range(m.start, m.end) if m.column.name in conditioned} | used
    said = next((at for at, token in enumerate(reading.tokens) if token.stem in _MONEY and at not in spent), None)
    money = speaking_measure(reading.card)
    return (money, said) if said is not None and money is not None and is_money(money) else None
