"""What a question means, as far as its words can tell: the guard that decides when two questions may share an answer.

A question is read into a canonical form: names of the table's columns and values first, so that nothing of theirs is
overlooked; then ways of asking and small words go, known synonyms become one word, and phrases that may stand anywhere
("in May 2024", "by region") are set apart. Two questions mean the same when their forms are equal. Every word that is
on none of the lists counts as written, so what the guard does not know is a difference: it errs towards asking anew.
Being equal to is an equivalence, so kept answers are found by the form itself and not by a search for what is near.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analyst.answers.cache.phrasing import (
    AFTER_A_VERB,
    ASKED_YES_OR_NO,
    BEFORE_A_COLUMN,
    BEFORE_A_NUMBER,
    CLOSINGS,
    COUNTING,
    EXTREMES,
    GRAINS,
    HARMLESS,
    LIMITING,
    LINKING,
    MONTHS,
    NOUNS_TOO,
    NUMBERS,
    OPENINGS,
    ORDERED,
    SAME,
    SHORT_MONTHS,
    WRITTEN_LARGE,
    Phrase,
)
from analyst.answers.cache.vocabulary import Vocabulary, folded_words
from analyst.core.text import singular

_TOKEN = re.compile(
    r"\d{4}-\d{1,2}(?:-\d{1,2})?(?!\d)|\.?\d+(?:[.,]\d+)*|'(?:s|d|ll|re|ve|m)\b|[^\W\d_]+\d*|[<>!]=|<>|\S"
)
_DASHES = (
    dict.fromkeys(map(ord, "‐‑‒–—−"), "-") | dict.fromkeys(map(ord, "‘’´`"), "'") | dict.fromkeys(map(ord, "“”„"), '"')
)
_QUOTED = re.compile(r"\"[^\"]*\"|(?<!\w)'[^']+'(?!\w)")
_KEPT_CASE = re.compile(rf"({_QUOTED.pattern}|\b(?:{'|'.join(sorted(WRITTEN_LARGE))})\b)")
_JOINS = frozenset("-_/&.'")
"""Signs that may stand between the words of one name."""
_PAUSE = ","
_YEAR = re.compile(r"(?:19|20)\d\d")
_PERIOD = re.compile(r"(?:19|20)\d\d|q[1-4]|\d{4}-\d{1,2}(?:-\d{1,2})?")
_IN = frozenset(("in", "for", "during", "within", "of"))
_BOUNDS = frozenset(("before", "after", "since", "until"))
_EACH = "by"


@dataclass(frozen=True)
class Meaning:
    """The canonical form of a question: `main` in order and `aside` the phrases that may stand anywhere (sorted; none
    where the order matters, then `main` is the whole). `demand` is what the report must answer to beyond its plan."""

    main: tuple[str, ...]
    aside: tuple[Phrase, ...]
    demand: tuple[str, ...]

    @property
    def key(self) -> str:
        """A digest that only equal meanings share."""
        return _digest([self.main, self.aside])

    @property
    def demand_key(self) -> str:
        """A digest that only equal demands share."""
        return _digest(self.demand)


def plain_question(question: str) -> str:
    """`question` in lower case with single spaces, one kind of quotes and dashes, and no sign at its end.

    What stands in quotation marks keeps its case, and so does a name in capitals that would be a small word without
    ("US"), unless all is in capitals.
    """
    given = unicodedata.normalize("NFC", question).translate(_DASHES)
    shouted = given.isupper()
    text = "".join(
        part if _QUOTED.fullmatch(part) or (part in WRITTEN_LARGE and not shouted) else part.casefold()
        for part in _KEPT_CASE.split(given)
    )
    text = re.sub(r"n't\b", " not", text)
    return " ".join(text.split()).rstrip(" ?!.")


def read_question(question: str, vocabulary: Vocabulary) -> Meaning:
    """The meaning of `question` about a table with this vocabulary."""
    text = plain_question(question)
    tokens = _linked(_TOKEN.findall(text), vocabulary.names)
    tokens = _without_ends(_joined(t for t in tokens if t not in (".", "?", "!")))
    tokens = _canonical(tokens)
    rest, aside = _set_apart(tokens, vocabulary)
    whether = any(_asks_whether(part) for part in (*_parts(tokens), *_parts(rest)))
    # Values that differ in case alone are different ones: what stands in quotation marks counts as it was written.
    asked = (*(("#whether",) if whether else ()), *_several(tokens, text), *_QUOTED.findall(text))
    main = (*asked, *_subject_first(_plain_words(_opened(rest))))
    if _order_matters(main, aside):
        main, aside = (*asked, *_plain_words(_opened(tokens))), []
        return Meaning(main, (), tuple(_demand(main, vocabulary)))
    phrases = sorted(" ".join(_demand(phrase, vocabulary)) for phrase in aside)
    return Meaning(main, tuple(sorted(aside)), (*_demand(main, vocabulary), *phrases))


def _several(tokens: Sequence[str], text: str) -> tuple[str, ...]:
    """A mark for a question that picks by rank and asks for more than one: "which products have the highest ..."."""
    if not EXTREMES.intersection(tokens) or any(token[0].isdigit() for token in tokens):
        return ()
    words = [word for word in re.findall(r"[^\W\d_]+", text) if word not in HARMLESS]
    asked = _opened(words)
    first = next((word for word in asked if word not in ("which", "what")), "")
    return ("#several",) if singular(first) != first else ()


def _linked(tokens: Sequence[str], names: Mapping[Phrase, str]) -> list[str]:
    """`tokens` with every name of the table, longest first, as one token `c:column` or `v:value`."""
    longest = max(map(len, names), default=0)
    found, place = [], 0
    while place < len(tokens):
        end, name = _name_at(tokens, place, names, longest)
        found.append(name or tokens[place])
        place = end if name else place + 1
    return found


def _name_at(tokens: Sequence[str], start: int, names: Mapping[Phrase, str], longest: int) -> tuple[int, str | None]:
    words: list[str] = []
    best: tuple[int, str | None] = (start, None)
    place = start
    while place < len(tokens) and len(words) < longest:
        token = tokens[place]
        place += 1
        if token in _JOINS and words:
            continue
        parts = folded_words(token)
        if not parts:
            break
        words += parts
        if name := names.get(tuple(words)):
            best = (place, name)
    return best


def _joined(tokens: Iterable[str]) -> list[str]:
    """Numbers in one form and pauses as one sign."""
    found = []
    for given in tokens:
        token = given.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", given) else given
        found.append(_PAUSE if token in (",", ":", ";") else token)
    return found


def _at(tokens: Sequence[str], place: int, phrases: Iterable[Phrase]) -> Phrase | None:
    return next((phrase for phrase in phrases if tuple(tokens[place : place + len(phrase)]) == phrase), None)


def _without_ends(tokens: list[str]) -> list[str]:
    """`tokens` without the ways to begin and to end that ask for nothing."""
    ending = True
    while ending and tokens:
        while tokens and tokens[-1] == _PAUSE:
            tokens = tokens[:-1]
        closing = next((c for c in CLOSINGS if tuple(tokens[-len(c) :]) == c), None)
        ending = closing is not None and len(closing) < len(tokens)
        tokens = tokens[: -len(closing)] if closing and ending else tokens
    return [token for part in _parts(tokens) for token in _opened(part)]


def _parts(tokens: Iterable[str]) -> list[list[str]]:
    """The parts between pauses, each with the pause that ends it."""
    parts: list[list[str]] = [[]]
    for token in tokens:
        parts[-1].append(token)
        if token == _PAUSE:
            parts.append([])
    return parts


def _asks_whether(part: Sequence[str]) -> bool:
    return bool(part) and part[0] in ASKED_YES_OR_NO


def _opened(tokens: Sequence[str]) -> list[str]:
    left = list(tokens)
    while left and (opening := _opening(left)):
        left = left[len(opening) :]
    return left


def _opening(tokens: Sequence[str]) -> Phrase | None:
    """The way to begin that `tokens` begin with, or the pause."""
    if tokens[0] == _PAUSE:
        return (_PAUSE,)
    asks = tokens[0] in NOUNS_TOO and len(tokens) > 1 and (tokens[1] in AFTER_A_VERB or tokens[1][0].isdigit())
    return (tokens[0],) if asks else _at(tokens, 0, OPENINGS)


_SAME_FIRST = sorted(SAME, key=len, reverse=True)
_MEANING_OF = {**SAME, **BEFORE_A_COLUMN}
_LIMITS_FIRST = sorted(BEFORE_A_NUMBER, key=len, reverse=True)


def _canonical(tokens: Sequence[str]) -> list[str]:
    """Synonyms as one word, numbers in digits, months in full."""
    plain = [SHORT_MONTHS.get(token, NUMBERS.get(token, token)) for token in tokens]
    found: list[str] = []
    place = 0
    while place < len(plain):
        if limit := _limit_at(plain, place):
            found += BEFORE_A_NUMBER[limit]
            place += len(limit)
        elif same := _same_at(tokens, plain, place):
            found += _MEANING_OF[same]
            place += len(same)
        else:
            found.append(plain[place])
            place += 1
    return found


def _limit_at(tokens: Sequence[str], place: int) -> Phrase | None:
    """The words of a limit in front of a number; "over" in front of a span of time is none."""
    limit = _at(tokens, place, _LIMITS_FIRST)
    after = list(tokens[place + len(limit) : place + len(limit) + 2]) if limit else []
    if not limit or not after or not after[0][0].isdigit():
        return None
    spans = bool(_YEAR.fullmatch(after[0])) or (len(after) > 1 and singular(after[1]) in GRAINS)
    return None if limit == ("over",) and spans else limit


def _same_at(tokens: Sequence[str], plain: Sequence[str], place: int) -> Phrase | None:
    """The phrase at `place` that has a synonym here."""
    found = _at(tokens, place, BEFORE_A_COLUMN)
    if found and tokens[place + len(found) : place + len(found) + 1] and tokens[place + len(found)].startswith("c:"):
        return found
    same = _at(tokens, place, _SAME_FIRST) or _at(plain, place, _SAME_FIRST)
    if same is None:
        return None
    after = tokens[place + len(same)] if place + len(same) < len(tokens) else ""
    named = same in COUNTING and after in ("the", "a", "an", "this")
    explained = same == ("mean",) and {"does", "do", "did"}.intersection(tokens[:place])
    return None if named or explained else same


def _is_period(token: str) -> bool:
    return token in MONTHS or bool(_PERIOD.fullmatch(token))


def _period_end(tokens: Sequence[str], place: int) -> int:
    """Where the period that begins at `place` ends: "May", "May 2024", "May of 2024", "Q1 2024"."""
    end = place
    while end < len(tokens) and _is_period(tokens[end]):
        end += 1
        if end + 1 < len(tokens) and tokens[end] == "of" and _YEAR.fullmatch(tokens[end + 1]):
            end += 1
    return end


def _set_apart(tokens: Sequence[str], vocabulary: Vocabulary) -> tuple[list[str], list[Phrase]]:
    """The tokens that are left, and the phrases that may stand anywhere, in the order found."""
    rest: list[str] = []
    aside: list[Phrase] = []
    place = 0
    while place < len(tokens):
        end, phrase = _aside_at(tokens, place, vocabulary)
        if phrase:
            aside.append(phrase)
        else:
            rest.append(tokens[place])
        place = end if phrase else place + 1
    return rest, aside


def _aside_at(tokens: Sequence[str], place: int, vocabulary: Vocabulary) -> tuple[int, Phrase | None]:
    word, after = tokens[place], place + 1
    while after < len(tokens) and tokens[after] == "the":
        after += 1
    if after >= len(tokens):
        return place, None
    end = _period_end(tokens, after)
    period = tuple(word for word in tokens[after:end] if word != "of")
    if period and word == "from" and end < len(tokens) and tokens[end] == "to":
        last = _period_end(tokens, end + 1)
        if last > end + 1:
            return last, ("from", *period, "to", *(t for t in tokens[end + 1 : last] if t != "of"))
    if period and (word in _IN or word in _BOUNDS):
        return end, ("in" if word in _IN else word, *period)
    named = tokens[after]
    if named.startswith("v:") and (word in _IN or word in ("#without", "#only")):
        return after + 1, ("in" if word in _IN else word, named)
    grouping = word == _EACH or (word == "per" and "#mean" not in tokens)
    if grouping and (named in vocabulary.grouped or singular(named) in GRAINS):
        return after + 1, (_EACH, named if named.startswith("c:") else singular(named))
    return place, None


def _plain_words(tokens: Iterable[str]) -> list[str]:
    kept = [token for token in tokens if token not in HARMLESS and token != _PAUSE]
    limits = [place for place, token in enumerate(kept) if token in ("#gt", "#lt")]
    limiting = {place - 2 for place in limits if place > 1 and kept[place - 1].startswith("c:")}
    kept = [token for place, token in enumerate(kept) if not (place in limiting and token in LIMITING)]
    return [token if token[1:2] == ":" or token[0] == "#" else singular(token) for token in kept]


def _subject_first(words: Sequence[str]) -> tuple[str, ...]:
    """`region with the highest ...` and `region that had the highest ...` as `which region the highest ...`."""
    extreme = len(words) > 2 and words[2] in ("#max", "#min") and words[1] in ("with", "that", "having")
    if extreme and words[0].startswith("c:"):
        return ("which", words[0], *words[2:])
    return tuple(words)


def _order_matters(main: Sequence[str], aside: Sequence[Phrase]) -> bool:
    """Whether the place of a phrase could change what it belongs to."""
    kinds = [phrase[0] for phrase in aside]
    periods = [phrase for phrase in aside if _is_period(phrase[1])]
    values = [word for word in (*main, *(phrase[1] for phrase in aside)) if word.startswith("v:")]
    numbers = [word for word in main if word[0].isdigit()]
    twice = kinds.count(_EACH) > 1 or len(periods) > 1 or len(values) > 1 or len(numbers) > 1
    picked = next((place for place, word in enumerate(main) if word in EXTREMES), 0)
    behind = bool(aside) and picked > 0 and not {"which", "#whether"} & set(main[:picked])
    return (
        twice
        or behind
        or any(word in ORDERED or (not word[0].isalnum() and word[0] != "#") for word in main)
        or "which" in main[1:]
    )


def _demand(words: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    """`words` without those that only tie columns to the question, columns under their own names."""
    return [vocabulary.subjects.get(word, word) for word in words if word not in LINKING]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:32]
