"""Members of a column that are sums of others: "World" among countries, "All" among causes, regions among their parts.

Such rows stay, since somebody may ask for them, but they must not be added to, or ranked with, what they are made of.
"""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analyst.core.quoting import literal, quoted, quoted_names
from analyst.core.text import fold
from analyst.datasets.totals.wording import Says, says_total
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile

_MOST_MEMBERS, _MOST_MEASURES, _MOST_GROUPS = 2_000, 12, 5_000
_LEAST_OTHERS_OF = {2: 2, 3: 5, 4: 9}
"""A whole is so many parts of all rows: a half beside its parts, a third where these have wholes of their own too; and
for each the least number of other members that such parts make."""
_STANDING_OUT, _LEAST_OTHERS = 1.8, 5
"""The first or last member in the file needs less proof among so many others."""
_LOOSE = 0.005
_REACH = 200
"""Neighbors that a member may be the sum of."""
_WORLD = frozenset("world worldwide global monde welt mundo mondo wereld мир 世界 全球".split())  # noqa: SIM905
_REGIONS = frozenset(
    """africa|antarctica|asia|europe|north america|south america|america|americas|oceania|afrika|asien|europa|amerika|
    afrique|asie|amerique|european union|eu|eu27|eu28|euro area|eurozone|oecd|oecd members|oecd total|g7|g20|arab world|
    high income|upper middle income|lower middle income|middle income|low income|high income countries|
    upper middle income countries|lower middle income countries|low income countries|sub saharan africa|south asia|
    east asia pacific|europe central asia|latin america caribbean|middle east north africa|small states""".replace(
        "\n", ""
    )
    .replace("    ", "")
    .split("|")
)
"""Names of groups of countries: wholes where the world is one too."""


@dataclass(frozen=True)
class _Member:
    """A value of a column: in how many rows it is, and the sums of the measures over these."""

    name: str
    rows: int
    sums: Sequence[float | None]


def with_wholes(engine: Engine, relation: str, columns: Sequence[ColumnProfile]) -> tuple[ColumnProfile, ...]:
    """`columns` with the members of each that are sums of other members."""
    measures = [c.name for c in columns if c.role == "measure" and c.kind == "number" and c.meaning.adds != "never"]
    measures = measures[:_MOST_MEASURES]
    named = [c for c in columns if c.kind == "text" and c.role == "dimension" and not c.personal]
    named = [c for c in named if 3 <= c.distinct <= _MOST_MEMBERS]
    found = {}
    for column in named if measures else ():
        members = _members(engine, relation, column.name, measures)
        wholes = _Search(engine, relation, column, columns, measures).wholes(members)
        if wholes:
            found[column.name] = replace(column.meaning, wholes=wholes)
    return tuple(replace(c, meaning=found[c.name]) if c.name in found else c for c in columns)


def _members(engine: Engine, relation: str, column: str, measures: Sequence[str]) -> list[_Member]:
    """The members in the order in which they first appear."""
    cell, sums = quoted(column), "".join(f", sum({quoted(measure)})" for measure in measures)
    rows = engine.rows(
        f"SELECT {cell}, count(*){sums} FROM {relation} WHERE {cell} IS NOT NULL GROUP BY {cell} ORDER BY min(_row)"
    )
    return [_Member(row[0], int(row[1]), [None if v is None else float(v) for v in row[2:]]) for row in rows]


