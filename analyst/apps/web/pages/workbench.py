"""/ and /tables: choose a table, look at it, ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from analyst.apps.web.pages.asking import source_in
from analyst.apps.web.pages.columns import ColumnView, column_views
from analyst.apps.web.pages.forms import Form
from analyst.apps.web.pages.keys import KeysShown, key_menus
from analyst.apps.web.pages.rendering import PageRoute, page, redirect
from analyst.apps.web.pages.wording import size
from analyst.apps.web.service import Asker, Service, TheAsker, TheService
from analyst.apps.web.sources import source_at
from analyst.core.errors import NotFoundError, TableError
from analyst.core.scratch import scratch
from analyst.datasets.previewing import Preview, sheets_of
from analyst.datasets.reaching import list_tables
from analyst.protocol.places import Url
from analyst.protocol.table import TableSource
from analyst.samples.catalog import SAMPLES
from analyst.service.profiles import summarize
from analyst.storage.uploads import Upload

router = APIRouter(include_in_schema=False, route_class=PageRoute)
RECENT = 8
"""Tables and questions shown on the start page."""
MOST_OTHERS = 9
"""Tables that may be joined to one."""
LARGE_BYTES, HEAD_BYTES = 20_000_000, 200_000
"""From where on reading a table takes seconds, and how much of it is read to show its first rows meanwhile."""
TEXTS = (".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson")
"""Files whose first lines are a table by themselves."""
ABOUT = {
    "sales": "24 months of orders by product, region and channel",
    "churn": "Customers with contract, support tickets and whether they left",
    "campaigns": "Marketing spend, clicks and revenue by channel",
}
"""What each sample holds."""


def values(service: Service, asker: Asker) -> dict[str, Any]:
    """What the frame of every page shows."""
    timezone = service.resident.settings.timezone
    return {"asker": asker.name, "signed_in": not service.open, "engineer": asker.engineer, "timezone": timezone}


@router.get("/")
def start(service: TheService, asker: TheAsker) -> Response:
    """Upload a table, go on with one, or try a sample."""
    return page(
        "start",
        **values(service, asker),
        tables=service.uploads.of(asker.name)[:RECENT],
        recent=service.analyses.history(asker.name, RECENT),
        samples={name: ABOUT[name] for name in SAMPLES},
        limit=service.uploads.limit_bytes,
    )


@router.post("/samples/{name}")
def take_sample(name: str, service: TheService, asker: TheAsker) -> Response:
    """Make a bundled sample one of the asker's tables."""
    if name not in SAMPLES:
        raise NotFoundError(f"There is no sample {name!r}.", "Choose one on the start page.")
    path = SAMPLES[name].path
    with service.uploads.receive(path.name) as receiving:
        receiving.write(path.read_bytes())
        kept = service.uploads.keep(receiving, path.name, asker.name)
    return redirect(f"/tables/{kept.id}")


@router.get("/tables/at")
def table_at(request: Request, service: TheService, asker: TheAsker, url: str, sheet: str | None = None) -> Response:
    """What lies at a URL: the tables of a database to choose from, or the table and the box to ask about it."""
    source = source_at(url, sheet, service, asker)
    place = cast("Url", source.place)
    if place.is_database and source.sheet is None:
        found = list_tables(TableSource(place), service.resident.settings)
        return page("database", **values(service, asker), url=place.text, shown=place.shown, entries=found)
    named = NamedTable(
        place.name, f"Table at {place.host or place.shown}", "/tables/at", {"url": place.text}, source.sheet
    )
    return _table_page(named, source, request, service, asker)


@router.get("/tables/at/look")
def look_at(service: TheService, asker: TheAsker, url: str, sheet: str | None = None) -> Response:
    """What a table at a URL holds, as a part of its page. It is read now."""
    source = source_at(url, sheet, service, asker)
    place = cast("Url", source.place)
    named = NamedTable(place.name, "", "/tables/at", {"url": place.text}, source.sheet)
    return page("look", table=named, look=_look(service, source))


@router.get("/tables/{id}")
def table(id: str, request: Request, service: TheService, asker: TheAsker, sheet: str | None = None) -> Response:
    """A table and the box to ask about it, and about others that the query names as the form does or by `also`.

    What it holds follows as a part, or at once with `whole`; `keys` shows how the tables are joined.
    """
    found = service.uploads.find(id, asker.name)
    named = _upload(found, sheet)
    peek = _has_peek(found) and sheet is None
    return _table_page(named, TableSource(Path(found.path), sheet), request, service, asker, peek=peek)


