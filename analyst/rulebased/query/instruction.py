"""What an instruction with an answer format says in its two parts: what is asked of which rows, and by which rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from analyst.rulebased.formats import Wanted, wanted
from analyst.rulebased.link.tokens import tokenize
from analyst.rulebased.query.cues import Cue, find_cues

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")
_DENIED = re.compile(
    r"\b(?:do not|don't|without (?:any|applying|further|performing)|no (?:further|other|additional))\b", re.IGNORECASE
)
_PREPARING = re.compile(r"clean|preproc|prepar|outlier|transform|missing|null|modif|imput|scal|filter", re.IGNORECASE)
_RULE = re.compile(
    r"p[- ]?value|\balpha\b|significan|hypothesis|\bq[13]\b|z-?score|\br\b|threshold|skewness|coefficient",
    re.IGNORECASE,
)
_COMPARING = re.compile(
    r"\b(?:less|greater|below|above|between|if|than|equal|outside|beyond|threshold|range|falls?)\b|[<>]", re.IGNORECASE
)
_ROUNDED = re.compile(
    r"\b(?:please )?round\w*\b[^.;\n]*|\b(?:up )?to \w+ decimals?(?: places?| points?)?", re.IGNORECASE
)
_FORMAT = re.compile(r"\}?\s*(?:answer in this format:?|requires? output:?)?[\s{]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Instruction:
    """`text`: what is asked of which rows; `rules`: all that is said before the format; `wishes`: the fields wanted."""

    text: str
    rules: str
    wishes: tuple[Wanted, ...] = ()

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """The cues of everything said before the format."""
        return find_cues(tokenize(self.rules))

    def has(self, *kinds: str) -> bool:
        """Whether a cue of these kinds is there."""
        return any(cue.kind in kinds for cue in self.cues)

    def named(self, family: str) -> tuple[str, ...]:
        """The members of a family of cues ("test shapiro") that are there, in order, each once."""
        found = (cue.kind.removeprefix(f"{family} ") for cue in self.cues if cue.kind.startswith(f"{family} "))
        return tuple(dict.fromkeys(found))

    @property
    def alpha(self) -> float:
        """The level of significance that is named, else 0.05."""
        found = re.search(
            r"(?:alpha|significance)\D{0,30}?(0?\.\d+)|p[- ]?values?\D{0,45}?(0?\.\d+)", self.rules, re.IGNORECASE
        )
        return float(next(number for number in found.groups() if number)) if found else 0.05


def read_instruction(question: str) -> Instruction:
    """The parts of `question`; all of it is its text where it wants no field by name."""
    wishes = wanted(question)
    if not wishes:
        return Instruction(question, question)
    said = _FORMAT.sub("", question[: question.find("@")])
    rules = [part for part in _SENTENCE.split(said) if not _is_denial(part)]
    return Instruction("\n".join(_asking(rules)), "\n".join(rules), wishes)


def _is_denial(sentence: str) -> bool:
    """`Do not remove outliers`: what is not to be prepared is not done anyway."""
    return bool(_DENIED.search(sentence) and _PREPARING.search(sentence))


def _asking(sentences: list[str]) -> Iterator[str]:
    """The sentences without the rules of tests and of rounding, whose numbers pick no rows."""
    for sentence in sentences:
        if not (_RULE.search(sentence) and _COMPARING.search(sentence)) or sentence is sentences[0]:
            yield _ROUNDED.sub("", sentence)
