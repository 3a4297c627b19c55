"""What an instruction with an answer format says in its parts: what is asked, by which rules, in which fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from analyst.rulebased.formats import Wanted, wanted
from analyst.rulebased.link.tokens import tokenize
from analyst.rulebased.query.cues import Cue, statistical_cues
from analyst.rulebased.query.phrase import sentences

_DENIED = re.compile(
    r"\b(?:do not|don't|without (?:any|applying|further|performing)|no (?:further|other|additional))\b", re.IGNORECASE
)
_PREPARING = re.compile(r"clean|preproc|prepar|outlier|transform|modif|imput|scal|balanc", re.IGNORECASE)
_RULE = re.compile(
    r"p[- ]?value|\balpha\b|significan|hypothesis|\bq[13]\b|z-?score|\br\b|threshold|skewness|coefficient|r-?squared",
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
    """`text`: what is linked and asked; `sentences`: all that is said before the format, without what is only denied;
    `wishes`: the fields wanted."""

    text: str
    sentences: tuple[str, ...]
    wishes: tuple[Wanted, ...] = ()

    @property
    def rules(self) -> str:
        """All that is said before the format."""
        return "\n".join(self.sentences)

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """The cues of everything said before the format."""
        return statistical_cues(tokenize(self.rules))

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
    """The parts of `question`."""
    wishes = wanted(question)
    said = _FORMAT.sub("", question[: question.find("@")]) if wishes else question
    told = tuple(part for part in sentences(said) if not _is_denial(part))
    asked = [asking(part) for at, part in enumerate(told) if at == 0 or not is_rule(part)]
    return Instruction("\n".join(asked) if wishes else question, told, wishes)


def _is_denial(sentence: str) -> bool:
    """`Do not remove outliers`: what is not to be prepared is not done anyway."""
    return bool(_DENIED.search(sentence) and _PREPARING.search(sentence))


def is_rule(sentence: str) -> bool:
    """Whether a sentence only tells how a test is judged: its numbers pick no rows."""
    return bool(_RULE.search(sentence) and _COMPARING.search(sentence))


def asking(sentence: str) -> str:
    """The sentence without what it says of rounding."""
    return _ROUNDED.sub("", sentence)
