"""Columns put in another form: outliers taken out, texts as numbers, numbers scaled or as logarithms."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyst.core.text import listed
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.clauses import Clause, mark, new_name
from analyst.rulebased.formulas import function, literal_codes
from analyst.rulebased.link.columns import is_number
from analyst.rulebased.making import ASKING, MODELLING, Making, add, adding, keeping, replacing
from analyst.rulebased.steps import method


def without_outliers(table: Making, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """`Remove the outliers of …`: strong only where something else than that column is asked for afterwards."""
    if not re.search(r"\b(?:remov|drop|delet|exclud|eliminat|filter out|discard)\w*\b[^.]*\boutlier", clause.text):
        return False
    column = next(iter(clause.numbers), None)
    rest = " ".join(clauses[at + 1 :])
    others = [
        c for c in mark(rest, table.card).numbers if column is not None and c.name != column.name and c.name in rest
    ]
    if column is None or not (others or table.strong):
        return False
    text = f"{clause.text} {rest.casefold()}"
    zscore = re.search(r"z-?scores?|standard deviations?", text) is not None
    told = re.search(
        r"(?:threshold|than|above|exceed\w*|greater than|beyond|over)\D{0,12}(\d(?:\.\d+)?)|(\d(?:\.\d+)?) "
        r"(?:standard deviations|\*? ?iqr)",
        text,
    )
    threshold = float(next(filter(None, told.groups()))) if told else None
    step = method(
        f"outliers_{len(table.steps) + 1}",
        "outliers",
        column=column.name,
        rule="zscore" if zscore else "iqr",
        threshold=threshold,
    )
    table.step(step)
    columns = "* EXCLUDE (is_outlier, z)" if zscore else "*"
    table.layer(keeping("NOT coalesce(is_outlier, FALSE)", picked=columns), f"outliers of {column.name} left out")
    return True


def encoded(table: Making, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """Texts as numbers: by the codes given, else in the order of the alphabet; one-hot as a column for each value."""
    text = clause.text
    if not re.search(
        r"\bencod\w*|\bdumm(?:y|ies)\b|\bbinary (?:format|form|values?)|\bto (?:binary|numeric\w*|"
        r"numbers?)\b|\bconvert\w* [^.]*\b0\b[^.]*\b1\b",
        text,
    ):
        return False
    columns = [c for c in clause.columns if not is_number(c)]
    if not columns:
        return bool(re.search(r"\bencod", text)) and table.strong
    models, codes = MODELLING.search(" ".join(clauses)), literal_codes(clause)
    if re.search(r"one-?\s?hot|\bdumm", text) or (models and not codes and "label" not in text):
        if not models:
            _dummies(table, columns)
        return True
    parts = []
    for column in columns:
        fit = {item: code for item, code in codes.items() if item in (column.values or ())}
        name = sql.quoted(column.name)
        whens = " ".join(f"WHEN {sql.value(item)} THEN {code}" for item, code in fit.items())
        ranked = f"CASE WHEN {name} IS NOT NULL THEN dense_rank() OVER (ORDER BY {name}) - 1 END"
        parts.append(f"{f'CASE {name} {whens} END' if fit else ranked} AS {name}")
        count = column.distinct or 2
        role = "target" if count == 2 else "measure"
        table.set(
            column.name,
            ColumnCard(
                column.name,
                "BIGINT",
                role,
                column.missing,
                column.distinct,
                0,
                None,
                count - 1,
                tuple(range(count)) if count <= 20 else None,
            ),
        )
    table.layer(replacing(*parts), f"{listed([c.name for c in columns])} coded as numbers")
    return True


def _dummies(table: Making, columns: Sequence[ColumnCard]) -> None:
    parts = []
    for column in columns:
        for item in column.values or () if column.complete else ():
            name = f"{column.name}_{item}"
            parts.append(
                f"CASE WHEN {sql.quoted(column.name)} = {sql.value(item)} THEN 1 ELSE 0 END AS {sql.quoted(name)}"
            )
            table.set(name, ColumnCard(name, "BIGINT", "target", 0, 2, 0, None, 1, (0, 1)))
    if parts:
        told = f"a zero-or-one column for each value of {listed([c.name for c in columns])}"
        table.layer(adding(*parts), told)


def scaled(table: Making, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """Columns scaled, standardised or as logarithms, in their place or under a new name."""
    text = clause.text
    log = re.search(
        r"\blog\w*[- ]?transform\w*|\btransform\w*[^.]*\b(?:log|logarithm\w*|natural log|square root)\b|"
        r"\b(?:apply|take|using)\w* [^.]*\blog",
        text,
    )
    scale = re.search(
        r"\b(?:normali[sz](?:e|ed|ing)|standardi[sz](?:e|ed|ing)|rescal\w*|scal(?:e|ing)|min-?max)\b", text
    )
    tests = re.search(r"\bnormality\b|\bnormally\b|outlier", text)
    if not (log or scale) or tests or ASKING.match(clause.raw) or re.search(r"\bis a\b|\bdivid", text):
        return False
    columns = clause.numbers
    if not columns:
        return not log and table.strong
    name = new_name(clause)
    made = [(column, value) for column in columns if (value := function(clause, column)) is not None]
    if len(made) < len(columns):
        return False
    kind = made[0][1]
    parts = [f"{value.sql} AS {sql.quoted(column.name)}" for column, value in made]
    told = f"{listed([c.name for c in columns])}: {kind.words.rsplit(' of ', 1)[0]}"
    if name is not None and len(columns) == 1:
        add(table, name, kind, kind.words)
        return True
    if any(f"scaled {column.name}" in table.made for column in columns):
        return True
    table.made += [f"scaled {column.name}" for column in columns]
    table.layer(replacing(*parts), told)
    for column in columns:
        table.set(column.name, ColumnCard(column.name, "DOUBLE", "measure", column.missing, column.distinct))
    return True
