"""Number columns that follow from others, found in a sample of rows: ratios of two columns, and running balances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from analyst.datasets import adding_words as said

Values = Sequence[float | None]
_SCALES = (1.0, 100.0)
_LEAST = 5
"""Rows that must show a relation."""
_PAIRED = 12
"""Columns whose differences are looked at."""
_SHARE = 0.95
_SURE = 50.0
"""A value tells something where it is so many times as large as what rounding may change of it."""


@dataclass(frozen=True)
class Ratio:
    """`columns`: numerator and denominator, the latter as one column or as the sum of two."""

    columns: tuple[str, ...]


def find_ratios(cells: Mapping[str, Values]) -> dict[str, Ratio]:
    """The columns that are another one divided by a third (or by the sum of that and a fourth), as is or times 100."""
    steps = {name: _rounding(name, values) for name, values in cells.items()}
    varied = [name for name, values in cells.items() if len({v for v in values if v is not None}) >= 3]
    found: dict[str, Ratio] = {}
    for product in varied:
        for one, two in combinations([name for name in varied if name != product], 2):
            if any(_is_product(cells, steps, (product, one, two), scale) for scale in _SCALES):
                quotient = _quotient(cells, one, two)
                if quotient is not None and not said.header_words(product) & (said.RATES | said.AVERAGES):
                    found.setdefault(quotient, Ratio((product, two if quotient == one else one)))
    for name in varied:
        if name not in found and _is_fraction(cells[name]):
            shares = next(_shares(cells, steps, name, varied), None)
            found |= {name: Ratio(shares)} if shares else {}
    return found


def _quotient(cells: Mapping[str, Values], one: str, two: str) -> str | None:
    """Which factor of a product is the rate and which the number of things: by words, else by decimals."""
    rates = said.RATES | said.PRICES | said.AVERAGES | said.BOUNDED | said.LEVELS
    spoken = [name for name in (one, two) if said.header_words(name) & rates or said.is_percent(name)]
    counted = [name for name in (one, two) if said.header_words(name) & said.COUNTS]
    if len(spoken) == 1:
        return spoken[0]
    if len(counted) == 1:
        return two if counted[0] == one else one
    broken = [name for name in (one, two) if _is_fraction(cells[name])]
    return broken[0] if len(broken) == 1 else None


def _is_fraction(values: Values) -> bool:
    return any(value is not None and value % 1 for value in values)


def _is_product(
    cells: Mapping[str, Values], steps: Mapping[str, float], names: tuple[str, str, str], scale: float
) -> bool:
    """Whether the first column is the second times the third, divided by `scale`, within what rounding explains."""
    product, one, two = names
    digit = _step(cells[product])
    tested = held = sure = 0
    for whole, first, second in zip(cells[product], cells[one], cells[two], strict=True):
        if whole is None or first is None or second is None or not first or not second:
            continue
        tested += 1
        exact = first * second / scale
        slack = 0.51 * (digit + (abs(first) * steps[two] + abs(second) * steps[one]) / scale)
        held += abs(whole - exact) <= max(slack, 1e-6 * abs(exact))
        sure += abs(exact) > _SURE * slack and abs(first) != 1 and abs(second) != 1
        if tested - held > max(2, (1 - _SHARE) * tested):
            return False
    return held >= _SHARE * tested and sure >= _LEAST


def _shares(
    cells: Mapping[str, Values], steps: Mapping[str, float], name: str, varied: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """(part, part, rest) where `name` is a part of the sum of that part and the rest."""
    for part in varied:
        for rest in varied:
            if len({name, part, rest}) == 3 and _is_share(cells, steps[name], (name, part, rest)):
                yield part, part, rest


def _is_share(cells: Mapping[str, Values], step: float, names: tuple[str, str, str]) -> bool:
    return any(_is_share_of(zip(*(cells[name] for name in names), strict=True), step, scale) for scale in _SCALES)


def _is_share_of(rows: Iterable[Sequence[float | None]], step: float, scale: float) -> bool:
    """Whether in nearly all rows (share, part, rest) the share is part / (part + rest), times `scale`."""
    tested = held = sure = 0
    for share, part, rest in rows:
        if share is None or part is None or rest is None or not part + rest:
            continue
        tested += 1
        exact = scale * part / (part + rest)
        held += abs(share - exact) <= 0.51 * step + 1e-9
        sure += abs(exact) > _SURE * step
        if tested - held > max(2, (1 - _SHARE) * tested):
            return False
    return held >= _SHARE * tested and sure >= _LEAST


def find_running(cells: Mapping[str, Values]) -> frozenset[str]:
    """The columns that run on from row to row by the amount of another one, or by the difference of two."""
    moves: dict[frozenset[str], Values] = {frozenset([name]): values for name, values in cells.items()}
    for one, two in combinations(list(cells)[:_PAIRED], 2):
        moves[frozenset([one, two])] = [(a or 0.0) - (b or 0.0) for a, b in zip(cells[one], cells[two], strict=True)]
    found = [name for name in cells if _runs(cells[name], [m for names, m in moves.items() if name not in names])]
    for whole in found:  # it grows while it is read: parts of parts
        found += [part for part in _parts(cells, whole) if part not in found]
    return frozenset(found)


def _parts(cells: Mapping[str, Values], whole: str) -> set[str]:
    """The columns that with one other add up to `whole` in every row."""
    return {
        name
        for pair in combinations([name for name in cells if name != whole], 2)
        if _adds_up(cells[whole], cells[pair[0]], cells[pair[1]])
        for name in pair
    }


def _adds_up(whole: Values, one: Values, two: Values) -> bool:
    tested = 0
    for total, first, second in zip(whole[:50], one, two, strict=False):
        if total is None or not first or not second:
            continue
        if abs(total - first - second) > 1e-6 * abs(total):
            return False
        tested += 1
    return tested >= _LEAST


def _runs(values: Values, moves: Sequence[Values]) -> bool:
    if len({value for value in values if value is not None}) < _LEAST:
        return False
    step = _step(values)
    return any(_moved(values, moved, step, later) for moved in moves for later in (True, False))


def _moved(values: Values, moved: Values, step: float, later: bool) -> bool:
    """Whether each value differs from the one before by what the row (`later`: the later of the two) moved."""
    tested = held = sure = 0
    for (before, after), (first, second) in zip(pairwise(values), pairwise(moved), strict=True):
        by = second if later else first
        if before is None or after is None or by is None or not (by or after - before):
            continue
        tested += 1
        held += abs(abs(after - before) - abs(by)) <= 1.1 * step
        sure += abs(by) > 10 * step
        if tested - held > max(3, 0.2 * tested):
            return False
    return held >= 0.8 * tested and sure >= max(_LEAST, 0.5 * tested)


def _rounding(name: str, values: Values) -> float:
    """What rounding may have changed of a column's values: nothing of whole numbers that are no rates."""
    step = _step(values)
    return 0.0 if step == 1 and not said.header_words(name) & said.RATES else step


def _step(values: Values) -> float:
    """The last digit that the values of a column have."""
    digits = 0
    for value in values[:100]:
        if value is not None and value % 1:
            digits = max(digits, len(f"{value:.9f}".rstrip("0").partition(".")[2]))
    return float(10.0**-digits)
