"""A question made ready to leave: what it says of people is found by parts, and stands in it as tokens.

What the table's personal columns hold is looked for in any spelling ("KIMMEL, Anna", "a. kimmel", 0170 1234567 for
0170/1234567); what has a personal form leaves as a token even where the table does not hold it; and so do capitalized
words that neither the table nor a dictionary knows.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from analyst.core.text import MARKS, fold
from analyst.datasets.linking import mentioned_values
from analyst.datasets.privacy.called import find_called
from analyst.datasets.privacy.known import find_headers, find_known
from analyst.datasets.privacy.lexicon import given_names, is_name, is_ordinary, places, surnames, table_words, words_of
from analyst.datasets.privacy.names import honored_within
from analyst.datasets.privacy.patterns import find_patterns
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.datasets.privacy.tokens import swapped
from analyst.engine.interface import Engine
from analyst.protocol.personal import TOKEN
from analyst.protocol.table import TableProfile

_LETTERS = rf"[^\W\d_](?:[^\W\d_]|[{MARKS}])*"
_WORD = re.compile(rf"{_LETTERS}(?:[’'\-]{_LETTERS})*")
_SENTENCE_END = frozenset(".?!:;\n•")
_ASKING = "which what how who when where show list compare give tell find total average number count top".split()  # noqa: SIM905
_ADDRESSES = frozenset(("email", "handle", "secret"))
_SMALL_SURNAME = 5
"""Letters of a family name in small letters: a shorter one may be a slip of another word."""
_INTRODUCED = re.compile(r"(?i:\b(?:my name is|this is|i am|i['’]m|ich bin|je suis|cc:?)) (?P<own>[^\W\d_]{3,})")
"""Who says who they are."""
_MOST_CAPITALS = 5
"""Letters of an abbreviation: "EBIT" is no name."""


@dataclass(frozen=True)
class HiddenQuestion:
    """A question as it leaves, and the values of the table that it names, by column."""

    text: str
    mentioned: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Word:
    """A word of the question between `start` and `end`; `opens`: it begins a sentence."""

    start: int
    end: int
    text: str
    opens: bool

    @property
    def folded(self) -> str:
        return fold(self.text)


def hide_question(engine: Engine, profile: TableProfile, question: str, privacy: Pseudonyms) -> HiddenQuestion:
    """`question` with tokens for what is personal in it, and what it names of the table. StoreError when that can't be
    read."""
    mentioned = {
        column: [value for value in values if column not in privacy.columns or not _is_plain_word(value, question)]
        for column, values in mentioned_values(engine, profile, question).items()
    }
    vocabulary = _vocabulary(profile, mentioned, privacy)
    known = find_known(engine, profile, question, vocabulary)
    named = find_headers(question, privacy.headers, vocabulary)
    pieces = {text: (privacy.headers[header], header) for text, header in named.items()}
    for column, values in mentioned.items():
        if column in privacy.columns:
            for value in values:
                privacy.hide(column, value)
    for found in known:
        values = [value for value in found.values if value not in mentioned.get(found.column, ())]
        mentioned[found.column] = [*mentioned.get(found.column, ()), *values]
        kind = privacy.columns[found.column]
        whole = found.values[0] if len(found.values) == 1 else found.text
        pieces[found.text] = (kind, whole)
    # A name within an address is not the person's own.
    addresses = [piece for piece in find_patterns(question) if piece.sure and piece.kind in _ADDRESSES]
    pieces |= {piece.text: (piece.kind, piece.text) for piece in addresses if piece.text not in pieces}
    text = _with_tokens(question, pieces, privacy)
    text = _without_forms(privacy.hide_text(text), privacy)
    text = _without_called(text, vocabulary, privacy)
    return HiddenQuestion(_without_strangers(text, vocabulary, privacy), mentioned)


def _is_plain_word(value: str, question: str) -> bool:
    """Whether a value is one ordinary word that names nobody, and the question has it without a capital: the "two" of
    "two-tailed", of a table in which a storm is called TWO."""
    word = fold(value)
    plain = _WORD.fullmatch(value) is not None and is_ordinary(word) and not is_name(word)
    return plain and all(found[0].islower() for found in _WORD.finditer(question) if fold(found[0]) == word)


def _with_tokens(text: str, pieces: Mapping[str, tuple[str, str]], privacy: Pseudonyms) -> str:
    """`text` with tokens for its pieces, the longest first: each has the kind and the value that it stands for."""
    for piece in sorted(pieces, key=len, reverse=True):
        text = swapped(text, piece, privacy.tokens.of(*pieces[piece]))
    return text


def _without_forms(text: str, privacy: Pseudonyms) -> str:
    """`text` with every personal form as a token, also those that only many together would prove in a column."""
    for piece in list(find_patterns(text)):
        if piece.text in text and not TOKEN.search(piece.text):
            text = text.replace(piece.text, privacy.tokens.of(piece.kind, piece.text))
    return text


def _without_called(text: str, vocabulary: frozenset[str], privacy: Pseudonyms) -> str:
    """`text` without what it calls a passport, a password, a login …, and without whom it honors by name."""
    called = [*find_called(text, vocabulary), *(("person_name", name) for name in honored_within(text))]
    for kind, own in called:
        if not TOKEN.search(own):
            text = swapped(text, own, privacy.tokens.of(kind, own))
    return text


def _vocabulary(profile: TableProfile, mentioned: Mapping[str, Sequence[str]], privacy: Pseudonyms) -> frozenset[str]:
    """The folded words of the table that may be shown: of headers, of categories, and of values that are named."""
    texts = [column.name for column in profile.columns if column.name not in privacy.headers]
    for column in profile.columns:
        if not column.personal:
            texts += [str(value) for value, _ in (*column.values, *column.members)]
            texts += mentioned.get(column.name, ())
            texts += [column.meaning.unit or ""]
    found = {fold(word) for text in texts for word in _WORD.findall(text.replace("_", " "))}
    found |= {fold(part) for text in texts for part in re.findall(r"[A-Z]?[^\W\d_A-Z]+", text)}
    return frozenset(found | {"".join(_WORD.findall(fold(text.replace("_", " ")))) for text in texts})


def _without_strangers(text: str, vocabulary: frozenset[str], privacy: Pseudonyms) -> str:
    """`text` with words that may name a person as tokens."""
    words = list(_words(text))
    german = sum(word.folded in words_of("German") for word in words) >= 2
    titled = sum(word.text[0].isupper() for word in words) > 0.6 * len(words) and len(words) > 3
    may_name = [_may_name(word, vocabulary, german=german, titled=titled) for word in words]
    introduced = {found.start("own") for found in _INTRODUCED.finditer(text)}
    for at, word in enumerate(words):
        if word.start in introduced and not _explained(word.folded, vocabulary):
            may_name[at] = True
        for place in _titled(text, words, at, vocabulary):
            may_name[place] = True
    for at, word in enumerate(words):
        beside = [near for near in (at - 1, at + 1) if 0 <= near < len(words) and may_name[near]]
        joined = any(_joined(text, words[min(at, near)], words[max(at, near)]) for near in beside)
        if not may_name[at] and joined and _goes_with_a_name(word, vocabulary):
            may_name[at] = True
    for run in reversed(list(_runs(text, words, may_name))):
        start, end = run[0].start, run[-1].end
        kind = "person_name" if any(is_name(word.folded) for word in run) else "unknown"
        text = text[:start] + privacy.tokens.of(kind, text[start:end]) + text[end:]
    return text


def _titled(text: str, words: Sequence[_Word], at: int, vocabulary: frozenset[str]) -> range:
    """The places of the words that the title at a place makes a name: "Mr Young", "ms. may", "Dr. van Houten"."""
    title, end = words[at], at + 1
    while end + 1 < len(words) and words[end].folded in words_of("particles"):
        end += 1
    if title.folded not in words_of("before names") or end >= len(words) or not _follow(text, words[at : end + 1]):
        return range(0)
    name, polite = words[end], title.folded in words_of("before any name")
    dotted = text[title.end : title.end + 1] == "."
    capital = title.text.istitle() and name.text.istitle() and (polite or end > at + 1)
    small = title.text.islower() and (dotted or title.folded != "ms") and is_name(name.folded)
    if not _explained(name.folded, vocabulary) or capital or (polite and small):
        return range(at + 1, end + 1)
    return range(0)


def _follow(text: str, words: Sequence[_Word]) -> bool:
    """Whether nothing but blanks, and a point behind the first, stands between words."""
    return all(text[one.end : two.start].strip(" ") in ("", ".") for one, two in pairwise(words))


def _words(text: str) -> Iterator[_Word]:
    for found in _WORD.finditer(text):
        start, end = found.span()
        if _touches(text, start - 1) or _touches(text, end):
            continue  # of a code, a number with a unit or a token
        bare = re.sub(r"[’'](?:s|S)?$", "", found[0])
        before = text[:start].rstrip(" \"'“‘(*-#>")
        yield _Word(start, start + len(bare), bare, not before or before[-1] in _SENTENCE_END)


def _touches(text: str, place: int) -> bool:
    return 0 <= place < len(text) and (text[place].isdigit() or text[place] in "_@")


def _may_name(word: _Word, vocabulary: frozenset[str], *, german: bool, titled: bool) -> bool:
    """Whether a word alone is to be hidden: a name, or a capitalized word that nothing explains."""
    folded, text = word.folded, word.text
    parts = [part for part in re.split(r"[-’']", folded) if len(part) > 1]
    if len(folded) < 2:
        return False
    if _is_called(word, vocabulary) and not (german or titled):
        return True
    if _explained(folded, vocabulary) or all(_explained(part, vocabulary) for part in parts):
        return False
    known = any(is_name(part) for part in parts)
    if text.islower():
        return text.isascii() and (
            (len(folded) > 2 and folded in given_names()) or _is_small_surname(folded, vocabulary)
        )
    if not text[0].isupper() and text[0].lower() != text[0].upper():
        return False
    if text.isupper() and len(text) <= _MOST_CAPITALS:
        return known and len(text) > 2
    if re.search(r"[a-z][A-Z]", text) and not re.match(r"(?:Mc|Mac|De|Di|La|Le|Van|Fitz|O)[A-Z]", text):
        return False
    if text[0].lower() == text[0].upper():
        return known  # a script without capitals
    unclear = german or (word.opens and (not text.isascii() or difflib.get_close_matches(folded, _ASKING, 1, 0.75)))
    return known or not unclear


def _is_small_surname(word: str, vocabulary: frozenset[str]) -> bool:
    """Whether a word in small letters is a family name, alone or behind an initial ("jcarter"), and no slip of a word
    of the table or of questions."""
    if len(word) < _SMALL_SURNAME or not (word in surnames() or (len(word) > _SMALL_SURNAME and is_name(word[1:]))):
        return False
    return not difflib.get_close_matches(word, [*vocabulary, *_ASKING], 1, 0.75)


def _is_called(word: _Word, vocabulary: frozenset[str]) -> bool:
    """Whether an ordinary word that is a given name too is written as one: a capital within the sentence."""
    capital = word.text[0].isupper() and word.text[1:].islower() and not word.opens
    known = word.folded in places() or word.folded in vocabulary or word.folded in table_words()
    return capital and word.folded in given_names() and not known


def _explained(word: str, vocabulary: frozenset[str]) -> bool:
    if word in vocabulary or is_ordinary(word) or word in places() or word in table_words():
        return True
    stem = word[:-1] if word.endswith("s") else f"{word}s"
    return stem in vocabulary


def _goes_with_a_name(word: _Word, vocabulary: frozenset[str]) -> bool:
    """Whether a word beside a name is part of it though it is a word of its own: "Mark Quixley", "Anna Page", "van"."""
    if word.folded in vocabulary:
        return False
    if word.text.islower():
        known = word.folded in vocabulary or is_ordinary(word.folded)
        return word.folded in words_of("particles") or (word.text.isascii() and not known and len(word.text) > 2)
    strange = is_name(word.folded) or not _explained(word.folded, vocabulary)
    return (strange and not word.opens) or (word.opens and word.folded in given_names())


def _joined(text: str, one: _Word, other: _Word) -> bool:
    """Whether two words may be one name: "Dr. Kimmel", but no word that ends a sentence with the next one's first."""
    between = text[one.end : other.start]
    return re.fullmatch(r",? |-", between) is not None or (between == ". " and one.text[0].isupper())


def _runs(text: str, words: Sequence[_Word], may_name: Sequence[bool]) -> Iterator[list[_Word]]:
    """Neighboring words that make one name; an initial belongs to the name beside it."""
    run: list[_Word] = []
    for word, named in zip(words, may_name, strict=True):
        initial = len(word.text) == 1 and word.text.isupper() and word.text not in "AI" and bool(run)
        if run and not ((named or initial) and _joined(text, run[-1], word)):
            yield run
            run = []
        if named:
            run.append(word)
    if run:
        yield run
