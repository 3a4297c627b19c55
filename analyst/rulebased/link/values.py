"""Which values of the table a question names: they become conditions on rows, or the groups to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyst.protocol.lexicon import STOP
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import Mention, is_number, is_time, meanings, name_words
from analyst.rulebased.link.languages import english
from analyst.rulebased.link.tokens import Token, derived, tokenize

NEGATIONS = frozenset(
    "excluding exclude excludes except without not non ignoring ignore outside besides never isn aren wasn weren nor "
    "neither no minus leaving omitting omit".split()
)
_WOMEN, _MEN = ("woman", "girl", "lady", "female"), ("man", "boy", "male")
_ALIASES = {
    "female": (*_WOMEN, "f"), "f": _WOMEN, "w": _WOMEN, "male": (*_MEN, "gentleman", "m"), "m": _MEN, "h": _MEN,
}  # fmt: skip
_ALIAS = 0.8
_HOW_OFTEN = frozenset(
    "normally usually generally regularly commonly mostly largely typically frequently normality".split()
)
"""Words made from what may be a value ("Normal", "Regular") that say how often something happens, or name a test."""
_GENDERS = frozenset(("gender", "sex"))
_FROM, _TO = ("origin", "source", "from", "departure", "start"), ("destination", "to", "arrival", "end", "target")


@dataclass(frozen=True)
class ValueMention:
    """Tokens `start` to `end` name `item`, a value of `column`, at `score`; `partial`: by its first word only."""

    start: int
    end: int
    column: ColumnCard
    item: object
    score: float
    negated: bool = False
    partial: bool = False


def find_values(
    card: TableCard, tokens: Sequence[Token], taken: frozenset[int] = frozenset(), named: Sequence[Mention] = ()
) -> tuple[list[ValueMention], frozenset[int]]:
    """The values named in `tokens`, in order, none overlapping, the longest and surest first; and the tokens that are a
    value but more likely an ordinary word. `named` are the columns that the tokens name: an ordinary word is a value
    only beside its column's name.
    """
    found: list[ValueMention] = []
    for column in card.columns:
        if is_number(column) or is_time(column) or column.type.upper() == "BOOLEAN":
            continue
        for item in dict.fromkeys([*(column.mentioned or ()), *(column.values or ())]):
            found += _places(column, item, tokens, taken)
    found += _lettered(tokens, taken, named)
    found += _partly_named(card, tokens, taken | {i for v in found for i in range(v.start, v.end)}, named)
    chosen = _chosen(found, tokens)
    ordinary = [v for v in chosen if _is_ordinary(v, tokens, found, named)]
    return [v for v in chosen if v not in ordinary], frozenset(v.start for v in ordinary)


def _lettered(tokens: Sequence[Token], taken: frozenset[int], named: Sequence[Mention]) -> list[ValueMention]:
    """`class A`: a letter that is a word elsewhere, behind the name of a column that holds it."""
    out = []
    for mention in named:
        told = tokens[mention.end].raw if mention.end < len(tokens) and mention.end not in taken else ""
        if told in ("A", "I"):
            holding = (column for column in mention.options if told in (column.values or ()))
            out += [ValueMention(mention.end, mention.end + 1, column, told, 1.0) for column in holding]
    return out


def _partly_named(
    card: TableCard, tokens: Sequence[Token], taken: frozenset[int], named: Sequence[Mention]
) -> list[ValueMention]:
    """`fiber customers`: words that only one value of the table begins with, and that name no column."""
    firsts: dict[str, list[tuple[ColumnCard, object]]] = {}
    for column in card.columns:
        if column.complete and not is_number(column) and column.personal is None:
            for item in column.values or ():
                words = tokenize(str(item))
                if len(words) > 1 and len(words[0].stem) > 3:
                    firsts.setdefault(words[0].stem, []).append((column, item))
    taken |= frozenset(i for m in named for i in range(m.start, m.end))
    out = []
    for at, token in enumerate(tokens):
        counted = at > 0 and tokens[at - 1].number is not None  # "under 12 months" is no "Month to month"
        free = at not in taken and not counted and token.word not in ORDINARY | STOP
        known = firsts.get(token.stem, []) if free else []
        if len(known) == 1:
            whole, end = {t.stem for t in tokenize(str(known[0][1]))}, at + 1
            while end < len(tokens) and tokens[end].stem in whole:
                end += 1
            out.append(ValueMention(at, end, known[0][0], known[0][1], 0.6, partial=True))
    return out


def _is_ordinary(
    value: ValueMention, tokens: Sequence[Token], found: Sequence[ValueMention], named: Sequence[Mention]
) -> bool:
    """Whether a value of one word rather is an ordinary word of the question, or may well be one."""
    first = tokens[value.start]
    if value.end - value.start > 1 or first.opens_quote or not first.raw.isalpha():
        return False
    beside = any(
        value.column in m.options and (0 <= m.start - value.end <= 1 or 0 <= value.start - m.end <= 1) for m in named
    )
    others = any(v.column is value.column and v.item != value.item and abs(v.start - value.start) < 8 for v in found)
    if beside or others:
        return False
    capital = first.raw[:1].isupper() and value.start > 0
    personal = value.column.personal is not None
    free = personal or value.column.role in ("text", "identifier") or (value.column.distinct or 0) > 400
    predicate = value.column.complete and value.start and tokens[value.start - 1].word in _PREDICATING
    if predicate and first.word not in _NOUNS:
        return False
    listed = value.column.complete and first.word not in _NOUNS and first.stem not in _NOUNS
    if (first.word in ORDINARY or first.stem in ORDINARY) and not listed:
        return not (capital and str(value.item)[:1].isupper() and not free)
    return free and not capital


_PREDICATING = frozenset("is are was were still not been be".split())
_NOUNS = frozenset(
    "table host night is it other all total none data value name type number day days time room house home".split()
)
"""Ordinary words that are doubtful even as one of the few values of a column."""
ORDINARY = frozenset(
    """
    table host night free is it other all total none new good low high home house room time day days place part open
    first last next best top right left great nice big small long short old young more most less least many much only
    data value name type number count sum mean average year month week use work on off
    in out up down not and or the for to of by per with from at as be do can will may us me my our we you i
    show list find give get make take see tell how what who which when where why that this people person
    """.split()
)
"""Ordinary words: values only when quoted, or beside their column's name or another of its values."""


