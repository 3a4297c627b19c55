"""Rows below the names of columns that still belong to the header: units, question texts, choices, ids of survey tools.

Survey tools export two or three header rows (Qualtrics: codes, questions, import ids; SurveyMonkey: questions, then the
choices), instruments one of units. None of them is data; each tells more of a column, so it goes into the name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyst.datasets.sources.cells import Row, column_of, filled, is_value, value_columns
from analyst.datasets.suspicion import LEFTOVERS

_MOST = 4
"""Rows of a header below the names."""
_JUDGED = 200
_IMPORT_ID = re.compile(r"""\{\s*['"]ImportId['"]""")
_RULER = re.compile(r"[-=_:+|. ]*[-=_]{2}[-=_:+|. ]*")
_UNIT = re.compile(r"[\[(]?[A-Za-z°µμΩ%‰$€£¥#/²³^·*. 0-9-]{1,14}[\])]?")
_DATE_FORM = re.compile(r"[Yy]{2,4}[-/. ]?[Mm]{2}[-/. ]?[Dd]{2}|[Dd]{2}[-/. ]?[Mm]{2}[-/. ]?[Yy]{2,4}")
_LONG_UNITS = frozenset(
    """
    meter meters metre metres liter liters litre litres second seconds minute minutes hours years months weeks degrees
    celsius kelvin fahrenheit percent dollars euros pounds grams tonnes miles inches pixels bytes count counts number
    people persons items pieces units index ratio score watts volts amperes pascal joules thousand million millions
    """.split()  # noqa: SIM905
)
"""Units that are words of five letters and more."""
_KINDS = frozenset("text string name date time category label code id - -- . / none n/a".split())  # noqa: SIM905
"""What a row of units says of a column that has no unit."""
_TYPES = frozenset(
    """
    int integer int8 int16 int32 int64 bigint smallint long float float32 float64 double real decimal number numeric str
    string varchar char text date datetime timestamp time bool boolean object category categorical factor enum uuid id
    """.split()  # noqa: SIM905
)
"""Names of types of data, which some programs write below the names."""
_ANSWERS = frozenset(("response", "open-ended response", "antwort", "réponse", "respuesta", "risposta", "resposta"))
"""What SurveyMonkey writes below a question that has no choices."""
_LONGEST = 100
"""Characters of a question in a column's name."""


@dataclass(frozen=True)
class Below:
    """The `rows` below the names that are part of the header, the names with what these say, and what they are."""

    rows: int
    names: tuple[str, ...]
    kinds: tuple[str, ...]


def read_below(names: Sequence[str], rows: Sequence[Row]) -> Below:
    """The header's rows among the first of `rows`, which stand below `names`."""
    found, kinds = tuple(names), list[str]()
    for place, row in enumerate(rows[:_MOST]):
        rest = [other for other in rows[place + 1 : place + _JUDGED] if filled(other)]
        kind = next((kind for kind, test in _TESTS.items() if filled(row) and test(found, row, rest)), None)
        if kind is None or kind in kinds:
            break
        kinds.append(kind)
        found = _JOINS[kind](found, row) if kind in _JOINS else found
    return Below(len(kinds), found, tuple(kinds))


def combine(above: Row, names: Sequence[str]) -> tuple[str, ...]:
    """Each name after the name of its group, which stands over the first column of the group."""
    group, found = "", []
    for place, name in enumerate(names):
        group = (above[place].strip() if place < len(above) else "") or group
        bare = "" if name.strip().casefold() in _ANSWERS else name.strip()
        found.append(bare if group == bare else f"{group} {bare}".strip())
    return tuple(found)


def _are_import_ids(names: Sequence[str], row: Row, rest: Sequence[Row]) -> bool:
    cells = [cell.strip() for cell in row if cell.strip()]
    return sum(1 for cell in cells if _IMPORT_ID.match(cell)) > len(cells) / 2


def _is_ruler(names: Sequence[str], row: Row, rest: Sequence[Row]) -> bool:
    """A line that only parts the names from the data: dashes and the like."""
    return all(_RULER.fullmatch(cell) for cell in row if cell.strip())


def _are_types(names: Sequence[str], row: Row, rest: Sequence[Row]) -> bool:
    """Whether a row names the types of its columns: more than one, and nothing else."""
    told = [re.sub(r"\W?\(.*\)$", "", cell.strip().casefold()) for cell in row if cell.strip()]
    return len(told) > 1 and len(told) == len(names) and set(told) <= _TYPES and not _recurs(row, rest)


def _are_units(names: Sequence[str], row: Row, rest: Sequence[Row]) -> bool:
    """Whether a row holds the units of its columns of values, and nothing else."""
    if len(rest) < 2 or len(row) != len(names):
        return False
    values = set(value_columns([row, *rest], len(row)))
    others = {cell.strip().casefold() for place, cell in enumerate(row) if place not in values and cell.strip()}
    units = [row[place].strip() for place in sorted(values) if row[place].strip()]
    whole = len(units) == len(values) > 1 or (bool(units) and not others)
    return whole and others <= _KINDS and all(map(_is_unit, units)) and not _recurs(row, rest)


def _is_unit(cell: str) -> bool:
    if _DATE_FORM.fullmatch(cell):
        return True
    words = re.findall(r"[A-Za-z]{5,}", cell)
    known = all(word.casefold() in _LONG_UNITS for word in words) or cell[0] in "[("
    shaped = bool(_UNIT.fullmatch(cell)) and bool(cell.strip("-. ")) and not is_value(cell)
    return shaped and known and cell.casefold() not in LEFTOVERS


def _are_choices(names: Sequence[str], row: Row, rest: Sequence[Row]) -> bool:
    """Whether a row names the choices of questions that stand over their first column only."""
    width = min(len(names), len(row))
    nameless = [place for place in range(width) if not names[place].strip()]
    lone = [place for place in range(width) if names[place].strip() and not row[place].strip()]
    told = [cell.strip() for cell in row if cell.strip()]
    filled_below = any(len(column_of(rest, place)) == len(rest) for place in lone)
    return (
        bool(nameless)
        and all(row[place].strip() for place in nameless)
        and filled_below
        and len(rest) > 1
        and not any(map(is_value, told))
    )


def _are_labels(names: Sequence[str], row: Row, rest: Sequence[Row]) -> bool:
    """Whether a row tells in words what the codes above it mean: no value of its columns, and like none below."""
    if rest and _are_import_ids(names, rest[0], ()):
        return True
    cells = [cell.strip() for cell in row if cell.strip()]
    spoken = [cell for place, cell in enumerate(row) if _is_spoken(cell.strip(), names, place)]
    distinct = len({cell.casefold() for cell in cells}) == len(cells)
    if len(rest) < 3 or not distinct or 2 * len(spoken) < len(cells) or _recurs(row, rest):
        return False
    over = [row[p].strip() for p in value_columns([row, *rest], len(names)) if p < len(row) and row[p].strip()]
    texts = [cell for cell in over if not is_value(cell) and cell.casefold() not in LEFTOVERS]
    questions = sum("?" in cell or len(cell.split()) > 3 for cell in cells)
    sure = len(texts) + sum(_is_category(column_of(rest, place)) for place in range(len(names)) if place < len(row))
    asked = bool(texts) and questions == len(cells) > 1
    phrased = sure > 2 and (bool(texts) or 2 * questions >= len(cells))
    return len(texts) == len(over) and (len(texts) > 1 or asked or phrased)


def _is_spoken(cell: str, names: Sequence[str], place: int) -> bool:
    """Whether a cell is a phrase, or its column's name in another spelling."""
    same = place < len(names) and _bare(cell) == _bare(names[place])
    return bool(cell) and (same or len(cell.split()) > 1 or "?" in cell or bool(re.search(r"[a-z][A-Z]|_", cell)))


def _recurs(row: Row, rest: Sequence[Row]) -> bool:
    """Whether a cell of the row is found again below it."""
    return any(cell.strip() in column_of(rest, place) for place, cell in enumerate(row) if cell.strip())


def _is_category(column: Sequence[str]) -> bool:
    """Whether the cells of a text column are few different ones."""
    return len(column) > 4 and 2 * len(set(column)) <= len(column) and not any(map(is_value, column))


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _with_units(names: Sequence[str], row: Row) -> tuple[str, ...]:
    bare = [cell.strip().strip("[]()") for cell in row]
    named = (unit.casefold() not in _KINDS and not _DATE_FORM.fullmatch(unit) for unit in bare)
    units = [*(unit if told else "" for unit, told in zip(bare, named, strict=True)), *[""] * len(names)]
    return tuple(f"{name} ({unit})" if unit else name for name, unit in zip(names, units, strict=False))


def _with_labels(names: Sequence[str], row: Row) -> tuple[str, ...]:
    """Codes with the text of their question: "Q3: Which department?"; a name that only repeats itself stays."""
    found = []
    for place, name in enumerate(names):
        label = " ".join(row[place].split()) if place < len(row) else ""
        if len(label) > _LONGEST:
            label = label[:_LONGEST].rpartition(" ")[0] + "…"
        bare, said = _bare(name), _bare(label)
        if not label or said == bare:
            found.append(name)
        else:
            found.append(label if not bare or said.startswith(bare) else f"{name.strip()}: {label}")
    return tuple(found)


Test = Callable[[Sequence[str], Row, Sequence[Row]], bool]
_TESTS: dict[str, Test] = {
    "import_ids": _are_import_ids,
    "ruler": _is_ruler,
    "types": _are_types,
    "units": _are_units,
    "choices": _are_choices,
    "labels": _are_labels,
}
"""What a row below the names can be, by its test."""
_JOINS: dict[str, Callable[[Sequence[str], Row], tuple[str, ...]]] = {
    "units": _with_units,
    "choices": lambda names, row: combine(names, row),
    "labels": _with_labels,
}
"""How the names take in what a row says."""
