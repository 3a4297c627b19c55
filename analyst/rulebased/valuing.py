"""The fields that a question wants, each as SQL over the results of the steps that compute it.

Which statistic a field is, of which column and in which group, is told by the words of its name and placeholder.
"""

from __future__ import annotations

import re
from dataclasses import replace

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.computing import Computing, correlated, group_test, normality, outlying
from analyst.rulebased.deciding import decision
from analyst.rulebased.formats import Wanted, spaced
from analyst.rulebased.inquiry import Inquiry, column_of, described_columns, level_of, likeness, statistic_in
from analyst.rulebased.link.columns import is_number
from analyst.rulebased.link.tokens import words_of
from analyst.rulebased.select import Select

_POPULATION = r"population (?:standard|std|variance|sd\b|deviation)|\bnumpy\b|\bnp\.std|ddof ?= ?0"
"""What tells that a deviation is that of the population: its name, or a library whose usual it is."""

_ANY_NUMBER = ("number", "value", "result", "float", "answer")
"""Placeholders that only say that a number is wanted: the question itself names the statistic."""


def named(asked: Inquiry, plan: Computing, kinds: list[str]) -> dict[str, str]:
    """The fields' values as SQL; fields that the plan can't tell apart are left out."""
    values = {wish.name: _value(wish, asked, plan, kinds) for wish in asked.fields}
    given = [value for value in values.values() if value is not None]
    return {name: v for name, v in values.items() if v is not None and given.count(v) == 1}


def _value(wish: Wanted, asked: Inquiry, plan: Computing, kinds: list[str]) -> str | None:
    """A field's value as SQL over the steps' results; steps are added as needed."""
    column = column_of(wish, asked)
    if is_label(wish, asked, kinds):
        return None
    if wish.options:
        return decision(wish.options, wish.words, _facts(wish, asked, plan, kinds, column), asked.text)
    statistic = _statistic_of(wish, asked, column)
    if "linked" in kinds and re.search(r" (?:correlation|corr|coefficient|r) ", wish.named):
        return _of_pairs(wish, asked, plan)
    share = re.search(r" (?:proportion|share|percentage|percent|fraction) ", wish.named) and statistic in (None, "n")
    if (statistic == "n" or share) and "outliers" not in kinds and not _counts_values(wish, asked):
        return _counted(wish, asked, "percent" in wish.named if share else None)
    if re.search(r" (?:p value|pvalue|p|pval) ", wish.words):
        return _p(wish, asked, plan, kinds, column)
    if "outliers" in kinds and column is not None:
        made = _of_outliers(wish, asked, plan, column, statistic)
        if made is not None:
            return made
    if "linked" in kinds and (statistic is None or " correlation " in wish.words):
        return _of_pairs(wish, asked, plan)
    if "tested" in kinds and re.search(r" (?:statistic|chi|t|f|u|stat) ", wish.words):
        id = group_test(asked, plan)
        return f"(SELECT statistic FROM {id})" if id else None
    return _described_value(wish, asked, plan, column, statistic) if statistic and column else None


def _counted(wish: Wanted, asked: Inquiry, percent: bool | None) -> str | None:
    """How many rows there are, of the field's level where it names one; `percent`: as a share of all, in per cent."""
    level = level_of(wish, asked)
    where = [c.sql for c in asked.request.conditions if asked.by is None or c.column != asked.by.name]
    if level is None and asked.by is not None:
        return None
    rows = Select(("count(*)",), asked.request.table, tuple(where))
    every = f"({rows.sql})"
    count = f"({rows.where_also(in_group(asked, level)).sql})" if level is not None else every
    if percent is None:
        of_rows = re.search(r" (?:rows?|records?|entries|total|samples|observations) ", wish.words)
        return count if level is not None or where or of_rows else None
    return f"{count} * {100.0 if percent else 1.0} / {every}"


