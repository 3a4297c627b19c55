"""Which columns a question names, and where: by name, by words of the name, synonyms, word roots and near spellings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from analyst.core.yes_no import yes_of as meaning_yes
from analyst.protocol.lexicon import ADDED, ASKING, AVERAGED, GENERIC, MONEY, STOP, synonyms
from analyst.protocol.personal import TOKEN as PSEUDONYM
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.languages import compound, english
from analyst.rulebased.link.likeness import alike
from analyst.rulebased.link.tokens import Token, words_of

_LIGHT = 0.35
_UNIT = 0.1
_LEAST_COVER = 0.3
_FULL = 0.9
_INSIDE = frozenset("of the in per and a by for to on".split())
_ALWAYS_INSIDE = frozenset("of the a".split())
_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "BIGNUM", "REAL")


@dataclass(frozen=True)
class Mention:
    """Tokens `start` to `end` (exclusive) of the question name one of `options`, the best first, at `score` (to 1);
    `rivals` are those that the same words name just as well as the first."""

    start: int
    end: int
    options: tuple[ColumnCard, ...]
    score: float
    exact: bool = False
    strength: float = 1.0
    rivals: tuple[ColumnCard, ...] = ()

    @property
    def column(self) -> ColumnCard:
        """The best option."""
        return self.options[0]


def is_number(column: ColumnCard) -> bool:
    """Whether the column holds numbers, as numbers or as text that num() reads."""
    return column.numbers is not None or column.type.upper().lstrip("U").startswith(_NUMERIC)


def is_time(column: ColumnCard) -> bool:
    """Whether the column holds dates or timestamps."""
    return column.type.upper().startswith(("DATE", "TIMESTAMP"))


def is_measure(column: ColumnCard) -> bool:
    """Whether the column is a quantity to compute with."""
    coded = column.role == "dimension" and column.numbers is None
    return is_number(column) and not is_time(column) and not coded and column.role not in ("identifier", "constant")


def is_group(column: ColumnCard) -> bool:
    """Whether rows can be grouped by the column without listing the whole table."""
    if column.role in ("dimension", "target", "identifier"):
        return True
    if is_number(column):
        return (column.distinct or 99) <= 12
    return not is_time(column) and column.role != "time"


@lru_cache(maxsize=4096)
def name_words(name: str) -> tuple[str, ...]:
    """The stems of a column name's words, each compound in its two parts: `Kundennr` → kunden, nr."""
    return tuple(part for word in words_of(name) for part in compound(word) or (word,))


_BRACKETED = re.compile(r"(?<=\S)\s*[(\[][^()\[\]]*[)\]]\s*$")


@lru_cache(maxsize=4096)
def main_words(name: str) -> tuple[str, ...]:
    """The words of a column name without what stands in brackets at its end: a unit, or a remark."""
    return name_words(_BRACKETED.sub("", name))


@lru_cache(maxsize=4096)
def meanings(name: str) -> frozenset[str]:
    """The stems of a column name's words and what they mean in English."""
    return frozenset(one for word in name_words(name) for one in (word, *english(word)))


def yes_of(column: ColumnCard) -> object:
    """The value that means yes in a yes/no or 0/1 column; None when it is no such column."""
    if column.type.upper() == "BOOLEAN":
        return True
    told = {str(v): v for v in column.values or ()}
    yes = meaning_yes(told, alone=column.role == "target", explained=True)
    if yes is not None:
        return told[yes]
    if is_number(column) and column.numbers is None and column.distinct == 2 and (column.min, column.max) == (0, 1):
        return 1
    return None


def yes_no(column: ColumnCard) -> bool:
    """Whether the column holds yes/no or 0/1."""
    return yes_of(column) is not None


def holds_years(column: ColumnCard) -> bool:
    """Whether a number column holds calendar years."""
    told = is_number(column) and (column.grain == "year" or {"year", "yr", "built"} & meanings(column.name))
    return bool(told) and isinstance(column.min, (int, float)) and 1000 <= column.min <= 2200


def is_key(column: ColumnCard, rows: int) -> bool:
    """Whether the column tells the rows apart."""
    return column.role == "identifier" and (column.distinct or 0) >= rows - (column.missing or 0)


_NUMBERED = frozenset("id key no nr number code".split())


def is_numbered(column: ColumnCard) -> bool:
    """Whether the name says that its numbers only tell things apart: host_id; or nothing, and its names are numbers."""
    return (bool(_NUMBERED & set(name_words(column.name))) and not is_measure(column)) or is_nameless(column)


