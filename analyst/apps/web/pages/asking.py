"""/ask: the form that asks a question; which tables a form names, and the fields that name them again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.responses import Response

from analyst.apps.web.pages.forms import Form, TheForm
from analyst.apps.web.pages.rendering import PageRoute, redirect
from analyst.apps.web.service import Asker, Service, TheAsker, TheService
from analyst.apps.web.sources import source_at
from analyst.core.errors import SettingsError
from analyst.protocol.places import Place, Url, place_text
from analyst.protocol.relations import KeyPair
from analyst.protocol.table import TableSource
from analyst.service.requests import AnalysisRequest, FollowUp
from analyst.service.threads import source_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST_PAIRS = 12
"""Pairs of columns that a form may hold."""


@router.post("/ask")
def ask(form: TheForm, service: TheService, asker: TheAsker) -> Response:
    """Begin an analysis, and go to where it can be watched."""
    source = source_in(form, service, asker)
    question, fresh = form.get("question", "").strip(), "fresh" in form
    if not question:
        raise SettingsError("There is no question.", "Go back and write one.")
    if follows := form.get("follows"):
        followed = _followed(service, asker, follows, source)
        asked = FollowUp(followed, question, fresh, others=source.others, on=source.on)
        run = service.analyses.ask_again(asked, asker.name)
    else:
        request = AnalysisRequest(
            source.place, question, source.sheet, fresh, "consensus" in form, others=source.others, on=source.on
        )
        run = service.analyses.submit(request, asker.name)
    return redirect(f"/analyses/{run}")


def _followed(service: Service, asker: Asker, run: str, source: TableSource) -> str:
    """The run that is followed up on, which must be about the table in `source`, that the asker may ask about."""
    found = service.analyses.threads.find(run, asker.name)
    if place_text(source_of(found).place) != place_text(source.place):
        raise SettingsError("A follow-up is about the table of the question before it.", "Ask it as a new question.")
    return found.run_id


def source_in(form: Form, service: Service, asker: Asker) -> TableSource:
    """The tables that a form names, and the keys that were chosen in it. NotFoundError: one is no upload of theirs."""
    sheet = form.get("sheet") or None
    if "url" in form:
        first = source_at(form["url"], sheet, service, asker)
    else:
        first = TableSource(Path(service.uploads.find(form.get("table", ""), asker.name).path), sheet)
    others = tuple(_others(first, form, service, asker))
    return TableSource(first.place, first.sheet, others, chosen_keys_in(form) if others or "follows" in form else ())


def _others(first: TableSource, form: Form, service: Service, asker: Asker) -> Iterator[TableSource]:
    """The tables that are asked about too: further sheets or tables of the same place, and other uploads."""
    for name in form:
        kind, _, value = name.partition(":")
        if kind == "sheet" and value and value != first.sheet:
            yield TableSource(first.place, value)
        elif kind == "table" and value:
            yield TableSource(Path(service.uploads.find(value, asker.name).path))


def chosen_keys_in(form: Form) -> tuple[KeyPair, ...]:
    """The pairs of columns that a form names, where they are not those that were found."""
    sides = [(form.get(f"left{place}"), form.get(f"right{place}")) for place in range(MOST_PAIRS)]
    pairs = [(left, right) for left, right in sides if left and right]
    return () if json.dumps(pairs) == form.get("found") else tuple(KeyPair(left, right) for left, right in pairs)


def table_page(fields: Mapping[str, str], **query: str) -> str:
    """The address of the page on which the tables of these fields are asked about."""
    path = "/tables/at" if "url" in fields else f"/tables/{fields.get('table', '')}"
    told = {name: value for name, value in {**fields, **query}.items() if name != "table"}
    return path + (f"?{urlencode(told, quote_via=quote)}" if told else "")


def fields_of(source: TableSource, service: Service, asker: Asker) -> Mapping[str, str]:
    """The fields of a form that names these tables; none where the first is no upload of the asker's any more.

    A further table that is out of reach is named by its sheet alone, or not at all.
    """
    uploads: dict[Place, str] = {Path(one.path): one.id for one in reversed(service.uploads.of(asker.name))}
    first = uploads.get(source.place)
    if first is None and not isinstance(source.place, Url):
        return {}
    fields = {"url": place_text(source.place)} if first is None else {"table": first}
    fields |= {"sheet": source.sheet} if source.sheet else {}
    for other in source.others:
        same = other.place == source.place
        fields |= {f"sheet:{other.sheet}": "on"} if same else {f"table:{uploads.get(other.place)}": "on"}
    for place, pair in enumerate(source.on):
        fields |= {f"left{place}": pair.left, f"right{place}": pair.right}
    return fields
