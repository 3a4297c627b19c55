"""Which values of the table a question names, and the thresholds it sets: both become conditions on rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.table import ColumnCard, TableCard
from embedded import sql
from embedded.columns import Mention, is_number, is_time, spoken
from embedded.lexicon import HINTED, STOP
from embedded.tokens import Token, derived, tokenize

NEGATIONS = frozenset(
    "excluding exclude except without not non ignoring ignore outside besides never isn aren wasn weren nor".split()
)
_ALIASES = {
    "female": ("woman", "girl", "lady", "female", "f"),
    "male": ("man", "boy", "gentleman", "male", "m"),
    "f": ("woman", "girl", "lady", "female"),
    "m": ("man", "boy", "male"),
}
_FROM, _TO = ("origin", "source", "from", "departure", "start"), ("destination", "to", "arrival", "end", "target")


@dataclass(frozen=True)
class ValueMention:
    """Tokens `start` to `end` name `item`, a value of `column`, at `score`."""

    start: int
    end: int
    column: ColumnCard
    item: Any
    score: float
    negated: bool = False


def find_values(card: TableCard, tokens: Sequence[Token], taken: frozenset[int] = frozenset()) -> list[ValueMention]:
    """The values named in `tokens`, in order, none overlapping; the longest and surest first."""
    found: list[ValueMention] = []
    for column in card.columns:
        if is_number(column) or is_time(column) or column.type.upper() == "BOOLEAN":
            continue
        for item in dict.fromkeys([*(column.mentioned or ()), *(column.values or ())]):
            found += _places(column, item, tokens, taken)
    return _chosen(found, tokens)


def _places(column: ColumnCard, item: Any, tokens: Sequence[Token], taken: frozenset[int]) -> list[ValueMention]:
    wanted = tokenize(str(item))
    size = len(wanted)
    out = []
    for start in range(len(tokens) - size + 1) if size else ():
        if taken.isdisjoint(range(start, start + size)):
            score = _likeness(wanted, tokens[start : start + size])
            if score:
                out.append(ValueMention(start, start + size, column, item, score))
    return out


def _likeness(wanted: Sequence[Token], told: Sequence[Token]) -> float:
    if len(wanted) == 1:
        return _one_word(wanted[0], told[0])
    if [token.word for token in wanted] == [token.word for token in told]:
        return 1.0
    return 0.95 if [token.stem for token in wanted] == [token.stem for token in told] else 0.0


def _one_word(wanted: Token, told: Token) -> float:
    if told.opens_quote and told.raw.casefold() == wanted.raw.casefold():
        return 1.0
    if wanted.word in POSSIBLE_ANSWERS or told.word in STOP:
        return 1.0 if told.raw == wanted.raw and told.raw.isupper() and len(told.raw) > 1 else 0.0
    if len(wanted.word) <= 2:
        if told.stem in _ALIASES.get(wanted.word, ()):
            return 0.8
        return 1.0 if told.raw == wanted.raw and (told.raw.isupper() or told.raw.isdigit()) and told.raw != "I" else 0.0
    if told.word == wanted.word:
        return 1.0
    if told.stem == wanted.stem:
        return 0.95
    if told.stem in _ALIASES.get(wanted.word, ()):
        return 0.9
    return 0.7 if len(told.stem) > 4 and len(wanted.stem) > 4 and derived(told.stem, wanted.stem) else 0.0


POSSIBLE_ANSWERS = frozenset(
    ("yes", "no", "true", "false", "y", "n", "t", "f", "none", "null", "nan", "na", "unknown")
) - {"f"}
"""Values that are answers rather than names: a question's "no" or "true" does not name them."""


def _chosen(found: Sequence[ValueMention], tokens: Sequence[Token]) -> list[ValueMention]:
    kept: list[ValueMention] = []
    ranked = sorted(found, key=lambda m: (-(m.end - m.start), -m.score, -_pull(m, tokens), m.start))
    for mention in ranked:
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda mention: mention.start)


