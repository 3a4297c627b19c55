"""The only way that numbers get into prose: references are filled from the evidence, everything else is checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from analyst.core.errors import ReplyError
from analyst.protocol.claims import claims
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.number_check import NOTHING_KNOWN, Checked, Question, joins, stray_numbers, unsupported
from analyst.protocol.numerals import scaled
from analyst.protocol.references import next_opening
from analyst.protocol.results import Grounding
from analyst.reporting.known import known, support
from analyst.reporting.numbers import SECONDS, clean_text, has_digit
from analyst.reporting.resolving import Resolved, UnresolvedError, resolve

_REFERENCE = "\ufffc"
"""Stands for a reference in the text around it: no digit, no letter, no sign."""
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


def fill(text: str, evidence: Evidence, question: str, *, allowed: Collection[str] = (), prose: bool = True) -> Filled:
    """`text` with every `{{reference}}` replaced by its value, in one pass: what is filled in is never read again.

    Digits outside references must be the question's, or be part of a name in `allowed` or of a label of the evidence
    (a period, a column, a text value with letters). `prose`: see reporting.resolving. ReplyError lists every problem.
    """
    problems: list[str] = []
    pieces = list(_pieces(clean_lines(text), evidence, problems, prose))
    pieces = list(_adjusted(pieces, prose))
    problems += _joined(pieces, question)
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
    said = known(evidence, allowed, cited) if has_digit(text) or claims(text) else NOTHING_KNOWN
    checked = stray_numbers(text, question, said)
    problems = [*checked.problems, *unsupported(text, question, said, support(evidence, cited))]
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


def _adjusted(pieces: list[_Prose | _Cited], prose: bool) -> Iterator[_Prose | _Cited]:
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
            if isinstance(before, _Cited) and _is_duration(before.resolved):
                text = re.sub(r"^\s?(s|secs?|seconds?)\b", "", text)
            yield replace(piece, text=text)
        else:
            plus = isinstance(before, _Prose) and re.search(r"(^|[\s(])\+$", before.text)
            shown = f"+{piece.shown}" if plus and _positive(piece) else piece.shown
            begins = isinstance(before, _Prose) and _SENTENCE_END.search(before.text)
            opens = prose and (begins or _opens(pieces, place))  # a value by itself keeps its case
            yield replace(piece, shown=_capital(shown) if opens else shown)


def _is_duration(found: Resolved) -> bool:
    """Whether the value is written as a duration, which says its unit itself."""
    return found.kind == SECONDS and found.body.shape.digits is None


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


def _joined(pieces: list[_Prose | _Cited], question: str) -> Iterator[str]:
    """Problems of prose that changes the number beside it."""
    for place, piece in enumerate(pieces):
        if not isinstance(piece, _Cited) or not has_digit(piece.shown):
            continue
        before, after, following = _around(pieces, place)
        yield from (f"{piece.written[:120]}: {problem}" for problem in joins(before, piece.shown, after, following))
        yield from (f"{piece.written[:120]}: {problem}" for problem in _rescaled(piece, after, question))


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


def _rescaled(piece: _Cited, after: str, question: str) -> Iterator[str]:
    found = piece.resolved
    if isinstance(found.value, (str, tuple)):
        return
    scale = scaled(after)
    if scale and scale.casefold() not in f"{found.field} {' '.join(found.table.source)} {question}".casefold():
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
