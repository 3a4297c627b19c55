"""What a case expects, read from the words of whoever wrote it: figures, groups, names, or that something is told.

What can't be read stays `Eye`: a person must look, and no code guesses. Shares nothing with the product.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A number as written: a whole one is exact, one with decimals is rounded. A share may be told in percent."""

    value: float
    whole: bool = False


@dataclass(frozen=True)
class Figures:
    """Several numbers of which it is not said whether all are needed: all are right, none is wrong, some are unclear."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Record:
    """Names (or dates) and figures that stand together in one row or in the answer."""

    names: tuple[str, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Groups:
    """For each group (its keys) the figures of which one must stand in its row."""

    rows: Mapping[tuple[str, ...], tuple[Figure, ...]]


@dataclass(frozen=True)
class Names:
    """What the first rows of the result name, in any order."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Other:
    """A result led by anything but this name; what else leads it a person must judge."""

    name: str


@dataclass(frozen=True)
class Periods:
    """A series of so many periods."""

    count: int


@dataclass(frozen=True)
class Clock:
    """A duration or a time of day: without one the answer is wrong, and with one a person must look."""


@dataclass(frozen=True)
class Told:
    """The reader must be told; `words` are what it is about, as stems. None: being told anything at all."""

    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Clear:
    """An error that says what to do; its message holds one of `words` where there are any."""

    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Eye:
    """Only a person can tell."""


@dataclass(frozen=True)
class AnyOf:
    """One of these is enough."""

    parts: tuple[Expectation, ...]


@dataclass(frozen=True)
class AllOf:
    """All of these are needed."""

    parts: tuple[Expectation, ...]


Expectation = Figure | Figures | Record | Groups | Names | Other | Periods | Clock | Told | Clear | Eye | AnyOf | AllOf

_NUMBER = r"-?\d+(?:\.\d+)?"
_TELLING = r"(?:said|told|warn(?:ing)?)"
_STOP = re.compile(
    "(?:the|and|not|all|sum|that|they|this|which|have|has|from|their|with|must|said|told|tell|warn|warning|once|per|order|"
    "says|cannot|know|rows?|columns?|without|silently|meant|being|error|clear|are|differ|for|more|than|file|other|values|"
    "stored)"
)
"""Words of an expectation that don't say what must be told."""
_CLOCK = re.compile(r"(?:h+:mm(?::ss)?|mm:ss|clock time)")
_NUMPY = re.compile(r"np\.\w+\(([^()]*)\)")


def expectation(written: object) -> Expectation:
    """What `written` (a case's `expected`: a number, groups, a literal, words) asks for."""
    if written is None or written == "":
        return Eye()
    if isinstance(written, str):
        return _of_text(written.strip())
    return _of_value(written)


def stems(text: str) -> frozenset[str]:
    """The content words of `text`, cut to five letters."""
    return frozenset(word[:5] for word in re.findall(r"[^\W\d_]{3,}", text.casefold()) if not _STOP.fullmatch(word))


def _of_text(text: str) -> Expectation:
    """A literal where it is one, else its clauses: alternatives, and what must be told beside a value."""
    found, value = _literal(text)
    if found:
        return _of_value(value)
    if text.startswith("clear"):
        return Clear(stems(text.partition(":")[2]))
    if re.match(r"(?:said|told)\b", text) and " or " not in text:
        return Told(stems(re.split(r"[;\d]", text)[0]))
    parts = [part for part in re.split(r",?;? \(?or (?=said|told|warn|clear|unpaid|count|\d)", text) if part]
    if len(parts) > 1:
        return AnyOf(tuple(_of_text(part.rstrip(")")) for part in parts))
    return _of_clause(text)


def _of_clause(text: str) -> Expectation:
    if found := re.fullmatch(r"must not .*?(\{.*\})", text):
        return AnyOf((_of_text(found[1]), Told(stems(text.partition("{")[0]))))
    if found := re.fullmatch(rf"(.*\d.*?)(?::|; | with a )(.*\b{_TELLING}\b.*)", text):
        return AllOf((_any_number(found[1]), Told(stems(found[2]))))
    if re.search(rf"\b{_TELLING}\b", text):
        return Told(stems(text))
    if _CLOCK.search(text):
        return Clock()
    if found := re.match(r"(\d+) (?:days|weeks|months|quarters|years)\b", text):
        return Periods(int(found[1]))
    return _of_words(text)


def _of_words(text: str) -> Expectation:
    """Figures and names without a verb: the first form that fits."""
    return next((found for form in _FORMS if (found := form(text))), Eye())


def _ranked(text: str) -> Expectation | None:
    """Capitalized names, each with its figure (`Wren 4, Gram 11`); None unless that is all of the text."""
    found = re.findall(rf"([A-Z]\w*) ({_NUMBER}),?", text)
    if not found or re.sub(rf"[A-Z]\w* {_NUMBER},?\s*", "", text).strip():
        return None
    rows: dict[tuple[str, ...], tuple[Figure, ...]] = {(name,): (_figure(number),) for name, number in found}
    return AllOf((Names(tuple(name for name, _ in found)), Groups(rows)))


