"""What a column alone does not tell: whether a sign parts decimals or thousands, at which offset its clocks stand."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analyst.core.quoting import literal
from analyst.datasets.readings import OFFSET, READINGS
from analyst.datasets.separators import DOUBTFUL, Neighbors, Shape, Signs, class_of, doubt, shapes_of, signs_of
from analyst.datasets.sources.csv_reading import STAGE, Staged
from analyst.datasets.suspicion import LEFTOVERS
from analyst.engine.interface import Engine
from analyst.protocol.table import IngestNote

_GREENWICH = {"Z", "UTC", "+00", "-00", "+0000", "+00:00"}
_COMMAS = ("decimal comma", "spaced, comma", "apostrophe, comma")


def settle_separators(
    engine: Engine, readings: dict[str, str], headers: Mapping[str, str], staged: Staged
) -> tuple[Neighbors, tuple[IngestNote, ...]]:
    """Read '1,234' and '1.234' as their own column proves, else as the rest of the file does; a guess is told.

    Returned is what the columns that leave no doubt say of the others.
    """
    numbers = [column for column, kind in readings.items() if kind in ("thousands", "decimal")]
    first = _doubtful(engine, [column for column in numbers if column not in staged.plain])
    commas = any(kind in _COMMAS for kind in readings.values())
    points = any(kind == "decimal" and column not in first for column, kind in readings.items())
    points |= any(kind == "thousands" and column not in first for column, kind in readings.items())
    neighbors = Neighbors(commas, points, staged.delimiter)
    guessed: dict[Signs, list[str]] = {}
    for column in first:
        signs = signs_of(_shapes(engine, column), neighbors)
        if signs is None:
            continue
        readings[column] = _READ_AS[signs.decimals, readings[column]]
        if signs.doubtful:
            guessed.setdefault(signs, []).append(headers[column])
    told = [(doubt(listed(names), signs), names) for signs, names in guessed.items()]
    notes = [IngestNote("ambiguous_numbers", text, len(names), _only(names)) for text, names in told]
    return neighbors, tuple(notes)


_READ_AS = {
    (".", "decimal"): "decimal", (",", "decimal"): "decimal comma",
    (".", "thousands"): "thousands", (",", "thousands"): "decimal comma",
}  # fmt: skip
"""The reading of a column by its decimal sign and the reading that was proposed."""


def _only(names: Sequence[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def _doubtful(engine: Engine, columns: Sequence[str]) -> list[str]:
    """The columns whose first cells all are numbers that can be read in two ways, or small whole ones; beside commas,
    whole ones of any size: programs write 1,234 beside 2345."""
    if not columns:
        return []
    first = engine.rows(f"SELECT {', '.join(columns)} FROM {STAGE} WHERE rowid < 300")
    filled = {
        c: [v for v in cells if v is not None] for c, cells in zip(columns, zip(*first, strict=True), strict=True)
    }
    held = {c: [v for v in cells if v.strip().casefold() not in LEFTOVERS] for c, cells in filled.items()}
    commas = {column: any("," in cell for cell in cells) for column, cells in held.items()}
    return [
        column
        for column, cells in held.items()
        if all(DOUBTFUL.fullmatch(cell) or (commas[column] and cell.strip().isdigit()) for cell in cells)
        and any("." in cell or "," in cell for cell in cells)
    ]


def _shapes(engine: Engine, column: str) -> dict[str, Shape]:
    """How the numbers of a column are written, over all its cells."""
    digits = f"CASE WHEN regexp_full_match({column}, '[0-9.,]+') THEN {column}"
    digits += f" ELSE regexp_replace({column}, '[-+−\\s]', '', 'g') END"
    bare = f"SELECT {digits} AS digits FROM {STAGE} WHERE {column} IS NOT NULL"
    read = "TRY_CAST(replace(replace(digits, '.', ''), ',', '') AS DOUBLE)"
    found = engine.rows(
        f"SELECT {class_of('digits')} AS kind, count(*), count(DISTINCT regexp_extract(digits, '^[0-9]*')), max({read})"
        f" FROM ({bare}) GROUP BY kind"
    )
    return shapes_of((kind, cells, heads, largest) for kind, cells, heads, largest in found if kind)


def settle_offsets(engine: Engine, readings: dict[str, str], headers: Mapping[str, str]) -> tuple[IngestNote, ...]:
    """Keep the clock of times that are all at one distance from UTC; the others become UTC. Both are told."""
    places: dict[str, list[str]] = {}
    for column in [column for column, kind in readings.items() if kind == "time with offset"]:
        offsets = _offsets(engine, column)
        if len(offsets) == 1:
            readings[column] = "local time"
        if offsets != {""}:
            shown = offsets.pop() if len(offsets) == 1 else ""
            places.setdefault(shown, []).append(headers[column])
    notes = []
    for offset, columns in places.items():
        done = f"are all at UTC{offset}: kept as is" if offset else "use several UTC offsets and were converted to UTC"
        notes.append(IngestNote("time_zone", f"The times of {listed(columns)} {done}.", len(columns)))
    return tuple(notes)


def _offsets(engine: Engine, column: str) -> set[str]:
    """The offsets of a column's times as +HH:MM; Greenwich and times without any are ''."""
    pattern = literal(rf":\d{{2}}(?:\.\d{{1,9}})? ?{OFFSET}\s*$")
    sql = f"SELECT DISTINCT regexp_extract({column}, {pattern}, 1) FROM {STAGE} WHERE {column} IS NOT NULL LIMIT 100"
    found = {row[0] for row in engine.rows(sql)}
    return {"" if offset in _GREENWICH else _written(offset) for offset in found}


def _written(offset: str) -> str:
    digits = offset[1:].replace(":", "").ljust(4, "0")
    return f"{offset[0]}{digits[:2]}:{digits[2:]}" if offset else ""


def type_notes(readings: Mapping[str, str], headers: Mapping[str, str]) -> tuple[IngestNote, ...]:
    """How numbers that are not written the plain way were read, with the number of such columns."""
    notes = []
    for kind, reading in READINGS.items():
        columns = [headers[column] for column, chosen in readings.items() if chosen == kind]
        if reading.note and columns:
            message = f"Numbers with {reading.note} were read in {len(columns)} column(s): {listed(columns)}."
            notes.append(IngestNote("number_format", message, len(columns)))
    return tuple(notes)


def listed(columns: Iterable[str]) -> str:
    """The first three names, quoted, for a message."""
    shown = [repr(column) for column in columns]
    return ", ".join(shown[:3]) + (", …" if len(shown) > 3 else "")