def _statistic_of(wish: Wanted, asked: Inquiry, column: ColumnCard | None) -> str | None:
    """The statistic that the field's words name, beside the words of its column."""
    own = set(words_of(column.name)) if column is not None else set()
    name = " ".join(word for word in wish.named.split() if not set(words_of(word)) <= own)
    if asked.says(r"\bmissing\b|\bnull\b") and re.search(r"\b(?:percent|percentage|share|proportion)\b", name):
        return "missing"
    if re.search(r"\b(?:count|number)\b", wish.inner) and statistic_in(f" {name} ") == "sum":
        return "n"
    said = statistic_in(f" {name} ") or statistic_in(wish.named)
    if said is None and spaced(wish.inner) in _ANY_NUMBER:
        said = statistic_in(asked.request.text)
    return said or statistic_in(wish.words)


def is_label(wish: Wanted, asked: Inquiry, kinds: list[str]) -> bool:
    """Whether a field wants the name of something: `country_with_highest_score[country_name]`."""
    if wish.options or kinds[0] in ("outliers", "linked"):
        return False
    said = re.match(r"\W*(?:is |as )?(?:a |the )?(?:string|name)\b", wish.about) is not None
    named = spaced(wish.inner).endswith(" name") or any(
        not is_number(c) and likeness(f" {spaced(wish.inner)} ", c) for c in asked.others
    )
    return said or named


def _counts_values(wish: Wanted, asked: Inquiry) -> bool:
    return re.search(r" (?:missing|null|unique|distinct|values) ", wish.words) is not None


def _described_value(wish: Wanted, asked: Inquiry, plan: Computing, column: ColumnCard, statistic: str) -> str | None:
    """A statistic of one column, in the field's group."""
    level = level_of(wish, asked)
    if asked.by is not None and level is None:
        return None
    by = asked.by.name if asked.by is not None else None
    id = plan.need("describe", columns=[c.name for c in described_columns(asked)], by=by)
    moment = "pop" if asked.says(_POPULATION) and not asked.says(r"not (?:the )?population") else "sample"
    shape = "pop" if asked.says(r"scipy|moment coefficient|population skew") else "sample"
    columns = {
        "std": f"std_{moment}", "skew": f"skew_{shape}", "kurt": f"kurt_{shape}", "within": "round(within_1_std * n)",
        "var": f"std_{moment} * std_{moment}", "range": "max - min",
    }  # fmt: skip
    picked = columns.get(statistic, statistic)
    if statistic == "missing" and re.search(r"percent|share|proportion|rate", wish.words):
        picked = "missing_pct * 100"
    return f"(SELECT {picked} FROM {id} WHERE {_where(column, asked, level)})"


def _where(column: ColumnCard, asked: Inquiry, level: object = None) -> str:
    parts = [f"variable = {sql.value(column.name)}"]
    if level is not None and asked.group is not None:
        parts.append(in_group(asked, level))
    return " AND ".join(parts)


def in_group(asked: Inquiry, level: object) -> str:
    """The test for the rows of a level."""
    assert asked.group is not None
    name = sql.quoted(asked.group.name)
    if isinstance(level, (int, float)) and not isinstance(level, bool):
        return f"try_cast({name} AS DOUBLE) = {level!r}"
    return f"CAST({name} AS VARCHAR) = {sql.value(str(level))}"


def _p(wish: Wanted, asked: Inquiry, plan: Computing, kinds: list[str], column: ColumnCard | None) -> str | None:
    if "tested" in kinds and (id := group_test(asked, plan)):
        return f"(SELECT p FROM {id})"
    if "normal" in kinds and column is not None:
        return f"(SELECT p FROM {normality(asked, plan)} WHERE {_where(column, asked, level_of(wish, asked))})"
    return _of_pairs(wish, asked, plan, "p") if "linked" in kinds else None


