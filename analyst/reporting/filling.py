"""The only way that numbers get into prose: references are filled from the evidence, everything else is checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from analyst.core.errors import ReplyError
from analyst.protocol.asked_fields import truth_words
from analyst.protocol.claims import claims
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.number_check import NOTHING_KNOWN, Checked, Question, joins, stray_numbers, unsupported
from analyst.protocol.numerals import scaled
from analyst.protocol.references import next_opening
from analyst.protocol.results import Grounding
from analyst.reporting.direction import Direction, contradicts, direction, moved
from analyst.reporting.known import known, support
from analyst.reporting.numbers import as_list, clean_text, has_digit
from analyst.reporting.resolving import Resolved, UnresolvedError, resolve

_REFERENCE = "\ufffc"
"""Stands for a reference in the text around it: no digit, no letter, no sign."""
NO_UNITS: Mapping[str, str] = MappingProxyType({})
_FIX = "write what happened, or cite the other value"
_SENTENCE_END = re.compile(r"[.!?]\s+$")


@dataclass(frozen=True)
class Citation:
    """One number in prose and where it comes from. `value` is raw (a tuple for a list), `shown` as written.

    `step` is the plan's step that computed the table; `sql` its statement, if it was one; `numbers` how many numbers
    are shown (a list shows several, a word none).
    """

    reference: str
    table: str
    field: str
    value: Any
    shown: str
    step: str
    sql: str | None
    numbers: int


@dataclass(frozen=True)
class Filled:
    """Prose with its numbers filled in. `from_question` counts the question's numbers that it repeats, `from_names`
    the names and labels of the evidence that hold digits."""

    text: str
    citations: tuple[Citation, ...] = ()
    from_question: int = 0
    from_names: int = 0


@dataclass(frozen=True)
class _Prose:
    text: str


@dataclass(frozen=True)
class _Cited:
    written: str
    resolved: Resolved
    shown: str


@dataclass(frozen=True)
class Filler:
    """Fills the texts of one analysis: its question, further names that may hold digits, and the columns' units."""

    question: str
    allowed: Collection[str] = ()
    units: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str, evidence: Evidence, *, prose: bool = True) -> Filled:
        """`text` filled (see `fill`)."""
        return fill(text, evidence, self.question, allowed=self.allowed, units=self.units, prose=prose)


def fill(
    text: str,
    evidence: Evidence,
    question: str,
    *,
    allowed: Collection[str] = (),
    units: Mapping[str, str] = NO_UNITS,
    prose: bool = True,
) -> Filled:
    """`text` with every `{{reference}}` replaced by its value, in one pass: what is filled in is never read again.

    Numbers outside references must be the question's, be part of a name in `allowed`, or be known from the evidence
    (reporting.known); `units` are those of the data's columns. `prose`: see reporting.resolving. ReplyError lists every
    problem.
    """
    problems: list[str] = []
    pieces = list(_pieces(clean_lines(text), evidence, problems, prose))
    pieces = list(_adjusted(pieces)) if prose else [_as_asked(piece, question) for piece in pieces]
    problems += _joined(pieces, question, units)
    if prose:
        problems += _misdirected(pieces)
        pieces = list(_unsigned(pieces))
    checked = _checked(pieces, evidence, Question(question), allowed)
    problems += checked.problems
    if problems:
        raise ReplyError(list(dict.fromkeys(problems)))
    cited = tuple(_citation(piece, evidence) for piece in pieces if isinstance(piece, _Cited))
    written = "".join(piece.text if isinstance(piece, _Prose) else piece.shown for piece in pieces)
    return Filled(written, cited, checked.asked, checked.named)


def _checked(
    pieces: list[_Prose | _Cited], evidence: Evidence, question: Question, allowed: Collection[str]
) -> Checked:
    """The numbers outside references, in digits and in words, held against what is known."""
    text = "".join(piece.text if isinstance(piece, _Prose) else _REFERENCE for piece in pieces)
    cited = [piece.resolved for piece in pieces if isinstance(piece, _Cited)]
    claimed = claims(text)
    said = known(evidence, allowed, cited) if has_digit(text) or claimed else NOTHING_KNOWN
    checked, problems = stray_numbers(text, question, said), list[str]()
    if claimed:
        problems += unsupported(text, claimed, question, said, support(evidence, cited))
    problems += checked.problems
    return replace(checked, problems=tuple(problem.replace(_REFERENCE, "{{…}}") for problem in problems))


def grounding(filled: Iterable[Filled]) -> Grounding:
    """How many numbers the texts show: from evidence (references, and labels of it) and from the question."""
    texts = list(filled)
    evidence = sum(c.numbers for text in texts for c in text.citations) + sum(text.from_names for text in texts)
    asked = sum(text.from_question for text in texts)
    return Grounding(numbers=evidence + asked, from_evidence=evidence, from_question=asked)


