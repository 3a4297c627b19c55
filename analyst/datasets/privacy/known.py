"""What a question names of a table's personal columns, in any spelling: parts of names, numbers parted otherwise."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyst.core.errors import StoreError
from analyst.core.quoting import quoted
from analyst.core.text import fold
from analyst.datasets.privacy.lexicon import is_name, is_ordinary, table_words, words_of
from analyst.engine.errors import EngineError
from analyst.engine.interface import Engine
from analyst.protocol.lexicon import STOP
from analyst.protocol.table import ColumnProfile, TableProfile

MOST_VALUES = 10
"""Values of a column that one part of a question may stand for."""
_MOST_WORDS, _MOST_READ = 200, 200
_WORD = re.compile(r"[^\W_]+")
_JOINT = re.compile(r"[ ,.\-'’\u00a0]{0,3}")
"""What may stand between two words of one name."""
_CODE = re.compile(r"[^\W_](?:[ .\-/()+:,*@\u00a0]{0,2}[^\W_]){2,39}")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f\u0900-\u0dff]")
_SPELLINGS = (
    *(("æ", "ae"), ("œ", "oe"), ("ø", "o"), ("ß", "ss"), ("ð", "d"), ("đ", "d"), ("þ", "th"), ("ł", "l"), ("ı", "i")),
    *(("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a")),
)
"""Under what names are compared, in this order: letters without a base in Unicode, and those that Germans and Danes
write in two for want of a key, are the same as their plain ones."""
_TIES = "['’`\\-]"
"""Signs within a name that are left out as often as not."""
_EAST_ASIAN_NAME = "^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3 ]{3,6}$"
_SHORT = 3
"""Letters: behind so short a word an "s" may be its own."""
_BY_WORDS = ("person_name", "handle", "address")
"""Kinds that are looked for by their words; the others by their signs, whatever parts them."""
_CODE_WORDS = 8
_LAST_DIGITS = 8
"""The last digits of a telephone number, which it has with its country's code and without."""


@dataclass(frozen=True)
class Known:
    """`text` of the question stands for one of `values` of `column`."""

    column: str
    text: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class _Word:
    start: int
    end: int
    text: str

    @property
    def folded(self) -> str:
        return fold(self.text)

    @property
    def key(self) -> str:
        return _key(self.text)

    @property
    def is_initial(self) -> bool:
        return len(self.text) == 1 and self.text.isascii()


@dataclass(frozen=True)
class _Asked:
    """A question's words; `vocabulary` are folded words that the table shows of itself."""

    question: str
    words: tuple[_Word, ...]
    vocabulary: frozenset[str]

    def text(self, span: tuple[int, int]) -> str:
        return self.question[self.words[span[0]].start : self.words[span[1] - 1].end]

    def runs(self, own: frozenset[str], *, alone: bool) -> Iterator[tuple[int, int]]:
        """Neighboring words that all are among `own`, or initials of them; `alone`: a single word will do."""
        start = 0
        while start < len(self.words):
            end = start
            while end < len(self.words) and self._continues(start, end, own):
                end += 1
            while end > start and self.words[end - 1].is_initial and self.words[end - 1].text.islower():
                end -= 1
            whole = [word for word in self.words[start:end] if not word.is_initial]
            telling = [word for word in whole if word.folded not in STOP]
            if (len(whole) > 1 and telling) or (whole and (alone or end - start > 1) and self._stands_alone(whole[0])):
                yield start, end
            start = max(end, start + 1)

    def _continues(self, start: int, at: int, own: frozenset[str]) -> bool:
        word = self.words[at]
        between = self.question[self.words[at - 1].end : word.start] if at > start else ""
        known = word.key in own or (word.is_initial and any(part.startswith(word.key) for part in own))
        return known and _JOINT.fullmatch(between) is not None

    def _stands_alone(self, word: _Word) -> bool:
        """Whether a single word is enough to name somebody: no ordinary one, unless it has a capital on purpose."""
        if len(word.folded) < 2 or word.folded in self.vocabulary or word.folded in table_words():
            return False
        capital = word.text[0].isupper() and word.start > 0
        return not is_ordinary(word.folded) or (capital and (is_name(word.folded) or not self._opens(word)))

    def _opens(self, word: _Word) -> bool:
        """Whether a word begins a sentence: there its capital tells nothing."""
        before = self.question[: word.start].rstrip(" \"'“‘(*-#>{")
        return not before or before[-1] in ".?!:;\n•"


