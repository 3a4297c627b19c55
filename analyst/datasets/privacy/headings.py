"""Names of columns and files that are personal: "zeb@corp.example", "Anna Kimmel", "kimmel_pay.csv"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from analyst.core.text import MARKS, fold
from analyst.datasets.privacy.called import find_called
from analyst.datasets.privacy.headers import heads_humans
from analyst.datasets.privacy.lexicon import (
    english_words,
    given_names,
    is_name,
    is_ordinary,
    places,
    table_words,
    words_of,
)
from analyst.datasets.privacy.names import Likeness, east_asian, honored_within, is_full, likeness
from analyst.datasets.privacy.patterns import find_patterns

_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{MARKS}])*(?:['’][^\W\d_]+)?")
_WITHIN = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|_")
"""Where a word ends within one: "AnnaKimmel", "anna_kimmel"."""
_SHORT = 3
"""Letters: so short a word ("min", "kg") is rather a unit than a given name."""
_MOST_WORDS = 8
_LEAST_PEOPLE, _MOST_OTHERS = 3, 0.5
"""Columns whose names are people's, and the share of others beside them, from which rare names are people's too."""
_FORMAT_WORDS = frozenset("csv tsv txt xlsx xls xlsm json jsonl parquet ods data dataset sheet table".split())  # noqa: SIM905


def personal_headers(headers: Sequence[str]) -> dict[str, str]:
    """The columns of one table whose names are personal, and the kind of each: where most are people, also those whose
    names are rare, or in small letters."""
    kinds = {header: header_kind(header) for header in headers}
    people = [header for header, kind in kinds.items() if kind == "person_name" or _is_known_word(header)]
    if len(people) >= max(_LEAST_PEOPLE, _MOST_OTHERS * len(headers)):
        kinds |= {header: "person_name" for header, kind in kinds.items() if kind is None and _may_be_person(header)}
    return {header: kind for header, kind in kinds.items() if kind}


def _is_known_word(header: str) -> bool:
    """Whether a header is one known name and no word of a dictionary, in letters of any case."""
    folded = fold(header)
    return _WORD.fullmatch(header) is not None and is_name(folded) and not _is_explained(folded)


def _may_be_person(header: str) -> bool:
    words = [fold(word) for word in _words(header)]
    explained = any(_is_explained(word) or word in table_words() for word in words)
    return 0 < len(words) <= _SHORT and not explained and bool(likeness(header) or _is_known_word(header))


def header_kind(header: str) -> str | None:
    """The kind of personal data that a column's name itself is or holds, or None."""
    piece = next((piece for piece in find_patterns(header) if piece.sure or piece.text == header), None)
    if piece is not None and (piece.kind != "address" or piece.text == header):
        return piece.kind
    called = next((kind for kind, own in find_called(header, ()) if sum(map(str.isdigit, own)) > _SHORT), None)
    if called is not None:
        return called
    if next(honored_within(header), None):
        return "person_name"
    if east_asian(header):
        return "person_name" if any(likeness(part) is Likeness.SURE for part in header.split()) else None
    words = _words(header)
    if fold(words[0] if words else "") in words_of("place starts") or fold(header) in places():
        return None
    if _is_person(header) or _is_single_name(words) or _is_strange_pair(header, words) or _is_titled(words):
        return "person_name"
    runs = (words[at : at + length] for length in (1, 2, 3) for at in range(len(words) - length + 1))
    named = len(words) <= _MOST_WORDS and any(_is_person(" ".join(run)) for run in runs)
    return "person_name" if named else None


def _words(text: str) -> list[str]:
    return [re.sub(r"['’]s$", "", word) for word in _WORD.findall(_WITHIN.sub(" ", text))]


def _is_person(text: str) -> bool:
    """Whether a header, or neighboring words of one, is a name: a full one, or a given name that is nothing else.

    Without capitals a word of a dictionary or a unit makes it another thing.
    """
    words = [fold(word) for word in _WORD.findall(text)]
    given = any(word in given_names() and len(word) > _SHORT for word in words)
    if text.islower() and (not given or any(map(is_ordinary, words))):
        return False
    if len(words) == 1:
        return given and text[0] == text[0].upper() and not is_ordinary(words[0]) and words[0] not in places()
    return is_full(text) and likeness(text.title() if text.islower() else text) is Likeness.SURE


def _is_titled(words: Sequence[str]) -> bool:
    """Whether a title, or what somebody is, stands before a known name that is nothing else: "mr_walker"."""
    for title, name in pairwise(words):
        folded = fold(name)
        known = is_name(folded) and not _is_explained(folded) and len(folded) > _SHORT
        polite = fold(title) in words_of("before any name") and title.lower() != "ms"
        if known and (polite or (name[0].isupper() and heads_humans(title))):
            return True
    return False


def _is_single_name(words: Sequence[str]) -> bool:
    """Whether a header is one word with a capital that is a surname and nothing else."""
    folded = fold(words[0]) if len(words) == 1 else ""
    return len(folded) > _SHORT and words[0][0].isupper() and is_name(folded) and not _is_explained(folded)


def _is_strange_pair(header: str, words: Sequence[str]) -> bool:
    """Whether a header is two capitalized words, or an initial and one, that no dictionary has and one of which is a
    name: "Q. Halloway", Ингеборга Петрова."""
    if len(words) != 2 or not all(word[0].isupper() for word in words):
        return False
    *first, last = map(fold, words)
    initial = len(first[0]) == 1 and bool(re.match(r"[^\W\d_]\. ?", header))
    strange = [not _is_explained(word) and word not in table_words() for word in (*first, last)]
    return strange[1] and len(last) > _SHORT and (initial or (strange[0] and any(map(is_name, (*first, last)))))


def hidden_words(name: str, headers: Iterable[str]) -> tuple[str, ...]:
    """What a file's or sheet's name may hold of a person: words of no dictionary, and all that has a personal form.

    Words that name a column are open.
    """
    spaced = name.replace("_", " ")
    open_words = {fold(word) for header in headers for word in _words(header)} | _FORMAT_WORDS
    forms = (piece.text for piece in find_patterns(spaced))
    strange = (word for word in _WORD.findall(spaced) if any(_is_strange(part, open_words) for part in _words(word)))
    return tuple(dict.fromkeys([*_as_written(forms, name), *strange]))


def names_in_remark(text: str) -> Iterator[str]:
    """Words of a remark that name a person though no other name stands beside them: "Call Mellor back"."""
    words = list(_WORD.finditer(text))
    for word in words if len(words) > 1 else ():
        folded = fold(re.sub(r"['’]s$", "", word[0]))
        if is_name(folded) and not _is_explained(folded) and len(folded) > _SHORT:
            yield word[0]


def _is_strange(word: str, open_words: Collection[str]) -> bool:
    folded = fold(word)
    is_given = folded in given_names() and folded not in english_words()
    explained = folded in open_words or (_is_explained(folded) and not is_given)
    return len(word) > 1 and not explained


def _as_written(forms: Iterable[str], name: str) -> Iterator[str]:
    """Each form as it stands in `name`, which may have "_" for a blank."""
    for form in forms:
        found = re.search(re.escape(form).replace(r"\ ", "[ _]"), name)
        if found:
            yield found[0]


def _is_explained(word: str) -> bool:
    return is_ordinary(word) or word in places()
