"""What a question names of a table's personal columns, in any spelling: parts of names, numbers parted otherwise."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyst.core.errors import StoreError
from analyst.core.quoting import quoted
from analyst.core.text import fold
from analyst.datasets.privacy.lexicon import is_name, is_ordinary, words_of
from analyst.engine.errors import EngineError
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile, TableProfile

MOST_VALUES = 10
"""Values of a column that one part of a question may stand for."""
_MOST_WORDS = 200
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"[^\W_](?:[ .\-/()+:,*@\u00a0]{0,2}[^\W_]){2,39}")
_NAMED = ("person_name", "handle", "address", "email")
"""Kinds that are looked for by their words; the others by their signs without what parts them."""
_SUFFIX_DIGITS = 8
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
    folded: str


def find_known(engine: Engine, profile: TableProfile, question: str, vocabulary: frozenset[str]) -> list[Known]:
    """The parts of `question` that stand for values of personal columns. StoreError when the table can't be read.

    An ordinary word, or one of the table's open words, stands for a name only where it is capitalized in a sentence and
    beside another of its words.
    """
    words = [_Word(*w.span(), w[0], fold(w[0])) for w in _WORD.finditer(question)][:_MOST_WORDS]
    found: list[Known] = []
    for column in profile.columns:
        if column.personal in _NAMED and column.kind == "text":
            found += _by_words(column, question, words, _holding_words(engine, column, words), vocabulary)
            found += _within(engine, column, question)
        elif column.personal:
            found += _by_signs(engine, column, question)
    return found


def _by_words(
    column: ColumnProfile, question: str, words: Sequence[_Word], values: Sequence[str], vocabulary: frozenset[str]
) -> list[Known]:
    """Runs of the question's words that are all words (or initials) of one value."""
    parts = {value: frozenset(_parts(value)) for value in values}
    found: dict[tuple[int, int], list[str]] = {}
    for value, own in parts.items():
        for start, end in _runs(words, question, own, vocabulary):
            found.setdefault((start, end), []).append(value)
    spans = [span for span in found if not any(_inside(span, other) for other in found)]
    return [
        Known(column.name, question[words[start].start : words[end - 1].end], tuple(found[start, end][:MOST_VALUES]))
        for start, end in spans
    ]


def _runs(
    words: Sequence[_Word], question: str, own: frozenset[str], vocabulary: frozenset[str]
) -> list[tuple[int, int]]:
    initials = {part[0] for part in own}
    runs, start = [], 0
    while start < len(words):
        end = start
        while end < len(words) and (
            words[end].folded in own or (len(words[end].text) == 1 and words[end].folded in initials)
        ):
            if end > start and not re.fullmatch(
                r"[ ,.\-'’\u00a0]{0,3}", question[words[end - 1].end : words[end].start]
            ):
                break
            end += 1
        while end > start and len(words[end - 1].text) == 1 and words[end - 1].text.islower():
            end -= 1
        run = words[start:end]
        full = [word for word in run if len(word.folded) > 1 or not word.text.isascii()]
        if full and (len(full) > 1 or _stands_alone(full[0], vocabulary)):
            runs.append((start, end))
        start = max(end, start + 1)
    return runs


def _stands_alone(word: _Word, vocabulary: frozenset[str]) -> bool:
    """Whether a single word is enough to name somebody: no ordinary one, but for one that is capitalized on purpose."""
    if len(word.folded) < 2 or word.folded in vocabulary:
        return False
    return not is_ordinary(word.folded) or (word.text[0].isupper() and word.start > 0)


def _may_be_part(word: _Word) -> bool:
    if len(word.folded) < 2 or word.folded.isdigit():
        return False
    return word.text[0].isupper() or is_name(word.folded) or not is_ordinary(word.folded)


def _parts(value: str) -> list[str]:
    return [part for part in (fold(word) for word in _WORD.findall(value)) if part not in words_of("titles")]


def _inside(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def _holding_words(engine: Engine, column: ColumnProfile, words: Sequence[_Word]) -> list[str]:
    """The values that hold one of the question's words as a word."""
    asked = sorted({word.folded for word in words if _may_be_part(word)})
    cell = quoted(column.name)
    plain = f"trim(regexp_replace(strip_accents(lower({cell})), '[^\\pL\\pN]+', ' ', 'g'))"
    condition = f"length({cell}) <= 200 AND list_has_any(string_split({plain}, ' '), $1)"
    return _values(engine, column, condition, [asked]) if asked else []


def _within(engine: Engine, column: ColumnProfile, question: str) -> list[Known]:
    """Values in scripts that put no space between words, anywhere in the question."""
    if not re.search(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]", question):
        return []
    cell = quoted(column.name)
    bare = f"replace({cell}, ' ', '')"
    held = _values(
        engine, column, f"length({bare}) BETWEEN 2 AND 20 AND contains($1, {bare})", [question.replace(" ", "")]
    )
    return [Known(column.name, value, (value,)) for value in held if value in question]


def _by_signs(engine: Engine, column: ColumnProfile, question: str) -> list[Known]:
    """Values whose letters and digits stand in the question, whatever parts them there."""
    written = {_bare(text): text for text in _codes(question)}
    if not written:
        return []
    bare = f"regexp_replace(lower({quoted(column.name)}::VARCHAR), '[^\\pL\\pN]', '', 'g')"
    condition = f"list_contains($1, {bare})"
    asked = [sorted(written)]
    if column.personal == "phone":
        ends = sorted({text[-_SUFFIX_DIGITS:] for text in written if len(text) >= _SUFFIX_DIGITS and text.isdigit()})
        condition += f" OR (length({bare}) >= {_SUFFIX_DIGITS} AND list_contains($2, right({bare}, {_SUFFIX_DIGITS})))"
        asked.append(ends)
    found = []
    for value in _values(engine, column, condition, asked):
        own = _bare(value)
        text = written.get(own) or next(
            t for bare_, t in written.items() if bare_[-_SUFFIX_DIGITS:] == own[-_SUFFIX_DIGITS:]
        )
        found.append(Known(column.name, text, (value,)))
    return found


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())


def _codes(question: str) -> Iterable[str]:
    """Every run of neighboring words that may be a number or code: one with a digit, parted by few signs."""
    for run in _CODE.finditer(question):
        words = [word.span() for word in _WORD.finditer(run[0])]
        for start in range(len(words)):
            for end in range(start, min(start + 8, len(words))):
                text = run[0][words[start][0] : words[end][1]]
                if sum(char.isdigit() for char in text) >= 3 or (start == end and len(text) > 3):
                    yield text


def _values(engine: Engine, column: ColumnProfile, condition: str, asked: Sequence[object]) -> list[str]:
    cell = quoted(column.name)
    sql = (
        f"SELECT {cell}::VARCHAR AS v FROM data WHERE {cell} IS NOT NULL AND ({condition})"
        " GROUP BY v ORDER BY count(*) DESC, v LIMIT 200"
    )
    try:
        return [str(row[0]) for row in engine.rows(sql, asked)]
    except EngineError as error:
        raise StoreError(
            f"The table can't be read: {str(error).splitlines()[0]}.", "Run the analysis again."
        ) from error
