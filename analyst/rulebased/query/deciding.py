"""Which word a field holds by what figures, as the question's own rules tell it: `strong if |r| is above 0.7`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from analyst.core.text import fold

Subject = Literal["p", "value"]
_SIGNS = (
    (r"(?:less|smaller|lower) than or equal to|at most|no more than|up to|<=|≤|not (?:greater|higher|more) than", "<="),
    (r"(?:greater|more|higher|larger) than or equal to|equal to or (?:greater|more|higher) than|at least|no less than"
     r"|>=|≥|not (?:less|lower|smaller) than", ">="),
    (r"less than|smaller than|lower than|below|under|<", "<"),
    (r"greater than|larger than|higher than|more than|above|over|exceed\w*|>", ">"),
)  # fmt: skip
_NUMBER = r"[+-]?\d*\.?\d+"
_COMPARED = re.compile(
    "|".join(rf"(?P<s{at}>{words})" for at, (words, _) in enumerate(_SIGNS))
    + rf"|between (?P<low>{_NUMBER}) (?:and|to) (?P<high>{_NUMBER})",
)
_VALUE = re.compile(rf"\s*(?:or equal to )?(?P<number>{_NUMBER})(?P<percent>\s*%)?")
_P = re.compile(r"\bp\b[ -]?(?:val(?:ue)?s?)?")
_OTHER = re.compile(
    r"skew\w*|\br\b|coefficient|correlation|\br ?squared|r-squared|r2|r²|z-?score|statistic|kurtosis|accuracy"
)
_ABSOLUTE = re.compile(r"absolute|\|\s*r\s*\||\babs\b|magnitude")


@dataclass(frozen=True)
class Comparison:
    """A figure (the p value, or the value itself) held against a number."""

    subject: Subject
    sign: str
    number: float
    absolute: bool = False


@dataclass(frozen=True)
class Band:
    """The word that holds where the comparisons are met: one of the `either` groups, each as a whole. A band without
    any holds where no other does."""

    word: str
    either: tuple[tuple[Comparison, ...], ...] = ()


def bands(rules: Iterable[str], words: Sequence[str]) -> tuple[Band, ...]:
    """What the sentences of `rules` say of each of `words`; nothing where they don't tell them apart."""
    told: dict[str, tuple[tuple[Comparison, ...], ...]] = {}
    for sentence in rules:
        for word, either in _read(fold(sentence), words):
            told.setdefault(word, either)
    left = [word for word in words if word not in told]
    if not told or len(left) > 1:
        return ()
    return (*(Band(word, told[word]) for word in words if word in told), *(Band(word) for word in left))


def _read(sentence: str, words: Sequence[str]) -> list[tuple[str, tuple[tuple[Comparison, ...], ...]]]:
    """The words that a sentence names, each with the comparisons that lead to it or follow it."""
    marks: list[tuple[int, int, str | Comparison | tuple[Comparison, ...]]] = [*_comparisons(sentence)]
    marks += _words(sentence, words)
    marks.sort(key=lambda mark: mark[0])
    if not any(isinstance(item, str) for _, _, item in marks) or all(isinstance(item, str) for _, _, item in marks):
        return []
    leads = isinstance(marks[0][2], str)
    found: list[tuple[str, tuple[tuple[Comparison, ...], ...]]] = []
    groups: list[tuple[Comparison, ...]] = []
    word, last = "", 0
    for start, end, item in marks:
        if isinstance(item, str):
            if leads and word and groups:
                found.append((word, tuple(groups)))
            if not leads and groups:
                found.append((item, tuple(groups)))
            word, groups = item, []
        else:
            group = item if isinstance(item, tuple) else (item,)
            joined = (
                groups
                and re.search(r"\band\b|&", sentence[last:start])
                and not re.search(r"\bor\b", sentence[last:start])
            )
            groups = [*groups[:-1], (*groups[-1], *group)] if joined else [*groups, group]
        last = end
    if leads and word and groups:
        found.append((word, tuple(groups)))
    return found


def _words(sentence: str, words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Where the words stand; a longer word hides what of it is another's ("nonlinear")."""
    found: list[tuple[int, int, str]] = []
    for word in sorted(words, key=len, reverse=True):
        pattern = r"[\s_-]*".join(re.escape(part) for part in re.split(r"[\s_-]+", fold(word)))
        for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", sentence):
            if not any(start < match.end() and match.start() < end for start, end, _ in found):
                found.append((match.start(), match.end(), word))
    taken = {word for _, _, word in found}
    for word in words:
        synonym = _SPOKEN.get(fold(word).replace("_", " "))
        if synonym and word not in taken and (spoken := re.search(synonym, sentence)):
            hidden = any(start < spoken.end() and spoken.start() < end for start, end, _ in found)
            found += [] if hidden else [(spoken.start(), spoken.end(), word)]
    return found


_SPOKEN = {
    "none": r"\bno (?:significant )?(?:correlation|relationship|difference|association)|no significant\b",
    "no": r"\bno significant\b|\bnot significant\b|\binsignificant\b|\bno (?:correlation|difference)\b",
    "not significant": r"\bno significant\b|\binsignificant\b",
    "skewed right": r"skewed to the right|right-? ?skewed|positively skewed",
    "skewed left": r"skewed to the left|left-? ?skewed|negatively skewed",
    "not normal": r"not normally distributed|not follow a normal|\bnon-? ?normal|distribution is not normal",
    "normal": r"(?<!not )normally distributed|follows? a normal",
}
"""Other ways in which rules write a word that a field may hold."""


def _comparisons(sentence: str) -> list[tuple[int, int, Comparison | tuple[Comparison, ...]]]:
    found: list[tuple[int, int, Comparison | tuple[Comparison, ...]]] = []
    last = 0
    subject: Subject = "value"
    absolute = False
    for match in _COMPARED.finditer(sentence):
        between = sentence[last : match.start()]
        spoken = [(m.start(), "p") for m in _P.finditer(between)] + [
            (m.start(), "value") for m in _OTHER.finditer(between)
        ]
        if spoken:
            subject = "p" if max(spoken)[1] == "p" else "value"
            absolute = False
        absolute = absolute or _ABSOLUTE.search(between) is not None
        if match["low"]:
            low, high = float(match["low"]), float(match["high"])
            both = (Comparison(subject, ">=", low, absolute), Comparison(subject, "<=", high, absolute))
            found.append((match.start(), match.end(), both))
            last = match.end()
            continue
        number = _VALUE.match(sentence, match.end())
        if number is None:
            continue
        sign = next(sign for at, (_, sign) in enumerate(_SIGNS) if match[f"s{at}"])
        value = float(number["number"]) / (100 if number["percent"] and subject == "p" else 1)
        found.append((match.start(), number.end(), Comparison(subject, sign, value, absolute)))
        last = number.end()
    return found
