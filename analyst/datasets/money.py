"""Which columns are amounts of money, and in which currency each of their rows is.

Proof comes first: signs that stood in the cells (analyst.datasets.marks), then a column of currencies beside the
amounts, then the same amounts in one currency, held against the figures; a header alone comes last.
"""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analyst.core.currencies import CODES, NAMED, code_of, currency_in
from analyst.core.quoting import literal, quoted
from analyst.datasets.headers import words
from analyst.datasets.marks import AMOUNT_WORDS
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile, Meaning

_CONVERTED = {"converted", "base", "reporting", "normalized", "normalised", "equivalent", "eq", "group", "home"}
"""Words of a header that say that amounts were made one currency."""
_FILLER = {"in", "the", "of", "local", "original", "orig", "transaction", "presentment"}
_CURRENT, _EQUAL = 0.95, 0.95
"""The share of a column's cells that name currencies, and of rows in one currency whose amounts are the same there."""


@dataclass(frozen=True)
class _Currencies:
    """A column of currencies: the codes in it, and the words of its header that name the amounts."""

    name: str
    codes: frozenset[str]
    words: frozenset[str]


def with_currencies(engine: Engine, relation: str, columns: Sequence[ColumnProfile]) -> tuple[ColumnProfile, ...]:
    """The columns with their currency told in `meaning`: `unit`, or `currency` and `converted` where rows differ."""
    beside = [found for column in columns if (found := _currencies(column)) is not None]
    named = {c.name: code for c in columns if _counts(c) and (code := c.meaning.unit or currency_in(c.name))}
    meanings = {column.name: column.meaning for column in columns}
    for column in [column for column in columns if _counts(column) and column.meaning.unit is None]:
        companion = None if column.name in named else _companion(column, columns, beside)
        own = column.meaning.currency or (
            companion.name if companion is not None and len(companion.codes) > 1 else None
        )
        meanings[column.name] = _meaning(column, named, companion, own)
    for name, meaning in meanings.items():
        if meaning.currency is not None:
            same = _converted(engine, relation, name, meaning.currency, columns, meanings)
            meanings[name] = replace(meaning, converted=same)
    return tuple(replace(column, meaning=meanings[column.name]) for column in columns)


def _meaning(
    column: ColumnProfile, named: Mapping[str, str], companion: _Currencies | None, own: str | None
) -> Meaning:
    if own is not None:
        return replace(column.meaning, currency=own)
    unit = next(iter(companion.codes)) if companion is not None else named.get(column.name)
    return replace(column.meaning, unit=unit) if unit else column.meaning


def _counts(column: ColumnProfile) -> bool:
    """Whether a column holds numbers that count something."""
    return (column.kind == "number" or column.number_pattern is not None) and column.role in ("measure", "constant")


def _currencies(column: ColumnProfile) -> _Currencies | None:
    """The column as one of currencies: its header says so, or all its values are codes."""
    if column.kind != "text" or not column.values:
        return None
    header = set(words(column.name))
    total = sum(count for _, count in column.values)
    codes = {str(value): code_of(str(value)) for value, _ in column.values}
    held = sum(count for value, count in column.values if codes[str(value)])
    if held < _CURRENT * total:
        return None
    bare = all(str(value).strip().upper() in CODES for value, _ in column.values)
    if not header & set(NAMED) and not (bare and 2 <= column.distinct <= 60):
        return None
    known = frozenset(code for code in codes.values() if code)
    more = frozenset({"others"}) if column.distinct > len(column.values) else frozenset()
    return _Currencies(column.name, known | more, frozenset(header - set(NAMED) - {"code", "iso", "symbol", "type"}))


def _companion(
    column: ColumnProfile, columns: Sequence[ColumnProfile], beside: Sequence[_Currencies]
) -> _Currencies | None:
    """The column of currencies that is one for these amounts: by their common words, else where there is one alone."""
    header = set(words(column.name))
    if not beside or column.meaning.currency is not None or _CONVERTED & header or not _is_amount(column, columns):
        shared = [one for one in beside if one.words and one.words <= header]
        return max(shared, key=lambda one: len(one.words)) if shared and column.meaning.currency is None else None
    shared = [one for one in beside if one.words and one.words & header]
    general = beside if len(beside) == 1 else [one for one in beside if not one.words & (AMOUNT_WORDS | _CONVERTED)]
    return max(shared, key=lambda one: len(one.words & header)) if shared else general[0] if len(general) == 1 else None


def _is_amount(column: ColumnProfile, columns: Sequence[ColumnProfile]) -> bool:
    alone = sum(other.role == "measure" and _counts(other) for other in columns) == 1
    return alone or bool(set(words(column.name)) & AMOUNT_WORDS)


def _converted(
    engine: Engine,
    relation: str,
    name: str,
    currency: str,
    columns: Sequence[ColumnProfile],
    meanings: Mapping[str, Meaning],
) -> str | None:
    """The column with the same amounts in one currency: named like them and, in rows of that currency, equal."""
    own = set(words(name)) - _FILLER
    nearest = sorted(columns, key=lambda other: len((set(words(other.name)) - _FILLER - _CONVERTED) ^ own))
    for other in nearest:
        unit = meanings[other.name].unit
        apart = set(words(other.name)) - _FILLER
        if other.name == name or not _counts(other) or not (own & apart or apart & _CONVERTED):
            continue
        if unit not in CODES and not apart & _CONVERTED:
            continue
        if _agree(engine, relation, (name, other.name), currency, unit or ""):
            return other.name
    return None


def _agree(engine: Engine, relation: str, pair: tuple[str, str], currency: str, unit: str) -> bool:
    """Whether both columns hold the same in the rows of that unit, and differ somewhere else."""
    one, other = map(quoted, pair)
    alike = f"abs({one} - {other}) <= 0.005 * abs({one}) + 0.01"
    home = f"upper(trim({quoted(currency)})) = {literal(unit)}" if unit else "false"
    rows = engine.rows(
        f"SELECT count(*) FILTER ({home}), count(*) FILTER ({home} AND {alike}), count(*) FILTER (NOT ({alike}))"
        f" FROM {quoted(relation)} WHERE {one} IS NOT NULL AND {other} IS NOT NULL"
    )
    at_home, equal, different = rows[0]
    return bool(different) and equal >= _EQUAL * at_home
