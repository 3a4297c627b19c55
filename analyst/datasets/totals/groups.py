"""Groups that are named only in their first row, or in a row above them, as printed reports do: the name is filled in.

A blank is filled only where the layout proves it: the column leads, its names part the table into blocks and never come
twice, and what stands beside it starts anew in each block, fills blocks of one length or has a total of each block's
name. Missing values do neither; where the names alone look like groups, that is told.
"""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise

from analyst.core.text import fold
from analyst.datasets.headers import words
from analyst.engine.loading import Loader
from analyst.protocol.table import IngestNote

_MOST_ROWS = 50_000
_MOST_COLUMNS = 4
"""Columns from the left that may name groups."""
_LONGEST = 60
_NO_GROUPS = frozenset("note notes comment comments remark remarks description email mail url link".split())  # noqa: SIM905
Cells = Sequence[str | None]


def fill_groups(
    loader: Loader, stage: str, headers: Sequence[str], totaled: Collection[str] = ()
) -> tuple[IngestNote, ...]:
    """Fill the names of groups down in `stage` (columns c0, c1, … named `headers`); what was filled, counted.

    `totaled` are the names, folded, of groups that had a total.
    """
    rows, named = loader.rows(f"SELECT count(*), count(c0) FROM {stage}")[0]
    if len(headers) < 2 or not 4 <= rows <= _MOST_ROWS or not 1 <= named <= 0.7 * rows:
        return ()
    headed = _fill_from_headings(loader, stage, headers)
    if headed is not None:
        return (headed,)
    cells = [f"c{place}" for place in range(min(len(headers), _MOST_COLUMNS + 1))]
    texts = [f"nullif(trim(CAST({cell} AS VARCHAR)), '')" for cell in cells]
    columns = list(zip(*loader.rows(f"SELECT {', '.join(texts)} FROM {stage} ORDER BY rowid"), strict=True))
    groups = _groups(columns, headers, totaled)
    if not groups:
        return (_doubt(columns[0], headers[0]),) if _may_be_groups(columns, headers[0]) else ()
    _fill(loader, stage, groups)
    count = sum(cell is None for column in columns[:groups] for cell in column)
    shown = ", ".join(repr(header) for header in headers[:groups])
    told = f"{count:,} empty cells of {shown} were filled with the value above: only the first row of a group names it."
    return (IngestNote("filled_down", told, count),)


def _fill_from_headings(loader: Loader, stage: str, headers: Sequence[str]) -> IngestNote | None:
    """Names of groups that stand alone in a row above the rows of each, into these rows; None where there are none."""
    alone = " AND ".join(f"c{place} IS NULL" for place in range(1, len(headers)))
    kinds = loader.rows(f"SELECT c0 IS NOT NULL, {alone} FROM {stage} ORDER BY rowid")
    headings = [bool(named and is_alone) for named, is_alone in kinds]
    parted = headings[0] and not headings[-1] and not any(one and two for one, two in pairwise(headings))
    if (
        not parted
        or sum(headings) < 2
        or any(bool(named) != heading for (named, _), heading in zip(kinds, headings, strict=True))
    ):
        return None
    _fill(loader, stage, 1)
    loader.materialise(stage, f"SELECT * FROM {stage} WHERE NOT ({alone}) ORDER BY rowid")
    count = sum(headings)
    told = f"{count:,} rows held only the name of a group: {headers[0]!r} of the rows below each was filled with it."
    return IngestNote("filled_down", told, count)


def _may_be_groups(columns: Sequence[Cells], header: str) -> bool:
    """Whether a first column names rows here and there, each name once, as groups are named in their first row only."""
    named = [cell for cell in columns[0] if cell]
    beside = sum(cell is not None for cell in columns[1])
    once = _names_blocks(columns[0], [0] * len(columns[0])) and not _NO_GROUPS & set(words(header))
    return once and len(named) > 1 and beside == len(columns[1])


