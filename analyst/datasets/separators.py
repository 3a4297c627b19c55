"""What points, commas and spaces mean between the digits of a column: thousands or decimals, by proof where there is.

Digits that are read in two ways (1.234) are settled by the column's other cells, else by the rest of the file, else by
what the amounts look like; what stays a guess is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analyst.core.quoting import literal

DOUBTFUL = re.compile(r"\s*[-+−]?\s?\d{1,3}([.,]\d{3})?\s*-?\s*")
"""A number in which a sign may part thousands as well as decimals."""
_CLASSES = {
    "code": r"0\d+|\d{16,}",
    "int": r"\d+",
    "point3": r"[1-9]\d{0,2}\.\d{3}",
    "comma3": r"[1-9]\d{0,2},\d{3}",
    "points": r"[1-9]\d{0,2}(\.\d{3}){2,}|\d{1,3}(\.\d{3})+,\d+",
    "commas": r"[1-9]\d{0,2}(,\d{3}){2,}|\d{1,3}(,\d{3})+\.\d+|\d{1,2}(,\d{2})+,\d{3}(\.\d+)?",
    "decimal point": r"\d*\.\d*([eE][-+]?\d{1,3})?|\d+[eE][-+]?\d{1,3}",
    "decimal comma": r"\d*,\d*",
}
_FEW, _MANY, _SPREAD = 3, 8, 5
"""So many numbers in groups of three prove thousands beside small whole ones, in files of amounts or decimal commas and
in others; so many different first groups are more than prices of one thing."""


def class_of(digits: str) -> str:
    """SQL for the class of digits without spaces and apostrophes: what its signs may mean; "" where it is no number."""
    whens = " ".join(f"WHEN regexp_full_match({digits}, {literal(p)}) THEN {literal(c)}" for c, p in _CLASSES.items())
    return f"CASE {whens} ELSE '' END"


@dataclass(frozen=True)
class Shape:
    """The cells of one class in a column: how many, how many different first groups, the largest number."""

    cells: int
    heads: int
    largest: float


@dataclass(frozen=True)
class Neighbors:
    """What the rest of a file says: columns with decimal commas, with decimal points, and how fields are parted."""

    commas: bool = False
    points: bool = False
    delimiter: str = ","


@dataclass(frozen=True)
class Signs:
    """The signs between thousands and before decimals; `doubtful` when that is a guess."""

    thousands: str
    decimals: str
    doubtful: bool = False

    def plain(self, digits: str) -> str:
        """SQL for the digits as a cast reads them."""
        bare = f"replace({digits}, {literal(self.thousands)}, '')"
        return bare if self.decimals == "." else f"replace({bare}, ',', '.')"


ENGLISH, CONTINENTAL = Signs(",", "."), Signs(".", ",")


def signs_of(shapes: Mapping[str, Shape], neighbors: Neighbors, *, counted: str = "") -> Signs | None:
    """How a column writes its numbers; None where its cells contradict each other. `counted`: "money", "%" or ""."""
    continental = bool({"points", "decimal comma"} & set(shapes))
    english = bool({"commas", "decimal point"} & set(shapes))
    doubtful = shapes.get("point3") or shapes.get("comma3")
    if (continental and english) or {"point3", "comma3"} <= set(shapes):
        return None
    if continental or english:
        return CONTINENTAL if continental else ENGLISH
    if doubtful is None:
        return CONTINENTAL if neighbors.commas else ENGLISH
    if _grouped(doubtful, shapes.get("int"), _FEW if counted == "money" or neighbors.delimiter == ";" else _MANY):
        return CONTINENTAL if "point3" in shapes else ENGLISH
    if neighbors.commas != neighbors.points:
        return CONTINENTAL if neighbors.commas else ENGLISH
    guess = _guessed(doubtful, neighbors, counted, point="point3" in shapes)
    whole = shapes.get("int")
    mixed = "comma3" in shapes and guess.decimals == "," and whole is not None and whole.largest > 999
    return replace(guess, doubtful=guess.doubtful or mixed)


def _grouped(threes: Shape, whole: Shape | None, least: int) -> bool:
    """Whether whole numbers without a sign are all small: those of a thousand and more have theirs."""
    return whole is not None and whole.largest <= 999 and threes.cells >= least


def _guessed(threes: Shape, neighbors: Neighbors, counted: str, *, point: bool) -> Signs:
    """What groups of three are where nothing proves it: amounts of money have no three decimals, other numbers may."""
    as_thousands, as_decimals = (CONTINENTAL, ENGLISH) if point else (ENGLISH, CONTINENTAL)
    foreign = neighbors.delimiter == ";"
    if counted == "%":
        return as_decimals
    if not point:
        return as_decimals if foreign and counted != "money" else as_thousands
    spread = threes.heads >= (2 if foreign and counted == "money" else _SPREAD) and threes.largest >= 10_000
    chosen = as_thousands if spread and (foreign or counted == "money") else as_decimals
    return replace(chosen, doubtful=foreign or counted == "money")


def shapes_of(rows: Iterable[tuple[str, int, int, float | None]]) -> dict[str, Shape]:
    """Shapes by class, from (class, cells, heads, largest) of parts of a column."""
    shapes: dict[str, Shape] = {}
    for name, cells, heads, largest in rows:
        known = shapes.get(name, Shape(0, 0, 0.0))
        shapes[name] = Shape(known.cells + cells, max(known.heads, heads), max(known.largest, largest or 0.0))
    return shapes


def doubt(names: str, signs: Signs) -> str:
    """The sentence that tells how numbers were read that can be read in two ways."""
    if signs.thousands == ".":
        return f"{names} may be decimals (1.234), but were read as thousands (1.234 as 1234)."
    return f"{names} may be thousands (1.234 for 1234), but were read as decimals."
