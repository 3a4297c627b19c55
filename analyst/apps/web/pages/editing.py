"""/analyses/ID/edit: an answer's computation as menus, and the form that comes back as another one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from analyst.apps.web.pages.forms import Form, TheForm
from analyst.apps.web.pages.rendering import PageRoute, page, redirect
from analyst.apps.web.pages.wording import group_value
from analyst.apps.web.pages.workbench import values
from analyst.apps.web.service import Asker, Service, TheAsker, TheService
from analyst.apps.web.sources import check_host
from analyst.core.errors import ForbiddenError, SettingsError
from analyst.protocol.places import Url
from analyst.protocol.selection import NOUNS, SelectedGroup, SelectedMeasure, Selection, Unit, spoken
from analyst.protocol.table import ColumnProfile, TableProfile, TableSource
from analyst.reporting.numbers import clean_text
from analyst.service.requests import FollowUp
from analyst.service.threads import source_of

router = APIRouter(prefix="/analyses/{id}/edit", include_in_schema=False, route_class=PageRoute)
MOST_VALUES, MOST_LISTED = 30, 12
"""Values of a column, and columns, that can be chosen as conditions."""
_DATED = ("date", "timestamp")
_BLANK = Selection(measures=(SelectedMeasure(aggregate="count"),))


@dataclass(frozen=True)
class Choice:
    """Something to choose: what the form sends for it, and what a person reads."""

    value: str
    label: str


@dataclass(frozen=True)
class Menus:
    """What can be chosen of a table: numbers and other columns to measure, columns and units to group by, values to
    keep to by column, numbers to bound, and columns of dates."""

    numbers: Sequence[Choice]
    others: Sequence[Choice]
    groups: Sequence[Choice]
    values: Sequence[tuple[str, Sequence[Choice]]]
    dates: Sequence[Choice]


@router.get("")
def edit(id: str, service: TheService, asker: TheAsker) -> Response:
    """The computation of an answer as menus. Takes seconds where the table must be opened again."""
    found, asked = service.analyses.status(id, asker.name), service.analyses.request(id, asker.name)
    result = service.analyses.result(id, asker.name)
    _check(asked.source, service, asker)
    profile = service.resident.preview(asked.source, result.dataset.fingerprint).profile
    return page(
        "edit",
        **values(service, asker),
        run=found,
        selection=result.selection or _BLANK,
        known=result.selection is not None,
        menus=menus(profile),
        aggregates=NOUNS,
    )


@router.post("")
def change(id: str, form: TheForm, service: TheService, asker: TheAsker) -> Response:
    """Compute what was chosen, as a further question of the conversation."""
    _check(source_of(service.analyses.threads.find(id, asker.name)), service, asker)
    chosen = chosen_in(form)
    run = service.analyses.ask_again(FollowUp(id, chosen.words, selection=chosen), asker.name)
    return redirect(f"/analyses/{run}")


def _check(source: TableSource, service: Service, asker: Asker) -> None:
    """ForbiddenError: the asker may not ask about one of the tables any more."""
    for one in source.each:
        if isinstance(one.place, Url):
            check_host(one.place, service, asker)
        elif not service.uploads.holds(one.place, asker.name):
            raise ForbiddenError(
                f"The table {one.label!r} of this answer is no upload of yours any more.", "Upload it and ask again."
            )


def menus(profile: TableProfile) -> Menus:
    """What can be chosen of a table."""
    numbers = [c for c in profile.columns if c.kind == "number" or c.number_pattern]
    named = [c for c in profile.columns if c.kind in ("text", "boolean") and not c.personal and not c.number_pattern]
    return Menus(
        numbers=[Choice(c.name, spoken(c.name)) for c in numbers],
        others=[Choice(c.name, spoken(c.name)) for c in profile.columns if c not in numbers],
        groups=[choice for column in profile.columns for choice in _groups(column)],
        values=[(spoken(c.name), _values(c)) for c in named[:MOST_LISTED] if c.values],
        dates=[Choice(c.name, spoken(c.name)) for c in profile.columns if c.kind in _DATED],
    )


def _groups(column: ColumnProfile) -> Iterator[Choice]:
    if column.kind not in _DATED:
        yield Choice(group_value(SelectedGroup(column=column.name)), spoken(column.name))
        return
    for unit in get_args(Unit):
        yield Choice(group_value(SelectedGroup(column=column.name, unit=unit)), f"{spoken(column.name)}, each {unit}")


def _values(column: ColumnProfile) -> list[Choice]:
    known = [value for value, _ in column.values[:MOST_VALUES] if value is not None]
    return [Choice(json.dumps([column.name, value], ensure_ascii=False), clean_text(str(value))) for value in known]


def chosen_in(form: Form) -> Selection:
    """The selection that a form sent: whole as JSON in `selection`, else menu by menu. SettingsError: it is none."""
    try:
        if "selection" in form:
            return Selection.model_validate_json(form["selection"])
        return Selection.model_validate(_parts(form))
    except (ValidationError, ValueError, TypeError) as error:
        told = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise SettingsError(f"These choices make no computation: {told}.", "Go back and change them.") from None


def _parts(form: Form) -> dict[str, Any]:
    groups = [json.loads(form[name]) for name in ("by0", "by1") if form.get(name)]
    return {
        "measures": list(_measures(form)) or [{"aggregate": "count"}],
        "groups": [{"column": column, "unit": unit} for column, unit in groups],
        "rows": list(_rows(form)),
        "period": _period(form),
        "order": form.get("order") or None,
        "limit": int(form["limit"]) if form.get("limit") else None,
    }


def _measures(form: Form) -> Iterator[dict[str, Any]]:
    for place in range(4):
        aggregate = form.get(f"aggregate{place}")
        if aggregate == "count":
            yield {"aggregate": "count"}
        elif aggregate:
            column = form.get(f"measure{place}")
            if not column:
                raise ValueError(f"choose the column whose {NOUNS.get(aggregate, aggregate)} is meant")  # type: ignore[call-overload]
            yield {"aggregate": aggregate, "column": column}


def _rows(form: Form) -> Iterator[dict[str, Any]]:
    """The conditions that were kept, and the new ones."""
    for name in sorted(form):
        if name.startswith("keep"):
            yield json.loads(form[name])
    if form.get("only"):
        column, value = json.loads(form["only"])
        yield {"column": column, "relation": form.get("only_relation", "is"), "values": [value]}
    if form.get("bounded") and form.get("bound"):
        yield {"column": form["bounded"], "relation": form.get("relation", ""), "values": [float(form["bound"])]}


def _period(form: Form) -> dict[str, Any] | None:
    start, end = form.get("start"), form.get("end")
    if not (start or end) or not form.get("dated"):
        return None
    return {"column": form["dated"], "start": start or None, "end": end or None}
