"""Values of text columns that a question names: what lets "in the Lyon branch" become a filter."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase, digits

from analyst.core.errors import StoreError
from analyst.core.quoting import literal, quoted
from analyst.core.text import fold
from analyst.engine.errors import EngineError
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile, TableProfile

MAX_WORDS = 8
"""Words of the longest value that is looked for."""
MAX_VALUES = 10
"""Values of one column that are told."""
_MAX_QUESTION_WORDS = 400
_LETTERS = frozenset(ascii_lowercase + digits)
_STOP = frozenset(
    """
    a an the in on of or and to by for with from is are was were be been has have had do does did which what who whom
    whose where when why how many much more most less least than then that this these those it its there their our your
    my we you i me us he she they them no not any all each every per at as into over under between about if so but can
    could should would will may might must show give tell list find me please get data table column row rows columns
    value values der die das und oder in im von zu mit für le la les de du des et ou un une dans pour avec el los las
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True)
class _Span:
    """Words `start` to `end` of the question, as they would be written in a value."""

    start: int
    end: int
    surface: str


def mentioned_values(engine: Engine, profile: TableProfile, question: str) -> dict[str, list[str]]:
    """For each text column the values that `question` names as whole words: case, accents and plurals don't matter.

    Of overlapping values the longest counts; at most MAX_VALUES a column. StoreError when the table can't be read.
    """
    spans = _spans(question)
    if not spans:
        return {}
    hits: list[tuple[str, str, _Span]] = []
    for column in profile.columns:
        if column.kind == "text" and column.distinct:
            hits += [(column.name, value, span) for value, span in _hits(engine, column, spans)]
    found: dict[str, list[str]] = {}
    for column_name, value, span in hits:
        if not any(_inside(span, other) for _, _, other in hits) and len(found.get(column_name, ())) < MAX_VALUES:
            found.setdefault(column_name, []).append(value)
    return found


def folded(text: str) -> str:
    """Lower case without accents, every run of signs one space: how values and questions are compared."""
    return re.sub(r"[^\w]+|_", " ", fold(text)).strip()


def _spans(question: str) -> dict[str, list[_Span]]:
    """Every run of words of the question, under each spelling that a value may have."""
    surface = re.findall(r"[\w]+", question.replace("_", " "))[:_MAX_QUESTION_WORDS]
    words = [folded(word) for word in surface]
    spans: dict[str, list[_Span]] = {}
    for start in range(len(words)):
        for end in range(start + 1, min(start + MAX_WORDS, len(words)) + 1):
            phrase = words[start:end]
            if len(phrase) == 1 and not _worth(surface[start], words[start], start):
                continue
            span = _Span(start, end, " ".join(surface[start:end]))
            for last in _numbers(phrase[-1]):
                spans.setdefault(" ".join([*phrase[:-1], last]), []).append(span)
    return spans


def _worth(surface: str, word: str, place: int) -> bool:
    """Whether a word alone may be a value: no function word; a single letter only as a capital within the question."""
    if len(word) == 1:
        return surface.isdigit() or (surface.isupper() and place > 0 and surface != "I")
    return word not in _STOP


def _numbers(word: str) -> set[str]:
    """A word in its singular and plural spellings."""
    forms = {word, word + "s"}
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        forms.add(word[:-1])
    if len(word) > 4 and word.endswith("es"):
        forms.add(word[:-2])
    if len(word) > 4 and word.endswith("ies"):
        forms.add(word[:-3] + "y")
    if len(word) > 2 and word.endswith("y"):
        forms.add(word[:-1] + "ies")
    return forms


def _hits(engine: Engine, column: ColumnProfile, spans: dict[str, list[_Span]]) -> list[tuple[str, _Span]]:
    """The column's values that are in the question, with where they are."""
    hits = []
    for value in _candidates(engine, column, list(spans)):
        longest = max(spans.get(folded(value), ()), key=lambda span: span.end - span.start, default=None)
        if longest is not None and _same_capitals(value, longest):
            hits.append((value, longest))
    return hits


def _same_capitals(value: str, span: _Span) -> bool:
    return len(value.strip()) > 1 or value.strip() == span.surface


def _candidates(engine: Engine, column: ColumnProfile, phrases: Sequence[str]) -> list[str]:
    if column.members:
        return [value for value, _ in column.members]
    if column.distinct == len(column.values):
        return [str(value) for value, _ in column.values]
    longest = 2 * max(map(len, phrases)) + 10
    cell = quoted(column.name)
    # What ends in a letter or digit that no phrase ends in need not be compared: of most columns nearly all.
    others = _LETTERS.difference(phrase[-1:] for phrase in phrases)
    sql = (
        f"SELECT v FROM (SELECT {cell} AS v, count(*) AS n FROM data"
        f" WHERE length({cell}) <= {longest} AND NOT contains({literal(''.join(sorted(others)))}, lower({cell}[-1]))"
        f" GROUP BY {cell})"
        " WHERE list_contains($1, trim(regexp_replace(strip_accents(lower(v)), '[^\\pL\\pN]+', ' ', 'g')))"
        " ORDER BY n DESC, v LIMIT 200"
    )
    try:
        return [row[0] for row in engine.rows(sql, [list(phrases)])]
    except EngineError as error:
        raise StoreError(
            f"The table can't be read: {str(error).splitlines()[0]}.", "Run the analysis again."
        ) from error


def _inside(span: _Span, other: _Span) -> bool:
    """Whether `other` covers `span` and more."""
    return other.start <= span.start and span.end <= other.end and other.end - other.start > span.end - span.start
