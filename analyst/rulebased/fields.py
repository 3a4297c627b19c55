"""The values that a question wants by name ("@mean_fare[…]"): a reference for each that a result holds."""

from __future__ import annotations

import re

from analyst.protocol.replies import NamedValue
from analyst.rulebased.findings.brief import Brief
from analyst.rulebased.findings.view import View
from analyst.rulebased.formats import NAMED, Wanted, spaced, wanted


def named_values(brief: Brief) -> tuple[NamedValue, ...]:
    """A value for each name that the question asks for and a result has; where rows or columns were to be prepared
    first, only what the plan computes by name."""
    wishes = wanted(brief.question)
    given = ((wish.name, _stated(brief, wish) or _only(brief, wish)) for wish in wishes)
    return tuple(NamedValue(name=name, value=value) for name, value in given if value)


def _stated(brief: Brief, wish: Wanted) -> str | None:
    """The column of the step that computes the fields by name."""
    for view in (View(table) for table in brief.evidence.tables if table.id == NAMED):
        if view.row_count == 1 and view.has(0, wish.name):
            return _reference(view, wish.name, wish)
    return None


def _only(brief: Brief, wish: Wanted) -> str | None:
    """The only value of the first result, for the only field, unless it wants a name."""
    views = [View(table) for table in brief.evidence.tables if table.audience == "answer"]
    named = re.search(r"\b(?:name|string|list|identifier)\b", f"{spaced(wish.inner)} {wish.about.split('.')[0]}")
    if not views or named or len(wanted(brief.question)) > 1 or wish.options:
        return None
    first = views[0]
    alone = first.row_count == 1 and len(first.columns) == 1 and first.has(0, first.columns[0])
    return _reference(first, first.columns[0], wish) if alone else None


def _reference(view: View, column: str, wish: Wanted) -> str:
    digits = "" if wish.digits is None or not view.numeric(column) else str(wish.digits)
    return view.ref(0, column, digits)