def _doubt(column: Cells, header: str) -> IngestNote:
    count = sum(cell is None for cell in column)
    told = (
        f"{count:,} of {len(column):,} rows have no {header!r}: they may belong to the name above, but were left empty."
    )
    return IngestNote("groups_doubtful", told, count, header)


def _groups(columns: Sequence[Cells], headers: Sequence[str], totaled: Collection[str]) -> int:
    """How many columns from the left name groups in their first rows only."""
    count = 0
    blocks = [0] * len(columns[0])
    for place in range(len(columns) - 1):
        if not _names_blocks(columns[place], blocks) or _NO_GROUPS & set(words(headers[place])):
            break
        blocks = _numbered(columns[place], blocks)
        count += 1
    return count if count and (_have_totals(columns[0], totaled) or _is_proved(columns[count], blocks)) else 0


def _have_totals(column: Cells, totaled: Collection[str]) -> bool:
    """Whether the groups of a column had totals of their names, but for one at most."""
    names = [fold(cell) for cell in column if cell]
    return len(names) > 1 and sum(name not in totaled for name in names) <= (len(names) > 3)


def _names_blocks(column: Cells, outer: Sequence[int]) -> bool:
    """Whether a column has a name in the first row of each outer block, blanks below, and no name twice in a block."""
    named = [(block, cell) for block, cell in zip(outer, column, strict=True) if cell]
    firsts = [cell for place, cell in enumerate(column) if place == 0 or outer[place] != outer[place - 1]]
    once = len(set(named)) == len(named)
    short = all(len(cell) <= _LONGEST and "@" not in cell for _, cell in named)
    return all(firsts) and once and short and len(named) <= 0.7 * len(column)


def _numbered(column: Cells, outer: Sequence[int]) -> list[int]:
    """The number of the block that each row is in."""
    numbers, block = [], -1
    for place, cell in enumerate(column):
        block += bool(cell) or outer[place] != outer[place - 1]
        numbers.append(block)
    return numbers


def _is_proved(beside: Cells, blocks: Sequence[int]) -> bool:
    """Whether the column beside has the same names in each block or rises anew in it, or blocks are of one length."""
    if sum(cell is not None for cell in beside) < 0.95 * len(beside):
        return False
    lengths = Counter(blocks)
    pairs = set(zip(blocks, beside, strict=True))
    anew = len(pairs) == len(beside) and len(set(beside)) <= 0.7 * len(beside)
    alike = len(set(lengths.values())) == 1 and len(lengths) > 2
    several = len(lengths) > 1 and len(beside) >= 2 * len(lengths)
    return several and (anew or alike or _rises_anew(beside, blocks))


def _rises_anew(beside: Cells, blocks: Sequence[int]) -> bool:
    """Whether the column beside rises within each block and falls where the next one begins, and nowhere else."""
    values = [_sortable(cell or "") for cell in beside]
    falls = [two < one for one, two in pairwise(values)]
    return len(beside) >= 4 * (blocks[-1] + 1) and falls == [two != one for one, two in pairwise(blocks)]


def _sortable(cell: str) -> list[tuple[int, int, str]]:
    """A cell by which "A10" stands behind "A9"."""
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"(\d+)", cell) if part]


def _fill(loader: Loader, stage: str, groups: int) -> None:
    """Each name down to the next one, an inner one not past the end of its outer block."""
    starts = ", ".join(f"count(c{place}) OVER (ORDER BY rowid) AS g{place}" for place in range(groups))
    values = []
    for place in range(groups):
        outer = ", ".join(f"g{other}" for other in range(place))
        within = f"PARTITION BY {outer} " if outer else ""
        values.append(f"last_value(c{place} IGNORE NULLS) OVER ({within}ORDER BY place) AS c{place}")
    own = ", ".join(f"g{place}" for place in range(groups))
    numbered = f"SELECT *, rowid AS place, {starts} FROM {stage}"
    filled = f"SELECT * REPLACE ({', '.join(values)}) FROM ({numbered})"
    loader.materialise(stage, f"SELECT * EXCLUDE (place, {own}) FROM ({filled}) ORDER BY place")