def _of_outliers(
    wish: Wanted, asked: Inquiry, plan: Computing, column: ColumnCard, statistic: str | None
) -> str | None:
    """What the field wants of the outliers: how many or which they are, or the column with or without them."""
    id, level = outlying(asked, plan, column), level_of(wish, asked)
    where = f" WHERE {in_group(asked, level)}" if level is not None and asked.group else ""
    words, cleaned = wish.words, asked.says(r"remov|clean|without|exclud|eliminat")
    ddof = "pop" if asked.says(_POPULATION) and not asked.says(r"not (?:the )?population") else "sample"
    if re.search(r" (?:left|remaining|remain|rest|kept) ", words):
        return f"(SELECT rows_left FROM {id}{where})"
    if (
        statistic in ("mean", "median")
        and re.search(r" outliers? ", wish.named)
        and not re.search(r" (?:without|after|removed|excluding|no|with|including) ", words)
    ):
        return f"(SELECT {statistic}_outliers FROM {id}{where})"
    if re.search(r" (?:with|including|original|before) ", words) and not re.search(r" without ", words):
        return None
    if statistic in ("mean", "median", "std") and cleaned:
        name = f"std_{ddof}_kept" if statistic == "std" else f"{statistic}_kept"
        return f"(SELECT {name} FROM {id}{where})"
    if re.search(r",|\.\.\.|\blist", wish.inner.replace("_", " ")) and " count " not in words:
        return _listed_outliers(wish, asked, id, column)
    if statistic in ("n", "sum") or re.search(r" outliers? ", words):
        return f"(SELECT n_outliers FROM {id}{where})"
    return None


def _listed_outliers(wish: Wanted, asked: Inquiry, id: str, column: ColumnCard) -> str:
    """The outliers' names, values or row numbers, in the order of the rows."""
    label = next(
        (c for c in (*asked.request.entities, *asked.request.subjects, *asked.others) if c is not column), None
    )
    own = re.search(r"value", wish.words) is not None or label is None
    rows = re.search(r"row|location|index", asked.core) is not None
    what = f"round({sql.number(column)}, {wish.digits or 2})" if own else sql.quoted(label.name) if label else "_row"
    what = "_row" if rows and re.search(r" (?:list|row|rows|outliers|location\w*|index\w*) ", wish.words) else what
    listed = f"coalesce(string_agg(CAST({what} AS VARCHAR), ', ' ORDER BY _row), 'none')"
    return f"(SELECT {listed} FROM {id}_rows WHERE is_outlier)"


def _of_pairs(wish: Wanted, asked: Inquiry, plan: Computing, value: str = "r") -> str | None:
    """The coefficient (or `value`) of the pair that the field names, else of the strongest; or that pair's names."""
    id = correlated(asked, plan)
    if id is None:
        return None
    positive = asked.asks(r"strongest positive|highest positive|most positive")
    order = "r DESC" if positive else "abs(r) DESC"
    if re.search(r" (?:pair|variable|variables|column|feature|name) ", wish.words) and value == "r":
        target = next((s.parameters.get("target") for s in plan.steps if s.id == id), None)
        shown = "x" if target else "x || ', ' || y"
        return f"(SELECT {shown} FROM {id} ORDER BY {order} LIMIT 1)"
    pair = [c for c in asked.numbers if likeness(wish.named, c)]
    if len(asked.numbers) > 2 and len(pair) == 2:
        one, other = (sql.value(c.name) for c in pair)
        return f"(SELECT {value} FROM {id} WHERE (x = {one} AND y = {other}) OR (x = {other} AND y = {one}))"
    level = level_of(wish, asked) if any(s.id == id and s.parameters.get("by") for s in plan.steps) else None
    where = f" WHERE {in_group(asked, level)}" if level is not None and asked.group else ""
    return f"(SELECT {value} FROM {id}{where} ORDER BY {order} LIMIT 1)"


def _facts(
    wish: Wanted, asked: Inquiry, plan: Computing, kinds: list[str], column: ColumnCard | None
) -> dict[str, str]:
    """What a decision may rest on."""
    facts: dict[str, str] = {}
    level = level_of(wish, asked)
    if "tested" in kinds and (id := group_test(asked, plan)):
        facts["p"] = f"(SELECT p FROM {id})"
    if "normal" in kinds and column is not None:
        facts["normal_p"] = f"(SELECT p FROM {normality(asked, plan)} WHERE {_where(column, asked, level)})"
    if "linked" in kinds and (r := _of_pairs(replace(wish, name="r", inner=""), asked, plan)):
        facts["r"] = r
        facts["p"] = str(_of_pairs(replace(wish, name="r", inner=""), asked, plan, "p"))
    if column is not None and asked.says("skew") and (skew := _described_value(wish, asked, plan, column, "skew")):
        facts["skew"] = skew
    if "outliers" in kinds and column is not None:
        facts["n_outliers"] = f"(SELECT n_outliers FROM {outlying(asked, plan, column)})"
    return facts
