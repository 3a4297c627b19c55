"""Types: from the stage to the relation `data`, each column typed by all of its cells, missing values made NULL."""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyst.core.quoting import literal, literals, quoted
from analyst.core.text import counted
from analyst.datasets.ambiguity import listed, settle_offsets, settle_separators, type_notes
from analyst.datasets.bracketed import unbracket
from analyst.datasets.compounds import convert_compounds
from analyst.datasets.headers import ROW
from analyst.datasets.lookups import joined
from analyst.datasets.lost_digits import lost_digits
from analyst.datasets.readings import READINGS, Reading, trimmed
from analyst.datasets.scanning import per_column, spread
from analyst.datasets.sources.csv_reading import STAGE, Staged, count_stage
from analyst.datasets.suspicion import LEFTOVERS
from analyst.datasets.times.dates import Habits
from analyst.datasets.times.parts import Columns, date_of_parts
from analyst.datasets.times.reading import read_times
from analyst.datasets.times.wide import Long, long_form
from analyst.datasets.written import convert_written, fold_digits
from analyst.engine.interface import Engine
from analyst.engine.loading import Loader
from analyst.protocol.table import IngestNote, Meaning

MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"),
    *("N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)
"""What counts as missing: the list of pandas' read_csv."""
_FIRST, _SPREAD = 100, 400
"""Rows that propose readings, and rows from all over the file that refute some."""
_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\ufeff"


@dataclass(frozen=True)
class Typed:
    """How the columns of a stage are read; those in `plain` need no trimming."""

    readings: dict[str, str]
    plain: frozenset[str] = frozenset()

    def value(self, column: str) -> str:
        """The column's value, as SQL."""
        reading = READINGS[self.readings[column]]
        return reading.bare(column) if column in self.plain else reading.cast(column)


@dataclass(frozen=True)
class Built:
    """What `data` holds: its columns and rows, what was changed with counts, and what is known of a column's values."""

    columns: tuple[str, ...]
    rows: int
    notes: tuple[IngestNote, ...]
    meanings: Mapping[str, Meaning] = field(default_factory=dict)


def build_data(loader: Loader, staged: Staged) -> Built:
    """Create `data` from the stage: `_row` from 0, then the columns."""
    place = {f"c{i}": column for i, column in enumerate(staged.columns)}
    kinds = loader.columns(STAGE)
    texts = [column for column, kind in kinds.items() if kind == "VARCHAR"]
    fold_digits(loader, texts)
    lists = unbracket(loader, texts, place)
    lost = tuple(lost_digits(loader, texts, place))
    proposed = {} if staged.typed else _propose(loader, texts)
    plain = {**staged.plain, **_plain(loader, proposed)}
    rest = [column for column in texts if column not in plain]
    cleaned = _clean(loader, rest)
    readings: dict[str, str] = {}
    if not staged.typed:
        readings, voids = infer(loader, _narrowed(loader, {column: proposed[column] for column in rest}))
        cleaned += _void_notes(voids, place)
    typed = Typed(plain | readings, frozenset(plain))
    neighbors, settled = settle_separators(loader, typed.readings, place, staged)
    settled += settle_offsets(loader, typed.readings, place)
    lengths = convert_compounds(loader, [column for column in rest if column not in readings], place)
    kinds = loader.columns(STAGE)
    known = {column: typed.readings.get(column, kind) for column, kind in kinds.items()}
    timed, mixed = read_times(loader, known, place, _habits(typed.readings, staged))
    texts = [c for c in rest if c not in readings and c not in timed and kinds[c] == "VARCHAR"]
    numbers = convert_written(loader, texts, place, neighbors)
    place = dict(numbers.headers)
    padded = _padded(loader, [column for column in texts if column not in numbers.values])
    read = {
        **{column: column for column in staged.plain},
        **numbers.values,
        **{column: times.value for column, times in timed.items()},
    }
    values = {c: read[c] if c in read else _value(c, kinds[c], typed, padded) for c in place}
    lookups = (*numbers.lookups, *(times.lookup for times in timed.values() if times.lookup))
    if padded:
        told = f"Every cell of {listed(place[column] for column in padded)} had spaces around it and was trimmed."
        settled += (IngestNote("blanks_trimmed", told, len(padded)),)
    settled += mixed + tuple(note for column in timed.values() for note in column.notes)
    notes = lists + lost + cleaned + type_notes(typed.readings, place) + settled + numbers.notes
    meanings = {**{place[column]: times.meaning for column, times in timed.items()}, **numbers.meanings, **lengths}
    built = _saved(loader, Columns(place, values, joined(lookups)), Built(tuple(place.values()), 0, notes, meanings))
    for lookup in lookups:
        loader.drop(lookup.table)
    return built


def _value(column: str, kind: str, typed: Typed, padded: Collection[str]) -> str:
    """The value of a column of the stage, as SQL."""
    value = typed.value(column) if column in typed.readings else _finite(column, kind)
    return trimmed(value) if column in padded else value


def _saved(loader: Loader, columns: Columns, built: Built) -> Built:
    """Save `data`: the columns' values, a date made of its parts, and a row for each period of a wide table."""
    fields = {header: columns.values[column] for column, header in columns.headers.items()}
    kinds = dict(loader.describe(_selected(fields, columns.source)))
    moments = [column for column, header in columns.headers.items() if kinds[header] in ("DATE", "TIMESTAMP")]
    made = date_of_parts(loader, columns, moments)
    if made is not None:
        fields[made.header] = made.value
        meanings = {**built.meanings, made.header: made.meaning}
        built = replace(built, columns=tuple(fields), notes=(*built.notes, made.note), meanings=meanings)
    rows = count_stage(loader)
    numeric = {header: kind for header, kind in kinds.items() if kind in ("BIGINT", "DOUBLE")}
    texts = [header for header, kind in kinds.items() if kind == "VARCHAR"]
    numeric |= dict.fromkeys(_empty(loader, texts, fields, columns.source), "BIGINT")
    wide = _selected(fields, columns.source)
    long = long_form(loader, wide, tuple(fields), numeric, rows)
    if isinstance(long, Long):
        loader.save("data", long.sql(wide))
        loader.unsave(STAGE)
        kept = int(loader.rows("SELECT count(*) FROM data")[0][0])
        note = long.note(rows * len(long.periods) - kept)
        meanings = {name: meaning for name, meaning in built.meanings.items() if name in long.columns}
        return Built(long.columns, kept, (note, *built.notes), meanings | long.meanings)
    _keep(loader, columns, fields, wide)
    return replace(built, rows=rows, notes=built.notes + ((long,) if long else ()))


def _keep(loader: Loader, columns: Columns, fields: Mapping[str, str], wide: str) -> None:
    """Save `data`: where it holds the stage as it was read, that is in the file already."""
    untouched = columns.source == STAGE and all(field == column for column, field in columns.values.items())
    if untouched and len(fields) == len(columns.headers) and loader.is_saved(STAGE):
        loader.show("data", wide)
    else:
        loader.save("data", wide)
        loader.unsave(STAGE)


def _selected(fields: Mapping[str, str], source: str) -> str:
    values = "".join(f", {value} AS {quoted(header)}" for header, value in fields.items())
    return f"SELECT CAST({STAGE}.rowid AS BIGINT) AS {quoted(ROW)}{values} FROM {source}"


def _empty(engine: Engine, headers: Sequence[str], fields: Mapping[str, str], source: str) -> list[str]:
    """The columns without a value; most show one in their first rows."""
    for relation in (f"{source} WHERE {STAGE}.rowid < {_FIRST}", source):
        if headers:
            asked = ", ".join(f"count({fields[header]})" for header in headers)
            counts = engine.rows(f"SELECT {asked} FROM {relation}")[0]
            headers = [header for header, count in zip(headers, counts, strict=True) if not count]
    return list(headers)


def _habits(readings: Mapping[str, str], staged: Staged) -> Habits:
    """What a file's other parts tell of its dates: where commas part decimals, days stand before months."""
    continental = staged.delimiter == ";" or any("comma" in kind for kind in readings.values())
    return Habits("day first" if continental else None, staged.epoch)


def _finite(column: str, kind: str) -> str:
    return f"CASE WHEN isfinite({column}) THEN {column} END" if kind == "DOUBLE" else column


def _padded(engine: Engine, texts: Sequence[str]) -> list[str]:
    """The columns that a program has padded: every cell begins or ends with a blank."""
    term = "coalesce(bool_and(starts_with({v}, ' ') OR ends_with({v}, ' ')), false)"
    for relation in (f"(FROM {STAGE} LIMIT 100)", STAGE):
        texts = [column for column, (all_,) in per_column(engine, relation, texts, [term]).items() if all_]
    return list(texts)


def _propose(engine: Engine, texts: Sequence[str]) -> dict[str, list[str]]:
    """The readings that hold for a column's first cells: only these are tried on all of them."""
    if not texts:
        return {}
    patterns = {kind: re.compile(reading.pattern) for kind, reading in READINGS.items()}
    first = engine.rows(f"SELECT {', '.join(texts)} FROM {STAGE} WHERE rowid < {_FIRST}")
    held = dict(zip(texts, map(_bare, zip(*first, strict=True)), strict=True))
    return {c: [kind for kind, pattern in patterns.items() if all(map(pattern.fullmatch, held[c]))] for c in texts}


def _narrowed(loader: Loader, proposed: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Those of the proposed readings that hold for cells from all over the file, too: a test of all costs much more."""
    asked = [column for column, kinds in proposed.items() if kinds]
    if not asked:
        return {column: [] for column in proposed}
    picked = loader.rows(f"SELECT {', '.join(asked)} FROM {STAGE} WHERE {spread(count_stage(loader), _SPREAD)}")
    held = dict(zip(asked, map(_bare, zip(*picked, strict=True)), strict=True))
    return {
        column: [kind for kind in kinds if all(re.fullmatch(READINGS[kind].pattern, cell) for cell in held[column])]
        for column, kinds in proposed.items()
    }


def _bare(cells: Iterable[str | None]) -> set[str]:
    """The different cells that hold something, without the blanks around and beside each other."""
    bare = {" ".join(cell.split()) for cell in cells if cell is not None}.difference(MISSING)
    return {cell for cell in bare if cell.casefold() not in LEFTOVERS}


def _plain(engine: Engine, proposed: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The columns whose every cell is written in the plain way of the likeliest reading: all is known of these."""
    likeliest = {column: kinds[0] for column, kinds in proposed.items() if kinds and READINGS[kinds[0]].plain}
    found: dict[str, str] = {}
    for kind in dict.fromkeys(likeliest.values()):
        asked = [column for column, likely in likeliest.items() if likely == kind]
        found |= dict.fromkeys(_holding(engine, asked, READINGS[kind].is_plain("{v}")), kind)
    return found


def _holding(engine: Engine, columns: Sequence[str], test: str) -> list[str]:
    """The columns that hold something and whose every cell passes `test`."""
    term = f"count({{v}}) > 0 AND count({{v}}) = count(*) FILTER ({test})"
    return [column for column, (holds,) in per_column(engine, STAGE, columns, [term]).items() if holds]


def _holding_but_for_voids(engine: Engine, columns: Sequence[str], reading: Reading) -> dict[str, int]:
    """The columns whose cells hold by `reading` but for words and signs for "nothing"; how many of these each has."""
    test, void = reading.holds(), f"lower({trimmed('{v}')}) IN ({literals(sorted(LEFTOVERS))})"
    if reading.kind == "BOOLEAN":
        void = "false"
    terms = (
        "count({v})",
        f"count(*) FILTER ({test})",
        f"count(*) FILTER (CASE WHEN {test} THEN false ELSE {void} END)",
    )
    found = per_column(engine, STAGE, columns, terms)
    return {
        column: void for column, (filled, held, void) in found.items() if held + void == filled and 0 < held >= void
    }


def _clean(engine: Engine, texts: Sequence[str]) -> tuple[IngestNote, ...]:
    """Unicode spaces to ' ', blank cells and NA words to NULL, in place; counted."""
    spaces, missing = 0, 0
    dirty: dict[str, str] = {}
    strange, words = literal(f"[{_SPACES}]"), literals(MISSING)
    blank = literal(r"\s*(?:" + "|".join(map(re.escape, MISSING)) + r")\s*")
    # Most cells are ASCII: a cheap test spares them the pattern.
    terms = (
        "count(*) FILTER (CASE WHEN strlen({v}) <> length({v})"
        f" THEN regexp_matches({{v}}, {strange}) ELSE false END)",
        f"count(*) FILTER (regexp_full_match({{v}}, {blank}))",
    )
    for column, (odd, empty) in per_column(engine, STAGE, texts, terms).items():
        if empty and not odd and _has_code(engine, column):
            continue
        spaces, missing = spaces + odd, missing + empty
        value = f"regexp_replace({column}, {strange}, ' ', 'g')" if odd else column
        if odd or empty:
            dirty[column] = f"CASE WHEN {trimmed(value)} NOT IN ({words}) THEN {value} END"
    if dirty:
        changed = ", ".join(f"{value} AS {column}" for column, value in dirty.items())
        engine.materialise(STAGE, f"SELECT * REPLACE ({changed}) FROM {STAGE}")
    told = (
        ("spaces", spaces, "{} with special space characters: these were replaced by plain spaces."),
        ("missing_words", missing, "{} treated as missing, such as 'NA', 'null' or blanks."),
    )
    return tuple(IngestNote(kind, text.format(counted(count, "cell")), count) for kind, count, text in told if count)


def _has_code(engine: Engine, column: str) -> bool:
    """Whether 'NA' is one of the two-letter codes that a column holds (Namibia, North America) and means no gap."""
    alike, codes = engine.rows(
        f"SELECT bool_and(regexp_full_match({column}, '[A-Z]{{2}}')), count(DISTINCT {column}) FROM {STAGE}"
    )[0]
    return bool(alike) and codes >= 20


def infer(engine: Engine, proposed: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], dict[str, int]]:
    """How each text column is read: the first of its proposed readings that holds for all of its cells.

    A sign or word for "nothing" ('-', '#DIV/0!') does not keep a column text: such cells are missing, and counted.
    """
    readings: dict[str, str] = {}
    voids: dict[str, int] = {}
    for kind, reading in READINGS.items():
        asked = [column for column, kinds in proposed.items() if kind in kinds and column not in readings]
        held = _holding_but_for_voids(engine, asked, reading)
        readings |= dict.fromkeys(held, kind)
        voids |= held
    for column in _codes(engine, [column for column, kind in readings.items() if kind == "integer"]):
        del readings[column], voids[column]
    return readings, voids


def _codes(engine: Engine, whole: Sequence[str]) -> list[str]:
    """The columns of whole numbers that are codes such as '01234': over three digits, the first one zero."""
    term = "bool_or(strlen({v}) > 3 AND starts_with({v}, '0'))"
    return [column for column, (code,) in per_column(engine, STAGE, whole, [term]).items() if code]


def _void_notes(voids: Mapping[str, int], headers: Mapping[str, str]) -> tuple[IngestNote, ...]:
    columns = [headers[column] for column, count in voids.items() if count]
    count = sum(voids.values())
    told = f"{counted(count, 'cell')} of {listed(columns)} treated as missing, such as '-' or '#DIV/0!'."
    return (IngestNote("missing_signs", told, count),) if count else ()
