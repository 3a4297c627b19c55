"""The values that a question wants by name ("@mean_fare[…]"): a reference for each that a result holds."""

from __future__ import annotations

import re

from analyst.protocol.replies import NamedValue
from analyst.rulebased.findings.brief import Brief
from analyst.rulebased.findings.view import View
from analyst.rulebased.formats import NAMED, Wanted, spaced, wanted
from analyst.rulebased.naming import human
from analyst.rulebased.query.instruction import read_instruction

_TOP = re.compile(
    r"\b(?:highest|lowest|most|least|largest|smallest|max|min|maximum|minimum|top|best|worst|strongest)\b"
)


def named_values(brief: Brief) -> tuple[NamedValue, ...]:
    """A value for each name that the question asks for and a result has; where rows or columns were to be prepared
    first, only what the plan computes by name."""
    undone = read_instruction(brief.question).has("reshaping", "made", "without", "outliers")
    wishes = wanted(brief.question)
    given = (
        (wish.name, _stated(brief, wish) or (None if undone else _only(brief, wish) or _told(brief, wish)))
        for wish in wishes
    )
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


def _told(brief: Brief, wish: Wanted) -> str | None:
    """The cell of a one-row result, or of the first row of a ranking, whose column the field's words name best."""
    best: tuple[float, str] | None = None
    for view in (View(table) for table in brief.evidence.tables if table.audience == "answer" and table.id != NAMED):
        if "_row" in view.columns and view.row_count != 1:
            continue
        for place, column in enumerate(view.columns):
            if not view.has(0, column) or (view.row_count > 1 and not _ranked_first(brief, wish)):
                continue
            fit = _fit(wish, column) - place / 1000
            if fit >= 0.5 and (best is None or fit > best[0]):
                best = (fit, _reference(view, column, wish))
    return best[1] if best else None


def _fit(wish: Wanted, column: str) -> float:
    """How well a field's words name the column: words of the placeholder count double where it names a thing."""
    told, own = set(wish.named.split()), set(human(column).split())
    inner = set(spaced(wish.inner).split()) - {"value", "name", "number"}
    if spaced(wish.inner).endswith(" name") or inner & own:
        return 3.0 * bool(inner & own) + len(told & own) / 10
    return float(len(told & own))


def _ranked_first(brief: Brief, wish: Wanted) -> bool:
    """Whether the first row of several answers: the plan ranks, and the field wants what stands at the top."""
    ranked = any(step.ranked for step in brief.steps())
    return ranked and _TOP.search(f"{wish.named} {brief.question}") is not None


def _reference(view: View, column: str, wish: Wanted) -> str:
    digits = "" if wish.digits is None or not view.numeric(column) else str(wish.digits)
    return view.ref(0, column, digits)
