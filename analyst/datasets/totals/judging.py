"""Which marked rows are totals: what figures prove, what words add, and what is too little."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from analyst.datasets.totals.marking import Marks
from analyst.datasets.totals.proving import ByName, Proof, Sums
from analyst.datasets.totals.reading import Reading, read_marked
from analyst.datasets.totals.wording import Says

_CERTAIN, _LIKELY = 4.0, 2.0
"""Orders of magnitude of luck that it would take for figures to be sums by chance."""
_SURE_SUM = 3.0
"""What one sum must be worth where the other figures are none."""
_MOST_LEVELS = 40
_MOST_OF = 0.8
"""The share of a level that must be sums: where fewer rows with every name are, "Total" is a member, and all of it
stays."""
_SAID = 0.3
"""What is enough of a row that says that it is a total."""


@dataclass(frozen=True)
class Total:
    """A marked row and its proof."""

    reading: Reading
    proof: Proof


def judge(marks: Marks, by_name: ByName) -> tuple[list[Total], list[Total]]:
    """The totals among the marked rows; and the rows at an end that only say so, whose figures are no sums."""
    readings = read_marked(marks)
    levels: dict[object, list[int]] = defaultdict(list)
    for index, reading in enumerate(readings):
        levels[reading.level].append(index)
    largest = sorted(levels.values(), key=lambda indices: _priority([readings[index] for index in indices]))
    everything = Sums(marks, readings, range(len(readings)), by_name)
    found: list[Total] = []
    doubtful: list[Total] = []
    for indices in largest[:_MOST_LEVELS]:
        own = Sums(marks, readings, indices, by_name)
        pairs = max((_proved(sums, readings, indices) for sums in (everything, own)), key=_weight)
        accepted = _accepted(pairs, marks.rows - len(marks.marked))
        found += accepted
        doubtful += [pair for pair in pairs if pair not in accepted and len(pairs) == 1 and _is_doubtful(pair)]
    return sorted(found, key=lambda total: total.reading.row.place), doubtful


def _priority(alike: Sequence[Reading]) -> tuple[bool, int]:
    """Levels that say they are totals come first, then the common ones."""
    return not any(reading.says or reading.average or reading.at_end for reading in alike), -len(alike)


def _proved(sums: Sums, readings: Sequence[Reading], indices: Sequence[int]) -> list[Total]:
    return [Total(readings[index], sums.proof(index, indices)) for index in indices]


def _weight(pairs: Sequence[Total]) -> float:
    return sum(pair.proof.weight for pair in pairs)


def _accepted(pairs: Sequence[Total], rows: int) -> list[Total]:
    """The totals of one level: each by itself, and those like them once the level is proved.

    A row that has every name and more to say than "Total" ("All causes" of a year) is a member that somebody may ask
    for: only one that is the sum of all `rows` goes.
    """
    first = pairs[0].reading
    if first.says is Says.LOOSELY and not first.gaps:
        whole = [pair for pair in pairs if pair.proof.leaves.rows >= rows and pair.proof.whole]
        return whole if len(pairs) == 1 and first.at_end and pairs[0].proof.weight >= _LIKELY else []
    if len(pairs) == 1 and _is_grand(pairs[0], rows):
        return list(pairs)
    sure = [pair for pair in pairs if _is_total(pair)]
    figured = [pair for pair in pairs if pair.reading.row.figures]
    fitting = [pair for pair in figured if pair.proof.fits or _repeats_one(pair)]
    likely = [pair for pair in figured if pair.proof.whole]
    need = _LIKELY if first.says else _CERTAIN
    proved = _weight(pairs) >= need and len(fitting) >= _MOST_OF * len(figured) and len(likely) > 0
    said = bool(first.says)
    if proved and (said or first.gaps):
        return [pair for pair in pairs if said or pair in fitting or pair in sure]
    if said and not first.gaps and len(sure) < _MOST_OF * len(figured):
        return []
    return sure


def _repeats_one(pair: Total) -> bool:
    """Whether the row repeats the one row of its block: the total of one row."""
    return pair.proof.leaves.rows == 1 and not pair.proof.misses


def _is_total(pair: Total) -> bool:
    reading, proof = pair.reading, pair.proof
    if reading.average:
        return _is_average(pair)
    if reading.says is Says.PLAINLY:
        return _is_said(pair)
    if reading.says is Says.LOOSELY:
        return proof.weight >= 1
    if not reading.gaps:
        return False
    if reading.at_end:
        mostly = len(proof.fits) >= len(proof.misses) or _are_of_all(pair)
        return proof.weight >= _LIKELY and mostly
    return proof.weight >= _CERTAIN and proof.whole


def _is_said(pair: Total) -> bool:
    """A row named "Total": without a name of its own it is no row of the table, else its figures must all be sums."""
    reading, proof = pair.reading, pair.proof
    if not reading.row.figures:
        return bool(reading.gaps)
    if reading.nameless:
        return proof.weight >= _SAID or not reading.names
    return proof.whole and proof.weight >= _SAID


def _is_grand(pair: Total, rows: int) -> bool:
    """Whether an only "Total" at an end holds sums of all rows, and beside them only what may be rates of all."""
    reading, proof = pair.reading, pair.proof
    rated = all(proof.leaves.held[cell].holds(reading.row.figures[cell]) for cell in proof.misses)
    whole = reading.at_end and proof.leaves.rows >= rows and proof.weight >= _LIKELY
    return reading.says is Says.PLAINLY and whole and rated


def _are_of_all(pair: Total) -> bool:
    """Whether what is no sum of all rows may be a rate of all, or a count of those who are in several rows."""
    held, figures = pair.proof.leaves.held, pair.reading.row.figures
    return pair.proof.weight >= _SURE_SUM and all(
        held[cell].least <= figures[cell] <= max(held[cell].most, held[cell].total) for cell in pair.proof.misses
    )


def _is_average(pair: Total) -> bool:
    """A row named "Average" or "Max": one with a name of its own ("Max" of Sales) must have the figures of one."""
    reading, proof = pair.reading, pair.proof
    return reading.at_end and ((bool(reading.gaps) and not reading.names) or proof.weight >= _LIKELY)


def _is_doubtful(pair: Total) -> bool:
    return pair.reading.says is Says.PLAINLY and pair.reading.at_end and bool(pair.proof.misses)
