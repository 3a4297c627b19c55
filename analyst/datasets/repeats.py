"""Amounts that repeat with a key: an order's total on each of its lines, a shop's target on each of its sales.

Such an amount belongs to the key, and counts once for each. Proved by the figures: it never differs within a key, in so
many repeated rows that chance is ruled out, while something else of the row does.
"""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from analyst.core.quoting import quoted
from analyst.datasets.headers import ID_WORDS, words
from analyst.engine.interface import Engine
from analyst.protocol.table import ColumnProfile

_MOST_KEYS, _MOST_AMOUNTS = 12, 12
_CERTAIN = 6.0
"""Orders of magnitude of luck that it would take for an amount to be the same within every key."""
_SAID = 2.0
"""The same, where the headers say that the amount is of the key."""
_OF_DOCUMENTS = frozenset("total subtotal shipping freight postage gesamt totale gesamtbetrag totaal".split())  # noqa: SIM905
"""Words of amounts that documents have one of."""
_DOCUMENTS = frozenset(
    """
    order invoice transaction receipt basket booking case bestellung auftrag rechnung beleg commande facture pedido
    factura ordine fattura bestelling factuur заказ счет 注文 订单 주문
    """.split()  # noqa: SIM905
)
"""The last word of headers whose whole numbers number documents."""
_GRADES = ("class", "grade", "level", "tier", "rank", "rating", "score", "stage", "phase", "zone")
"""Last words of whole numbers that sort rows and are no amounts: Pclass."""
_SAMPLED = 5_000
"""Rows, of a few keys, on which a key is refuted before all rows are read."""


def with_repeats(
    engine: Engine, relation: str, columns: Sequence[ColumnProfile], rows: int
) -> tuple[ColumnProfile, ...]:
    """`columns` with the key that the amounts of each belong to (`per`), where there is one."""
    amounts = [c for c in columns if c.kind == "number" and c.meaning.adds == "rows" and c.distinct > 2]
    amounts = [c for c in amounts if not (c.type == "BIGINT" and c.name.casefold().endswith(_GRADES))]
    found: dict[str, str] = {}
    for key in _keys(columns, rows)[:_MOST_KEYS]:
        open_ = [c for c in amounts[:_MOST_AMOUNTS] if c.name not in found and c.distinct <= key.distinct]
        open_ = [c for c in open_ if c.name != key.name]
        if open_ and not _varies(engine, relation, key, _times(columns)) and _has_lines(engine, relation, key, columns):
            found |= dict.fromkeys(_constant(engine, relation, key, open_, rows), key.name)
    if not found:
        return tuple(columns)
    per = {name: replace(c.meaning, per=found[name]) for c in columns if (name := c.name) in found}
    return tuple(replace(c, meaning=per[c.name]) if c.name in per else c for c in columns)


def _keys(columns: Sequence[ColumnProfile], rows: int) -> list[ColumnProfile]:
    """Columns whose values repeat, the finest first; of equally fine ones those that call themselves a key."""
    usable = [c for c in columns if c.role in ("identifier", "dimension") and c.kind in ("text", "number")]
    usable += [c for c in columns if c.role == "measure" and c.type == "BIGINT" and _DOCUMENTS & {*words(c.name)[-1:]}]
    repeated = [c for c in usable if 2 < c.distinct <= 0.98 * (rows - c.missing) and not c.missing]
    return sorted(repeated, key=lambda c: (-c.distinct, not ID_WORDS & set(words(c.name))))


def _has_lines(engine: Engine, relation: str, key: ColumnProfile, columns: Sequence[ColumnProfile]) -> bool:
    """Whether the rows of a key differ in something: rows that are all the same only repeat."""
    others = [c.name for c in columns if c.name != key.name and c.role != "constant"]
    return len(_same(engine, relation, key, others, 1)) < len(others)


def _times(columns: Sequence[ColumnProfile]) -> list[str]:
    return [column.name for column in columns if column.role == "time"]


def _varies(engine: Engine, relation: str, key: ColumnProfile, times: Sequence[str]) -> bool:
    """Whether a time differs within a key: then equal amounts are of different times, such as a rent each month."""
    return bool(times) and len(_same(engine, relation, key, times, 1)) < len(times)


def _constant(
    engine: Engine, relation: str, key: ColumnProfile, amounts: Sequence[ColumnProfile], rows: int
) -> list[str]:
    """Those of `amounts` that are the same in all rows of each key, surely not by chance."""
    share = max(1, rows // _SAMPLED)
    extra = rows - key.distinct
    names = [amount.name for amount in amounts if _surprise(amount, rows) * extra >= _needed(key, amount)]
    if share > 1:
        names = _same(engine, relation, key, names, share)
    return _same(engine, relation, key, names, 1)


def _needed(key: ColumnProfile, amount: ColumnProfile) -> float:
    """The luck that is ruled out: less where the headers say it, an "order_total" beside the number of an order."""
    documents = set(words(key.name)) & _DOCUMENTS
    spoken = set(words(amount.name))
    return _SAID if documents and (documents & spoken or _OF_DOCUMENTS & spoken) else _CERTAIN


def _same(engine: Engine, relation: str, key: ColumnProfile, names: Sequence[str], share: int) -> list[str]:
    """The columns that have one value in each key; with a `share`, among one of so many keys."""
    if not names:
        return []
    cell = quoted(key.name)
    where = f" WHERE hash({cell}) % {share} = 0" if share > 1 else ""
    ends = ", ".join(f"min({quoted(name)}) AS a{i}, max({quoted(name)}) AS b{i}" for i, name in enumerate(names))
    filled = ", ".join(f"count({quoted(name)}) AS c{i}" for i, name in enumerate(names))
    tests = ", ".join(f"count(*) FILTER (WHERE a{i} <> b{i} OR c{i} < n)" for i in range(len(names)))
    found = engine.rows(
        f"SELECT {tests} FROM (SELECT count(*) AS n, {ends}, {filled} FROM {relation}{where} GROUP BY {cell})"
    )[0]
    return [name for name, differing in zip(names, found, strict=True) if not differing]


def _surprise(amount: ColumnProfile, rows: int) -> float:
    """How unlikely it is (orders of magnitude) that another row has the same amount by chance."""
    known = sum(count for _, count in amount.values)
    rest, others = rows - known, max(1, amount.distinct - len(amount.values))
    alike = sum((count / rows) ** 2 for _, count in amount.values) + others * (rest / others / rows) ** 2
    return -math.log10(min(1.0, max(alike, 1e-9)))
