"""Other spellings of business words: German, French and Spanish, abbreviations, and words that are written in one.

`english` gives what a folded word of a header or a question means in English stems, so that "Umsatz", "chiffre",
"importe" and "amt" all meet "amount". Nothing here knows of a particular table.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from analyst.rulebased.link.tokens import stem


def _pairs(text: str) -> dict[str, tuple[str, ...]]:
    """Lines of `word word: english english` as word → English stems."""
    found: dict[str, tuple[str, ...]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        words, _, meant = line.partition(":")
        for word in words.split():
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *meant.split())))
    return found


def _read(file: str) -> str:
    return (Path(__file__).parent / "dictionary" / f"{file}.txt").read_text(encoding="utf-8")


_DICTIONARY: dict[str, tuple[str, ...]] = {}
for _file in ("abbreviations", "german", "french", "spanish", "things"):
    for _word, _meant in _pairs(_read(_file)).items():
        for _form in {_word, stem(_word)}:
            _DICTIONARY[_form] = tuple(dict.fromkeys((*_DICTIONARY.get(_form, ()), *_meant)))
_JOINTS = ("", "s", "n", "en", "es")
"""What German puts between the two parts of a compound."""


@lru_cache(maxsize=8192)
def english(word: str) -> tuple[str, ...]:
    """English stems for a folded word, without the word itself; nothing for a word that is not in the dictionary."""
    return tuple(meant for meant in _DICTIONARY.get(word, ()) if meant != word)


@lru_cache(maxsize=8192)
def compound(word: str) -> tuple[str, ...]:
    """The two known parts of a word written in one (`kundennr` → kunden, nr); nothing when it is no such word."""
    if len(word) < 6 or word in _DICTIONARY:
        return ()
    for cut in range(len(word) - 2, 2, -1):
        first, second = word[:cut], word[cut:]
        if second not in _DICTIONARY:
            continue
        for joint in _JOINTS:
            bare = first.removesuffix(joint) if joint else first
            if (not joint or first.endswith(joint)) and len(bare) > 2 and bare in _DICTIONARY:
                return bare, second
    return ()


QUESTION_WORDS = {word: meant[0] for word, meant in _pairs(_read("question_words")).items()}
"""Function words of questions in German, French and Spanish, and the English ones in whose place they stand."""
_SURE = frozenset(
    """
    wie welche welcher welches wieviel wieviele und im fur ohne anzahl nach summe durchschnitt durchschnittliche ist
    combien quel quelle quels quelles par dans avec sans pour moyen moyenne les
    cuanto cuantos cuantas cual cuales por para sin promedio los las el cada
    """.split()
)
"""Words of QUESTION_WORDS that no English question holds."""


_BEGINNINGS = {
    "durchschnittlich": "average", "hochste": "highest", "niedrigste": "lowest", "gesamt": "total",
    "geringste": "lowest", "monatlich": "monthly", "jahrlich": "yearly", "wochentlich": "weekly", "taglich": "daily",
}  # fmt: skip
"""Beginnings of German words with many endings."""
_ENGLISH = frozenset(
    "the of what which how by is are was were with for and or does did do per each who when why".split()
)


def is_foreign(words: list[str]) -> bool:
    """Whether a question is German, French or Spanish, by its function words; one with English ones is not."""
    told = _SURE | {"pro", "je"}
    foreign = any(word in told or in_english(word) for word in words)
    return foreign and _ENGLISH.isdisjoint(words)


def in_english(word: str) -> str | None:
    """The English word that a German word with one of many endings stands for, or None."""
    return next(
        (meant for start, meant in _BEGINNINGS.items() if word.startswith(start) and len(word) <= len(start) + 3), None
    )
