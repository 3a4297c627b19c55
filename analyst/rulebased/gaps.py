"""Missing values and duplicates: rows left out, gaps filled by a statistic, a constant or the most similar rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.clauses import COLUMN, QUOTED, Clause, mark
from analyst.rulebased.link.columns import is_number
from analyst.rulebased.making import ASKING, Making, count_rows, keeping, miss, replacing
from analyst.rulebased.select import DATA, Select
from analyst.rulebased.steps import method

_MISSING = r"\b(?:missing|null|nulls|nan|nans|empty|blank|gaps?|unknown)\b"
_DROP = (
    r"\b(?:remov|drop|delet|discard|eliminat|exclud|ignor|filter out|skip)\w*|\bonly (?:consider|use|"
    r"keep|include)\b|\bwithout\b"
)
_FILL = r"\b(?:fill|replac|imput|substitut)\w*"
_HOW = r"(mean|average|median|mode|most (?:frequent|common)|zeros?|(?<![\w.<\[])-?\d+(?:\.\d+)?(?![\w.%>\]])|\[\d+\])"


def deduplicated(table: Making, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """`Remove duplicate rows`, or rows that repeat a column's value."""
    if not re.search(
        r"\b(?:remov|drop|delet|eliminat|discard|without)\w*\b[^.]*\bduplicat|\bde-?duplicat", clause.text
    ):
        return False
    keys = clause.columns if re.search(r"\b(?:by|based on|same|per|on|in|of)\b", clause.text) else ()
    if not keys and not table.card.duplicate_rows:
        table.strong = True
        table.told.append("no row is a duplicate")
        return True
    names = ", ".join(sql.quoted(c.name) for c in keys or table.card.columns)
    told = f" of {listed([c.name for c in keys])}" if keys else ""
    first = f"row_number() OVER (PARTITION BY {names} ORDER BY _row) = 1"
    table.layer(
        lambda source: Select(("*",), source, qualify=first),
        f"only the first of duplicate rows{told} kept",
    )
    count_rows(table)
    return True


