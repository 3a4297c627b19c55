"""Names of columns and files that are personal: "zeb@corp.example", "Anna Kimmel", "kimmel_pay.csv"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from analyst.core.text import fold
from analyst.datasets.privacy.lexicon import given_names, is_name, is_ordinary, places
from analyst.datasets.privacy.names import Likeness, east_asian, is_full, likeness
from analyst.datasets.privacy.patterns import find_patterns

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SHORT = 3
"""Letters: so short a word ("min", "kg") is rather a unit than a given name."""
_FORMAT_WORDS = frozenset("csv tsv txt xlsx xls xlsm json jsonl parquet ods data dataset sheet table".split())  # noqa: SIM905


def header_kind(header: str) -> str | None:
    """The kind of personal data that a column's name itself is or holds, or None."""
    piece = next((piece for piece in find_patterns(header) if piece.sure or piece.text == header), None)
    if piece is not None and piece.kind != "address":
        return piece.kind
    spaced = re.sub(r"[_.]+", " ", header).strip()
    cased = spaced.title() if spaced.islower() else spaced
    if east_asian(cased) or (spaced.islower() and not _may_be_names(spaced)):
        return None
    if any(likeness(part) is Likeness.SURE and is_full(part) for part in (spaced, cased, *_parts(cased))):
        return "person_name"
    return "person_name" if _is_given_name(spaced) else None


def _parts(header: str) -> list[str]:
    """Two and three neighboring words of a longer header: "Hours of Anna Kimmel"."""
    words = header.split()
    if len(words) < 3 or len(words) > 8:
        return []
    parts = [words[at : at + length] for length in (2, 3) for at in range(len(words) - length + 1)]
    return [" ".join(part) for part in parts if fold(part[0]) in given_names() and fold(part[0]) not in places()]


def _may_be_names(header: str) -> bool:
    """Whether a header without capitals has a given name of some length, and no word of a dictionary or a unit."""
    words = [fold(word) for word in _WORD.findall(header)]
    given = any(word in given_names() and len(word) > _SHORT for word in words)
    return given and not any(is_ordinary(word) for word in words)


def _is_given_name(word: str) -> bool:
    folded = fold(word)
    return word[:1].isupper() and folded in given_names() and not is_ordinary(folded) and folded not in places()


def hidden_words(name: str, headers: Iterable[str]) -> tuple[str, ...]:
    """The words of a file's or sheet's name that may be a person's: names, and words of no dictionary where a name is.

    A form that proves itself (an e-mail address) is found in every text; words that name a column are open.
    """
    open_words = {fold(word) for header in headers for word in _WORD.findall(header.replace("_", " "))} | _FORMAT_WORDS
    words = [word for word in _WORD.findall(name.replace("_", " ")) if fold(word) not in open_words and len(word) > 1]
    people = [word for word in words if _may_name(fold(word))]
    if not any(is_name(fold(word)) for word in people):
        return ()
    return tuple(dict.fromkeys(people))


def _may_name(word: str) -> bool:
    return not is_ordinary(word) and word not in places()