def _pull(mention: ValueMention, tokens: Sequence[Token]) -> float:
    """How strongly the words around a value speak for its column, when several columns hold it."""
    name = " ".join(token.stem for token in tokenize(mention.column.name))
    near = [token.stem for token in tokens[max(0, mention.start - 3) : mention.end + 3]]
    lead = tokens[mention.start - 1].word if mention.start else ""
    strength = sum(1.0 for word in name.split() if word in near)
    strength += 1.5 * (lead in ("from", "leaving", "departing") and any(w in name for w in _FROM))
    strength += 1.5 * (lead in ("to", "towards", "into") and any(w in name.split() for w in _TO))
    return (
        strength + 0.2 * (mention.column.role == "dimension") + 0.1 * (mention.item in (mention.column.mentioned or ()))
    )


def is_negated(tokens: Sequence[Token], start: int, past: int = 0) -> bool:
    """Whether the words before token `start` turn what follows into its opposite; `past`: how many other words may
    stand between ("do not work overtime")."""
    for at in range(start - 1, max(-1, start - 4 - past), -1):
        word = tokens[at].word
        if word in NEGATIONS or word.endswith(("n't", "n’t")):
            return True
        if word in ("than", "from") and at and tokens[at - 1].word in ("other", "apart", "aside", "different"):
            return True
        if word not in _BETWEEN:
            past -= 1
            if past < 0:
                return False
    return False


_BETWEEN = frozenset(("the", "a", "an", "any", "all", "in", "of", "from", "for", "been", "be", "yet", "t", "or"))
_OVER = {
    "over": ">", "above": ">", "exceeding": ">", "exceed": ">", "exceeds": ">", "beyond": ">", ">": ">", ">=": ">=",
    "≥": ">=", "under": "<", "below": "<", "<": "<", "<=": "<=", "≤": "<=", "older": ">", "longer": ">", "heavier": ">",
    "taller": ">", "higher": ">", "greater": ">", "larger": ">", "bigger": ">", "more": ">", "less": "<", "fewer": "<",
    "younger": "<", "shorter": "<", "lighter": "<", "lower": "<", "smaller": "<", "cheaper": "<", "faster": ">",
    "slower": "<", "hotter": ">", "colder": "<", "minimum": ">=",
}  # fmt: skip
_NEEDS_THAN = frozenset(
    "older longer heavier taller higher greater larger bigger more less fewer younger shorter lighter lower smaller "
    "cheaper faster slower hotter colder".split()
)
_SIGNS = {">": "above", "<": "below", ">=": "at least", "<=": "at most", "=": "equal to"}


@dataclass(frozen=True)
class Threshold:
    """A bound on a number: tokens `start` to `end` say `sign value` (and `upper` for a range), `word` its first word."""

    start: int
    end: int
    sign: str
    value: float
    shown: str
    word: str
    upper: float | None = None


def find_thresholds(tokens: Sequence[Token], taken: frozenset[int]) -> list[Threshold]:
    """Bounds such as `over 100`, `at least 5`, `older than 60`, `between 10 and 20`, `60 or older`."""
    found: list[Threshold] = []
    at = 0
    while at < len(tokens):
        bound = _bound_at(tokens, at, taken) if at not in taken else None
        if bound is not None:
            found.append(bound)
        at = bound.end if bound is not None else at + 1
    return found


def _bound_at(tokens: Sequence[Token], at: int, taken: frozenset[int]) -> Threshold | None:
    word = tokens[at].word
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if word == "between":
        return _range_at(tokens, at, taken)
    if word == "at" and following in ("least", "most"):
        return _bound(tokens, at, at + 2, ">=" if following == "least" else "<=", taken)
    if word == "up" and following == "to":
        return _bound(tokens, at, at + 2, "<=", taken)
    if word == "no" and following in ("more", "less", "fewer") and tokens[at + 2 : at + 3]:
        return _bound(tokens, at, at + 3, "<=" if following == "more" else ">=", taken)
    if word in _OVER and (word not in _NEEDS_THAN or following == "than"):
        sign = _OVER[word]
        place = at + 2 if following == "than" else at + 1
        if sign in "<>" and place < len(tokens) and tokens[place].word == "=":
            sign, place = sign + "=", place + 1
        return _bound(tokens, at, place, sign, taken)
    return _bound_after(tokens, at)


