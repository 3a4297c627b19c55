"""SQL text of the plans: names, values, and how each column is read (numbers held as text, spellings)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from analyst.core.quoting import literal
from analyst.core.quoting import quoted as quoted
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import is_number, is_time

_SAFE = re.compile(r"[\w][\w .%()/&+-]*")


def value(item: object) -> str:
    """`item` as a literal."""
    if isinstance(item, bool):
        return "TRUE" if item else "FALSE"
    return repr(item) if isinstance(item, (int, float)) else literal(str(item))


def alias(*words: str) -> str:
    """A result column's name from `words`: lower case, letters, digits and underscores only."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", "_".join(words))
    joined = re.sub(r"\W+", "_", apart.casefold()).strip("_")
    return joined[:60] or "value"


def shown_as(column: ColumnCard) -> str:
    """The name under which a group column appears: its own, unless a reference could not hold it."""
    return column.name if _SAFE.fullmatch(column.name) and len(column.name) <= 60 else alias(column.name)


def number(column: ColumnCard) -> str:
    """The column as a number."""
    return f"num({quoted(column.name)})" if column.numbers is not None else quoted(column.name)


def same_spelling(item: object) -> str:
    """What two spellings of one category have in common."""
    return str(item).strip().casefold()


def variants(column: ColumnCard, item: object) -> list[object]:
    """All values of the card that are `item` up to case and outer spaces."""
    told = [*(column.values or ()), *(column.mentioned or ())]
    return list(dict.fromkeys([item, *(v for v in told if same_spelling(v) == same_spelling(item))]))


def folds(column: ColumnCard) -> list[list[str]]:
    """The groups of spellings of one category that the card shows; in each the one to keep comes first."""
    groups: dict[str, list[str]] = {}
    for item in [*(column.values or ()), *(column.mentioned or ())]:
        if isinstance(item, str):
            spellings = groups.setdefault(same_spelling(item), [])
            if item not in spellings:
                spellings.append(item)
    several = [spellings for spellings in groups.values() if len(spellings) > 1]
    return [sorted(spellings, key=lambda s: (s != s.strip(), not s.strip()[:1].isupper(), s)) for spellings in several]


def canonical(column: ColumnCard, item: object) -> str:
    """The spelling of `item` that is kept among its near-duplicates."""
    groups = [group for group in folds(column) if same_spelling(group[0]) == same_spelling(item)]
    return groups[0][0].strip() if groups else str(item).strip()


def grouping(column: ColumnCard) -> str:
    """The column as something to group by, near-duplicate spellings as one."""
    if is_time(column):
        return f"CAST({quoted(column.name)} AS DATE)"
    if column.numbers is not None and column.role == "measure":
        return number(column)
    found = folds(column) if not is_number(column) and column.personal is None else []
    if not found:
        return quoted(column.name)
    read = quoted(column.name)
    cases = " ".join(f"WHEN {value(same_spelling(group[0]))} THEN {value(group[0].strip())}" for group in found)
    return f"CASE lower(trim({read})) {cases} ELSE {read} END"


def prepared(column: ColumnCard) -> str | None:
    """What takes the column's place in a prepared table, or None when it is fine as it is."""
    if column.numbers is not None:
        return number(column)
    return grouping(column) if column.type.upper().startswith("VARCHAR") and folds(column) else None


def equals(column: ColumnCard, items: Sequence[object], *, negated: bool = False) -> str:
    """Rows whose column is one of `items` (any spelling of them); negated: is none of them, missing ones kept."""
    if column.type.upper() == "BOOLEAN" and len(items) == 1:
        wanted = str(items[0]).casefold() in ("true", "yes", "1", "t")
        return f"{quoted(column.name)} IS {'NOT ' if negated else ''}{'TRUE' if wanted else 'FALSE'}"
    every = list(dict.fromkeys(v for item in items for v in variants(column, item)))
    read = quoted(column.name)
    if len(every) == 1:
        return f"{read} IS DISTINCT FROM {value(every[0])}" if negated else f"{read} = {value(every[0])}"
    listed = ", ".join(value(item) for item in every)
    return f"({read} NOT IN ({listed}) OR {read} IS NULL)" if negated else f"{read} IN ({listed})"


def within(column: ColumnCard, start: date, end: date) -> str:
    """Rows whose moment lies from the first to the last day, both in."""
    read = quoted(column.name)
    following = (end + timedelta(days=1)).isoformat()
    return f"{read} >= DATE '{start.isoformat()}' AND {read} < DATE '{following}'"


def both(conditions: Iterable[str]) -> str:
    """All of the conditions as one."""
    told = dict.fromkeys(conditions)
    return " AND ".join(f"({text})" if " OR " in text and not text.startswith("(") else text for text in told)


def all_of(conditions: Iterable[str]) -> str:
    """A WHERE clause, or nothing."""
    met = both(conditions)
    return f" WHERE {met}" if met else ""


def either(condition: str, column: str, yes: str, no: str) -> str:
    """`yes` for rows that meet `condition`, `no` for the others whose column is known (all others, without one)."""
    return (
        f"CASE WHEN {condition} THEN {yes} {f'WHEN {quoted(column)} IS NOT NULL THEN' if column else 'ELSE'} {no} END"
    )


def rate(condition: str, column: str) -> str:
    """The share of rows that meet `condition` among those whose column is known."""
    return f"avg({either(condition, column, '1.0', '0.0')})"