def gaps(table: Making, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """Missing values filled or their rows left out."""
    text = clause.text
    fills = re.search(_FILL, text)
    if ASKING.match(clause.raw):
        return False
    both = re.search(rf",? and (?=[^<]*(?:{_FILL}|delet|drop|remov))", text)
    if both and fills and re.search(_DROP + r"|\bdeletion\b", text):
        halves = (replace(clause, text=text[: both.start()]), replace(clause, text=text[both.end() :]))
        each = [replace(half, columns=half.all_in(half.text)) for half in halves]
        return all([gaps(table, half, clauses, at) for half in each])
    if (
        re.search(r"\b(?:drop|remov|delet)\w* (?:<\d+>)(?:,| and|$| due| because|,? as| with)", text)
        and re.search(r"\bcolumns?\b", clause.raw)
        and not re.search(r"\b(?:rows?|records?|entries) ", clause.raw)
    ):
        table.told.append(f"{listed([c.name for c in clause.columns])} not used")
        return True
    if not re.search(_MISSING, text) and not (fills and re.search(r"imput", text)):
        return False
    if fills:
        filled = _fill(table, clause, clauses[at + 1 :])
        if not filled and _handles(text):
            miss(table, clause)
        return filled or _handles(text)
    if re.search(_DROP + r"|\bdeletion\b", text):
        return _drop(table, clause)
    if _handles(text):
        return _explained(clauses, at) or not clause.columns or miss(table, clause)
    return False


def _handles(text: str) -> bool:
    return re.search(r"\b(?:handl|deal|treat|address|clean|fill|imput|replac)\w*", text) is not None


def _explained(clauses: Sequence[str], at: int) -> bool:
    """Whether a later clause says how missing values are handled."""
    return any(re.search(f"{_FILL}|remov|drop|delet", c, re.IGNORECASE) for c in clauses[at + 1 :])


def _drop(table: Making, clause: Clause) -> bool:
    strong = not re.search(r"\b(?:ignor|exclud|skip|only|without)\w*", clause.text)
    if not clause.columns and not strong:
        return False
    columns = tuple(c for c in clause.columns or table.card.columns if c.missing)
    if columns:
        tests = [f"{sql.quoted(c.name)} IS NOT NULL" for c in columns]
        names = listed([c.name for c in columns])
        table.layer(keeping(*tests), f"rows without {names} left out", strong=strong)
        for column in columns:
            table.set(column.name, replace(column, missing=0))
    if strong:
        table.strong = True
        count_rows(table)
    return True


def _fill(table: Making, clause: Clause, clauses: Sequence[str]) -> bool:
    """Each column with what its gaps are filled by."""
    if re.search(r"\bk-?\s?n(?:earest|eighbo)|\bknn\b", clause.text):
        return _neighbours(table, clause, clauses)
    wanted = _fillings(clause)
    if not wanted:
        return False
    if any(layer.where or layer.qualify for layer in table.layers):
        table.close()  # what the gaps are filled with is told from the rows that are left
    source, parts = DATA if table.layers else table.reads, list[_Part]()
    for columns, how in wanted:
        told = columns or tuple(c for c in table.card.columns if c.missing and (is_number(c) or how == "mode"))
        for column in told:
            if not column.missing:
                continue
            filled = _filling(column, how, clause)
            if filled is None:
                return False
            parts.append(_coalesced(column, filled))
            if filled.computed and len(told) <= 3:
                value = Select((filled.computed,), source).sql
                table.facts.append(f"({value}) AS {sql.quoted(sql.alias(how, column.name))}")
            table.told.append(f"missing values in {column.name} filled with {filled.words}")
            table.set(column.name, replace(column, missing=0, numbers=None if is_number(column) else column.numbers))
    for group in _groups_within(parts):
        table.layer(partial(_replaced, group), table.told.pop())
    table.strong = True
    return True


_Part = Callable[[str], str]
"""A column with its gaps filled, as SQL over the table of that name."""


def _coalesced(column: ColumnCard, filled: _Filling) -> _Part:
    return lambda source: f"coalesce({_read(column)}, {filled.value(source)}) AS {sql.quoted(column.name)}"


def _replaced(parts: Sequence[_Part], source: str) -> Select:
    return replacing(*(part(source) for part in parts))(source)


def _groups_within(parts: Sequence[_Part], most: int = 900) -> list[list[_Part]]:
    groups: list[list[_Part]] = []
    length = 0
    for part in parts:
        own = len(part(DATA))
        if not groups or length + own > most:
            groups.append([])
            length = 0
        groups[-1].append(part)
        length += own
    return groups


def _read(column: ColumnCard) -> str:
    return sql.number(column) if is_number(column) else sql.quoted(column.name)


def _fillings(clause: Clause) -> list[tuple[tuple[ColumnCard, ...], str]]:
    """The columns of each filling and what they are filled with, as the clause pairs them."""
    pairs = [
        (clause.all_in(found[1]), found[2])
        for found in re.finditer(
            rf"((?:{COLUMN}[^<\[]*?)+?)(?:with|by|using|to|as)\s+(?:[a-z]+ ){{0,4}}?{_HOW}".replace("(\\d+)>", "\\d+>"),
            clause.text,
        )
    ]
    if pairs:
        return [(columns, _kind(how)) for columns, how in pairs]
    hows = re.findall(_HOW, clause.text)
    return [(clause.columns, _kind(hows[0]))] if hows else []


def _kind(how: str) -> str:
    return {"average": "mean", "most frequent": "mode", "most common": "mode", "zero": "0", "zeros": "0"}.get(how, how)


@dataclass(frozen=True)
class _Filling:
    """What gaps get: in a row, by the SQL `row`; or, where there is none, by what `computed` gives over all rows."""

    row: str
    computed: str
    words: str

    def value(self, source: str) -> str:
        """The value that a row of `source` gets."""
        return self.row or f"({Select((self.computed,), source).sql})"


def _filling(column: ColumnCard, how: str, clause: Clause) -> _Filling | None:
    name = _read(column)
    if how in ("mean", "median"):
        if not is_number(column):
            return None
        call = f"{'avg' if how == 'mean' else 'median'}({name})"
        return _Filling(f"{call} OVER ()", call, f"the {how}")
    if how == "mode":
        return _Filling("", f"mode({name} ORDER BY {name})", "the most frequent value")
    told = re.fullmatch(QUOTED, how)
    value = clause.quoted[int(told[1])] if told else how
    if is_number(column):
        return _Filling(value, "", value) if re.fullmatch(r"-?\d+(?:\.\d+)?", value) else None
    return _Filling(sql.value(value), "", f"'{value}'")


def _neighbours(table: Making, clause: Clause, clauses: Sequence[str]) -> bool:
    """Gaps filled from the most similar rows; what they are compared by comes after "based on" or "on"."""
    column = next((c for c in clause.columns if c.missing), None)
    if column is None:
        return bool(clause.columns)
    more = [mark(c, table.card) for c in clauses if re.search(r"neighbou?rs|\bknn\b", c, re.IGNORECASE)]
    told = re.search(r"\bk ?= ?(\d+)|\b(\d+) (?:nearest )?neighbou?rs", clause.text)
    after = clause.text.split(f"<{clause.card.columns.index(column)}>", 1)[-1]
    said = [*clause.all_in(after), *(c for other in more for c in other.columns)]
    features = list(dict.fromkeys(c.name for c in said if c.name != column.name))
    features = features or [c.name for c in table.card.columns if c.role == "measure" and not c.missing][:5]
    strategy = (
        "knn_classifier"
        if any("classif" in c.text for c in (clause, *more)) or not is_number(column)
        else "knn_regressor"
    )
    neighbours = int(next(filter(None, told.groups()))) if told else 5
    step = method(
        f"filled_{len(table.steps) + 1}",
        "impute",
        column=column.name,
        strategy=strategy,
        features=features,
        k=neighbours,
    )
    table.step(step)
    table.told.append(
        f"missing values in {column.name} filled from the {neighbours} most similar rows by {listed(features)}"
    )
    table.set(column.name, replace(column, missing=0))
    table.strong = True
    return True
