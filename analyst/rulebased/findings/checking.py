"""The embedded analyst's own check of what it wrote: every reference resolves, no digit stands outside one.

The platform checks every model's reply by the same rules; this check comes before that, so that a table with hostile
names costs one statement and not the whole reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyst.protocol.evidence import Evidence
from analyst.protocol.number_check import Question, stray_numbers
from analyst.protocol.references import bodies, readings, replaced
from analyst.rulebased.findings.view import View, visible

ALWAYS = ("table", "profile", "issues")
"""Tables that can always be cited, whether or not the message shows them."""


def sound(text: str, evidence: Evidence, question: str, known: Sequence[str] = ()) -> bool:
    """Whether `text` holds only references that resolve, and no number but the question's and the `known` names'."""
    tables = {table.id: View(table) for table in evidence.tables}
    if not all(_stands(body, tables) for body in bodies(text)):
        return False
    bare = replaced(text, lambda body: " ")
    for name in sorted(known, key=len, reverse=True):
        bare = bare.replace(name, " ")
    if "{{" in bare or "}}" in bare:
        return False
    return not stray_numbers(bare, Question(question)).problems


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