def is_nameless(column: ColumnCard) -> bool:
    """Whether a column is only called `Name` and holds numbers such as #1001: those of what its rows belong to."""
    if name_words(column.name) != ("name",):
        return False
    told = [str(value) for value in column.values or ()] or [(column.shape or "a").rpartition(" like ")[2]]
    return all(re.search("[#0-9]", text) and not re.search("[a-zA-Z]", text) for text in told)


def names_deals(column: ColumnCard, rows: int) -> bool:
    """Whether the column tells which rows belong together by a number of their own: the order of its lines."""
    shared = rows > (column.distinct or rows) > 1 and not is_measure(column) and not is_time(column)
    return shared and is_numbered(column)


def adds_up(column: ColumnCard) -> bool:
    """Whether the measure is added up (revenue) rather than averaged (age) when nobody says."""
    if column.adds in ("never", "last") or column.ratio_of or yes_no(column) or holds_years(column):
        return False
    words, names = meanings(column.name), name_words(column.name)
    if words & AVERAGED or (column.unit == "seconds" and "hour" not in words):
        last = meanings(names[-1]) if names else frozenset()
        summed = last & {"revenue", "sale", "cost", "amount", "total", "spend"}
        return bool(summed) and not {"per", "avg", "average"} & words
    return bool(words & ADDED)


def spoken(column: ColumnCard) -> str:
    """The column's name for a reader; a pseudonym stays as it is, or it could not come back."""
    if PSEUDONYM.fullmatch(column.name):
        return column.name
    return " ".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column.name).replace("_", " ").split())


class ColumnIndex:
    """The columns of a card by the words of their names."""

    def __init__(self, card: TableCard, titles: Mapping[str, ColumnCard]) -> None:
        """`titles`: words that name a column though its name does not hold them."""
        self._columns = card.columns
        self._words = [name_words(column.name) for column in card.columns]
        self._mains = [main_words(column.name) for column in card.columns]
        self._vocabulary = sorted({word for words in self._words for word in words})
        self._seen: dict[str, dict[str, float]] = {}
        short = {column.name.lower(): column for column in card.columns if is_measure(column)}
        self._abbreviations = {name: column for name, column in short.items() if _abbreviates(name)}
        self._titles = titles

    @property
    def vocabulary(self) -> frozenset[str]:
        """The stems of all names' words."""
        return frozenset(self._vocabulary)

    def mentions(self, tokens: Sequence[Token], taken: frozenset[int] = frozenset()) -> list[Mention]:
        """The columns named in `tokens`, in order, none overlapping; tokens in `taken` are passed over."""
        strengths = [{} if i in taken else self._strengths(token) for i, token in enumerate(tokens)]
        found = [m for at in range(len(self._columns)) for m in self._spans(at, tokens, strengths)]
        found += [*self._joined(tokens, taken), *self._abbreviated(tokens, taken, strengths)]
        found += self._ended(tokens, taken)
        found += [
            Mention(i, i + 1, (self._titles[token.word],), 0.95)
            for i, token in enumerate(tokens)
            if token.word in self._titles and i not in taken
        ]
        return _without_overlap(found)

    def _strengths(self, token: Token) -> dict[str, float]:
        known = self._seen.get(token.word)
        if known is None:
            told = {word: alike(token.stem, token.word, word) for word in self._vocabulary}
            best = max(told.values(), default=0.0)
            least = 0.7 if best == 1.0 else 0.0
            known = {word: strength for word, strength in told.items() if strength > least}
            self._seen[token.word] = known
        return known

    def _spans(self, at: int, tokens: Sequence[Token], strengths: Sequence[dict[str, float]]) -> Iterator[Mention]:
        words = self._words[at]
        wanted = set(words)
        for start in range(len(tokens)):
            if wanted.isdisjoint(strengths[start]) or tokens[start].word == "no":  # "no orders" is no number of orders
                continue
            matched, end = _extend(words, start, tokens, strengths)
            score = _cover(words, matched, self._mains[at])
            if _stands(score, matched, tokens[start:end], self._mains[at]) and _heads(
                self._columns[at], score, matched
            ):
                exact = all(strength == 1.0 for strength in matched.values())
                whole = exact and len(matched) == len(wanted)
                yield Mention(start, end, (self._columns[at],), score, whole, max(matched.values()))

    def _joined(self, tokens: Sequence[Token], taken: frozenset[int]) -> Iterator[Mention]:
        names = {"".join(words): column for words, column in zip(self._words, self._columns, strict=True)}
        for size in (1, 2, 3):
            for start in range(len(tokens) - size + 1):
                if not taken.isdisjoint(range(start, start + size)):
                    continue
                column = names.get("".join(token.stem for token in tokens[start : start + size]))
                if column is not None:
                    yield Mention(start, start + size, (column,), 1.0, True)

    def _ended(self, tokens: Sequence[Token], taken: frozenset[int]) -> Iterator[Mention]:
        """`by type`, of room_type: a word that says little alone, where groups are named and names end in it."""
        for at, (before, token) in enumerate(pairwise(tokens), 1):
            if before.word not in _GROUPING or token.stem not in _SHORTENED or at in taken:
                continue
            of = zip(self._words, self._columns, strict=True)
            ending = [c for words, c in of if words[-1:] == (token.stem,) and not is_measure(c) and not is_time(c)]
            if ending:
                yield Mention(at, at + 1, tuple(ending), 0.9)

    def _abbreviated(
        self, tokens: Sequence[Token], taken: frozenset[int], strengths: Sequence[dict[str, float]]
    ) -> Iterator[Mention]:
        """Numbers named by what their letters stand for: the average daily rate is ADR. Words that name a column by
        themselves stand for no other: the average price of paid apps is no APP.
        """
        free = [i for i, token in enumerate(tokens) if i not in taken and token.word.isalpha()]
        for told in (free, [i for i in free if tokens[i].word not in _INSIDE]):
            initials = "".join(tokens[i].word[0] for i in told)
            for name, column in self._abbreviations.items():
                for at in range(len(told) - len(name) + 1):
                    start, end = told[at], told[at + len(name) - 1] + 1
                    inside = {tokens[i].word for i in range(start, end)} - {tokens[i].word for i in told}
                    named = any(1.0 in strengths[i].values() for i in range(start, end))
                    if initials.startswith(name, at) and inside <= _INSIDE and not named:
                        yield Mention(start, end, (column,), 0.95)


