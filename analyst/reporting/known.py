"""What prose may say of the evidence without a reference: labels, periods, keys of cited rows, the plan's numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain

from analyst.protocol.claims import CARDINALS, Support, pairs
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.moments import Period, dated, ends
from analyst.protocol.number_check import Known
from analyst.reporting.numbers import has_digit, kind_of
from analyst.reporting.resolving import Resolved

MAX_LABEL = 80
"""Characters; a longer text is no name."""
_BAND = re.compile(r"\d+\s?[-–]\s?\d+\+?|\d+\s?\+|[<>≤≥]\s?\d+")
"""A label of a band that has no letters: "18-25", "65+"."""
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(CARDINALS)}|half|third|quarter|dozen|twice|double)\b", re.IGNORECASE)
_SHARES = re.compile(r"(^|_)(pct|percent|percentage|share|rate|ratio|proportion|fraction|prob\w*)(_|$)", re.IGNORECASE)
_MULTIPLES = re.compile(r"(^|_)(ratio|times|multiple|fold|lift|odds\w*|factor|index)(_|$)", re.IGNORECASE)
_CHANGES = re.compile(r"(^|_)(growth|change|yoy|mom|qoq|increase|decrease|delta)(_|$)", re.IGNORECASE)
_QUANTILES = {
    **dict.fromkeys(("median", "p50", "q2", "mode"), (0.5,)),
    **dict.fromkeys(("q1", "q3", "p25", "p75", "iqr"), (0.25, 0.5, 0.75)),
    **dict.fromkeys(("p10", "p90"), (0.1, 0.9)),
}
"""What share of the rows lies below or above a quantile, or between two."""
_TRIVIAL = frozenset({Decimal(0), Decimal(1)})
"""Constants that stand in every plan (x = 1, n > 0): nobody means them."""


def known(evidence: Evidence, allowed: Collection[str], cited: Sequence[Resolved]) -> Known:
    """What a text that cites `cited` may say; `allowed` are further names that hold digits."""
    told = [table for table in evidence.tables if table.audience != "chart"]
    bounds = frozenset(_bounds(evidence))
    return Known(
        names=names_pattern({*allowed, *_names(evidence)}),
        periods=frozenset(_periods(evidence)) | bounds,
        bounds=ends(bounds),
        constants=frozenset(_constants(evidence)) - _TRIVIAL,
        keys=frozenset(_keys(cited)),
        counts=frozenset(map(Decimal, _sizes(told))),
        p_values=tuple(_p_values(told)),
        sentences=(*evidence.warnings, *chain.from_iterable((table.what, *table.warned) for table in told)),
    )


def support(evidence: Evidence, cited: Sequence[Resolved]) -> Support:
    """What a claim in words may rest on in a text that cites `cited`."""
    own = [(one, value) for one in cited for value in _numbers(one.value)]
    ratios = set(pairs(value for _, value in own)) | {ratio for one, value in own for ratio in _as_ratios(one, value)}
    shares = {share for one, value in own for share in _as_shares(one, value) if 0 < share <= 1}
    shares |= {ratio for ratio in ratios if ratio < 1} | {1 - share for share in shares if share < 1}
    rows = {(one.table.id, one.row) for one in cited if one.row is not None}
    cells = chain((value for _, value in own), (value for _, row in rows for value in _numbers(row)))
    whole = (value for value in cells if value.is_integer())
    sizes = [size for table in evidence.tables if table.audience != "chart" for size in _sizes([table], distinct=True)]
    return Support(tuple(shares), tuple(ratios), (*whole, *sizes, len(cited), len(rows)))


def names_pattern(names: Collection[str]) -> re.Pattern[str] | None:
    """A pattern that finds any of `names` that holds a number (digits or words) as whole words, the longest first."""
    useful = {name.strip() for name in names if 0 < len(name.strip()) <= MAX_LABEL and _numeric(name)}
    if not useful:
        return None
    ordered = sorted(useful, key=lambda name: (-len(name), name))
    choices = "|".join(re.sub(r"(\\ |_)+", r"[\\s_]+", re.escape(name)) for name in ordered)
    return re.compile(rf"(?<![\w.,])(?<![+−-](?=\d))(?:{choices})(?![\w%‰]|[.,]\d|\s?%)", re.IGNORECASE)


def _numeric(text: str) -> bool:
    return has_digit(text) or _NUMBER_WORD.search(text) is not None


def _names(evidence: Evidence) -> Iterator[str]:
    """Every label and name that holds a number and a letter: column names, texts in cells and in the plan's filters."""
    for table in evidence.tables:
        yield from table.columns
        cells = chain.from_iterable(table.rows)
        conditions = chain.from_iterable(found.values for found in table.facts.filters)
        for text in chain(cells, conditions, table.facts.constants):
            if isinstance(text, str) and len(text) <= MAX_LABEL and _is_name(text):
                yield text