@dataclass(frozen=True)
class _Search:
    """The search for the wholes of one column."""

    engine: Engine
    relation: str
    column: ColumnProfile
    columns: Sequence[ColumnProfile]
    measures: Sequence[str]

    def wholes(self, members: Sequence[_Member]) -> tuple[str, ...]:
        """The members that are sums: of all others first, then groups of countries, then those of their neighbors."""
        all_names = [member.name for member in members]
        ends = {members[0].name, members[-1].name} if len(members) > _LEAST_OTHERS else set()
        found = [name for name in self._candidates(members) if self._is_whole(name, at_end=name in ends)]
        if any(_is_world(name) for name in found):
            found += [name for name in all_names if _plain(name) in _REGIONS and name not in found]
        rest = [member for member in members if member.name not in found]
        found += _heads(rest, twice=any(_are_twice(member, rest) for member in members if member.name in found))
        return tuple(name for name in all_names if name in found) if len(found) < len(members) - 1 else ()

    def _candidates(self, members: Sequence[_Member]) -> list[str]:
        """Those whose sums are a half, third or fourth of everything, and those that words call the whole."""
        totals = [sum(member.sums[i] or 0.0 for member in members) for i in range(len(self.measures))]
        levels = _levels(len(members) - 1)
        fitting = [
            member.name
            for member in members
            if says_total(member.name) or _is_world(member.name) or _fits(member.sums, totals, levels)
        ]
        return fitting[:20]

    def _is_whole(self, name: str, *, at_end: bool) -> bool:
        """Whether in each group of the other columns the member is what all others add up to."""
        keys = [column.name for column in self.columns if self._is_shared(column, name)]
        groups = self._groups(name, keys)
        own = sum(int(group[0]) for group in groups)
        if not groups or own > 1.5 * len(groups):
            return False
        said = says_total(name) is Says.PLAINLY or _is_world(name)
        others = sum(int(group[1]) for group in groups)
        need = 1.0 if said else _STANDING_OUT if at_end else 3.0 + math.log10(max(1, self.column.distinct))
        levels = _levels(others // len(groups))
        proofs = [
            _proof([group[2 + 2 * i : 4 + 2 * i] for group in groups], levels, said=said)
            for i in range(len(self.measures))
        ]
        enough = others >= (2 if said or len(groups) > 1 else 3) * len(groups)
        return enough and (sum(weight for weight, _ in proofs) >= need or (said and any(over for _, over in proofs)))

    def _is_shared(self, column: ColumnProfile, name: str) -> bool:
        """Whether a column parts the table into groups that hold the member and others: a year, not its own code."""
        usable = column.role in ("time", "dimension", "target") and column.name != self.column.name
        if not usable or not 1 < column.distinct <= _MOST_GROUPS:
            return False
        cell, is_it = quoted(column.name), f"{quoted(self.column.name)} = {literal(name)}"
        own, both = self.engine.rows(
            "SELECT count(*) FILTER (WHERE own > 0), count(*) FILTER (WHERE own > 0 AND own < n) FROM (SELECT"
            f" count(*) AS n, count(*) FILTER (WHERE {is_it}) AS own FROM {self.relation} WHERE {cell} IS NOT NULL"
            f" GROUP BY {cell})"
        )[0]
        return bool(own and both >= 0.9 * own)

    def _groups(self, name: str, keys: Sequence[str]) -> list[tuple[float, ...]]:
        """(rows of the member, other rows, then for each measure the member's value and the sum of the others')."""
        is_it = f"{quoted(self.column.name)} = {literal(name)}"
        sums = "".join(
            f", sum({cell}) FILTER (WHERE {is_it}), sum({cell}) FILTER (WHERE NOT {is_it})"
            for cell in map(quoted, self.measures)
        )
        by = f" GROUP BY {quoted_names(keys)}" if keys else ""
        return self.engine.rows(
            f"SELECT count(*) FILTER (WHERE {is_it}), count(*) FILTER (WHERE NOT {is_it}){sums}"
            f" FROM {self.relation}{by} HAVING count(*) FILTER (WHERE {is_it}) > 0"
            f" AND count(*) FILTER (WHERE NOT {is_it}) > 1 LIMIT {_MOST_GROUPS}"
        )


def _levels(others: int) -> list[int]:
    """The levels that a whole may have beside so many other members."""
    return [level for level, least in _LEAST_OTHERS_OF.items() if others >= least]


def _fits(sums: Sequence[float | None], totals: Sequence[float], levels: Sequence[int]) -> bool:
    return any(
        value and any(abs(total - level * value) <= max(0.51, 1e-6 * abs(total)) for level in levels)
        for value, total in zip(sums, totals, strict=True)
    )


def _proof(pairs: Sequence[Sequence[float | None]], levels: Sequence[int], *, said: bool) -> tuple[float, bool]:
    """How unlikely it is by chance that the first values are the sums that stand beside them; and whether all of them
    are at least nearly as large as these."""
    weight, held, over, tested = 0.0, 0, 0, 0
    for value, others in pairs:
        if value is None or others is None or not value:
            continue
        tested += 1
        exact = max(_half_digit(value), 1e-9 * abs(value))
        slack = max(exact, _LOOSE * abs(value)) if said else exact
        if any(abs(others - (level - 1) * value) <= slack for level in levels):
            held += 1
            weight += min(6.0, math.log10(max(1.0, abs(value) / slack / 2)))
        over += value >= 0.95 * others > 0
    if not tested:
        return 0.0, False
    return (weight if held >= 0.9 * tested else 0.0), over >= 0.95 * tested


def _half_digit(value: float) -> float:
    """Half of the last digit of a number, and a little."""
    return 0.51 * 10.0 ** -len(f"{value:.6f}".rstrip("0").partition(".")[2])


def _is_world(name: str) -> bool:
    return _plain(name) in _WORLD


def _plain(name: str) -> str:
    return " ".join(fold(name).replace("-", " ").replace("&", " ").replace("(", " ").replace(")", " ").split())


def _are_twice(whole: _Member, others: Sequence[_Member]) -> bool:
    """Whether others add up to twice the whole in every measure: then some are the sums of others, as in a pivot."""
    sums = [sum(other.sums[i] or 0.0 for other in others) for i in range(len(whole.sums))]
    pairs = [(value, total) for value, total in zip(whole.sums, sums, strict=True) if value]
    return bool(pairs) and all(abs(total - 2 * value) <= 2 * _half_digit(value) for value, total in pairs)


def _heads(members: Sequence[_Member], *, twice: bool) -> list[str]:
    """The members that are the sums of those that follow them, or go before them, in the file; level by level. `twice`:
    something must be, so that less is proof."""
    found: list[str] = []
    rest = list(members)
    for _ in _LEAST_OTHERS_OF:
        blocks = _tiled(rest, twice=twice) or dict(_blocks(rest))
        covered = sum(blocks.values()) + len(blocks)
        said = [name for name in blocks if says_total(name)]
        if not blocks or (len(said) < len(blocks) and covered < 0.5 * len(rest)):
            return [*found, *said]
        found += blocks
        rest = [member for member in rest if member.name not in blocks]
    return found


def _tiled(members: Sequence[_Member], *, twice: bool) -> dict[str, int]:
    """The heads of blocks that follow each other without a member between, and how many members each sums; each block
    proves little, all of them much, or as much as is needed where everything is in the table `twice`."""
    need = 0.0 if twice else 4.0 + math.log10(max(1, len(members)))
    for side in (list(members), list(members)[::-1]):
        blocks: dict[str, int] = {}
        weight, place = 0.0, 0
        while place < len(side) and (found := _block(side[place], side[place + 1 :][:_REACH], least=1 if twice else 2)):
            count, likely = found
            blocks[side[place].name] = count
            weight, place = weight + likely, place + count + 1
        if len(blocks) > 1 and place == len(side) and weight >= need:
            return blocks
    return {}


def _blocks(members: Sequence[_Member]) -> Iterator[tuple[str, int]]:
    """(member, how many others make it up) for each that is the sum of at least two neighbors in a row."""
    for place, member in enumerate(members):
        need = 1.5 if says_total(member.name) else 4.0 + math.log10(len(members))
        for side in (members[place + 1 :], members[:place][::-1]):
            found = _block(member, side[:_REACH], least=2)
            if found and found[1] >= need:
                yield member.name, found[0]
                break


def _block(member: _Member, others: Sequence[_Member], *, least: int) -> tuple[int, float] | None:
    """How many of the first `others`, `least` or more, add up to `member` in every measure, and how unlikely that is by
    chance."""
    values = [(i, value) for i, value in enumerate(member.sums) if value]
    sums = dict.fromkeys([i for i, _ in values], 0.0)
    for count, other in enumerate(others, 1):
        for i in sums:
            sums[i] += other.sums[i] or 0.0
        if count >= least and values and all(abs(sums[i] - value) <= _half_digit(value) for i, value in values):
            return count, sum(min(6.0, math.log10(max(1.0, abs(value)))) for _, value in values)
        if values and all(abs(sums[i]) > 2 * abs(value) for i, value in values):
            return None
    return None