_GROUPING = frozenset(("by", "per", "each"))
_SHORTENED = frozenset("type kind group level name code".split())
"""Last words of names that people leave the rest out before."""


def _abbreviates(name: str) -> bool:
    """Whether a name may be made of initials: three to five letters that are no word we know."""
    return name.isascii() and name.isalpha() and 3 <= len(name) <= 5 and len(synonyms(name) | {name}) == 1


def _extend(
    words: Sequence[str], start: int, tokens: Sequence[Token], strengths: Sequence[dict[str, float]]
) -> tuple[dict[str, float], int]:
    matched: dict[str, float] = {}
    joining: dict[str, float] = {}  # words such as "per" join two words of a name, and end none
    end = at = start
    while at < len(tokens):
        free = {word: s for word, s in strengths[at].items() if word in words and word not in matched}
        if free:
            best = max(free, key=lambda word: (free[word], -words.index(word)))
            joining[best] = free[best]
            if best not in _INSIDE:
                matched, joining, end = matched | joining, {}, at + 1
        elif any(word in matched and s >= 0.95 for word, s in strengths[at].items()):
            end = at + 1  # two words of the question for one of the name: "sick days" and Krankheitstage
        elif tokens[at].word not in _ALWAYS_INSIDE and not (tokens[at].word in _INSIDE and tokens[at].word in words):
            break
        at += 1
    return matched, end


@lru_cache(maxsize=4096)
def _weight(word: str) -> float:
    if (
        word in _MEASURED_IN
        or (word.isascii() and len(word) == 1)
        or (word[:-1] in ("m", "km", "cm") and word[-1] in "²³")
    ):
        return _UNIT
    return _LIGHT if word[:1].isdigit() or not GENERIC.isdisjoint((word, *english(word))) else 1.0


def _cover(words: Sequence[str], matched: dict[str, float], main: Sequence[str]) -> float:
    """How much of a name's words matched; those outside its `main` words weigh as units do."""
    weights = {word: _weight(word) if word in main else _UNIT for word in words}
    whole = sum(weights.values())
    return sum(weights[word] * strength for word, strength in matched.items()) / whole if whole else 0.0


