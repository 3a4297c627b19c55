"""Which word a field holds by what figures, as the question's own rules tell it: `strong if |r| is above 0.7`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from analyst.core.text import fold
from analyst.rulebased.link.bounds import YEARS_ONLY, Range, find_bounds
from analyst.rulebased.link.tokens import Token, tokenize
from analyst.rulebased.query.cues import verdicts

Subject = Literal["p", "value"]
_P = frozenset(("p", "pvalue"))
_OTHER = frozenset(
    "skewness skew skewed r coefficient correlation squared r2 zscore statistic kurtosis accuracy score".split()
)
_ABSOLUTE = frozenset(("absolute", "abs", "magnitude"))


@dataclass(frozen=True)
class Comparison:
    """A figure (the p value, or the value itself) that lies in a range."""

    subject: Subject
    range: Range
    absolute: bool = False


@dataclass(frozen=True)
class Band:
    """The word that holds where the comparisons are met: one of the `either` groups, each as a whole. A band without
    any holds where no other does."""

    word: str
    either: tuple[tuple[Comparison, ...], ...] = ()


Told = list[tuple[str, tuple[tuple[Comparison, ...], ...]]]


def bands(rules: Iterable[str], words: Sequence[str]) -> tuple[Band, ...]:
    """What the sentences of `rules` say of each of `words`; nothing where they don't tell them apart."""
    told: dict[str, tuple[tuple[Comparison, ...], ...]] = {}
    for sentence in rules:
        for word, either in _read(sentence, words):
            told.setdefault(word, either)
    left = [word for word in words if word not in told]
    if not told or len(left) > 1:
        return ()
    return (*(Band(word, told[word]) for word in words if word in told), *(Band(word) for word in left))


def _read(sentence: str, words: Sequence[str]) -> Told:
    """The words that a sentence names, each with the comparisons that lead to it or follow it."""
    tokens = tokenize(sentence)
    marks = sorted([*_comparisons(tokens, "|" in sentence), *_words(tokens, words)], key=lambda mark: mark[:2])
    named = [isinstance(item, str) for _, _, item in marks]
    if all(named) or not any(named):
        return []
    leads, found, word, last = named[0], Told(), "", 0
    groups: list[tuple[Comparison, ...]] = []
    for start, end, item in marks:
        if isinstance(item, str):
            if groups and (word or not leads):
                found.append((word if leads else item, tuple(groups)))
            word, groups = item, []
        else:
            between = {token.word for token in tokens[last:start]}
            joined = bool(groups) and "and" in between and "or" not in between
            groups = [*groups[:-1], (*groups[-1], item)] if joined else [*groups, (item,)]
        last = end
    return [*found, (word, tuple(groups))] if leads and word and groups else found


def _words(tokens: Sequence[Token], words: Sequence[str]) -> list[tuple[int, int, str | Comparison]]:
    """Where the words stand, written as the options are or in another way; a longer one hides a part of it."""
    said = [token.word for token in tokens]
    every = [(tuple(token.word for token in tokenize(fold(word))), word) for word in words]
    found: list[tuple[int, int, str]] = []
    for parts, word in sorted(every, key=lambda pair: -len(pair[0])):
        starts = [at for at in range(len(said)) if parts and tuple(said[at : at + len(parts)]) == parts]
        found += [(at, at + len(parts), word) for at in starts if _is_free(at, at + len(parts), found)]
    written = {word for _, _, word in found}
    for cue in verdicts(tokens):
        meant = next((w for parts, w in every if cue.kind == " ".join(parts) and w not in written), None)
        if meant is not None and _is_free(cue.first, cue.end, found):
            found.append((cue.first, cue.end, meant))
            written.add(meant)
    return list(found)


def _is_free(start: int, end: int, found: Sequence[tuple[int, int, str]]) -> bool:
    return all(end <= first or last <= start for first, last, _ in found)


def _comparisons(tokens: Sequence[Token], barred: bool) -> list[tuple[int, int, str | Comparison]]:
    """The bounds that are told, each on what is spoken of before it; `barred`: bars stand around a figure."""
    found: list[tuple[int, int, str | Comparison]] = []
    last, subject, absolute = 0, "value", barred
    for bound in find_bounds(tokens, frozenset()):
        between = [token.word for token in tokens[last : bound.start]]
        spoken = [word for word in between if word in _P | _OTHER]
        subject = ("p" if spoken[-1] in _P else "value") if spoken else subject
        absolute = (absolute and not spoken) or barred or not _ABSOLUTE.isdisjoint(between)
        if bound.word not in YEARS_ONLY:
            ends = bound.range.times(0.01) if bound.percent and subject == "p" else bound.range
            found.append((bound.start, bound.end, Comparison("p" if subject == "p" else "value", ends, absolute)))
            last = bound.end
    return found


def narrowed(ends: Range, other: Range) -> Range:
    """A range with the ends that another one tells."""
    if other.low is not None:
        ends = replace(ends, low=other.low, open_low=other.open_low)
    return ends if other.high is None else replace(ends, high=other.high, open_high=other.open_high)