def find_known(engine: Engine, profile: TableProfile, question: str, vocabulary: frozenset[str]) -> list[Known]:
    """The parts of `question` that stand for values of personal columns. StoreError when the table can't be read."""
    asked, found = _asked(question, vocabulary), list[Known]()
    for column in profile.columns:
        if column.personal in _BY_WORDS and column.kind == "text":
            found += _by_words(engine, column, asked)
            found += _unspaced(engine, column, question)
        elif column.personal:
            found += _by_signs(engine, column, question)
    return found


def find_headers(question: str, headers: Iterable[str], vocabulary: frozenset[str]) -> dict[str, str]:
    """The parts of `question` that name one of the personal `headers`, by their words alone, and the header of each."""
    asked = _asked(question, vocabulary)
    found: dict[str, set[str]] = {}
    for header in headers:
        for start, end in asked.runs(_parts(header), alone=True):
            if not all(is_ordinary(word.folded) for word in asked.words[start:end]):
                found.setdefault(asked.text((start, end)), set()).add(header)
    return {text: next(iter(named)) for text, named in found.items() if len(named) == 1}


def _asked(question: str, vocabulary: frozenset[str]) -> _Asked:
    words = [_Word(*word.span(), word[0]) for word in _WORD.finditer(question)][:_MOST_WORDS]
    return _Asked(question, tuple(words), vocabulary)


def _by_words(engine: Engine, column: ColumnProfile, asked: _Asked) -> list[Known]:
    """Runs of the question's words that are all words of one value; the longest where they overlap."""
    found: dict[tuple[int, int], list[str]] = {}
    for value in _holding_words(engine, column, asked):
        own = _parts(value) - words_of("titles")
        for span in asked.runs(own, alone=column.personal != "address"):
            found.setdefault(span, []).append(value)
    spans = [span for span in found if not any(_inside(span, other) for other in found)]
    return [Known(column.name, asked.text(span), tuple(found[span][:MOST_VALUES])) for span in spans]