def _is_name(text: str) -> bool:
    return (any(map(str.isalpha, text)) or _BAND.fullmatch(text.strip()) is not None) and _numeric(text)


@lru_cache(maxsize=20_000)
def _period_of(label: str) -> tuple[Period, ...]:
    """The periods that a label as a whole stands for."""
    found = [one for one in dated(label) if one.start == 0]
    rest = label[found[0].end :] if found else label
    if not found or re.search(r"[^T0:.\s]", rest):
        return ()
    return tuple(dict.fromkeys(period for reading in found[0].readings for period in reading))


def _periods(evidence: Evidence) -> Iterator[Period]:
    """The periods and days that rows are labelled with."""
    for table in evidence.tables:
        for place, column in enumerate(table.columns):
            of_time = table.formats.get(column) == "date" or re.search(r"(^|_)(year|yr)$|^year", column, re.IGNORECASE)
            for row in table.rows:
                cell = row[place]
                if isinstance(cell, str) and cell[:4].isdigit() and len(cell) <= MAX_LABEL:
                    yield from _period_of(cell)
                elif isinstance(cell, int) and of_time and not isinstance(cell, bool) and 1500 <= cell <= 2200:
                    yield Period(cell)


def _plan_values(evidence: Evidence) -> Iterator[object]:
    for table in evidence.tables:
        facts = table.facts
        yield from chain(facts.constants, *(found.values for found in facts.filters))
        yield from (facts.limit, *table.parameters.values())


def _bounds(evidence: Evidence) -> Iterator[Period]:
    """The dates in the plan's conditions and in the parameters of its methods ("2024-01..2024-06")."""
    for value in _plan_values(evidence):
        for label in value.split("..") if isinstance(value, str) and len(value) <= MAX_LABEL else ():
            yield from _period_of(label.strip())
        if isinstance(value, int) and 1500 <= value <= 2200:
            yield Period(value)


def _constants(evidence: Evidence) -> Iterator[Decimal]:
    for value in _plan_values(evidence):
        for number in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(number, (int, float)) and not isinstance(number, bool):
                yield Decimal(repr(number))


def _keys(cited: Iterable[Resolved]) -> Iterator[Decimal]:
    """The numbers that identify the cited rows: month 3, tenure 12, the third in rank."""
    for one in cited:
        for name, cell in zip(one.table.columns, one.row or (), strict=False):
            number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
            if number and (name in one.table.key or name == "rank"):
                yield Decimal(repr(cell))


def _sizes(tables: Iterable[EvidenceTable], *, distinct: bool = False) -> Iterator[int]:
    """How many rows results have; `distinct`: and how many different labels each of their text columns."""
    for table in tables:
        if table.id == "table":
            yield from (cell for row in table.rows for cell in row if isinstance(cell, int))
        if table.row_count > 1:
            yield table.row_count
        for place, _ in enumerate(table.columns if distinct and len(table.rows) == table.row_count else ()):
            labels = {row[place] for row in table.rows if isinstance(row[place], str)}
            yield from [len(labels)] if len(labels) > 1 else []


def _p_values(tables: Iterable[EvidenceTable]) -> Iterator[float]:
    for table in tables:
        for place, column in enumerate(table.columns):
            if kind_of(column, table.formats.get(column)) == "p_value":
                yield from (float(row[place]) for row in table.rows if isinstance(row[place], (int, float)))


def _numbers(value: object) -> Iterator[float]:
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, (int, float)) and not isinstance(one, bool):
            yield float(one)


def _as_shares(one: Resolved, value: float) -> Iterator[float]:
    """A value as a share: what it is, of the sum of its column, or as the quantile that it stands at."""
    if one.kind == "percent" or _SHARES.search(one.field) or _CHANGES.search(one.field):
        yield from (abs(value), abs(value) / 100)
    for part in one.field.casefold().split("_"):
        yield from _QUANTILES.get(part, ())
    place = one.table.columns.index(one.field)
    whole = math.fsum(number for row in one.table.rows for number in _numbers(row[place]))
    if 1 < len(one.table.rows) == one.table.row_count and whole:
        yield value / whole


def _as_ratios(one: Resolved, value: float) -> Iterator[float]:
    if _MULTIPLES.search(one.field) and value > 0:
        yield value
    if _CHANGES.search(one.field) and (one.kind == "percent" or abs(value) < 20):
        yield from (ratio for ratio in (1 + value, 1 + value / 100) if ratio > 0)