def _stands(score: float, matched: dict[str, float], tokens: Sequence[Token], words: Sequence[str]) -> bool:
    """Whether a match is strong enough to name the column."""
    if score >= _FULL:
        return True
    if len(set(words)) == 1 and score >= 0.8 and not any(token.stem in ASKING for token in tokens):
        return True
    says = [word for word in matched if _weight(word) == 1.0]
    if score < _LEAST_COVER or not says:
        return False
    if all(token.word in STOP for token in tokens):
        return False
    if all(token.stem in ASKING or token.word in ASKING or token.word in _INSIDE for token in tokens):
        return False
    return len(says) > 1 or score >= 0.5 or max(matched.values()) >= 0.95


_SOFT = frozenset(
    "score rate value amount level index count number total time usage made kept sold paid done lost seen sent given "
    "taken held won spent built quantity qty".split()
)
"""Last words of a name that say so little that the word before them says what the thing is, too: nps_score."""
_MEASURED_IN = frozenset(
    "kwh mwh wh mb gb kb lb liter litre sqft sqm hr mi mile ft lakh thousand million k ms sec bar psi kw mw gw hz kmh "
    "mph mps rpm".split()
)
"""Units at the end of a name, which do not say what the thing is."""
_TAILS = frozenset("per of in by at for from to with after before on and over".split())


def _head(words: Sequence[str]) -> set[str]:
    """The words of a name that say what the thing is: the last before "per", "after" …, and what stands after "of"."""
    cut = next((at for at, word in enumerate(words) if at and word in _TAILS), len(words))
    core = [word for word in words[:cut] if _weight(word) == 1.0] or list(words[:cut])
    soft = len(core) > 1 and (core[-1] in _SOFT or core[-1].endswith("ed"))
    heads = set(core[-2:] if soft else core[-1:])
    if cut < len(words) and words[cut] == "of":
        heads |= {word for word in words[cut + 1 :] if _weight(word) == 1.0}
    return heads


def heads(column: ColumnCard) -> frozenset[str]:
    """The words that say what the column holds, and not what that belongs to: owner, of Opportunity Owner."""
    return frozenset(_head(main_words(column.name)))


def hinted_by(hint: str, column: ColumnCard) -> bool:
    """Whether the word that says what the column holds means `hint`: "pay" hints at a wage, not at low-wage jobs."""
    words = name_words(column.name)
    told = _head(words) | _head([word for word in words if word not in ASKING] or words)
    return not synonyms(hint).isdisjoint(one for word in told for one in (word, *english(word)))


def _heads(column: ColumnCard, score: float, matched: dict[str, float]) -> bool:
    """Whether the words that matched say what the column holds: "pay" is no Low_wage_jobs, "staff" no staff_discount.
    A column of names or categories may also be named by another of its own words, not by a synonym of one, and not by
    one of money: "sales" is no sales_rep."""
    words = main_words(column.name)
    if len(set(words)) == 1 or score >= _FULL or not _head(words).isdisjoint(matched):
        return True
    named = column.role in ("dimension", "text", "identifier", "target") and not is_number(column)
    return (named or yes_no(column)) and not set(matched) <= MONEY and max(matched.values()) == 1.0 and score >= 0.5


def _value(mention: Mention) -> tuple[float, float, int, bool]:
    size = mention.end - mention.start
    surely = (mention.score + mention.strength) / 2 + 0.15 * (mention.strength == 1.0)
    return (round(surely * size, 4), mention.score, size, mention.exact)


def _without_overlap(found: Sequence[Mention]) -> list[Mention]:
    """The best mentions that share no token; other columns for the same tokens become further options."""
    kept: list[Mention] = []
    for mention in sorted(found, key=_value, reverse=True):
        clash = next((k for k, m in enumerate(kept) if mention.start < m.end and m.start < mention.end), None)
        if clash is None:
            kept.append(mention)
        elif (
            kept[clash].start <= mention.start
            and mention.end <= kept[clash].end
            and mention.score >= 0.65 * kept[clash].score
        ):
            known = kept[clash]
            if mention.column not in known.options and not (known.exact and len(known.options) > 3):
                even = (mention.start, mention.end) == (known.start, known.end) and abs(
                    mention.score - known.score
                ) < 0.01
                rivals = (*known.rivals, mention.column) if even else known.rivals
                kept[clash] = replace(known, options=(*known.options, mention.column), rivals=rivals)
    return sorted(kept, key=lambda mention: mention.start)