def _inside(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def _key(text: str) -> str:
    """`text` without case, accents and what else is written in more than one way."""
    text = fold(text)
    for written, plain in _SPELLINGS:
        text = text.replace(written, plain)
    return text


def _parts(value: str) -> frozenset[str]:
    """The keys of the words of a name, of those that a sign ties as one, of all as one ("jamescarter"), and with the
    "s" of what is theirs."""
    split = [_key(word) for word in _WORD.findall(value)]
    words = {*split, *(_key(word) for word in _WORD.findall(re.sub(_TIES, "", value)))}
    words.add("".join(split))
    return frozenset(words | {f"{word}s" for word in words if len(word) > _SHORT})


def _holding_words(engine: Engine, column: ColumnProfile, asked: _Asked) -> list[str]:
    """The values that hold words of the question, those with the most of them first."""
    keys = {word.key for word in asked.words if _may_be_part(word)}
    parts = sorted(keys | {key[:-1] for key in keys if key.endswith("s") and len(key) > _SHORT + 1})
    cell = quoted(column.name)
    plain = f"strip_accents(lower({cell}))"
    for written, bare in _SPELLINGS:
        plain = f"replace({plain}, '{written}', '{bare}')"
    tied = f"regexp_replace({plain}, '{_TIES.replace(chr(39), chr(39) * 2)}', '', 'g')"
    split = [f"string_split(regexp_replace({text}, '[^\\pL\\pN]+', ' ', 'g'), ' ')" for text in (plain, tied)]
    joined = f"regexp_replace({plain}, '[^\\pL\\pN]+', '', 'g')"
    shared = f"len(list_intersect(list_concat({split[0]}, {split[1]}, [{joined}]), $1))"
    return _values(engine, column, f"length({cell}) <= 200 AND {shared} > 0", [parts], shared) if parts else []


def _may_be_part(word: _Word) -> bool:
    if len(word.folded) < 2 or word.folded.isdigit():
        return False
    return word.text[0].isupper() or is_name(word.folded) or not is_ordinary(word.folded)


def _unspaced(engine: Engine, column: ColumnProfile, question: str) -> list[Known]:
    """Values in scripts that put no space between words, anywhere in the question; also a surname or given name of two
    signs."""
    if not _UNSPACED.search(question):
        return []
    cell = quoted(column.name)
    ends = " OR ".join(f"contains($1, {end}({cell}, 2))" for end in ("left", "right"))
    partly = f"regexp_matches({cell}, '{_EAST_ASIAN_NAME}') AND ({ends})"
    held = _values(
        engine, column, f"length({cell}) BETWEEN 2 AND 20 AND (contains($1, {cell}) OR ({partly}))", [question]
    )
    found: dict[str, list[str]] = {}
    for value in held:
        # A Chinese surname and the first sign of a given name may begin another one's.
        parts = (value, value[:2], value[-2:]) if len(value) > _SHORT else (value, value[-2:])
        if part := next((part for part in parts if part in question), None):
            found.setdefault(part, []).append(value)
    return [Known(column.name, text, tuple(values[:MOST_VALUES])) for text, values in found.items()]


def _by_signs(engine: Engine, column: ColumnProfile, question: str) -> list[Known]:
    """Values whose letters and digits stand in the question, whatever parts them there."""
    written = {_bare(text): text for text in _codes(question)}
    if not written:
        return []
    bare = f"regexp_replace(lower({quoted(column.name)}::VARCHAR), '[^\\pL\\pN]', '', 'g')"
    condition, given = f"list_contains($1, {bare})", [sorted(written)]
    ends = {text[-_LAST_DIGITS:]: text for text in written if len(text) >= _LAST_DIGITS and text.isdigit()}
    if column.personal == "phone":
        condition += f" OR list_contains($2, right({bare}, {_LAST_DIGITS}))"
        given.append(sorted(ends))
    values = [(value, _bare(value)) for value in _values(engine, column, condition, given)]
    return [
        Known(column.name, written[own if own in written else ends[own[-_LAST_DIGITS:]]], (value,))
        for value, own in values
    ]


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())


def _codes(question: str) -> Iterator[str]:
    """Every run of neighboring words that may be a number or code: one with digits, or a single long word."""
    for run in _CODE.finditer(question):
        words = [word.span() for word in _WORD.finditer(run[0])]
        for start in range(len(words)):
            for end in range(start, min(start + _CODE_WORDS, len(words))):
                text = run[0][words[start][0] : words[end][1]]
                if sum(char.isdigit() for char in text) >= 3 or (start == end and len(text) > 3):
                    yield text


def _values(
    engine: Engine, column: ColumnProfile, condition: str, given: Sequence[object], best: str = "0"
) -> list[str]:
    cell = quoted(column.name)
    sql = (
        f"SELECT {cell}::VARCHAR AS v FROM data WHERE {cell} IS NOT NULL AND ({condition})"
        f" GROUP BY v ORDER BY max({best}) DESC, count(*) DESC, v LIMIT {_MOST_READ}"
    )
    try:
        return [str(row[0]) for row in engine.rows(sql, given)]
    except EngineError as error:
        reason = str(error).splitlines()[0]
        raise StoreError(f"The table can't be read: {reason}.", "Run the analysis again.") from error
