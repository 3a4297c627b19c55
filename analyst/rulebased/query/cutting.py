"""Classes of a number that a sentence tells: `'child' (0-12), 'adult' (13 and above)`, `4 equal-width bins`."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from typing import Literal

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.bounds import Range, find_bounds
from analyst.rulebased.link.columns import name_words
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.link.tokens import NUMBER_WORDS, tokenize
from analyst.rulebased.query.deciding import bands, narrowed
from analyst.rulebased.query.phrase import Phrase
from analyst.rulebased.query.preparation import Bin, Cut

_LABELED = re.compile(r"[\"'“‘]?(?P<label>[A-Za-z][\w -]{0,24}?)[\"'”’]?\s*\((?P<range>[^()]*\d[^()]*)\)")
_QUOTED = re.compile(r"(?<!\w)[\"'“‘]([^\"'”’\n]{1,24})[\"'”’](?!\w)")
_COUNTED = re.compile(
    rf"(?P<n>\d+|{'|'.join(NUMBER_WORDS)})\s+(?P<kind>equal[- ]?(?:width|sized?|frequency)|quantile|"
    r"equally (?:wide|large)|"
    r"equal)?[- ]?(?:based )?(?:bins|groups|buckets|classes|intervals|ranges|quantiles)",
    re.IGNORECASE,
)
_QUANTILES = {"tercile": 3, "quartile": 4, "quintile": 5, "decile": 10}
_PERCENTILE = re.compile(r"(?:the )?(\d+)(?:st|nd|rd|th)[ -]percentiles?", re.IGNORECASE)


def cut(phrase: Phrase, card: TableCard) -> Cut | None:
    """The classes that the sentence makes of a number; None where it makes none."""
    if not phrase.has("do bin"):
        return None
    name = phrase.name()
    column = _column(phrase, card, name)
    if column is None:
        return None
    bins = _labeled(phrase.text, column) or _told(phrase, name)
    if bins:
        return Cut(name or f"{column.name}_group", column, bins)
    return _counted(phrase, name or f"{column.name}_group", column)


def _column(phrase: Phrase, card: TableCard, name: str) -> ColumnCard | None:
    """The number that is cut: the only one named, or the one that the new column's name holds."""
    found = {
        numbers_in(m)[0].name: numbers_in(m)[0]
        for m in phrase.scene.linked.mentions
        if numbers_in(m) and (m.exact or m.score >= 0.6) and numbers_in(m)[0].name != name
    }
    if len(found) == 1:
        return next(iter(found.values()))
    words = set(name_words(name))
    held = [c for c in found.values() or card.columns if set(name_words(c.name)) <= words and c.name != name]
    return held[0] if len(held) == 1 else None


def _labeled(text: str, column: ColumnCard) -> tuple[Bin, ...]:
    """Classes whose ranges stand in brackets behind their names."""
    out = []
    for match in _LABELED.finditer(text):
        plain = match["range"].replace("+", " or more").replace("–", "-")
        told = find_bounds(tokenize(plain), frozenset()) or find_bounds(tokenize(f"between {plain}"), frozenset())
        if told:
            out.append(Bin(match["label"].strip(), reduce(narrowed, (bound.range for bound in told))))
    if len(out) < 2 or not all(a.label != b.label for a, b in pairwise(out)):
        return ()
    return _joined(out, column)


def _joined(bins: list[Bin], column: ColumnCard) -> tuple[Bin, ...]:
    """Classes told in whole numbers (0-12, 13-19) meet where the numbers are no whole ones: 12.5 is in the first."""
    if "INT" in column.type.upper():
        return tuple(bins)
    rising = sorted(bins, key=lambda one: one.range.low if one.range.low is not None else float("-inf"))
    out = []
    for one, following in zip(rising, [*rising[1:], None], strict=True):
        high, low = one.range.high, None if following is None else following.range.low
        meets = high is not None and low == high + 1
        out.append(replace(one, range=replace(one.range, high=low, open_high=True)) if meets else one)
    return tuple(out)


def _told(phrase: Phrase, name: str) -> tuple[Bin, ...]:
    """Classes that a sentence tells by comparisons: `'high' for values above 100`, by percentiles too."""
    known = {column.name for column in phrase.scene.card.columns}
    labels = tuple(dict.fromkeys(label for label in _QUOTED.findall(phrase.text) if label not in known | {name}))
    quantiles = bool(_PERCENTILE.search(phrase.text))
    text = _PERCENTILE.sub(lambda match: str(float(match[1]) / 100), phrase.text)
    if not 2 <= len(labels) <= 8:
        return ()
    out = []
    for band in bands([text], labels):
        comparisons = band.either[0] if len(band.either) == 1 else ()
        out.append(Bin(band.word, reduce(narrowed, (told.range for told in comparisons), Range()), quantiles))
    inner = [one for one in out if one.range.low is not None and one.range.high is not None]
    return (*(one for one in out if one not in inner), *inner) if len(out) == len(labels) else ()


def _counted(phrase: Phrase, name: str, column: ColumnCard) -> Cut | None:
    """Bins of equal width, or of equally many rows."""
    known = {c.name for c in phrase.scene.card.columns} | {name}
    labels = tuple(dict.fromkeys(label for label in _QUOTED.findall(phrase.text) if label not in known))
    for word, count in _QUANTILES.items():
        if re.search(rf"\b{word}s?\b", phrase.text, re.IGNORECASE):
            return Cut(name, column, (), count, "rows", labels if len(labels) == count else ())
    found = _COUNTED.search(phrase.text)
    if found is None:
        return None
    told = found["n"].casefold()
    count = int(NUMBER_WORDS.get(told) or int(told))
    kind = (found["kind"] or "").casefold()
    equal: Literal["width", "rows"] = "rows" if re.search("freq|quant|siz|large", kind) else "width"
    if not 2 <= count <= 20:
        return None
    return Cut(name, column, (), count, equal, labels if len(labels) == count else ())
