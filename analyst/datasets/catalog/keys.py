"""Columns that may be keys between tables: a sketch of each one's values, and how well two of them fit.

A sketch is the smallest hashes of the distinct values (bottom-k, Beyer et al. 2007): two of them tell the share of one
column's values that the other one has, however long the tables are.
"""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from analyst.core.quoting import quoted
from analyst.core.text import singular
from analyst.datasets.headers import ROW, words
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile

_KEPT = 1024
"""Hashes of a sketch."""
_HASHES = 2**64
_LEAST_KEYS, _LEAST_PARTS = 3, 2
"""A column with fewer distinct values parts rows and tells none apart; not even together with others."""
_CONTAINED, _UNNAMED = 0.5, 0.9
"""Share of a key's values that the other table must have; where the names do not fit as well."""
NAMED = 0.5
"""How well two columns' names must fit for them to be called alike."""
_NUMBERED = "'^[^0-9]{0,6}[0-9]+[a-z]?$'"
"""What values look like that only number things, such as K0012."""
_KEYS = frozenset("id uuid guid key pk fk nr num no number nummer identifier ref reference code".split())  # noqa: SIM905
"""Words that say that a column holds keys, and not whose."""
_ABBREVIATED = 3
"""Characters with which a word stands for a longer one: cust for customer."""


@dataclass(frozen=True)
class KeyColumn:
    """A column of `table` that may be a key, of one `kind` of values, with the sketch of its canonical values.

    `unique`: no value stands twice; `numbered`: the values only number things, so other things have the same ones.
    """

    table: str
    profile: ColumnProfile
    kind: str
    distinct: int
    unique: bool
    numbered: bool
    sketch: tuple[int, ...]

    @property
    def name(self) -> str:
        """The column's name."""
        return self.profile.name


@dataclass(frozen=True)
class Candidate:
    """Two columns that may hold the same keys: the share of the left one's values that are `held`, how well the names
    fit (0 to 1), and what both come to."""

    left: KeyColumn
    right: KeyColumn
    held: float
    named: float
    score: float

    @property
    def alone(self) -> bool:
        """Whether both columns have enough values to be keys by themselves."""
        return min(self.left.distinct, self.right.distinct) >= _LEAST_KEYS


def canonical(column: ColumnProfile, alias: str, *, folded: bool) -> str:
    """A key as text, as SQL; `folded` without case, outer spaces and leading zeros."""
    cell = f"{alias}.{quoted(column.name)}"
    text = f"CAST({cell} AS VARCHAR)"
    if column.type == "DOUBLE":
        text = f"CASE WHEN {cell} = floor({cell}) THEN CAST(CAST({cell} AS HUGEINT) AS VARCHAR) ELSE {text} END"
    if column.type == "TIMESTAMP":
        day = f"CAST({cell} AS DATE)"
        text = f"CASE WHEN {cell} = {day} THEN CAST({day} AS VARCHAR) ELSE {text} END"
    return f"regexp_replace(lower(trim({text})), '^0+(\\d)', '\\1')" if folded else text


def selected(columns: Sequence[ColumnProfile], *, folded: bool) -> str:
    """The keys that `columns` of the relation `t` hold together, as SQL, each called as `key` says."""
    return ", ".join(f"{canonical(column, 't', folded=folded)} AS {key(place)}" for place, column in enumerate(columns))


def key(place: int) -> str:
    """What the key at a place is called in SQL, as no column is: tables of measurements have columns called k0."""
    return f"{ROW}_key{place}"


def present(columns: Sequence[ColumnProfile]) -> str:
    """That a row of the relation `t` has a whole key, as SQL."""
    return " AND ".join(f"t.{quoted(column.name)} IS NOT NULL" for column in columns)


def key_columns(engine: Engine, table: str, relation: str, columns: Sequence[ColumnProfile]) -> list[KeyColumn]:
    """The columns of a table that may be keys; `relation` is what it is called in SQL."""
    return [_sketched(engine, table, relation, column) for column in columns if _kind(column)]