def _bound(tokens: Sequence[Token], start: int, at: int, sign: str, taken: frozenset[int]) -> Threshold | None:
    while at < len(tokens) and tokens[at].word in ("a", "an", "the", "equal", "to", "or", "of"):
        at += 1
    number = tokens[at].number if at < len(tokens) and at not in taken else None
    if number is None and at < len(tokens) and at not in taken:
        counted = tokens[at].count
        number = None if counted is None else float(counted)
    return None if number is None else Threshold(start, at + 1, sign, number, tokens[at].raw, tokens[start].word)


def _bound_after(tokens: Sequence[Token], at: int) -> Threshold | None:
    """`60 or older`, `5 or more`, `100+` is not told apart from 100."""
    number = tokens[at].number
    after = [token.word for token in tokens[at + 1 : at + 4]]
    if number is not None and after[:1] and after[0] in ("year", "years", "days", "stars", "nights"):
        after = after[1:]
    if number is None or len(after) < 2 or after[0] not in ("or", "and") or after[1] not in (*_OVER, "up"):
        return None
    sign = ">=" if _OVER.get(after[1], ">") == ">" else "<="
    return Threshold(at, at + 3, sign, number, tokens[at].raw, after[1])


def _range_at(tokens: Sequence[Token], at: int, taken: frozenset[int]) -> Threshold | None:
    if at + 3 >= len(tokens) or tokens[at + 2].word not in ("and", "to") or at + 1 in taken:
        return None
    low, high = tokens[at + 1].number, tokens[at + 3].number
    if low is None or high is None:
        return None
    return Threshold(at, at + 4, ">=", low, f"{tokens[at + 1].raw} and {tokens[at + 3].raw}", "between", high)


def threshold_column(
    bound: Threshold, tokens: Sequence[Token], mentions: Sequence[Mention], card: TableCard
) -> ColumnCard | None:
    """The column that a bound is about: hinted by its word, or the number column named nearest, before or after."""
    numbers = [column for column in card.columns if is_number(column) and column.role != "constant"]
    unit = tokens[bound.end].stem if bound.end < len(tokens) else ""
    for mention in mentions:
        if mention.start == bound.end and _number_of(mention) is not None:
            return _number_of(mention)
    earlier = [m for m in mentions if m.end <= bound.start and _number_of(m) is not None and bound.start - m.end <= 4]
    if earlier and bound.word not in HINTED:
        return _number_of(earlier[-1])
    for hint in (HINTED.get(bound.word, ""), unit, "age" if unit in ("old", "year") else ""):
        named = [column for column in numbers if hint and hint in {t.stem for t in tokenize(column.name)}]
        if named:
            return named[0]
    alone = [column for column in numbers if column.role == "measure"]
    later = [m for m in mentions if m.start >= bound.end and m.start - bound.end <= 2 and _number_of(m) is not None]
    near = earlier or later
    return _number_of(near[-1 if earlier else 0]) if near else alone[0] if len(alone) == 1 else None


def _number_of(mention: Mention) -> ColumnCard | None:
    return next((c for c in mention.options if is_number(c) and c.role not in ("constant", "identifier")), None)


def bound_condition(bound: Threshold, column: ColumnCard) -> sql.Condition:
    """The bound as a condition on rows."""
    read, low = sql.number(column), _plain(bound.value)
    if bound.upper is not None:
        text, words = f"{read} BETWEEN {low} AND {_plain(bound.upper)}", f"{spoken(column)} between {bound.shown}"
    else:
        text, words = f"{read} {bound.sign} {low}", f"{spoken(column)} {_SIGNS[bound.sign]} {bound.shown}"
    return sql.Condition(text, words, column.name, bound.start)


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
