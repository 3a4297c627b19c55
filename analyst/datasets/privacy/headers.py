"""What headers say of personal data, in the languages that headers come in (lists/word_tables.txt)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from analyst.core.text import fold
from analyst.datasets.headers import words
from analyst.datasets.privacy.lexicon import words_of
from analyst.protocol.personal import TOKEN_WORDS

_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_PEOPLES = frozenset(("email", "phone", "national_id"))
"""Kinds that only people have."""
_NOT_NAMES = frozenset(("id", "code", "length"))
"""Last words of headers that speak of names but head none: "name id"."""


@cache
def folded_words(header: str) -> tuple[str, ...]:
    """The folded words of a header, without the numbers among them and behind them: "phone2"."""
    bare = (re.sub(r"(?<=[^\W\d_]{4})\d{1,2}$", "", word) for word in words(header) if not word.isdigit())
    return tuple(fold(word) for word in bare)


def kinds_of(header: str) -> frozenset[str]:
    """The kinds that a header is called by: what its last words say, but for "number", "home" and the like."""
    split = folded_words(header)
    if set(split[-1:]) & words_of("measures"):
        return frozenset()
    ends = _ends(split) | (_ends(split[: _cut(split)]))
    return frozenset(kind for kind, hints in _kinds().items() if ends & hints or _holds_east_asian(header, hints))


def _ends(split: Sequence[str]) -> set[str]:
    """The last words of a header as one word, with and without "number", "home" and the like."""
    bare = list(split)
    while len(bare) > 1 and bare[-1] in words_of("numbered") and not _is_kind("".join(bare[-2:])):
        bare.pop()
    return {"".join(bare[-n:]) for n in (1, 2, 3)} | {"".join(split[-n:]) for n in (2, 3)}


def _cut(split: Sequence[str]) -> int:
    """Where the part of a header begins that does not say what it heads: "senha de acesso"."""
    return next((at for at, word in enumerate(split) if at and word in words_of("prepositions")), len(split))


def heads_names(header: str) -> bool:
    """Whether a header is that of names of people and of nothing else: "last_name", "customer name", 氏名."""
    split = folded_words(header)
    if heads_things(header) or set(split[-1:]) & _NOT_NAMES:
        return False
    named = len(split) > 1 and bool(words_of("bare names") & set(split))
    return _holds(header, words_of("names")) or (named and _holds(header, words_of("humans") | words_of("named")))


def heads_any_names(header: str) -> bool:
    """Whether a header says "name" and nothing more."""
    return len(folded_words(header)) == 1 and folded_words(header)[0] in words_of("bare names")


def heads_humans(header: str) -> bool:
    """Whether a header is that of people by what they are or did: "nurse", "assigned to", "team member", 担当者."""
    split = folded_words(header)
    if set(split) & words_of("acted") and (len(split) == 1 or split[-1] in words_of("by")):
        return True
    return _ends_in(header, words_of("humans"))


def heads_person_numbers(header: str) -> bool:
    """Whether a header is that of numbers by which a house knows people: "patient id", "employee no", 学号."""
    split = folded_words(header)
    numbered = len(split) > 1 and split[-1] in words_of("numbered") and "".join(split[-2:-1]) in words_of("humans")
    return numbered or _holds(header, words_of("person numbers"))


def heads_parties(header: str) -> bool:
    """Whether a header is that of people or companies: "customer", "supplier"."""
    return _ends_in(header, words_of("parties"))


def heads_things(header: str) -> bool:
    """Whether a header says that what it heads is no person."""
    things = words_of("things")
    split = folded_words(header)
    return any(word in things or _singular(word) in things for word in split) or _holds_east_asian(header, things)


def heads_labels(header: str) -> bool:
    """Whether a header may be that of things or people, more likely of things: "title", "label"."""
    return bool(words_of("labels") & set(folded_words(header)[-1:]))


def heads_measures(header: str) -> bool:
    """Whether a header is that of amounts: "population", "phone sales"."""
    return bool(words_of("measures") & set(folded_words(header)))


def heads_versions(header: str) -> bool:
    """Whether a header is that of versions, which may be written as network addresses are."""
    return bool(words_of("versions") & set(folded_words(header)))


def heads_free_text(header: str) -> bool:
    """Whether a header is that of remarks, in words of the writer."""
    return _ends_in(header, words_of("free text"))


def heads_coordinates(header: str) -> bool:
    """Whether a header is that of a latitude or longitude."""
    return bool(words_of("coordinates") & set(folded_words(header)[-1:]))


def speaks_of_people(headers: Sequence[str]) -> bool:
    """Whether any of `headers` heads people, or what only people have."""
    return any(heads_names(header) or heads_humans(header) or kinds_of(header) & _PEOPLES for header in headers)


@cache
def _kinds() -> dict[str, frozenset[str]]:
    """The words for each kind that headers can name."""
    return {kind: hints for kind in TOKEN_WORDS if (hints := words_of(kind))}


def _is_kind(word: str) -> bool:
    return any(word in hints for hints in _kinds().values())


def _holds(header: str, hints: frozenset[str]) -> bool:
    """Whether up to three neighboring words of the header, or all of them, are one of `hints` as one word."""
    split = folded_words(header)
    runs = {"".join(split[at : at + length]) for length in (1, 2, 3) for at in range(len(split) - length + 1)}
    return bool((runs | {"".join(split)}) & hints) or _holds_east_asian(header, hints)


def _holds_east_asian(header: str, hints: frozenset[str]) -> bool:
    """Chinese, Japanese and Korean write no spaces: the header holds a word of two signs and more."""
    if header.isascii() or not _EAST_ASIAN.search(header):
        return False
    return any(hint in fold(header) for hint in hints if len(hint) > 1 and not hint.isascii())


def _ends_in(header: str, hints: frozenset[str]) -> bool:
    """Whether the last word that is no number, or the last one before "of ...", is one of `hints`."""
    split = list(folded_words(header))
    for head in (split, split[: _cut(split)]):
        bare = [word for word in head if word not in ("name", "names", "nr", "no")] or head
        if bare and {bare[-1], _singular(bare[-1]), "".join(bare[-2:])} & hints:
            return True
    return _holds_east_asian(header, hints)


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 3 else word
