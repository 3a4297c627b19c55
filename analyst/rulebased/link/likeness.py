"""How nearly a word of a question means a word of a column's name."""

from __future__ import annotations

from functools import lru_cache

from analyst.protocol.lexicon import synonyms
from analyst.rulebased.link.languages import english
from analyst.rulebased.link.tokens import derived, misspelt


@lru_cache(maxsize=16384)
def shortens(short: str, word: str) -> bool:
    """Whether a name's word abbreviates a question's: its beginning, or its consonants (`drv` for driver)."""
    if not 3 <= len(short) <= len(word) - 2 or short[0] != word[0]:
        return False
    if len(short) > 3 and word.startswith(short):
        return True
    letters = iter(word)
    return not set(short[1:]) & set("aeiou") and all(letter in letters for letter in short)


@lru_cache(maxsize=16384)
def alike(stem: str, word: str, name: str) -> float:
    """How nearly a question's word (its stem and the word itself) means the word of a `name`, from 0 to 1."""
    if name in (stem, word):
        return 1.0
    told, meant = {stem, *english(word), *english(stem)}, {name, *english(name)}
    if told & meant:
        return 0.95
    if any(one in synonyms(other) for one in told for other in meant):
        return 0.85
    if len(stem) < 4 or len(name) < 4:
        return 0.8 if shortens(name, stem) else 0.0
    if any(derived(stem, other) for other in meant if len(other) > 3):
        return 0.75
    if shortens(name, stem):
        return 0.8
    return 0.7 if misspelt(stem, name) or _lettered(name, stem) else 0.0


def _lettered(name: str, word: str) -> bool:
    """Whether a name is the word with a letter before it that makes no syllable: Pclass."""
    return len(word) > 4 and name[1:] == word and not set(name[:2]) & set("aeiouy")
