"""Finding a question's cues: the phrases of the vocabulary, outside the names of columns and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyst.rulebased.link.tokens import Token
from analyst.rulebased.query.vocabulary import CUES, STATISTICS, VERDICTS

Piece = frozenset[str]
Phrase = tuple[tuple[Piece, bool], ...]
_NUMBER, _ANY = "#", "~"


@dataclass(frozen=True)
class Cue:
    """Tokens `first` to `end` (exclusive) say what `kind` asks for."""

    kind: str
    first: int
    end: int

    @property
    def at(self) -> frozenset[int]:
        """The places of its words."""
        return frozenset(range(self.first, self.end))


def _phrases(words: Mapping[str, str]) -> tuple[tuple[str, Phrase], ...]:
    """Every phrase with its cue, the longest first; equal ones in the order of the vocabulary."""
    every = [(kind, _phrase(text)) for kind, texts in words.items() for text in texts.split(";") if text.strip()]
    return tuple(sorted(every, key=lambda pair: -len(pair[1])))


def _phrase(text: str) -> Phrase:
    words = text.split()
    return tuple((frozenset(word.rstrip("?").split("/")), word.endswith("?")) for word in words)


_PLAIN, _TECHNICAL, _VERDICTS = map(_phrases, (CUES, STATISTICS, VERDICTS))


def statistical_cues(tokens: Sequence[Token], taken: frozenset[int] = frozenset()) -> tuple[Cue, ...]:
    """The cues of statistics, tests, models and steps of preparation, and those of plain questions, as `find_cues`."""
    return (*_found(_TECHNICAL, tokens, taken), *_found(_PLAIN, tokens, taken))


def verdicts(tokens: Sequence[Token]) -> tuple[Cue, ...]:
    """The words that a field may hold, where they are written in another way."""
    return _found(_VERDICTS, tokens)


def find_cues(
    tokens: Sequence[Token], taken: frozenset[int] = frozenset(), absent: frozenset[str] = frozenset()
) -> tuple[Cue, ...]:
    """The cues in order. One word may give several cues, never a part of a longer phrase; `taken` tokens give none, nor
    do kinds of `absent`."""
    return _found(_PLAIN, tokens, taken, absent)


def _found(
    phrases: Sequence[tuple[str, Phrase]],
    tokens: Sequence[Token],
    taken: frozenset[int] = frozenset(),
    absent: frozenset[str] = frozenset(),
) -> tuple[Cue, ...]:
    found: list[Cue] = []
    for kind, phrase in phrases:
        if kind in absent:
            continue
        for first in range(len(tokens)):
            end = _matched(phrase, tokens, first)
            if end is None or not taken.isdisjoint(range(first, end)):
                continue
            if not any(cue.first <= first and end <= cue.end and cue.end - cue.first > end - first for cue in found):
                found.append(Cue(kind, first, end))
    return tuple(sorted(set(found), key=lambda cue: (cue.first, -cue.end)))


def _matched(phrase: Phrase, tokens: Sequence[Token], at: int) -> int | None:
    """Where the phrase ends when it begins at token `at`; None when it does not stand there."""
    place = at
    for piece, optional in phrase:
        if place < len(tokens) and _is(piece, tokens[place]):
            place += 1
        elif not optional:
            return None
    return place if place > at else None


def _is(piece: Piece, token: Token) -> bool:
    if _ANY in piece:
        return True
    if _NUMBER in piece:
        return token.count is not None or token.number is not None
    return token.word in piece or token.stem in piece