def _kind(column: ColumnProfile) -> str | None:
    """What kind of key a column may be: whole numbers, dates or text."""
    if column.distinct < _LEAST_PARTS or column.meaning.unit or column.meaning.separator:
        return None
    if column.kind == "number":
        whole = column.type in ("BIGINT", "INTEGER", "HUGEINT") or column.role in ("identifier", "dimension")
        return "number" if whole or _looks_whole(column) else None
    return column.kind if column.kind in ("text", "date") else None


def _looks_whole(column: ColumnProfile) -> bool:
    """Whether a column holds whole numbers that were written with decimals, as far as its frequent values tell."""
    shown = [column.minimum, column.maximum, *(value for value, _ in column.values if value is not None)]
    return all(isinstance(value, (int, float)) and float(value).is_integer() for value in shown)


def _sketched(engine: Engine, table: str, relation: str, column: ColumnProfile) -> KeyColumn:
    value = canonical(column, "t", folded=True)
    found = engine.rows(
        f"WITH w AS (SELECT DISTINCT {value} AS k FROM {relation} AS t WHERE t.{quoted(column.name)} IS NOT NULL),"
        f" v AS (SELECT hash(k) AS h, regexp_matches(k, {_NUMBERED}) AS numbered FROM w)"
        f" SELECT (SELECT count(*) FROM v), (SELECT count({quoted(column.name)}) FROM {relation}),"
        " (SELECT bool_and(numbered) FROM v),"
        f" (SELECT list(h ORDER BY h) FROM (SELECT h FROM v ORDER BY h LIMIT {_KEPT}))"
    )[0]
    distinct, present, numbered, hashes = found
    return KeyColumn(table, column, str(_kind(column)), distinct, distinct == present, numbered, tuple(hashes or ()))


def candidates(left: Sequence[KeyColumn], right: Sequence[KeyColumn]) -> list[Candidate]:
    """The pairs of columns that may hold the same keys, the likeliest first; the right one's values are the keys."""
    found = [pair for one in left for other in right for pair in _fits(one, other)]
    return sorted(found, key=lambda pair: -pair.score)


def _fits(left: KeyColumn, right: KeyColumn) -> Iterator[Candidate]:
    if left.kind != right.kind and "date" in (left.kind, right.kind):
        return
    held, named = containment(left.sketch, right.sketch), _likeness(left, right)
    telling = "number" not in (left.kind, right.kind) and not (left.unique and left.numbered)
    sure = named >= NAMED or (held >= _UNNAMED and right.unique and telling)
    if held >= _CONTAINED and sure:
        yield Candidate(left, right, held, named, 0.45 * held + 0.25 * named + 0.3 * right.unique)


def containment(left: Sequence[int], right: Sequence[int]) -> float:
    """The share of the left sketch's values that the right one has, in the range of hashes that both cover."""
    if not left or not right:
        return 0.0
    limit = min(sketch[-1] if len(sketch) == _KEPT else _HASHES for sketch in (left, right))
    within = {value for value in left if value <= limit}
    return len(within & set(right)) / len(within) if within else 0.0


def _likeness(left: KeyColumn, right: KeyColumn) -> float:
    """How well two columns' names fit: as they stand, by their words, and with their tables' names for "id"."""
    spelled = SequenceMatcher(None, left.name.casefold(), right.name.casefold()).ratio()
    one, other = _telling(left), _telling(right)
    return max(spelled if spelled >= 0.8 else 0.0, _shared(one, other))


def _telling(column: KeyColumn) -> set[str]:
    """The words that say whose key a column is: those of its name, or of its table where it is only called "id"."""
    own = {singular(word) for word in words(column.name)} - _KEYS
    return own or {singular(word) for word in words(column.table)}


def _shared(one: set[str], other: set[str]) -> float:
    """The share of words that two sets have in common; a word's beginning stands for it."""
    alike = sum(any(_same_word(word, against) for against in other) for word in one)
    return alike / max(len(one), len(other), 1)


def _same_word(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) >= _ABBREVIATED and long.startswith(short))
