"""The words of a table: its columns and values as questions name them, folded so that spelling does not matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyst.answers.cache.phrasing import MONTHS, ORDERED, SAME, Phrase
from analyst.core.text import fold, singular
from analyst.protocol.lexicon import ASKING, GENERIC, synonyms
from analyst.protocol.table import TableProfile


@dataclass(frozen=True)
class Vocabulary:
    """The names that a table's questions may hold, folded into words: columns, values of text columns, and which of
    the columns are grouped by. `subjects`: words that are part of one column's name or its synonym, and that column."""

    names: Mapping[Phrase, str]
    grouped: frozenset[str]
    subjects: Mapping[str, str]

    @classmethod
    def of(cls, profile: TableProfile, mentioned: Mapping[str, Iterable[str]] | None = None) -> Vocabulary:
        """The vocabulary of a table; `mentioned` are values (by column) that the question names."""
        told = mentioned or {}
        texts = [c for c in profile.columns if c.kind == "text"]
        values = [str(v) for c in texts for v in (*(value for value, _ in c.values), *told.get(c.name, ()))]
        names = {words: f"v:{' '.join(words)}" for words in _told_apart(values) if any(map(str.isalpha, words))}
        columns = {words: f"c:{name}" for words, name in _told_apart([c.name for c in profile.columns]).items()}
        for words, column in columns.items():
            names.setdefault((*words[:-1], _other_number(words[-1])), column)
        names |= columns
        grouped = frozenset(f"c:{c.name}" for c in profile.columns if c.role in ("dimension", "target"))
        return cls(names, grouped, _subjects([c.name for c in profile.columns]))


def _told_apart(names: Iterable[str]) -> dict[Phrase, str]:
    """Each name by its words. Names that differ in signs or accents alone ("A-1", "A 1") are left out: as written they
    differ, as words they don't."""
    owners: dict[Phrase, set[str]] = {}
    for name in names:
        owners.setdefault(folded_words(name), set()).add(name)
    one = {words: sorted(owning) for words, owning in owners.items() if len({n.casefold() for n in owning}) == 1}
    return {words: owning[0] for words, owning in one.items() if words}


_MEANT = frozenset(word for phrase in SAME for word in phrase) | ORDERED | GENERIC | ASKING | frozenset(MONTHS)
"""Words that say what to do or say little: they stand for no column."""


def _subjects(columns: Iterable[str]) -> dict[str, str]:
    owners: dict[str, set[str]] = {}
    for column in columns:
        for word in map(singular, folded_words(column)):
            for synonym in synonyms(word) - _MEANT:
                owners.setdefault(synonym, set()).add(f"c:{column}")
    return {word: next(iter(owning)) for word, owning in owners.items() if len(owning) == 1}


def folded_words(name: str) -> Phrase:
    """The words of a name in lower case, without accents and signs."""
    plain = fold(name)
    return tuple(re.findall(r"[^\W_]+", plain))


def _other_number(word: str) -> str:
    """The plural of a singular word, the singular of a plural one."""
    if singular(word) != word:
        return singular(word)
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in tuple("aeiou") else f"{word}s"