def _any_number(text: str) -> Expectation:
    """One of the figures in `text`; a number of rows is not one."""
    return AnyOf(tuple(map(_figure, _numbers(text))))


def _numbers(text: str) -> list[str]:
    return re.findall(rf"(?<![\w.]){_NUMBER}(?![\d.]| rows)", text)


def _literal(text: str) -> tuple[bool, object]:
    """Whether `text` is a Python literal (NumPy's wrappers taken off), and its value."""
    try:
        return True, ast.literal_eval(_NUMPY.sub(r"\1", text))
    except (ValueError, SyntaxError):
        return False, None


def _of_value(value: object) -> Expectation:
    if isinstance(value, bool):
        return Eye()
    if isinstance(value, (int, float)):
        return _figure(value)
    if isinstance(value, Mapping):
        return _of_mapping(value)
    return _of_list(value) if isinstance(value, Sequence) and not isinstance(value, str) else Eye()


def _of_mapping(value: Mapping[object, object]) -> Expectation:
    """Groups; a record where a value is text; further groups within it are left out."""
    flat = {key: item for key, item in value.items() if not isinstance(item, Mapping)}
    figures = {key: _figures_of(item) for key, item in flat.items()}
    if all(figures.values()):
        return Groups({tuple(map(str, key if isinstance(key, tuple) else (key,))): figures[key] for key in figures})
    told = tuple(str(item) for key, item in flat.items() if not figures[key])
    return Record(told, tuple(figure for found in figures.values() for figure in found))


def _of_list(value: Sequence[object]) -> Expectation:
    """A list of records, a record, or figures; words between them say what they are."""
    pairs = {item[0]: item[1] for item in value if isinstance(item, (list, tuple)) and len(item) == 2}
    if value and len(pairs) == len(value):
        return _of_mapping(pairs)
    dates = tuple(str(item) for item in value if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(item)))
    figures = tuple(figure for item in value for figure in _figures_of(item))
    if dates:
        return Record(dates, figures)
    if any(isinstance(item, Mapping) for item in value):
        return _one_or_more(tuple(_of_value(item) for item in value))
    return Figures(figures) if figures else Eye()


def _one_or_more(parts: tuple[Expectation, ...]) -> Expectation:
    """Several answers of which it is not said whether all are needed: one of them is for a person to judge."""
    return AnyOf((AllOf(parts), *(AllOf((part, Eye())) for part in parts)))


def _figures_of(item: object) -> tuple[Figure, ...]:
    """The figure, or several of which one will do; none for text that does not begin with a number."""
    if isinstance(item, (list, tuple)):
        return tuple(figure for one in item for figure in _figures_of(one))
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        return (_figure(item),)
    found = re.match(rf"({_NUMBER})%?(?: \(|$)", item) if isinstance(item, str) else None
    return (_figure(found[1]),) if found else ()


def _figure(written: float | int | str) -> Figure:
    return Figure(float(written), whole="." not in str(written))


def _form(pattern: str, read: Callable[[re.Match[str]], Expectation]) -> Callable[[str], Expectation | None]:
    """What `read` makes of a text that is wholly of this form; None for any other."""
    return lambda text: read(found) if (found := re.fullmatch(pattern, text)) else None


_FORMS: Sequence[Callable[[str], Expectation | None]] = (
    _form(rf"({_NUMBER}) ?-> ?({_NUMBER})", lambda m: Record((), (_figure(m[1]), _figure(m[2])))),
    _form(r"(\{.*\})[^{}]+", lambda m: _of_text(m[1])),
    _form(r'not "?([A-Z][\w ]*)"?', lambda m: Other(m[1])),
    _form(rf".*\blast ({_NUMBER})", lambda m: _figure(m[1])),
    _form(r"\d+: ((?:[A-Z]\w* ?)+)", lambda m: Names(tuple(m[1].split()))),
    _form(rf"([\d-]{{10}}), ?({_NUMBER})", lambda m: Record((m[1],), (_figure(m[2]),))),
    _ranked,
    _form(rf"({_NUMBER})%?(?: ?[=(].*| (?:over|once) .*)?", lambda m: _figure(m[1])),
    _form(rf"\w+ ({_NUMBER})", lambda m: _figure(m[1])),
    _form(rf"\w+ {_NUMBER}(?:, \w+ {_NUMBER})+", lambda m: Figures(tuple(map(_figure, _numbers(m[0]))))),
    _form(r"[A-Z]\w*(?:, [A-Z]\w*)*", lambda m: Names(tuple(m[0].split(", ")))),
)
"""Ways to write an expectation without a verb, the more particular first."""
