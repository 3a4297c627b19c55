"""The words by which questions ask, as data (phrases.txt, statistics.txt, verdicts.txt, words.txt), and the cues that a
question holds of them, outside the names of columns and values. Words are compared with a question's folded words and
their stems; nothing here knows of a particular table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analyst.rulebased.link.tokens import Token

_NAMED = "ratio "


def _read(file: str) -> dict[str, str]:
    """The phrases of each cue, from a file: alternatives parted by semicolons."""
    found: dict[str, str] = {}
    kind = ""
    for line in (Path(__file__).with_name(file)).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            kind, _, line = line.partition(":")
        found[kind] = f"{found.get(kind, '')} {line.strip()}".strip()
    return found


CUES = _read("phrases.txt")
"""The phrases of each cue. Of overlapping phrases the longest counts."""
STATISTICS = _read("statistics.txt")
"""The phrases of statistics, tests, models and steps of preparation."""
VERDICTS = _read("verdicts.txt")
"""Other ways in which rules write a word that a field may hold."""
RATIOS: dict[str, tuple[str, str]] = {
    kind: (above.strip(), below.strip())
    for kind in CUES
    if kind.startswith(_NAMED)
    for above, _, below in [kind.removeprefix(_NAMED).partition("/")]
}
"""Ratios that have a name: the cue, and words of the columns above and below the line."""

_WORDS = {name: frozenset(words.split()) for name, words in _read("words.txt").items()}
LEADS, ARTICLES, WHICH, PERSONS, ANYBODY, THINGS = (
    _WORDS[name] for name in ("leads", "articles", "which", "persons", "anybody", "things")
)
GRAMMAR, IDLE = _WORDS["grammar"], _WORDS["idle"]
"""Words that hold a sentence together or ask politely; words that add nothing that could be missing from a plan."""
EVENTS, SPENDING, PLACED = _WORDS["events"], _WORDS["spending"], _WORDS["placed"]
"""Verbs that are idle where a plan computes: of what rows are, of a number, and in the passive voice."""


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