def clean_lines(text: str) -> str:
    """`text` without characters that disguise what is written, its lines kept."""
    return "\n".join(clean_text(line) for line in text.splitlines())


def _pieces(text: str, evidence: Evidence, problems: list[str], prose: bool) -> Iterator[_Prose | _Cited]:
    at = 0
    while opening := next_opening(text, at):
        yield _Prose(text[at : opening.start])
        if not opening.closings:
            problems.append(f"reference {text[opening.start : opening.start + 60]!r} is not closed by }}}}")
            return
        at, cited = _resolved(text, opening.start, opening.closings, evidence, problems, prose)
        if cited:
            yield cited
    if "}}" in text[at:]:
        problems.append("'}}' closes no reference")
    yield _Prose(text[at:])


def _resolved(
    text: str, start: int, closings: tuple[tuple[str, int], ...], evidence: Evidence, problems: list[str], prose: bool
) -> tuple[int, _Cited | None]:
    """Where the reference ends and what it stands for: at the first closing that makes sense, else a problem."""
    first: UnresolvedError | None = None
    for body, end in closings:
        try:
            found = resolve(body, evidence, prose=prose)
        except UnresolvedError as error:
            first = first or error
        else:
            return end, _Cited(text[start:end], found, found.shown)
    end = closings[0][1]
    problems.append(f"{text[start:end][:120]} {first}")
    return end, None


def _as_asked(piece: _Prose | _Cited, question: str) -> _Prose | _Cited:
    """A truth value in the words that the question asks for."""
    if isinstance(piece, _Prose):
        return piece
    value = piece.resolved.value
    values = value if isinstance(value, tuple) else (value,)
    if not values or not all(isinstance(one, bool) for one in values):
        return piece
    true, false = truth_words(question)
    return replace(piece, shown=as_list([true if one else false for one in values]))


def _adjusted(pieces: list[_Prose | _Cited]) -> Iterator[_Prose | _Cited]:
    """Forgive what doubles a sign that the filled-in text brings: "= < 0.0001", "12%%", "+{{growth|1%}}"."""
    for place, piece in enumerate(pieces):
        after = pieces[place + 1] if place + 1 < len(pieces) else None
        before = pieces[place - 1] if place else None
        if isinstance(piece, _Prose):
            text = piece.text
            if isinstance(after, _Cited) and after.shown.startswith("< "):
                text = re.sub(r"\s*[=<]\s*$", " ", text)
            if isinstance(after, _Cited) and re.search(r"(^|[\s(])\+$", text):
                text = text[:-1]
            if isinstance(before, _Cited) and before.shown.endswith("%"):
                text = re.sub(r"^\s?(%|percent\b|per cent\b)", "", text)
            yield replace(piece, text=text)
        else:
            plus = isinstance(before, _Prose) and re.search(r"(^|[\s(])\+$", before.text)
            shown = f"+{piece.shown}" if plus and _positive(piece) else piece.shown
            begins = isinstance(before, _Prose) and _SENTENCE_END.search(before.text)
            opens = begins or _opens(pieces, place)
            yield replace(piece, shown=_capital(shown) if opens else shown)


def _opens(pieces: list[_Prose | _Cited], place: int) -> bool:
    """Whether nothing stands before the reference."""
    return not any(isinstance(piece, _Cited) or piece.text.strip() for piece in pieces[:place])


def _capital(shown: str) -> str:
    """A name at the beginning of a sentence; one with capitals or digits of its own ("iPhone") stays."""
    first = re.match(r"[^\W\d_]+(?=[\s,.:;]|$)", shown)
    return shown[:1].upper() + shown[1:] if first and first[0].islower() else shown


def _positive(piece: _Cited) -> bool:
    value = piece.resolved.value
    return isinstance(value, (int, float)) and value > 0 and piece.shown[:1].isdigit()


def _unsigned(pieces: list[_Prose | _Cited]) -> Iterator[_Prose | _Cited]:
    """After words of falling a number stands without its minus: "fell by 53", never "fell by -53"."""
    for place, piece in enumerate(pieces):
        if isinstance(piece, _Cited) and piece.shown.startswith("-") and _way(pieces, place) == "fall":
            yield replace(piece, shown=piece.shown[1:])
        else:
            yield piece


