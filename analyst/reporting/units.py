"""Which numbers are amounts, percentages or durations: told by the profile, carried to what is computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from analyst.protocol.evidence import ALWAYS, MEASURED_FIELDS, Evidence, EvidenceTable, measured_columns
from analyst.protocol.table import SECONDS, ColumnProfile, TableProfile
from analyst.reporting.numbers import FRACTION, MONEY, UNIT

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
"""Currencies that are written by a sign; others are by their code."""
_CODE = re.compile(r"[A-Z]{3}$")
_CODES = frozenset({"usd", "dollar", "dollars", "eur", "euro", "euros", "gbp", "jpy", "inr", "chf", "pct", "percent"})
"""Words of a header that an SQL result may leave out when it repeats the column's name."""
_AGGREGATES = r"(total|sum|average|avg|mean|median|min|max|minimum|maximum|highest|lowest|part|cumulative|running)"
_OTHERS = ("percent", "p_value", "date", "text", "duration")


_KEEPING = frozenset({"sum", "mean", "median", "min", "max", "mode", "first", "last", ""})
"""Ways to put values together that keep their unit."""


def kinds_of(profile: TableProfile) -> dict[str, str]:
    """How the values of every column with a unit are written: "money:€", "unit:percent" …"""
    found = {column.name: _kind(column) for column in profile.columns}
    return {name: kind for name, kind in found.items() if kind}


def _kind(column: ColumnProfile) -> str:
    unit = column.meaning.unit  # durations bear a format of their own
    if unit is None or unit == SECONDS:
        return ""
    if _CODE.match(unit):
        return f"{MONEY}{_SIGNS.get(unit, unit)}"
    return FRACTION if unit == "%" else f"{UNIT}{unit}"


def _spaced(name: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.split(r"[\W_]+", apart.casefold())).strip()


def _bare(name: str) -> str:
    """A column's name without its currency, as an SQL result may repeat it."""
    return " ".join(word for word in _spaced(name).split() if word not in _CODES)


def in_units(evidence: Evidence, kinds: Mapping[str, str]) -> Evidence:
    """`evidence` whose formats say which columns hold values of which unit ("money:€")."""
    if not kinds:
        return evidence
    bare = {_bare(name): kind for name, kind in kinds.items()}
    return replace(evidence, tables=tuple(_told(table, evidence, kinds, bare) for table in evidence.tables))


def _told(table: EvidenceTable, evidence: Evidence, kinds: Mapping[str, str], bare: Mapping[str, str]) -> EvidenceTable:
    if table.id in ALWAYS:
        return table
    measured, computed = _measured(table, evidence, kinds), _computed(table)
    formats = dict(table.formats)
    for column in table.columns:
        if formats.get(column) in _OTHERS:
            continue
        if column in computed:
            kind = kinds.get(computed[column], "")
        else:
            name = re.sub(rf"^{_AGGREGATES} (of )?", "", _bare(column))
            kind = bare.get(name) or bare.get(_bare(column)) or ""
        kind = kind or (measured if column in MEASURED_FIELDS and table.method else "")
        if kind:
            formats[column] = kind
    return replace(table, formats=formats) if formats != dict(table.formats) else table


def _computed(table: EvidenceTable) -> dict[str, str]:
    """The result columns of an SQL step with the data column that each is in the unit of; "" for a count.

    Known where the result has a column a measure beside its groups.
    """
    columns = [name for name in table.columns if name not in table.facts.groups]
    measures = table.facts.measures
    if table.method or len(columns) != len(measures):
        return {}
    return {
        name: measure.columns[0] if measure.aggregate in _KEEPING and len(measure.columns) == 1 else ""
        for name, measure in zip(columns, measures, strict=True)
    }


def _measured(table: EvidenceTable, evidence: Evidence, kinds: Mapping[str, str]) -> str:
    """The kind of the column that a method's step measured; none where columns of several kinds are described."""
    step = [t for t in evidence.tables if table.id == t.id or table.id.startswith(f"{t.id}_")]
    parameters = next((t.parameters for t in step if t.parameters), {})
    found = {kinds.get(name, "") for name in measured_columns(parameters)}
    return found.pop() if len(found) == 1 else ""
