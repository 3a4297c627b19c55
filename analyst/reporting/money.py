"""Which numbers are amounts of a currency: told by a column's header or values, and carried to what is computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from analyst.protocol.evidence import MEASURED_FIELDS, Evidence, EvidenceTable
from analyst.protocol.table import ColumnProfile, TableProfile
from analyst.reporting.numbers import MONEY

_SIGNS = "$€£¥₹"
_CODES = {
    "usd": "$", "dollar": "$", "dollars": "$", "eur": "€", "euro": "€", "euros": "€", "gbp": "£", "sterling": "£",
    "jpy": "¥", "inr": "₹", "chf": "CHF", "cad": "CAD", "aud": "AUD", "sek": "SEK", "nok": "NOK", "dkk": "DKK",
    "pln": "PLN",
}  # fmt: skip
_SCALED = re.compile(r"(?<![a-z])(thousands?|millions?|billions?|mio|mn|bn|tsd|cents?|k|m|per)(?![a-z])", re.I)
"""A header that counts thousands, or something per something, is no plain amount."""
_AGGREGATES = r"(total|sum|average|avg|mean|median|min|max|minimum|maximum|highest|lowest|part|cumulative|running)"
_NOT_MONEY = ("percent", "p_value", "date", "text", "duration")


def currencies(profile: TableProfile) -> dict[str, str]:
    """The currency's sign (or code) of every column that is known to hold amounts."""
    found = {column.name: _currency(column) for column in profile.columns}
    return {name: sign for name, sign in found.items() if sign}


def _currency(column: ColumnProfile) -> str:
    if column.kind != "number" and column.number_pattern is None:
        return ""
    if _SCALED.search(_spaced(column.name)):
        return ""
    value = str(column.values[0][0]) if column.values and column.number_pattern is not None else ""
    for text in (column.name, value, column.number_pattern or ""):
        sign = next((char for char in text if char in _SIGNS), "")
        if sign and not _SCALED.search(text):
            return sign
    return next((_CODES[word] for word in _spaced(column.name).split() if word in _CODES), "")


def _spaced(name: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.split(r"[\W_]+", apart.casefold())).strip()


def _bare(name: str) -> str:
    """A column's name without its currency, as an SQL result may repeat it."""
    return " ".join(word for word in _spaced(name).split() if word not in _CODES)


def priced(evidence: Evidence, signs: Mapping[str, str]) -> Evidence:
    """`evidence` whose formats say which columns are amounts of which currency ("money:€")."""
    if not signs:
        return evidence
    bare = {_bare(name): sign for name, sign in signs.items()}
    return replace(evidence, tables=tuple(_priced(table, evidence, signs, bare) for table in evidence.tables))


def _priced(
    table: EvidenceTable, evidence: Evidence, signs: Mapping[str, str], bare: Mapping[str, str]
) -> EvidenceTable:
    measured = _measured(table, evidence, signs)
    formats = dict(table.formats)
    for column in table.columns:
        if formats.get(column) in _NOT_MONEY or table.id in ("table", "profile", "issues"):
            continue
        name = re.sub(rf"^{_AGGREGATES} (of )?", "", _bare(column))
        sign = (
            bare.get(name)
            or bare.get(_bare(column))
            or (measured if column in MEASURED_FIELDS and table.method else "")
        )
        if sign:
            formats[column] = f"{MONEY}{sign}"
    return replace(table, formats=formats) if formats != dict(table.formats) else table


def _measured(table: EvidenceTable, evidence: Evidence, signs: Mapping[str, str]) -> str:
    """The currency of the column that a method's step measured; none where columns of several kinds are described."""
    step = [t for t in evidence.tables if table.id == t.id or table.id.startswith(f"{t.id}_")]
    parameters = next((t.parameters for t in step if t.parameters), {})
    if parameters.get("agg") == "count":
        return ""
    named = parameters.get("value") or parameters.get("column") or parameters.get("columns") or ""
    names = [named] if isinstance(named, str) else list(named)
    found = {signs.get(str(name), "") for name in names}
    return found.pop() if len(found) == 1 else ""
