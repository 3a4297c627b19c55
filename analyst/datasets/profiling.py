"""Profile a table: every column measured whole in few passes, then judged (role, patterns, suspicions, personal)."""

# Every value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from analyst.core.errors import StoreError
from analyst.core.quoting import literal
from analyst.datasets import suspicion, text_patterns
from analyst.datasets.bands import bands_in
from analyst.datasets.date_ranges import judge_range
from analyst.datasets.meanings import with_meanings
from analyst.datasets.measuring import (
    Measured,
    count_duplicates,
    measure_extremes,
    measure_ranges,
    measure_values,
    measure_wide,
    near_duplicates,
    sum_duplicates,
)
from analyst.datasets.privacy.personal import personal_kind
from analyst.datasets.quality import find_issues
from analyst.datasets.remote_tables import with_whole
from analyst.datasets.roles import role
from analyst.datasets.several import Several, several_values
from analyst.datasets.shapes import shape_of
from analyst.datasets.times.calendar import calendar_part
from analyst.engine.duckdb import open_locked
from analyst.engine.errors import EngineError
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile, Meaning, OpenedTable, Suspicion, TableProfile

_TIMEOUT_S = 3600.0
_TABLE = "data"
_SUMMED = 6
"""Measures whose sums are told with and without duplicate rows."""


def profile_table(
    opened: OpenedTable, *, memory_mb: int = 2048, today: Callable[[], date] = date.today
) -> TableProfile:
    """Profile every column of `opened` whole. StoreError when the table's file can't be read or does not fit."""
    spill = opened.database.parent / "spill"
    engine = open_locked(opened.database, memory_mb=memory_mb, timeout_s=_TIMEOUT_S, temp_directory=spill)
    try:
        rows = opened.remote.sampled if opened.remote else opened.rows
        columns = measure_ranges(engine, _TABLE, rows, today())
        done = measure_wide(engine, _TABLE, columns)
        judged = [_Judged() if column.name in done else _judge(engine, column, today()) for column in columns]
        measure_extremes(engine, _TABLE, columns)
        duplicates = count_duplicates(engine, _TABLE, columns)
        profiles = [
            _meant(
                _profile(column, given, opened.columns, today()), column, opened.meanings.get(column.name, Meaning())
            )
            for column, given in zip(columns, judged, strict=True)
        ]
        meant = with_meanings(engine, _TABLE, profiles, rows)
        added = [c.name for c in meant if c.meaning.adds == "rows" and c.kind == "number"][:_SUMMED]
        sums = sum_duplicates(engine, _TABLE, columns, added) if duplicates else ()
    except EngineError as error:
        reason = str(error).strip().splitlines()[0]
        raise StoreError(
            f"{opened.name!r} can't be profiled: {reason}.", "Increase SQL_MEMORY_MB or free up disk space."
        ) from error
    finally:
        engine.close()
    profile = with_whole(TableProfile(opened, meant, duplicates, sums))
    return replace(profile, issues=find_issues(profile))


@dataclass
class _Judged:
    """What the distinct values of a column tell, while they lie in `groups`."""

    number_pattern: str | None = None
    near_duplicates: tuple[tuple[str, ...], ...] = ()
    several: Several | None = None
    suspicions: list[Suspicion] = field(default_factory=list)


def _judge(engine: Engine, column: Measured, today: date) -> _Judged:
    measure_values(engine, _TABLE, column)
    judged = _Judged()
    if not column.present:
        return judged
    if column.kind in ("date", "timestamp"):
        judged.suspicions += judge_range(engine, today)
    if column.kind == "text":
        _judge_text(engine, column, judged)
    return judged


def _judge_text(engine: Engine, column: Measured, judged: _Judged) -> None:
    numbers = text_patterns.numbers_in(engine, column.name, column.sample)
    bands = None if numbers else bands_in(engine, column.name, column.sample)
    if numbers:
        judged.number_pattern = numbers.pattern
    if numbers and numbers.unread:
        judged.suspicions.append(Suspicion("unread_numbers", numbers.unread, numbers.example))
    if bands:
        judged.suspicions.append(bands)
    words = suspicion.judge_words(_short_words(engine, column), column.sample)
    judged.suspicions += suspicion.judge_padding(_padded(engine, column)) + words
    if not (numbers or bands):
        judged.near_duplicates = () if _differ(column) else near_duplicates(engine)
        judged.several = several_values(engine, column.sample)


def _padded(engine: Engine, column: Measured) -> int:
    """How many cells begin or end with a space."""
    if column.all_sampled and not any(value.startswith(" ") or value.endswith(" ") for value in column.sample):
        return 0
    return text_patterns.weight(engine, "starts_with(v, ' ') OR ends_with(v, ' ')")


def _short_words(engine: Engine, column: Measured) -> list[tuple[str, int]]:
    """The values that are words for "missing", with their counts."""
    if column.all_sampled and not any(value.strip().casefold() in suspicion.LEFTOVERS for value in column.sample):
        return []
    words = literal(f"(?i) *(?:{'|'.join(map(re.escape, sorted(suspicion.LEFTOVERS)))}) *")
    found = engine.rows(f"SELECT v, n FROM groups WHERE strlen(v) <= 40 AND regexp_full_match(v, {words})")
    return [(row[0], int(row[1])) for row in found]


def _differ(column: Measured) -> bool:
    """Whether all values are known to differ in more than case and spaces; other letters have cases of the engine's."""
    bare = {"".join(value.split()).lower() for value in column.sample if value.isascii()}
    return column.all_sampled and len(bare) == column.distinct


def _profile(column: Measured, judged: _Judged, headers: tuple[str, ...], today: date) -> ColumnProfile:
    numbers, several = judged.number_pattern, judged.several
    personal = personal_kind(column, headers, today)
    chosen = role(column, number_pattern=numbers)
    grouping = several or any(found.kind == "ranges" for found in judged.suspicions)
    if grouping and chosen in ("text", "identifier"):
        chosen = "dimension"
    if personal and chosen == "measure":
        chosen = "identifier" if column.distinct == column.rows else "dimension"
    kept = ("name", "type", "kind", "distinct", "minimum", "maximum", "mean", "std", "skew", "quantiles", "values")
    return ColumnProfile(
        **{attribute: getattr(column, attribute) for attribute in kept},
        role=chosen,
        missing=column.rows - column.present,
        number_pattern=numbers,
        outliers=0 if chosen in ("identifier", "target", "time") else column.outliers,
        near_duplicates=judged.near_duplicates,
        suspicious=(*judged.suspicions, *_number_suspicions(column, chosen)),
        personal=personal,
        shape=shape_of(column.sample) if column.kind == "text" else None,
        members=several.members if several else (),
        meaning=Meaning(separator=several.separator if several else None),
    )


def _meant(profile: ColumnProfile, column: Measured, meaning: Meaning) -> ColumnProfile:
    """The profile with what reading and the values tell of its meaning."""
    grain = "year" if profile.role == "time" and profile.kind == "number" else None
    grain = "month of year" if calendar_part(column) == "month of year" else grain
    separator = profile.meaning.separator
    return replace(profile, meaning=replace(meaning, grain=meaning.grain or grain, separator=separator))


def _number_suspicions(column: Measured, chosen: str) -> list[Suspicion]:
    if not column.quantiles or chosen in ("identifier", "target", "time"):
        return []
    facts = suspicion.NumberFacts(
        column.name,
        column.present,
        float(column.minimum),
        float(column.maximum),
        column.quantiles,
        column.negative,
        column.sentinels,
    )
    return suspicion.judge_numbers(facts)