def _places(column: ColumnCard, item: object, tokens: Sequence[Token], taken: frozenset[int]) -> list[ValueMention]:
    wanted = tokenize(str(item))
    size = len(wanted)
    out = []
    for start in range(len(tokens) - size + 1) if size else ():
        if taken.isdisjoint(range(start, start + size)):
            score = _likeness(wanted, tokens[start : start + size])
            if score == _ALIAS and len(wanted[0].word) == 1 and not _GENDERS & meanings(column.name):
                continue
            if score:
                out.append(ValueMention(start, start + size, column, item, score))
    return out


def _likeness(wanted: Sequence[Token], told: Sequence[Token]) -> float:
    if len(wanted) == 1:
        return _one_word(wanted[0], told[0])
    if [token.word for token in wanted] == [token.word for token in told]:
        return 1.0
    if [token.stem for token in wanted] == [token.stem for token in told]:
        return 0.95
    pairs = zip(wanted, told, strict=True)
    return 0.9 if all(one.stem == other.stem or derived(one.stem, other.stem) for one, other in pairs) else 0.0


def _one_word(wanted: Token, told: Token) -> float:
    if told.opens_quote and told.raw.casefold() == wanted.raw.casefold():
        return 1.0
    if wanted.word in POSSIBLE_ANSWERS or told.word in STOP:
        return 1.0 if told.raw == wanted.raw and told.raw.isupper() and len(told.raw) > 1 else 0.0
    if len(wanted.word) <= 2:
        if told.stem in _ALIASES.get(wanted.word, ()):
            return _ALIAS
        return 1.0 if told.raw == wanted.raw and (told.raw.isupper() or told.raw.isdigit()) and told.raw != "I" else 0.0
    if told.word == wanted.word:
        return 1.0
    if told.stem == wanted.stem:
        return 0.95
    if told.stem in _ALIASES.get(wanted.word, ()) or told.stem in english(wanted.word):
        return 0.9
    if told.word in _HOW_OFTEN:
        return 0.0
    return 0.7 if len(told.stem) > 3 and len(wanted.stem) > 3 and derived(told.stem, wanted.stem) else 0.0


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
    name = " ".join(name_words(mention.column.name))
    near = [token.stem for token in tokens[max(0, mention.start - 3) : mention.end + 3]]
    lead = tokens[mention.start - 1].word if mention.start else ""
    strength = sum(1.0 for word in name.split() if word in near)
    strength += 1.5 * (lead in ("from", "leaving", "departing") and any(w in name for w in _FROM))
    strength += 1.5 * (lead in ("to", "towards", "into") and any(w in name.split() for w in _TO))
    strength -= 0.5 * (mention.column.personal is not None) + 0.3 * (not mention.column.complete)
    return (
        strength + 0.2 * (mention.column.role == "dimension") + 0.1 * (mention.item in (mention.column.mentioned or ()))
    )


def negation(tokens: Sequence[Token], start: int, past: int = 0) -> frozenset[int]:
    """The words before token `start` that turn what follows into its opposite, none if there are none; `past`: how many
    other words may stand between ("do not work overtime")."""
    for at in range(start - 1, max(-1, start - 4 - past), -1):
        word = tokens[at].word
        if word == "without" and at > 1 and tokens[at - 2].word == "with":
            return frozenset()  # "with and without a car"
        if word in NEGATIONS or word.endswith(("n't", "n’t")):
            return frozenset([at])
        if at and (tokens[at - 1].word, word) in _TWO_WORDS:
            return frozenset([at - 1, at])
        if word not in _BETWEEN:
            past -= 1
            if past < 0:
                return frozenset()
    return frozenset()


def is_negated(tokens: Sequence[Token], start: int, past: int = 0) -> bool:
    """Whether the words before token `start` turn what follows into its opposite."""
    return bool(negation(tokens, start, past))


_TWO_WORDS = frozenset(
    (("other", "than"), ("apart", "from"), ("aside", "from"), ("different", "from"), ("net", "of"), ("free", "of"),
     ("exclusive", "of"), ("instead", "of"))
)  # fmt: skip
"""Negations of two words: `sales net of returns`."""
_BETWEEN = frozenset(("the", "a", "an", "any", "all", "in", "of", "from", "for", "been", "be", "yet", "t", "or"))
