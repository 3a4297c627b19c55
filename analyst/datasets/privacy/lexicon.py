"""Names of people and ordinary words, as sets of folded words: what tells "Anna Kimmel" from "Gross Margin".

The lists are data files beside this module; docs/CONTRIBUTING.md says what they were made from and how.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from analyst.core.text import MONTHS, WEEKDAYS, fold

_FOLDER = Path(__file__).parent / "lists"
_MADE = re.compile(r"re(\w{5,})|(\w{4,}?)i[sz](?:e|es|ed|ing|ations?)")
"""A verb made from another word: done again, or made so."""


@cache
def given_names() -> frozenset[str]:
    """Given names in Latin, Cyrillic, Greek, Arabic, Hebrew, Indian and East Asian scripts."""
    return _read("given_names")


@cache
def surnames() -> frozenset[str]:
    """Family names, without those that are given names too."""
    return _read("surnames")


@cache
def places() -> frozenset[str]:
    """Continents, countries, US states, capitals and large cities: their names, and the words that no person is called
    in those of several words."""
    return _read("places")


@cache
def english_words() -> frozenset[str]:
    """Common English words and proper names that are no person's."""
    return (
        _read("words") | words_of("questions") | words_of("short forms") | {fold(word) for word in (*MONTHS, *WEEKDAYS)}
    )


@cache
def foreign_words() -> frozenset[str]:
    """The commonest words of German, French, Spanish, Italian, Dutch and Portuguese."""
    return _read("foreign_words")


@cache
def words_of(section: str) -> frozenset[str]:
    """The folded words of a section of lists/word_tables.txt; none where there is no such section."""
    return _sections().get(section, frozenset())


@cache
def table_words() -> frozenset[str]:
    """Every word of lists/word_tables.txt."""
    return frozenset().union(*_sections().values())


@cache
def _sections() -> dict[str, frozenset[str]]:
    found: dict[str, list[str]] = {}
    section: list[str] = []
    for line in (_FOLDER / "word_tables.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            section += line.split()
        elif line and not line.startswith("#"):
            section = found.setdefault(line.rstrip(":"), [])
    return {name: frozenset(map(fold, given)) for name, given in found.items()}


def is_name(word: str) -> bool:
    """Whether a folded word is a given name or a family name."""
    return word in given_names() or word in surnames()


def is_english(word: str) -> bool:
    """Whether a folded word is one of an English dictionary, also as a plural."""
    words = english_words()
    return word in words or (word.endswith("s") and len(word) > 3 and word[:-1] in words)


def is_ordinary(word: str) -> bool:
    """Whether a folded word is one of any of the dictionaries, or made from one ("recalculate", "standardize")."""
    return is_english(word) or word in foreign_words() or _is_made_from_english(word)


def _is_made_from_english(word: str) -> bool:
    made = _MADE.fullmatch(word)
    return made is not None and not is_name(word) and any(part and is_english(part) for part in made.groups())


def _read(name: str) -> frozenset[str]:
    return frozenset((_FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n")[:-1])