@router.get("/tables/{id}/look")
def look(id: str, service: TheService, asker: TheAsker, sheet: str | None = None) -> Response:
    """What a table holds, as a part of its page. Takes seconds for a large one."""
    found = service.uploads.find(id, asker.name)
    return page("look", table=_upload(found, sheet), look=_look(service, TableSource(Path(found.path), sheet)))


@dataclass(frozen=True)
class NamedTable:
    """A table as its pages name it: a name, what it is, and its address with what that holds."""

    name: str
    eyebrow: str
    path: str
    fields: Mapping[str, str]
    sheet: str | None = None
    id: str = ""

    def at(self, part: str = "", **query: str) -> str:
        """The address of the page or of a part of it; of the same sheet, unless the query names one."""
        told = {**self.fields, **({"sheet": self.sheet} if self.sheet else {}), **query}
        told.pop("table", None)
        return self.path + part + (f"?{urlencode(told, quote_via=quote)}" if told else "")


def _upload(found: Upload, sheet: str | None) -> NamedTable:
    return NamedTable(
        found.name, f"Table · {size(found.bytes)}", f"/tables/{found.id}", {"table": found.id}, sheet, found.id
    )


def _table_page(
    named: NamedTable, source: TableSource, request: Request, service: Service, asker: Asker, *, peek: bool = False
) -> Response:
    query = dict(request.query_params)
    also = {f"table:{id}" for id in request.query_params.getlist("also")} | {
        name for name in query if name.startswith(("table:", "sheet:"))
    }
    form = {**dict.fromkeys(also, "on"), **query, **named.fields}
    uploads = sorted(service.uploads.of(asker.name), key=lambda other: f"table:{other.id}" not in also)
    sheets = sheets_of(source.place) if isinstance(source.place, Path) else []
    return page(
        "table",
        **values(service, asker),
        table=named,
        sheets=sheets,
        others=[other for other in uploads if other.id != named.id][:MOST_OTHERS],
        also=also,
        question=query.get("question", "")[:10_000],
        look=_look(service, source) if "whole" in query else None,
        keys=_keys(form, service, asker) if "keys" in query else None,
        peek=peek,
    )


def _keys(form: Form, service: Service, asker: Asker) -> KeysShown:
    """The keys of the tables that a form names, or what is wrong with them."""
    source = source_in(form, service, asker)
    try:
        related = service.resident.tables.related(source, service.resident.settings)
    except TableError as error:
        return error
    return key_menus(related, len(source.each), chosen=bool(source.on))


@router.get("/tables/{id}/peek")
def peek(id: str, service: TheService, asker: TheAsker) -> Response:
    """The first rows of a large text file, as a part of its page while the whole of it is read. NotFoundError: the file
    is small, or its first rows can't be read by themselves."""
    found = service.uploads.find(id, asker.name)
    if _has_peek(found):
        with scratch("peek") as folder:
            head = folder / found.name
            head.write_bytes(_head(Path(found.path)))
            with suppress(TableError):
                look = seen(service.resident.preview(TableSource(head)))
                return page("rows", look=look)
    raise NotFoundError("There are no first rows to show by themselves.", "Wait until the table is read.")


def _has_peek(table: Upload) -> bool:
    """Whether the first rows can be shown before the rest is read, and reading the rest takes long."""
    return table.bytes >= LARGE_BYTES and Path(table.name).suffix.lower() in TEXTS


def _head(file: Path) -> bytes:
    """The whole lines at the beginning of a file."""
    with file.open("rb") as reading:
        return reading.read(HEAD_BYTES).rpartition(b"\n")[0]


@dataclass(frozen=True)
class Look:
    """What a person sees of a table: its columns, first rows, notes and issues, and questions to begin with."""

    rows: int
    columns: Sequence[ColumnView]
    first: Sequence[Sequence[Any]]
    notes: Sequence[str]
    issues: Sequence[str]
    questions: Sequence[str]


def _look(service: Service, source: TableSource) -> Look | TableError:
    """What the table holds, or why it can't be read."""
    try:
        preview = service.resident.preview(source)
    except TableError as error:
        return error
    return seen(preview)


def seen(preview: Preview) -> Look:
    """The preview as its page shows it."""
    summary = summarize(preview.profile)
    return Look(
        rows=summary.rows,
        columns=column_views(preview),
        first=preview.rows,
        notes=summary.notes,
        issues=summary.issues,
        questions=summary.questions,
    )


@router.post("/tables/{id}/delete")
def delete(id: str, service: TheService, asker: TheAsker) -> Response:
    """Forget a table."""
    service.uploads.delete(id, asker.name)
    return redirect("/")