def _misdirected(pieces: list[_Prose | _Cited]) -> Iterator[str]:
    """Problems of words that say the contrary of the number's sign, or of the order of two numbers."""
    for place, piece in enumerate(pieces):
        value = _seen(piece)
        if not isinstance(piece, _Cited) or value is None:
            continue
        before, column = _before(pieces, place), piece.resolved.field
        if (way := _way(pieces, place)) and contradicts(way, value, column, before):
            yield f"{piece.written[:120]} is {piece.shown}, but the words about it tell of a {way}: {_FIX}"
        yield from _turned(piece, value, before, pieces[place + 1 : place + 3])


def _turned(piece: _Cited, value: float, before: str, following: Sequence[_Prose | _Cited]) -> Iterator[str]:
    """The problem of "rose from 5 to 3"."""
    between, later = following if len(following) == 2 else (_Prose(""), _Prose(""))
    last = _seen(later)
    if last is None or not isinstance(between, _Prose) or not isinstance(later, _Cited):
        return
    way = moved(before, between.text)
    if (way == "rise" and last < value) or (way == "fall" and last > value):
        yield f"{piece.written[:120]}: from {piece.shown} to {later.shown} is no {way}, as the words tell: {_FIX}"


def _way(pieces: list[_Prose | _Cited], place: int) -> Direction | None:
    after = pieces[place + 1] if place + 1 < len(pieces) else _Prose("")
    return direction(_before(pieces, place), after.text if isinstance(after, _Prose) else "")


def _before(pieces: list[_Prose | _Cited], place: int) -> str:
    """The text before a reference, earlier references as one sign each."""
    return "".join(piece.text if isinstance(piece, _Prose) else _REFERENCE for piece in pieces[:place])


def _seen(piece: _Prose | _Cited) -> float | None:
    """The number that a reference shows; None for other values, and for cells that the writer must not see."""
    if isinstance(piece, _Prose) or piece.resolved.field in piece.resolved.table.withheld:
        return None
    value = piece.resolved.value
    if not isinstance(value, (int, float)) or isinstance(value, bool) or piece.resolved.body.shape.absolute:
        return None
    return float(value)


def _joined(pieces: list[_Prose | _Cited], question: str, units: Mapping[str, str]) -> Iterator[str]:
    """Problems of prose that changes the number beside it."""
    for place, piece in enumerate(pieces):
        if not isinstance(piece, _Cited) or not has_digit(piece.shown):
            continue
        before, after, following = _around(pieces, place)
        yield from (f"{piece.written[:120]}: {problem}" for problem in joins(before, piece.shown, after, following))
        yield from (f"{piece.written[:120]}: {problem}" for problem in _rescaled(piece, after, question, units))


def _around(pieces: list[_Prose | _Cited], place: int) -> tuple[str, str, str]:
    before = pieces[place - 1] if place else _Prose("")
    after = pieces[place + 1] if place + 1 < len(pieces) else _Prose("")
    following = pieces[place + 2] if place + 2 < len(pieces) else _Prose("")
    earlier = pieces[place - 2] if place > 1 else _Prose("")
    ending = earlier.shown[-1:] if isinstance(earlier, _Cited) else ""
    return (
        ending + before.text if isinstance(before, _Prose) else "",
        after.text if isinstance(after, _Prose) else "",
        following.shown if isinstance(following, _Cited) else "",
    )


def _rescaled(piece: _Cited, after: str, question: str, units: Mapping[str, str]) -> Iterator[str]:
    """Problems of a word of scale after a number: it may stand where the column's name or unit, or the question, has
    it ("thousand jobs")."""
    found = piece.resolved
    if isinstance(found.value, (str, tuple)):
        return
    names = (found.field, *found.table.source)
    told = " ".join((*names, *(units.get(name, "") for name in names), question))
    scale = scaled(after)
    if scale and not re.search(rf"(?<![^\W_]){scale}s?(?![^\W_])", told, re.IGNORECASE):
        yield f"it is shown in full, {scale!r} after it would change it"
    if found.kind == "percent" and not piece.shown.endswith("%") and re.match(r"\s?(%|percent\b|per cent\b)", after):
        yield "the field holds a fraction: write |1% in the reference, no % after it"


def _citation(piece: _Cited, evidence: Evidence) -> Citation:
    found = piece.resolved
    return Citation(
        reference=piece.written,
        table=found.table.id,
        field=found.field,
        value=found.value,
        shown=piece.shown,
        step=step_of(found.table, evidence),
        sql=found.table.sql,
        numbers=found.numbers,
    )


def step_of(table: EvidenceTable, evidence: Evidence) -> str:
    """The id of the plan's step that made `table`: `s1` for the table `s1_groups`, if there is a table `s1`."""
    parents = [t.id for t in evidence.tables if table.id.startswith(f"{t.id}_")]
    return max(parents, key=len, default=table.id)
