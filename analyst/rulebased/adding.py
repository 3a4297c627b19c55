"""New columns: where their name and their making are found in a question's clauses, and the card that they get."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased import sql
from analyst.rulebased.binning import Bins, bins
from analyst.rulebased.clauses import Clause, mark, new_name, speaks_of
from analyst.rulebased.formulas import Formula, formula
from analyst.rulebased.making import ASKING, Making, add, adding, keeping, miss, replacing

_CREATE = re.compile(
    r"\b(?:creat|generat|add|deriv|engineer|construct|introduc|defin|build|comput|calculat|make|bin|categori[sz]|flag|extract)\w*\b"
)
_NEW = re.compile(r"\bnew\b|\b(?:called|named|binary)\b|\badd (?:a |an )?(?:column|feature)\b")
_MADE_BEFORE = re.compile(r"\b(?:this|the|that|these|of) (?:newly created |new )", re.IGNORECASE)
_ANALYSING = re.compile(
    r"(?:analy[sz]|check|explor|test|perform|evaluat|train|investigat|calculat|report|find|determin)\w*\b",
    re.IGNORECASE,
)
_TELLS_HOW = re.compile(r"(?:extract|subtract|divid|multipl|tak|combin|sum|use|us)\w*\b", re.IGNORECASE)


def added(table: Making, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """A new column, by a formula or by classes; what the clause does not say is looked for in the clauses after it."""
    creates = _CREATE.search(clause.text)
    name = new_name(clause)
    sorts = re.search(r"\b(?:classif|categori[sz]|group|bin|divid|split)\w*\b[^.]*\binto\b", clause.text)
    if name is None and sorts and not table.labels and (found := bins(clause)) is not None:
        return _made(table, f"{found.columns[0].name}_class", found, [])
    unnamed = re.search(
        r"\b(?:groups|categories|bands|buckets|bins|classes|quartiles|quintiles|deciles)\b", clause.text
    )
    classed = creates and unnamed and not table.labels and not ASKING.match(clause.raw)
    if name is None and classed and (parts := bins(clause)) is not None:
        return _made(table, f"{parts.columns[0].name}_class", parts, [])
    if not creates or not (_NEW.search(clause.text) or name):
        return False
    if name is None and (not re.search(r"\bnew\b", clause.raw.casefold()) or _MADE_BEFORE.search(clause.raw)):
        return retells(clause.raw) and bool(table.made) and re.search(r"\bnew\b", clause.raw.casefold()) is not None
    if name in table.made:
        return True
    if name is None and any(speaks_of(clause.raw, made) for made in table.made):
        return False
    shown = name or "new_feature"
    later = [c for c in clauses[at + 1 :] if not _asks(c)]
    told = [
        clause,
        *_extended(clause, later, table.card),
        *(mark(c, table.card) for c in later if name and speaks_of(c, name)),
    ]
    told += [mark(c, table.card) for c in later if (name is None and retells(c)) or _TELLS_HOW.match(c)]
    classes = max(filter(None, map(bins, told)), key=lambda found: len(found.labels), default=None)
    value = classes or next(filter(None, map(formula, told)), None)
    if value is not None:
        return _made(table, shown, value, [mark(c, table.card) for c in later])
    if _NEW.search(clause.text):
        return miss(table, clause)
    return False


def _asks(raw: str) -> bool:
    return (
        re.match(
            r"(?:what|how|which|is|are|does|calculate the (?:mean|median|std|stand|corr|average))\b", raw.casefold()
        )
        is not None
    )


def _extended(clause: Clause, later: Sequence[str], card: TableCard) -> list[Clause]:
    """The clause joined with those after it: a definition of classes may run over several."""
    raw, out = clause.raw, []
    for following in later[:5]:
        if _ANALYSING.match(following):
            break
        raw = f"{raw}; {following}"
        out.append(mark(raw, card))
    return out


def _made(table: Making, name: str, value: Bins | Formula, later: Sequence[Clause]) -> bool:
    if isinstance(value, Bins):
        flag = value.type == "BIGINT"
        card = ColumnCard(
            name, value.type, "target" if flag else "dimension", 0, len(value.labels), values=value.labels
        )
        if flag:
            card = replace(card, min=0, max=1)
        table.layer(adding(f"{value.sql} AS {sql.quoted(name)}"), f"{name} is {value.words}")
        table.set(name, card)
        table.made.append(name)
        table.labels += value.labels
        return True
    if value.type == "VARCHAR":
        return _text_added(table, name, value, later)
    add(table, name, value, value.words)
    return True


def _text_added(table: Making, name: str, value: Formula, later: Sequence[Clause]) -> bool:
    """A column of texts; the clauses after it may keep some of its values, or call the others "Other"."""
    table.layer(adding(f"{value.sql} AS {sql.quoted(name)}"), f"{name} is {value.words}")
    table.made.append(name)
    items: tuple[str, ...] = ()
    for clause in later:
        kept = [text.rstrip(".") for text in clause.quoted if text != name]
        if kept and re.search(r"\b(?:replac|group|combin|label|call)\w*|\bother", clause.text) and len(kept) > 1:
            items, other = tuple(kept[:-1]), kept[-1]
            own = sql.quoted(name)
            text = f"CASE WHEN {own} IN ({_values(items)}) THEN {own} ELSE {sql.value(other)} END"
            table.layer(replacing(f"{text} AS {own}"), f"all values except {listed(items)} renamed to {other}")
            items = (*items, other)
            break
        if len(kept) > 1 and re.search(r"\bonly\b|\bconsider", clause.text):
            items = tuple(kept)
            table.layer(keeping(f"{sql.quoted(name)} IN ({_values(items)})"), f"only {listed(items)} kept")
            break
    table.set(name, ColumnCard(name, "VARCHAR", "dimension", 0, len(items) or 10, values=items or None))
    return True


def _values(items: Sequence[str]) -> str:
    return ", ".join(sql.value(item) for item in items)


def about_text(table: Making, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """A clause that only says which values of a made text column are kept: done with the column."""
    told = re.search(
        r"^only consider|^for others|should be (?:considered|eliminated|removed|excluded|ignored)$", clause.text
    )
    return bool(table.made) and bool(told) and not clause.columns


def tells_classes(table: Making, clause: Clause) -> bool:
    """Whether the clause only says what the classes of a column are that is made already."""
    first = re.match(r"\W*([\w-]+)", clause.raw)
    defines = re.match(r"defin|the three|categor", clause.raw.casefold()) and re.search(
        "categor|class|group|bin", clause.raw.casefold()
    )
    return bool(table.labels) and bool(defines or (first and first[1] in table.labels and not ASKING.match(clause.raw)))


def retells(raw: str) -> bool:
    """Whether the clause tells how a column is made (once more, when it is made already), and asks nothing of it."""
    told = raw.casefold()
    if re.match(r"(?:to )?(?:calculat|comput)\w*", told):
        return re.search(r"\bby \w+ing\b|\bsubtract\w*\b|\bdefined as\b", told) is not None
    return (
        re.match(
            r"(?:for [\w ]+, )?(?:creat|generat|add|deriv|engineer|construct|introduc|defin|make|bin|"
            r"categori[sz]|extract)\w*\b",
            told,
        )
        is not None
    )
