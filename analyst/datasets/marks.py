"""What stands around the numbers of a column: one currency or several, a unit, percent signs, scales, bounds, notes.

A column is only read as numbers where all its marks make sense together; what is special about them is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyst.core.numerals import LETTERS, SCALES, Lead, Tail
from analyst.datasets.headers import ID_WORDS, words
from analyst.protocol.table import Meaning

CODE_WORDS = ID_WORDS | {
    *("code", "codes", "zip", "plz", "phone", "telephone", "tel", "mobile", "fax", "ip", "version", "model", "modell"),
    *("room", "seat", "gate", "flight", "apartment", "unit", "house", "address", "street", "gtin", "vin", "plate"),
}
"""Words of a header that speak of codes: letters and signs around their digits are part of them."""
AMOUNT_WORDS = frozenset(
    """
    amount amounts price prices cost costs revenue sales salary salaries wage wages income pay fee fees total totals
    value budget spend spending profit loss turnover earnings balance payment payments paid tax discount refund refunds
    gross net bonus funding valuation cap rent debt expense expenses charge charges donation loan subtotal tip margin
    umsatz betrag preis kosten gehalt lohn summe wert saldo gebühr gewinn einnahmen ausgaben prix montant coût cout
    salaire chiffre précio precio importe costo coste ventas valor salario ingreso ingresos gasto monto preço preco
    custo receita salário fatturato importo prezzo costo stipendio ricavi omzet bedrag prijs kosten belopp pris kwota
    cena сумма цена 売上 金額 価格 金额 价格 销售额 followers subscribers views population installs downloads users
    """.split()  # noqa: SIM905
)
"""Words of a header that speak of amounts, in the languages that tables come in."""
SIDES = (("cr", "dr"), ("credit", "debit"), ("haben", "soll"), ("h", "s"), ("c", "d"))
"""What stands behind amounts on the two sides of an account: what comes in, and what goes out."""
ONLY_SIDES = frozenset(("dr",))
"""Those that mean nothing else behind a number."""
FAMILIES: tuple[Mapping[str, float], ...] = (
    {"mg": 1e-3, "g": 1.0, "kg": 1e3, "t": 1e6},
    {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3},
    {"ml": 1e-3, "cl": 1e-2, "dl": 1e-1, "l": 1.0, "hl": 1e2},
    {"b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
    {"w": 1.0, "kw": 1e3, "mw": 1e6, "gw": 1e9},
    {"wh": 1.0, "kwh": 1e3, "mwh": 1e6, "gwh": 1e9},
    {"in": 1.0, "ft": 12.0, "yd": 36.0},
    {"oz": 1.0, "lb": 16.0},
)
"""Units of one kind and how many of the first with factor 1 each is."""
_SAME = {
    "kgs": "kg", "kilos": "kg", "gr": "g", "grams": "g", "lbs": "lb", "pounds": "lb", "ounces": "oz", "litre": "l",
    "liter": "l", "litres": "l", "liters": "l", "ltr": "l", "meter": "m", "metre": "m", "meters": "m", "metres": "m",
    "kms": "km", "inch": "in", "inches": "in", '"': "in", "'": "ft", "feet": "ft", "foot": "ft", "kmh": "km/h",
    "kph": "km/h", "hrs": "h", "hr": "h", "hours": "h", "hour": "h", "mins": "min", "minutes": "min", "minute": "min",
    "secs": "s", "sec": "s", "seconds": "s", "second": "s", "yrs": "years", "yr": "years", "year": "years",
    "day": "days", "week": "weeks", "month": "months",
}  # fmt: skip
_SHORT = frozenset(("m", "g", "l", "t", "h", "s", "v", "w", "a", "b", "°", "″", "′"))
"""Units of one letter; any other letter behind numbers is part of a code."""


@dataclass(frozen=True)
class Cells:
    """Cells with the same marks: `count` of them, `low` to `high` as written, `whole` where none has decimals."""

    lead: Lead
    tail: Tail
    count: int
    low: float
    high: float
    whole: bool
    noted: int
    example: str
    raw: tuple[str, str] = ("", "")
    """The lead and the tail as text."""


@dataclass(frozen=True)
class Telling:
    """Something a reader of results must know of how a column was read."""

    kind: str
    count: int
    text: str


@dataclass
class Marks:
    """How marks are read: the factor of each tail, the currency of each pair of lead and tail, what is told."""

    meaning: Meaning = field(default_factory=Meaning)
    factors: dict[tuple[str, str], float] = field(default_factory=dict)
    currencies: dict[tuple[str, str], str] = field(default_factory=dict)
    told: list[Telling] = field(default_factory=list)

    @property
    def counted(self) -> str:
        """What the numbers count, as far as separators may tell it: "money", "%" or ""."""
        return "money" if self.currencies else "%" if self.meaning.unit == "%" else ""


def read_marks(header: str, groups: Sequence[Cells], distinct: int) -> Marks | None:
    """How a column's marks are read; None where they don't make numbers of its cells."""
    marks = Marks()
    column = _without_sides(_Column(header, groups, distinct), marks)
    if column is None:
        return None
    for step in _STEPS:
        if not step(column, marks):
            return None
    return marks


@dataclass(frozen=True)
class _Column:
    header: str
    groups: Sequence[Cells]
    distinct: int

    @property
    def total(self) -> int:
        return sum(group.count for group in self.groups)

    @property
    def words(self) -> set[str]:
        return set(words(self.header))

    def count(self, test: Callable[[Cells], object]) -> int:
        return sum(group.count for group in self.groups if test(group))


def _without_sides(column: _Column, marks: Marks) -> _Column | None:
    """The column with what is booked on the debit side negative; None where only some amounts say their side."""
    units = {_side(group) for group in column.groups} - {""}
    pair = next((pair for pair in SIDES if units == set(pair)), None)
    if pair is None or (len(pair[0]) == 1 and not column.words & AMOUNT_WORDS):
        return None if units & ONLY_SIDES else column
    if column.count(lambda group: not _side(group) and not _zero(group)):
        return None
    credit, debit = pair
    marks.factors |= {group.raw: -1.0 for group in column.groups if _side(group) == debit}
    told = f"Amounts of {column.header!r} are marked {credit.upper()} or {debit.upper()}: {debit.upper()} is negative."
    marks.told.append(Telling("ledger_sides", column.total, told))
    groups = [replace(group, tail=replace(group.tail, unit="")) for group in column.groups]
    return replace(column, groups=groups)


def _side(group: Cells) -> str:
    return group.tail.unit.casefold().rstrip(".")


def _money(group: Cells) -> str:
    return group.lead.currency or group.tail.currency


def _zero(group: Cells) -> bool:
    return group.low == 0 == group.high


def _currency(column: _Column, marks: Marks) -> bool:
    found = Counter[str]()
    for group in column.groups:
        if code := _money(group):
            found[code] += group.count
            marks.currencies[group.raw] = code
        if group.lead.currency and group.tail.currency and group.lead.currency != group.tail.currency:
            return False
    bare = column.count(lambda group: not _money(group) and not _zero(group))
    if len(found) > 1:
        listed = ", ".join(f"{code} ({count:,})" for code, count in found.most_common(4))
        without = f", {bare:,} have none" if bare else ""
        told = f"The amounts of {column.header!r} are in several currencies: {listed}{without}."
        marks.told.append(Telling("mixed_currencies", column.total, told))
    elif found and bare:
        told = f"{bare:,} of {column.total:,} amounts of {column.header!r} have no currency sign."
        marks.told.append(Telling("missing_currency", bare, told))
    elif found:
        marks.meaning = Meaning(unit=next(iter(found)))
    plain = not any(group.low % 1 or group.high >= 1000 for group in column.groups)
    rand = "ZAR" in found and any(group.raw[0] == "R" for group in column.groups)
    return not (rand and (plain or column.words & CODE_WORDS))


def _percent(column: _Column, marks: Marks) -> bool:
    signed = [group for group in column.groups if group.tail.percent]
    if not signed:
        return True
    if marks.currencies or any(group.tail.unit or group.tail.scale for group in signed):
        return False
    for group in signed:
        marks.factors[group.raw] = 0.001 if group.tail.percent == "‰" else 0.01
    bare = [group for group in column.groups if not group.tail.percent and not _zero(group)]
    marks.meaning = Meaning(unit="%")
    if not bare:
        return True
    count = sum(group.count for group in bare)
    unsigned = f"{count:,} of {column.total:,} values of {column.header!r} have no percent sign"
    if max(group.high for group in bare) <= 1 and max(group.high for group in signed) > 1:
        told = f"{unsigned} and were read as shares: 0.45 as 45%."
        marks.told.append(Telling("mixed_percent", count, told))
        return True
    if min(group.low for group in bare) >= 1:
        marks.factors |= {group.raw: 0.01 for group in bare}
        told = f"{unsigned} and were read as percent: 45 as 45%."
        marks.told.append(Telling("mixed_percent", count, told))
        return True
    return False


def _scale(column: _Column, marks: Marks) -> bool:
    scaled = [(group, _scale_of(group)) for group in column.groups]
    found = {scale for _, scale in scaled if scale}
    if not found:
        return True
    letters = {scale for scale in found if scale in LETTERS}
    if letters and letters == found and not _proven(column, letters, scaled):
        return False
    marks.factors |= {group.raw: marks.factors.get(group.raw, 1.0) * SCALES[scale] for group, scale in scaled if scale}
    return True


def _scale_of(group: Cells) -> str:
    """The scale of its tail: behind money a small letter is one too, and "Cr" a crore behind rupees."""
    unit = group.tail.unit.casefold().rstrip(".")
    if _money(group) and unit in LETTERS:
        return unit
    return "crore" if unit == "cr" and _money(group) == "INR" and group.high < 100_000 else group.tail.scale


def _proven(column: _Column, letters: set[str], scaled: Iterable[tuple[Cells, str]]) -> bool:
    """Whether single letters are scales and no sizes, models or resolutions: several of them, money, or decimals."""
    if column.words & CODE_WORDS:
        return False
    if len(letters) > 1 or any(_money(group) for group, _ in scaled) or column.words & AMOUNT_WORDS:
        return True
    fractions = any(not group.whole for group, scale in scaled if scale)
    return fractions or (letters == {"k"} and column.distinct >= 8)


def _unit(column: _Column, marks: Marks) -> bool:
    units = Counter[str]()
    for group in column.groups:
        if unit := _unit_of(group):
            units[unit] += group.count
    if not units:
        return True
    if column.words & CODE_WORDS or not all(_is_unit(unit) for unit in units) or column.distinct < 3:
        return False
    bare = column.count(lambda group: not _unit_of(group) and not _zero(group))
    chosen = units.most_common(1)[0][0]
    if len(units) > 1 and not _converted(column, marks, units, chosen):
        return False
    if any(marks.currencies.values()) and not all(unit.startswith("/") for unit in units):
        return False
    if bare and bare * 2 > column.total:
        return False
    if bare:
        told = f"{bare:,} of {column.total:,} values of {column.header!r} have no unit; the others are in {chosen}."
        marks.told.append(Telling("missing_unit", bare, told))
    unit = f"{marks.meaning.unit or ''}{chosen}"
    marks.meaning = Meaning(unit=None if bare else unit, currency=marks.meaning.currency)
    return True


def _unit_of(group: Cells) -> str:
    unit = group.tail.unit.rstrip(".").replace(" ", "") if not _scaled_unit(group) else ""
    lower = unit.casefold()
    return _SAME.get(lower, lower if any(lower in family for family in FAMILIES) and len(lower) > 1 else unit)


def _scaled_unit(group: Cells) -> bool:
    return bool(group.tail.unit) and _scale_of(group) != group.tail.scale


def _is_unit(unit: str) -> bool:
    return len(unit) > 1 or unit.casefold() in _SHORT or not unit.isascii()


def _converted(column: _Column, marks: Marks, units: Mapping[str, int], chosen: str) -> bool:
    """Whether all units are of one kind and every value can be told in the commonest of them."""
    folded = {unit.casefold() for unit in units}
    family = next((family for family in FAMILIES if folded <= set(family)), None)
    if family is None:
        return False
    for group in column.groups:
        if unit := _unit_of(group):
            factor = family[unit.casefold()] / family[chosen.casefold()]
            marks.factors[group.raw] = marks.factors.get(group.raw, 1.0) * factor
    listed = ", ".join(units)
    told = f"The values of {column.header!r} are in several units ({listed}) and were converted to {chosen}."
    marks.told.append(Telling("mixed_units", column.total, told))
    return True


def _bounds(column: _Column, marks: Marks) -> bool:
    """Lower bounds of amounts ("1,000+") are numbers; bands of ages ("18+", "<18") are not."""
    bounded = column.count(lambda group: group.lead.bound or group.tail.more)
    if not bounded:
        return True
    largest = max(group.high for group in column.groups)
    if bounded * 2 > column.total and (largest < 1000 or column.distinct <= 3):
        return False
    example = next(group.example for group in column.groups if group.lead.bound or group.tail.more)
    few = f"{bounded:,} of {column.total:,} values of {column.header!r} are bounds or estimates such as {example!r}"
    told = f"{few}; the number itself was used."
    marks.told.append(Telling("number_bounds", bounded, told))
    return True


def _brackets(column: _Column, marks: Marks) -> bool:
    """Negatives of bookkeepers stand in brackets; where all cells do, the brackets number things."""
    opened = column.count(lambda group: group.lead.opened)
    if column.count(lambda group: group.lead.opened != group.tail.closed):
        return False
    return opened < column.total or bool(marks.currencies)


def _notes(column: _Column, marks: Marks) -> bool:
    noted = sum(group.noted for group in column.groups)
    if noted:
        told = f"Notes behind {noted:,} values of {column.header!r}, such as '*' or '[1]', were left out."
        marks.told.append(Telling("number_notes", noted, told))
    return True


_STEPS = (_currency, _percent, _scale, _unit, _bounds, _brackets, _notes)
