"""The embedded analyst's own check of what it wrote: every reference resolves, no digit stands outside one.

The platform checks every model's reply by the same rules; this check comes before that, so that a table with hostile
names costs one statement and not the whole reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from analyst.protocol.claims import claims
from analyst.protocol.evidence import ALWAYS, Evidence
from analyst.protocol.facts import Filter
from analyst.protocol.moments import dated, ends
from analyst.protocol.number_check import Known, Question, stray_numbers
from analyst.protocol.references import bodies, readings, replaced
from analyst.rulebased.findings.view import View, visible


def sound(text: str, evidence: Evidence, question: str, known: Sequence[str] = ()) -> bool:
    """Whether `text` holds only references that resolve, and no number but the question's and the `known` names'."""
    tables = {table.id: View(table) for table in evidence.tables}
    if not all(_stands(body, tables) for body in bodies(text)):
        return False
    bare = replaced(text, lambda body: " ")
    filters = [found for table in evidence.tables for found in table.facts.filters]
    for name in sorted(known, key=len, reverse=True):
        bare = bare.replace(name, " ")
    if "{{" in bare or "}}" in bare:
        return False
    quartiles = any(body.endswith((".q1", ".q3")) for body in bodies(text))  # between which half of the values lie
    return may_say(bare.replace("alf of the values", " ") if quartiles else bare, filters, question)


def may_say(text: str, filters: Iterable[Filter], question: str) -> bool:
    """Whether prose without references holds no number, in digits or words, but those of the question and the plan."""
    asked = Question(question)
    words = (one for one in claims(text) if not asked.says(one.text))
    return not stray_numbers(text, asked, _planned(filters)).problems and next(words, None) is None


def _planned(filters: Iterable[Filter]) -> Known:
    """The numbers and dates in the plan's conditions, which prose may repeat."""
    values = [value for found in filters for value in found.values if not isinstance(value, bool)]
    days = [day for value in values if isinstance(value, str) for day in dated(value)]
    periods = frozenset(period for day in days for reading in day.readings for period in reading)
    numbers = frozenset(Decimal(repr(value)) for value in values if isinstance(value, (int, float)))
    return Known(periods=periods, bounds=ends(periods), constants=numbers - {Decimal(0), Decimal(1)})


def _stands(body: str, tables: Mapping[str, View]) -> bool:
    """Whether a reference names its row by its place, or needs none (no row is found by a cell here), and resolves."""
    read = next(readings(body), None)
    if read is None or not (read.selector in (None, "*") or read.selector.isdecimal()):
        return False
    return read.table in ALWAYS or _resolves(tables.get(read.table), read.selector, read.field)


def _resolves(view: View | None, selector: str | None, field: str) -> bool:
    if view is None or field not in view.columns:
        return False
    if selector == "*":
        return len(view) > 0
    row = int(selector) - 1 if selector else 0
    return (selector is not None or view.row_count == 1) and visible(view.value(row, field))
