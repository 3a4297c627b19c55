"""What a column alone does not tell: whether a sign parts decimals or thousands, at which offset its clocks stand."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analyst.core.quoting import literal
from analyst.datasets.readings import OFFSET, READINGS
from analyst.datasets.scanning import per_column
from analyst.datasets.sources.csv_reading import STAGE
from analyst.engine.interface import Engine
from analyst.protocol.table import IngestNote

_GREENWICH = {"Z", "UTC", "+00", "-00", "+0000", "+00:00"}
_THREE = r"\s*[-+]?\d{1,3}(\.\d{3})?\s*"
"""A number that a point may part into thousands as well as from decimals: 1.234."""


def settle_separators(
    engine: Engine, readings: dict[str, str], headers: Mapping[str, str], delimiter: str
) -> tuple[IngestNote, ...]:
    """Read '1,234' and '1.234' as the rest of the file does: beside columns with decimal commas the comma parts
    decimals and the point thousands. Without any sign of it, in a file that fields with commas would break, the comma
    parts decimals too, and a point that may part thousands is told."""
    comma_elsewhere = "decimal comma" in readings.values()
    if not comma_elsewhere and delimiter == ",":
        return ()
    commas = [column for column, kind in readings.items() if kind == "thousands"]
    if comma_elsewhere or delimiter == ";":
        readings |= dict.fromkeys(_holding(engine, commas, READINGS["decimal comma"].holds()), "decimal comma")
    points = [column for column, kind in readings.items() if kind == "decimal"]
    doubtful = _holding(engine, points, f"regexp_full_match({{v}}, {literal(_THREE)})")
    if comma_elsewhere:
        readings |= dict.fromkeys(doubtful, "decimal comma")
        return ()
    if delimiter != ";" or not doubtful:
        return ()
    names = listed(headers[column] for column in doubtful)
    told = f"{names} may be thousands (1.234 for 1234), but were read as decimals."
    return (IngestNote("ambiguous_numbers", told, len(doubtful)),)


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


def _holding(engine: Engine, columns: Sequence[str], test: str) -> list[str]:
    term = f"bool_and({test})"
    return [column for column, (holds,) in per_column(engine, STAGE, columns, [term]).items() if holds]


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
