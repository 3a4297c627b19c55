"""Tables with the same columns whose names say no series: do their rows tell of the same things, as orders and refunds?

Then adding them up would count each thing twice, and they are joined. Branches of a shop have the same columns too, and
numbers of orders of their own: those of one say nothing of the other's.
"""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator

from analyst.core.quoting import quoted
from analyst.core.text import singular
from analyst.datasets.catalog.keys import canonical
from analyst.datasets.catalog.relations import Tables
from analyst.datasets.headers import words
from analyst.protocol.relations import Relation
from analyst.protocol.table import ColumnProfile

_AGREED, _USUAL = 0.9, 0.8
"""The share of matched rows that say the same in a column; a value that more rows have than this says nothing."""
_STATES = frozenset(
    """
    plan planned planning budget target goal quota forecast projection expected actual real ist soll plano previsto
    order sale purchase refund return cancellation credit debit invoice payment receipt delivery income expense revenue
    cost in out inbound outbound incoming outgoing before after old new sent received won lost open closed paid unpaid
    bestellung verkauf einkauf rückgabe retoure gutschrift rechnung zahlung einnahme ausgabe kosten vorher nachher
    """.split()  # noqa: SIM905
)
"""Words for what amounts are of, where the tables are of the same things: a plan and what came of it."""


def matched_the_same(tables: Tables, relation: Relation) -> bool:
    """Whether the rows that a relation matches are of the same things: their other columns say the same, or there are
    none, and the tables' names differ by words such as plan and actual."""
    if relation.kind == "n:m":
        return False
    shared = list(_shared(tables, relation))
    if not shared:
        return bool(_differing(relation) & _STATES)
    return any(_agree(tables, relation, *pair) for pair in shared)


def _shared(tables: Tables, relation: Relation) -> Iterator[tuple[ColumnProfile, ColumnProfile]]:
    """The columns of both sides that are called alike, hold no amounts or dates and are no keys."""
    left, right = (tables.profiles[side.table].columns for side in (relation.left, relation.right))
    named = {column.name.casefold(): column for column in right}
    for column in left:
        other = named.get(column.name.casefold())
        if other and column.name not in relation.left.columns and _tells(column) and _tells(other):
            yield column, other


def _tells(column: ColumnProfile) -> bool:
    """Whether a column of text or keys has no value that nearly all rows have."""
    most = max((count for _, count in column.values), default=0)
    rows = sum(count for _, count in column.values) or 1
    return column.role in ("dimension", "identifier", "text") and column.distinct > 1 and most <= _USUAL * rows


def _agree(tables: Tables, relation: Relation, one: ColumnProfile, other: ColumnProfile) -> bool:
    """Whether matched rows have the same values in two columns."""
    left, right = relation.left, relation.right
    keys = zip(tables.columns(left), tables.columns(right), strict=True)
    on = " AND ".join(
        f"{canonical(a, 'l', folded=relation.folded)} = {canonical(b, 'r', folded=relation.folded)}" for a, b in keys
    )
    same = f"avg(CAST(l.{quoted(one.name)} IS NOT DISTINCT FROM r.{quoted(other.name)} AS INTEGER))"
    matched = f"{tables.relations[left.table]} AS l JOIN {tables.relations[right.table]} AS r ON {on}"
    share = tables.engine.rows(f"SELECT {same} FROM {matched}")[0][0]
    return share is not None and float(share) >= _AGREED


def _differing(relation: Relation) -> set[str]:
    """The words that only one of the tables' names has."""
    one, other = ({singular(word) for word in words(side.table)} for side in (relation.left, relation.right))
    return one ^ other
